"""The scripts of tools/ as modules, for tests of what they write."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

from places import ROOT


def script(name: str) -> ModuleType:
    """A script, whose functions can be called."""
    spec = spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # Its classes are looked up under its name.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
