"""Wrong merger rules, policies and verbs of users, and how reliably the checks of the test kit catch them.

``python bench/wrong_rules.py`` checks each of them with ten seeds and the defaults of the kit, and prints in how many
it was caught by a law that says what is wrong, how large the smallest case is, whether the printed script fails as
well, and how long that took. ``--only WORDS`` takes those whose name has the words, ``--seeds N`` fewer seeds. The
tests run one seed of each (tests/testing/test_wrong_rules.py).
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar, Final

from attrs import evolve, frozen

import orgmodel as om
from orgmodel.acts.arguments import One
from orgmodel.acts.operation import VERBS, Operation, Point
from orgmodel.acts.operations import PolicyMerger, Replace
from orgmodel.model import track as tracks
from orgmodel.model.cluster import LEADER
from orgmodel.testing import checks
from orgmodel.testing.law import Choosing, LawBroken, Untested

GOOD: Final = Choosing()
Events = Sequence[Any]
Rule = Callable[[om.Structure, Sequence[str], dt.date, om.Source], Iterable[Any]]
Spoil = Callable[[om.Structure, list[str], om.Succession], Any]


@frozen
class Wrong:
    """Something of a user's that does not keep its contract.

    Attributes:
        check: the check that a user runs on it, with how many cases and which seed.
        said_by: the laws that say what is wrong; empty where the contract itself says it, in these words.
        words: words that the message has.
    """

    check: Callable[..., object]
    said_by: frozenset[str]
    words: str = ""


WRONG: Final[dict[str, Wrong]] = {}
"""Name of what is wrong -> the wrong rule, policy or verb."""


def _enter(resolved: Any, check: Callable[..., object], laws: str, words: str) -> Any:
    WRONG[resolved.__name__] = Wrong(partial(check, resolved), frozenset(laws.split()), words)
    return resolved


def rule(laws: str, words: str = "") -> Callable[[Rule], Rule]:
    """Enter a whole merger rule, with the laws that say what is wrong with it."""
    return lambda resolved: _enter(resolved, checks.check_merger_rule, laws, words)


def spoils(laws: str, words: str = "") -> Callable[[Spoil], Rule]:
    """Enter a good merger rule whose first succession a function spoils: into another one, or into several events."""

    def enter(spoil: Spoil) -> Rule:
        def spoiled(structure: om.Structure, members: Sequence[str], day: dt.date, source: om.Source) -> Events:
            events = list(GOOD(structure, members, day, source))
            at = next(i for i, event in enumerate(events) if isinstance(event, om.Succession))
            instead = spoil(structure, sorted(set(members)), events[at])
            events[at : at + 1] = instead if isinstance(instead, list) else [instead]
            return events

        # Named as what a user would write, so that the script of a failure imports it.
        spoiled.__name__ = spoiled.__qualname__ = spoil.__name__
        spoiled.__module__ = spoil.__module__
        return rule(laws, words)(spoiled)

    return enter


def policy(sort: str, laws: str = "", words: str = "") -> Callable[[Any], Any]:
    """Enter a policy of a sort; ``clusters`` is put into mergers too."""
    if sort == "clusters":
        return lambda resolved: _enter(resolved, checks.check_cluster_policy, laws, words)
    return lambda resolved: _enter(resolved, lambda item, **how: checks.check_policy(item, sort, **how), laws, words)


def verb(laws: str = "", words: str = "") -> Callable[[Callable[[], type[Operation[Any]]]], Any]:
    """Enter a verb: a function that declares it, as verbs are known to all from then on; it is forgotten afterwards."""

    def check(declare: Callable[[], type[Operation[Any]]], **how: Any) -> None:
        before = dict(VERBS)
        try:
            checks.check_operation(declare(), **how)
        finally:
            VERBS.clear()
            VERBS.update(before)

    return lambda declare: _enter(declare, check, laws, words)


# ---- what spoiled successions share


def with_changes(event: om.Succession, *more: om.Change, drop: Callable[[om.Change], bool] = lambda _: False) -> Any:
    """The succession with more changes, and without some."""
    return evolve(event, changes=(*(change for change in event.changes if not drop(change)), *more))


def new_of(event: om.Succession) -> str:
    """The unit that begins."""
    return event.links[0].new


def created(event: om.Succession, **fields: Any) -> Any:
    """The succession with other fields of the unit that begins."""
    return evolve(event, created=(evolve(event.created[0], **fields), *event.created[1:]))


def outsiders(structure: om.Structure, members: Iterable[str]) -> list[str]:
    """Units that are neither members nor above or below one."""
    near = set(members)
    for member in members:
        near |= {*structure.ancestors(member), *structure.descendants(member)}
    return [unit for unit in structure if unit not in near]


def members_figure(structure: om.Structure, unit: str) -> Any:
    """The exact number of members that a unit states, None if there is none."""
    figure = structure.measure(unit, "members")
    return figure.value if figure.is_exact else None


# ---- rules: children, units and links


@spoils("C2 F1 E7")
def a_child_stays_outside(structure, members, event):
    home = structure.parent(members[0])
    moved = [c for c in event.changes if tracks.is_parent(c.track) and c.value == new_of(event)]
    if not moved or home is None:
        return event
    return with_changes(event, evolve(moved[0], value=home), drop=lambda c: c is moved[0])


@spoils("C2 F1 C1 E7")
def a_child_is_closed(structure, members, event):
    moved = [c for c in event.changes if tracks.is_parent(c.track) and not structure.children(c.subject)]
    if not moved:
        return event
    return [with_changes(event, drop=lambda c: c.subject == moved[0].subject), om.Closure(moved[0].subject)]


@spoils("C2 F1 C1")
def a_strangers_child_comes_along(structure, members, event):
    homes = (None, structure.parent(members[0]))
    fits = [
        unit
        for unit in outsiders(structure, members)
        if structure.parent(unit) not in homes
        if structure.schema.allows(structure.unit(unit).kind, event.created[0].kind, structure.day)
    ]
    return with_changes(event, om.Change(fits[0], tracks.PARENT, new_of(event))) if fits else event


@spoils("F2 T4 C1")
def a_predecessor_goes_on(structure, members, event):
    first, *others = event.links
    return evolve(event, links=(evolve(first, extent="part"), *others))


@spoils("F2 C1 T4 A2")
def the_third_member_is_linked_in_part(structure, members, event):
    if len(event.links) < 3:
        return event
    *others, last = event.links
    return evolve(event, links=(*others, evolve(last, extent="part")))


@spoils("E7")
def the_id_of_a_member(structure, members, event):
    mine, new = members[0], new_of(event)
    return evolve(
        event,
        links=tuple(evolve(link, new=mine) if link.new == new else link for link in event.links),
        created=tuple(evolve(unit, id=mine) if unit.id == new else unit for unit in event.created),
        changes=tuple(
            evolve(c, subject=mine if c.subject == new else c.subject, value=mine if c.value == new else c.value)
            for c in event.changes
        ),
    )


@spoils("F1")
def a_unit_from_nowhere(structure, members, event):
    kind, home = structure.unit(members[0]).kind, structure.parent(members[0])
    return [event, om.Creation(om.Unit(f"ghost of {new_of(event)}", kind=kind, parent=home))]


@spoils("F1 C1 E7")
def a_strangers_leaf_ends(structure, members, event):
    leaves = [
        unit
        for unit in outsiders(structure, members)
        if not any(structure.children(unit, line) for line in structure.hierarchies)
    ]
    return [event, om.Closure(leaves[0])] if leaves else event


# ---- rules: names, codes, dates


@spoils("E10 A2")
def the_name_of_the_first_id(structure, members, event):
    return created(event, name=next((name for m in sorted(members) if (name := structure.unit(m).name)), None))


@spoils("F1")
def two_children_swap_their_names(structure, members, event):
    children = [child for member in members for child in structure.children(member)]
    named = [child for child in children if any(c.subject == child for c in event.changes)]
    if len(named) < 2:
        return event
    item, other = named[:2]
    names = [structure.unit(child).name for child in (other, item)]
    return [event, *(om.Change(child, tracks.NAME, name) for child, name in zip((item, other), names, strict=True))]


@spoils("F1")
def a_bystander_is_recoded(structure, members, event):
    stranger = next((u for u in structure if u not in members and structure.parent(u) is not None), None)
    return event if stranger is None else [event, om.Change(stranger, tracks.CODE, "recoded")]


@spoils("F3")
def a_fact_lapses_a_day_later(structure, members, event):
    until = structure.day + dt.timedelta(days=1)
    changes = [evolve(c, until=until) if tracks.is_member(c.track) and c.value else c for c in event.changes]
    return evolve(event, changes=changes)


@spoils("F3")
def a_figure_holds_for_a_week(structure, members, event):
    until = structure.day + dt.timedelta(days=7)
    return evolve(event, changes=[evolve(c, until=until) if tracks.is_measure(c.track) else c for c in event.changes])


# ---- rules: figures and words


@spoils("C1")
def a_figure_is_doubled(structure, members, event):
    def twice(c):
        return evolve(c, value=2 * c.value) if tracks.is_measure(c.track) and isinstance(c.value, int) else c

    return evolve(event, changes=tuple(map(twice, event.changes)))


@spoils("C1")
def a_figure_is_lost(structure, members, event):
    return with_changes(event, drop=lambda c: c.track == tracks.measure_track("members") and c.value is not None)


@spoils("C1 A2")
def the_figure_of_the_third_member_is_lost(structure, members, event):
    figures = [members_figure(structure, member) for member in members]
    if len(figures) < 3 or None in figures:
        return event
    track = tracks.measure_track("members")
    few = om.Change(new_of(event), track, sum(figures[:-1]), tracks.OWN)
    return with_changes(event, few, drop=lambda c: c.track == track)


@spoils("F2")
def a_rate_is_doubled(structure, members, event):
    def twice(c):
        entire = c.track == tracks.measure_track("women") and isinstance(c.value, Fraction)
        return evolve(c, value=2 * c.value) if entire else c

    return evolve(event, changes=tuple(map(twice, event.changes)))


@spoils("A2 F2")
def the_rating_is_lost_where_there_are_three(structure, members, event):
    if len(members) < 3:
        return event
    return with_changes(event, drop=lambda c: c.track == tracks.measure_track("rating"))


@spoils("A2 F2")
def the_category_is_lost_where_there_are_three(structure, members, event):
    return created(event, category=None) if len(members) > 2 else event


@spoils("F2")
def an_invented_category(structure, members, event):
    return created(event, category="suburban")


@spoils("F2")
def an_invented_rating(structure, members, event):
    track = tracks.measure_track("rating")
    return with_changes(event, om.Change(new_of(event), track, "A+", tracks.OWN), drop=lambda c: c.track == track)


@spoils("F2")
def a_motto_from_nowhere(structure, members, event):
    track = "fact:motto"
    return with_changes(event, om.Change(new_of(event), track, "onward"), drop=lambda c: c.track == track)


# ---- rules: offices and clusters


@spoils("F2")
def somebody_takes_an_office(structure, members, event):
    return with_changes(event, om.Change(new_of(event), tracks.OFFICE, "somebody", ("head", 1)))


@spoils("F2")
def an_office_is_taken_along_twice(structure, members, event):
    holders = [holder for m in members for holder in structure.slots(m, tracks.OFFICE).values()]
    if not holders:
        return event
    seats = (("head", 1), ("head", 2))
    return with_changes(event, *(om.Change(new_of(event), tracks.OFFICE, holders[0], seat) for seat in seats))


@spoils("F1")
def the_leader_changes(structure, members, event):
    for cluster in structure.clusters():
        others = [u for u in structure.members(cluster.id) if u not in members and u != structure.leader(cluster.id)]
        if others:
            return [event, om.Change(cluster.id, tracks.ROLE, others[0], (LEADER, 1))]
    return event


@spoils("F2 E9")
def a_cluster_in_which_nobody_was(structure, members, event):
    for clustering in structure.clusterings():
        had = {cluster for member in members for cluster in structure.clusters_of(member, clustering.id)}
        others = [cluster.id for cluster in structure.clusters(clustering.id) if cluster.id not in had]
        if others and not clustering.cover:
            track = tracks.member_track(clustering.id)
            joins = om.Change(new_of(event), track, others[0])
            return with_changes(event, joins, drop=lambda c, track=track: c.track == track)
    return event


@spoils("E9 A2")
def the_common_cluster_is_left(structure, members, event):
    return with_changes(event, drop=lambda c: tracks.is_member(c.track) and c.subject == new_of(event))


# ---- whole rules


@rule("F4 A1")
def only_sorted_members_merge(structure, members, day, source):
    if list(members) != sorted(members):
        raise om.Refused("a merger", [om.Finding("order", "the members are not in order", tuple(members))])
    return GOOD(structure, members, day, source)


@rule("F4 E10")
def ids_without_a_z_merge(structure, members, day, source):
    if any("z" in member for member in members):
        raise om.Refused("a merger", [om.Finding("id", "such ids do not merge", tuple(members))])
    return GOOD(structure, members, day, source)


@rule("A1 A2")
def the_name_of_the_first_member(structure, members, day, source):
    named = Choosing(PolicyMerger(into=om.Unit("", name=f"Heir of {structure.unit(members[0]).name}")))
    return named(structure, members, day, source)


@rule("", "the rule refused")
def hardly_anything_merges(structure, members, day, source):
    if structure.day.toordinal() % 13 or len(members) != 2:
        raise om.Refused("a merger", [om.Finding("rare", "not today", tuple(members))])
    return GOOD(structure, members, day, source)


@rule("A3")
def one_alone_merges(structure, members, day, source):
    if len(set(members)) > 1:
        return GOOD(structure, members, day, source)
    (only,) = set(members)
    return Replace(only, om.Unit(f"{only}-new")).resolve(Point(structure, source=source))


@rule("A3 C1 A1")
def a_member_that_is_named_twice_counts_twice(structure, members, day, source):
    events = list(GOOD(structure, members, day, source))
    figures = [members_figure(structure, member) for member in members]
    if None in figures:
        return events
    track = tracks.measure_track("members")
    summed = om.Change(new_of(events[0]), track, sum(figures), tracks.OWN)
    return [with_changes(events[0], summed, drop=lambda c: c.track == track), *events[1:]]


_asked = itertools.count()


@rule("", "is not deterministic")
def it_changes_its_mind(structure, members, day, source):
    (event, *others) = GOOD(structure, members, day, source)
    return [created(event, name=f"call {next(_asked)}"), *others]


@rule("E7", "fails with")
def a_rule_that_crashes_without_a_name(structure, members, day, source):
    if len(set(members)) > 1:
        for member in members:
            structure.unit(member).name.upper()
    return GOOD(structure, members, day, source)


# ---- policies


@policy("clusters", "E10")
def the_cluster_of_the_first_id(structure, clustering, members):
    ids = sorted({cluster for member in members for cluster in structure.clusters_of(member, clustering.id)})
    return ids[:1]


@policy("clusters", "E10")
def the_cluster_of_the_last_id(structure, clustering, members):
    ids = sorted({cluster for member in members for cluster in structure.clusters_of(member, clustering.id)})
    return ids[-1:]


@policy("clusters", "A1 E10", "order")
def the_cluster_of_whom_is_named_first(structure, clustering, members):
    return structure.clusters_of(members[0], clustering.id)


@policy("clusters", "", "at most one")
def all_clusters_of_a_partition(structure, clustering, members):
    return {cluster for member in members for cluster in structure.clusters_of(member, clustering.id)}


_called = itertools.count()


@policy("clusters", "", "is not deterministic")
def another_cluster_the_second_time(structure, clustering, members):
    clusters = [cluster.id for cluster in structure.clusters(clustering.id)]
    return [clusters[next(_called) % len(clusters)]] if clusters else []


@policy("clusters", "F2")
def a_cluster_of_bystanders(structure, clustering, members):
    had = {cluster for member in members for cluster in structure.clusters_of(member, clustering.id)}
    return [cluster.id for cluster in structure.clusters(clustering.id) if cluster.id not in had][:1]


@policy("office", "", "more seats")
def the_head_is_deputy_too(structure, members):
    seats = {seat: who for member in members for seat, who in structure.slots(member, tracks.OFFICE).items()}
    return {seat: next(iter(seats.values())) for seat in [("head", 1), ("deputy", 1)] if seats}


@policy("rating", "", "which no member has")
def a_rating_of_its_own(structure, rated, members):
    return "excellent"


@policy("allocation", "", "must add up to 1")
def the_remainder_is_lost(structure, unit, measure, parts):
    return [Fraction(33, 100)] * len(parts)


@policy("counterpart", "", "is not deterministic")
def a_function_of_the_moment(structure, agency):
    return next(_called)


# ---- verbs


def motto(unit: str, words: str) -> list[om.Change]:
    """What the wrong verbs say of a unit."""
    return [om.Change(unit, "fact:motto", words)]


@verb("", "is not deterministic")
def another_motto_each_time():
    @frozen
    class Mood(Operation[None]):
        name: ClassVar[str] = "mood"
        unit: One

        def resolve(self, at):
            return motto(self.unit, f"call {next(_called)}")

    return Mood


@verb("", "fails with")
def a_verb_that_needs_a_name():
    @frozen
    class Shout(Operation[None]):
        name: ClassVar[str] = "shout"
        unit: One

        def resolve(self, at):
            return motto(self.unit, at.structure.unit(self.unit).name.upper())

    return Shout


@verb("", "has no name")
def a_verb_that_no_file_can_say():
    @frozen
    class Unsaid(Operation[None]):
        unit: One

        def resolve(self, at):
            return motto(self.unit, "unsaid")

    return Unsaid


@verb("", "refused in all")
def a_verb_that_is_never_possible():
    @frozen
    class Never(Operation[None]):
        name: ClassVar[str] = "never"
        unit: One

        def resolve(self, at):
            raise om.Refused("never", [om.Finding("never", "it is never possible", (self.unit,))])

    return Never


@verb("K1 K2 K4 K5 R1", "is not deterministic")
def a_verb_that_remembers_what_it_read():
    read: dict[str, int] = {}

    @frozen
    class Count(Operation[None]):
        name: ClassVar[str] = "count_units"
        unit: One

        def resolve(self, at):
            return motto(self.unit, str(read.setdefault(f"{at.act} {self.unit} {at.anew}", len(at.structure))))

    return Count


@verb("", "in a plan")
def a_verb_that_reads_the_id_of_its_act():
    @frozen
    class Parts(Operation[None]):
        name: ClassVar[str] = "by_the_act"
        unit: One

        def resolve(self, at):
            home = at.structure.parent(self.unit)
            if home is None or at.act != "of the user":
                return motto(self.unit, "alone")
            kind = at.structure.unit(self.unit).kind
            return [om.Creation(om.Unit(f"{self.unit}-second", kind=kind, parent=home))]

    return Parts


# ---- the command


def caught(name: str, seed: int, max_examples: int = 100) -> tuple[str, int, str]:
    """By which law a wrong thing was caught (``contract`` where no law says it), on how many units, and the message.

    Returns:
        An empty word where it was not caught.
    """
    wrong = WRONG[name]
    try:
        wrong.check(max_examples=max_examples, seed=seed)
    except LawBroken as error:
        return error.law.id, len(error.case.structure), str(error)
    except (checks.ContractBroken, Untested) as error:
        history = getattr(error, "history", None)
        return "contract", 0 if history is None else len(history.at(history.last_day)), str(error)
    return "", 0, ""


def main() -> None:
    """Print what became of each."""
    reader = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    reader.add_argument("--only", default="", metavar="WORDS", help="those whose name has the words")
    reader.add_argument("--seeds", type=int, default=10, help="how many seeds")
    reader.add_argument("--examples", type=int, default=100, help="how many cases a check draws")
    arguments = reader.parse_args()
    for name, wrong in WRONG.items():
        if arguments.only not in name.replace("_", " "):
            continue
        right, named, largest, silent, start = 0, set[str](), 0, 0, time.process_time()
        for seed in range(arguments.seeds):
            law, size, message = caught(name, seed, arguments.examples)
            right += law in wrong.said_by or (law == "contract" and bool(wrong.words) and wrong.words in message)
            named.add(law or "nothing")
            largest, silent = max(largest, size), silent + ("(run once more" in message)
        spent = (time.process_time() - start) / arguments.seeds
        print(
            f"{right:>3} of {arguments.seeds}  {name}: by {', '.join(sorted(named))}; at most {largest} units, "
            f"{spent:.1f} s{f'; {silent} scripts do not fail' if silent else ''}",
            flush=True,
        )


if __name__ == "__main__":
    main()
