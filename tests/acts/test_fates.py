"""Declared tracks: whatever a predecessor has is afterwards in a successor, or a note tells what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

import orgmodel as om
from orgmodel.acts import operations as ops
from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Succession
from orgmodel.acts.operation import Events
from orgmodel.acts.operations.fates import Inheritance, fate_of, register
from orgmodel.acts.policies import CarryOver, LowestGrade
from orgmodel.errors import Refused
from orgmodel.history.history import History
from orgmodel.io.jsonl import dumps, loads
from orgmodel.model import track as tracks
from orgmodel.model.track import CORE, FATES, Track
from orgmodel.party import facts, kinds
from orgmodel.party.ratings import GRADES
from orgmodel.party.tracks import INHERITED, TRACKS
from orgmodel.structure.structure import Structure

BEFORE, DAY = dt.date(2025, 6, 30), dt.date(2025, 7, 1)


@register("tests.longest")
def longest(inheritance: Inheritance) -> Mapping[Any, Any]:
    """The longest text of any predecessor."""
    return {slot: max(filter(None, inheritance.values(slot)), key=len) for slot in inheritance.slots}


MOTTO = Track("fact:motto", "motto", "phương châm", values="text", merged="tests.longest", divided="same")
DECLARED = (
    *TRACKS,
    MOTTO,
    *(Track(f"fact:{fate}", merged=fate, taken_over=fate) for fate in FATES if fate != "add"),
    Track("fact:sum", values="number", merged="add", taken_over="add"),
    *(Track(f"fact:divided-{fate}", slots=("n",), divided=fate) for fate in ("same", "ask", "lapse")),
)
SCHEMA = om.Schema(("unit",), tracks=DECLARED)
MEASURES = (
    om.Measure("members"),
    om.Measure("share", "rate", weight="members"),
    om.Measure("grade", "category"),
    om.Measure("congress_delegates", "category", fate="restart"),
)
NAMES = sorted({track.id for track in DECLARED} | {"fact:undeclared", tracks.CORRESPONDS, "fact:vacant_because"})


def history_of(changes: list[Change]) -> History:
    """Four units under a root, with facts."""
    rows: list[dict[str, Any]] = [{"id": "r", "kind": "unit"}]
    rows += [{"id": unit, "kind": "unit", "parent": "r"} for unit in "abcd"]
    made = om.history_of(rows, day="2025-01-01", schema=SCHEMA, measures=MEASURES)
    return made.enact(Act("facts", "2025-02-01", changes)) if changes else made


@frozen
class Case:
    """Facts of units, and a verb."""

    changes: list[Change]
    verb: str


def _values(track: str) -> st.SearchStrategy[Any]:
    if track == tracks.CORRESPONDS:
        return st.sampled_from(["r", "d"])
    if track == "fact:sum" or track.startswith("measure:"):
        return st.integers(1, 3)
    return st.sampled_from(["x", "yy"])


@st.composite
def facts_of(draw: st.DrawFn) -> list[Change]:
    found: dict[tuple[str, str, Any], Change] = {}
    # Few tracks, so that several units often say something in one slot.
    every = st.sampled_from([*NAMES, "measure:grade", "measure:congress_delegates", "office"])
    some = draw(st.lists(every, min_size=1, max_size=3))
    for _ in range(draw(st.integers(1, 8))):
        track = draw(st.sampled_from(some))
        unit = draw(st.sampled_from("abc"))
        slots: list[Any] = [None, 1]
        if track.startswith("measure:"):
            slots = ["own"]
        elif track == tracks.OFFICE or SCHEMA.track(track).goes_with == tracks.OFFICE:
            slots = [("chair", 1), ("chair", 2)]
        elif tracks.has_one_slot(track) and track == tracks.CORRESPONDS:
            slots = [None]
        slot = draw(st.sampled_from(slots))
        until = draw(st.none() | st.just(dt.date(2026, 1, 1)))
        found[unit, track, slot] = Change(unit, track, draw(_values(track)), slot, until)
    return list(found.values())


VERBS = {
    "merge": lambda s: ops.merge(s, ["a", "b"], into=om.Unit("n")),
    "merge and carry over": lambda s: ops.merge(s, ["a", "b"], into=om.Unit("n"), offices=CarryOver()),
    "merge by policy": lambda s: ops.merge(s, ["a", "b"], into=om.Unit("n"), ratings=LowestGrade(["x", "yy"])),
    "take over": lambda s: ops.take_over(s, "a", ["b", "c"]),
    "replace": lambda s: ops.replace(s, "a", om.Unit("n")),
    "break down": lambda s: ops.break_down(s, "a", [om.Unit("n"), om.Unit("m")]),
    "split off": lambda s: ops.split_off(s, "a", om.Unit("n")),
    "transfer": lambda s: ops.transfer(s, "a", "b"),
    "reorganise": lambda s: ops.reorganise(
        s, [("a", "n"), ("b", "n"), ("b", "m"), ("c", "m")], created=[om.Unit("n"), om.Unit("m")]
    ),
    "close": lambda s: ops.close(s, ["a"]),
}


def _held(structure: Structure, unit: str) -> dict[tuple[str, Any], Any]:
    names = [
        t for t in structure.track_names() if t.partition(":")[0] in ("fact", "measure", "office", "corresponds_to")
    ]
    return {(track, slot): value for track in names for slot, value in structure.slots(unit, track).items()}


@given(changes=facts_of(), verb=st.sampled_from(sorted(VERBS)))
def test_nothing_goes_without_a_word(changes: list[Change], verb: str) -> None:
    """Each fact of a predecessor is in a successor afterwards, or a note about the predecessor names its track."""
    history = history_of(changes)
    before = history.at(BEFORE)
    events: Events = VERBS[verb](before)
    after = history.enact(Act("x", DAY, events)).at(DAY)
    event = events[-1]
    links = event.links if isinstance(event, Succession) else ()
    olds = event.olds if isinstance(event, Succession) else ("a",)
    for old in olds:
        news = [link.new for link in links if link.old == old]
        told = " ".join(note.message for note in events.notes if old in note.units)
        for (track, slot), value in _held(before, old).items():
            after_it = [after.slots(new, track).get(slot) for new in news]
            declared = SCHEMA.track(track)
            if value in after_it or declared.merged in ("add", "tests.longest", "party.functions", "party.any"):
                continue
            if declared.rated and any(after_it):
                continue
            label = tracks.item(track) if track.startswith("measure:") else declared.label
            alone = not declared.goes_with or slot not in before.slots(old, declared.goes_with)
            carried = track == tracks.OFFICE and any(value in after.slots(new, track).values() for new in news)
            assert carried or not alone or label in told or f"{tracks.OFFICE} " in told, (old, track, slot, value, told)


@given(changes=facts_of(), verb=st.sampled_from(sorted(VERBS)))
def test_what_was_to_end_on_a_day_ends_on_it(changes: list[Change], verb: str) -> None:
    """A fact that holds until a day goes on until that day only."""
    history = history_of(changes)
    after = history.enact(Act("x", DAY, VERBS[verb](history.at(BEFORE))))
    open_before = {(c.track, c.value) for c in changes if c.until is None}
    year_after = after.at("2026-01-01")
    for unit in year_after:
        for (track, _), value in _held(year_after, unit).items():
            if SCHEMA.track(track).merged in FATES and track != "fact:sum" and not SCHEMA.track(track).rated:
                assert (track, value) in open_before or track == "fact:rated_under", (unit, track, value)


# ---- fates, by example


def merged(changes: list[Change], **choices: Any) -> tuple[Structure, Events]:
    history = history_of(changes)
    events = ops.merge(history.at(BEFORE), ["a", "b"], into=om.Unit("n"), **choices)
    return history.enact(Act("x", DAY, events)).at(DAY), events


def test_an_undeclared_fact_is_kept_where_all_agree() -> None:
    """Otherwise it lapses, and each predecessor is told of."""
    changes = [Change("a", "fact:plan", "p"), Change("b", "fact:plan", "p")]
    after, events = merged([*changes, Change("a", "fact:iban", "1"), Change("b", "fact:iban", "2")])
    assert (after.value("n", "fact:plan"), after.value("n", "fact:iban")) == ("p", None)
    assert [(note.rule, note.units[0]) for note in events.notes if "iban" in note.message] == [
        ("fact-lapses", "a"),
        ("fact-lapses", "b"),
    ]


def test_a_function_of_the_user_is_a_fate() -> None:
    """A declared track names a registered function; of a name that nobody registered the library says so."""
    after, _ = merged([Change("a", MOTTO.id, "on"), Change("b", MOTTO.id, "onwards")])
    assert after.value("n", MOTTO.id) == "onwards"
    with pytest.raises(Refused, match=r"its fate 'tests.unheard' is unknown"):
        fate_of(Track("fact:t", merged="tests.unheard"), "merged")
    with pytest.raises(Refused, match="has a dot"):
        register("keep")(longest)
    with pytest.raises(Refused, match="another function has it"):
        register("tests.longest")(lambda _: {})


def test_functions_unite_and_the_lead_wins() -> None:
    """The Party's functions of agencies, in a merger and in a takeover."""
    changes = [
        Change("a", "fact:function", "lead", "press"),
        Change("a", "fact:function", "part", "policy"),
        Change("b", "fact:function", "lead", "policy"),
    ]
    after, events = merged(changes)
    assert after.slots("n", "fact:function") == {"policy": "lead", "press": "lead"}
    assert not events.notes
    history = history_of(changes)
    (takeover,) = ops.take_over(history.at(BEFORE), "a", ["b"])
    assert [(c.value, c.slot) for c in takeover.changes] == [("lead", "policy")]  # type: ignore[union-attr]


def test_ratings_follow_their_policy() -> None:
    """The lowest grade, of facts as of measures, under a scheme called inherited; without a policy none."""
    grades = [("a", "excellent"), ("b", "good")]
    changes = [Change(u, track, grade, slot) for u, grade in grades for track, slot in (("fact:rated", (2024, "")),)]
    after, events = merged(changes, ratings=LowestGrade(GRADES))
    assert after.slots("n", "fact:rated") == {(2024, ""): "good"}
    assert after.slots("n", "fact:rated_under") == {(2024, ""): INHERITED}
    assert not events.notes
    after, events = merged(changes)
    assert not after.slots("n", "fact:rated")
    assert {note.rule for note in events.notes} == {"fact-restarts"}


def test_words_of_a_divided_unit_are_words_of_its_parts() -> None:
    """Each part has the basis as before; what does not divide lapses, and what is open is asked for."""
    history = history_of(
        [Change("a", f"fact:{name}", "x") for name in ("basis", "plan")]
        + [Change("a", "fact:function", "lead", "press")]
    )
    events = ops.break_down(history.at(BEFORE), "a", [om.Unit("n"), om.Unit("m")])
    after = history.enact(Act("x", DAY, events)).at(DAY)
    assert [after.value(part, "fact:basis") for part in "nm"] == ["x", "x"]
    assert [after.value(part, "fact:plan") for part in "nm"] == [None, None]
    assert {(note.rule, note.severity) for note in events.notes if note.units[0] == "a"} == {
        ("fact-lapses", "note"),
        ("fact-open", "warning"),
    }


def test_a_survivor_keeps_its_own_and_what_the_others_had_is_told() -> None:
    """In one slot or another."""
    history = history_of([Change("a", "fact:plan", "x"), Change("b", "fact:plan", "y")])
    events = ops.take_over(history.at(BEFORE), "a", ["b"])
    assert history.enact(Act("x", DAY, events)).at(DAY).value("a", "fact:plan") == "x"
    assert [(n.rule, n.units) for n in events.notes] == [("fact-lapses", ("b", "a"))]


def test_a_part_that_comes_to_a_unit_with_its_own_words_is_told() -> None:
    """What the divided unit had is in none of its parts, whatever others bring to these."""
    history = history_of([Change("b", "fact:plan", "x"), Change("c", "fact:plan", "y"), Change("a", "fact:plan", "z")])
    links = [("b", "m"), ("b", "a"), ("c", "m"), ("a", "a")]
    events = ops.reorganise(history.at(BEFORE), links, created=[om.Unit("m")])
    after = history.enact(Act("x", DAY, events)).at(DAY)
    assert [after.value(unit, "fact:plan") for unit in "ma"] == ["y", "z"]
    assert [note.units for note in events.notes if "plan" in note.message] == [("b", "m", "a")]


def test_terms_and_delegates_restart() -> None:
    """A merged organisation begins its terms and the numbers of delegates anew; one that takes over does not."""
    term = [Change(u, "fact:term", "2025-01-01/2030-01-01", "committee") for u in "ab"]
    number = [Change(u, "measure:congress_delegates", 15, "own") for u in "ab"]
    after, events = merged([*term, *number])
    assert not after.slots("n", "fact:term")
    assert not after.measure("n", "congress_delegates").is_known
    assert [note.rule for note in events.notes] == ["fact-restarts"] * 4
    history = history_of([*term, *number])
    (takeover,) = ops.take_over(history.at(BEFORE), "a", ["b"])
    assert takeover.changes == ()  # type: ignore[union-attr]


def test_an_office_goes_on_as_long_as_it_was_given_for_with_its_origin() -> None:
    """Carried over in another seat, with what goes with it."""
    end = dt.date(2030, 1, 1)
    changes = [
        Change(unit, track, f"{value}-{unit}", ("chair", 1), end)
        for unit in "ab"
        for track, value in (("office", "p"), ("fact:origin", "from"), ("fact:tenure", "level"))
    ]
    _, events = merged(changes, offices=CarryOver())
    (event,) = events
    assert isinstance(event, Succession)
    assert [(c.track, c.value, c.slot, c.until) for c in event.changes] == [
        (track, f"{value}-{unit}", ("chair", seat), end)
        for unit, seat in (("a", 1), ("b", 2))
        for track, value in (("office", "p"), ("fact:origin", "from"), ("fact:tenure", "level"))
    ]


def test_a_figure_of_a_year_ends_with_the_year() -> None:
    """What was admitted in a year so far is a figure of that year in the successor, too."""
    changes = [Change(u, "measure:members", 3, "own", dt.date(2026, 1, 1)) for u in "ab"]
    _, events = merged(changes)
    (event,) = events
    assert isinstance(event, Succession)
    assert event.changes == (Change("n", "measure:members", 6, "own", dt.date(2026, 1, 1)),)


def test_a_closure_tells_what_ends() -> None:
    """Facts, rates and grades of a unit without successor."""
    changes = [
        Change("a", "fact:plan", "p"),
        Change("a", "fact:score", 9, (2024, "c")),
        Change("a", "measure:share", 5, "own"),
    ]
    events = ops.close(history_of(changes).at(BEFORE), ["a"])
    assert [(note.rule, note.message) for note in events.notes] == [
        ("fact-ends", "the fact 'plan' ('p') ends with it"),
        ("fact-stays", "the fact 'points' (2024 c: 9) stays on its record"),
        ("fact-ends", "its 'share' (5) ends with it"),
    ]


def test_a_closure_tells_of_each_figure_once() -> None:
    """A count as a warning, one that begins anew in a successor as a fact."""
    history = om.history_of(
        [{"id": "r"}, {"id": "a", "parent": "r", "members": 3, "delegates": 9}],
        day="2025-01-01",
        measures=[om.Measure("members"), om.Measure("delegates", fate="restart")],
    )
    events = ops.close(history.at(BEFORE), ["a"])
    assert [(note.rule, note.severity) for note in events.notes] == [("count-ends", "warning"), ("fact-ends", "note")]


def test_a_note_names_no_person() -> None:
    """What a personal track says is not for a log that many read."""
    _, events = merged([Change("a", "fact:candidacy", "planned", ("secretary", "person-7"))])
    assert [note.message for note in events.notes if "person-7" in note.message] == []
    assert [note.rule for note in events.notes] == ["fact-lapses"]


# ---- declarations


def test_every_declaration_can_be_carried_out() -> None:
    """Each fate of the library's and of the Party's tracks is there."""
    for track in (*CORE.values(), *TRACKS):
        for event in ("merged", "taken_over", "divided"):
            assert callable(fate_of(track, event))
        assert all((track.name, track.name_vi)), track.id
    assert kinds.SCHEMA.track("fact:term").name_vi == "nhiệm kỳ"
    assert {m.id for m in facts.MEASURES if m.fate == "restart"} >= {"congress_delegates", "delegates_present"}


def test_a_fate_that_is_none_is_refused_where_it_is_declared() -> None:
    """A slip of the pen is not met years later, in the first merger."""
    with pytest.raises(Refused) as error:
        Track("fact:t", merged="restarts", divided="lapses", ended="ends")
    assert [finding.rule for finding in error.value.findings] == ["fate"] * 3
    with pytest.raises(Refused, match="'restarts' is no fate"):
        om.Measure("congresses", fate="restarts")


def test_a_schema_refuses_what_is_no_further_fact() -> None:
    """All faults at once: a track of the library, one without the prefix, one declared twice."""
    with pytest.raises(Refused) as error:
        om.Schema(
            tracks=[Track("measure:members"), Track("fact:origin"), Track("plan"), Track("fact:a"), Track("fact:a")]
        )
    assert len(error.value.findings) == 4


def test_files_carry_declarations() -> None:
    """A schema comes back with its tracks, and measures with their fate."""
    history = history_of([])
    again = loads(dumps(history))
    assert again.schema == history.schema
    assert dict(again.measures) == dict(history.measures)


@given(st.text("mesurbpant:", max_size=12))
def test_families_are_told_in_one_place(track: str) -> None:
    """A track is of one family; only parents, members and measures are named by what follows the colon."""
    assert tracks.family(track) == track.split(":")[0]
    assert tracks.declared(track).id == track
    assert tracks.is_parent(track) == (track == "parent" or track.startswith("parent:"))
    assert tracks.is_measure(track) == track.startswith("measure:")
    assert tracks.is_member(track) == track.startswith("member:")
