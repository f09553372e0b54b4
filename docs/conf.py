"""Sphinx settings, and the pages of the reference, written anew from the package at each build."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType

from sphinx.pycode import ModuleAnalyzer

import orgmodel

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tools"))

import public_names

project = "orgmodel"
author = copyright = "The orgmodel developers"
release = version = orgmodel.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
# A reader copies what is typed, without prompts and without what came out.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
# Two classes may share a short name (Change of acts, Change of a diff); the text of a
# signature does not say which, and both are on their own page.
suppress_warnings = ["ref.python"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_use_type_comments = False
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_numpy_docstring = False
# An attribute is told in its class; as an entry of its own it would stand there twice.
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"orgmodel {release}"
html_static_path = ["_static"]
html_css_files = ["made.css"]

LAYERS = {
    "errors": "What can go wrong",
    "period": "Days and periods",
    "reading": "Opening files of strangers",
    "writing": "Writing files",
    "content": "What is shown: tables, texts, pictures",
    "model": "Values: units, kinds, sources, measures, clusters",
    "engine": "The engine",
    "structure": "The organisation on one day",
    "rules": "Checks and what they find",
    "acts": "Events, acts, operations",
    "history": "History, lineage, differences",
    "scenario": "Scenarios and comparisons",
    "io": "Files and tables",
    "party": "The Party's organisation",
    "view": "Pictures",
    "reports": "Reports and the explorer",
    "testing": "Strategies and laws for your own tests",
    "cli": "The command line",
}


def _package() -> Path:
    # The installed package, which is what autodoc imports; this only finds it.
    spec = importlib.util.find_spec("orgmodel")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _modules(layer: str) -> list[str]:
    """The modules of a layer, in order; a package only if its names are public, as all others are told elsewhere."""
    root = f"orgmodel.{layer}"
    return [
        name
        for name in public_names.modules()
        if (name == root or name.startswith(f"{root}."))
        and (public_names.is_public(name) or not hasattr(importlib.import_module(name), "__path__"))
    ]


def _names() -> str:
    """The page of the names that ``import orgmodel`` gives, by the module that defines them."""
    root = importlib.import_module("orgmodel")
    by_module: dict[str, list[str]] = {}
    for name in root.__all__:
        value = getattr(root, name)
        module = getattr(value, "__module__", None)
        if not isinstance(module, str) or not module.startswith("orgmodel."):
            module = "other names"
        by_module.setdefault(module, []).append(name)
    title = "The names in orgmodel"
    lines = [title, "=" * len(title), "", "What ``import orgmodel as om`` gives.", ""]
    for module in sorted(by_module, key=lambda m: (m == "other names", m)):
        head = f"From :py:mod:`{module}`" if module != "other names" else "Other names"
        lines += [head, "-" * len(head), ""]
        for name in by_module[module]:
            value = getattr(root, name)
            first = (inspect.getdoc(value) or "").strip().splitlines()[:1] if module != "other names" else []
            link = f":py:obj:`om.{name} <{module}.{name}>`" if module != "other names" else f"``om.{name}``"
            lines += [f"- {link}" + "".join(f": {line}" for line in first)]
        lines += [""]
    return "\n".join(lines)


def _first_sentence(value: object) -> str:
    """The first line of a docstring, for lists."""
    return (inspect.getdoc(value) or "").strip().partition("\n")[0]


def _classes(module: ModuleType) -> list[str]:
    """The public classes with a page of their own; errors are told in their module, as they are many and small."""
    return [
        name
        for name in module.__all__
        if inspect.isclass(value := getattr(module, name))
        and public_names.home(module.__name__, name) == module.__name__
        and not issubclass(value, BaseException)
    ]


def _class_page(module: str, name: str) -> str:
    """The page of one class. It stands in no table of contents: hundreds of lines beside every page would help nobody."""
    value = getattr(importlib.import_module(module), name)
    lines = [":orphan:", "", name, "=" * len(name), ""]
    if getattr(orgmodel, name, None) is value:
        lines += [f"``om.{name}`` after ``import orgmodel as om``; defined in :py:mod:`{value.__module__}`.", ""]
    else:
        lines += [f"``from {module} import {name}``", ""]
    lines += [f".. autoclass:: {module}.{name}", ""]
    function = _function_of_verb(module, value)
    return "\n".join([*lines, *([f".. autofunction:: {module}.{function}", ""] if function else ())])


def _function_of_verb(module: str, value: object) -> str:
    """The name of the function that carries out a verb without a draft, if the module lists one."""
    name = getattr(value, "name", "") if inspect.isclass(value) and issubclass(value, orgmodel.Operation) else ""
    return name if name in importlib.import_module(module).__all__ else ""


def _value_of(value: object) -> list[str]:
    """The option that shows what a name for a type stands for, as signatures have the name alone."""
    shown = re.sub(r"(?:typing|collections\.abc|numpy|\b(?:orgmodel\.)[a-z_.]*[a-z_])\.", "", repr(value))
    return [] if "<" in shown or len(shown) > 200 else [f"   :value: {shown}"]


def _module_section(module_name: str, *, heading: bool) -> list[str]:
    """A module on the page of its layer: its docstring, its classes as links, all else in full.

    Of an internal module the docstring alone, which is what finding one's way in the source needs.
    """
    module = importlib.import_module(module_name)
    lines = []
    if heading:
        lines += [f"``{module_name}``", "-" * (len(module_name) + 4), ""]
    package, _, name = module_name.rpartition(".")
    # ``view.flow`` is a module and, to users, the function of that name, which links lead to.
    hidden = name in getattr(importlib.import_module(package), "__all__", ())
    lines += [f".. automodule:: {module_name}", "   :no-members:", *["   :no-index:"] * hidden, ""]
    if not public_names.is_public(module_name):
        return [*lines, "*Internal: it may change with any version.*", ""]
    classes = _classes(module)
    for name in classes:
        link = f":doc:`{name} <classes/{module_name}.{name}>`"
        lines += [f"- {link}: {_first_sentence(getattr(module, name))}".rstrip(": ")]
    lines += [""]
    shown = {*classes, *(_function_of_verb(module_name, getattr(module, name)) for name in classes)}
    described = ModuleAnalyzer.for_module(module_name).find_attr_docs()
    for name in module.__all__:
        if name in shown:
            continue
        value = getattr(module, name)
        home = public_names.home(module_name, name)
        if home != module_name:
            lines += [f"- ``{name}``: see :py:obj:`{home}.{name}`", ""]
        elif inspect.isclass(value):
            lines += [f".. autoexception:: {module_name}.{name}", ""]
        elif inspect.isroutine(inspect.unwrap(value) if callable(value) else value):
            lines += [f".. autofunction:: {module_name}.{name}", ""]
        elif ("", name) in described:
            lines += [f".. autodata:: {module_name}.{name}", *["   :no-value:"] * (len(repr(value)) > 120), ""]
        else:
            # A name for a type, or one from elsewhere: autodata would show the docstring of what it stands for.
            lines += [f".. py:data:: {module_name}.{name}", "   :no-index:", *_value_of(value), ""]
    return lines


def write_reference(_app: object) -> None:
    """A page for each layer that the package has, with all its modules, and one for each public class."""
    package, out = _package(), HERE / "reference" / "api"
    unnamed = {
        path.stem
        for path in package.iterdir()
        if not path.name.startswith(("_", "py.typed")) and (path.is_dir() or path.suffix == ".py")
    } - LAYERS.keys()
    if unnamed:
        raise SystemExit(f"docs/conf.py: give a title in LAYERS to {', '.join(sorted(unnamed))}")
    (out / "classes").mkdir(parents=True, exist_ok=True)
    wanted = {"names": _names()}
    for layer, title in LAYERS.items():
        modules = _modules(layer)
        if not modules:
            continue
        lines = [title, "=" * len(title), ""]
        for module in modules:
            lines += _module_section(module, heading=len(modules) > 1)
            wanted |= {
                f"classes/{module}.{name}": _class_page(module, name)
                for name in (_classes(importlib.import_module(module)) if public_names.is_public(module) else ())
            }
        wanted[layer] = "\n".join(lines)
    index = ["By layer", "========", "", ".. toctree::", "   :maxdepth: 1", ""]
    index += [f"   {name}" for name in wanted if name != "names" and "/" not in name]
    wanted["index"] = "\n".join([*index, ""])
    for path in out.rglob("*.rst"):
        if path.relative_to(out).with_suffix("").as_posix() not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = out / f"{name}.rst"
        # An unchanged file keeps its time, and Sphinx need not read it again.
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def write_pictures(_app: object) -> None:
    """The pictures, reports and the explorer that the pages show, made anew of the package at each build."""
    from orgmodel import view
    from orgmodel.party import vietnam
    from orgmodel.reports.explorer.page import write_explorer
    from orgmodel.reports.report import report

    out = HERE / "_static" / "made"
    out.mkdir(exist_ok=True)
    history = vietnam.reform_2025()
    a, b = "2025-06-30", "2025-07-01"
    pictures = {
        "org_chart": view.org_chart(history.at(b), depth=1, most=40),
        "boxes": view.boxes(history.at(b), depth=1),
        "flow": view.flow(history, a, b, kind="province"),
        "cluster_members": view.cluster_members(history, a, b, "cluster-1"),
        "timeline": view.timeline(history, kind="province", until="2026-12-31"),
    }
    for name, figure in pictures.items():
        figure.write_html(out / f"{name}.html", include_plotlyjs="directory")
    report(history, between=(a, b), most=20).write(out / "reform.html")
    report(history, cluster="cluster-2", between=(a, b), language="vi").write(out / "cluster.html")
    report(history, unit="vn-p-24-2025", on=b, language="vi").write(out / "unit.html")
    write_explorer(history, out / "explorer.html")


def setup(app: object) -> dict[str, bool]:
    app.connect("builder-inited", write_reference)  # type: ignore[attr-defined]
    app.connect("builder-inited", write_pictures)  # type: ignore[attr-defined]
    return {"parallel_read_safe": True, "parallel_write_safe": True}
