"""The wheel, its metadata, and the commands that the README promises."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

SRC = ROOT / "src" / "orgmodel"
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]


def name_of(requirement: str) -> str:
    """``polars`` of ``polars>=1.9``, as packages' names compare."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel under test: the installed one, or in a checkout one that is built now."""
    given = os.environ.get("ORGMODEL_WHEEL")
    if given:
        return zipfile.ZipFile(given)
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("*.whl")
    return zipfile.ZipFile(made)


def shipped_files() -> list[Path]:
    return [
        SRC.parent / "_orgmodel_hypothesis.py",
        *(
            path
            for path in SRC.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
        ),
    ]


def test_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    """Modules, data, notices and py.typed go into the wheel, byte for byte, and nothing else does."""
    expected = {path.relative_to(SRC.parent).as_posix(): path.read_bytes() for path in shipped_files()}
    actual = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
    assert actual.keys() == expected.keys()
    assert [name for name in expected if actual[name] != expected[name]] == []
    assert "orgmodel/py.typed" in actual


def test_wheel_carries_the_licences(wheel: zipfile.ZipFile) -> None:
    """The licence, and the notice of each package that the data was read from, stand in the wheel's metadata."""
    licences = {name.partition(".dist-info/licenses/")[2]: name for name in wheel.namelist()}
    assert wheel.read(licences["LICENSE"]) == (ROOT / "LICENSE").read_bytes()
    notices = [name for name in licences if "NOTICES" in name]
    assert len(notices) == 1
    text = wheel.read(licences[notices[0]]).decode()
    sources = [path for path in shipped_files() if path.name == "sources.csv"]
    assert len(sources) == 1
    rows = sources[0].read_text(encoding="utf-8").splitlines()[1:]
    assert len(rows) >= 4
    for row in rows:
        package = row.split(",")[1]
        assert package in text, f"no notice for {package}"


def test_installed_package_is_the_wheel() -> None:
    """With the test command, what the tests import is the installed wheel, not the checkout."""
    import orgmodel

    if "ORGMODEL_WHEEL" not in os.environ:
        pytest.skip("run by hand in a checkout, not by tools/test")
    assert orgmodel.__file__ is not None
    assert SRC not in Path(orgmodel.__file__).parents


def test_versions_agree() -> None:
    """The package, its metadata and the newest entry of the changelog name one version."""
    import orgmodel

    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == orgmodel.__version__
    if "ORGMODEL_WHEEL" in os.environ:
        assert importlib.metadata.version("orgmodel") == orgmodel.__version__


def test_entry_points_load() -> None:
    """The console script and the hook for hypothesis name things that exist."""
    (script,) = PROJECT["scripts"].values()
    (hook,) = PROJECT["entry-points"]["hypothesis"].values()
    points = [
        importlib.metadata.EntryPoint("orgmodel", script, "console_scripts"),
        importlib.metadata.EntryPoint("orgmodel", hook, "hypothesis"),
    ]
    assert callable(points[0].load())
    assert callable(points[1].load())


def test_extra_all_names_every_extra() -> None:
    """``orgmodel[all]`` brings what all other extras bring."""
    extras = PROJECT["optional-dependencies"]
    assert extras["all"] == [f"orgmodel[{','.join(sorted(extras.keys() - {'all'}))}]"]


def test_every_dependency_is_pinned_for_the_tests_and_explained() -> None:
    """constraints.txt pins each direct dependency; the docs say why each that users get is there."""
    extras = [r for extra in PROJECT["optional-dependencies"].values() for r in extra]
    users = {name_of(r) for r in PROJECT["dependencies"] + extras} - {"orgmodel"}
    groups = PYPROJECT["dependency-groups"].values()
    ours = {name_of(r) for group in groups for r in group if isinstance(r, str)}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {name_of(line) for line in lines if "==" in line}
    assert (users | ours) - pinned == set()
    explained = (ROOT / "docs" / "explanation" / "dependencies.md").read_text(encoding="utf-8")
    assert [name for name in sorted(users) if f"**{name}**" not in explained] == []


def commands_of_the_readme() -> list[str]:
    """The lines after a ``$`` in the README's console blocks, continuation lines joined."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    joined = "".join(blocks).replace("\\\n", " ")
    return [" ".join(line[2:].split()) for line in joined.splitlines() if line.startswith("$ ")]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """The README's last command, which passes the tests, is a line of .ci/run, word for word."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    test_command = commands_of_the_readme()[-1]
    assert lines.count(test_command) == 1


def test_main_command_of_the_readme_names_what_exists() -> None:
    """The README's first command installs an extra that there is, with the pins, and runs the console script."""
    main_command = commands_of_the_readme()[0]
    assert main_command.endswith("/orgmodel reform")
    extra = re.search(r"'\.\[(\w+)\]'", main_command)
    assert extra is not None
    assert extra[1] in PROJECT["optional-dependencies"]
    assert "-c constraints.txt" in main_command
    assert list(PROJECT["scripts"]) == ["orgmodel"]


@pytest.mark.parametrize("script", [".ci/run", "tools/test", "tools/lock"])
def test_scripts_can_be_run(script: str) -> None:
    """The scripts are executable and stop at the first failure."""
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert "\nset -euo pipefail\n" in path.read_text(encoding="utf-8")
