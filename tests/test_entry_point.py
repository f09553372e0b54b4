"""The hypothesis entry point: it registers strategies, and can never break ``import hypothesis``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder in which the entry point is installed, and nothing else."""
    info = tmp_path / "orgmodel_hook-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: orgmodel-hook\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[hypothesis]\norgmodel = _orgmodel_hypothesis:register\n")
    (tmp_path / "_orgmodel_hypothesis.py").write_bytes(Path(hook.__file__).read_bytes())
    return tmp_path


def run(code: str, *folders: Path) -> str:
    """What a fresh interpreter prints that sees these folders first."""
    path = f"import sys; sys.path[:0] = {[str(folder) for folder in folders]!r}\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", path + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_types_are_registered_when_hypothesis_comes_first(site: Path) -> None:
    """hypothesis, then orgmodel: from_type knows a structure."""
    assert run(REGISTERED, site, SRC) == "1\n"


def test_types_are_registered_when_orgmodel_comes_first(site: Path) -> None:
    """orgmodel, then hypothesis: from_type knows a structure."""
    assert run("import orgmodel\n" + REGISTERED, site, SRC) == "1\n"


def test_hypothesis_alone_imports_nothing_of_the_package(site: Path) -> None:
    """Whoever only uses hypothesis does not wait for numpy and the rest."""
    code = "import hypothesis, sys; print('orgmodel' in sys.modules)"
    assert run(code, site, SRC) == "False\n"


@pytest.mark.parametrize(
    "fault",
    ["raise RuntimeError('broken')", "import no_such_module", "1 +", "raise SystemError", "raise Warning('loud')"],
)
def test_a_fault_of_the_package_does_not_break_hypothesis(site: Path, tmp_path: Path, fault: str) -> None:
    """Whatever is wrong with orgmodel, ``import hypothesis`` works and hypothesis too."""
    broken = tmp_path / "broken" / "orgmodel"
    (broken / "testing").mkdir(parents=True)
    (broken / "__init__.py").write_text("")
    (broken / "testing" / "__init__.py").write_text("")
    (broken / "testing" / "entry_point.py").write_text(fault)
    code = "import hypothesis, orgmodel; print(hypothesis.find(hypothesis.strategies.integers(), lambda n: n > 3))"
    assert run(code, site, broken.parent) == "4\n"
    (broken / "__init__.py").write_text(fault)
    code = "import hypothesis; print(hypothesis.find(hypothesis.strategies.integers(), lambda n: n > 3))"
    assert run(code, site, broken.parent) == "4\n"


def test_without_the_package_hypothesis_imports(site: Path) -> None:
    """The hook left behind by an uninstalled package does no harm."""
    assert run("import hypothesis; print('fine')", site) == "fine\n"


register()


@given(st.data())
@pytest.mark.parametrize("kind", [om.Structure, om.History, om.Act, om.Unit, om.Source, om.Period, om.Quantity])
def test_every_registered_type_is_drawn(kind: type, data: st.DataObject) -> None:
    """from_type gives values of the type."""
    assert isinstance(data.draw(st.from_type(kind)), kind)
