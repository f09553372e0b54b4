"""Schemas: kinds of units, their dated placements, further facts, and kinds of matters."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import kind_of, like, made_strictly, refuse, strict
from orgmodel.model.matter import MatterKind
from orgmodel.model.plain import check_texts, plain_text
from orgmodel.model.track import CODE, CORE, FACT, MAIN, NAME, Track, declared, family
from orgmodel.model.words import Language
from orgmodel.period import DayLike, Period, as_day

__all__ = [
    "Kind",
    "Placement",
    "Schema",
]


def _ground(kinds: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if kinds is None else tuple(kinds)


@made_strictly
@frozen
class Kind:
    """A level or sort of unit.

    Attributes:
        id: the word used everywhere, ``"province"``.
        name: for people, English.
        name_vi: for people, Vietnamese.
        agency: whether it is an advisory body of its parent (Ban Tổ chức): it belongs to the parent and merges with its
            counterparts when parents merge.
        ground: the kinds of units below it that make up its territory; None: all kinds but agencies.

    >>> Kind("province", name_vi="tỉnh").label
    'province'
    """

    id: str
    name: str = ""
    name_vi: str = ""
    agency: bool = False
    ground: tuple[str, ...] | None = field(default=None, converter=_ground, kw_only=True)

    def __attrs_post_init__(self) -> None:
        plain_text(self.id, "the id of a kind", empty=False)
        check_texts("a kind", name=self.name, name_vi=self.name_vi)
        for kind in self.ground or ():
            plain_text(kind, "the ground of a kind", empty=False)

    @property
    def label(self) -> str:
        """The name, else the id."""
        return self.name or self.id

    @property
    def words(self) -> tuple[str, ...]:
        """The words for it: its id, and the parts of its names.

        >>> Kind("district", "district", "quận, huyện").words
        ('district', 'quận', 'huyện')
        """
        listed = (word.strip() for name in (self.name, self.name_vi) for word in (name, *name.split(",")))
        return tuple(dict.fromkeys(word for word in (self.id, *listed) if word and "," not in word))


def _word(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _letters(text: str) -> str:
    """A word without its marks; đ is no d with a mark to Unicode."""
    split = unicodedata.normalize("NFD", _word(text)).replace("đ", "d")
    return "".join(sign for sign in split if not unicodedata.combining(sign))


@made_strictly
@frozen
class Placement:
    """A permission: units of kind ``child`` may stand under ``parent`` during ``period``.

    ``parent`` None means that the kind may be the root of its hierarchy.

    >>> "2025-07-01" in Placement("commune", "district", Period(None, "2025-07-01")).period
    False
    """

    child: str
    parent: str | None
    period: Period = Period()

    def __attrs_post_init__(self) -> None:
        plain_text(self.child, "a kind that is placed", empty=False)
        if self.parent is not None:
            plain_text(self.parent, "the kind that one is placed under", empty=False)


def _placements(placements: Iterable[Placement]) -> tuple[Placement, ...]:
    return tuple(placements)


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


def _tracks(tracks: Iterable[Track]) -> tuple[Track, ...]:
    return tuple(tracks)


def _codes(codes: Iterable[str]) -> frozenset[str]:
    return frozenset([codes] if isinstance(codes, str) else codes)


def _matters(matters: Iterable[MatterKind]) -> tuple[MatterKind, ...]:
    return tuple(matters)


def _kinds(kinds: Iterable[Kind | str]) -> tuple[Kind, ...]:
    return tuple(Kind(k) if isinstance(k, str) else k for k in kinds)


@made_strictly
@frozen(slots=False)
class Schema:
    """The kinds of units, the placements that are allowed on a day, and the facts that are declared.

    Attributes:
        kinds: the kinds in order from the top; an empty schema allows everything.
        placements: which kind may stand under which, and when. Without placements any kind may stand under any.
        hierarchies: names of the hierarchies, the main one first.
        unique_codes: whether no two units of one kind may have the same code at the end of a day.
        placeholder_codes: codes that mean no code, such as ``"00000"``: any number of units may have them, and searches
            ignore them.
        tracks: declarations of further facts ``fact:NAME``, and of further names and codes such as ``name:short`` and
            ``code:gso``.
        matters: the kinds of matters.

    >>> schema = Schema.levels("centre", "province", "commune")
    >>> schema.allows("commune", "province", "2025-07-01")
    True
    >>> schema.allows("commune", "centre", "2025-07-01")
    False
    """

    kinds: tuple[Kind, ...] = field(default=(), converter=_kinds)
    placements: tuple[Placement, ...] = field(default=(), converter=_placements)
    hierarchies: tuple[str, ...] = field(default=(MAIN,), converter=_names)
    unique_codes: bool = True
    tracks: tuple[Track, ...] = field(default=(), converter=_tracks, kw_only=True)
    placeholder_codes: frozenset[str] = field(default=frozenset(), converter=_codes, kw_only=True)
    matters: tuple[MatterKind, ...] = field(default=(), converter=_matters, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for hierarchy in self.hierarchies:
            plain_text(hierarchy, "the name of a hierarchy", empty=False)
        ids = [track.id for track in self.tracks]
        faults = [
            Finding(
                "track",
                f"{track!r} cannot be declared here; a further fact is called 'fact:' and a name, a further name or "
                "code 'name:' or 'code:' and who gives it",
            )
            for track in ids
            if family(track) not in (FACT, NAME, CODE) or track == family(track) or track in CORE
        ]
        faults += [
            Finding("track", f"{track!r} is declared twice; leave one out")
            for track in set(ids)
            if ids.count(track) > 1
        ]
        kinds = [kind.id for kind in self.kinds]
        faults += [
            Finding("kind", f"the kind {kind!r} is there twice; leave one out")
            for kind in dict.fromkeys(kinds)
            if kinds.count(kind) > 1
        ]
        if faults:
            raise Refused("a schema", faults)

    @classmethod
    @strict
    def levels(cls, *kinds: Kind | str, period: Period | None = None) -> Schema:
        """A schema in which each kind stands under the one before it."""
        levels = _kinds(kinds)
        within = period or Period()
        ids = [kind.id for kind in levels]
        return cls(levels, tuple(Placement(c, p, within) for c, p in zip(ids, [None, *ids], strict=False)))

    @cached_property
    def by_id(self) -> Mapping[str, Kind]:
        """The kinds by their id."""
        return {kind.id: kind for kind in self.kinds}

    @strict
    def kind_name(self, kind: str | None, language: Language = "en") -> str:
        """The name of a kind; of a kind that the schema does not know, its id.

        >>> Schema((Kind("province", name_vi="tỉnh"),)).kind_name("province", "vi")
        'tỉnh'
        """
        known = self.by_id.get(kind or "")
        if known is None:
            return kind or "–"
        return known.name_vi if language == "vi" and known.name_vi else known.label

    @cached_property
    def matter_kinds(self) -> Mapping[str, MatterKind]:
        """The kinds of matters by their id."""
        return {kind.id: kind for kind in self.matters}

    @cached_property
    def _declared(self) -> Mapping[str, Track]:
        return {track.id: track for track in self.tracks}

    def track(self, name: str) -> Track:
        """The declaration of a track: this schema's, else the library's, else the default for undeclared facts.

        >>> Schema(tracks=[Track("fact:motto", "motto", merged="restart")]).track("fact:motto").merged
        'restart'
        >>> OPEN.track("member:emulation").name, OPEN.track("fact:plan").merged
        ('member of', 'keep')
        """
        try:
            # Asked very often, so the argument is only looked at when it turns out to be no name.
            return self._declared.get(name) or declared(name)
        except (TypeError, AttributeError):
            return refuse("a track", f"it is a text, not {kind_of(name)}")

    @cached_property
    def _periods(self) -> Mapping[tuple[str, str | None], tuple[Period, ...]]:
        result: dict[tuple[str, str | None], tuple[Period, ...]] = {}
        for placement in self.placements:
            key = placement.child, placement.parent
            result[key] = (*result.get(key, ()), placement.period)
        return result

    def knows(self, kind: str | None) -> bool:
        """Whether units may be of this kind; any kind, if the schema has none."""
        try:
            return not self.kinds or kind in self.by_id
        except TypeError:
            return refuse("a kind", f"it is a text, not {kind_of(kind)}")

    @strict
    def kinds_called(self, word: str) -> tuple[str, ...]:
        """Ids of the kinds that a word may mean, by their id or one of their names in either language.

        >>> schema = Schema([Kind("commune", "commune", "xã, phường, thị trấn"), Kind("ward", "ward", "phường")])
        >>> schema.kinds_called("xã"), schema.kinds_called("Phường")
        (('commune',), ('commune', 'ward'))
        """
        asked = _word(word)
        return tuple(kind.id for kind in self.kinds if asked in map(_word, kind.words))

    @strict
    def nearest_kind(self, word: str) -> str | None:
        """The word of a kind that is most like a word, whether or not it has its marks: for suggestions only.

        >>> schema = Schema([Kind("commune", "commune", "xã, phường, thị trấn")])
        >>> schema.nearest_kind("xa"), schema.nearest_kind("Communes"), schema.nearest_kind("thi tran"), schema.nearest_kind("lake")
        ('xã', 'commune', 'thị trấn', None)
        """
        by_letters = {_letters(word): word for kind in self.kinds for word in kind.words}
        near = like(_letters(word), by_letters, 1)
        return by_letters[near[0]] if near else None

    def allows(self, child: str | None, parent: str | None, day: DayLike) -> bool:
        """Whether a unit of kind ``child`` may stand under ``parent`` (None: be the root) on ``day``."""
        # A unit without a kind breaks no placement: its kind may just not be on record.
        if not self.placements or child is None:
            return True
        day = as_day(day)
        try:
            return any(day in period for period in self._periods.get((child, parent), ()))
        except TypeError:
            return refuse("a placement", f"kinds are texts, not {kind_of(child)} and {kind_of(parent)}")

    def kinds_on(self, day: DayLike) -> tuple[str, ...]:
        """Ids of the kinds with a placement on ``day``, from the top."""
        day = as_day(day)
        if not self.placements:
            return tuple(kind.id for kind in self.kinds)
        live = {p.child for p in self.placements if day in p.period}
        return tuple(kind.id for kind in self.kinds if kind.id in live)

    def boundaries(self) -> tuple[dt.date, ...]:
        """The days on which a placement begins or ends, sorted."""
        return self._boundaries

    @cached_property
    def _boundaries(self) -> tuple[dt.date, ...]:
        days = {day for p in self.placements for day in (p.period.start, p.period.end) if day is not None}
        return tuple(sorted(days))

    def is_agency(self, kind: str | None) -> bool:
        """Whether units of this kind are agencies of their parent."""
        try:
            return kind is not None and kind in self.by_id and self.by_id[kind].agency
        except TypeError:
            return refuse("a kind", f"it is a text, not {kind_of(kind)}")


OPEN = Schema()
"""The schema that allows everything."""
