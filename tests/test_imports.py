"""What an import loads, and that every module can be the first."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys

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
    "pyarrow",
    "rich",
    "scipy",
]
# Their work is an extra's; the rest of the package must import with the core alone.
OF_AN_EXTRA = ("orgmodel.cli", "orgmodel.testing", "orgmodel.__main__")


def all_modules() -> list[str]:
    return ["orgmodel", *(module.name for module in pkgutil.walk_packages(orgmodel.__path__, "orgmodel."))]


def run(code: str, *args: str) -> str:
    """What a fresh interpreter prints. It is not measured: importing everything many times covers nothing more."""
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


def test_every_module_can_be_imported_first() -> None:
    """No import works only because another module was imported before it."""
    code = """
import importlib, sys
for name in sys.argv[1:]:
    for loaded in [m for m in sys.modules if m.partition(".")[0] == "orgmodel"]:
        del sys.modules[loaded]
    importlib.import_module(name)
print("all")
"""
    assert run(code, *all_modules()) == "all\n"


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
