"""The strict door of the Party's questions, its verbs and the pictures: what goes in wrong is told in our own words."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import orgmodel as om
from orgmodel import party
from orgmodel.acts.operation import VERBS
from orgmodel.errors import Refused
from orgmodel.party.kinds import MEASURES, SCHEMA

WRONG: list[Any] = [
    3, 3.5, True, b"x", {}, object(), "nonsense ☃", ["x", 3], {"a"}, dt.date(2024, 1, 1), pd.NaT, float("nan"),
    om.Unit("zz"), pd.Series([1, 2]), np.array([1.5]), pl.DataFrame({"x": [1]}), None, om.Source("x"), (), "2025-W27-2",
]  # fmt: skip

MODULES = (
    "agencies", "auditing", "cadre_moves", "congresses", "deadlines", "emulation", "handbook", "kinds", "law", "members",
    "membership", "offices", "questions", "ratings", "reclustering", "regions", "reporting", "surpluses", "targets", "work",
)  # fmt: skip
PICTURES = ("chart", "figures", "flow", "map", "timeline")


def world() -> om.History:
    """A country with two provinces, a cluster, a secretary and an award."""
    rows: list[dict[str, Any]] = [{"id": "vn", "kind": "centre", "name": "V"}]
    rows += [{"id": p, "kind": "province", "parent": "vn", "code": p, "members": 9} for p in "pq"]
    rows += [{"id": f"c{n}", "kind": "commune", "parent": "pq"[n // 2]} for n in range(4)]
    history = om.history_of(rows, day="2025-07-02", measures=MEASURES, schema=SCHEMA)
    with history.draft("2025-08-01", "1", act_id="work") as act:
        act.form(om.Clustering("emulation"))
        act.form(om.Cluster("e1", "emulation"), ["p", "q"])
        act.appoint("p", "secretary", person="x", how="elected")
        act.propose("p", "cờ", year=2025, by="vn", id="award-1")
    return history.enact(act)


HISTORY = world()
DAY = HISTORY.at("2025-09-01")
GOOD: dict[str, Any] = {
    "a": "2025-07-02", "after": DAY, "b": "2025-09-01", "before": HISTORY.at("2025-07-02"), "body": "committee", "by": "vn",
    "case": None, "cluster": "e1", "clustering": "emulation", "criteria": "award-1", "day": "2025-09-01", "days": 30,
    "figure": "admitted", "form": "cờ", "function": "organisation", "giver": "p", "grade": "good", "h": DAY, "history": HISTORY,
    "holidays": None, "kind": "commune", "last": "2025-12-31", "matter": "award-1", "measure": "members", "meeting": "award-1",
    "number": 3, "official": 2, "on": "2025-09-01", "organiser": "p", "others": [("q", "secretary")], "part": "members",
    "period": 2025, "person": "x", "post": "secretary", "role": "recipient", "weeks": {"commune": 8}, "posts": ["secretary"], "since": "2025-07-02", "stage": "planned",
    "structure": DAY, "subject": "p", "taker": "q", "target": "award-1", "text": "2025", "to": "q", "track": "name",
    "unit": "p", "units": ["p"], "value": 3, "what": "admitted", "year": 2025,
}  # fmt: skip


def doors() -> Iterator[tuple[str, Callable[..., Any], inspect.Signature]]:
    """Public functions of the package and of the pictures, and the Party's verbs as a draft carries them out."""
    for package, names in (("party", MODULES), ("view", PICTURES)):
        for name in names:
            module = importlib.import_module(f"orgmodel.{package}.{name}")
            for public in module.__all__:
                thing = getattr(module, public)
                # Classes are values; a verb as a function comes from its class, below; some take only what we make.
                if inspect.isfunction(thing) and public not in {"lived", "before", "read_party_rulebook"}:
                    yield f"{package}.{name}.{public}", thing, inspect.signature(thing)
    for name, verb in VERBS.items():
        if name.startswith("party."):

            def carried_out(*args: Any, verb: Any = verb, **options: Any) -> Any:
                return HISTORY.draft("2025-09-01").do(verb(*args, **options))

            yield f"draft.{name}", carried_out, inspect.signature(verb)


DOORS = {name: (function, signature) for name, function, signature in doors()}


@pytest.mark.parametrize("door", DOORS)
def test_nothing_foreign_comes_out(door: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each argument in turn is given everything that it is not: it is taken, or refused as an ``OrgmodelError``."""
    monkeypatch.chdir(tmp_path)
    function, signature = DOORS[door]
    varying = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    parameters = [parameter for parameter in signature.parameters.values() if parameter.kind not in varying]
    needed = {p.name: GOOD.get(p.name) for p in parameters if p.default is p.empty}
    for parameter in parameters:
        for wrong in WRONG:
            options = {**needed, parameter.name: wrong}
            positional = [options.pop(p.name) for p in parameters if p.kind is p.POSITIONAL_ONLY and p.name in options]
            try:
                function(*positional, **options)
            except (om.OrgmodelError, OSError):
                pass
            except Exception as error:  # noqa: BLE001  # whatever it is, it is told
                pytest.fail(f"{door}({parameter.name}={wrong!r:.40}): {type(error).__name__}: {error}")


ODD: list[Any] = [
    0, -1, 2**63, 10**30, 9999, 10_000, "", "a\0b", "\ud800", "Ha\u0300", 1e300, -0.0, [""], None, ("a", 1), {"p": -1}, {"p": 10**30},
]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in VERBS if name.startswith("party.")])
def test_what_a_verb_takes_every_file_gives_back(name: str) -> None:
    """An odd value is refused when the act is drafted, or it comes back: never accepted now and refused by the reader."""
    verb = VERBS[name]
    parameters = list(inspect.signature(verb).parameters.values())
    needed = {p.name: GOOD.get(p.name) for p in parameters if p.default is p.empty}
    for parameter in parameters:
        for odd in ODD:
            act = HISTORY.draft("2025-09-01", act_id="odd")
            try:
                act.do(verb(**{**needed, parameter.name: odd}))
                history = HISTORY.enact(act)
            except om.OrgmodelError:
                continue
            assert om.loads(om.dumps(history)) == history, (parameter.name, odd)


def draft() -> om.Draft:
    return HISTORY.draft("2025-09-01", "2")


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: party.holder(DAY, "p", "secretery"), "did you mean 'secretary'"),
        (lambda: party.holders(DAY, "p", "secretery"), "did you mean 'secretary'"),
        (lambda: party.local(DAY, "p", "secretery"), "did you mean 'secretary'"),
        (lambda: party.candidates(DAY, "p", "secretery"), "did you mean 'secretary'"),
        (lambda: party.stages(DAY, "p", "secretery"), "did you mean 'secretary'"),
        (lambda: party.vacancies(HISTORY, "p", "secretery"), "did you mean 'secretary'"),
        (lambda: party.share_not_local(DAY, "province", ["secretery", "heda"]), "2 faults"),
        (lambda: party.flow(DAY, "p", "admited", period=2025), "did you mean 'admitted'"),
        (lambda: party.matters(DAY, role="recipent", step="grantd"), "2 faults"),
        (lambda: party.matters(DAY, kind="award", role="recipent"), "did you mean 'recipient'"),
        (lambda: party.moves(HISTORY, kind="appointd", managed_by="centr", period=2025), "2 faults"),
        (lambda: party.runs(DAY, "p", "excelent"), "did you mean 'excellent'"),
        (lambda: party.audit(HISTORY, rules=["pakt", "quoto"]), "2 faults"),
        (lambda: party.report(HISTORY, "p", "2025", sections=["membres"]), "did you mean 'members'"),
        (lambda: party.count(DAY, "e1", "award", by="frm"), "no by 'frm'"),
        (lambda: party.find(DAY, "award", recipent="p"), "no key 'recipent'"),
        (lambda: party.terms(DAY, "zz"), "no unit has the id 'zz'"),
        (lambda: party.terms(DAY, body="comittee"), "did you mean 'committee'"),
        (lambda: party.due(DAY, days=-1), "overdue"),
        (lambda: party.coverage(DAY, "emulatoin"), "'emulatoin' is none of 'emulation'"),
        (lambda: DAY.clusters("emulatoin"), "'emulatoin' is none of 'emulation'"),
        (lambda: party.rulebook().select("A99"), "no rule 'A99'"),
        (lambda: party.rulebook().without("A99", "B77"), "2 faults"),
        (lambda: party.attendance(DAY, "award-1", "province"), "no meeting"),
        (lambda: draft().transfer_members("p", "q", official=1, form="abraod"), "'abraod' is none of formal"),
        (lambda: draft().appoint("p", "secretary", person=""), "id is empty"),
        (lambda: draft().rate("p", "good", year="2025"), "year: it is a whole number"),
        (lambda: draft().set_target("p", "members", 5, period=2026), "'members' is no metric"),
        (lambda: draft().set_target("p", ["reduction", "commune"], 5, period=2026), "'since'"),
    ],
)
def test_a_misspelt_word_gives_no_answer(ask: Callable[[], Any], told: str) -> None:
    """It would look like a vacancy, like nothing on record, like everything alike."""
    with pytest.raises(om.OrgmodelError, match=told):
        ask()


def test_a_post_that_was_recorded_is_known() -> None:
    """A register may have posts of its own; only a word that nobody ever wrote is refused."""
    own = HISTORY.enact(om.Act("own", "2025-09-01", [om.Change("p", "office", "y", ("archivist", 1))]))
    assert "y" == party.holder(own, "p", "archivist")
    with pytest.raises(Refused, match="did you mean 'archivist'"):
        party.holder(own, "p", "archivst")


QUESTIONS = sorted(
    door
    for door, (_, signature) in DOORS.items()
    if "on" in signature.parameters and next(iter(signature.parameters)) == "h"
)


@pytest.mark.parametrize("door", QUESTIONS)
def test_no_question_has_an_answer_for_a_day_before_the_record(door: str) -> None:
    """An empty answer would say that there was nothing: a vacancy, no congress due, no award."""
    function, signature = DOORS[door]
    required = [p.name for p in signature.parameters.values() if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    assert len(QUESTIONS) > 15
    with pytest.raises((om.NotOnRecord, om.UnitNotYet)):
        function(**{name: GOOD[name] for name in required} | {"h": HISTORY, "on": "2025-07-01"})


PERIODS = sorted(
    door for door, (_, signature) in DOORS.items() if "period" in signature.parameters and not door.startswith("draft.")
)


@pytest.mark.parametrize("door", PERIODS)
def test_a_period_is_given_in_one_way_to_all_questions(door: str) -> None:
    """A year, a quarter as people write it, or a Period: each says the same at every door."""
    function, signature = DOORS[door]
    required = [p.name for p in signature.parameters.values() if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    options = {name: GOOD[name] for name in required if name != "period"}
    if "h" in options:
        options["h"] = HISTORY
    year, written, exact = (
        repr(function(**options, period=period)) for period in (2026, "2026", om.Period("2026-01-01", "2027-01-01"))
    )
    assert year == written == exact


def test_an_empty_history_has_no_findings() -> None:
    """As for every question: nothing is in disorder where nothing is."""
    assert party.audit(om.History(SCHEMA)) == ()
