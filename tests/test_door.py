"""One strict door: what goes in wrong is converted where it is plain what is meant, or refused in our own words.

One test goes through all public functions, classes, methods and verbs, and gives each of their arguments everything
that it is not: no foreign exception comes out.
"""

from __future__ import annotations

import datetime as dt
import inspect
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import orgmodel as om
from orgmodel.acts.operation import VERBS
from orgmodel.io import tables as csv_tables
from orgmodel.io import translation
from orgmodel.period import as_day

NO_DAYS: list[Any] = [
    pd.NaT, np.datetime64("NaT", "D"), dt.datetime(2024, 1, 1, tzinfo=dt.UTC), dt.datetime(2024, 1, 1, 12), "2024-01-01T00:00",
    "2024-W27-2", "2024W272", "2024-1-1", "01/07/2025", " 2024-01-01", "20240101", "2024-01", 20240101, "2024-02-30",
]  # fmt: skip
WRONG: list[Any] = [
    3, 3.5, True, b"x", [], {}, object(), "nonsense ☃", ["x", 3], {"a"}, dt.date(2024, 1, 1), pd.NaT, float("nan"),
    dt.datetime(2024, 1, 1, tzinfo=dt.UTC), om.Unit("zz"), pd.Series([1, 2]), np.array([1.5]), pl.DataFrame({"x": [1]}),
    pa.table({"x": [1]}), None, om.Source("x"), (), "2025-W27-2", "2024-06-01T12:00:00",
]  # fmt: skip


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken for the name of a file is written where it does no harm."""
    monkeypatch.chdir(tmp_path)


def world() -> om.History:
    """A small country with clusters and a merger."""
    rows: list[dict[str, Any]] = [
        {"id": "vn", "kind": "centre", "name": "V"},
        {"id": "p", "kind": "province", "parent": "vn", "name": "P", "code": "01"},
        {"id": "q", "kind": "province", "parent": "vn", "name": "Q", "code": "02"},
    ]
    rows += [
        {"id": f"c{i}", "kind": "commune", "parent": "pq"[i // 2], "name": f"Xã {i}", "code": f"0{i}", "members": i + 1}
        for i in range(4)
    ]
    measures = [om.Measure("members"), om.Measure("area", decimal=True)]
    schema = om.Schema.levels("centre", "province", om.Kind("commune", name_vi="xã, phường"))
    history = om.history_of(rows, day="2024-01-01", measures=measures, schema=schema)
    clusters = [
        om.Creation(om.Clustering("emulation")), om.Creation(om.Cluster("e1", "emulation", "C 1")),
        om.Change("p", "member:emulation", "e1"), om.Change("q", "member:emulation", "e1"),
        om.Change("e1", "role", "p", ("leader", 1)),
    ]  # fmt: skip
    history = history.enact(om.Act("k", "2024-02-01", clusters))
    with history.draft("2025-01-01", "1/NQ", act_id="m") as act:
        act.merge(["c0", "c1"], into=om.Unit("n", name="N", code="09", kind="commune"))
    return history.enact(act)


HISTORY = world()
CATEGORIES = om.structure_of([{"id": "p", "category": "tỉnh"}], day="2025-01-01")
BEFORE, AFTER = HISTORY.at("2024-06-01"), HISTORY.at("2025-06-01")
PLACES = HISTORY.correspondence("2024-06-01", "2025-06-01", kind="commune")
GOOD: dict[str, Any] = {
    "a": "2024-06-01", "about": "c2", "act": HISTORY.act("m"), "act_id": "m", "acts": [], "after": {"q"}, "b": "2025-06-01",
    "baseline": HISTORY, "before": {"q"}, "by": 1, "changes": {}, "child": "commune", "choice": "home", "closed": (),
    "cluster": "e1", "clustering": "emulation", "code": "77", "comparison": "<", "day": "2025-06-01", "effective": "2026-01-01",
    "end": "2025-06-01", "entries": ["01"], "event": om.Closure("c2"), "events": [om.Closure("c2")], "figures": {"members": 3},
    "file": io.StringIO(""), "frame": pl.DataFrame({"unit": ["p"], "day": ["2025-01-01"]}), "giver": "c2", "history": HISTORY,
    "holder": "q", "home": "c3", "id": "x", "into": om.Unit("z", name="Z", kind="commune"), "kind": "commune", "kinds": ["a"],
    "links": [om.Link("c2", "n")], "mapping": {"c2": "p"}, "measure": "members", "member": "q", "members": ["p"],
    "message": "m", "name": "N", "new": "n", "number": "1/NQ", "old": "c2", "on": "2025-06-01", "operation": om.Closure("c2"),
    "operations": [om.Closure("c2")], "other": PLACES, "parent": "p", "parts": ["c2"], "plans": [], "reason": "r",
    "recorded": "2026-01-01", "role": "leader", "rows": [{"id": "a"}], "rule": "r", "scenarios": [], "seat": 1,
    "selection": "commune", "source": om.Source("s"), "start": "2024-06-01", "structure": AFTER, "subject": "c2",
    "subjects": ["c2"], "survivor": "c2", "taker": "c3", "target": "c3", "test": len, "text": "P", "texts": ["P"], "to": "Q",
    "track": "name", "unit": "c2", "units": ["c2", "c3"], "value": 3, "values": {"c0": 1, "c1": 2}, "what": om.Unit("zz", parent="p"),
    "within": None, "draft": HISTORY.draft("2026-01-01"), "path": "/nonexistent/x", "entry": HISTORY.log[0],
}  # fmt: skip

# What is no door: values of enums, errors, and what only the library makes.
NOT_DOORS = {
    "Absent",
    "Audit",
    "Diff",
    "Lineage",
    "Correspondence",
    "Draft",
    "Matches",
    "Structure",
    "Store",
    "policies",
    "Selection",
    "Operation",
}
OBJECTS: dict[str, Any] = {
    "History": HISTORY, "Structure": AFTER, "Structure before": BEFORE, "Correspondence": PLACES, "Lineage": HISTORY.lineage,
    "Over": HISTORY.over("2024-06-01", "2025-06-01"), "Diff": HISTORY.between("2024-06-01", "2025-06-01"),
    "ClusterChanges": HISTORY.cluster_changes("2024-06-01", "2025-06-01"),
    "Scenario": om.Scenario("s", HISTORY), "Schema": HISTORY.schema,
}  # fmt: skip


def doors() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Everything that can be called: functions and classes, methods of objects, verbs of a draft that is new each time."""
    for name in om.__all__:
        found = getattr(om, name)
        if name in NOT_DOORS or not callable(found) or (inspect.isclass(found) and issubclass(found, BaseException)):
            continue
        yield name, lambda found=found: found  # type: ignore[misc]
    for module in (csv_tables, translation):
        for name in ("read_units_csv", "read_history_csv", "translator", "recode", "read_column"):
            if (found := getattr(module, name, None)) is not None:
                yield f"{module.__name__}.{name}", lambda found=found: found  # type: ignore[misc]
    for name, thing in OBJECTS.items():
        for method in dir(thing):
            if (
                not method.startswith("_")
                and callable(getattr(thing, method))
                and not inspect.isclass(getattr(thing, method))
            ):
                yield f"{name}.{method}", lambda thing=thing, method=method: getattr(thing, method)  # type: ignore[misc]
    draft = type(HISTORY.draft("2026-01-01"))
    for verb in dir(draft):
        if not verb.startswith("_") and inspect.isfunction(getattr(draft, verb)):
            yield f"Draft.{verb}", lambda verb=verb: getattr(HISTORY.draft("2026-01-01"), verb)  # type: ignore[misc]


DOORS = dict(doors())


@pytest.mark.parametrize("door", DOORS)
def test_nothing_foreign_comes_out(door: str) -> None:
    """Each argument in turn is given everything that it is not: it is taken, or refused as an ``OrgmodelError``.

    A file that is not there is told as an ``OSError``, as everywhere in Python.
    """
    try:
        signature = inspect.signature(DOORS[door]())
    except (TypeError, ValueError):
        return
    parameters = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    tried = 0
    for parameter in parameters:
        for wrong in WRONG:
            given, named = [], {}
            for other in parameters:
                if other is not parameter and (other.default is not other.empty or other.kind is other.VAR_POSITIONAL):
                    continue
                if other is not parameter and other.name not in GOOD:
                    break
                value = wrong if other is parameter else GOOD[other.name]
                if other.kind in (other.POSITIONAL_ONLY, other.VAR_POSITIONAL):
                    given.append(value)
                else:
                    named[other.name] = value
            else:
                tried += 1
                try:
                    found = DOORS[door]()(*given, **named)
                    if isinstance(found, Iterator):
                        list(found)
                except (om.OrgmodelError, OSError):
                    pass
                except Exception as error:  # noqa: BLE001  # whatever it is, it is told
                    pytest.fail(f"{door}({parameter.name}={wrong!r:.40}): {type(error).__name__}: {error}")
    assert tried or not parameters or any(p.name not in GOOD for p in parameters)


def test_most_doors_were_tried() -> None:
    """The table of what is right knows the arguments that are needed, so that nearly every door is opened."""
    closed = []
    for name, get in DOORS.items():
        try:
            needed = [p.name for p in inspect.signature(get()).parameters.values()
                      if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]  # fmt: skip
        except (TypeError, ValueError):
            continue
        if len([n for n in needed if n not in GOOD]) > 1:
            closed.append(name)
    assert len(closed) < 0.1 * len(DOORS), closed


# ---- what is told


@pytest.mark.parametrize("day", NO_DAYS, ids=repr)
def test_what_is_no_day(day: Any) -> None:
    """A time, a zone, a week, ``NaT``, half a day: refused at every door, never cut to a day."""
    for ask in (lambda: HISTORY.at(day), lambda: om.Period(day, None), lambda: om.history_of([{"id": "a"}], day=day)):
        with pytest.raises(om.OrgmodelError):
            ask()


@pytest.mark.parametrize("day", [dt.date(2025, 7, 1), dt.datetime(2025, 7, 1), "2025-07-01", pd.Timestamp("2025-07-01"),
                                 np.datetime64("2025-07-01"), np.datetime64("2025-07-01T00:00")], ids=repr)  # fmt: skip
def test_what_is_a_day(day: Any) -> None:
    """What date, datetime, pandas and numpy write for a day is that day."""
    assert dt.date(2025, 7, 1) == as_day(day)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: AFTER.select(kind="provnce"), "did you mean 'province'"),
        (lambda: AFTER.count("provnce"), "did you mean 'province'"),
        (lambda: AFTER.of_kind("provnce"), "did you mean 'province'"),
        (lambda: AFTER.children("vn", kind="provnce"), "did you mean 'province'"),
        (lambda: AFTER.select(knd="province"), "unexpected keyword"),
        (lambda: AFTER.total("mmbers"), "did you mean 'members'"),
        (lambda: AFTER.measure("p", "mmbers"), "did you mean 'members'"),
        (lambda: AFTER.stated("mmbers"), "did you mean 'members'"),
        (lambda: AFTER.select(measure=("mmbers", "<", 3)), "did you mean 'members'"),
        (lambda: AFTER.parent("p", "mian"), "did you mean 'main'"),
        (lambda: HISTORY.correspondence("2024-06-01", "2025-06-01", kind="comune"), "did you mean 'commune'"),
        (lambda: HISTORY.vintage(["01"], by="cod"), "did you mean 'code'"),
        (lambda: HISTORY.vintage(["01"], kind="comune"), "did you mean 'commune'"),
        (lambda: PLACES.carry({"c0": 1}, "members", by="kode"), "did you mean 'code'"),
        (lambda: PLACES.carry({"c0": 1}, "members", unmapped="drob"), "did you mean 'drop'"),
        (lambda: translation.translator(HISTORY, "2024-06-01", "2025-06-01", by="Code"), "did you mean 'code'"),
        (lambda: HISTORY.between("2024-06-01", "2025-06-01").counts("movd"), "did you mean 'moved'"),
        (lambda: HISTORY.act("mm"), "no act has the id 'mm'"),
        (lambda: AFTER.select(om.select(kind="provnce")), "did you mean 'province'"),
        (lambda: AFTER.select(~om.select(kind="provnce") | om.select(code="01")), "did you mean 'province'"),
        (lambda: AFTER.select(om.select(measure=("mmbers", "<", 3))), "did you mean 'members'"),
        (lambda: AFTER.select(cluster="e11"), "no cluster has the id 'e11'; did you mean 'e1'"),
        (lambda: AFTER.select(cluster="p"), "no cluster has the id 'p'"),
        (lambda: AFTER.members("e11"), "no cluster has the id 'e11'; did you mean 'e1'"),
        (lambda: AFTER.roles("p"), "no cluster has the id 'p': it is a unit"),
        (lambda: AFTER.unit("e1"), "no unit has the id, code or name 'e1': it is a cluster"),
        (lambda: AFTER.clusters("emulaton"), "did you mean 'emulation'"),
        (lambda: AFTER.cluster_of("p", "emulaton"), "did you mean 'emulation'"),
        (lambda: AFTER.members_of_all("emulaton"), "did you mean 'emulation'"),
        (lambda: AFTER.totals("members", "provnce"), "did you mean 'province'"),
        (lambda: AFTER.value("p", "nme"), "did you mean 'name'"),
        (lambda: AFTER.values(["p"], "nme"), "did you mean 'name'"),
        (lambda: AFTER.slots("p", "nme"), "did you mean 'name'"),
        (lambda: CATEGORIES.select(category="tihnh"), "did you mean 'tỉnh'"),
        (lambda: HISTORY.over("2024-06-01", "2025-06-01").days_under("c2", kind="provnce"), "did you mean 'province'"),
        (lambda: HISTORY.over("2024-06-01", "2025-06-01").ever_under("vn", kind="provnce"), "did you mean 'province'"),
        (lambda: HISTORY.over("2024-06-01", "2025-06-01").ended("comune", "province"), "did you mean 'commune'"),
        (lambda: HISTORY.over("2024-06-01", "2025-06-01").ended("commune", "provnce"), "did you mean 'province'"),
        (lambda: HISTORY.over("2024-06-01", "2025-06-01").mean("mmbers", "c2"), "did you mean 'members'"),
        (lambda: HISTORY.over("2024-06-01", "2025-06-01").days_in_clusters("p", "emulaton"), "did you mean 'emulation'"),
        (lambda: HISTORY.series("members", "comune", on="2025-06-01"), "did you mean 'commune'"),
        (lambda: HISTORY.correspondence("2024-06-01", "2025-06-01", kind="province", ground=["comune"]),
         "did you mean 'commune'"),
        (lambda: HISTORY.correspondence("2024-06-01", "2025-06-01", kind="province", incomplete=["pp"]), "'pp'"),
        (lambda: HISTORY.as_of(pl.DataFrame({"unit": ["p"], "day": ["2025-01-01"]}), ["nmae"]), "did you mean 'name'"),
        (lambda: HISTORY.as_of(pl.DataFrame({"unit": ["p"], "day": ["2025-01-01"]}), above=["cetre"]),
         "did you mean 'centre'"),
        (lambda: HISTORY.find("Xã 1", above="Pp"), "no unit ever bore 'Pp'"),
        (lambda: HISTORY.at(after=("mm", 0)), "no act has the id 'mm'"),
        (lambda: HISTORY.enact(om.Act("late", "2024-03-01", [om.Change("c0", "name", "N")]),
                               answers=[om.Answer("mm", about="n", cluster="e1")]), "answers an act that is not here"),
        (lambda: om.History.taken([*HISTORY.acts, HISTORY.acts[0]]), "more than once"),
        (lambda: om.history_of([{"id": "r"}, {"id": "a", "parent": "r"}, {"id": "b", "parent": "r"}], day="2024-01-01")
                   .draft("2025-01-01").merge(["a", "b"], into=om.Unit("n"), cluster="e1"), "no cluster 'e1'"),
    ],
)  # fmt: skip
def test_typos_are_refused_with_a_suggestion(ask: Callable[[], Any], told: str) -> None:
    """A word that nobody knows gives no empty answer."""
    with pytest.raises(om.OrgmodelError, match=told.replace("(", r"\(")):
        ask()


def tried(*events: Any, day: str = "2026-01-01", **placed: str) -> Callable[[], Any]:
    return lambda: HISTORY.enact(om.Act("late", day, events, **placed))


@pytest.mark.parametrize(
    ("try_it", "rule", "told"),
    [
        (tried(om.Change("c2", "nme", "x")), "track", "a fact of your own is 'fact:nme'"),
        (tried(om.Change("c2", "measure", 3, "own")), "track", "no track 'measure'"),
        (tried(om.Change("c2", "kind:gso", "x")), "track", "no track 'kind:gso'"),
        (tried("c2"), "type", "each is an operation, a block of them or an event"),
        (tried(om.Creation(om.Unit("z", parent="p"), out_of="c2")), "out-of", "name that unit in reestablishes="),
        (tried(om.Creation(om.Unit("z", parent="p", kind="commune"), reestablishes="c0", out_of="zz")), "out-of",
         "no unit 'zz' is there"),
        (tried(om.Creation(om.Unit("z", parent="p", kind="commune"), reestablishes="c0", out_of="c1")), "out-of",
         "no unit 'c1' is there"),
        (tried(om.Change("c2", "name", "x"), before="m"), "act-order", "no act 'm' is on its day"),
        (tried(om.Change("c2", "name", "x"), after="late"), "act-order", "no act 'late' is on its day"),
        (tried(om.Change("c2", "name", "x"), day="2025-01-01", after="mm"), "act-order", "no act 'mm' is on its day"),
        (lambda: HISTORY.draft("2026-01-01").merge(["c2", "c3"], into=om.Unit("z"), counterparts="agncy"), "counterpart",
         "there is no kind 'agncy'"),
        (lambda: HISTORY.draft("2026-01-01").merge(["c2", "c3"], into=om.Unit("z"), ratings="lowest"), "type",
         "it is a policy"),
        (lambda: HISTORY.draft("2026-01-01").split_off("c2", om.Unit("z"), allocation="equal"), "type", "it is a policy"),
        (lambda: om.Schema(["a", "b", "a"]), "kind", "the kind 'a' is there twice"),
    ],
)  # fmt: skip
def test_slips_that_would_change_nothing_are_refused(try_it: Callable[[], Any], rule: str, told: str) -> None:
    """What nobody reads, or what is passed over today because nothing needs it, is a slip of the writer."""
    with pytest.raises(om.Refused, match=told.replace("(", r"\(")) as refused:
        try_it()
    assert rule in {finding.rule for finding in refused.value.findings}


def test_an_act_stands_beside_another_that_is_new_as_well() -> None:
    """before= and after= may name an act of the same call."""
    first = om.Act("first", "2026-01-01", [om.Change("c2", "name", "A")], after="second")
    second = om.Act("second", "2026-01-01", [om.Change("c2", "name", "B")])
    assert HISTORY.enact(first, second).at("2026-01-01").unit("c2").name == "A"


def test_what_is_plainly_meant() -> None:
    """A unit stands for its id, a text for a source, a name or a list of one."""
    unit = AFTER.unit("p")
    assert AFTER.children("p") == AFTER.children(unit)  # type: ignore[arg-type]
    assert ("vn", ("vn", "p")) == (AFTER.parent(unit), AFTER.path(unit))  # type: ignore[arg-type]
    assert HISTORY.lineage.successors(BEFORE.unit("c0")) == ("n",)  # type: ignore[arg-type]
    assert AFTER.select(under=unit, kind="xã") == AFTER.select(under="p", kind="commune")
    with HISTORY.draft("2026-01-01", "2/NQ") as act:
        made = act.merge([AFTER.unit("c2"), "c3"], into="Xã Mới")
    after = HISTORY.enact(act)
    assert ("Xã Mới", "2/NQ") == (after.at("2026-01-01").unit(made).name, after.act(act.id).source.number)


def test_a_selection_has_no_truth() -> None:
    """``and`` between two selections would silently drop one."""
    with pytest.raises(om.Refused, match="combine selections with"):
        AFTER.select(om.select(kind="commune") and om.select(under="p"))
    with pytest.raises(om.Refused, match="it is one, not"):
        om.select(kind="commune") & "p"  # type: ignore[operator]


def test_arguments_that_are_not_there_are_told() -> None:
    """A missing or unknown argument is our error and Python's."""
    for error in (om.Refused, TypeError):
        with pytest.raises(error, match="missing"):
            om.history_of([{"id": "a"}])  # type: ignore[call-arg]


def test_what_is_made_in_a_document_is_checked_too(monkeypatch):
    """A class made where no module was imported, as in a document, has its arguments checked."""
    source = """
from attrs import frozen
from orgmodel.acts.operation import Operation

@frozen
class InDocument(Operation[None]):
    name = "in-document"
    unit: str
    def resolve(self, at):
        return []
"""
    namespace = {"__name__": "a document"}
    # Making the class enters its verb, for this test alone.
    monkeypatch.setitem(VERBS, "in-document", None)
    exec(source, namespace)
    made = namespace["InDocument"]
    assert made("a").unit == "a"
    with pytest.raises(om.Refused, match="it is a text, not the int 3"):
        made(3)


# What is accepted can be read back.
ODD: list[Any] = [
    0, -1, 2**63, 10**30, "", "a\0b", "\ud800", "Ha\u0300", 1e300, [""], None, ("a", 1), {"p": -1}, {}, [], ["c2"], om.Unit("zz9"),
    om.Quantity(3, "about"), True,
]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in VERBS if "." not in name])
def test_what_a_verb_takes_every_file_gives_back(name: str) -> None:
    """An odd value is refused when the act is drafted, or it comes back: never accepted now and refused by the reader."""
    parameters = list(inspect.signature(VERBS[name]).parameters.values())
    needed = {p.name: GOOD.get(p.name) for p in parameters if p.default is p.empty}
    for parameter in parameters:
        for odd in ODD:
            act = HISTORY.draft("2026-01-01", act_id="odd")
            try:
                act.do(VERBS[name](**{**needed, parameter.name: odd}))
                history = HISTORY.enact(act)
            except om.OrgmodelError:
                continue
            assert om.loads(om.dumps(history)) == history, (parameter.name, odd)


def test_an_unknown_argument_is_reported_with_the_one_it_was_meant_for() -> None:
    """At all doors alike, those of tables included, where it is not taken for a cell that cannot be read."""
    history = om.history_of([{"id": "a"}], day="2025-01-01")
    with pytest.raises(om.OrgmodelError, match=r"'kindd'; did you mean kind="):
        history.correspondence("2025-01-01", "2025-01-01", kindd="commune")
    with pytest.raises(om.OrgmodelError, match=r"from_tables\(\): 1 fault\n.*'factss'; did you mean facts="):
        om.from_tables({"id": ["a"]}, parents={"unit": ["a"], "parent": [None]}, factss={})
    with pytest.raises(om.OrgmodelError, match=r"missing a required .*argument: 'parents'"):
        om.from_tables({"id": ["a"]})
