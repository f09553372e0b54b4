"""A user's own records on the embedded country: whatever is put before the reform goes through it, in any order."""

from __future__ import annotations

import random
from functools import cache

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from profiles import times

import orgmodel as om
from orgmodel.history.facts import differences
from orgmodel.party import kinds, offices, ratings, vietnam

MADE_UP = om.Source("made up")
DAYS = ("2024-01-02", "2024-06-30", "2024-12-31", "2025-01-01", "2025-04-01", "2025-06-30")
MERGED = {"vn-p-02": "vn-p-08-2025", "vn-p-08": "vn-p-08-2025", "vn-p-24": "vn-p-24-2025", "vn-p-27": "vn-p-24-2025"}
"""Old province -> what it became."""


@cache
def country() -> om.History:
    return vietnam.reform_2025()


@cache
def before() -> om.Structure:
    return country().at("2025-06-30")


def whole_communes() -> list[str]:
    """Communes that went to one successor."""
    found = before().select(kind="commune", under="vn-p-02")
    return [unit for unit in found if len(country().lineage.successors(unit, on="2025-07-01")) == 1]


def members(act: om.Draft, draw: random.Random) -> None:
    for province in draw.sample(before().of_kind("province"), 40):
        act.record(province, "members", draw.randrange(1_000, 90_000))


def clusters(act: om.Draft, draw: random.Random) -> None:
    for number, names in ((3, ("Long An", "Tây Ninh")), (4, ("Bình Định", "Gia Lai", "Khánh Hòa", "Ninh Thuận"))):
        chosen = [f"{before().one(name, kind='province').id}-btc" for name in names]
        act.form(om.Cluster(f"cluster-{number}", "emulation", f"Cụm {number}"), chosen)


def commissions(act: om.Draft, draw: random.Random) -> None:
    for province in before().of_kind("province"):
        for name in ("Ban Tuyên giáo", "Ban Dân vận"):
            act.create(om.Unit(f"{province} {name}", name=name, kind="agency", category=name), under=province)


def organisations(act: om.Draft, draw: random.Random) -> None:
    for province in draw.sample(list(MERGED), 3):
        act.create(om.Unit(f"{province} ub", name="Đảng bộ UBND", kind="direct-organisation"), under=province)


def cells(act: om.Draft, draw: random.Random) -> None:
    for commune in draw.sample(whole_communes(), 5):
        act.create(om.Unit(f"{commune} cell", name="Chi bộ", kind="cell"), under=commune)
        act.record(f"{commune} cell", "members", draw.randrange(3, 30))


def holders(act: om.Draft, draw: random.Random) -> None:
    for number, province in enumerate(draw.sample(list(MERGED), 2)):
        act.do(offices.Appoint(province, "secretary", person=f"p{number}"))


def grades(act: om.Draft, draw: random.Random) -> None:
    for province in MERGED:
        act.do(ratings.Rate(province, draw.choice(["good", "excellent"]), year=2023))


KINDS = (members, clusters, commissions, organisations, cells, holders, grades)


def recorded(history: om.History, number: int, day: str, draw: random.Random) -> om.Act:
    """An act of one kind of records, drafted on a history."""
    with history.draft(day, source=MADE_UP, act_id=KINDS[number].__name__) as act:
        KINDS[number](act, draw)
    return act.act


# Laws K1 to K6 are drawn on small organisations in hundreds; here they meet the whole country.
@times(0.025, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.integers(0, len(KINDS) - 1), min_size=3, max_size=4, unique=True),
    st.lists(st.sampled_from(DAYS), min_size=len(KINDS), max_size=len(KINDS)),
    st.integers(0, 999),
    st.randoms(use_true_random=False),
)
def test_records_of_before_go_through_the_reform(
    chosen: list[int], days: list[str], seed: int, order: random.Random
) -> None:
    """Any of them, on any days, in any order of recording: what knowing them early would have given."""
    acts = [recorded(country(), number, days[number], random.Random(seed + number)) for number in chosen]
    order.shuffle(acts)
    history = country()
    for act in acts:
        history = history.enact(act, recorded="2026-01-01")
    # Of one day, what was recorded later comes later.
    early = [evolve(act, on=None, resolved=None) for act in acts]
    first, *rest = vietnam.reform_acts()
    taken = om.History.taken([first, *rest, *early], kinds.SCHEMA, kinds.MEASURES)
    assert list(differences(history._state, taken._state)) == []
    assert history.at("2025-07-01").select() == taken.at("2025-07-01").select()
    assert history.as_recorded(len(country().log)) == country()


def test_members_of_2024() -> None:
    """132,000 members go into the merger and come out of it; the entry tells, and the biography where they are from."""
    with country().draft("2024-12-31", source=MADE_UP) as act:
        act.record("vn-p-02", "members", 70_000)
        act.record("vn-p-08", "members", 62_000)
    mine = country().enact(act)
    assert mine.at("2025-07-01").measure("vn-p-08-2025", "members") == 132_000
    (told,) = mine.log[-1].consequences()
    assert (told.act, told.subject, told.before, told.after) == ("202/2025/QH15", "vn-p-08-2025", None, 132_000)
    (fact,) = [f for f in mine.biography("vn-p-08-2025") if f.track == "measure:members"]
    assert fact.carried_from == ("vn-p-02", "vn-p-08")
    back = mine.cancel(act.id, reason="withdrawn")
    assert back.same_facts(country())


def test_two_commissions_of_each_province() -> None:
    """126 commissions become 68, each under its new province, and the resolution that merged the provinces says so."""
    draw = random.Random(0)
    mine = country().enact(recorded(country(), KINDS.index(commissions), "2025-01-02", draw))
    after = mine.at("2025-07-01")
    found = [unit for unit in after.of_kind("agency") if after.unit(unit).category in ("Ban Tuyên giáo", "Ban Dân vận")]
    assert len(found) == 68
    assert {after.unit(str(after.parent(unit))).kind for unit in found} == {"province"}
    assert {act.id for act in mine.log[-1].remade} == {"202/2025/QH15"}


def test_a_third_cluster_follows_its_members() -> None:
    """A cluster of before is in the reform what its members became, and no act is cited for what it never said."""
    mine = country().enact(recorded(country(), KINDS.index(clusters), "2024-02-01", random.Random(0)))
    assert len(mine.at("2025-07-01").members("cluster-3")) == 1
    assert len(mine.at("2025-07-01").members("cluster-4")) == 2
    change = mine.cluster_changes("2025-06-30", "2025-07-01").of("cluster-3")
    assert (change.size_before, change.size_after) == (2, 1)


def test_a_divided_commune_asks_where_a_cell_went() -> None:
    """What nobody can know is asked, once for each cell, and the answer counts as long as the entry that gave it."""
    divided = next(
        unit
        for unit in before().select(kind="commune", under="vn-p-02")
        if len(country().lineage.successors(unit, on="2025-07-01")) > 1
    )
    with country().draft("2025-04-01", source=MADE_UP) as act:
        for n in (1, 2):
            act.create(om.Unit(f"cell-{n}", kind="cell"), under=divided)
    questions = country().ask(act)
    assert [(q.about, q.choice) for q in questions] == [("cell-1", "home"), ("cell-2", "home")]
    with pytest.raises(om.Conflict) as refused:
        country().enact(act)
    assert refused.value.questions == questions
    where = questions[0].options[1]
    told = country().enact(act, answers=[q.answer(where) for q in questions])
    assert told.at("2025-07-01").parent("cell-2") == where
    assert told.cancel(act.id, reason="x").same_facts(country())
