"""The differences between a baseline and scenarios on a day, and the events that cause them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
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
    "compare",
]


@frozen
class ComparisonRow:
    """One number in the baseline and in a scenario.

    Attributes:
        metric: id of the metric.
        item: which of its numbers.
        scenario: name of the scenario.
        baseline: the number in the baseline; None if it is unknown.
        value: the number in the scenario; None if it is unknown.
        difference: value minus baseline; None if one of them is unknown.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abc")]
    >>> history = om.history_of(rows, day="2024-01-01")
    >>> with history.draft("2027-01-01") as act:
    ...     _ = act.merge(["a", "b"])
    >>> comparison = om.compare(history, om.Scenario("trial", history, [act]), on="2027-01-01")
    >>> [(row.item, row.baseline, row.value, row.difference) for row in comparison.rows if row.metric == "units"]
    [('centre', 1, 1, 0), ('province', 3, 2, -1)]
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
        text: the event in a line of text.
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
    """A number as text for people: whole numbers in full, others with two decimals.

    >>> number_text(1234), number_text(Fraction(10, 3)), number_text(None)
    ('1,234', '3.33', '?')
    """
    if value is None:
        return "?"
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    return f"{value:,}" if isinstance(value, int) else f"{float(value):,.2f}"


def describe_event(event: Event) -> str:
    """An event as a line of text.

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
    """A baseline and scenarios on one day, by metric; numbers are computed when they are first used.

    Attributes:
        day: the day.
        metrics: in order.
        scenarios: in order.

    >>> import orgmodel as om
    >>> rows = [{"id": "vn", "kind": "centre"}, *({"id": x, "parent": "vn", "kind": "province"} for x in "abc")]
    >>> history = om.history_of(rows, day="2024-01-01")
    >>> with history.draft("2027-01-01", om.Source("a proposal")) as act:
    ...     _ = act.merge(["a", "b"], into=om.Unit("ab"))
    >>> comparison = om.compare(history, om.Scenario("trial", history, [act]), on="2027-01-01")
    >>> comparison.rows[1].difference
    -1
    >>> for reason in comparison.explain("units", "province", "trial"):
    ...     print(reason)
    3 -> 2  merger of a, b  [2027-01-01 a proposal]
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
                    # A metric leaves out counts of zero; an unknown number is None.
                    a, b = old.get(item, 0), new.get(item, 0)
                    difference = sum_of(b, None if a is None else -a)
                    result.append(ComparisonRow(metric.id, item, name, a, b, difference))
        return tuple(result)

    @property
    def differences(self) -> tuple[ComparisonRow, ...]:
        """The rows in which the scenario differs from the baseline or may differ (the difference is unknown)."""
        return tuple(row for row in self.rows if row.difference != 0)

    def explain(self, metric: str, item: str, scenario: str | None = None) -> tuple[DifferenceReason, ...]:
        """The events that change a number, in order; their changes add up to the difference.

        Args:
            metric: id of the metric.
            item: which of its numbers.
            scenario: name of the scenario; needed if there are several.

        Raises:
            Refused: the metric, item or scenario does not exist.
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
        # Measured after each event; the differences of neighbours add up to the whole by construction.
        before = measured(without, without).get(item, 0)
        for act, index, event, structure in self._steps(chosen):
            after = measured(structure, without).get(item, 0)
            if after != before:
                reasons.append(DifferenceReason(act.id, index, describe_event(event), before, after))
            before = after
        return tuple(reasons)

    def _scenario(self, name: str | None) -> Scenario:
        named = [s for s in self.scenarios if name is None or s.name == name]
        if len(named) != 1:
            known = ", ".join(repr(s.name) for s in self.scenarios)
            raise Refused("a comparison", [Finding("scenario", f"say which scenario: {known}")])
        return named[0]

    def _steps(self, scenario: Scenario) -> Iterable[tuple[Act, int, Event, Structure]]:
        """Each event that is effective by the comparison's day, and the structure on that day after it."""
        # A scenario on another one is explained from the first baseline on: the acts of both are steps.
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
                # Acts before the baseline's last day can only be applied a whole day at a time.
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
            line.append(f"{number_text(row.value)}{_change_text(row.difference)}")
        table = [["", *names], *([f"{metric}: {item}", *line] for (metric, item), line in cells.items())]
        label_width, *widths = (max(map(len, column)) for column in zip(*table, strict=True))
        lines = [f"on {self.day}"]
        for label, *numbers in table:
            padded = (number.rjust(width) for number, width in zip(numbers, widths, strict=True))
            lines.append("  ".join([label.ljust(label_width), *padded]).rstrip())
        return "\n".join(lines)

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
    """A number as a cell of a table."""
    return UNKNOWN if value is None else Quantity(value)


def _change_text(difference: Number | None) -> str:
    """A difference in brackets with its sign; empty if it is zero or unknown."""
    if not difference:
        return ""
    return f" ({'+' if difference > 0 else ''}{number_text(difference)})"


@strict
def compare(baseline: History, *scenarios: Scenario, on: DayLike, metrics: Iterable[Metric] = DEFAULT) -> Comparison:
    """Compare scenarios with a baseline on a day, number by number.

    Args:
        baseline: the history to compare with.
        scenarios: one or more, each with its own name.
        on: the day.
        metrics: the numbers to compare; by default those of :data:`orgmodel.scenario.metrics.DEFAULT`.

    Raises:
        NotOnRecord: the day lies before the first of the baseline.
        Refused: there is no scenario, or two scenarios or metrics have the same name.

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
    listed = tuple(metrics)
    faults = [] if scenarios else [Finding("scenario", "name at least one scenario")]
    faults += [
        Finding("scenario", f"two scenarios are called {name!r}") for name in _repeated(s.name for s in scenarios)
    ]
    ids = _repeated(m.id for m in listed if m.id != "targets")
    faults += [Finding("metric", f"two metrics have the id {metric_id!r}") for metric_id in ids]
    if faults:
        raise Refused("a comparison", faults)
    day = as_day(on)
    baseline.check_on_record(day)
    return Comparison(baseline, scenarios, day, listed)


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)
