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
from orgmodel.model.measure import Measure
from orgmodel.model.unit import Unit

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


def test_what_was_founded_later_was_not_there() -> None:
    """A level whose first unit was founded had none before, and that is known."""
    assert 0 == history().at(BASELINE).count("zone")
    with pytest.raises(Refused, match="there is no kind 'county'"):
        history().at(BASELINE).count("county")
    assert 0 == len(History().at(EARLY))
