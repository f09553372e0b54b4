"""The format of files: everything that a history can hold is carried, and no damage goes unseen."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from places import DATA

import orgmodel as om
from orgmodel.acts.forms import UnknownOperation
from orgmodel.acts.operation import VERBS, Events, Operation, Point, Together
from orgmodel.errors import Answer
from orgmodel.history.history import History
from orgmodel.history.log import Entry
from orgmodel.io.jsonl import head_of
from orgmodel.period import Period
from orgmodel.testing.strategies import histories


@frozen
class Christen(Operation[None]):
    """A verb of a user: a unit gets a name."""

    name: ClassVar[str] = "tests.christen"

    unit: str
    called: str

    def resolve(self, at: Point) -> Events:
        """One change of a name."""
        del at
        return Events([om.Change(self.unit, "name", self.called)])


def decided() -> om.History:
    """A history with operations, a block, keys, completed and remade steps, answers: all that an entry can hold."""
    kinds = [om.Kind("root", ground=("leaf",)), om.Kind("leaf", ground=()), om.Kind("other")]
    measures = [om.Measure("area", decimal=True, of=("leaf",)), om.Measure("members")]
    source = om.Source("1/QĐ", title="Founding", title_vi="Thành lập", certainty="partly memory")
    start = om.Act(
        "start",
        "2020-01-01",
        [
            om.Creation(om.Unit("r", kind="root")),
            *(om.Creation(om.Unit(u, kind="leaf", parent="r")) for u in "abcd"),
            om.Change("a", "measure:members", om.Quantity(10, "at least"), "own"),
        ],
        source,
        within=Period("2019-01-01", "2020-01-02"),
    )
    named = om.Act(
        "named",
        "2021-01-01",
        [Christen("a", "A"), Together((Christen("b", "B"), Christen("c", "C"))), om.Change("d", "name", "D")],
        om.Source("2/QĐ"),
        keys=(0, 5, 2, 3),
    )
    named = named.came_to([[event] for event in named_events("B")])
    link = om.Link("a", "e", evidence="stated")
    into = om.Unit("e", "E", kind="leaf", parent="r")
    merged = om.Act(
        "merged", "2021-01-01", [om.Succession([link, om.Link("b", "e")], [into])], before="", after="named"
    )
    completed = om.Succession([link, om.Link("b", "e")], [into], [om.Change("e", "measure:members", 7, "own")])
    merged = merged.came_to([[evolve(completed, complete=True)]])
    again = om.Act(
        "again",
        "2022-01-01",
        [
            om.Closure("d", last_known=True),
            om.Creation(om.Unit("a2", kind="leaf", parent="r"), reestablishes="a", out_of="e"),
            om.Succession([om.Link("c", "c")], complete=True),
        ],
    )
    days = [dt.date(2022, 1, day) for day in range(1, 6)]
    late = om.Act("late", "2020-06-01", [om.Change("r", "name", "R")])
    remade = named.came_to([[event] for event in named_events("Bê")])
    return History.from_log(
        [
            Entry(1, days[0], start),
            Entry(2, days[1], named),
            Entry(3, days[2], merged),
            Entry(4, days[3], again),
            Entry(5, days[4], late, None, "", (remade,), (Answer("named", about="b", home="r"),)),
        ],
        om.Schema(kinds),
        measures,
    )


def named_events(b: str) -> list[om.Change]:
    return [om.Change(unit, "name", name) for unit, name in zip("abcd", ("A", b, "C", "D"), strict=True)]


def resolved_of(history: om.History) -> Any:
    """What only a look at each entry tells: keys, blocks, what every step came to."""
    return [
        [(act.id, act.operations, act.keys, act.resolved, act.within, act.before, act.after) for act in acts]
        for entry in history.log
        for acts in ([] if entry.act is None else [entry.act], entry.remade)
    ]


def test_all_that_an_entry_holds_comes_back() -> None:
    """Operations, blocks, keys, what steps came to, what was worked out anew and the answers are in the text."""
    history = decided()
    again = om.loads(om.dumps(history))
    assert again == history
    assert resolved_of(again) == resolved_of(history)
    assert again.log[-1].answers == history.log[-1].answers
    assert om.dumps(again) == om.dumps(history)
    assert again.at("2021-06-01").unit("c").name == "C"
    # The newest that is known of the act counts, and the entry says what changed.
    assert again.act("named").events[1].value == "Bê"  # type: ignore[union-attr]
    assert again.log[1].act is not None
    assert again.log[1].act.events[1].value == "B"  # type: ignore[union-attr]


def test_only_steps_that_differ_are_written() -> None:
    """An act that was worked out anew takes a line for each step that came to something else."""
    lines = [json.loads(line) for line in om.dumps(decided()).splitlines()]
    remade = [line for line in lines if "remade" in line]
    assert [(line["remade"], line["step"], len(line["events"])) for line in remade] == [("named", 1, 1)]


def test_an_unknown_verb_keeps_its_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose verb nobody registered loads with its stored events, and is written again as it was."""
    text = om.dumps(decided())
    monkeypatch.delitem(VERBS, "tests.christen")
    again = om.loads(text)
    assert isinstance(again.act("named").steps[0][0], UnknownOperation)
    assert again.at("2021-06-01").unit("a2" if "a2" in again.at("2021-06-01") else "c").name == "C"
    assert om.dumps(again) == text


# ---- damage


def mutilated(lines: list[str], data: st.DataObject) -> list[str]:
    """The lines with one lost, doubled, moved, swapped or altered."""
    at, to = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, len(lines) - 1))
    how = data.draw(st.sampled_from(["lost", "doubled", "moved", "swapped", "altered"]))
    new = list(lines)
    if how == "lost":
        del new[at]
    elif how == "doubled":
        new.insert(to, new[at])
    elif how == "moved":
        new.insert(to, new.pop(at))
    elif how == "swapped":
        new[at], new[to] = new[to], new[at]
    else:
        place = data.draw(st.integers(0, len(new[at]) - 1))
        new[at] = new[at][:place] + data.draw(st.characters(codec="utf-8")) + new[at][place + 1 :]
    return new


@given(st.one_of(st.just(decided()), histories(max_moves=6, max_amendments=2)), st.data())
def test_no_damage_goes_unseen(history: om.History, data: st.DataObject) -> None:
    """A line that is lost, doubled, moved or altered is found, and the message names lines."""
    lines = om.dumps(history).splitlines()
    if len(lines) != om.dumps(history).count("\n"):
        return
    new = mutilated(lines, data)
    if new == lines:
        return
    with pytest.raises(om.InvalidFile) as caught:
        om.loads("\n".join(new) + "\n")
    assert all(finding.row for finding in caught.value.findings)


def test_what_was_damaged_is_named() -> None:
    """The finding stands at the entry that is not as it was, and says what to do if that was meant."""
    lines = om.dumps(decided()).splitlines()
    head = next(number for number, line in enumerate(lines) if '"act":"named"' in line)

    def told(new: list[str]) -> list[tuple[int | None, str]]:
        with pytest.raises(om.InvalidFile) as caught:
            om.loads("\n".join(new))
        return [(finding.row, f"{finding.rule}: {finding.message}") for finding in caught.value.findings]

    altered = [line.replace('"called":"A"', '"called":"Á"') for line in lines]
    assert [row for row, _ in told(altered)] == [head + 1]
    assert "verify=False" in told(altered)[0][1]
    lost = told([line for line in lines if '"name":"d"' not in line and '"id":"d"' not in line])
    assert lost[0][0] == 2
    assert "a line is lost" in lost[0][1]
    doubled = told([*lines[: head + 3], lines[head + 2], *lines[head + 3 :]])
    assert doubled[0][0] == head + 4
    assert "the same line stands above it" in doubled[0][1]
    without_entry = [line for number, line in enumerate(lines) if not head <= number < head + 9]
    assert told(without_entry)
    edited = om.loads("\n".join(altered), verify=False)
    assert om.loads(om.dumps(edited)) == edited
    assert edited.act("named").steps[0][0] == Christen("a", "Á")


def test_the_head_stands_for_the_whole_history() -> None:
    """A history whose past was rewritten has another head; one that is only longer begins with the same entries."""
    history = decided()
    head = head_of(history)
    assert head == head_of(om.loads(om.dumps(history)))
    assert json.loads(om.dumps(history).splitlines()[-1])["head"] == head
    longer = history.enact(om.Act("more", "2023-01-01", [om.Closure("c")]), recorded="2023-01-01")
    assert om.dumps(longer).splitlines()[:-3] == om.dumps(history).splitlines()[:-1]
    other = History.from_log([evolve(e, number=e.number) for e in history.log], history.schema, {})
    assert head_of(other) != head


# ---- what earlier releases wrote


def facts_of(history: om.History) -> dict[str, list[str]]:
    return {str(day): sorted(map(repr, history.at(day).facts().items())) for day in history.days()}


@pytest.mark.parametrize("name", ["history-v1.jsonl", "history-v1.om", "history-v2.jsonl", "history-v2.om"])
def test_files_of_every_version_are_read(name: str) -> None:
    """A file of each version gives the same history, with the same facts on every day as when it was written."""
    history = om.open_history(DATA / name) if name.endswith(".om") else om.load(DATA / name)
    kept = json.loads((DATA / f"{name.partition('.')[0]}-facts.json").read_text())
    assert facts_of(history) == kept
    assert history == om.load(DATA / name.replace(".om", ".jsonl"))
    assert om.loads(om.dumps(history)) == history


def test_version_1_has_outcomes_only() -> None:
    """The acts of a file of version 1 are events, and words of later versions are refused in it."""
    text = (DATA / "history-v1.jsonl").read_text()
    assert all(act.is_outcome for act in om.loads(text).acts)
    newer = text.replace('{"event":"closure","subject":"old"}', '{"event":"closure","of":0,"subject":"old"}')
    assert newer != text
    with pytest.raises(om.InvalidFile, match="unknown field 'of'"):
        om.loads(newer)


# ---- the file of columns


def test_a_columns_file_holds_all_that_an_entry_holds(tmp_path: Path) -> None:
    """Operations, blocks, keys, remade acts and answers come back from a file of columns too."""
    history = decided()
    om.save(history, tmp_path / "h.om")
    again = om.open_history(tmp_path / "h.om")
    assert again == history
    assert resolved_of(again) == resolved_of(history)
    assert om.dumps(again) == om.dumps(history)
    om.save(again, tmp_path / "again.om")
    assert resolved_of(om.open_history(tmp_path / "again.om")) == resolved_of(history)


@given(histories(max_moves=6, max_amendments=2))
def test_both_files_hold_the_same(history: om.History) -> None:
    """A history from a file of columns dumps to the same text."""
    with tempfile.TemporaryDirectory() as folder:
        om.save(history, f"{folder}/h.om")
        again = om.open_history(f"{folder}/h.om")
        assert om.dumps(again) == om.dumps(history)
        assert [str(link) for link in again.lineage.links()] == [str(link) for link in history.lineage.links()]
