"""What an organisation department writes each month, quarter and year: one report of a unit and a period.

Stocks are those of the last day of the period, flows those of the period, both against the period before; of a unit that
a merger made in between, against its predecessors together. Each cell names the acts that it rests on. What is not
recorded is said to be unknown, never zero, and what a rule cannot decide is listed with what is missing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from orgmodel.acts.act import Act
from orgmodel.content.blocks import Block, Cell, Content, Note, number_text
from orgmodel.errors import Ambiguous, Finding, Refused
from orgmodel.history.flows import MEMBER_FLOWS, Balance
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.measure import Quantity
from orgmodel.model.words import Language
from orgmodel.party import kinds, offices
from orgmodel.party.cadre_moves import FIGURE, moves
from orgmodel.party.congresses import BODIES, due, overdue
from orgmodel.party.emulation import Ranking, rank
from orgmodel.party.law import rulebook
from orgmodel.party.report_desk import MOST, Desk, added, before, cited, period_of
from orgmodel.party.surpluses import SEATS, surplus
from orgmodel.party.targets import outcome
from orgmodel.party.terms import TERM_TRACK
from orgmodel.party.tracks import CANDIDACY, HOST, HOSTS, SCORE
from orgmodel.period import ONE_DAY, Period
from orgmodel.rules.rulebook import Audit, Rulebook
from orgmodel.rules.view import Holidays
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.matters import Dossier

__all__ = [
    "DUE", "SECTIONS", "STOCKS", "Section", "before", "period_of", "report",
]  # fmt: skip

STOCKS: Final = ("members", "members_official", "members_probationary", "members_temporary")
"""The stocks of members that the report shows, on the last day."""

DUE: Final = 180
"""Within how many days a congress, the end of a term or of an appointment is told as due."""

Section = Callable[[Desk], Iterator[Block]]


# ---- the organisation


def _organisation(d: Desk) -> Iterator[Block]:
    """Units by kind, and what explains how many there are."""
    yield d.heading("Organisation")
    now = {unit: d.now.unit(unit).kind for unit in d.inside}
    was = {} if d.was is None else {unit: d.was.unit(unit).kind for unit in d.inside_before}
    diff = None if d.was is None else d.history.between(d.last_before, d.last)
    makers = {} if diff is None else {x.subject: x.act for x in (*diff.created, *diff.ended)}
    flows: dict[str, Counter[str | None]] = {name: Counter() for name in ("new", "in", "ended", "out")}
    acts: dict[str | None, list[Act | None]] = {}
    for unit in () if d.was is None else sorted(now.keys() | was.keys()):
        if unit in now and unit in was and now[unit] == was[unit]:
            continue
        if unit in now:
            flows["in" if d.was is not None and unit in d.was else "new"][now[unit]] += 1
            acts.setdefault(now[unit], []).append(makers.get(unit))
        if unit in was:
            flows["out" if unit in d.now else "ended"][was[unit]] += 1
            acts.setdefault(was[unit], []).append(makers.get(unit))
    counts, counts_before = Counter(now.values()), Counter(was.values())
    order = [kind.id for kind in kinds.KINDS]
    listed = sorted(counts.keys() | counts_before.keys(), key=lambda k: (order.index(k) if k in order else 99, k or ""))
    yield d.table(
        "Units by kind, and what explains them",
        "kind | {last_before}: number | begun: number | came in: number | ended: number | left: number | {last}: number",
        [
            [
                d.kind(kind),
                Quantity.unknown() if d.was is None else counts_before[kind],
                *(None if d.was is None else flow[kind] for flow in flows.values()),
                Cell(counts[kind], cited(acts.get(kind, ()))),
            ]
            for kind in listed
        ],
    )
    if d.was is None:
        yield d.note("The record begins after {last_before}.")
        return
    if d.unit not in d.was:
        yield d.text("The period before is that of {units}.", units=", ".join(d.name(u) for u in d.roots))
    yield from _became(d, makers)


def _became(d: Desk, makers: Mapping[str, Act | None]) -> Iterator[Block]:
    """What became of units in the period: made of others, ended without a successor, called otherwise."""
    lineage, touched = d.history.lineage, d.inside | d.inside_before
    acts: dict[str, list[Act | None]] = {
        "begun without a predecessor": [],
        "made of others": [],
        "became others": [],
        "ended without a successor on record": [],
    }
    for unit in sorted(makers.keys() & touched):
        if unit in d.now:
            sort = "made of others" if lineage.predecessors(unit, direct=True) else "begun without a predecessor"
        else:
            successors = lineage.successors(unit, direct=True)
            sort = "became others" if successors else "ended without a successor on record"
        acts[sort].append(makers[unit])
    diff = d.history.between(d.last_before, d.last)
    changed = {
        "renamed": diff.renamed,
        "of another kind or category": diff.reclassified,
        "under another unit": diff.moved,
    }
    acts |= {sort: [x.act for x in found if x.subject in touched] for sort, found in changed.items()}
    rows = [[d.say(sort), Cell(len(found), cited(found))] for sort, found in acts.items()]
    yield d.table("What happened to units", "in the period | units: number", rows)


# ---- members


def _members(d: Desk) -> Iterator[Block]:
    """Stocks of members, flows of the period, by host and by unit directly below."""
    yield d.heading("Members")
    yield d.compared(
        "Members", [(d.figure(m), d.total(m), d.total_before(m), d.acts_of_measure(d.unit, m)) for m in STOCKS]
    )
    yield d.flows(d.unit, MEMBER_FLOWS, "Who came and went")
    if any(d.flowing.get((figure, ""), frozenset()) - {d.unit} for figure in ("transferred_in", "transferred_out")):
        yield d.note(
            "Members who moved between units below it count as come and as gone, unless it states the figure itself."
        )
    yield from _explained(d)
    yield from _members_by_host(d)
    below = {child: d.total("members", child) for child in d.now.children(d.unit)}
    known = {child: total for child, total in below.items() if total.low is not None and total.low > 0}
    if known:
        rows = [[d.name(child), Cell(total, d.acts_of_measure(child, "members"))] for child, total in known.items()]
        title = "Members by unit directly below, as far as stated"
        yield d.table(title, "unit | members: number", rows, MOST)
    if len(known) < len(below):
        yield d.note(
            "{silent} of {all} units directly below state no members: that is unknown, not none.",
            silent=len(below) - len(known),
            all=len(below),
        )


def _explained(d: Desk) -> Iterator[Block]:
    """Whether the flows explain the stock: a gap is told, never spread."""
    known = {name: value for name in MEMBER_FLOWS if (value := d.flow(d.unit, name, d.period)).is_known}
    stocks = [d.total_before("members"), d.total("members")]
    if known and all(stock.is_exact for stock in stocks):
        balance = Balance(stocks[0], stocks[1], known, unit=d.name(d.unit))
        if balance.finding is not None:
            yield Note(str(balance.finding), "warning")


_HOSTED: Final = (kinds.GRASSROOTS, kinds.CELL)
"""The kinds of organisations that have a host."""

_ByHost = dict[tuple[str, str], list[str]]


def _by_host(d: Desk) -> tuple[_ByHost, _ByHost]:
    """(kind, host) -> the grassroots organisations and cells, of the last day and of the period before."""
    found: tuple[_ByHost, _ByHost] = {}, {}
    for by_host, (structure, inside) in zip(found, d.days, strict=False):
        columns = DayColumns(structure)
        hosts = columns.column(HOST)
        for unit in columns.names(columns.where(_HOSTED)):
            if unit in inside:
                by_host.setdefault((structure.unit(unit).kind or "", hosts.get(unit) or ""), []).append(unit)
    return found


def _host(d: Desk, host: str) -> str:
    return d.word(host, HOSTS) if host else d.say("not on record")


def _members_by_host(d: Desk) -> Iterator[Block]:
    """Members of grassroots organisations by the host that they are in; cells outside of them by theirs."""
    rows = []
    for (kind, host), units in sorted(_by_host(d)[0].items()):
        # What is below a grassroots organisation is counted with it.
        mine = [
            unit
            for unit in units
            if kind != kinds.CELL or d.now.unit(d.now.unit(unit).parent or unit).kind != _HOSTED[0]
        ]
        stated = [unit for unit in mine if (d.total("members", unit).low or 0) > 0]
        if host and stated:
            total = added([d.total("members", unit) for unit in stated])
            told = total if len(stated) == len(mine) or total.low is None else Quantity(total.low, "at least")
            acts = dict.fromkeys(act for unit in stated for act in d.acts_of_measure(unit, "members"))
            rows.append([d.kind(kind), _host(d, host), Cell(told, tuple(acts)), len(stated), len(mine)])
    if rows:
        heads = "kind | host | members: number | units that state them: number | units: number"
        yield d.table("Members by kind and host", heads, rows)


# ---- cells


def _cells(d: Desk) -> Iterator[Block]:
    """Cells: how many, too small, meeting too seldom; grassroots organisations and cells by the host that they are in."""
    yield d.heading("Grassroots organisations and cells")
    now, was = _by_host(d)
    if not now:
        yield d.note("None is on record: that is unknown, not none.")
        return
    rows = []
    for kind, host in sorted(now.keys() | was.keys()):
        units = now.get((kind, host), [])
        before_ = None if d.was is None else len(was.get((kind, host), ()))
        rows.append([d.kind(kind), _host(d, host), Cell(len(units), d.acts_of(units, HOST)), before_])
    yield d.table("By kind and host", "kind | host | units: number | before: number", rows)
    audit = d.audits[0]
    yield d.table(
        "Size and meetings",
        "rule | what it asks | broken: number | cannot be told: number",
        [
            [
                rule,
                d.book[rule].statement_vi if d.language == "vi" else d.book[rule].statement,
                sum(f.units[0] in d.inside for f in audit.of(rule)),
                sum(u in d.inside for one in audit.undecided if one.rule == rule for u in one.units),
            ]
            for rule in ("A01", "A03", "E04")
            if rule in audit.counts
        ],
    )


# ---- posts and cadres


def _posts(d: Desk) -> Iterator[Block]:
    """Committees and their seats, posts held, vacant, given for a time that ends, and not on record."""
    yield d.heading("Committees and posts")
    rows = []
    for measure in SEATS[:-1]:
        rows.append((d.figure(measure), *d.seats(measure), d.acts_of([d.unit], tracks.measure_track(measure))))
    yield d.compared("Seats of the unit itself", rows)
    heads = "post | state | since: day | days vacant: number | given until: day"
    if own := list(_states_of_posts(d, d.unit)):
        yield d.table("Posts", heads, [row for _, row in own])
    below = [
        [d.name(unit), *row]
        for unit in d.now
        if unit in d.posts_held and unit != d.unit
        for pressing, row in _states_of_posts(d, unit)
        if pressing
    ]
    if below:
        yield d.table("Posts below it that are vacant or due", f"unit | {heads}", below, MOST)


def _states_of_posts(d: Desk, unit: str) -> Iterator[tuple[bool, list[Any]]]:
    """Whether a post of a unit is vacant or due, and its row: post, state, since, days vacant, given until."""
    kind = d.now.unit(unit).kind
    for post in offices.posts().values():
        # Seats of committees are counted by measures: who is not on record in them is no vacancy.
        if kind not in post.kinds or post.seats != 1:
            continue
        mine = [one for one in d.posts_held.get(unit, ()) if one.post == post.id]
        held = [one for one in mine if d.last in one.period]
        ended = [one for one in mine if one.period.end is not None and one.period.end <= d.last]
        name = d.word(post.name, {post.name: post.name_vi})
        if held:
            until = held[-1].taken.until if held[-1].taken is not None else None
            is_due = until is not None and (until - d.last).days <= DUE
            state = Cell(d.say("due" if is_due else "held"), cited([d.history.act(held[-1].act)]))
            yield is_due, [name, state, held[-1].period.start, None, until]
        elif ended:
            last = max(ended, key=lambda one: one.period.end or dt.date.min)
            since = last.period.end or d.last
            by = d.history.act(last.ended_by or last.act)
            yield True, [name, Cell(d.say("vacant"), cited([by])), since, (d.last - since).days + 1, None]
        else:
            yield False, [name, d.say("not on record"), None, None, None]


def _cadres(d: Desk) -> Iterator[Block]:
    """Moves of the period by how posts were taken and left, as kept and as stated; candidates by stage."""
    yield d.heading("Cadres")
    found = moves(d.history, d.unit, period=d.period)
    words = {**offices.HOW, offices.NOMINATED: offices.STAGES[offices.NOMINATED], **offices.REASONS}
    by = ("kind", "level", "direction")
    earlier = {} if d.was is None else moves(d.history, d.unit, period=d.earlier).count(by)
    rows = []
    for key, number in sorted(found.count(by).items()):
        kind, level, direction = key
        acts = [d.history.act(move.act) for move in found.moves if (move.kind, move.level, move.direction) == key]
        rows.append([d.word(kind, words), level or "–", direction or "–", Cell(number, cited(acts)), earlier.get(key)])
    if rows:
        heads = "move | managed by | direction | in the period: number | before: number"
        yield d.table("Moves on record", heads, rows)
    yield from (Note(finding.message, "warning") for finding in found.findings)
    stated = {s: [f for f in d.stated(s) if f.startswith(FIGURE)] for s in sorted(d.subjects)}
    for subject, figures in stated.items():
        if figures:
            yield d.flows(subject, figures, "Moves stated by {who}", who=d.name(subject))
    candidates = DayColumns(d.now).slots(CANDIDACY)
    stages = Counter(stage for unit in d.inside & candidates.keys() for stage in candidates[unit].values())
    if stages:
        rows = [[d.word(stage, offices.STAGES), n] for stage, n in stages.items()]
        yield d.table("Candidates", "stage | candidates: number", rows)
    if not found.moves and not any(stated.values()) and not stages:
        yield d.note("No move of a cadre is on record: that is unknown, not none.")


def _surplus(d: Desk) -> Iterator[Block]:
    """Posts, seats and staff above each cap."""
    yield d.heading("Surplus after mergers")
    found = surplus(d.now, d.unit, book=d.book)
    if found.found:
        yield d.table(
            "Above the caps in force",
            "unit | of what | recorded: number | cap: number | above: number | allowed until: day | rule",
            [
                [
                    d.name(one.unit),
                    d.figure(one.measure),
                    Cell(one.recorded, d.acts_of([one.unit], tracks.measure_track(one.measure))),
                    one.cap,
                    one.over,
                    one.until,
                    f"{one.rule}: {one.citation}" if one.rule else d.say("assigned staff"),
                ]
                for one in found.found
            ],
            MOST,
        )
    else:
        yield d.text("Nothing recorded is above a cap.")
    if missing := sum(one.count for one in found.undecided):
        number = number_text(missing, d.language)
        yield d.note("{number} cases cannot be decided, as the figure is not on record.", number=number)


# ---- terms and congresses


def _terms(d: Desk) -> Iterator[Block]:
    """Congresses of the period, those due within half a year and those that are late, and the ends of other terms."""
    yield d.heading("Terms and congresses")
    held = d.of_kind("congress")
    if held:
        yield d.table(
            "Congresses with a step in the period",
            "congress | state | when | delegates: number",
            [
                [
                    d.title(one),
                    Cell(d.step(one, one.state), d.step_acts([one.id])),
                    str(one.steps[-1].when),
                    _delegates(one),
                ]
                for one in held
            ],
            MOST,
        )
    rows = []
    for body in BODIES:
        for one in (*overdue(d.now, d.unit, body=body), *due(d.now, d.unit, days=DUE, body=body)):
            acts = d.acts_of([one.unit], TERM_TRACK, body)
            rows.append([d.name(one.unit), d.kind(one.kind), d.say(body), Cell(one.due, acts), one.days])
    if rows:
        heads = "unit | kind | body | due: day | days left: number"
        yield d.table("Congresses due, terms that end", heads, rows, MOST)
    elif not held:
        yield d.note("No term that ends soon is on record.")


def _delegates(one: Dossier) -> int | None:
    """The delegates of a congress: those present, else those of each sort together, if all are known."""
    told = one.said.get("present") or one.said.get("summoned")
    sorts = [one.said.get(sort) for sort in ("ex_officio", "elected", "appointed")]
    return int(told) if told else None if None in sorts else sum(int(n) for n in sorts if n is not None)


# ---- emulation


def _emulation(d: Desk) -> Iterator[Block]:
    """The clusters of the unit, of its agencies and of what is below: members, leaders, deputies, points, awards."""
    yield d.heading("Emulation")
    rows: list[list[Any]] = []
    points: list[list[Any]] = []
    unknown = d.say("not on record")
    for cluster in d.now.clusters():
        members = d.now.members(cluster.id)
        mine = [u for u in members if u in d.inside]
        if not mine:
            continue
        leader = d.now.leader(cluster.id)
        led = unknown if isinstance(leader, Absent) else d.name(leader)
        acts = [f.act for f in d.history.biography(cluster.id) if f.track == tracks.ROLE and f.start <= d.last]
        deputies = ", ".join(d.name(u) for u in d.now.deputies(cluster.id)) or unknown
        rows.append([cluster.name or cluster.id, len(members), len(mine), Cell(led, cited(acts[-1:])), deputies])
        points += _points(d, cluster.id, mine)
    if not rows:
        yield d.note("No cluster with a unit of this one is on record.")
        return
    yield d.table("Clusters", "cluster | its units: number | of them here: number | leader | deputies", rows)
    if points:
        heads = "cluster | year: code | rank: number | unit | points: number | year before: number"
        yield d.table("Emulation points", heads, points, MOST)
    years = d.of_kind("work-year")
    if years:
        yield d.table(
            "Years of work with a step in the period",
            "year of work | steps | state",
            [
                [
                    d.title(one),
                    Cell(
                        "; ".join(f"{d.step(one, s.step)} {s.when}" for s in one.steps if s.when.meets(d.period)),
                        d.step_acts([one.id]),
                    ),
                    d.step(one, one.state),
                ]
                for one in years
            ],
            MOST,
        )
    yield from _counted(d, ("award",))


def _points(d: Desk, cluster: str, units: Iterable[str]) -> Iterator[list[Any]]:
    """The points and ranks of units in the years of the period, beside the points of the year before."""
    first = d.period.start or d.last
    # A schema of a user's own may know no years of work: then nothing says by which criteria units are scored.
    scored = "work-year" in d.known.schema.matter_kinds

    def ranked(year: int) -> Ranking | None:
        # Points of a year are often given after it: what is known at the end of the record counts.
        found = rank(d.known, cluster, year, among=d.now.members(cluster)) if scored else None
        return found if isinstance(found, Ranking) else None

    for year in range(first.year, d.last.year + 1):
        now, was = ranked(year), ranked(year - 1)
        before_ = {} if was is None else {place.unit: place.total for place in was.places}
        for place in () if now is None else now.places:
            if place.unit in units:
                facts = (f.act for f in d.history.biography(place.unit) if f.track == SCORE and f.slot[1] == year)
                total = Cell(_number(place.total), cited(facts))
                yield [
                    d.name(cluster),
                    str(year),
                    place.rank,
                    d.name(place.unit),
                    total,
                    _number(before_.get(place.unit)),
                ]


def _number(value: Fraction | None) -> Any:
    """A number of points or of a target as people read it: whole, else with its decimal places."""
    if value is None:
        return None
    return int(value) if value.denominator == 1 else Decimal(value.numerator) / value.denominator


# ---- matters


def _counted(d: Desk, chosen: Iterable[str], *, hidden: bool = False) -> Iterator[Block]:
    """How many matters of some kinds took each step in the period, by form, beside the period before.

    Args:
        d: the desk.
        chosen: ids of the kinds.
        hidden: whether numbers below three are not shown: they would point at persons.
    """
    rows: list[list[Any]] = []
    undated = 0
    for kind in chosen:
        mine = d.of_kind(kind, in_period=False)
        taken = [(one, step) for one in mine for step in one.steps]
        undated += sum(step.when.meets(d.period) is None and not step.when.meets(d.earlier) for _, step in taken)
        found: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
        for one, step in taken:
            for at, period in enumerate((d.period, d.earlier)):
                if step.when.meets(period):
                    form = str(one.said.get("form") or d.kind_of_matter(kind))
                    found.setdefault((form, step.step), ([], []))[at].append(one.id)
                    break
        order = [step.id for step in mine[0].kind.steps] if mine else []
        for (form, name), (now, was) in sorted(found.items(), key=lambda item: (item[0][0], order.index(item[0][1]))):
            shown = [d.say("under 3") if hidden and 0 < len(ids) < 3 else len(ids) for ids in (now, was)]
            rows.append([form, d.step(mine[0], name), Cell(shown[0], () if hidden else d.step_acts(now)), shown[1]])
    yield from _matter_rows(d, chosen, rows, undated)


def _matter_rows(d: Desk, chosen: Iterable[str], rows: list[list[Any]], undated: int) -> Iterator[Block]:
    if rows:
        yield d.table("On record, at least", "what | step | in the period: number | before: number", rows)
    elif not undated:
        names = ", ".join(d.kind_of_matter(kind) for kind in chosen)
        yield d.note("Nothing of this is on record ({kinds}): unknown, not none.", kinds=names)
    if undated:
        yield d.note("{number} steps are on days that are not known well enough to tell the period.", number=undated)


def _inspection(d: Desk) -> Iterator[Block]:
    """Inspections and discipline, by form and step; small numbers are not shown."""
    yield d.heading("Inspection and discipline")
    yield from _counted(d, ("inspection",))
    yield from _counted(d, ("discipline",), hidden=True)


def _documents(d: Desk) -> Iterator[Block]:
    """Documents, meetings, training: single ones on record, and figures that are stated."""
    yield d.heading("Documents, meetings, training")
    yield from _counted(d, ("document", "meeting", "activity", "election"))
    for subject in sorted(d.subjects):
        figures = [f for f in d.stated(subject) if f not in MEMBER_FLOWS and not f.startswith(FIGURE)]
        if figures:
            yield d.flows(subject, figures, "Stated by {who}", who=d.name(subject))


def _targets(d: Desk) -> Iterator[Block]:
    """Targets of the period with what is measured of them; steering committees that are open or took a step in it."""
    yield d.heading("Targets and steering committees")
    targets = [row for one in d.of_kind("target", in_period=False) if (row := _target(d, one)) is not None]
    in_period = {one.id for one in d.of_kind("steering")}
    steering = [one for one in d.of_kind("steering", in_period=False) if one.is_open or one.id in in_period]
    if targets:
        heads = "target | its period | wanted: number | measured: number | before: number | state"
        yield d.table("Targets of the period", heads, targets, MOST)
    if steering:
        rows = [
            [str(one.said.get("task") or d.title(one)), Cell(d.step(one, one.state), d.step_acts([one.id])), one.said.get("latest")]
            for one in steering
        ]  # fmt: skip
        yield d.table("Steering committees", "task | state | latest day", rows, MOST)
    if not targets and not steering:
        yield d.note("None is on record.")


def _target(d: Desk, one: Dossier) -> list[Any] | None:
    """The row of a target: what it wants, what was measured by the last day and by that of the period before.

    None where its own period does not meet that of the report.
    """
    first, _, end = str(one.said.get("period") or "").partition("/")
    own = Period(first, end) if end else None
    if own is None or not own.overlaps(d.period):
        return None

    def measured(day: dt.date) -> Any:
        known = any(other.id == one.id for other in d.history.at(day).matters("target"))
        try:
            # Whose last day is over with the period is no longer open; one put on record later is measured as known now.
            return outcome(d.history, one.id, on=(day + ONE_DAY if day == own.last else day) if known else d.known.day)
        except Ambiguous:
            return None

    now, was = measured(d.last), measured(d.last_before) if d.was is not None else None
    is_share = one.said["metric"][0] == "reduction"
    shown = [None if value is None else value if is_share else _number(value)
             for value in ((now and now.wanted), (now and now.value), (was and was.value))]  # fmt: skip
    name = str(one.said.get("title") or one.matter.name or one.id)
    state = d.say(f"target {now.state}" if now is not None else "not on record")
    return [name, f"{own.start} – {own.last}", shown[0], Cell(shown[1], d.step_acts([one.id])), shown[2], state]


# ---- what rules say


def _audit(d: Desk) -> Iterator[Block]:
    """Findings gained and lost against the period before, and what cannot be decided."""
    yield d.heading("Audit")
    now, was = d.audits
    here, there = _mine(now, d.inside), {} if was is None else _mine(was, d.inside_before)
    gained = [finding for key, finding in here.items() if key not in there]
    lost = [finding for key, finding in there.items() if key not in here]
    for title, findings in (("Findings gained", gained), ("Findings lost", lost)):
        if findings:
            rows = [
                [f.rule, f.severity, Cell(d.word(f.message, {f.message: f.message_vi}), note=f.certainty), f.citation]
                for f in findings
            ]
            yield d.table(title, "rule | severity | finding | law", rows, MOST)
    counts = {"gained": len(gained), "lost": len(lost), "kept": len(here) - len(gained)}
    yield d.text("{gained} findings gained, {lost} lost, {kept} as before.", **counts)
    missing = Counter[tuple[str, str, str]]()
    for one in now.undecided:
        missing[one.rule, one.missing, one.citation] += sum(unit in d.inside for unit in one.units)
    rows = [[rule, what, units, law] for (rule, what, law), units in missing.items() if units]
    if rows:
        yield d.table("Cannot be decided, and what is missing", "rule | missing | cases: number | law", rows)
    if now.not_on_record:
        yield d.note("{number} rules were not asked: what held then is not on record.", number=len(now.not_on_record))


def _mine(audit: Audit, inside: frozenset[str]) -> dict[tuple[str, tuple[str, ...]], Finding]:
    return {(f.rule, f.units): f for f in audit.findings if f.units and f.units[0] in inside}


def _learned(d: Desk) -> Iterator[Block]:
    """Acts recorded in the period about earlier days."""
    assert d.period.start is not None
    late = [
        entry
        for entry in d.history.log
        if entry.recorded in d.period
        and (entry.type != "act" or (entry.act is not None and entry.act.effective < d.period.start))
    ]
    if not late:
        return
    yield d.heading("Learned since")
    rows = [
        [
            entry.recorded,
            entry.type,
            (entry.act.source.cited if entry.act is not None else entry.amends) or "",
            None if entry.act is None else entry.act.effective,
            entry.reason,
        ]
        for entry in late
    ]
    heads = "recorded on: day | what | act | about: day | reason"
    yield d.table("Recorded in the period about earlier days", heads, rows, MOST)


SECTIONS: Final[Mapping[str, Section]] = {
    "organisation": _organisation,
    "members": _members,
    "cells": _cells,
    "posts": _posts,
    "cadres": _cadres,
    "surplus": _surplus,
    "terms": _terms,
    "emulation": _emulation,
    "inspection": _inspection,
    "documents": _documents,
    "targets": _targets,
    "audit": _audit,
    "learned": _learned,
}
"""The sections of the report, in order."""


def report(
    history: History,
    unit: str,
    period: str | Period,
    *,
    sections: Iterable[str] | None = None,
    language: Language = "en",
    book: Rulebook | None = None,
    holidays: Holidays | None = None,
) -> Content:
    """The report of a unit and all below it about a period, as content: headings, typed tables, findings, notes.

    Args:
        history: where everything is recorded.
        unit: its id; it lives on the last day of the period.
        period: ``2025-07``, ``2025-Q3``, ``2025-H2``, ``2025``, ``FIRST/LAST``, or a Period.
        sections: which of :data:`SECTIONS`, in this order; all if None.
        language: of its texts: ``en`` or ``vi``.
        book: the rulebook; the Party's if None.
        holidays: says which days are public holidays, for deadlines in working days.

    Raises:
        Refused: the unit does not live on the last day, it is no period, there is no such section.
        UnknownUnit: there never was such a unit.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.party.facts import MEASURES
    >>> rows = [dict(id="p", kind="province", name="Huế"), dict(id="c", kind="commune", parent="p", members=40)]
    >>> made = history_of(rows, day="2025-01-01", measures=MEASURES)
    >>> print(report(made, "p", "2025-08", sections=["members"]).text())  # doctest: +ELLIPSIS
    Huế: 2025-08-01 to 2025-08-31
    against 2025-07-01 to 2025-07-31
    <BLANKLINE>
    Members
    <BLANKLINE>
    Members
    what                                 2025-08-31  2025-07-31  change  sources
    members                                      40          40       0  source unknown
    members official      unknown (not stated by 1)     unknown       –
    ...
    """
    chosen = tuple(SECTIONS if sections is None else sections)
    unknown = [name for name in chosen if name not in SECTIONS]
    if unknown:
        told = f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}"
        raise Refused("a report", [Finding("section", told)])
    days = period_of(period)
    desk = Desk(history, unit, days, language, rulebook() if book is None else book, holidays)
    blocks = [block for name in chosen for block in SECTIONS[name](desk)]
    subtitle = desk.say("against {earlier}")
    shown = f"{days}" if language == "en" else f"{days.start} – {days.last}"
    return Content(f"{desk.name(unit)}: {shown}", blocks, language=language, subtitle=subtitle)
