"""The strict door of files, stores and importers: what goes in wrong is told in our own words."""

from __future__ import annotations

import importlib
import inspect
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import orgmodel as om
from orgmodel import party
from orgmodel.io import dynamic_graphs, frames, graphs, jsonld, tables
from orgmodel.io.importers.weights import import_weights
from orgmodel.reports.explorer.page import write_explorer

HISTORY = om.history_of([{"id": "vn"}, {"id": "a", "parent": "vn", "name": "A"}], day="2024-01-01")
WRONG: list[Any] = [
    3, 3.5, True, b"x", {}, object(), "nonsense ☃", ["x", 3], {"a"}, pd.NaT, float("nan"), om.Unit("zz"), None, (),
    pd.Series([1, 2]), np.array([1.5]), om.Source("x"), "2025-W27-2",
]  # fmt: skip
GOOD: dict[str, Any] = {
    "act_id": "x", "acts": (), "address": "register.db", "base": "https://example.org/", "change": lambda history: history,
    "changes": {}, "day": "2024-01-01", "file": "out.txt", "folder": "tables", "graph": nx.DiGraph([("vn", "a")]),
    "history": HISTORY, "measure": "members", "number": 1, "on": "2024-01-01", "path": "copy.db", "person": "p",
    "presence": [], "reason": "r", "recorded": 1, "records": [], "rows": [], "since": 1, "structure": HISTORY.at("2024-01-01"),
    "table": [], "text": "x", "lists": {}, "day_of": None,
}  # fmt: skip
MODULES = (
    "jsonld", "graphs", "dynamic_graphs", "frames", "opening", "columns", "jsonl", "tables", "importers.register",
    "importers.movements", "importers.memberships", "importers.snapshots", "importers.weights",
)  # fmt: skip


def doors() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in MODULES:
        loaded = importlib.import_module(f"orgmodel.io.{module}")
        for name in loaded.__all__:
            thing = getattr(loaded, name)
            if inspect.isfunction(thing):
                yield f"{module}.{name}", thing
    for name in dir(om.Store):
        if not name.startswith("_") and callable(getattr(om.Store, name)) and name != "close":
            yield f"Store.{name}", getattr(om.Store, name)
    yield "Store", om.Store


DOORS = dict(doors())


@pytest.mark.parametrize("door", DOORS)
def test_nothing_foreign_comes_out(door: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each argument in turn is given everything that it is not: it is taken, or refused as an ``OrgmodelError``."""
    monkeypatch.chdir(tmp_path)
    om.Store.create("register.db", HISTORY).close()
    function, varying = DOORS[door], (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    parameters = [p for p in inspect.signature(function).parameters.values() if p.kind not in varying]
    with om.Store("register.db") as store:
        good = GOOD | {"self": store}
        needed = {p.name: good.get(p.name) for p in parameters if p.default is p.empty}
        for parameter in parameters:
            for wrong in WRONG if parameter.name != "self" else ():
                options = {**needed, parameter.name: wrong}
                positional = [options.pop("self")] if "self" in options else []
                try:
                    function(*positional, **options)
                except (om.OrgmodelError, OSError):
                    pass
                except Exception as error:  # noqa: BLE001  # whatever it is, it is told
                    pytest.fail(f"{door}({parameter.name}={wrong!r:.40}): {type(error).__name__}: {error}")


@pytest.mark.parametrize("number", ["1e999999999", "9" * 5000, "1/0", "nan", "inf", "five"])
def test_a_number_of_a_stranger_is_not_worked_out(number: str) -> None:
    """A text of eleven characters must not become a number of a thousand million digits."""
    table = [{"old": "a", "new": "b", "forward": number, "backward": "1"}]
    with pytest.raises(om.OrgmodelError):
        import_weights(table, measure="m")
    with pytest.raises(om.OrgmodelError):
        import_weights([], measure="m", tolerance=number)
    with pytest.raises(om.OrgmodelError):
        party.four_good(HISTORY, "a", 2025, share=number)


def ways_out() -> Iterator[Any]:
    """Each door that writes to a path, by name."""
    structure = HISTORY.at("2024-01-01")
    yield pytest.param(lambda path: om.dump(HISTORY, path), id="dump")
    for form in ("lines", "columns", "store"):
        yield pytest.param(lambda path, form=form: om.save(HISTORY, path, form=form), id=f"save as {form}")
    yield pytest.param(lambda path: om.Store.create(path, HISTORY), id="Store.create")
    yield pytest.param(lambda path: frames.write_parquet(HISTORY, path), id="write_parquet")
    yield pytest.param(lambda path: graphs.write_gexf(structure, path), id="write_gexf")
    yield pytest.param(lambda path: graphs.write_graphml(structure, path), id="write_graphml")
    yield pytest.param(lambda path: dynamic_graphs.write_dynamic_gexf(HISTORY, path), id="write_dynamic_gexf")
    yield pytest.param(lambda path: jsonld.write_popolo(HISTORY, path, on="2024-01-01"), id="write_popolo")
    yield pytest.param(lambda path: tables.write_history_csv(HISTORY, path), id="write_history_csv")
    yield pytest.param(lambda path: tables.write_units_csv(structure, path), id="write_units_csv")
    yield pytest.param(lambda path: write_explorer(HISTORY, path), id="write_explorer")


@pytest.mark.parametrize("write", [*ways_out()])
def test_an_empty_path_is_not_the_current_folder(
    write: Callable[[str], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((OSError, om.OrgmodelError)):
        write("")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("read", [om.load, om.open_history, om.Store, om.read_plan])
def test_an_empty_path_holds_nothing(read: Callable[[str], object]) -> None:
    with pytest.raises((OSError, om.OrgmodelError)):
        read("")


@pytest.mark.parametrize(
    "write",
    [
        lambda file: om.dump(HISTORY, file),
        lambda file: tables.write_units_csv(HISTORY.at("2024-01-01"), file),
        lambda file: graphs.write_gexf(HISTORY.at("2024-01-01"), file),
        lambda file: jsonld.write_popolo(HISTORY, file, on="2024-01-01"),
    ],
)
def test_a_file_of_bytes_takes_no_text(write: Callable[[Any], object]) -> None:
    """It is told how to open it, and not that some argument is no bytes."""
    with pytest.raises(om.Refused, match="open it for text, with mode 'w'"):
        write(io.BytesIO())
