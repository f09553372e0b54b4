"""Tables of ratios between old units and new ones, both ways, as links with shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final, Literal

from attrs import evolve, field, frozen

from orgmodel.acts.events import Link, with_settled_shares
from orgmodel.errors import Finding
from orgmodel.io.importers.reading import Columns, Table, TableFindings, TableRow, checked_word, read_rows
from orgmodel.model.door import refuse, strict
from orgmodel.model.plain import plain_fraction

__all__ = [
    "COLUMNS",
    "ImportedWeights",
    "import_weights",
]

COLUMNS: Final = ("old", "new", "forward", "backward")
"""The columns of a table of ratios, by the names used here."""

Rest = Literal["refuse", "largest", "unstated"]
"""The treatment of a rest: what the ratios of a unit lack of 1, by more than rounding explains."""


@frozen
class ImportedWeights:
    """Links with shares, as a table of ratios has them.

    Attributes:
        measure: what the ratios are of.
        links: old to new, with the share of the old unit's count that went there.
        back: new to old, with the share of the new unit's count that came from there.
        rests: old unit -> what its ratios lack of 1.
        findings: what was rounded, left over, or contradicts itself.
    """

    measure: str
    links: tuple[Link, ...]
    back: tuple[Link, ...] = ()
    rests: Mapping[str, Fraction] = field(factory=dict)
    findings: tuple[Finding, ...] = ()

    def of(self, *olds: str) -> tuple[Link, ...]:
        """The links of some old units: of all that become the same new ones, one succession.

        >>> weights = import_weights([{"old": "a", "new": "x", "forward": "0.4"}, {"old": "a", "new": "y"}], measure="m")
        >>> [(link.new, link.extent, str(link.share("m"))) for link in weights.of("a")]
        [('x', 'part', '2/5'), ('y', 'part', '3/5')]
        """
        return tuple(link for link in self.links if link.old in olds)


@strict
def import_weights(
    table: Table,
    columns: Columns | None = None,
    *,
    measure: str,
    tolerance: Fraction | str | float = "0.005",
    rest: Rest = "refuse",
    percent: bool = False,
) -> ImportedWeights:
    """Shares from a table of ratios.

    A row states which part of an old unit went to a new one (``forward``) and which part of the new one came from there
    (``backward``), each of 1. A missing ratio is the rest of its unit, if it is the only missing one. Rounding
    differences go to the largest share, with a note.

    Args:
        table: columns by name, a data frame, or rows.
        columns: the table's name of a column -> one of :data:`COLUMNS`.
        measure: what the ratios are of, such as ``"population"``.
        tolerance: by how much the ratios of a unit may miss 1 where they were rounded.
        rest: what is done where they lack more: refuse, give it to the largest, or leave the shares of the unit out.
        percent: whether the ratios are of 100.

    Raises:
        InvalidTable: with each faulty row: a ratio that is no number or not between 0 and 1, ratios of a unit that
            add up to more than 1, a rest.

    >>> rows = [
    ...     {"old": "a", "new": "x", "forward": "0.333", "backward": "1"},
    ...     {"old": "a", "new": "y", "forward": "0.666", "backward": "0.25"},
    ...     {"old": "b", "new": "y", "forward": "1", "backward": "0.75"},
    ... ]
    >>> weights = import_weights(rows, measure="population")
    >>> [(link.old, link.new, link.extent, str(link.share("population"))) for link in weights.links]
    [('a', 'x', 'part', '333/1000'), ('a', 'y', 'part', '667/1000'), ('b', 'y', 'whole', '1')]
    >>> [(link.old, link.new, str(link.share("population"))) for link in weights.back]
    [('x', 'a', '1'), ('y', 'a', '1/4'), ('y', 'b', '3/4')]
    >>> print(weights.findings[0])
    row 1: a: the shares of 'population' of 'a': 1/1000 given to the largest (rows 1, 2) [rounded]
    """
    findings = TableFindings("a table of ratios")
    checked_word("rest", rest, ("refuse", "largest", "unstated"), findings)
    rows = read_rows(table, columns, COLUMNS, ("old", "new"), findings, name="ratios")
    _check_pairs(rows, findings)
    total = Fraction(100 if percent else 1)
    forwards, backwards = ([_ratio(row, side, total, findings) for row in rows] for side in ("forward", "backward"))
    findings.stop()
    forth: list[tuple[TableRow, str, str, Fraction | None]] = []
    back: list[tuple[TableRow, str, str, Fraction | None]] = []
    for row, forward, backward in zip(rows, forwards, backwards, strict=True):
        if None not in (forward, backward) and bool(forward) != bool(backward):
            message = f"nothing goes one way and something the other way: forward {forward}, backward {backward}"
            findings.add("both-ways", message, rows=[row.number], units=[row.text("old")], severity="warning")
        # A row that states nothing in either direction is no link.
        if forward != 0 or backward:
            forth.append((row, "old", "new", forward))
            back.append((row, "new", "old", backward))
    one_way = _OneWay(measure, _tolerance(tolerance), rest, findings)
    links = one_way.links(forth)
    rests = dict(one_way.rests)
    links_back = sorted(one_way.links(back), key=lambda link: link.old)
    findings.stop()
    # Without any ratio of that direction nothing is known about it.
    is_known = any(ratio is not None for ratio in backwards)
    return ImportedWeights(measure, links, tuple(links_back) if is_known else (), rests, tuple(findings.listed))


def _check_pairs(rows: Iterable[TableRow], findings: TableFindings) -> None:
    """Add a fault for each row that lacks a unit, and for each pair that appears twice."""
    pairs: dict[tuple[str, str], int] = {}
    for row in rows:
        for name in ("old", "new"):
            if not row.text(name):
                findings.add("link", f"it names no {name} unit", rows=[row.number])
        first = pairs.setdefault((row.text("old"), row.text("new")), row.number)
        if first != row.number:
            findings.add("link", "the pair stands there twice", rows=[first, row.number])


def _tolerance(text: Fraction | str | float) -> Fraction:
    """The tolerance as a fraction.

    Raises:
        Refused: it is no number, or negative.
    """
    try:
        tolerance = plain_fraction(text)
    except ValueError as error:
        return refuse("a tolerance", str(error), "tolerance")
    return tolerance if tolerance >= 0 else refuse("a tolerance", f"it is {text}, below zero", "tolerance")


def _ratio(row: TableRow, side: str, total: Fraction, findings: TableFindings) -> Fraction | None:
    """A ratio between 0 and 1; None if the cell is empty, a fault if it is anything else."""
    text = row.text(side).strip()
    if not text:
        return None
    try:
        ratio = plain_fraction(text.removesuffix("%")) / (100 if text.endswith("%") else total)
    except ValueError:
        findings.add("shares", f"{side}: {text!r} is no number; write 0.25, 1/4 or 25%", rows=[row.number])
        return None
    if not 0 <= ratio <= 1:
        findings.add("shares", f"{side}: {text} is not between 0 and 1", rows=[row.number])
    return ratio


class _OneWay:
    """The links of the ratios of one direction."""

    def __init__(self, measure: str, tolerance: Fraction, remedy: Rest, findings: TableFindings) -> None:
        self.measure, self.tolerance, self.remedy, self.findings = measure, tolerance, remedy, findings
        self.rests: dict[str, Fraction] = {}

    def links(self, ratios: Sequence[tuple[TableRow, str, str, Fraction | None]]) -> tuple[Link, ...]:
        """The links, with shares that add up to 1; a unit without any ratio has links without shares."""
        by_unit: dict[str, list[tuple[TableRow, str, Fraction | None]]] = {}
        for row, from_, to, ratio in ratios:
            if ratio != 0:
                by_unit.setdefault(row.text(from_), []).append((row, row.text(to), ratio))
        links: list[Link] = []
        for unit, parts in by_unit.items():
            links += self._of(unit, parts)
        return tuple(links)

    def _of(self, unit: str, parts: Sequence[tuple[TableRow, str, Fraction | None]]) -> Iterable[Link]:
        """The links of one unit; none, and a fault, where its ratios are no shares of it."""
        rows = [row.number for row, _, _ in parts]
        known = [ratio for _, _, ratio in parts if ratio is not None]
        lacks = Fraction(1) - sum(known)
        missing = len(parts) - len(known)
        if lacks < -self.tolerance:
            message = f"its ratios add up to {float(sum(known)):g}, more than 1"
            self.findings.add("shares", message, rows=rows, units=[unit])
            return ()
        if not known:
            return self._plain(unit, parts)
        if missing > 1:
            message = f"{missing} of its ratios are missing, so that none of its shares are stated"
            self.findings.add("unstated", message, rows=rows, units=[unit], severity="warning")
            return self._plain(unit, parts)
        if not missing and lacks > self.tolerance:
            self._note_rest(unit, lacks, rows)
            if self.remedy != "largest":
                return self._plain(unit, parts) if self.remedy == "unstated" else ()
        if len(parts) == 1:
            return [Link(unit, parts[0][1])]
        # The only missing ratio is what the others lack of 1.
        missing_share = max(lacks, Fraction(0))
        links = [
            Link(unit, new, "part", {self.measure: missing_share if ratio is None else ratio})
            for _, new, ratio in parts
        ]
        settled, notes = with_settled_shares(links, max(self.tolerance, lacks))
        for _, note in notes:
            self.findings.add("rounded", note, rows=rows, units=[unit], severity="note")
        return settled

    def _note_rest(self, unit: str, lacks: Fraction, rows: Sequence[int]) -> None:
        """Note what the ratios of a unit lack of 1, and what is done with it; a fault if nothing says so."""
        self.rests[unit] = lacks
        message = f"its ratios lack {float(lacks):g} of 1"
        if self.remedy == "refuse":
            self.findings.add("rest", f"{message}; say in rest= what is done with it", rows=rows, units=[unit])
            return
        done = "given to the largest" if self.remedy == "largest" else "so that its shares are not stated"
        self.findings.add("rest", f"{message}: {done}", rows=rows, units=[unit], severity="warning")

    @staticmethod
    def _plain(unit: str, parts: Sequence[tuple[TableRow, str, Fraction | None]]) -> list[Link]:
        extent: Literal["whole", "part"] = "whole" if len(parts) == 1 else "part"
        return [evolve(Link(unit, new), extent=extent) for _, new, _ in parts]
