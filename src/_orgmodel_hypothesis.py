"""What the ``hypothesis`` entry point runs whenever hypothesis is imported.

It stands outside the package and imports nothing of it: loading ``orgmodel.anything``
would import ``orgmodel`` first, and a fault there would break ``import hypothesis`` for
everybody who has both installed. The strategies are registered once ``orgmodel`` itself
has been imported, at once if it was already.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from typing import Any


def register() -> None:
    """Register the strategies now, or as soon as ``orgmodel`` is imported; nothing goes wrong aloud."""
    try:
        if "orgmodel" in sys.modules:
            _register()
        elif not any(isinstance(finder, _Watcher) for finder in sys.meta_path):
            sys.meta_path.insert(0, _Watcher())
    except Exception:  # noqa: BLE001  # whatever it is, hypothesis must be importable
        pass


def _register() -> None:
    try:
        from orgmodel.testing.entry_point import register as register_types

        register_types()
    except Exception:  # noqa: BLE001  # from_type then says that it knows no strategy
        pass


class _Watcher(MetaPathFinder):
    """Waits for the import of ``orgmodel``, once."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        if fullname != "orgmodel":
            return None
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Registering(spec.loader)
        return spec


class _Registering(Loader):
    """Loads as another loader does, then registers."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _register()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
