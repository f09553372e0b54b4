"""The hypothesis entry point: it registers strategies, and can never break ``import hypothesis``.

With the newest hypothesis that is supported, which is the installed one, and what differs between
versions with the oldest too, which pip fetches.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import ROOT

import _orgmodel_hypothesis as hook
import orgmodel as om
from orgmodel.testing.entry_point import register

SRC = Path(om.__file__).parents[1]

REGISTERED = """
import hypothesis.strategies as st, sys
from hypothesis import find, settings, Phase
import orgmodel as om
plain = settings(phases=[Phase.generate, Phase.shrink], database=None)
print(len(find(st.from_type(om.Structure), lambda s: True, settings=plain)))
"""


KIT = """
import hypothesis, orgmodel as om
from orgmodel.testing import checks, laws, machines
from orgmodel.testing.strategies import histories, large_hierarchies, smallest
from hypothesis.stateful import run_state_machine_as_test
laws.check("C1", "T1", "E1", max_examples=20, seed=1)
few = hypothesis.settings(max_examples=3, stateful_step_count=5, deadline=None, database=None)
run_state_machine_as_test(machines.restructuring(), settings=few)
@few
@hypothesis.given(large_hierarchies())
def built(rows):
    assert len(om.structure_of(rows, day="2025-07-01")) == len(rows)
built()
def broken(structure, members, day, source):
    return []
try:
    laws.check("C1", rule=broken, max_examples=100, seed=1)
except laws.LawBroken as error:
    assert "to see it again:" in str(error)
    print(hypothesis.__version__, len(smallest(histories(), lambda h: len(h.acts) > 1).acts))
"""


def oldest() -> str:
    """The oldest supported version, as pyproject.toml says it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (wanted,) = [r for r in project["project"]["optional-dependencies"]["testing"] if r.startswith("hypothesis")]
    found = re.fullmatch(r"hypothesis>=([0-9.]+)", wanted)
    assert found, wanted
    return found[1]


VERSIONS = pytest.mark.parametrize("version", ["newest", "oldest"], indirect=True)
"""A test with both versions of hypothesis; others are with the newest alone."""


@pytest.fixture(scope="module")
def version(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Folders with a version of hypothesis, before the installed one, which is the newest."""
    if getattr(request, "param", "newest") == "newest":
        return []
    folder: Path = tmp_path_factory.mktemp("oldest")
    wanted = f"hypothesis=={oldest()}"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), wanted]
    subprocess.run(command, check=True)
    return [folder]


@pytest.fixture
def site(tmp_path: Path, version: list[Path]) -> list[Path]:
    """Folders in which hypothesis and the entry point are installed, and nothing else."""
    info = tmp_path / "orgmodel_hook-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: orgmodel-hook\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[hypothesis]\norgmodel = _orgmodel_hypothesis:register\n")
    (tmp_path / "_orgmodel_hypothesis.py").write_bytes(Path(hook.__file__).read_bytes())
    return [*version, tmp_path]


def run(code: str, *folders: Path) -> str:
    """What a fresh interpreter prints that sees these folders first."""
    path = f"import sys; sys.path[:0] = {[str(folder) for folder in folders]!r}\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", path + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@VERSIONS
def test_types_are_registered_when_hypothesis_comes_first(site: list[Path]) -> None:
    """hypothesis, then orgmodel: from_type knows a structure."""
    assert run(REGISTERED, *site, SRC) == "1\n"


@VERSIONS
def test_types_are_registered_when_orgmodel_comes_first(site: list[Path]) -> None:
    """orgmodel, then hypothesis: from_type knows a structure."""
    assert run("import orgmodel\n" + REGISTERED, *site, SRC) == "1\n"


def test_hypothesis_alone_imports_nothing_of_the_package(site: list[Path]) -> None:
    """Whoever only uses hypothesis does not wait for numpy and the rest."""
    code = "import hypothesis, sys; print('orgmodel' in sys.modules)"
    assert run(code, *site, SRC) == "False\n"


@pytest.mark.parametrize(
    "fault",
    ["raise RuntimeError('broken')", "import no_such_module", "1 +", "raise SystemError", "raise Warning('loud')"],
)
def test_a_fault_of_the_package_does_not_break_hypothesis(site: list[Path], tmp_path: Path, fault: str) -> None:
    """Whatever is wrong with orgmodel, ``import hypothesis`` works and hypothesis too."""
    broken = tmp_path / "broken" / "orgmodel"
    (broken / "testing").mkdir(parents=True)
    (broken / "__init__.py").write_text("")
    (broken / "testing" / "__init__.py").write_text("")
    (broken / "testing" / "entry_point.py").write_text(fault)
    code = "import hypothesis, orgmodel; print(hypothesis.find(hypothesis.strategies.integers(), lambda n: n > 3))"
    assert run(code, *site, broken.parent) == "4\n"
    (broken / "__init__.py").write_text(fault)
    code = "import hypothesis; print(hypothesis.find(hypothesis.strategies.integers(), lambda n: n > 3))"
    assert run(code, *site, broken.parent) == "4\n"


@pytest.mark.parametrize("version", ["oldest"], indirect=True)
def test_the_kit_works(version: list[Path]) -> None:
    """Laws, machine, strategies and what is told of a failure, with the oldest; all other tests are with the newest."""
    number, acts = run(KIT, *version, SRC).split()
    assert acts == "2"
    assert number.startswith(oldest())


def test_without_the_package_hypothesis_imports(site: list[Path]) -> None:
    """The hook left behind by an uninstalled package does no harm."""
    assert run("import hypothesis; print('fine')", *site) == "fine\n"


register()


@given(st.data())
@pytest.mark.parametrize("kind", [om.Structure, om.History, om.Act, om.Unit, om.Source, om.Period, om.Quantity])
def test_every_registered_type_is_drawn(kind: type, data: st.DataObject) -> None:
    """from_type gives values of the type."""
    assert isinstance(data.draw(st.from_type(kind)), kind)
