"""The report of an organisation department on a unit and a period: a month, a quarter, a year.

Stocks are of the last day, flows of the period, each beside the period before; a unit that a merger made in between is
compared with its predecessors together. Each cell names the acts behind it. What is not recorded is shown as unknown,
never as zero, and what a rule cannot decide is listed with what is missing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from orgmodel.acts.act import Act
from orgmodel.content.blocks import Block, Cell, Content, Note, number_text
from orgmodel.errors import Ambiguous, Finding
from orgmodel.history.flows import MEMBER_FLOWS, Balance
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.door import strict
from orgmodel.model.measure import Quantity
from orgmodel.model.words import Language
from orgmodel.party import kinds, offices, targets
from orgmodel.party.cadre_moves import MOVE_WORDS, Moves, moves
from orgmodel.party.congresses import BODIES, delegates_of, due, overdue
from orgmodel.party.emulation import Place, Ranking, rank
from orgmodel.party.law import rulebook
from orgmodel.party.members import MOVES
from orgmodel.party.posts import posts
from orgmodel.party.questions import refuse_unknown, whole
from orgmodel.party.report_desk import MOST, Desk, added, cited, period_of
from orgmodel.party.surpluses import SEATS, surplus
from orgmodel.party.targets import TargetStanding, outcome, unmeasurable
from orgmodel.party.tenures import Holding
from orgmodel.party.terms import TERM_TRACK
from orgmodel.party.tracks import CANDIDACY, HOST, HOSTS, SCORE
from orgmodel.period import ONE_DAY, Period
from orgmodel.rules.rulebook import Audit, Rulebook
from orgmodel.rules.view import Holidays
from orgmodel.structure.day_columns import DayColumns
from orgmodel.structure.matters import Dossier

__all__ = [
    "SECTIONS", "report",
]  # fmt: skip

STOCKS: Final = ("members", "members_official", "members_probationary", "members_temporary")
"""The stocks of members that the report shows, on the last day."""

DUE: Final = 180
"""Within how many days a congress, the end of a term or of an appointment counts as due, unless a caller says otherwise.

No regulation sets it: half a year is a convention of this library.
"""

Section = Callable[[Desk], Iterator[Block]]


# ---- the organisation


def _organisation(d: Desk) -> Iterator[Block]:
    """The numbers of units by kind with what explains them, and what happened to units."""
    yield d.heading("Organisation")
    yield _units_by_kind(d)
    if d.was is None:
        yield d.note("The record begins after {last_before}.")
        return
    if d.unit not in d.was:
        yield d.text("The period before is that of {units}.", units=", ".join(map(d.name, d.roots)))
    yield _what_happened(d)


def _units_by_kind(d: Desk) -> Block:
    """How many units of each kind there were and are, and how many began, came in, ended and left."""
    order = {kind.id: place for place, kind in enumerate(kinds.KINDS)}
    listed = {*d.kinds_inside.values(), *d.kinds_inside_before.values()}
    in_order = sorted(listed, key=lambda kind: (order.get(kind or "", len(order)), kind or ""))
    return d.table(
        "Units by kind, and what explains them",
        "kind | {last_before}: number | begun: number | came in: number | ended: number | left: number | {last}: number",
        [[d.kind(kind), *_numbers_of_kind(d, kind)] for kind in in_order],
    )


def _numbers_of_kind(d: Desk, kind: str | None) -> list[Any]:
    """The numbers of units of a kind: before, begun, came in, ended, left, on the last day.

    The first three less the two after them make the last.
    """
    now, before = (
        {unit for unit, of in kind_of.items() if of == kind} for kind_of in (d.kinds_inside, d.kinds_inside_before)
    )
    if d.was is None:
        return [Quantity.unknown(), None, None, None, None, len(now)]
    # A unit that has changed its kind left the one and came into the other.
    new, lost = sorted(now - before), sorted(before - now)
    came, left = sum(unit in d.was for unit in new), sum(unit in d.now for unit in lost)
    acts = cited(d.begun_or_ended.get(unit) for unit in (*new, *lost))
    return [len(before), len(new) - came, came, len(lost) - left, left, Cell(len(now), acts)]


def _what_happened(d: Desk) -> Block:
    """How many units were made of others, ended without a successor, were renamed or moved."""
    lineage, touched = d.history.lineage, d.inside | d.inside_before
    assert d.diff is not None
    acts: dict[str, list[Act | None]] = {
        "begun without a predecessor": [],
        "made of others": [],
        "became others": [],
        "ended without a successor on record": [],
    }
    for unit in sorted(d.begun_or_ended.keys() & touched):
        if unit in d.now:
            sort = "made of others" if lineage.predecessors(unit, direct=True) else "begun without a predecessor"
        else:
            successors = lineage.successors(unit, direct=True)
            sort = "became others" if successors else "ended without a successor on record"
        acts[sort].append(d.begun_or_ended[unit])
    changes = {
        "renamed": d.diff.renamed,
        "of another kind or category": d.diff.reclassified,
        "under another unit": d.diff.moved,
    }
    acts |= {sort: [change.act for change in of if change.subject in touched] for sort, of in changes.items()}
    rows = [[d.say(sort), Cell(len(of), cited(of))] for sort, of in acts.items()]
    return d.table("What happened to units", "in the period | units: number", rows)


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
    yield from _members_below(d)


def _members_below(d: Desk) -> Iterator[Block]:
    """Members by unit directly below, as far as units state them."""
    below = {child: d.total("members", child) for child in d.now.children(d.unit)}
    known = {child: total for child, total in below.items() if (total.low or 0) > 0}
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
    """A note if the flows do not explain the stock; the gap is never spread over them."""
    flows = {name: value for name in MEMBER_FLOWS if (value := d.flow(d.unit, name, d.period)).is_known}
    balance = Balance(d.total_before("members"), d.total("members"), flows)
    if not flows or not balance.opening.is_exact or not balance.closing.is_exact or balance.verdict != "gap":
        return
    gap = d.say(
        "{unit}: {opening} members at the start and flows of {net} make {expected}, not {closing}: a gap of {gap}.",
        unit=d.name(d.unit),
        opening=balance.opening,
        net=balance.net,
        expected=balance.expected,
        closing=balance.closing,
        gap=balance.gap,
    )
    flows_missing = ", ".join(map(d.figure, balance.not_stated))
    missing = d.say(" Not stated: {figures}.", figures=flows_missing) if flows_missing else ""
    yield Note(gap + missing, "warning")


_HOSTED: Final = (kinds.GRASSROOTS, kinds.CELL)
"""The kinds of organisations that have a host."""

_ByHost = dict[tuple[str, str], list[str]]


def _by_host(d: Desk) -> tuple[_ByHost, _ByHost]:
    """(kind, host) -> the grassroots organisations and cells, of the last day and of the period before."""
    by_host: tuple[_ByHost, _ByHost] = {}, {}
    for units_of, (structure, inside) in zip(by_host, d.days, strict=False):
        columns = DayColumns(structure)
        hosts = columns.column(HOST)
        for unit in columns.names(columns.where(_HOSTED)):
            if unit in inside:
                units_of.setdefault((structure.unit(unit).kind or "", hosts.get(unit) or ""), []).append(unit)
    return by_host


def _host(d: Desk, host: str) -> str:
    return d.word(host, HOSTS) if host else d.say("not on record")


def _members_by_host(d: Desk) -> Iterator[Block]:
    """Members of grassroots organisations by the host that they are in; cells outside of them by theirs."""
    rows = []
    for (kind, host), units in sorted(_by_host(d)[0].items()):
        counted = [unit for unit in units if not _is_within_grassroots(d, kind, unit)]
        members, stated = _members_of(d, counted)
        if host and stated:
            rows.append([d.kind(kind), _host(d, host), members, stated, len(counted)])
    if rows:
        heads = "kind | host | members: number | units that state them: number | units: number"
        yield d.table("Members by kind and host", heads, rows)


def _members_of(d: Desk, units: Sequence[str]) -> tuple[Cell, int]:
    """The members of some units together, and how many of the units state them."""
    totals = {unit: d.total("members", unit) for unit in units}
    stated = {unit: total for unit, total in totals.items() if (total.low or 0) > 0}
    # Units that state no members may have some: then the sum is a lower bound.
    silent = [Quantity.unknown()] if len(stated) < len(units) else []
    acts = dict.fromkeys(act for unit in stated for act in d.acts_of_measure(unit, "members"))
    return Cell(added([*stated.values(), *silent]), tuple(acts)), len(stated)


def _is_within_grassroots(d: Desk, kind: str, unit: str) -> bool:
    """Whether a cell stands under a grassroots organisation, which counts its members."""
    parent = d.now.unit(unit).parent
    return kind == kinds.CELL and parent is not None and d.now.unit(parent).kind == kinds.GRASSROOTS


# ---- cells


def _cells(d: Desk) -> Iterator[Block]:
    """Cells: how many, too small, meeting too seldom; grassroots organisations and cells by the host that they are in."""
    yield d.heading("Grassroots organisations and cells")
    now, before = _by_host(d)
    if not now:
        yield d.note("None is on record: that is unknown, not none.")
        return
    rows = []
    for kind, host in sorted(now.keys() | before.keys()):
        units = now.get((kind, host), [])
        number_before = None if d.was is None else len(before.get((kind, host), ()))
        rows.append([d.kind(kind), _host(d, host), Cell(len(units), d.acts_of(units, HOST)), number_before])
    yield d.table("By kind and host", "kind | host | units: number | before: number", rows)
    audit = d.audits[0]
    rows = []
    for rule in ("A01", "A03", "E04"):
        if rule in audit.counts:
            statement = d.word(d.book[rule].statement, {d.book[rule].statement: d.book[rule].statement_vi})
            broken = sum(finding.units[0] in d.inside for finding in audit.of(rule))
            open_ = sum(unit in d.inside for case in audit.undecided if case.rule == rule for unit in case.units)
            rows.append([rule, statement, broken, open_])
    yield d.table("Size and meetings", "rule | what it asks | broken: number | cannot be told: number", rows)


# ---- posts and cadres


def _posts(d: Desk) -> Iterator[Block]:
    """Committees and their seats, posts held, vacant, given for a time that ends, and not on record."""
    yield d.heading("Committees and posts")
    seats = [
        (d.figure(measure), *d.seats(measure), d.acts_of([d.unit], tracks.measure_track(measure)))
        for measure in SEATS[:-1]
    ]
    yield d.compared("Seats of the unit itself", seats)
    heads = "post | state | since: day | days vacant: number | given until: day"
    if own := list(_states_of_posts(d, d.unit)):
        yield d.table("Posts", heads, [row for _, row in own])
    below = [
        [d.name(unit), *row]
        for unit in d.now
        if unit in d.posts_held and unit != d.unit
        for is_pressing, row in _states_of_posts(d, unit)
        if is_pressing
    ]
    if below:
        yield d.table("Posts below it that are vacant or due", f"unit | {heads}", below, MOST)


def _states_of_posts(d: Desk, unit: str) -> Iterator[tuple[bool, list[Any]]]:
    """Whether a post of a unit is vacant or due, and its row: post, state, since, days vacant, given until."""
    kind = d.now.unit(unit).kind
    for post in posts().values():
        # Seats of committees are counted by measures: a seat without a person on record is not vacant.
        if kind in post.kinds and post.seats == 1:
            holdings = [holding for holding in d.posts_held.get(unit, ()) if holding.post == post.id]
            is_pressing, row = _state_of_post(d, holdings)
            yield is_pressing, [d.word(post.name, {post.name: post.name_vi}), *row]


def _state_of_post(d: Desk, holdings: list[Holding]) -> tuple[bool, list[Any]]:
    """Whether a post is vacant or due, and: state, since, days vacant, given until."""
    if not holdings:
        return False, [d.say("not on record"), None, None, None]
    current = [holding for holding in holdings if d.last in holding.period]
    if current:
        return _held(d, current[-1])
    # All began by the last day and none runs on it, so each has ended.
    latest = max(holdings, key=lambda holding: holding.period.end or d.last)
    since, act = latest.period.end or d.last, d.history.act(latest.ended_by or latest.act)
    return True, [Cell(d.say("vacant"), cited([act])), since, (d.last - since).days + 1, None]


def _held(d: Desk, holding: Holding) -> tuple[bool, list[Any]]:
    until = None if holding.taken is None else holding.taken.until
    is_due = until is not None and (until - d.last).days <= d.due_within
    state = Cell(d.say("due" if is_due else "held"), cited([d.history.act(holding.act)]))
    return is_due, [state, holding.period.start, None, until]


_DIRECTIONS: Final = {"up": "lên", "down": "xuống", "level": "ngang"}
_LEVELS: Final = {"centre": "Trung ương", "province": "cấp tỉnh", "commune": "cấp xã", "grassroots": "cơ sở"}


def _cadres(d: Desk) -> Iterator[Block]:
    """Moves of the period by how posts were taken and left, as kept and as stated; candidates by stage."""
    yield d.heading("Cadres")
    recorded = moves(d.history, d.unit, period=d.period)
    if rows := _rows_of_moves(d, recorded):
        heads = "move | managed by | direction | in the period: number | before: number"
        yield d.table("Moves on record", heads, rows)
    yield from (Note(d.finding(finding), "warning") for finding in recorded.findings)
    further = [*_stated_flows(d, "Moves stated by {who}", lambda figure: figure.startswith(MOVES)), *_candidates(d)]
    yield from further
    if not recorded.moves and not further:
        yield d.note("No move of a cadre is on record: that is unknown, not none.")


def _candidates(d: Desk) -> Iterator[Block]:
    """The candidates of the last day by stage."""
    candidates = DayColumns(d.now).slots(CANDIDACY)
    stages = Counter(stage for unit in d.inside & candidates.keys() for stage in candidates[unit].values())
    if stages:
        rows = [[d.word(stage, offices.STAGES), number] for stage, number in stages.items()]
        yield d.table("Candidates", "stage | candidates: number", rows)


def _stated_flows(d: Desk, title: str, is_asked: Callable[[str], bool]) -> Iterator[Block]:
    """A table for each subject that states figures of the period which are asked for."""
    for subject in sorted(d.subjects):
        if figures := list(filter(is_asked, d.stated(subject))):
            yield d.flows(subject, figures, title, who=d.name(subject))


def _rows_of_moves(d: Desk, recorded: Moves) -> list[list[Any]]:
    by = ("kind", "level", "direction")
    before = {} if d.was is None else moves(d.history, d.unit, period=d.earlier).count(by)
    acts: dict[tuple[str, ...], list[Act]] = {}
    for move in recorded.moves:
        acts.setdefault((move.kind, move.level, move.direction), []).append(d.history.act(move.act))
    return [
        [
            d.word(key[0], MOVE_WORDS),
            d.word(key[1], _LEVELS) or "–",
            d.word(key[2], _DIRECTIONS) or "–",
            Cell(number, cited(acts[key])),
            before.get(key),
        ]
        for key, number in sorted(recorded.count(by).items())
    ]


def _surplus(d: Desk) -> Iterator[Block]:
    """Posts, seats and staff above each cap."""
    yield d.heading("Surplus after mergers")
    surpluses = surplus(d.now, d.unit, book=d.book)
    rows = []
    for above in surpluses.found:
        acts = d.acts_of([above.unit], tracks.measure_track(above.measure))
        law = f"{above.rule}: {above.citation}" if above.rule else d.say("assigned staff")
        recorded = Cell(above.recorded, acts)
        rows.append([d.name(above.unit), d.figure(above.measure), recorded, above.cap, above.over, above.until, law])
    if rows:
        heads = "unit | of what | recorded: number | cap: number | above: number | allowed until: day | rule"
        yield d.table("Above the caps in force", heads, rows, MOST)
    else:
        yield d.text("Nothing recorded is above a cap.")
    if missing := sum(case.count for case in surpluses.undecided):
        number = number_text(missing, d.language)
        yield d.note("{number} cases cannot be decided, as the figure is not on record.", number=number)


# ---- terms and congresses


def _terms(d: Desk) -> Iterator[Block]:
    """Congresses of the period, those that are due soon or late, and the ends of other terms."""
    yield d.heading("Terms and congresses")
    congresses = [
        [d.title(upcoming), d.state_of(upcoming), str(upcoming.steps[-1].when), _delegates(upcoming)]
        for upcoming in d.of_kind("congress")
    ]
    if congresses:
        heads = "congress | state | when | delegates: number"
        yield d.table("Congresses with a step in the period", heads, congresses, MOST)
    rows = []
    for body in BODIES:
        for upcoming in (*overdue(d.now, d.unit, body=body), *due(d.now, d.unit, days=d.due_within, body=body)):
            acts = d.acts_of([upcoming.unit], TERM_TRACK, body)
            rows.append(
                [d.name(upcoming.unit), d.kind(upcoming.kind), d.say(body), Cell(upcoming.due, acts), upcoming.days]
            )
    if rows:
        heads = "unit | kind | body | due: day | days left: number"
        yield d.table("Congresses due, terms that end", heads, rows, MOST)
    elif not congresses:
        yield d.note("No term that ends soon is on record.")


def _delegates(congress: Dossier) -> int | None:
    """The delegates of a congress: present, else summoned, else the sum of the three sorts."""
    counted = (whole(congress.said.get(field)) for field in ("present", "summoned"))
    return next((number for number in counted if number is not None), delegates_of(congress.said))


# ---- emulation


def _emulation(d: Desk) -> Iterator[Block]:
    """The clusters of the unit, of its agencies and of what is below: members, leaders, deputies, points, awards."""
    yield d.heading("Emulation")
    rows: list[list[Any]] = []
    points: list[list[Any]] = []
    for cluster in d.now.clusters():
        members = d.now.members(cluster.id)
        mine = [unit for unit in members if unit in d.inside]
        if mine:
            label = cluster.name or cluster.id
            rows.append([label, len(members), len(mine), *_leaders(d, cluster.id)])
            points += _points(d, cluster.id, mine)
    if not rows:
        yield d.note("No cluster with a unit of this one is on record.")
        return
    yield d.table("Clusters", "cluster | its units: number | of them here: number | leader | deputies", rows)
    if points:
        heads = "cluster | year: code | rank: number | unit | points: number | year before: number"
        yield d.table("Emulation points", heads, points, MOST)
    if years := [_year_of_work(d, year) for year in d.of_kind("work-year")]:
        yield d.table("Years of work with a step in the period", "year of work | steps | state", years, MOST)
    yield from _counted(d, ("award",))


def _year_of_work(d: Desk, year: Dossier) -> list[Any]:
    steps = [f"{d.step(year, taken.step)} {taken.when}" for taken in year.steps if taken.when.meets(d.period)]
    return [d.title(year), Cell("; ".join(steps), d.step_acts([year.id])), d.step(year, year.state)]


def _leaders(d: Desk, cluster: str) -> list[Any]:
    """The leader of a cluster, with the act that says so, and its deputies."""
    unknown = d.say("not on record")
    leader = d.now.leader(cluster)
    acts = [f.act for f in d.history.biography(cluster) if f.track == tracks.ROLE and f.start <= d.last]
    name = unknown if isinstance(leader, Absent) else d.name(leader)
    return [Cell(name, cited(acts[-1:])), ", ".join(map(d.name, d.now.deputies(cluster))) or unknown]


def _points(d: Desk, cluster: str, units: Iterable[str]) -> Iterator[list[Any]]:
    """The points and ranks of units in the years of the period, beside the points of the year before."""
    # A schema of a user's own may know no years of work: then nothing says by which criteria units are scored.
    if "work-year" not in d.known.schema.matter_kinds:
        return

    def places(year: int) -> tuple[Place, ...]:
        # Points of a year are often given after it: what is known at the end of the record counts.
        ranking = rank(d.known, cluster, year, among=d.now.members(cluster))
        return ranking.places if isinstance(ranking, Ranking) else ()

    for year in range((d.period.start or d.last).year, d.last.year + 1):
        before = {place.unit: place.total for place in places(year - 1)}
        for place in places(year):
            if place.unit in units:
                scores = (f.act for f in d.history.biography(place.unit) if f.track == SCORE and f.slot[1] == year)
                total, total_before = _number(place.total), _number(before.get(place.unit))
                name = d.name(place.unit)
                yield [d.name(cluster), str(year), place.rank, name, Cell(total, cited(scores)), total_before]


def _number(value: Fraction | None) -> Any:
    """A number of points or of a target as people read it: whole, else with its decimal places."""
    if value is None:
        return None
    return int(value) if value.denominator == 1 else Decimal(value.numerator) / value.denominator


# ---- matters


def _counted(d: Desk, chosen: Sequence[str], *, hidden: bool = False) -> Iterator[Block]:
    """How many matters of some kinds took each step in the period, by form, beside the period before.

    Args:
        d: the desk.
        chosen: ids of the kinds.
        hidden: whether numbers below three are not shown: they would point at persons.
    """
    rows = [row for kind in chosen for row in _steps_of_kind(d, kind, hidden=hidden)]
    days = [taken.when for entry in d.of_kind(*chosen, in_period=False) for taken in entry.steps]
    undated = sum(when.meets(d.period) is None and not when.meets(d.earlier) for when in days)
    if rows:
        yield d.table("On record, at least", "what | step | in the period: number | before: number", rows)
    elif not undated:
        names = ", ".join(map(d.kind_of_matter, chosen))
        yield d.note("Nothing of this is on record ({kinds}): unknown, not none.", kinds=names)
    if undated:
        yield d.note("{number} steps are on days that are not known well enough to tell the period.", number=undated)


def _steps_of_kind(d: Desk, kind: str, *, hidden: bool) -> Iterator[list[Any]]:
    """A row for each form and step of a kind, by form and order of steps: form, step, in the period, before."""

    def number(ids: Sequence[str]) -> Any:
        return d.say("under 3") if hidden and 0 < len(ids) < 3 else len(ids)

    matters = d.of_kind(kind, in_period=False)
    ids: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for entry in matters:
        form = str(entry.said.get("form") or d.kind_of_matter(kind))
        for taken in entry.steps:
            # A step of a month or year that is not wholly in either period is in neither.
            in_periods = [taken.when.meets(period) for period in (d.period, d.earlier)]
            if any(in_periods):
                ids.setdefault((form, taken.step), ([], []))[in_periods.index(True)].append(entry.id)
    order = [step.id for step in matters[0].kind.steps] if matters else []
    for form, step in sorted(ids, key=lambda key: (key[0], order.index(key[1]))):
        now, earlier = ids[form, step]
        acts = () if hidden else d.step_acts(now)
        yield [form, d.step(matters[0], step), Cell(number(now), acts), number(earlier)]


def _inspection(d: Desk) -> Iterator[Block]:
    """Inspections and discipline, by form and step; small numbers are not shown."""
    yield d.heading("Inspection and discipline")
    yield from _counted(d, ("inspection",))
    yield from _counted(d, ("discipline",), hidden=True)


def _documents(d: Desk) -> Iterator[Block]:
    """Documents, meetings, training: single ones on record, and figures that are stated."""
    yield d.heading("Documents, meetings, training")
    yield from _counted(d, ("document", "meeting", "activity", "election"))
    yield from _stated_flows(
        d, "Stated by {who}", lambda figure: figure not in MEMBER_FLOWS and not figure.startswith(MOVES)
    )


def _targets(d: Desk) -> Iterator[Block]:
    """Targets of the period with what is measured of them; steering committees that are open or took a step in it."""
    yield d.heading("Targets and steering committees")
    rows = list(filter(None, (_target(d, entry) for entry in d.of_kind("target", in_period=False))))
    if rows:
        heads = "target | its period | wanted: number | measured: number | before: number | state"
        yield d.table("Targets of the period", heads, rows, MOST)
    steering = list(_steering(d))
    if steering:
        yield d.table("Steering committees", "task | state | latest day", steering, MOST)
    if not rows and not steering:
        yield d.note("None is on record.")


def _steering(d: Desk) -> Iterator[list[Any]]:
    """The row of each steering committee that is open or took a step in the period: task, state, latest day."""
    active = {entry.id for entry in d.of_kind("steering")}
    for entry in d.of_kind("steering", in_period=False):
        if entry.is_open or entry.id in active:
            yield [str(entry.said.get("task") or d.title(entry)), d.state_of(entry), entry.said.get("latest")]


def _target(d: Desk, target: Dossier) -> list[Any] | None:
    """The row of a target: the wanted value, the value by the last day, and by the last day of the period before.

    None if the periods of the target and of the report do not overlap.
    """
    own = targets.period_of(target)
    if not own.overlaps(d.period):
        return None
    # A share is shown as such, any other number as people read it.
    shown: Callable[[Fraction | None], Any] = (
        _number if target.said["metric"][0] != "reduction" else lambda share: share
    )
    name, span = str(target.said.get("title") or target.matter.name or target.id), f"{own.start} – {own.last}"
    now, acts = _measured(d, target, own, d.last), d.step_acts([target.id])
    before = None if d.was is None else _measured(d, target, own, d.last_before)
    value_before = None if before is None else shown(before.value)
    if now is None:
        return [name, span, None, Cell(None, acts), value_before, d.say("not on record")]
    return [name, span, shown(now.wanted), Cell(shown(now.value), acts), value_before, d.say(f"target {now.state}")]


def _measured(d: Desk, target: Dossier, own: Period, day: dt.date) -> TargetStanding | None:
    """How a target stands on a day; None where it cannot be measured, or a policy would have to say how."""
    on = d.known.day  # One that was put on record later is measured as known now.
    if any(other.id == target.id for other in d.history.at(day).matters("target")):
        # A target whose last day ends the period is judged on the morrow, when it is no longer open.
        on = day + ONE_DAY if day == own.last else day
    if unmeasurable(target) is not None:
        return None
    try:
        return outcome(d.history, target.id, on=on)
    except Ambiguous:
        return None


# ---- what rules say


def _audit(d: Desk) -> Iterator[Block]:
    """Findings gained and lost against the period before, and what cannot be decided."""
    yield d.heading("Audit")
    audit, audit_before = d.audits
    now = _findings(audit, d.inside)
    before = {} if audit_before is None else _findings(audit_before, d.inside_before)
    gained, lost = now.keys() - before.keys(), before.keys() - now.keys()
    for title, keys, findings in (("Findings gained", gained, now), ("Findings lost", lost, before)):
        if keys:
            rows = [_finding(d, finding) for key, finding in findings.items() if key in keys]
            yield d.table(title, "rule | severity | finding | law", rows, MOST)
    counts = {"gained": len(gained), "lost": len(lost), "kept": len(now) - len(gained)}
    yield d.text("{gained} findings gained, {lost} lost, {kept} as before.", **counts)
    if rows := list(_missing(d, audit)):
        yield d.table("Cannot be decided, and what is missing", "rule | missing | cases: number | law", rows)
    if audit.not_on_record:
        number = len(audit.not_on_record)
        yield d.note("{number} rules were not asked: what held then is not on record.", number=number)


def _finding(d: Desk, finding: Finding) -> list[Any]:
    text = Cell(d.finding(finding), note=finding.certainty)
    return [finding.rule, d.say(finding.severity), text, finding.citation]


def _missing(d: Desk, audit: Audit) -> Iterator[list[Any]]:
    """What is missing, by rule, with the number of cases in the unit."""
    cases = Counter[tuple[str, str, str]]()
    for case in audit.undecided:
        cases[case.rule, case.missing, case.citation] += sum(unit in d.inside for unit in case.units)
    for (rule, missing, law), number in cases.items():
        if number:
            yield [rule, ", ".join(map(d.word_of_record, missing.split(", "))), number, law]


def _findings(audit: Audit, inside: frozenset[str]) -> dict[tuple[str, tuple[str, ...]], Finding]:
    """The findings about some units, by rule and units."""
    return {
        (finding.rule, finding.units): finding
        for finding in audit.findings
        if finding.units and finding.units[0] in inside
    }


def _learned(d: Desk) -> Iterator[Block]:
    """Acts recorded in the period about earlier days."""
    assert d.period.start is not None
    rows = []
    for entry in d.history.log:
        # What is not about a new act is about an earlier one; acts of the period itself are no news about the past.
        cited_as, about = (
            (entry.amends or "", None) if entry.act is None else (entry.act.source.cited, entry.act.effective)
        )
        is_earlier = entry.type != "act" or (about is not None and about < d.period.start)
        if is_earlier and entry.recorded in d.period:
            rows.append([entry.recorded, d.say(entry.type), cited_as, about, entry.reason])
    if rows:
        yield d.heading("Learned since")
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


@strict
def report(
    history: History,
    unit: str,
    period: str | Period | int,
    *,
    sections: Iterable[str] | None = None,
    language: Language = "en",
    book: Rulebook | None = None,
    holidays: Holidays | None = None,
    due_within: int = DUE,
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
        due_within: within how many days what ends counts as due; half a year is a convention, no rule.

    Raises:
        Refused: the unit does not live on the last day, it is no period, there is no such section.
        UnknownUnit: there never was such a unit.

    >>> from orgmodel.history.history import history_of
    >>> from orgmodel.party.facts import MEASURES
    >>> rows = [dict(id="p", kind="province", name="Huế"), dict(id="c", kind="commune", parent="p", members=40)]
    >>> history = history_of(rows, day="2025-01-01", measures=MEASURES)
    >>> print(report(history, "p", "2025-08", sections=["members"]).text())  # doctest: +ELLIPSIS
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
    refuse_unknown("a report", "section", chosen, SECTIONS)
    days = period_of(period)
    desk = Desk(history, unit, days, language, rulebook() if book is None else book, holidays, due_within)
    blocks = [block for name in chosen for block in SECTIONS[name](desk)]
    subtitle = desk.say("against {earlier}")
    shown = f"{days}" if language == "en" else f"{days.start} – {days.last}"
    return Content(f"{desk.name(unit)}: {shown}", blocks, language=language, subtitle=subtitle)
