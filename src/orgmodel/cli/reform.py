"""``orgmodel reform``: the reform of 2025 replayed, described and checked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from time import perf_counter
from typing import Annotated, Any, Final, Literal

from attrs import frozen
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from orgmodel.acts.act import Act
from orgmodel.acts.events import Succession
from orgmodel.cli import clusters
from orgmodel.cli.common import (
    File,
    Json,
    Unclear,
    act_record,
    console,
    load,
    name_of,
    print_json,
    source_text,
    table,
    text_of,
)
from orgmodel.cli.words import language, say
from orgmodel.history.clusters import ClusterChanges
from orgmodel.history.clusters import changes as cluster_changes
from orgmodel.history.correspondence import Correspondence, between
from orgmodel.history.history import History
from orgmodel.party import kinds, vietnam
from orgmodel.period import ONE_DAY
from orgmodel.rules import invariants
from orgmodel.structure.structure import Structure

__all__ = [
    "DAY",
    "Check",
    "command",
]

DAY: Final = kinds.THREE_LEVELS_FROM
"""The first day after the reform."""


@frozen
class Check:
    """Something that must hold, and what came out."""

    name: str
    holds: bool
    result: str


@frozen
class _Replay:
    """The replayed reform, what it did and what was checked, with the seconds that both took."""

    history: History
    before: Structure
    after: Structure
    mergers: list[tuple[Act, Succession]]
    changes: ClusterChanges
    checks: list[Check]
    replay_seconds: float
    check_seconds: float

    @property
    def acts(self) -> int:
        """The number of acts."""
        return len(self.history.acts)

    @property
    def events(self) -> int:
        """The number of events."""
        return sum(act.size for act in self.history.acts)


def command(
    *,
    changes_2026: Annotated[
        Literal["omit", "decided_day"],
        Parameter(help="Whether the changes of 2026 count, from the day of their decision."),
    ] = "omit",
    file: File = None,
    json: Json = False,
) -> int:
    """Replay the reform of 2025, tell what it did and check it; exit status 1 if a check fails."""
    clock = perf_counter()
    err = console(to_stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as progress:
        task = progress.add_task(say("reading the acts"), total=None)
        if file is None:
            empty, acts = History(kinds.SCHEMA, kinds.MEASURES), vietnam.reform_acts(changes_2026)
        else:
            loaded = load(file)
            empty, acts = History(loaded.schema, loaded.measures), loaded.acts
        progress.update(task, total=sum(len(act.steps) for act in acts))
        history = eve = empty
        for day, of_day in _by_day(acts):
            progress.update(task, description=say("{day}: acts: {count}", day=day, count=len(of_day)))
            # The history of the eve is kept: a check asks whether enacting the reform changed anything before it.
            history = history.enact(*of_day)
            if day < DAY:
                eve = history
            progress.advance(task, sum(len(act.steps) for act in of_day))
        if not any(act.effective == DAY for act in acts):
            raise Unclear(say("this history has no act of {day}, the day of the reform", day=DAY))
        before, after = history.at(DAY - ONE_DAY), history.at(DAY)
        replayed = perf_counter() - clock
        progress.update(task, description=say("cluster changes"), total=None)
        changes = cluster_changes(history, before.day, after.day)
        mergers = list(_mergers(history, after))
        progress.update(task, description=say("checks"))
        clock = perf_counter()
        checks = list(_checks(history, eve, before, after, changes, mergers))
        checked = perf_counter() - clock
    replay = _Replay(history, before, after, mergers, changes, checks, replayed, checked)
    if json:
        print_json(_record(replay))
    else:
        _print(console(), replay)
    return 0 if all(check.holds for check in checks) else 1


def _by_day(acts: Iterable[Act]) -> Iterator[tuple[dt.date, list[Act]]]:
    """The acts of each day: a day's acts are enacted at once, because the schema holds at its end only."""
    days: dict[dt.date, list[Act]] = {}
    for act in acts:
        days.setdefault(act.effective, []).append(act)
    yield from sorted(days.items())


def _mergers(history: History, after: Structure) -> Iterator[tuple[Act, Succession]]:
    """The mergers of provinces on the day, in order."""
    for act in history.acts:
        if act.effective == after.day:
            for event in act.events:
                if isinstance(event, Succession) and event.type == "merger":
                    new = event.news[0]
                    if new in after and after.unit(new).kind == kinds.PROVINCE:
                        yield act, event


# ---- checks


def _checks(
    history: History,
    eve: History,
    before: Structure,
    after: Structure,
    changes: ClusterChanges,
    mergers: list[tuple[Act, Succession]],
) -> Iterator[Check]:
    days = history.days()
    faults = [finding for day in days for finding in invariants.check(history.at(day))]
    yield Check(
        say("every invariant holds after every day"),
        not faults,
        say("{count} breaches; the first: {first}", count=len(faults), first=faults[0])
        if faults
        else say("{count} days", count=len(days)),
    )
    yield Check(
        say("the day before is as it was before the reform was enacted"),
        before == eve.at(before.day),
        say("{count} units on {day}", count=len(before), day=before.day),
    )
    correspondence = between(history, before.day, after.day)
    levels = (kinds.PROVINCE, kinds.DISTRICT, kinds.COMMUNE)
    olds = {kind: set(before.select(kind=kind)) if before.may_have(kind) else set() for kind in levels}
    news = {kind: set(after.select(kind=kind)) if after.may_have(kind) else set() for kind in levels}
    yield from _of_provinces(olds[kinds.PROVINCE], news[kinds.PROVINCE], mergers)
    yield from _of_districts(correspondence, olds[kinds.DISTRICT], news)
    yield from _of_communes(correspondence, olds, news[kinds.COMMUNE])
    yield _of_places(correspondence, before, after, olds, news[kinds.COMMUNE])
    yield from _of_clusters(correspondence, changes)


def _of_provinces(olds: set[str], news: set[str], mergers: list[tuple[Act, Succession]]) -> Iterator[Check]:
    merged = [old for _, event in mergers for old in event.olds]
    merged_provinces = {event.news[0] for _, event in mergers}
    # A province in both would be counted twice, and the sums could still come out right.
    go_on = olds & news
    yield Check(
        say("provinces before = those that go on + those that merged, each once"),
        len(merged) == len(set(merged)) and olds == go_on | set(merged) and not go_on & set(merged),
        f"{len(olds)} = {len(go_on)} + {len(merged)}",
    )
    yield Check(
        say("provinces after = those that go on + one for each merger"),
        news == go_on | merged_provinces and not go_on & merged_provinces,
        f"{len(news)} = {len(go_on)} + {len(merged_provinces)}",
    )


def _of_districts(correspondence: Correspondence, olds: set[str], news: Mapping[str, set[str]]) -> Iterator[Check]:
    gone_on = {old for old in olds if any(row.new in news[kinds.COMMUNE] for row in correspondence[old])}
    ended = {old for old in olds if not correspondence[old]}
    yield Check(
        say("districts before = those that ended + those that became communes"),
        olds == gone_on | ended and not news[kinds.DISTRICT],
        say(
            "{old} = {ended} + {on}; {new} after",
            old=len(olds),
            ended=len(ended),
            on=len(gone_on),
            new=len(news[kinds.DISTRICT]),
        ),
    )


def _of_communes(correspondence: Correspondence, olds: Mapping[str, set[str]], news: set[str]) -> Iterator[Check]:
    rows = {}
    for old in olds[kinds.COMMUNE] | olds[kinds.DISTRICT]:
        parts = [row for row in correspondence[old] if row.new in news]
        # A district ended without a trace in the communes, unless it had none and became one itself.
        if parts or old in olds[kinds.COMMUNE]:
            rows[old] = parts
    # A unit either went whole to one new unit or in parts to several; any other pattern is a loss or counts it twice.
    extents = [[row.extent for row in parts] for parts in rows.values()]
    entire = extents.count(["whole"])
    divided = sum(len(parts) > 1 and set(parts) == {"part"} for parts in extents)
    yield Check(
        say("old units of commune level = whole ones + divided ones; none is lost"),
        entire + divided == len(rows),
        say("{all} = {whole} + {divided}", all=len(rows), whole=entire, divided=divided),
    )
    reached = {row.new for parts in rows.values() for row in parts}
    links = sum(map(len, extents))
    yield Check(
        say("every new commune comes from old units"),
        reached == news,
        say("{reached} of {all}, by {links} links", reached=len(reached), all=len(news), links=links),
    )


def _of_places(
    correspondence: Correspondence, before: Structure, after: Structure, olds: Mapping[str, set[str]], news: set[str]
) -> Check:
    """Each commune is under the province that its old province became."""

    def province(structure: Structure, unit: str) -> str | None:
        return next(
            (above for above in structure.ancestors(unit) if structure.unit(above).kind == kinds.PROVINCE), None
        )

    became = {old: {row.new for row in correspondence[old]} for old in olds[kinds.PROVINCE]}
    where = {new: province(after, new) for new in news}
    strays = []
    for old in olds[kinds.COMMUNE]:
        was = province(before, old)
        if was is not None and any(
            row.new in where and where[row.new] not in became[was] for row in correspondence[old]
        ):
            strays.append(old)
    return Check(
        say("every commune stayed within what its province became"),
        not strays,
        say("{count} strays; the first: {first}", count=len(strays), first=strays[0])
        if strays
        else say("{count} communes", count=len(olds[kinds.COMMUNE])),
    )


def _of_clusters(correspondence: Correspondence, changes: ClusterChanges) -> Iterator[Check]:
    for change in changes:
        # From the correspondence, so that the cluster changes are held against another answer than their own.
        image = {row.new for old in change.members_before for row in correspondence[old]}
        came = {row.old for new in change.members_after for row in correspondence.into(new)}
        yield Check(
            say(
                "{cluster}: the members after are what the members before became, and nothing else",
                cluster=change.name or change.id,
            ),
            image == set(change.members_after) and came == set(change.members_before),
            f"{change.size_before} -> {change.size_after}",
        )


# ---- output


def _counts(before: Structure, after: Structure) -> list[tuple[str, str, int, int]]:
    """(kind, category, before, after): a line for each kind, then its categories if it has several."""
    rows: list[tuple[str, str, int, int]] = []
    olds, news = before.counts(), after.counts()
    for kind in {**olds, **news}:
        rows.append((kind, "", olds.get(kind, 0), news.get(kind, 0)))
        was, now = (Counter(unit.category or "" for unit in s.units(kind)) for s in (before, after))
        if len(was | now) > 1:
            rows += [(kind, category, was[category], now[category]) for category in sorted({**was, **now})]
    return rows


def _print(out: Console, replay: _Replay) -> None:
    history, before, after = replay.history, replay.before, replay.after
    rows = [
        (f"  {category}" if category else _kind(history, kind), old, new, _change(new - old))
        for kind, category, old, new in _counts(before, after)
    ]
    days = (text_of(day) for day in (before.day, after.day))
    out.print(table(say("Before and after"), (say("kind"), *days, ""), rows, right=(1, 2, 3)))
    merged = [
        (
            place,
            " + ".join(name_of(history, old, before.day) for old in event.olds),
            after.unit(event.news[0]).label,
            after.unit(event.news[0]).code,
            source_text(act.source),
        )
        for place, (act, event) in enumerate(replay.mergers, 1)
    ]
    columns = ("", say("merged"), say("became"), say("code"), say("by"))
    out.print(table(say("{count} mergers of provinces", count=len(merged)), columns, merged, right=(0,)))
    for change in replay.changes:
        clusters.print_change(out, history, change, before.day, after.day)
    outcome = [
        (
            Text(say("holds"), style="green") if check.holds else Text(say("FAILS"), style="bold red"),
            check.name,
            check.result,
        )
        for check in replay.checks
    ]
    out.print(table(say("Checks"), ("", say("what"), say("result")), outcome))
    out.print(
        say(
            "Replayed {acts} acts with {events} events in {replay} s; {checks} checks in {seconds} s.",
            acts=replay.acts,
            events=replay.events,
            replay=round(replay.replay_seconds, 2),
            checks=len(replay.checks),
            seconds=round(replay.check_seconds, 2),
        )
    )


def _kind(history: History, kind: str) -> str:
    """A kind as people call it; in English with its Vietnamese name."""
    name, name_vi = (history.schema.kind_name(kind, which) for which in ("en", "vi"))
    return name_vi if language() == "vi" else name if name == name_vi else f"{name} ({name_vi})"


def _change(difference: int) -> str:
    if not difference:
        return ""
    return f"{'+' if difference > 0 else ''}{text_of(difference)}"


def _record(replay: _Replay) -> dict[str, Any]:
    history, before, after = replay.history, replay.before, replay.after
    return {
        "before": str(before.day),
        "after": str(after.day),
        "kinds": [
            {"kind": kind, "category": category or None, "before": old, "after": new}
            for kind, category, old, new in _counts(before, after)
        ],
        "mergers": [
            {
                "merged": [{"id": old, "name": name_of(history, old, before.day)} for old in event.olds],
                "became": {
                    "id": event.news[0],
                    "name": after.unit(event.news[0]).name,
                    "code": after.unit(event.news[0]).code,
                },
                "act": act_record(act),
            }
            for act, event in replay.mergers
        ],
        "clusters": [clusters.record(change) for change in replay.changes],
        "checks": [{"check": check.name, "holds": check.holds, "result": check.result} for check in replay.checks],
        "seconds": {"replay": round(replay.replay_seconds, 3), "checks": round(replay.check_seconds, 3)},
        "acts": replay.acts,
        "events": replay.events,
    }
