"""Which days a list of codes is from.

A list fits a day as well as the codes in it and the codes of that day are the same set
(Jaccard). Between two changes of the register every day fits alike, so the answer is a
period. A list that holds no more than what two periods share fits both: ties are reported.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np
from attrs import field, frozen

from orgmodel.errors import Finding, InvalidTable, Refused
from orgmodel.history.past import Past
from orgmodel.history.unit_directory import Bearing, By, Numbers, Timeline, UnitDirectory, register_of
from orgmodel.model.door import a_text, items, like
from orgmodel.model.frames import Column, Tabular
from orgmodel.period import Period, from_ordinal
from orgmodel.structure.finding import scheme_of

__all__ = [
    "Fit",
    "Vintage",
]


@frozen
class Fit:
    """How well a list fits the days of a period.

    Attributes:
        period: the days.
        kind: the kind of units it was compared with; None for all kinds together.
        listed: how many entries the list has.
        matched: how many of them find a unit of their own on these days.
        live: how many units of the kind there are on these days.

    >>> fit = Fit(Period("2025-07-01"), "commune", listed=10, matched=9, live=12)
    >>> fit.coverage, fit.precision, fit.jaccard
    (Fraction(9, 10), Fraction(3, 4), Fraction(9, 13))
    """

    period: Period
    kind: str | None
    listed: int
    matched: int
    live: int

    @property
    def coverage(self) -> Fraction:
        """The part of the list's entries that fit."""
        return Fraction(self.matched, self.listed)

    @property
    def precision(self) -> Fraction:
        """The part of the day's units that the list has."""
        return Fraction(self.matched, self.live) if self.live else Fraction(0)

    @property
    def jaccard(self) -> Fraction:
        """The Jaccard index of list and day: 1 if they have the same entries."""
        return Fraction(self.matched, self.listed + self.live - self.matched)

    def __str__(self) -> str:
        return (
            f"{self.period}: {self.matched:,} of {self.listed:,} entries fit, "
            f"of {self.live:,} {self.kind or 'unit'}s ({float(self.jaccard):.1%})"
        )


@frozen
class Misfit:
    """An entry that names no unit of its own on the best day.

    Attributes:
        row: its place in the list; 1 is the first.
        entry: the code or name.
        reason: ``unknown``: nothing ever bore it; ``other days``: it was borne on other days;
            ``other kind``: it names units of other kinds; ``repeated``: it is in the
            list more often than there are units.
        bearings: who bore it, from when to when.
    """

    row: int
    entry: str
    reason: str
    bearings: tuple[Bearing, ...] = ()

    def __str__(self) -> str:
        message = f": {'; '.join(map(str, self.bearings))}" if self.bearings else ""
        return f"row {self.row}: {self.entry!r}: {self.reason}{message}"


@frozen
class Vintage(Tabular):
    """The days that a list fits best.

    Attributes:
        by: the scheme that the entries were read as: code, name or id.
        fits: the best fit; several if they tie, the earliest first.
        runner_up: the best of the other periods of the same kind; None if there is none.
        misfits: the entries that do not fit the first of :attr:`fits`, in order.
        mixed: how many of the misfits fit another period best, and which: a list of
            mixed vintages shows here. None if no misfit was ever borne on other days.

    >>> import orgmodel as om
    >>> rows = [{"id": "top"}, {"id": "a", "parent": "top", "code": "01"}, {"id": "b", "parent": "top", "code": "02"}]
    >>> history = om.history_of(rows, day="2024-01-01")
    >>> with history.draft("2025-07-01") as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("c", code="03"))
    >>> vintage = history.enact(act).vintage(["01", "02", "03"])
    >>> print(vintage.best.period, [(misfit.row, misfit.entry, misfit.reason) for misfit in vintage.misfits])
    2024-01-01 to 2025-06-30 [(3, '03', 'other days')]
    """

    by: By
    fits: tuple[Fit, ...]
    runner_up: Fit | None = None
    misfits: tuple[Misfit, ...] = field(default=(), repr=lambda misfits: f"<{len(misfits)} misfits>")
    mixed: Fit | None = None
    _called: Callable[[str], str] | None = field(default=None, repr=False, eq=False)

    def _columns(self) -> dict[str, Column]:
        """The entries that do not fit: row, entry, reason, and the units that bore it."""
        units = [list(dict.fromkeys(bearing.unit for bearing in misfit.bearings)) for misfit in self.misfits]
        return {
            "row": Column([misfit.row for misfit in self.misfits], "whole"),
            "entry": Column([misfit.entry for misfit in self.misfits]),
            "reason": Column([misfit.reason for misfit in self.misfits]),
            "units": Column(units, "texts"),
            "unit_names": Column([[*map(self._called or str, listed)] for listed in units], "texts"),
        }

    @property
    def best(self) -> Fit:
        """The best fit; of several that tie, the earliest."""
        return self.fits[0]

    @property
    def tie(self) -> bool:
        """Whether several periods fit equally well."""
        return len(self.fits) > 1

    @property
    def day(self) -> dt.date:
        """The first day of the best period.

        Raises:
            Refused: several periods fit equally well.
        """
        if self.tie:
            raise Refused(
                "a day for the list", [Finding("vintage", f"it fits equally well {fit}") for fit in self.fits]
            )
        assert self.best.period.start is not None
        return self.best.period.start

    def __str__(self) -> str:
        lines = [f"{'fits' if not self.tie else 'fits equally well'} {fit}" for fit in self.fits]
        if self.runner_up is not None:
            lines.append(f"next best {self.runner_up}")
        if self.mixed is not None:
            lines.append(
                f"mixed: {self.mixed.matched:,} of the {len(self.misfits):,} that do not fit are of {self.mixed.period}"
            )
        lines += [str(misfit) for misfit in self.misfits[:10]]
        if len(self.misfits) > 10:
            lines.append(f"... and {len(self.misfits) - 10:,} more that do not fit")
        return "\n".join(lines)


def of(history: Past, entries: Iterable[str], kind: str | None = None, by: By | None = None) -> Vintage:
    """The days that a list of codes, names or ids fits best.

    Args:
        history: the history whose register it is compared with.
        entries: the list; an entry that stands in it twice is compared with two units.
        kind: the kind of units that it lists. None compares with each kind alone and with all together, and takes the
            best.
        by: whether they are codes, names or ids, or codes or names of another scheme such as ``code:gso``; None takes
            the scheme in which most entries were ever used. Names may be spelt otherwise.

    Raises:
        InvalidTable: the list is empty, or holds what is no text.
        Refused: no entry was ever borne, or the register knows no such kind.

    >>> from orgmodel.acts.act import Act
    >>> from orgmodel.acts.events import Creation, Link, Succession
    >>> from orgmodel.history.history import History
    >>> from orgmodel.model.unit import Unit
    >>> merger = Succession((Link("a", "c"), Link("b", "c")), created=(Unit("c", code="03", parent="vn"),))
    >>> history = History().enact(
    ...     Act("s", "2024-01-01", [Creation(Unit("vn")), Creation(Unit("a", code="01", parent="vn")),
    ...                             Creation(Unit("b", code="02", parent="vn"))]),
    ...     Act("m", "2025-07-01", [merger]))
    >>> print(of(history, ["01", "02"]))
    fits 2024-01-01 to 2025-06-30: 2 of 2 entries fit, of 2 units (100.0%)
    """
    listed = _texts(entries)
    register = register_of(history)
    by = _scheme(register, set(listed)) if by is None else scheme_of(by)
    keys = register.keys(by, listed)
    fits = _fits_of_best_kind(register, by, keys, _kinds(register, by, kind))
    if not fits:
        raise Refused("a list", [Finding("vintage", f"none of its {len(listed)} entries was ever a {by} of a unit")])
    # By the part of list and register together that is in both: a period is no better for having more units.
    top = max(fit.jaccard for fit in fits)
    chosen = tuple(_joined([fit for fit in fits if fit.jaccard == top]))
    others = [fit for fit in fits if 0 < fit.jaccard < top]
    misfits = _misfits(register, listed, keys, by, chosen[0])
    return Vintage(
        by,
        chosen,
        max(others, key=lambda fit: fit.jaccard, default=None),
        misfits,
        _mixed(register, misfits, by, chosen[0].kind),
        history.at(history.acts[-1].effective).called,
    )


def _kinds(register: UnitDirectory, by: By, kind: str | None) -> list[str | None]:
    """The kinds that a list is compared with, None for all together; only the one that is named, if one is."""
    known = [known_kind for known_kind in register.kinds(by) if known_kind is not None]
    if kind is None:
        # All kinds together come last: they are an answer only where no kind alone is as good.
        return [*known, None]
    kind = a_text(kind, "a kind")
    if kind not in known:
        near = like(kind, known)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        message = f"no {kind!r} ever bore a {by} (there are {', '.join(known) or 'none'}){hint}"
        raise Refused("a kind", [Finding("kind", message)])
    return [kind]


def _fits_of_best_kind(register: UnitDirectory, by: By, keys: Numbers, kinds: Iterable[str | None]) -> list[Fit]:
    """The fits of all periods, of the kind with the best one; the first kind of several. Empty if nothing fits."""
    counts = np.bincount(keys[keys >= 0], minlength=len(register.timeline(by).texts))
    best: list[Fit] = []
    best_top = Fraction(0)
    for kind in kinds:
        fits = _fits(register.timeline(by, kind), counts, len(keys), kind)
        top = max((fit.jaccard for fit in fits), default=Fraction(0))
        if top > best_top:
            best, best_top = fits, top
    return best


def _texts(entries: Iterable[str]) -> list[str]:
    """The entries in composed Unicode; an entry that is no text is refused, as it has lost its leading zeros."""
    listed: list[object] = [entries] if isinstance(entries, str) else items(entries, "a list of codes or names")
    faults = [
        Finding("entry", f"{entry!r} is not a text; read codes as text, or 01 becomes 1", row=row)
        for row, entry in enumerate(listed, 1)
        if not isinstance(entry, str) or not entry
    ]
    if not listed:
        faults.append(Finding("entry", "the list is empty"))
    if faults:
        raise InvalidTable("a list of codes or names", faults)
    return [e if e.isascii() else unicodedata.normalize("NFC", e) for e in listed if isinstance(e, str)]


def _scheme(register: UnitDirectory, listed: set[str]) -> By:
    """Whether the entries are codes, names or ids: the scheme in which most of them were ever used."""
    choices: tuple[By, ...] = ("code", "name", "id")
    matches: dict[By, int] = {}
    for by in choices:
        matches[by] = int(np.count_nonzero(register.keys(by, list(listed)) >= 0))
        # Codes are tried first: a list that fits them wholly is none of names, whatever else its texts might
        # mean.
        if matches[by] == len(listed):
            return by
    return max(choices, key=lambda by: matches[by])


def _fits(timeline: Timeline, counts: Numbers, listed: int, kind: str | None) -> list[Fit]:
    """The fit of each period between two changes in which there are units."""
    if not len(timeline.days):
        return []
    matched = timeline.matched(counts).tolist()
    days = [*timeline.days.tolist(), None]
    return [
        Fit(
            Period(from_ordinal(days[i]), None if days[i + 1] is None else from_ordinal(days[i + 1])),
            kind,
            listed,
            m,
            n,
        )
        for i, (m, n) in enumerate(zip(matched, timeline.live.tolist(), strict=True))
        if n
    ]


def _joined(fits: Iterable[Fit]) -> list[Fit]:
    """The fits, with adjacent periods of equal fit joined."""
    out: list[Fit] = []
    for fit in fits:
        if (
            out
            and out[-1].period.end == fit.period.start
            and (out[-1].matched, out[-1].live) == (fit.matched, fit.live)
        ):
            out[-1] = Fit(Period(out[-1].period.start, fit.period.end), fit.kind, fit.listed, fit.matched, fit.live)
        else:
            out.append(fit)
    return out


def _misfits(register: UnitDirectory, listed: list[str], keys: Numbers, by: By, fit: Fit) -> tuple[Misfit, ...]:
    """The entries without a unit of their own on the first day of a fit."""
    assert fit.period.start is not None
    timeline = register.timeline(by, fit.kind)
    live = np.where(keys >= 0, timeline.bearers(np.maximum(keys, 0), fit.period.start.toordinal()), 0)
    counts = np.bincount(keys[keys >= 0], minlength=len(timeline.texts))
    suspects = np.flatnonzero((keys < 0) | (counts.take(np.maximum(keys, 0)) > live))
    # Of an entry that stands in the list several times, as many fit as there are units.
    times: Counter[str] = Counter()
    out: list[Misfit] = []
    for at in suspects.tolist():
        text, bearers = listed[at], int(live[at])
        times[text] += 1
        if times[text] <= bearers:
            continue
        bearings = register.bearings(text, by)
        if not bearings:
            reason = "unknown"
        elif bearers:
            reason = "repeated"
        elif fit.kind is not None and all(b.kind != fit.kind for b in bearings):
            reason = "other kind"
        else:
            reason = "other days"
        out.append(Misfit(at + 1, text, reason, bearings))
    return tuple(out)


def _mixed(register: UnitDirectory, misfits: tuple[Misfit, ...], by: By, kind: str | None) -> Fit | None:
    """The fit of the period that most of the misfits are from."""
    # What was never borne, stands there twice or is of another kind says nothing about days.
    listed = [misfit.entry for misfit in misfits if misfit.reason == "other days"]
    if not listed:
        return None
    counts = np.bincount(register.keys(by, listed), minlength=len(register.texts(by)))
    fits = _fits(register.timeline(by, kind), counts, len(misfits), kind)
    top = max((fit.matched for fit in fits), default=0)
    joined = _joined([fit for fit in fits if fit.matched == top])
    return joined[-1] if top else None
