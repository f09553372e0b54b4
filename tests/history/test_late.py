"""What is learned late: the laws K1 to K6, on histories of drawn decisions."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from late import LATE, MEASURES, SCHEMA, day, grown, outcome

import orgmodel as om
from orgmodel.history.facts import differences
from orgmodel.io import jsonl
from orgmodel.testing import schemas

SEEDS = st.integers(0, 2**32).map(random.Random)
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


def decided(history: om.History) -> list[om.Act]:
    """The decisions of a history in order of time, as if nothing had been worked out."""
    from attrs import evolve

    return [evolve(act, resolved=None) for act in history.acts]


def drawn(draw: random.Random) -> tuple[om.History, om.Act, list[om.Act], list[om.Act]] | None:
    """A history, a late act, the decisions before and after it."""
    history, decisions, last = grown(draw)
    late = decisions.act(history, draw.randint(1, max(1, last - 1)), "late", LATE)
    if late is None or late.effective >= (history.last_day or day(0)):
        return None
    acts = decided(history)
    place = sum(act.effective <= late.effective for act in acts)
    return history, late, acts[:place], acts[place:]


@SLOW
@given(SEEDS)
def test_late_is_early(draw: random.Random) -> None:
    """K1: what is learned late gives what knowing it early would have given, or a refusal where that is refused."""
    found = drawn(draw)
    if found is None:
        return
    history, late, before, after = found
    from attrs import evolve

    early = outcome(lambda: om.History.taken([*before, evolve(late, resolved=None), *after], SCHEMA, MEASURES))
    told = outcome(lambda: history.enact(late))
    assert (early[0] == "ok") == (told[0] == "ok"), (early, told)
    if early[0] != "ok":
        return
    assert list(differences(told[1]._state, early[1]._state)) == []
    assert told[1].at(history.last_day).facts() == early[1].at(history.last_day).facts()


@SLOW
@given(SEEDS)
def test_a_cancelled_late_act_leaves_nothing(draw: random.Random) -> None:
    """K2: cancelling gives back every day as it was, and the log keeps both."""
    found = drawn(draw)
    if found is None:
        return
    history, late, _, _ = found
    told = outcome(lambda: history.enact(late))
    if told[0] != "ok":
        return
    back = told[1].cancel("late", reason="withdrawn")
    assert list(differences(back._state, history._state)) == []
    assert len(back.log) == len(history.log) + 2
    assert [act.events for act in back.acts] == [act.events for act in history.acts]


@SLOW
@given(SEEDS)
def test_what_was_known_stays_known(draw: random.Random) -> None:
    """K6: the log up to the entry before a late act says what it said."""
    found = drawn(draw)
    if found is None:
        return
    history, late, _, _ = found
    told = outcome(lambda: history.enact(late))
    if told[0] == "ok":
        then = told[1].as_recorded(len(history.log))
        assert then == history
        assert om.dumps(then) == om.dumps(history)


def test_a_corrected_merger_leaves_nothing_of_its_first_version():
    """What a merger wrote is taken back before it is carried out anew, in further hierarchies too: no day of length 0."""
    history = om.History(schemas.LINES, measures=schemas.MEASURES)
    units = [om.Unit("u0", kind="group"), *(om.Unit(name, kind="agency", parent="u0") for name in ("a", "b"))]
    line = om.Change("u0", "parent:line", "/")
    history = history.enact(om.Act("founding", "2025-07-01", [*map(om.Creation, units), line]))
    new, change = om.Unit("ab", kind="agency", parent="u0"), om.Change("ab", "parent:line", "u0")
    merger = om.Succession([om.Link("a", "ab"), om.Link("b", "ab")], [new], [change], complete=True)
    act = om.Act("merger", "2025-07-03", [merger])
    history = history.enact(act).enact(om.Act("name", "2025-07-04", [om.Change("ab", "name", "AB")]))
    corrected = history.correct(
        "merger", om.Act("merger", "2025-07-03", [merger], om.Source("a note")), reason="source"
    )
    told = [(fact.track, fact.start, fact.end) for fact in corrected.biography("ab")]
    assert told == [(fact.track, fact.start, fact.end) for fact in om.loads(om.dumps(corrected)).biography("ab")]
    assert [track for track, _, _ in told].count("parent:line") == 1


def test_what_is_worked_out_anew_is_told_no_spellings():
    """A unit that a cancelled act made is missed by later decisions; nobody misspelt it, and no names are searched."""
    history = om.history_of([{"id": "p"}, {"id": "a", "parent": "p"}, {"id": "ab", "parent": "p"}], day="2024-01-01")
    with history.draft("2025-01-01", "a reform") as act:
        act.create(om.Unit("abc", parent="p"))
    history = history.enact(act)
    with history.draft("2025-02-01", "another") as act:
        act.create(om.Unit("x", parent="abc"))
    history = history.enact(act)
    with pytest.raises(om.OrgmodelError) as refused:
        history.cancel(history.acts[1].id, reason="void")
    assert "'abc'" in str(refused.value)
    assert "did you mean" not in str(refused.value)
    with pytest.raises(om.UnknownUnit, match="did you mean 'abc'"):
        history.at("2025-03-01").unit("abcd")


def open_merger() -> om.History:
    """Two units of 5 members each merge, by an event that leaves to the library what the new unit has."""
    founded = [om.Creation(om.Unit("vn")), *(om.Creation(om.Unit(unit, parent="vn")) for unit in ("p", "q"))]
    figures = [om.Change(unit, "measure:members", 5, "own") for unit in ("p", "q")]
    merger = om.Succession([om.Link("p", "n"), om.Link("q", "n")], [om.Unit("n", parent="vn")])
    history = om.History().enact(om.Act("founding", "2025-01-01", [*founded, *figures], om.Source("a test")))
    return history.enact(om.Act("merger", "2025-07-01", [merger], om.Source("a test")))


@pytest.mark.parametrize(
    "again",
    [
        lambda history, path: om.History.taken(history.acts),
        lambda history, path: jsonl.loads(jsonl.dumps(history)),
        lambda history, path: [om.save(history, path / "h.om"), om.open_history(path / "h.om")][1],
    ],
    ids=["taken", "jsonl", "columns"],
)
def test_a_succession_that_left_something_open_is_worked_out_anew_after_it_was_read_again(again, tmp_path):
    """A late figure of a predecessor reaches the successor whether or not the history was saved in between."""
    late = om.Act("late", "2025-06-01", [om.Change("p", "measure:members", 50, "own")], om.Source("a test"))
    history = open_merger()
    told = [
        trial.enact(late).at("2025-08-01").total("members", "n").value for trial in (history, again(history, tmp_path))
    ]
    assert told == [55, 55]


def test_what_was_completed_on_other_ground_is_no_longer_so_elsewhere():
    """Taken with another figure, the merger gives the sum of what is there, not of what was."""
    founding, merger = open_merger().acts
    events = [
        om.Change("p", "measure:members", 50, "own") if event == founding.events[-2] else event
        for event in founding.events
    ]
    other = om.Act("founding", "2025-01-01", events, om.Source("a test"))
    assert om.History.taken([other, merger]).at("2025-08-01").total("members", "n").value == 55
