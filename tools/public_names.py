#!/usr/bin/env python3
"""Prints every public name of the package: what users may rely on (CONTRIBUTING, "Versions").

    tools/public_names.py          the public modules, each with its names
    tools/public_names.py --count  how many classes, functions and other names there are

The docstring of a package says on a line that begins with ``Public:`` which of its modules are public, and whether
"the names of this package" are. The reference is made by the same functions, and tests ask them.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import itertools
import pkgutil
import re
import sys
from collections.abc import Iterator
from types import ModuleType

import orgmodel

_STATEMENT = re.compile(r"^Public: (.+?)\.(?:\s|$)", re.MULTILINE | re.DOTALL)
_OWN_NAMES = "the names of this package"


def statement(package: ModuleType) -> str | None:
    """What the docstring of a package says about its public modules; None if it says nothing."""
    stated = _STATEMENT.search(package.__doc__ or "")
    return stated[1] if stated else None


def listed(package: ModuleType) -> frozenset[str]:
    """The modules that the docstring of a package names as public, relative to the package."""
    return frozenset(re.findall(r"``([\w.]+)``", statement(package) or ""))


def is_public(module_name: str) -> bool:
    """Whether a module is public: by the docstring of the nearest package that says which of its modules are."""
    module = importlib.import_module(module_name)
    if hasattr(module, "__path__"):
        return _OWN_NAMES in (statement(module) or "")
    package_name = module_name
    while package_name := package_name.rpartition(".")[0]:
        package = importlib.import_module(package_name)
        if statement(package) is not None:
            return module_name.removeprefix(f"{package_name}.") in listed(package)
    return False


def modules() -> list[str]:
    """Every module and package whose name has no underscore in front, public or not, by name."""
    walked = [orgmodel.__name__, *(found.name for found in pkgutil.walk_packages(orgmodel.__path__, "orgmodel."))]
    return sorted(name for name in walked if not any(part.startswith("_") for part in name.split(".")))


def public_modules() -> list[str]:
    """The public modules and packages, by name."""
    return [name for name in modules() if is_public(name)]


def home(module_name: str, name: str) -> str:
    """The module or package that has the page of a public name: where it is defined, if it is public there."""
    value = getattr(importlib.import_module(module_name), name)
    # Constants and type aliases do not know where they were defined.
    return _homes().get(id(value), module_name) if hasattr(value, "__qualname__") else module_name


@functools.cache
def _homes() -> dict[int, str]:
    """Classes and functions by identity -> the public module that defines them, else the first that lists them."""
    homes: dict[int, str] = {}
    for module_name in public_modules():
        module = importlib.import_module(module_name)
        for name in module.__all__:
            value = getattr(module, name)
            if getattr(value, "__module__", None) == module_name:
                homes[id(value)] = module_name
            else:
                homes.setdefault(id(value), module_name)
    return homes


def objects() -> Iterator[tuple[str, str, object]]:
    """Each public name once: (module of its page, name, value), by module."""
    for module_name in public_modules():
        module = importlib.import_module(module_name)
        for name in module.__all__:
            if home(module_name, name) == module_name:
                yield module_name, name, getattr(module, name)


def main() -> int:
    if sys.argv[1:] == ["--count"]:
        values = [value for _, _, value in objects()]
        classes = sum(inspect.isclass(value) for value in values)
        functions = sum(inspect.isfunction(value) for value in values)
        print(f"{classes} classes, {functions} functions, {len(values) - classes - functions} others")
        return 0
    for module_name, listed_names in itertools.groupby(objects(), key=lambda listed_name: listed_name[0]):
        print(module_name)
        for _, name, _ in listed_names:
            print(f"    {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
