"""What is learned late, beside the laws K of the catalogue: cases that were once wrong."""

from __future__ import annotations

import pickle

import pytest

import orgmodel as om
from orgmodel.history.tables.late import FromRows
from orgmodel.io import jsonl
from orgmodel.testing import schemas


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
    periods = [(fact.track, fact.start, fact.end) for fact in corrected.biography("ab")]
    assert periods == [(fact.track, fact.start, fact.end) for fact in om.loads(om.dumps(corrected)).biography("ab")]
    assert [track for track, _, _ in periods].count("parent:line") == 1


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


def test_a_clustering_is_not_cancelled_under_those_who_left_it():
    """An act that says that a unit left a cluster needs the clustering, though it refers to nothing that is there."""
    units = [om.Creation(om.Unit("vn")), om.Creation(om.Unit("u", parent="vn"))]
    clusters = [om.Creation(om.Clustering("groups", cover=True)), om.Creation(om.Cluster("g", "groups"))]
    joins, leaves = (om.Change("u", "member:groups", value, "g") for value in ("g", None))
    acts = [("founding", 1, units), ("clusters", 2, [*clusters, joins]), ("leaving", 3, [leaves])]
    history = om.History()
    for name, month, events in acts:
        history = history.enact(om.Act(name, f"2025-0{month}-01", events, om.Source("a test")))
    with pytest.raises(om.Refused, match=r"act leaving.*there is no clustering 'groups'"):
        history.cancel("clusters", reason="withdrawn")


def test_a_correction_makes_no_events_of_a_register_from_tables(monkeypatch):
    """Its rows state every fact, so that nothing in it is worked out anew, and its many events need not be looked at."""
    units = {
        "id": ["p", "a", "b", "c"],
        "start": ["2024-01-01"] * 3 + ["2025-07-01"],
        "end": [None, "2025-07-01", "2025-07-01", None],
    }
    parents = {"unit": ["p", "a", "b", "c"], "parent": [None, "p", "p", "p"], "start": units["start"]}
    links = {"old": ["a", "b"], "new": ["c", "c"], "day": ["2025-07-01"] * 2}
    history = om.from_tables(units=units, parents=parents, links=links)
    history = history.enact(om.Act("name", "2025-07-01", [om.Change("c", "name", "D")]))
    right = om.Act("name", "2025-07-01", [om.Change("c", "name", "C")])

    def made(rows):
        raise AssertionError("events were made")

    with monkeypatch.context() as patch:
        patch.setattr(FromRows, "__call__", made)
        corrected = history.correct("name", right, reason="misread")
    assert corrected.at("2025-07-01").unit("c").name == "C"
    assert all(event.complete for act in corrected.acts for event in act.events if isinstance(event, om.Succession))
    assert corrected == om.loads(om.dumps(corrected))


def test_figures_of_divided_units_that_are_learned_late_reach_the_merger_of_the_parts():
    """The merger knows its parts together from what ended units had, which no fact of its own day tells."""

    def learned(late: bool) -> om.History:
        units = [{"id": "r"}, {"id": "a", "parent": "r", "members": 99}, {"id": "b", "parent": "r"}]
        history = om.history_of(units, day="2025-07-01")
        with history.draft("2025-07-02", "a report", act_id="report") as report:
            report.record("b", "members", 80)
        if not late:
            history = history.enact(report)
        halves = [om.Unit(name, parent="r") for name in ("m", "n")]
        unknown = [om.Change(half.id, "measure:members", om.Quantity.unknown(), "own") for half in halves]
        links = [om.Link(old, half.id, "part") for old in ("a", "b") for half in halves]
        divided = om.Succession(links, halves, unknown, complete=True)
        history = history.enact(om.Act("division", "2025-07-03", [divided]))
        with history.draft("2025-07-06", "a merger", act_id="merger") as act:
            act.merge(["m", "n"], into=om.Unit("whole"))
        history = history.enact(act)
        if late:
            assert not history.at("2025-07-06").measure("whole", "members").is_known
            history = history.enact(report)
        return history

    known_late, known_early = learned(late=True), learned(late=False)
    assert known_late.at("2025-07-06").measure("whole", "members") == om.Quantity(179)
    assert list(known_late.biography("whole")) == list(known_early.biography("whole"))


def test_a_stated_outcome_that_can_no_longer_stand_is_named_and_not_the_lookup_that_fails_behind_it():
    """A later succession reads the clusters of its units; one of them was put into a cluster that has ended by then."""
    history = om.history_of([{"id": "r"}, *({"id": name, "parent": "r"} for name in "abx")], day="2025-01-01")
    begun = [om.Creation(om.Clustering("groups")), om.Creation(om.Cluster("g", "groups"))]
    joined = om.Succession(
        [om.Link("a", "n"), om.Link("b", "n")],
        [om.Unit("n", parent="r")],
        [om.Change("n", "member:groups", "g")],
        complete=True,
    )
    history = history.enact(om.Act("clusters", "2025-01-02", begun), om.Act("joined", "2025-02-10", [joined]))
    history = history.enact(om.Act("left open", "2025-03-01", [om.Succession([om.Link("n", "n"), om.Link("x", "n")])]))
    closing = om.Act("closing", "2025-02-01", [om.Closure("g")])
    also_late = om.Act("also late", "2025-02-15", [om.Succession([om.Link("n", "m")], [om.Unit("m", parent="r")])])
    for late in ([closing], [closing, also_late]):
        with pytest.raises(om.Conflict) as refused:
            history.enact(*late)
        assert [(finding.act, finding.rule) for finding in refused.value.findings] == [("joined", "live")]


_NEW = om.Unit("n", name="N", code="3", kind="c", category="x", parent="r")
_DECIDED = {
    "merger": lambda act: act.merge(["a", "b"], into=_NEW),
    "takeover": lambda act: act.take_over("a", ["b"]),
    "replacement": lambda act: act.replace("a", _NEW),
    "breakdown": lambda act: act.break_down("a", [_NEW, om.Unit("m", name="M", code="4", kind="c", parent="r")]),
    "split-off": lambda act: act.split_off("a", _NEW),
    "transfer": lambda act: act.transfer("a", "b"),
    "reorganisation": lambda act: act.reorganise([("a", "n"), ("b", "n")], created=[_NEW]),
    "outcome": lambda act: act.add(om.Succession([om.Link("a", "n"), om.Link("b", "n")], [_NEW])),
    "closure": lambda act: act.close("a"),
}
_FIRST_OF_ITS_SORT = {
    "figure": lambda act: (act.record("a", "members", 10), act.record("b", "members", 20)),
    "agency": lambda act: act.create(om.Unit("late", name="L", code="9", kind="d", parent="r")),
    "office": lambda act: act.change("a", "office", "person-1", ("head", 1)),
    "fact": lambda act: act.change("a", "fact:motto", "A"),
    "clusters": lambda act: (
        act.add(om.Creation(om.Clustering("groups"))),
        act.add(om.Creation(om.Cluster("g", "groups"))),
        act.join("a", "g"),
        act.join("b", "g"),
    ),
}


@pytest.mark.parametrize("late", _FIRST_OF_ITS_SORT.values(), ids=_FIRST_OF_ITS_SORT)
@pytest.mark.parametrize("decided", _DECIDED.values(), ids=_DECIDED)
def test_the_first_fact_of_its_sort_may_be_learned_late(decided, late):
    """Operations pass over what no unit has; all fields are stated here, so that nothing else is read of the units."""

    def history_with(*decisions) -> om.History:
        units = [
            {"id": "r", "name": "R", "code": "0", "kind": "t", "category": "y"},
            {"id": "a", "name": "A", "code": "1", "kind": "c", "category": "x", "parent": "r"},
            {"id": "b", "name": "B", "code": "2", "kind": "c", "category": "x", "parent": "r"},
        ]
        history = om.history_of(units, day="2024-01-01")
        for day, decide in decisions:
            with history.draft(day, "a decision", act_id=day) as act:
                decide(act)
            history = history.enact(act)
        return history

    early = history_with(("2024-03-01", late), ("2024-06-01", decided))
    known_late = history_with(("2024-06-01", decided), ("2024-03-01", late))
    again = om.loads(om.dumps(history_with(("2024-06-01", decided))))
    with again.draft("2024-03-01", "a decision", act_id="2024-03-01") as act:
        late(act)
    for history in (known_late, again.enact(act)):
        assert history.at("2024-06-01").facts() == early.at("2024-06-01").facts()
    # Cancelled again, it leaves nothing.
    before = history_with(("2024-06-01", decided)).at("2024-06-01").facts()
    assert known_late.cancel("2024-03-01", reason="a mistake").at("2024-06-01").facts() == before


def test_the_first_figure_of_all_on_the_day_of_a_merger_stays_in_it() -> None:
    """Also where the rows are read as arrays: a merger that was worked out anew had lost it."""
    rows = [{"id": "top"}, *({"id": unit, "parent": "top"} for unit in "ab")]
    history = om.history_of(rows, day="2024-01-01", measures=[om.Measure("members")])
    count = om.Act("count", "2025-06-01", [om.Change("a", "measure:members", 3, "own")])
    with history.draft("2025-06-01", act_id="merger") as merger:
        merger.merge(["a", "b"], into=om.Unit("ab"))
    history = history.enact(count).enact(merger)
    late = om.Act("late", "2024-03-01", [om.Creation(om.Unit("a1", parent="a"))])
    for kept in (history, pickle.loads(pickle.dumps(history))):
        assert kept.enact(late).at("2025-06-01").measure("ab", "members") == om.Quantity.unknown(3)
