"""History: days, points inside a day, the two time axes, corrections, refusals that change nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from attrs import evolve

import orgmodel as om
from orgmodel.rules.invariants import check

DAY = "2025-07-01"
SCHEMA = om.Schema.levels("centre", "province", "commune")


def start() -> om.History:
    """Two provinces with a commune each."""
    rows = [
        {"id": "vn", "kind": "centre"},
        {"id": "p1", "parent": "vn", "kind": "province", "name": "Bắc Giang", "code": "24"},
        {"id": "p2", "parent": "vn", "kind": "province", "name": "Bắc Ninh", "code": "27"},
        {"id": "c1", "parent": "p1", "kind": "commune", "members": 10},
        {"id": "c2", "parent": "p2", "kind": "commune", "members": 20},
    ]
    return om.history_of(rows, day="2024-01-01", schema=SCHEMA, measures=[om.Measure("members")])


def merger(act: str = "m", day: str = DAY) -> om.Act:
    """The two provinces become one, which takes name and code from one each."""
    event = om.Succession(
        (om.Link("p1", "n"), om.Link("p2", "n")),
        created=(om.Unit("n", name="Bắc Ninh", code="24", kind="province", parent="vn"),),
        changes=(om.Change("c1", "parent", "n"), om.Change("c2", "parent", "n")),
    )
    return om.Act(act, day, [event], om.Source("202/2025/QH15"))


def rename(act: str, day: str, name: str, unit: str = "p1") -> om.Act:
    return om.Act(act, day, [om.Change(unit, "name", name)], om.Source(f"decision {act}"))


def test_effective_day_counts():
    """On the effective day the successor is there; the day before, the predecessors are."""
    history = start().enact(merger())
    before, after = history.at("2025-06-30"), history.at(DAY)
    assert [list(before), list(after)] == [["vn", "p1", "c1", "p2", "c2"], ["vn", "n", "c1", "c2"]]
    assert (before.unit("p1").code, before.unit("p2").code, after.unit("n").code) == ("24", "27", "24")
    assert check(before) == check(after) == ()


def test_ended_units_name_their_successors():
    """A read after a unit's end says when it ended and where it went."""
    after = start().enact(merger()).at("2026-01-01")
    with pytest.raises(om.UnitEnded) as caught:
        after.unit("p1")
    assert (caught.value.ended, caught.value.successors) == (dt.date(2025, 7, 1), ("n",))
    with pytest.raises(om.UnitNotYet) as early:
        start().enact(merger()).at("2025-01-01").parent("n")
    assert early.value.starts == dt.date(2025, 7, 1)
    with pytest.raises(om.UnknownUnit, match="did you mean 'p1'"):
        start().at(DAY).unit("p11")


def test_enacting_twice_is_once():
    """The same act twice changes nothing; the same id with other content is refused."""
    once = start().enact(merger())
    assert once.enact(merger()) is once
    with pytest.raises(om.Refused, match="stands for another act"):
        once.enact(rename("m", DAY, "other"))


def test_branches_share_nothing_that_changes():
    """A branch leaves its origin as it was, and siblings do not see each other."""
    origin = start()
    facts = origin.at("2030-01-01").facts()
    left, right = origin.enact(merger()), origin.enact(rename("r", "2025-01-01", "X"))
    assert origin.at("2030-01-01").facts() == facts
    assert "n" in left.at("2030-01-01")
    assert "n" not in right.at("2030-01-01")
    assert right.at("2030-01-01").unit("p1").name == "X"


def test_a_refused_act_changes_nothing():
    """All faults come in one error, with the act, the day and the units; the history stays as it was."""
    history = start()
    facts = history.at(DAY).facts()
    bad = om.Act(
        "bad",
        DAY,
        [
            om.Closure("p1"),
            om.Change("c2", "parent", "nowhere"),
            om.Change("c2", "measure:members", -3),
            om.Creation(om.Unit("c1", parent="p2", kind="commune")),
        ],
    )
    with pytest.raises(om.InvalidAct) as caught:
        history.enact(bad)
    assert [finding.rule for finding in caught.value.findings] == ["live-parent", "live", "count", "id-once"]
    assert {finding.act for finding in caught.value.findings} == {"bad"}
    assert history.at(DAY).facts() == facts
    assert history.acts == start().acts


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        (om.Change("vn", "parent", "c1"), "no-cycle"),
        (om.Change("p1", "parent", "c1"), "no-cycle"),
        (om.Change("p1", "parent", om.ROOT), "one-root"),
        (om.Creation(om.Unit("x", kind="centre")), "one-root"),
        (om.Creation(om.Unit("", kind="commune", parent="p1")), "id"),
        (om.Creation(om.Unit("x", kind="village", parent="p1")), "kind"),
        (om.Creation(om.Unit("x", kind="commune", parent="p1", hierarchy="state")), "hierarchy"),
        (om.Closure("p9"), "live"),
        (om.Closure("p1"), "live-parent"),
        (om.Change("c1", "parent", "vn"), "schema"),
        (om.Change("c1", "kind", "province"), "schema"),
        (om.Change("c1", "kind", "village"), "kind"),
        (om.Change("p1", "code", "27"), "unique-code"),
        (om.Change("p1", "name", "a\u0302"), "composed-unicode"),
        (om.Change("p1", "name", 3), "text"),
        (om.Change("p1", "life", None), "track"),
        (om.Change("p1", "name", "X", until=dt.date(2025, 7, 1)), "until"),
        (om.Change("c1", "measure:members", 1.5), "count"),
        (om.Change("c1", "measure:members", "many"), "measure"),
        (om.Change("c1", "measure:children", 3), "measure"),
        (om.Change("c1", "measure:members", 3, "total"), "measure"),
        (om.Change("c1", "member:emulation", "k"), "cluster"),
        (om.Creation(om.Cluster("k", "emulation")), "live"),
        (om.Change("p1", "role", "p2", ("leader", 1)), "right-sort"),
        (om.Succession(()), "links"),
        (om.Succession((om.Link("p1", "p2"),), complete=True), "live-parent"),
        (om.Succession((om.Link("c1", "p1"),)), "same-kind"),
        (om.Succession((om.Link("c1", "x"),), created=(om.Unit("y", kind="commune", parent="p1"),)), "links"),
        (om.Succession((om.Link("c1", "c2"), om.Link("c1", "c1"))), "links"),
        (om.Succession((om.Link("c1", "c2"), om.Link("c1", "c2"))), "links"),
        (
            om.Succession(
                (om.Link("c1", "c2", "part", {"members": "2/3"}), om.Link("c1", "c1", "part", {"members": "2/3"}))
            ),
            "shares",
        ),
        (
            om.Succession((om.Link("c1", "c2", "part", dominant=True), om.Link("c1", "c1", "part", dominant=True))),
            "links",
        ),
        (om.Creation(om.Unit("x", kind="commune", parent="p1"), reestablishes="c1"), "re-established"),
        (om.Creation(om.Unit("x", kind="commune", parent="p1"), reestablishes="never"), "re-established"),
    ],
)
def test_what_an_act_may_not_do(event: om.acts.events.Event, rule: str):
    """Each is refused by its rule, and by the checker's laws nothing of it is left."""
    history = start()
    with pytest.raises(om.InvalidAct) as caught:
        history.enact(om.Act("x", DAY, [event]))
    assert rule in [finding.rule for finding in caught.value.findings]
    assert history.at(DAY) == start().at(DAY)


def test_backdated_act_is_checked_against_later_ones():
    """An act may come to be known late, if all that followed still holds."""
    history = start().enact(merger()).enact(rename("r", "2025-01-01", "X"))
    assert history.at("2025-06-30").unit("p1").name == "X"
    assert [act.id for act in history.acts][1:] == ["r", "m"]
    assert [entry.act.id for entry in history.log if entry.act][1:] == ["m", "r"]
    with pytest.raises(om.Conflict) as caught:
        history.enact(om.Act("gone", "2025-02-01", [om.Change("c1", "parent", "p2"), om.Closure("p1")]))
    assert {finding.act for finding in caught.value.findings} == {"m"}


def test_an_act_before_a_units_birth():
    """A unit that begins later is not there yet."""
    with pytest.raises(om.InvalidAct, match="has begun by 2025-01-01"):
        start().enact(merger()).enact(rename("r", "2025-01-01", "X", "n"))


def test_corrections_are_kept_as_data():
    """What was known before a correction can still be asked for, and stays as it was."""
    history = start().enact(rename("r", "2025-01-01", "Wrong"), recorded="2025-01-02").enact(merger())
    corrected = history.correct("r", rename("r", "2025-02-01", "Right"), reason="misread", recorded="2025-08-01")
    assert corrected.at("2025-01-15").unit("p1").name == "Bắc Giang"
    assert corrected.at("2025-02-01").unit("p1").name == "Right"
    known = corrected.as_recorded("2025-07-31")
    assert known.at("2025-02-01").unit("p1").name == "Wrong"
    assert known == history
    assert [entry.type for entry in corrected.log] == ["act", "act", "act", "correction"]
    assert corrected.at(DAY) == history.at(DAY)


def test_cancelled_acts_never_counted():
    """A cancelled act is on record and counts no more; its id is not free."""
    history = start().enact(rename("r", "2025-01-01", "X")).cancel("r", reason="never signed")
    assert history.at("2025-01-01").unit("p1").name == "Bắc Giang"
    assert history.as_recorded(2).at("2025-01-01").unit("p1").name == "X"
    with pytest.raises(om.Refused, match="was cancelled"):
        history.enact(rename("r", "2025-01-01", "Y"))
    for late in (
        lambda: history.cancel("r", reason="again"),
        lambda: history.correct("r", rename("r", "2025-01-01", "Y"), reason="it was signed"),
        lambda: history.act("r"),
        lambda: history.at(after=("r", 0)),
    ):
        with pytest.raises(om.UnknownUnit, match="it was cancelled; what counts after all is a new act"):
            late()


@pytest.mark.parametrize(
    ("placed", "rule"),
    [
        ({"before": "start"}, "act-order"),
        ({"after": "nowhere"}, "act-order"),
        ({"after": "r"}, "act-order"),
        ({"within": om.Period("2025-01-01", "2025-02-01")}, "act-within"),
    ],
)
def test_a_correction_takes_a_place_that_is_there(placed: dict[str, object], rule: str):
    """The place of a corrected act on its day is checked as that of a new one."""
    history = start().enact(rename("r", "2025-01-01", "X"))
    wrong = evolve(rename("r", "2025-01-01", "Y"), **placed)
    with pytest.raises(om.Refused) as caught:
        history.correct("r", wrong, reason="a slip")
    assert [finding.rule for finding in caught.value.findings] == [rule]


def test_a_correction_stands_beside_acts_of_the_same_call_and_keeps_an_old_neighbour():
    """A neighbour may move to the day in the same call; one that was cancelled since is not held against a correction."""
    history = start().enact(rename("r", "2025-01-01", "X"), rename("s", "2025-02-01", "Y"))
    both = history.amend(
        {"r": rename("r", "2025-03-01", "X"), "s": evolve(rename("s", "2025-03-01", "Y"), before="r")}, reason="a slip"
    )
    assert [act.id for act in both.acts][-2:] == ["s", "r"]
    alone = both.cancel("r", reason="never signed")
    again = alone.correct("s", evolve(rename("s", "2025-03-01", "Z"), before="r"), reason="a slip")
    assert again.at("2025-03-01").unit("p1").name == "Z"


def test_an_amendment_may_bring_the_mending_acts():
    """What cannot be corrected alone can be corrected together with what depends on it."""
    history = start().enact(merger(), om.Act("later", "2025-08-01", [om.Change("n", "name", "Kinh Bắc")]))
    with pytest.raises(om.Conflict) as caught:
        history.cancel("m", reason="postponed")
    assert {finding.act for finding in caught.value.findings} == {"later"}
    mended = history.amend({"m": None, "later": None}, merger("m2", "2026-01-01"), reason="postponed")
    assert "p1" in mended.at("2025-12-31")
    assert "n" in mended.at("2026-01-01")
    assert [act.id for act in mended.acts][1:] == ["m2"]


@pytest.mark.parametrize("how", ["correct", "late"])
def test_siblings_come_in_order_of_creation_whatever_was_recorded_first(how: str):
    """A unit or cluster that comes to begin later, or another that begins earlier, changes the order of listing."""
    first = om.Act("a", "2025-01-01", [om.Creation(om.Unit("top")), om.Creation(om.Clustering("g"))])
    one, other = ([om.Creation(om.Unit(n, parent="top")), om.Creation(om.Cluster(f"g-{n}", "g"))] for n in "xy")
    history = om.History().enact(first, om.Act("x", "2025-02-01", one))
    if how == "correct":
        history = history.enact(om.Act("y", "2025-03-01", other))
        known = history.at("2025-05-01")
        history = history.correct("x", om.Act("x", "2025-04-01", one), reason="it came later")
    else:
        known = history.at("2025-05-01")
        history = history.enact(om.Act("y", "2025-01-15", other))
    read_again = om.History.from_log(history.log)
    for told in (history, read_again):
        day = told.at("2025-05-01")
        assert day.children("top") == ("y", "x")
        assert [cluster.id for cluster in day.clusters()] == ["g-y", "g-x"]
        assert told.units_ever() == ("top", "y", "x")
        assert told.unit_ids() == read_again.unit_ids()
    assert history.at("2025-01-01").children("top") == ()
    assert known.children("top")[0] == "x"
    assert history.as_recorded(2).at("2025-05-01").children("top") == ("x",)


def test_recording_never_goes_back():
    """The second time axis only grows."""
    history = start().enact(rename("r", "2025-01-01", "X"), recorded="2025-03-01")
    with pytest.raises(om.Refused, match="knowledge only grows"):
        history.enact(rename("s", "2025-01-01", "Y"), recorded="2025-02-01")
    with pytest.raises(om.Refused, match="say why"):
        history.correct("r", rename("r", "2025-01-01", "Y"), reason="")
    with pytest.raises(om.Refused, match="keeps its id"):
        history.correct("r", rename("s", "2025-01-01", "Y"), reason="typing")


def test_points_inside_a_day():
    """After each event of a day there is a structure; the last is that of the day."""
    chain = om.Act(
        "chain",
        DAY,
        [
            om.Succession((om.Link("c1", "d1"),), created=(om.Unit("d1", kind="commune", parent="p1"),)),
            om.Succession((om.Link("d1", "e1"),), created=(om.Unit("e1", kind="commune", parent="p1"),)),
        ],
    )
    history = start().enact(rename("r", DAY, "X"), chain)
    assert "d1" in history.at(after=("chain", 0))
    assert history.at(after=("chain", 0)).unit("p1").name == "X"
    assert history.at(after=("chain", 1)) == history.at(DAY)
    assert "d1" not in history.at(DAY)
    assert (history.life("d1").start, history.life("d1").end) == (dt.date(2025, 7, 1), dt.date(2025, 7, 1))
    assert history.lineage.successors("c1") == ("e1",)
    assert history.lineage.successors("c1", direct=True) == ("d1",)
    with pytest.raises(om.UnknownUnit):
        history.at(after=("chain", 2))


def test_biographies_name_the_acts():
    """Each fact has the act that made it so and the one that ended it."""
    facts = start().enact(merger()).biography("p1")
    name = next(fact for fact in facts if fact.track == "name")
    assert (name.value, str(name.start), str(name.end)) == ("Bắc Giang", "2024-01-01", "2025-07-01")
    assert name.ended_by == merger()
    assert {str(fact.end) for fact in facts} == {"2025-07-01"}


def test_roles_outlive_their_holders_until_somebody_decides():
    """A leader that was merged away is still named, with its successor; unknown is not vacant."""
    clusters = om.Act(
        "k",
        "2025-01-01",
        [
            om.Creation(om.Clustering("emulation")),
            om.Creation(om.Cluster("2", "emulation", "Cluster 2")),
            om.Change("p1", "member:emulation", "2"),
            om.Change("p1", "role", None, ("deputy", 2)),
            om.Change("2", "role", "p1", ("leader", 1), until=dt.date(2026, 1, 1)),
            om.Change("2", "role", om.Absent.VACANT, ("deputy", 1)),
        ],
    )
    with pytest.raises(om.InvalidAct):
        start().enact(clusters)
    good = om.Act("k", "2025-01-01", [e for e in clusters.events if getattr(e, "slot", None) != ("deputy", 2)])
    # Complete: else it would ask which cluster the new one joins, as one of the two was in none.
    (event,) = merger().events
    history = start().enact(good, om.Act("m", DAY, [evolve(event, complete=True)]))
    assert history.at("2025-01-01").leader("2") == "p1"
    assert history.at(DAY).leader("2") == "p1"
    assert history.at(DAY).lapsed_roles() == (("2", ("leader", 1), "p1", ("n",)),)
    assert history.at("2026-01-01").leader("2") is om.Absent.UNKNOWN
    assert history.at(DAY).roles("2")["deputy", 1] is om.Absent.VACANT
    assert history.at(DAY).members("2") == ()
    # Folded, the same.
    folded = om.History.from_log(history.log, history.schema, history.measures)
    assert folded.at(DAY).facts() == history.at(DAY).facts()


def test_the_schema_of_another_day_is_checked_for_all():
    """From the day on which a level ends, every unit of it is a fault, touched or not."""
    until = om.Period(None, "2025-07-01")
    schema = om.Schema(
        ["centre", "district", "commune"],
        [
            om.Placement("centre", None),
            om.Placement("district", "centre", until),
            om.Placement("commune", "district", until),
            om.Placement("commune", "centre", om.Period("2025-07-01")),
        ],
    )
    rows = [
        {"id": "vn", "kind": "centre"},
        {"id": "d", "parent": "vn", "kind": "district"},
        {"id": "c", "parent": "d", "kind": "commune"},
    ]
    history = om.history_of(rows, day="2025-01-01", schema=schema)
    with pytest.raises(om.InvalidAct) as caught:
        history.enact(om.Act("a", "2025-08-01", [om.Change("c", "name", "X")]))
    assert {finding.units[0] for finding in caught.value.findings} == {"d", "c"}
    done = history.enact(om.Act("a", "2025-07-01", [om.Change("c", "parent", "vn"), om.Closure("d")]))
    assert check(done.at("2025-08-01")) == ()
    assert [finding.rule for finding in check(history.at("2025-08-01"))] == ["schema", "schema"]


def test_history_reads_well():
    """A repr says what there is."""
    assert repr(om.History()) == "<History: empty>"
    assert repr(start()).startswith("<History: 1 act, 2024-01-01 to 2024-01-01; at the end <Structure on 2024-01-01")
    assert str(start().enact(merger()).acts[1]) == "2025-07-01 202/2025/QH15: 1 event"
