"""Which unit a name means: the one matcher behind everything that takes the name of a unit.

A name is found by its letters and told from others by all that was written: marks, the word for the sort of unit, the
kind, and the names of what stands above. Of those that fit, the ones that fit best are the answer; where these are
several, nothing is taken. Similarity never counts as a match: similar names come as suggestions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

from attrs import frozen

from orgmodel.model import track as tracks
from orgmodel.model.door import like
from orgmodel.structure.spelling import Spelling, number_of, plain, same_sound, spelling, tidy
from orgmodel.structure.titles import Reading, readings, sorts_of, split_above

__all__ = [
    "Bearer",
    "How",
    "Match",
    "Matcher",
    "Names",
    "spelled_alike",
]

How = Literal["id", "code", "exact", "folded", "former", "above", ""]
"""How a text was found: as an id or code; as the name itself; as the name in another spelling; as a name of other
days; or only with what stands above. Empty: it was not."""

_SAME, _LOOSE, _FEWER = range(3)
"""How well a spelling fits: as it is; joined, parted or of the same sound; with marks left out here and there."""


@frozen
class Match:
    """What a text means.

    Attributes:
        text: the text.
        units: ids of the units that fit equally well; one if it is found.
        how: how it was found.
        scheme: what it is to the unit: ``id``, ``code``, ``name``, or another code or name such as ``name:short``.
        near: ids of units that it may have meant, if it was not found.
        elsewhere: ids of units that bear the name, but not under what was named.

    >>> Match("Hà Giang", ("vn-p-02",), "exact", "name").unit
    'vn-p-02'
    """

    text: str
    units: tuple[str, ...] = ()
    how: How = ""
    scheme: str = ""
    near: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def unit(self) -> str | None:
        """The id of the unit; None if there is none, or several fit."""
        return self.units[0] if len(self.units) == 1 else None

    @property
    def status(self) -> Literal["found", "ambiguous", "unknown"]:
        """Whether it is found, fits several units, or none."""
        return "found" if len(self.units) == 1 else "ambiguous" if self.units else "unknown"


@frozen
class Bearer:
    """What the matcher knows of a unit.

    Attributes:
        kind: its kind.
        category: what it is called inside its kind.
    """

    kind: str | None
    category: str | None


@frozen(eq=False, slots=False)
class Names:
    """Names of one scheme, of now or of other days.

    Attributes:
        scheme: ``name``, or another such as ``name:short``.
        former: whether the units bore them on other days than those asked about.
        bearers: name -> numbers of the units that bear it.
    """

    scheme: str
    former: bool
    bearers: Mapping[str, Sequence[int]]

    @cached_property
    def by_letters(self) -> Mapping[str, Sequence[tuple[str, Reading]]]:
        """Letters of one sound -> the names that are read so, whole or without the word for the sort of unit."""
        result: dict[str, list[tuple[str, Reading]]] = {}
        for text in self.bearers:
            for reading in readings(text):
                # An abbreviation that looks like a title may be part of a name: T Nưng.
                if not reading.sorts or reading.full:
                    for key in _keys(reading.name, bool(reading.sorts)):
                        result.setdefault(key, []).append((text, reading))
        return result


def _keys(name: Spelling, titled: bool) -> Iterator[str]:
    """Under which letters a name is looked for: with the word for a sort, one that is a number under its digits."""
    number = number_of(name.letters) if titled else None
    if number is not None:
        yield f"#{number}"
    if number is None or number != name.letters:
        yield same_sound(name.letters)


def _fit(asked: Spelling, name: Spelling, marked: bool) -> int | None:
    """How well a spelling fits a name of letters of the same sound; None if its marks are others.

    Args:
        asked: what was written.
        name: the name.
        marked: whether there are marks in anything that was written: then their absence says something.
    """
    if asked.letters != name.letters and number_of(asked.letters) == number_of(name.letters) is not None:
        return _SAME
    joined = asked.words != name.words
    if (asked.marks, asked.tones) == (name.marks, name.tones):
        return _LOOSE if joined else _SAME
    if not marked:
        return _LOOSE if joined else _SAME
    return _FEWER if asked.leaves_out_marks_of(name) else None


@frozen
class _Found:
    """A unit that a text fits."""

    unit: int
    rank: tuple[bool, int, bool]
    names: Names
    name: str


class Matcher:
    """The names of a structure or history, to be asked for one.

    Args:
        layers: the names, the schemes of the day first.
        bearer: kind and category of a unit.
        above: numbers of the units above one.
        exactly: the units whose id or code a text is, with which of them it is; of one scheme, if that is given.
        id_of: the id of a unit.
        ever: the names of all units that ever were, where the others are those of a day.
    """

    def __init__(
        self,
        layers: Sequence[Names],
        *,
        bearer: Callable[[int], Bearer],
        above: Callable[[int], Iterable[int]],
        exactly: Callable[[str, str], tuple[str, Sequence[int]]],
        id_of: Callable[[int], str],
        ever: Callable[[], Matcher] | None = None,
    ) -> None:
        self._layers, self._bearer, self._above = tuple(layers), bearer, above
        self._exactly, self._id_of, self._ever = exactly, id_of, ever
        self._tops: dict[str, tuple[frozenset[int], ...]] = {}

    def match(
        self,
        text: str,
        *,
        above: Sequence[str] = (),
        kind: str | None = None,
        scheme: str | None = None,
        among: Callable[[int], bool] | None = None,
        near: bool = True,
        names_only: bool = False,
    ) -> Match:
        """What a text means.

        Args:
            text: an id, a code or a name, which may be followed by the names of what stands above, as in addresses.
            above: names, codes or ids of units above it, each at any height.
            kind: the kind of the unit.
            scheme: the only scheme of name to look in.
            among: whether a unit may be meant.
            near: whether to look for what looks like it, if it is not found.
            names_only: whether ids and codes are left out.
        """
        numbers, how, said, elsewhere = self.find(
            text, above=above, kind=kind, scheme=scheme, among=among, names_only=names_only
        )
        ids = tuple(map(self._id_of, numbers))
        if ids or elsewhere or not near:
            return Match(text, ids, how, said, (), tuple(map(self._id_of, elsewhere)))
        looking = self.near(text, above=above, kind=kind, among=among)
        return Match(text, (), "", "", looking, tuple(map(self._id_of, elsewhere)))

    def find(
        self,
        text: str,
        *,
        above: Sequence[str] = (),
        kind: str | None = None,
        scheme: str | None = None,
        among: Callable[[int], bool] | None = None,
        names_only: bool = False,
    ) -> tuple[list[int], How, str, list[int]]:
        """Numbers of the units that fit best, how, in which scheme; and of those that stand elsewhere."""
        outside: dict[int, None] = {}
        if scheme is None and not names_only:
            said, units = self._exactly(text.strip(), "")
            units = [unit for unit in units if self._may_be(unit, kind, among)]
            inside = self.under(units, above)
            if inside:
                return inside, "id" if said == "id" else "code", said, []
            outside |= dict.fromkeys(units)
        for name, named_above in split_above(text):
            tops = (*named_above, *above)
            marked = not (spelling(text).is_unmarked and all(spelling(top).is_unmarked for top in above))
            fitting = [found for found in self._fitting(name, marked, scheme) if self._may_be(found.unit, kind, among)]
            under = set(self.under({found.unit for found in fitting}, tops))
            best = _best([found for found in fitting if found.unit in under])
            if best:
                alone = {found.unit for found in _best(fitting)}
                units = list(dict.fromkeys(found.unit for found in best))
                if best[0].rank[2] and (others := self._of_other_days(name, tops, kind, scheme)):
                    # Bắc Giang is a province that ended, more than the ward Phường Bắc Giang: nothing is taken.
                    return [], "", "", [*others, *units]
                return units, self._how(name, best[0], alone != set(units)), best[0].names.scheme, []
            outside |= dict.fromkeys(found.unit for found in fitting)
        return [], "", "", list(outside)

    def coded(self, text: str, scheme: str | None = None) -> tuple[str, Sequence[int]]:
        """The units whose code a text is, and of which scheme."""
        return self._exactly(text, scheme or tracks.CODE)

    def match_exact(
        self,
        text: str,
        scheme: str,
        *,
        above: Sequence[str] = (),
        kind: str | None = None,
        among: Callable[[int], bool] | None = None,
    ) -> Match:
        """What a text means as an id, or as a code of one scheme."""
        said, units = self._exactly(text, "" if scheme == "id" else scheme)
        if (said == "id") != (scheme == "id"):
            return Match(text)
        units = [unit for unit in self.under(units, above) if self._may_be(unit, kind, among)]
        how: How = "" if not units else "id" if said == "id" else "code"
        return Match(text, tuple(map(self._id_of, units)), how, said if units else "")

    def _may_be(self, unit: int, kind: str | None, among: Callable[[int], bool] | None) -> bool:
        return (kind is None or self._bearer(unit).kind == kind) and (among is None or among(unit))

    def ever(
        self, text: str, *, above: Sequence[str] = (), kind: str | None = None, scheme: str | None = None
    ) -> dict[int, tuple[str, str, How]]:
        """Unit -> scheme, text and how of all that a text fits best, be it a present or a former name.

        Args:
            text: an id, a code or a name.
            above: names, codes or ids of units above it.
            kind: the kind of the units.
            scheme: ``id``, ``code``, ``name`` or another; any if None.
        """
        result: dict[int, tuple[str, str, How]] = {}
        if scheme is None or scheme == "id" or tracks.family(scheme) == tracks.CODE:
            asked = [""] if scheme in (None, "id") else [scheme]
            # An id may be a code as well.
            for said, units in [
                self._exactly(text.strip(), one) for one in (*asked, *([] if scheme else [tracks.CODE]))
            ]:
                if said and (scheme != "id" or said == "id"):
                    for unit in self.under(units, above):
                        if self._may_be(unit, kind, None):
                            result.setdefault(unit, (said, text.strip(), "id" if said == "id" else "code"))
        if scheme is None or tracks.family(scheme) == tracks.NAME:
            only = None if scheme in (None, tracks.NAME) else scheme
            for name, named_above in split_above(text):
                tops = (*named_above, *above)
                marked = not spelling(text).is_unmarked
                fitting = [one for one in self._fitting(name, marked, only) if self._may_be(one.unit, kind, None)]
                inside = set(self.under(dict.fromkeys(one.unit for one in fitting), tops))
                ranks = sorted({one.rank[1:] for one in fitting if one.unit in inside})
                best = [one for one in fitting if one.unit in inside and one.rank[1:] == ranks[0]]
                needed = len({one.unit for one in fitting if one.rank[1:] == ranks[0]} - inside) > 0 if ranks else False
                for one in sorted(best, key=lambda one: one.rank):
                    result.setdefault(one.unit, (one.names.scheme, one.name, self._how(name, one, needed)))
                if best:
                    break
        return result

    def names_like(self, text: str, scheme: str) -> list[str]:
        """The names of one scheme that a text fits best, each once, whoever bears them."""
        best = _best(list(self._fitting(text, not spelling(text).is_unmarked, scheme)))
        return list(dict.fromkeys(found.name for found in best))

    def _how(self, text: str, found: _Found, needed_above: bool) -> How:
        if needed_above:
            return "above"
        if found.names.former:
            return "former"
        return "exact" if unicodedata.normalize("NFC", text) == found.name else "folded"

    def _of_other_days(self, name: str, tops: Sequence[str], kind: str | None, scheme: str | None) -> Sequence[int]:
        """Units of other days that a name fits as it is, where on the day it only fits with another word before it."""
        if self._ever is None:
            return ()
        ever = self._ever()
        marked = not spelling(name).is_unmarked
        best = _best(
            [f for f in ever._fitting(name, marked, scheme) if kind is None or ever._bearer(f.unit).kind == kind]
        )
        inside = ever.under(dict.fromkeys(f.unit for f in best), tops)
        return inside if best and not best[0].rank[2] and not best[0].names.former else ()

    def _fitting(self, text: str, marked: bool, scheme: str | None) -> Iterator[_Found]:
        """The units that a name fits, each in every way in which it does."""
        for asked in readings(text):
            for names in self._layers:
                if scheme is not None and names.scheme != scheme:
                    continue
                for key in _keys(asked.name, bool(asked.sorts)):
                    for name, reading in names.by_letters.get(key, ()):
                        fit = _fit(asked.name, reading.name, marked)
                        if fit is None:
                            continue
                        for unit in names.bearers[name]:
                            if not asked.sorts or self._is_sort(unit, asked.sorts, reading.sorts):
                                # A name that has the word for the sort and was written without fits less.
                                bare = bool(reading.sorts) and not asked.sorts
                                yield _Found(unit, (names.former, fit, bare), names, name)

    def _is_sort(self, unit: int, asked: frozenset[str], named: frozenset[str]) -> bool:
        """Whether a unit is of a sort: by its name, else its category, else its kind; any if nothing is known."""
        if named:
            return not asked.isdisjoint(named)
        bearer = self._bearer(unit)
        known = sorts_of(bearer.category) or sorts_of(bearer.kind)
        if bearer.category is None and bearer.kind == "province":
            known |= {"thành phố"}
        return not known or not asked.isdisjoint(known)

    def under(self, units: Iterable[int], above: Sequence[str]) -> list[int]:
        """The units that have, for each name, an ancestor of that name."""
        tops = [top for text in above if text.strip() for top in self._meant_above(text)]
        return [unit for unit in units if not tops or _all_met(set(self._above(unit)), tops)]

    def _meant_above(self, text: str) -> tuple[frozenset[int], ...]:
        """All units that a name of what stands above may mean, however well it fits; of each, where it is several."""
        result = self._tops.get(text)
        if result is None:
            for name, more in split_above(text):
                result = tuple(map(self._any_fitting, (name, *more)))
                if all(result):
                    break
            assert result is not None
            self._tops[text] = result
        return result

    def _any_fitting(self, text: str) -> frozenset[int]:
        exact = self._exactly(text.strip(), "")[1]
        return frozenset(exact or (one.unit for one in self._fitting(text, not spelling(text).is_unmarked, None)))

    # ---- what looks like it

    @cached_property
    def _spelt(self) -> Mapping[str, Sequence[int]]:
        """Names without marks -> their units, for looking for what is near."""
        result: dict[str, list[int]] = {}
        for names in self._layers:
            for name, units in names.bearers.items():
                result.setdefault(plain(tidy(name)), []).extend(units)
                for reading in readings(name):
                    if reading.sorts and reading.full and number_of(reading.name.letters) is None:
                        result.setdefault(reading.name.words, []).extend(units)
        return result

    def near(
        self,
        text: str,
        *,
        above: Sequence[str] = (),
        kind: str | None = None,
        among: Callable[[int], bool] | None = None,
        most: int = 3,
    ) -> tuple[str, ...]:
        """Ids of units whose names look like a text: those that hold it first, then those most like it."""
        name, named_above = list(split_above(text))[-1]
        asked = plain(tidy(name))
        if not asked:
            return ()
        tops = (*named_above, *above)

        def units_of(names: Iterable[str]) -> Iterator[int]:
            for one in names:
                for unit in self._spelt[one]:
                    if self._may_be(unit, kind, among):
                        yield unit

        for looked_above in [tops, []] if tops else [[]]:
            result: dict[str, None] = {}
            scope = self._spelt
            if looked_above:
                inside = set(self.under(dict.fromkeys(units_of(self._spelt)), looked_above))
                scope = {one: kept for one, units in self._spelt.items() if (kept := [u for u in units if u in inside])}
            # The same name with another word before it: Huyện Thủy Nguyên, which has become a town.
            asked_names = [reading.name.letters for reading in readings(name)]
            same = (
                [one for one in scope if one.replace(" ", "").endswith(tuple(asked_names[1:]))]
                if asked_names[1:]
                else []
            )
            holding = [one for one in scope if f" {asked} " in f" {one} " or f" {one} " in f" {asked} "]
            for unit in units_of([*same, *holding, *like(asked, scope, most)]):
                if not looked_above or unit in inside:
                    result.setdefault(self._id_of(unit))
                if len(result) == most:
                    break
            if result:
                return tuple(result)
        return ()


def _all_met(ancestors: set[int], tops: Sequence[frozenset[int]]) -> bool:
    return all(not ancestors.isdisjoint(top) for top in tops)


def _best(found: Sequence[_Found]) -> list[_Found]:
    """Those that fit best."""
    best = min((one.rank for one in found), default=None)
    return [one for one in found if one.rank == best]


def spelled_alike(text: str, name: str) -> bool:
    """Whether a text may mean a name, in whatever spelling.

    >>> [spelled_alike(text, "Hà Nội") for text in ("ha noi", "hà nội", "hạ nội", "TP Hà Nội")]
    [True, True, False, True]
    """
    marked = not spelling(text).is_unmarked
    names = [reading for reading in readings(name) if not reading.sorts or reading.full]
    for asked in readings(text):
        keys = set(_keys(asked.name, bool(asked.sorts)))
        for one in names:
            if asked.sorts and one.sorts and asked.sorts.isdisjoint(one.sorts):
                continue
            if not keys.isdisjoint(_keys(one.name, bool(one.sorts))) and _fit(asked.name, one.name, marked) is not None:
                return True
    return False
