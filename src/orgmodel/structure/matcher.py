"""The matcher behind everything that takes the name of a unit.

A name is looked up by its letters and told apart from others by everything else that was written: marks, the title, the
kind, and the names of units above. The units that fit best are the answer; if there are several, none is taken.
Similar names never match: they are only suggested.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Literal

from attrs import frozen

from orgmodel.model import track as tracks
from orgmodel.model.door import like
from orgmodel.structure.spelling import Spelling, number_of, plain, same_sound, spelling, tidy
from orgmodel.structure.titles import Reading, readings, sorts_of, split_above

__all__ = [
    "Match",
]

How = Literal["id", "code", "exact", "folded", "former", "above", ""]
"""How a text was found: as an id or code; as the exact name; as the name in another spelling; as a name of other days;
or only with the names of units above. Empty: it was not found."""

_SAME, _LOOSE, _FEWER = range(3)
"""How well a spelling fits: the same; joined, parted or of the same sound; with some marks left out."""


@frozen
class Match:
    """The units that a text means.

    Attributes:
        text: the text.
        units: ids of the units that fit best; one if it is found.
        how: how it was found.
        scheme: the scheme in which it was found: ``id``, ``code``, ``name``, or another one such as ``name:short``.
        near: ids of units that it may have meant, if it was not found.
        elsewhere: ids of units with the name, but not under the units named above.

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
        """``found``, ``ambiguous`` if several units fit, or ``unknown``."""
        return "found" if len(self.units) == 1 else "ambiguous" if self.units else "unknown"


@frozen
class Bearer:
    """The facts of a unit that the matcher reads.

    Attributes:
        kind: its kind.
        category: its category inside the kind.
    """

    kind: str | None
    category: str | None


@frozen(eq=False, slots=False)
class Names:
    """The names of one scheme, of the day or of other days.

    Attributes:
        scheme: ``name``, or another one such as ``name:short``.
        former: whether the units had these names on other days only.
        bearers: name -> numbers of the units with this name.
    """

    scheme: str
    former: bool
    bearers: Mapping[str, Sequence[int]]

    @cached_property
    def by_letters(self) -> Mapping[str, Sequence[tuple[str, Reading]]]:
        """Letters in one spelling of their sound -> the names with these letters, with or without their title."""
        result: dict[str, list[tuple[str, Reading]]] = {}
        for text in self.bearers:
            for reading in readings(text):
                # A letter that looks like a title may be part of the name: T Nưng.
                if not reading.sorts or reading.full:
                    for key in _keys(reading.name, bool(reading.sorts)):
                        result.setdefault(key, []).append((text, reading))
        return result


def _keys(name: Spelling, titled: bool) -> Iterator[str]:
    """The keys under which a name is looked up: its letters, and behind a title also its digits if it is a number."""
    number = number_of(name.letters) if titled else None
    if number is not None:
        yield f"#{number}"
    if number is None or number != name.letters:
        yield same_sound(name.letters)


def _fit(asked: Spelling, name: Spelling, marked: bool) -> int | None:
    """How well a spelling fits a name with letters of the same sound; None if the marks differ.

    Args:
        asked: the spelling that was written.
        name: the name.
        marked: whether anything that was written has marks: only then a missing mark means something.
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
class _Candidate:
    """A unit that a text fits.

    Attributes:
        unit: its number.
        rank: how well it fits, the lowest best: whether the name is a former one, the fit of the spelling, whether the
            title of the name was left out.
        names: the names among which it was found.
        name: the name that fits.
    """

    unit: int
    rank: tuple[bool, int, bool]
    names: Names
    name: str

    @property
    def rank_on_any_day(self) -> tuple[int, bool]:
        """How well it fits if a former name is as good as a present one."""
        return self.rank[1:]

    @property
    def lacks_title(self) -> bool:
        """Whether it only fits because the title of its name was left out: "Bắc Giang" for Phường Bắc Giang."""
        return self.rank[2]


class Matcher:
    """A search among the names of a structure or history.

    Args:
        layers: the names, the schemes of the day first.
        bearer: a unit -> its kind and category.
        above: a unit -> the units above it.
        exactly: (text, scheme or empty) -> (scheme, units) for ids and codes.
        id_of: a unit -> its id.
        ever: the matcher for all units that ever existed, if this one is for a day.
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
        """The units that a text means.

        Args:
            text: an id, a code or a name, which names of units above may follow, as in addresses.
            above: names, codes or ids of units above it, each at any height.
            kind: the kind of the unit.
            scheme: the only scheme of names to search.
            among: whether a unit may be meant.
            near: whether to look for similar names if it is not found.
            names_only: whether to leave out ids and codes.
        """
        numbers, how, matched_scheme, elsewhere = self.find(
            text, above=above, kind=kind, scheme=scheme, among=among, names_only=names_only
        )
        ids = tuple(map(self._id_of, numbers))
        if ids or elsewhere or not near:
            return Match(text, ids, how, matched_scheme, (), tuple(map(self._id_of, elsewhere)))
        return Match(text, near=self.near(text, above=above, kind=kind, among=among))

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
        """The units that fit best, how, in which scheme; and the units with the name that stand elsewhere."""
        elsewhere: dict[int, None] = {}
        if scheme is None and not names_only:
            matched_scheme, bearers = self._exactly(text.strip(), "")
            units = [unit for unit in bearers if self._may_be(unit, kind, among)]
            if inside := self.under(units, above):
                return inside, "id" if matched_scheme == "id" else "code", matched_scheme, []
            elsewhere |= dict.fromkeys(units)
        # Decided once for all that was written: who writes marks for the province means those of the commune as well.
        marked = not all(spelling(part).is_unmarked for part in (text, *above))
        for name, named_above in split_above(text):
            tops = (*named_above, *above)
            fitting = [c for c in self._fitting(name, marked, scheme) if self._may_be(c.unit, kind, among)]
            inside_tops = set(self.under({candidate.unit for candidate in fitting}, tops))
            best = _best([candidate for candidate in fitting if candidate.unit in inside_tops])
            if not best:
                elsewhere |= dict.fromkeys(_units_of(fitting))
                continue
            units = _units_of(best)
            if best[0].lacks_title and (others := self._of_other_days(name, tops, kind, scheme)):
                # "Bắc Giang" is rather the province that ended than the ward Phường Bắc Giang: nothing is taken.
                return [], "", "", [*others, *units]
            needed_above = set(_units_of(_best(fitting))) != set(units)
            how = self._how(name if named_above else text, best[0], needed_above)
            return units, how, best[0].names.scheme, []
        return [], "", "", list(elsewhere)

    def coded(self, text: str, scheme: str | None = None) -> tuple[str, Sequence[int]]:
        """The scheme and the units of a code."""
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
        """The units that a text means as an id, or as a code of one scheme."""
        matched_scheme, units = self._exactly(text, "" if scheme == "id" else scheme)
        if (matched_scheme == "id") != (scheme == "id"):
            return Match(text)
        units = [unit for unit in self.under(units, above) if self._may_be(unit, kind, among)]
        how: How = "" if not units else "id" if matched_scheme == "id" else "code"
        return Match(text, tuple(map(self._id_of, units)), how, matched_scheme if units else "")

    def _may_be(self, unit: int, kind: str | None, among: Callable[[int], bool] | None) -> bool:
        return (kind is None or self._bearer(unit).kind == kind) and (among is None or among(unit))

    def ever(
        self, text: str, *, above: Sequence[str] = (), kind: str | None = None, scheme: str | None = None
    ) -> dict[int, tuple[str, str, How]]:
        """Unit -> (scheme, text, how) of all units that a text fits best, by a present or a former name.

        Args:
            text: an id, a code or a name.
            above: names, codes or ids of units above it.
            kind: the kind of the units.
            scheme: ``id``, ``code``, ``name`` or another one; None: any.
        """
        result: dict[int, tuple[str, str, How]] = {}
        family = None if scheme is None else tracks.family(scheme)
        if scheme == "id" or family in (None, tracks.CODE):
            result |= self._exactly_ever(text.strip(), above, kind, scheme)
        if family in (None, tracks.NAME):
            named = self._named_ever(text, above, kind, None if scheme == tracks.NAME else scheme)
            result |= {unit: match for unit, match in named.items() if unit not in result}
        return result

    def _exactly_ever(
        self, text: str, above: Sequence[str], kind: str | None, scheme: str | None
    ) -> dict[int, tuple[str, str, How]]:
        """The part of :meth:`ever` for ids and codes."""
        result: dict[int, tuple[str, str, How]] = {}
        # Without a scheme a text that is an id may be the code of another unit as well.
        for wanted in ("", tracks.CODE) if scheme is None else ("" if scheme == "id" else scheme,):
            matched, units = self._exactly(text, wanted)
            how: How = "id" if matched == "id" else "code"
            if matched and (scheme != "id" or how == "id"):
                for unit in self.under(units, above):
                    if self._may_be(unit, kind, None):
                        result.setdefault(unit, (matched, text, how))
        return result

    def _named_ever(
        self, text: str, above: Sequence[str], kind: str | None, scheme: str | None
    ) -> dict[int, tuple[str, str, How]]:
        """The part of :meth:`ever` for names."""
        marked = not spelling(text).is_unmarked
        for name, named_above in split_above(text):
            fitting = [c for c in self._fitting(name, marked, scheme) if self._may_be(c.unit, kind, None)]
            inside = set(self.under(_units_of(fitting), (*named_above, *above)))
            best_rank = min((c.rank_on_any_day for c in fitting if c.unit in inside), default=None)
            best = [c for c in fitting if c.rank_on_any_day == best_rank]
            if best:
                needed_above = any(c.unit not in inside for c in best)
                result: dict[int, tuple[str, str, How]] = {}
                for c in sorted(best, key=lambda c: c.rank):
                    if c.unit in inside:
                        result.setdefault(c.unit, (c.names.scheme, c.name, self._how(name, c, needed_above)))
                return result
        return {}

    def names_like(self, text: str, scheme: str) -> list[str]:
        """The names of one scheme that a text fits best, each once."""
        best = _best(list(self._fitting(text, not spelling(text).is_unmarked, scheme)))
        return list(dict.fromkeys(candidate.name for candidate in best))

    def _how(self, text: str, candidate: _Candidate, needed_above: bool) -> How:
        if needed_above:
            return "above"
        if candidate.names.former:
            return "former"
        return "exact" if unicodedata.normalize("NFC", text) == candidate.name else "folded"

    def _of_other_days(self, name: str, tops: Sequence[str], kind: str | None, scheme: str | None) -> Sequence[int]:
        """Units of other days that a name fits without a title, if on the day it only fits with one left out."""
        if self._ever is None:
            return ()
        ever = self._ever()
        marked = not spelling(name).is_unmarked
        best = _best(
            [f for f in ever._fitting(name, marked, scheme) if kind is None or ever._bearer(f.unit).kind == kind]
        )
        inside = ever.under(dict.fromkeys(f.unit for f in best), tops)
        return inside if best and not best[0].lacks_title and not best[0].names.former else ()

    def _fitting(self, text: str, marked: bool, scheme: str | None) -> Iterator[_Candidate]:
        """The units that a name fits, once for each way in which it fits."""
        layers = [names for names in self._layers if scheme in (None, names.scheme)]
        for asked in readings(text):
            keys = list(_keys(asked.name, bool(asked.sorts)))
            for names in layers:
                for name, reading in chain.from_iterable(names.by_letters.get(key, ()) for key in keys):
                    fit = _fit(asked.name, reading.name, marked)
                    if fit is None:
                        continue
                    # A name with a title fits less if the text has none.
                    bare = bool(reading.sorts) and not asked.sorts
                    for unit in names.bearers[name]:
                        if not asked.sorts or self._is_sort(unit, asked.sorts, reading.sorts):
                            yield _Candidate(unit, (names.former, fit, bare), names, name)

    def _is_sort(self, unit: int, asked: frozenset[str], named: frozenset[str]) -> bool:
        """Whether a unit is of one of some sorts: by its name, else its category, else its kind; yes if unknown."""
        if named:
            return not asked.isdisjoint(named)
        bearer = self._bearer(unit)
        known = sorts_of(bearer.category) or sorts_of(bearer.kind)
        if bearer.category is None and bearer.kind == "province":
            # A province may be a city under the central government.
            known |= {"thành phố"}
        return not known or not asked.isdisjoint(known)

    def under(self, units: Iterable[int], above: Sequence[str]) -> list[int]:
        """The units that have an ancestor of each name in ``above``."""
        tops = [top for text in above if text.strip() for top in self._meant_above(text)]
        return [unit for unit in units if not tops or _all_met(set(self._above(unit)), tops)]

    def _meant_above(self, text: str) -> tuple[frozenset[int], ...]:
        """For each unit that a text names as standing above, all units that it may mean, however well they fit."""
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
        return frozenset(
            exact or (candidate.unit for candidate in self._fitting(text, not spelling(text).is_unmarked, None))
        )

    # ---- similar names

    @cached_property
    def _spelt(self) -> Mapping[str, Sequence[int]]:
        """Names without marks -> their units, for suggestions."""
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
        """Ids of units with names similar to a text: first those that contain it, then the most similar ones.

        Units under the units named above come first; if there are none, units anywhere.
        """
        name, named_above = list(split_above(text))[-1]
        tops = (*named_above, *above)

        def units_of(names: Iterable[str]) -> Iterator[int]:
            return (unit for name in names for unit in self._spelt[name] if self._may_be(unit, kind, among))

        result: dict[str, None] = {}
        if tops:
            inside = set(self.under(dict.fromkeys(units_of(self._spelt)), tops))
            names = [spelt for spelt, units in self._spelt.items() if not inside.isdisjoint(units)]
            result = self._first(most, (unit for unit in units_of(_similar(name, names, most)) if unit in inside))
        return tuple(result or self._first(most, units_of(_similar(name, self._spelt, most))))

    def _first(self, most: int, units: Iterable[int]) -> dict[str, None]:
        """Ids of the first units, each once."""
        result: dict[str, None] = {}
        for unit in units:
            result.setdefault(self._id_of(unit))
            if len(result) == most:
                break
        return result


def _all_met(ancestors: set[int], tops: Sequence[frozenset[int]]) -> bool:
    return all(not ancestors.isdisjoint(top) for top in tops)


def _similar(text: str, names: Collection[str], most: int) -> list[str]:
    """The names (in plain letters) that are similar to a text, the best first, some more than once."""
    asked = plain(tidy(text))
    if not asked:
        return []
    shortened = _initials_in(text)
    initials = [name for name in names if shortened and _initials(name) in shortened]
    # The same name behind another title: Huyện Thủy Nguyên, which has become a town.
    untitled = tuple(reading.name.letters for reading in readings(text))[1:]
    same = [name for name in names if untitled and name.replace(" ", "").endswith(untitled)]
    containing = [name for name in names if f" {asked} " in f" {name} " or f" {name} " in f" {asked} "]
    return [*same, *initials, *containing, *like(asked, names, most)]


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split())


def _initials_in(text: str) -> frozenset[str]:
    """What the capitals of a text may abbreviate, with and without a title: TP.HCM, TPHCM, BR-VT; else nothing."""
    last = text.rsplit(".", 1)[-1]
    if not last.isupper() or len(plain(tidy(last)).split()) > 3:
        return frozenset()
    letters = {reading.name.letters for reading in readings(text)}
    short = {*letters, *(name.removeprefix("tp") for name in letters)}
    return frozenset(name for name in short if 2 <= len(name) <= 6)


def _units_of(candidates: Iterable[_Candidate]) -> list[int]:
    """The units of candidates, each once."""
    return list(dict.fromkeys(candidate.unit for candidate in candidates))


def _best(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The candidates that fit best."""
    best = min((candidate.rank for candidate in candidates), default=None)
    return [candidate for candidate in candidates if candidate.rank == best]


def spelled_alike(text: str, name: str) -> bool:
    """Whether a text may mean a name, in any spelling.

    >>> [spelled_alike(text, "Hà Nội") for text in ("ha noi", "hà nội", "hạ nội", "TP Hà Nội")]
    [True, True, False, True]
    """
    marked = not spelling(text).is_unmarked
    names = [reading for reading in readings(name) if not reading.sorts or reading.full]
    for asked in readings(text):
        keys = set(_keys(asked.name, bool(asked.sorts)))
        for meant in names:
            if asked.sorts and meant.sorts and asked.sorts.isdisjoint(meant.sorts):
                continue
            if (
                not keys.isdisjoint(_keys(meant.name, bool(meant.sorts)))
                and _fit(asked.name, meant.name, marked) is not None
            ):
                return True
    return False
