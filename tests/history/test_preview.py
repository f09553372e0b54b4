"""A preview shows what enacting would, and is refused for what enacting would be refused."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from trials import DAY, organisation

import orgmodel as om
from orgmodel.acts.draft import Draft


def mergers(history: om.History, day: str) -> list[Draft]:
    found = []
    for units in itertools.combinations("abcd", 2):
        with history.draft(day, om.Source("+".join(units))) as act:
            act.merge(units, cluster="k1", into=om.Unit(name="+".join(units)))
            act.rename("vn", "Việt Nam")
        found.append(act)
    return found


@pytest.mark.parametrize("day", [DAY, "2024-01-02", "2024-01-01"])
@pytest.mark.parametrize("on", [None, "2028-01-01"])
def test_a_preview_is_what_enacting_shows(day: str, on: str | None):
    """On the day and later; drafts of the last day, and of earlier ones."""
    history = organisation()
    if day == "2024-01-01":
        with history.draft(day, om.Source("earlier")) as act:
            act.rename("a", "Earlier")
        drafts = [act]
    else:
        drafts = mergers(history, day)
    for draft in drafts:
        seen = history.preview(draft, on)
        assert seen.facts() == history.enact(draft).at(on or day).facts()
        assert str(seen.day) == (on or day)


def test_a_preview_is_of_the_history_it_is_asked_of():
    """A draft begun elsewhere is replayed here; one that another act makes impossible is refused."""
    history = organisation()
    first, *_, last = mergers(history, DAY)
    moved = history.enact(first)
    assert moved.preview(last).facts() == moved.enact(last).at(DAY).facts()
    second = mergers(history, DAY)[1]
    for tried in (moved.preview, moved.enact):
        with pytest.raises(om.Refused, match="'a'"):
            tried(second)
    assert moved.preview(first).facts() == moved.at(DAY).facts()


def refused(call: Any, draft: Draft) -> set[tuple[str, tuple[str, ...]]]:
    with pytest.raises(om.InvalidAct) as caught:
        call(draft)
    return {(finding.rule, finding.units) for finding in caught.value.findings}


def test_what_holds_at_the_end_of_a_day_is_judged():
    """A code borne twice and a unit out of its place are refused alike, with the same findings."""
    history = organisation()
    with history.draft(DAY) as act:
        act.add(om.Change("a", "code", "B"))
        act.add(om.Change("c1", "parent", "d1"))
        act.add(om.Change("c", "code", "CC"), om.Change("d2", "parent", "a"))
    found = refused(history.preview, act)
    assert found == refused(history.enact, act)
    assert {rule for rule, _ in found} == {"unique-code", "schema"}


def test_a_new_schema_is_judged_for_all_units():
    """Over a day on which a level ends, units that nobody touched are out of their places."""
    kinds = [om.Kind("root"), om.Kind("district"), om.Kind("commune")]
    until = om.Period(None, "2025-07-01")
    placements = [om.Placement("root", None), om.Placement("district", "root", until)]
    schema = om.Schema(
        kinds, [*placements, om.Placement("commune", "district", until), om.Placement("commune", "root")]
    )
    rows = [
        {"id": "r", "kind": "root"},
        {"id": "d", "kind": "district", "parent": "r"},
        {"id": "c", "kind": "commune", "parent": "d"},
    ]
    history = om.history_of(rows, day="2024-01-01", schema=schema)
    for day, allowed in (("2025-06-30", True), ("2025-07-01", False)):
        with history.draft(day) as act:
            act.rename("c", "C")
        if allowed:
            assert history.preview(act).unit("c").name == "C"
        else:
            assert (
                refused(history.preview, act) == refused(history.enact, act) == {("schema", ("d",)), ("schema", ("c",))}
            )


def test_a_discarded_draft_has_no_preview():
    """What an exception threw away is not shown."""
    history = organisation()
    act = history.draft(DAY)
    with pytest.raises(om.InvalidAct), act:
        act.rename("nobody", "A")
    with pytest.raises(om.Refused, match="discarded"):
        history.preview(act)
