"""What an import loads, and that no two modules wait for each other."""

from __future__ import annotations

import ast
import graphlib
import importlib.util
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import orgmodel

HEAVY = [
    "cyclopts",
    "dask",
    "distributed",
    "highspy",
    "holidays",
    "hypothesis",
    "networkx",
    "pandas",
    "plotly",
    "polars",
    "psycopg",
    "pyarrow",
    "rich",
    "scipy",
    "sqlalchemy",
]
# Their work is an extra's; the rest of the package must import with the core alone.
OF_AN_EXTRA = ("orgmodel.cli", "orgmodel.testing", "orgmodel.__main__", "orgmodel.io.store.")


def all_modules() -> list[str]:
    return ["orgmodel", *(module.name for module in pkgutil.walk_packages(orgmodel.__path__, "orgmodel."))]


def run(code: str, *args: str) -> str:
    """What a fresh interpreter prints. What it imports is not measured: it would be slow and cover nothing more."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-c", code, *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_of_the_package_is_light() -> None:
    """``import orgmodel`` loads none of the libraries that only some functions need."""
    code = "import sys, json, orgmodel; print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    loaded = json.loads(run(code))
    assert sorted(set(loaded) & set(HEAVY)) == []


def loaded_by(tree: ast.Module, modules: set[str]) -> set[str]:
    """Modules of the package that a module imports while it is loaded: not in a function, not for types alone."""
    found: set[str] = set()
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{alias.name}" for alias in node.names} & modules
            found.update(below or {node.module})
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            todo += ast.iter_child_nodes(node)
    # With a module, the packages it is in are loaded.
    packages = {name.rsplit(".", depth)[0] for name in found for depth in range(1, name.count(".") + 1)}
    return (found | packages) & modules


def test_no_two_modules_wait_for_each_other() -> None:
    """No module imports, while it is loaded, one that is loading it: each can be the first.

    The package itself is left out: it is the first by nature, and its modules do not import it.
    """
    modules = set(all_modules()) - {"orgmodel"}
    graph: dict[str, set[str]] = {}
    for name in modules:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        loads = loaded_by(ast.parse(Path(spec.origin).read_text(encoding="utf-8")), modules)
        # Its own packages are being loaded already when it is.
        graph[name] = {other for other in loads if not name.startswith(f"{other}.") and other != name}
    assert len(graph["orgmodel.history.history"]) > 5
    tuple(graphlib.TopologicalSorter(graph).static_order())


def test_a_wait_would_be_seen() -> None:
    """The test above reads what is loaded, and only that."""
    text = """
import orgmodel.a.b
from orgmodel.c import d, thing
if TYPE_CHECKING:
    from orgmodel.e import f
else:
    import orgmodel.g
def later():
    import orgmodel.h
class Now:
    from orgmodel.i import thing
"""
    modules = {f"orgmodel.{m}" for m in ("a", "a.b", "c", "c.d", "e", "e.f", "g", "h", "i")}
    expected = {f"orgmodel.{m}" for m in ("a", "a.b", "c", "c.d", "g", "i")}
    assert loaded_by(ast.parse(text), modules) == expected


def test_modules_import_without_the_extras() -> None:
    """Where only the core is installed, every module outside the command line and the test kit imports."""
    extras = [name for name in HEAVY if name != "networkx"]
    code = f"""
import importlib, sys
for name in {extras!r}:
    sys.modules[name] = None
for name in sys.argv[1:]:
    importlib.import_module(name)
print("all")
"""
    modules = [name for name in all_modules() if not name.startswith(OF_AN_EXTRA)]
    assert run(code, *modules) == "all\n"


def test_command_line_without_its_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``python -m orgmodel`` with only the core installed prints one line that helps and exits with 2."""
    from orgmodel.__main__ import main

    for name in [m for m in sys.modules if m.startswith("orgmodel.cli")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("cyclopts", "rich"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("install it with: pip install 'orgmodel[cli]'")


def test_command_line_does_not_hide_another_missing_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is missing for another reason is not called a missing extra."""
    from orgmodel.__main__ import main

    for name in [m for m in sys.modules if m.startswith("orgmodel.cli")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "attrs", None)
    monkeypatch.setitem(sys.modules, "orgmodel.cli.app", None)
    with pytest.raises(ModuleNotFoundError, match=r"orgmodel\.cli\.app"):
        main()


def test_module_runs_as_a_program() -> None:
    """``python -m orgmodel --help`` is the command line."""
    done = subprocess.run(
        [sys.executable, "-m", "orgmodel", "--help"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "reform" in done.stdout
