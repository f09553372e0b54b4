"""check_merger_rule, check_rule, check_policy, check_metric, and mutation_score."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis.errors import InvalidArgument

import orgmodel as om
from orgmodel.acts import operations, policies
from orgmodel.rules.rule import rule
from orgmodel.scenario import metrics
from orgmodel.scenario.plan import parse_plan
from orgmodel.testing.checks import (
    ContractBroken,
    check_merger_rule,
    check_metric,
    check_plan,
    check_policy,
    check_rule,
)
from orgmodel.testing.law import LawBroken
from orgmodel.testing.mutation import Mutant, mutants, mutation_score

FEW = {"max_examples": 60, "seed": 1}

pytestmark = [pytest.mark.usefixtures("unshrunk"), pytest.mark.traced(5)]


def adding(structure, members, day, source):
    """Merge by hand, leaving nothing to be worked out: children, figures, the common cluster and those of a cover go on."""
    members = sorted(set(members))
    if len(members) < 2:
        raise om.Refused("a merger", [om.Finding("two", "a merger needs two units")])
    first = structure.unit(members[0])
    if len({structure.parent(unit) for unit in members}) > 1:
        raise om.Refused("a merger", [om.Finding("one-parent", "they stand under different parents", tuple(members))])
    names = {structure.unit(unit).name for unit in members}
    new = om.Unit(
        "+".join(members), name=names.pop() if len(names) == 1 else None, kind=first.kind, parent=first.parent
    )
    changes = [om.Change(child, "parent", new.id) for unit in members for child in structure.children(unit)]
    figures = [structure.measure(unit, "members") for unit in members]
    if all(figure.is_exact for figure in figures):
        changes.append(om.Change(new.id, "measure:members", sum(figure.value for figure in figures), "own"))
    for clustering in structure.clusterings():
        clusters = [set(structure.clusters_of(unit, clustering.id)) for unit in members]
        joined = set.union(*clusters) if clustering.cover else set.intersection(*clusters)
        track = f"member:{clustering.id}"
        changes += [om.Change(new.id, track, name, name if clustering.cover else None) for name in sorted(joined)]
    return [om.Succession([om.Link(unit, new.id) for unit in members], [new], changes, complete=True)]


def test_a_good_merger_rule_passes():
    """A rule that keeps what it must is told so."""
    assert "C1   holds" in str(check_merger_rule(adding, skip={"A2": "unstated figures are left out"}, **FEW))


calls: list[int] = []


def moody(structure, members, day, source):
    calls.append(1)
    name = f"call {len(calls)}"
    return operations.merge(structure, members, into=om.Unit("new", name=name), counterparts=False)


def test_a_rule_that_changes_its_mind_is_caught():
    """Two answers to one question are told with the structure and a script."""
    with pytest.raises(ContractBroken, match="is not deterministic") as caught:
        check_merger_rule(moody, **FEW)
    assert "structure = history.at(" in str(caught.value)


def named_by_first(structure, members, day, source):
    if len(set(members)) < 2:
        raise om.Refused("a merger", [om.Finding("two", "a merger needs two units")])
    into = om.Unit("new", name=structure.unit(members[0]).name or members[0])
    return operations.merge(structure, members, into=into, counterparts=False)


def test_a_rule_that_reads_the_order_breaks_a1():
    """Whoever stands first must not matter."""
    with pytest.raises(LawBroken) as caught:
        check_merger_rule(named_by_first, **FEW)
    assert "A1" in {caught.value.law.id, *(law.id for law in caught.value.also)}


@rule("named", citation="house rule 1")
def has_name(view):
    """Every unit has a name."""
    for unit in view.units():
        if not view.after.unit(unit).name:
            yield om.Finding("", "it has no name", units=(unit,))


@rule("first", citation="house rule 2")
def first_unit(view):
    """It looks at whichever cell comes first."""
    for unit in view.units(kind="province")[:1]:
        yield om.Finding("", "it comes first", units=(unit,))


@rule("crash", citation="house rule 3")
def crashing(view):
    """It takes for granted that there are cells."""
    yield om.Finding("", "the first cell", units=(view.units(kind="cell")[0],))


def table(*rows):
    return om.structure_of(rows, day="2025-07-01")


def test_rules_keep_their_contract():
    """A good rule passes; order, crashes and broken promises are told."""
    check_rule(has_name, breaks=[table({"id": "a"})], keeps=[table({"id": "a", "name": "A"})], **FEW)
    with pytest.raises(ContractBroken, match="order in which units were created"):
        check_rule(first_unit, **FEW)
    with pytest.raises(ContractBroken, match="fails with IndexError"):
        check_rule(crashing, **FEW)
    with pytest.raises(ContractBroken, match="finds nothing in a structure that breaks it"):
        check_rule(has_name, breaks=[table({"id": "a", "name": "A"})], **FEW)
    with pytest.raises(ContractBroken, match="in a structure that keeps it"):
        check_rule(has_name, keeps=[table({"id": "a"})], **FEW)


@rule("few", citation="house rule 4", about="act")
def few_at_once(view):
    """At most two units merge at once."""
    for new, olds in view.changes.mergers():
        if len(olds) > 2:
            yield om.Finding("", f"{len(olds)} at once", units=(new,))


@rule("first come", citation="house rule 5", about="act")
def first_come(view):
    """It looks at whichever province came first, before the act."""
    for unit in view.before.select("province")[:1]:
        yield om.Finding("", "it came first", units=(unit,))


@rule("crash", citation="house rule 6", about="act")
def no_closures(view):
    """It takes for granted that something ended."""
    yield om.Finding("", "the first to end", units=(view.changes.ended[0],))


@rule("old", citation="house rule 7")
def made_of_many(view):
    """A unit was made of at most one; it reads the past."""
    for unit in view.units():
        if (view.merged_from(unit) or 0) > 1:
            yield om.Finding("", "it was merged", units=(unit,))


def test_rules_about_acts_keep_their_contract():
    """They are asked about acts; what they promise is shown by a history and an act."""
    rows = [{"id": "top"}, *({"id": unit, "parent": "top"} for unit in "abc")]
    history = om.history_of(rows, day="2025-07-01")
    three, two = (
        (history, om.Act("m", "2025-07-02", operations.merge(history.at("2025-07-02"), units, into=om.Unit("n"))))
        for units in (["a", "b", "c"], ["a", "b"])
    )
    check_rule(few_at_once, breaks=[three], keeps=[two], **FEW)
    check_rule(made_of_many, **FEW)
    with pytest.raises(ContractBroken, match=r"^the rule 'few' finds nothing in an act that breaks it"):
        check_rule(few_at_once, breaks=[two], **FEW)
    with pytest.raises(ContractBroken, match="3 at once"):
        check_rule(few_at_once, keeps=[three], **FEW)
    with pytest.raises(ContractBroken, match="order in which units were created"):
        check_rule(first_come, **FEW)
    with pytest.raises(ContractBroken, match="fails with IndexError"):
        check_rule(no_closures, **FEW)
    for tested, given_ in [(few_at_once, table({"id": "a"})), (has_name, three)]:
        with pytest.raises(InvalidArgument, match="the rule is about"):
            check_rule(tested, breaks=[given_], **FEW)


def seats(structure, members):
    """The first holder of each seat: of two, whoever stands first."""
    found = {}
    for member in members:
        for slot, holder in structure.slots(member, "office").items():
            found.setdefault(slot, holder)
    return found


def test_offices_and_ratings_are_there_to_be_asked_about():
    """The default histories have holders of offices and rated units: policies are really called with some."""
    seen = set()

    def office(structure, members):
        seen.update(["office"] * bool(seats(structure, members)))
        return seats(structure, members)

    def rating(structure, measure, members):
        given = [structure.value(member, "measure:rating", "own") for member in members]
        seen.update(["rated"] * any(given) + ["two ratings"] * (len({*given} - {None}) > 1))
        return max(filter(None, given), default=None)

    check_policy(office, "office", **FEW)
    check_policy(rating, "rating", **FEW)
    assert seen == {"office", "rated", "two ratings"}


@pytest.mark.parametrize(
    ("sort", "policy"),
    [
        ("cluster", policies.MajorityCluster()),
        ("cluster", policies.LeaveAll()),
        ("allocation", policies.Equal()),
        ("allocation", policies.ByMeasure("members")),
        ("allocation", policies.Bounds()),
        ("counterpart", policies.ByCategory()),
        ("office", policies.Lapse()),
        ("office", policies.CarryOver()),
        ("rating", policies.KeepIfEqual()),
    ],
)
def test_the_librarys_policies_keep_their_contract(sort, policy):
    """Ready-made policies pass the check that users run on theirs."""
    check_policy(policy, sort, **FEW)


@pytest.mark.parametrize(
    ("sort", "policy", "reason"),
    [
        ("cluster", lambda structure, clustering, members: ["nowhere"], "no cluster of"),
        (
            "cluster",
            lambda structure, clustering, members: [c.id for c in structure.clusters(clustering.id)],
            "at most one",
        ),
        ("allocation", lambda structure, unit, measure, parts: [Fraction(1, 3)] * 2, "must add up to 1"),
        ("counterpart", lambda structure, agency: [agency], "cannot be a key"),
        ("office", lambda structure, members: {("head", 1): "someone"}, "holds nothing"),
        ("office", lambda structure, members: {"head": "someone"}, "a seat is"),
        ("rating", lambda structure, measure, members: members[0], "order of the members"),
    ],
)
def test_bad_policies_are_caught(sort, policy, reason):
    """What a Protocol does not allow is told."""
    with pytest.raises(ContractBroken, match=reason):
        check_policy(policy, sort, **FEW)


def test_an_unknown_sort_of_policy():
    """The sorts are listed."""
    with pytest.raises(InvalidArgument, match="cluster, allocation"):
        check_policy(None, "colour")


class Metric:
    def __init__(self, numbers, name="mine"):
        self.numbers, self.id = numbers, name

    def __call__(self, structure, without):
        return self.numbers(structure)


def test_metrics_keep_their_contract():
    """The library's pass; what is no number, no text or hangs on order is told."""
    for metric in (metrics.UnitsByKind(), metrics.Span(), metrics.Depth()):
        check_metric(metric, **FEW)
    for numbers, reason in [
        (lambda s: {1: 1}, "no text"),
        (lambda s: {"a": "1"}, "no number"),
        (lambda s: {"a": float("nan")}, "what is not known is None"),
        (lambda s: {"a": s.count(code="x") / 0}, "ZeroDivisionError"),
        (lambda s: {list(s)[-1]: 1}, "two equal structures"),
    ]:
        with pytest.raises(ContractBroken, match=reason):
            check_metric(Metric(numbers), **FEW)
    with pytest.raises(ContractBroken, match="no id"):
        check_metric(Metric(lambda s: {}, ""), **FEW)


MERGER = """
name = "one"
day = "2026-01-01"
[[stage]]
name = "s"
[[stage.do]]
op = "merge"
units = ["a", "b"]
cluster = { policy = "of the user" }
"""


def test_plans_do_the_same_each_time_and_nothing_else():
    """A good plan passes; moods, order and units that it does not touch are told."""
    rows = [{"id": "top"}, {"id": "c", "parent": "top"}, *({"id": u, "parent": "top", "members": 2} for u in "ab")]
    history = om.history_of(rows, day="2025-07-01")
    groups = [om.Creation(om.Clustering("g")), *(om.Creation(om.Cluster(name, "g")) for name in ("g1", "g2"))]
    history = history.enact(om.Act("groups", "2025-07-01", groups))
    plan = parse_plan(MERGER)
    asked = []

    def moody(structure, clustering, members):
        asked.append(members)
        return [f"g{1 + len(asked) % 2}"]

    def by_order(structure, clustering, members):
        return ["g1" if list(structure).index("a") < list(structure).index("b") else "g2"]

    def by_others(structure, clustering, members):
        return ["g1" if len(structure) == 4 else "g2"]

    report = check_plan(plan, history, known={"of the user": lambda: lambda *_: ["g1"]}, max_examples=3, seed=1)
    assert report["E1"].met
    for policy, reason in [(moody, "its acts are others"), (by_order, "order in which"), (by_others, "does not touch")]:
        with pytest.raises(ContractBroken, match=r"^the plan 'one'.*" + reason):
            check_plan(plan, history, known={"of the user": lambda policy=policy: policy}, max_examples=40, seed=1)
    with pytest.raises(om.InvalidFile, match="of the user"):
        check_plan(plan, history, **FEW)


def test_mutants_are_scored_by_the_first_test_that_notices_them():
    """A weak test leaves some unnoticed; one that fails with the rule itself can tell nothing."""
    rows = [{"id": "top"}, *({"id": name, "parent": "top", "members": 7} for name in "abc")]
    structure = om.structure_of(rows, day="2025-07-01")

    def ask(rule):
        return rule(structure, ["a", "b", "c"], structure.day, om.Source.unknown)

    def weak(rule):
        assert ask(rule)

    def strong(rule):
        (succession,) = ask(rule)
        assert [change.value for change in succession.changes if change.track == "measure:members"] == [21]

    assert mutation_score(operations.PolicyMerger(), [weak]).share == 0
    score = mutation_score(operations.PolicyMerger(), [weak, strong], extra=[Mutant("nothing at all", lambda *_: [])])
    assert score.noticed == {
        "nothing at all": "weak",
        **dict.fromkeys(
            ["a figure one off", "a figure rounded down to tens", "a figure left out", "a member dropped"], "strong"
        ),
    }
    assert "5 of 11 mutants noticed" in str(score)
    assert "UNNOTICED  a child left behind" in str(score)
    with pytest.raises(AssertionError, match="strong fails with the rule itself"):
        mutation_score(lambda *_: [], [strong])


def test_the_laws_notice_faults_around_a_merger_rule():
    """A child left behind, a figure one off, a lost link: the laws of rules notice them."""
    from orgmodel.testing import laws

    def by_laws(tested):
        laws.check(rule=tested, skip={"A2": "unstated figures are left out"}, max_examples=60, seed=1, shrink=False)

    kept = {"the last link left out", "a figure one off", "a child left behind", "a cluster not joined"}
    kept |= {"the order of members used for the name", "a figure left out", "one member alone accepted"}
    for mutant in mutants(adding):
        if mutant.name in kept:
            with pytest.raises(LawBroken):
                by_laws(mutant.call)
