"""The unit of the State to which a Party organisation corresponds: what becomes of it when one of the two changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import orgmodel as om
from orgmodel.io.opening import open_history, save
from orgmodel.party.kinds import MEASURES, SCHEMA

PROVINCE, STATE = "province", "state-province"


def country(*, corresponds_on: str = "2024-03-01") -> om.History:
    """Two provinces of the Party, and of the State, that correspond to each other from a day on."""
    rows = [{"id": "vn", "kind": "centre"}, *({"id": unit, "kind": PROVINCE, "parent": "vn"} for unit in "pq")]
    history = om.history_of(rows, day="2024-01-01", schema=SCHEMA, measures=MEASURES)
    states = [om.Unit("sys", kind="system", hierarchy="system")]
    states += [om.Unit(f"s{unit}", kind=STATE, parent="sys", hierarchy="system") for unit in "pq"]
    history = history.enact(om.Act("state", "2024-02-01", [om.Creation(unit) for unit in states]))
    return correspond(history, corresponds_on)


def correspond(history: om.History, day: str, act_id: str = "correspond") -> om.History:
    with history.draft(day, "1", act_id=act_id) as act:
        for unit in "pq":
            act.correspond(unit, to=f"s{unit}")
    return history.enact(act)


def reformed(change: Callable[[om.Draft], object], history: om.History | None = None) -> tuple[om.Structure, set[str]]:
    """The structure after a reform, and the rules of its notes."""
    history = country() if history is None else history
    with history.draft("2025-07-01", "2", act_id="reform") as act:
        change(act)
    return history.enact(act).at("2025-07-01"), {note.rule for note in act.notes if note.rule.startswith("corr")}


def merge_states(act: om.Draft) -> None:
    act.merge(["sp", "sq"], into=om.Unit("sn", kind=STATE))


def merge_provinces(act: om.Draft) -> None:
    act.merge(["p", "q"], into=om.Unit("n", kind=PROVINCE))


def values(structure: om.Structure) -> dict[str, str]:
    units = [unit for unit in "pqn" if unit in structure]
    return {unit: value for unit in units if (value := structure.value(unit, "corresponds_to")) is not None}


def both(act: om.Draft) -> None:
    merge_states(act)
    merge_provinces(act)


@pytest.mark.parametrize(
    ("change", "after", "rules"),
    [
        (merge_states, {"p": "sn", "q": "sn"}, {"corresponds-follows"}),
        (both, {"n": "sn"}, {"corresponds-follows"}),
        (lambda act: act.take_over("sp", ["sq"]), {"p": "sp", "q": "sp"}, {"corresponds-follows"}),
        (
            lambda act: act.break_down("sp", [om.Unit("s1", kind=STATE), om.Unit("s2", kind=STATE)]),
            {"q": "sq"},
            {"corresponds-open"},
        ),
        (lambda act: act.close("sp"), {"q": "sq"}, {"corresponds-ends"}),
        (
            lambda act: act.add(om.Succession([om.Link("sp", "s1")], [om.Unit("s1", kind=STATE, parent="sys", hierarchy="system")])),
            {"p": "s1", "q": "sq"},
            {"corresponds-follows"},
        ),
    ],
)  # fmt: skip
def test_the_fact_follows_the_unit_that_it_names(
    change: Callable[[om.Draft], object], after: dict[str, str], rules: set[str]
) -> None:
    """It never names a unit that has ended; where the successor is not one, it is open."""
    structure, noted = reformed(change)
    assert values(structure) == after
    assert noted == rules
    for unit in after.values():
        assert set(structure.corresponding(unit)) == {own for own, other in after.items() if other == unit}


@pytest.mark.parametrize("change", [merge_states, both, lambda act: act.close("sp")])
def test_learned_late_is_as_if_known_early(change: Callable[[om.Draft], object]) -> None:
    """The correspondences are recorded after the reform was: its decisions carry them on all the same."""
    early, _ = reformed(change)
    rows = country(corresponds_on="2024-03-01").cancel("correspond", reason="recorded too early")
    with rows.draft("2025-07-01", "2", act_id="reform") as act:
        change(act)
    late = correspond(rows.enact(act), "2024-03-02", "late").at("2025-07-01")
    assert values(late) == values(early)


@pytest.mark.parametrize("name", ["a.jsonl", "a.om", "a.db"])
def test_every_file_has_it(name: str, tmp_path: object) -> None:
    history = country()
    with history.draft("2025-07-01", "2") as act:
        both(act)
    history = history.enact(act)
    save(history, f"{tmp_path}/{name}")
    assert open_history(f"{tmp_path}/{name}") == history
