"""``orgmodel propose``: mergers that satisfy constraints."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter

from orgmodel.cli.common import File, Json, On, Unclear, console, day_of, load, unit_on
from orgmodel.cli.words import language, say
from orgmodel.errors import InvalidFile
from orgmodel.history.history import History
from orgmodel.io.files import read_lines
from orgmodel.model.plain import plain_fraction
from orgmodel.party import kinds, vietnam
from orgmodel.scenario.propose.constraints import (
    UNITS,
    Apart,
    AtLeast,
    AtMost,
    Compact,
    Constraint,
    Count,
    Even,
    FewestChanges,
    Locked,
    MostUnits,
    Term,
    Together,
    Within,
)
from orgmodel.scenario.propose.enact import plan_text
from orgmodel.scenario.propose.mergers import propose_mergers
from orgmodel.scenario.propose.neighbours import Neighbours, neighbours_of
from orgmodel.scenario.propose.picture import picture
from orgmodel.structure.structure import Structure
from orgmodel.writing import write_file

__all__ = [
    "Many",
    "command",
]

_AREA: Final = "area"

Many = list[str] | None


def _many(name: str, message: str) -> Parameter:
    return Parameter(name=name, help=message, negative="")


def command(
    *,
    kind: Annotated[str, Parameter(help="The kind of the units to put together.")] = "commune",
    under: Annotated[str | None, Parameter(help="Only units under this one.")] = None,
    at_least: Annotated[Many, _many("--at-least", "A floor for every group, as area=100 or units=2.")] = None,
    at_most: Annotated[Many, _many("--at-most", "A cap for every group, as area=500.")] = None,
    or_now: Annotated[
        bool, Parameter(negative="", show_default=False, help="A unit that stays as it is may break floors and caps.")
    ] = False,
    count: Annotated[int | None, Parameter(help="How many units there are to be afterwards.")] = None,
    within: Annotated[str | None, Parameter(help="The kind whose borders no group crosses, such as province.")] = None,
    together: Annotated[Many, _many("--together", "Units that must be together, with commas between.")] = None,
    apart: Annotated[Many, _many("--apart", "Units that must be apart, with commas between.")] = None,
    locked: Annotated[Many, _many("--locked", "A unit that stays as it is.")] = None,
    better: Annotated[
        Many, _many("--better", "What is better: few, many, compact, even=MEASURE; several are added up.")
    ] = None,
    neighbours: Annotated[
        Path | None, Parameter(help="A CSV file of borders: two columns of units, perhaps one of lengths.")
    ] = None,
    measures: Annotated[
        Path | None, Parameter(help="A CSV file of figures: units in the first column, measures in the others.")
    ] = None,
    number: Annotated[int, Parameter(name=["--number", "-n"], help="How many proposals.")] = 1,
    seed: Annotated[int, Parameter(help="Seed of the search: the same one gives the same proposals.")] = 0,
    time_limit: Annotated[float | None, Parameter(help="Stop after so many seconds with what there is.")] = None,
    method: Annotated[
        Literal["search", "exact"], Parameter(help="exact: with a proof, for small problems.")
    ] = "search",
    islands: Annotated[Literal["bound", "alone"], Parameter(help="Whether islands must meet floors.")] = "bound",
    unknown: Annotated[
        Literal["refuse", "alone"], Parameter(help="What to do with units without a figure.")
    ] = "refuse",
    effective: Annotated[str, Parameter(help="The effective day in the plan file.")] = "2027-01-01",
    plan: Annotated[
        Path | None, Parameter(help="A file for the first proposal as a plan, for orgmodel simulate.")
    ] = None,
    image: Annotated[
        Path | None, Parameter(name="--picture", help="A file for a drawing of the first proposal, as SVG.")
    ] = None,
    report: Annotated[Path | None, Parameter(help="A file for the report; JSON if its name ends so.")] = None,
    on: On = None,
    file: File = None,
    json: Json = False,
) -> int:
    """Propose mergers that satisfy constraints: which units, why, and what it costs.

    Borders, and areas of communes, are those of Viet Nam where no file is given. If the constraints cannot be met, it
    says which units stand in the way and by how much.
    """
    history = load(file)
    day = day_of(on, history)
    structure = history.at(day)
    units = _units(structure, kind, under and unit_on(history, under, day))
    near = _read_neighbours(history, neighbours, day) if neighbours else _embedded(file, kind, structure)
    constraints: list[Constraint] = [*_bounds(AtLeast, at_least, or_now), *_bounds(AtMost, at_most, or_now)]
    if count is not None:
        constraints.append(Count(count))
    if within is not None:
        constraints.append(Within(within))
    for constraint, groups in ((Together, together), (Apart, apart), (Locked, locked)):
        constraints += _groups(history, day, constraint, groups)
    figures = _read_measures(history, measures, day) if measures else {}
    if file is None and kind == kinds.COMMUNE:
        figures = {_AREA: vietnam.commune_areas(), **figures}
    proposals = propose_mergers(
        structure,
        near,
        constraints,
        [_term(text) for text in better] if better else None,
        n=number,
        seed=seed,
        time_limit=time_limit,
        method=method,
        units=units,
        measures=figures,
        islands=islands,
        unknown=unknown,
    )
    report_text = proposals.report(language=language())
    files: dict[Path, str] = {}
    if plan is not None:
        files[plan] = plan_text(proposals[0], structure, effective, plan.stem)
    if image is not None:
        files[image] = picture(proposals[0])
    if report is not None:
        files[report] = proposals.to_json() if report.suffix == ".json" else report_text
    for path, text in files.items():
        write_file(path, text)
    if json:
        print(proposals.to_json(), end="")
        return 0
    console().print(report_text.rstrip("\n"), soft_wrap=True)
    for path in files:
        console().print(say("wrote {target}", target=path), soft_wrap=True)
    return 0


def _units(structure: Structure, kind: str, top: str | None) -> list[str]:
    """The units of a kind, below one if it is named.

    Raises:
        Unclear: there is none.
    """
    units = [unit for unit in structure.select(kind=kind) if top is None or top in structure.ancestors(unit)]
    if not units:
        raise Unclear(say("there is no unit of the kind {kind} here on {day}", kind=repr(kind), day=structure.day))
    return units


def _groups(
    history: History, day: dt.date, constraint: Callable[[list[str]], Constraint], groups: Many
) -> Iterator[Constraint]:
    """A constraint on each group of units, which are typed with commas between."""
    for group in groups or []:
        yield constraint([unit_on(history, name.strip(), day) for name in group.split(",")])


def _bounds(bound: Callable[..., AtLeast | AtMost], pairs: Many, or_now: bool) -> Iterator[Constraint]:
    """The bounds of some pairs such as ``area=100``."""
    for text in pairs or []:
        measure, _, value = text.partition("=")
        try:
            yield bound(measure, value if value == "now" else plain_fraction(value), or_now=or_now)
        except ValueError:
            raise Unclear(
                say("{text} is no bound; say a measure and a number, as area=100 or members=now", text=repr(text))
            ) from None


def _term(text: str) -> Term:
    name, _, measure = text.partition("=")
    terms: dict[str, Callable[[], Term]] = {
        "few": FewestChanges,
        "many": MostUnits,
        "compact": Compact,
        "even": lambda: Even(measure or UNITS),
    }
    if name not in terms:
        raise Unclear(
            say("{text} is nothing to be better by; there are few, many, compact, even=MEASURE", text=repr(text))
        )
    return terms[name]()


def _embedded(file: str | None, kind: str, structure: Structure) -> Neighbours:
    """The borders in the package, where the history is the one in the package."""
    if file is None and structure.day >= kinds.THREE_LEVELS_FROM and kind in (kinds.COMMUNE, kinds.PROVINCE):
        return vietnam.neighbours("commune" if kind == kinds.COMMUNE else "province")
    if file is None and kind == kinds.PROVINCE:
        return vietnam.neighbours("old province")
    raise Unclear(say("name a file of borders with --neighbours: there are none in the package for these units"))


def _read_neighbours(history: History, path: Path, day: dt.date) -> Neighbours:
    pairs: dict[tuple[str, str], Any] = {}
    for row in _rows(path):
        a, b = (unit_on(history, text, day) for text in row[:2])
        pairs[a, b] = _fraction(row[2], path) if len(row) > 2 and row[2] else Fraction(1)
    return neighbours_of(pairs)


def _read_measures(history: History, path: Path, day: dt.date) -> Mapping[str, Mapping[str, Fraction]]:
    header, *rows = _rows(path, header=True)
    figures: dict[str, dict[str, Fraction]] = {name: {} for name in header[1:]}
    for row in rows:
        unit = unit_on(history, row[0], day)
        for name, text in zip(header[1:], row[1:], strict=False):
            if text:
                figures[name][unit] = _fraction(text, path)
    return figures


def _fraction(text: str, path: Path) -> Fraction:
    try:
        return plain_fraction(text)
    except ValueError as error:
        raise Unclear(f"{path}: {error}") from None


def _rows(path: Path, *, header: bool = False) -> list[list[str]]:
    lines, faults = read_lines(path)
    if faults:
        raise InvalidFile(f"{path} cannot be read", faults)
    try:
        rows = [row for row in csv.reader(f"{line}\n" for line in lines) if row]
    except csv.Error as error:
        raise Unclear(say("{path} is not CSV: {error}", path=path, error=error)) from None
    if not rows or any(len(row) < 2 for row in rows):
        raise Unclear(say("{path}: each line needs two columns or more, under a line of titles", path=path))
    return rows if header else rows[1:]
