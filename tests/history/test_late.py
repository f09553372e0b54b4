"""What is learned late, beside the laws K of the catalogue: cases that were once wrong."""

from __future__ import annotations

import pytest

import orgmodel as om
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
