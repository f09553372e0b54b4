"""Before a record begins nothing is known: asking says so, and does not say that there was nothing."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from orgmodel.acts.act import Act
from orgmodel.acts.events import Creation
from orgmodel.errors import NotOnRecord, Refused
from orgmodel.history.history import History, history_of
from orgmodel.model.cluster import Cluster, Clustering
from orgmodel.model.measure import Measure
from orgmodel.model.unit import Unit
from orgmodel.rules.rulebook import Rulebook
from orgmodel.scenario.compare import compare
from orgmodel.scenario.scenario import Scenario

EARLY, START, BASELINE, LATER = "2019-01-01", "2020-01-01", "2021-01-01", "2022-01-01"


def history() -> History:
    rows = [
        {"id": "vn", "kind": "country"},
        {"id": "p", "kind": "province", "parent": "vn"},
        {"id": "d", "kind": "district", "parent": "p", "members": 5},
    ]
    communes = [Creation(Unit(c, kind="commune", parent="d"), first_known=True) for c in ("c1", "c2")]
    founded = Act("zone", LATER, [Creation(Unit("z", kind="zone", parent="p"))])
    return history_of(rows, day=START, measures=[Measure("members")]).enact(Act("b", BASELINE, communes), founded)


@pytest.mark.parametrize(
    "ask",
    [
        lambda h: h.at(EARLY).count("province"),
        lambda h: h.at(EARLY).count(),
        lambda h: h.at(EARLY).count(kind="province"),
        lambda h: h.at(EARLY).find("p"),
        lambda h: h.at(EARLY).total("members"),
        lambda h: h.at(EARLY).select(kind="province"),
        lambda h: h.at(EARLY).units(),
        lambda h: h.at(EARLY).of_kind("province"),
        lambda h: h.at(EARLY).counts(),
        lambda h: h.at(EARLY).counts_below("province"),
        lambda h: h.at(EARLY).child_counts(),
        lambda h: h.at(EARLY).depth_counts(),
        lambda h: h.at(EARLY).depths(),
        lambda h: h.at(EARLY).totals("members", "province"),
        lambda h: h.at(EARLY).stated("members"),
        lambda h: h.at(EARLY).coverage("members"),
        lambda h: h.at(EARLY).root(),
        lambda h: h.at(EARLY).tree(),
        lambda h: h.at(EARLY).to_networkx(),
        lambda h: h.at(EARLY).clusterings(),
        lambda h: h.at(EARLY).clusters(),
        lambda h: h.at(EARLY).matters(),
        lambda h: h.at(EARLY).audit(Rulebook([])),
        lambda h: compare(h, Scenario("s", h), on=EARLY).rows,
        lambda h: h.between(EARLY, LATER),
        lambda h: h.correspondence(EARLY, LATER),
        lambda h: h.correspondence(LATER, EARLY),
        lambda h: h.cluster_changes(EARLY, LATER),
        lambda h: h.series("members", on=LATER, figures={EARLY: {"d": 5}}),
    ],
)
def test_before_the_first_day(ask: Callable[[History], Any]) -> None:
    """Counting, finding, adding up, comparing and carrying are refused with the day on which the record begins."""
    with pytest.raises(NotOnRecord, match="the record begins on 2020-01-01") as error:
        ask(history())
    assert (None, dt.date(2020, 1, 1), dt.date(2019, 1, 1)) == (
        error.value.kind,
        error.value.first_day,
        error.value.day,
    )
    assert str(error.value) == str(pickle.loads(pickle.dumps(error.value)))


def test_an_act_may_found_what_is_older_than_the_record() -> None:
    """A draft of a day before the record finds nothing there and is refused nothing: it begins the record anew."""
    with history().draft(EARLY) as act:
        act.create(Unit("old", kind="country"))
        act.form(Clustering("g"))
        act.form(Cluster("g1", "g"), ["old"])
    assert ["creation"] * 3 == [event.type for event in act.events[:3]]
    shown = history().at(EARLY)
    assert ("<Structure on 2019-01-01: no units>", 0, False) == (repr(shown), len(shown), "p" in shown)


def test_before_the_baseline_of_a_level() -> None:
    """Units that are older than the record of them make their level unknown before it, not empty."""
    found = history()
    assert 2 == found.at(BASELINE).count("commune")
    for ask in (
        lambda: found.at(START).count("commune"),
        lambda: found.at(START).find(kind="commune"),
        lambda: found.correspondence(START, LATER, kind="commune"),
    ):
        with pytest.raises(NotOnRecord, match="no unit of kind 'commune' is on record on 2020-01-01"):
            ask()


def test_a_comparison_before_the_record_is_refused_when_it_is_asked_for() -> None:
    """Not only when it is printed, where nobody can catch it."""
    baseline = history()
    with baseline.draft(LATER) as act:
        act.rename("p", "P")
    with pytest.raises(NotOnRecord, match="the record begins on 2020-01-01"):
        compare(baseline, Scenario("trial", baseline, [act]), on=EARLY)


def test_what_was_founded_later_was_not_there() -> None:
    """A level whose first unit was founded had none before, and that is known."""
    assert 0 == history().at(BASELINE).count("zone")
    with pytest.raises(Refused, match="there is no kind 'county'"):
        history().at(BASELINE).count("county")
    assert 0 == len(History().at(EARLY))
