"""What differs between a baseline and scenarios on a day, and which events make it so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Any

from attrs import frozen

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Event, Succession
from orgmodel.acts.replay import Running
from orgmodel.content.blocks import Column, Content, table_of
from orgmodel.content.html import Shown
from orgmodel.content.words import say
from orgmodel.errors import Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.door import strict
from orgmodel.model.frames import Column as FrameColumn
from orgmodel.model.frames import ColumnSort, Tabular, columns_of
from orgmodel.model.measure import UNKNOWN, Number, Quantity, sum_of
from orgmodel.model.words import Language
from orgmodel.period import DayLike, as_day
from orgmodel.scenario.metrics import DEFAULT, Metric
from orgmodel.scenario.scenario import Scenario
from orgmodel.structure.structure import Structure

__all__ = [
    "Comparison",
    "ComparisonRow",
    "DifferenceReason",
    "compare",
    "describe_event",
    "number_text",
]


@frozen
class ComparisonRow:
    """One number under the baseline and under a scenario.

    Attributes:
        metric: id of the metric.
        item: which of its numbers.
        scenario: name of the scenario.
        baseline: the number without it; None if it is not known.
        value: the number with it; None if it is not known.
        difference: value less baseline; None if one of them is not known.
    """

    metric: str
    item: str
    scenario: str
    baseline: Number | None
    value: Number | None
    difference: Number | None


@frozen
class DifferenceReason:
    """A change of one number by one event.

    Attributes:
        act: id of the act.
        event: index of the event in the act.
        text: what the event is, in a line.
        before: the number before it.
        after: the number after it.
    """

    act: str
    event: int
    text: str
    before: Number | None
    after: Number | None

    def __str__(self) -> str:
        return f"{number_text(self.before)} -> {number_text(self.after)}  {self.text}  [{self.act}]"


def number_text(value: Number | None) -> str:
    """A number for people: whole numbers as they are, others with two decimals.

    >>> number_text(1234), number_text(Fraction(10, 3)), number_text(None)
    ('1,234', '3.33', '?')
    """
    if value is None:
        return "?"
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    return f"{value:,}" if isinstance(value, int) else f"{float(value):,.2f}"


def describe_event(event: Event) -> str:
    """An event in a line.

    >>> describe_event(Closure("d1"))
    'closure of d1'
    """
    match event:
        case Creation():
            name = getattr(event.what, "label", None) or getattr(event.what, "name", "") or event.what.id
            return f"{event.type} of {name}"
        case Closure():
            return f"closure of {event.subject}"
        case Succession():
            return f"{event.type} of {', '.join(event.olds[:4])}{' ...' if len(event.olds) > 4 else ''}"
        case Change():
            return f"{event.type} of {event.subject}: {event.value}"


class Comparison(Tabular, Shown):
    """A baseline and scenarios on one day, by metric; nothing is computed before it is asked for.

    Attributes:
        day: the day.
        metrics: in order.
        scenarios: in order.
    """

    def __init__(
        self, baseline: History, scenarios: Sequence[Scenario], day: dt.date, metrics: Sequence[Metric]
    ) -> None:
        self._baseline = baseline
        self.day, self.metrics, self.scenarios = day, tuple(metrics), tuple(scenarios)

    @cached_property
    def rows(self) -> tuple[ComparisonRow, ...]:
        """Every number, by metric, item and scenario."""
        without = self._baseline.at(self.day)
        result: list[ComparisonRow] = []
        for metric in self.metrics:
            old = metric(without, without)
            news = [(s.name, metric(s.at(self.day), without)) for s in self.scenarios]
            items = dict.fromkeys([*old, *(item for _, new in news for item in new)])
            for item in items:
                for name, new in news:
                    # A count that is not there is zero; what a metric does not know it says with None.
                    a, b = old.get(item, 0), new.get(item, 0)
                    difference = sum_of(b, None if a is None else -a)
                    result.append(ComparisonRow(metric.id, item, name, a, b, difference))
        return tuple(result)

    @property
    def differences(self) -> tuple[ComparisonRow, ...]:
        """The rows in which the scenario differs from the baseline, or in which that is not known."""
        return tuple(row for row in self.rows if row.difference != 0)

    def explain(self, metric: str, item: str, scenario: str | None = None) -> tuple[DifferenceReason, ...]:
        """The events that move a number, in order; their steps add up to the difference.

        Args:
            metric: id of the metric.
            item: which of its numbers.
            scenario: name of the scenario; needed if there are several.

        Raises:
            Refused: there is no such metric, item or scenario.
        """
        chosen = self._scenario(scenario)
        measured = next((m for m in self.metrics if m.id == metric), None)
        if measured is None:
            known = ", ".join(m.id for m in self.metrics)
            raise Refused("a comparison", [Finding("metric", f"it has no metric {metric!r} (it has {known})")])
        items = dict.fromkeys(row.item for row in self.rows if row.metric == metric)
        if item not in items:
            known = ", ".join(items) or "none"
            raise Refused("a comparison", [Finding("item", f"the metric {metric!r} has no {item!r} (it has {known})")])
        without = self._baseline.at(self.day)
        reasons: list[DifferenceReason] = []
        before = measured(without, without).get(item, 0)
        for act, index, event, structure in self._steps(chosen):
            after = measured(structure, without).get(item, 0)
            if after != before:
                reasons.append(DifferenceReason(act.id, index, describe_event(event), before, after))
            before = after
        return tuple(reasons)

    def _scenario(self, name: str | None) -> Scenario:
        found = [s for s in self.scenarios if name is None or s.name == name]
        if len(found) != 1:
            known = ", ".join(repr(s.name) for s in self.scenarios)
            raise Refused("a comparison", [Finding("scenario", f"say which scenario: {known}")])
        return found[0]

    def _steps(self, scenario: Scenario) -> Iterable[tuple[Act, int, Event, Structure]]:
        """The structure on the comparison's day after each event of the scenario's acts that count by then."""
        base = scenario.base
        while isinstance(scenario.baseline, Scenario):
            base = scenario.baseline.base
            scenario = Scenario(scenario.name, scenario.baseline.baseline, (*scenario.baseline.acts, *scenario.acts))
        acts = sorted((a for a in scenario.acts if a.effective <= self.day), key=lambda a: a.effective)
        later = base.last_day is not None and any(act.effective < base.last_day for act in acts)
        done = base
        for _, group in groupby(acts, key=lambda act: act.effective):
            of_day = list(group)
            if later:
                # Days that reach back before others are only judged as wholes.
                done = done.enact(*of_day)
                yield of_day[-1], len(of_day[-1].events) - 1, of_day[-1].events[-1], done.at(self.day)
                continue
            running = Running(done._state, base.schema, base.measures, of_day[0].effective)
            for act in of_day:
                for index, event in enumerate(act.events):
                    running.apply([event], act)
                    yield act, index, event, Structure(running.state, self.day, base.schema, base.measures)
            done = done.enact(*of_day)

    # ---- out

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as dicts; fractions as floats."""

        def plain(value: Number | None) -> Any:
            return float(value) if isinstance(value, Fraction) else value

        return [
            {
                "metric": row.metric,
                "item": row.item,
                "scenario": row.scenario,
                "baseline": plain(row.baseline),
                "value": plain(row.value),
                "difference": plain(row.difference),
            }
            for row in self.rows
        ]

    def _columns(self) -> dict[str, FrameColumn]:
        # Tidy: one number a row.
        texts: dict[str, ColumnSort] = dict.fromkeys(("metric", "item", "scenario"), "text")
        numbers: dict[str, ColumnSort] = dict.fromkeys(("baseline", "value", "difference"), "number")
        return columns_of(self.to_dicts(), {**texts, **numbers})

    def __str__(self) -> str:
        names = ["baseline", *(s.name for s in self.scenarios)]
        cells: dict[tuple[str, str], list[str]] = {}
        for row in self.rows:
            line = cells.setdefault((row.metric, row.item), [number_text(row.baseline)])
            change = (
                ""
                if row.difference in (0, None)
                else f" ({'+' if _positive(row.difference) else ''}{number_text(row.difference)})"
            )
            line.append(f"{number_text(row.value)}{change}")
        table = [["", *names], *([f"{metric}: {item}", *line] for (metric, item), line in cells.items())]
        widths = [max(len(line[k]) for line in table) for k in range(len(table[0]))]
        lines = [
            "  ".join(
                cell.ljust(w) if k == 0 else cell.rjust(w) for k, (cell, w) in enumerate(zip(line, widths, strict=True))
            )
            for line in table
        ]
        return "\n".join([f"on {self.day}", *(line.rstrip() for line in lines)])

    def _content(self, most: int = 20, language: Language = "en") -> Content:
        names = [scenario.name for scenario in self.scenarios]
        cells: dict[tuple[str, str], list[Any]] = {}
        for row in self.rows:
            cells.setdefault((row.metric, row.item), [row.baseline]).append(row.value)
        columns = [
            Column(say("figure", language)),
            *(Column(name, "number") for name in (say("baseline", language), *names)),
        ]
        rows = [[f"{metric}: {item}", *map(_shown, values)] for (metric, item), values in cells.items()]
        return Content(
            say("comparison", language, day=self.day), [table_of("", columns, rows, most)], language=language
        )

    def __repr__(self) -> str:
        names = ", ".join(s.name for s in self.scenarios)
        return f"<Comparison on {self.day} of {names}: {len(self.differences)} of {len(self.rows)} numbers differ>"


def _shown(value: Number | None) -> Any:
    """A number for a table: a fraction that is no whole number is shown as a decimal, what is not known as unknown."""
    return UNKNOWN if value is None else Quantity(value)


def _positive(value: Number | None) -> bool:
    return value is not None and value > 0


@strict
def compare(baseline: History, *scenarios: Scenario, on: DayLike, metrics: Iterable[Metric] = DEFAULT) -> Comparison:
    """A baseline and scenarios on a day, number by number.

    Args:
        baseline: what the scenarios are compared with.
        scenarios: of different names.
        on: the day.
        metrics: which numbers; those of :data:`orgmodel.scenario.metrics.DEFAULT` if none are named.

    Raises:
        Refused: no scenario, two of one name, or two metrics of one id.

    >>> from orgmodel.history.history import history_of
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abc")]
    >>> history = history_of(rows, day="2024-01-01")
    >>> with history.draft("2027-01-01") as act:
    ...     _ = act.merge(["a", "b"])
    >>> comparison = compare(history, Scenario("trial", history, [act]), on="2027-01-01")
    >>> print(comparison)
    on 2027-01-01
                       baseline      trial
    units: centre             1          1
    units: province           3     2 (-1)
    span: centre mean         3     2 (-1)
    span: centre most         3     2 (-1)
    depth: most               1          1
    depth: mean            0.75  0.67 (-0.08)
    agencies: all             0          0
    """
    faults: list[Finding] = []
    names = [s.name for s in scenarios]
    if not scenarios:
        faults.append(Finding("scenario", "name at least one scenario"))
    faults += [
        Finding("scenario", f"two scenarios are called {n!r}") for n in sorted({n for n in names if names.count(n) > 1})
    ]
    listed = tuple(metrics)
    ids = [m.id for m in listed if m.id != "targets"]
    faults += [
        Finding("metric", f"two metrics have the id {i!r}") for i in sorted({i for i in ids if ids.count(i) > 1})
    ]
    if faults:
        raise Refused("a comparison", faults)
    return Comparison(baseline, scenarios, as_day(on), listed)
