"""orgmodel: organisations whose structure changes, as time-versioned graphs.

Names are imported when they are first asked for, so that a command starts at once and a script pays for what it uses.

Public: the names of this package, and ``errors``, ``period``. Each package below says which of its modules are public.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgmodel.acts import policies
    from orgmodel.acts.act import Act
    from orgmodel.acts.draft import Draft
    from orgmodel.acts.events import Change, Closure, Creation, Link, Succession
    from orgmodel.acts.operation import Operation, Together
    from orgmodel.errors import (
        Ambiguous,
        Answer,
        BadDay,
        Conflict,
        Finding,
        InvalidAct,
        InvalidFile,
        InvalidTable,
        MissingExtra,
        NotOnRecord,
        OrgmodelError,
        Question,
        Refused,
        UnitEnded,
        UnitNotYet,
        UnknownUnit,
    )
    from orgmodel.history.biography import Fact
    from orgmodel.history.correspondence import Correspondence
    from orgmodel.history.diff import Diff
    from orgmodel.history.history import History, history_of, structure_of
    from orgmodel.history.lineage import Lineage
    from orgmodel.history.log import Entry
    from orgmodel.history.tables.act_reader import act_from_tables
    from orgmodel.history.tables.history_reader import from_tables
    from orgmodel.history.tables.writing import to_tables
    from orgmodel.io.jsonl import dump, dumps, load, loads
    from orgmodel.io.opening import open_history, save
    from orgmodel.io.store.errors import StaleHead, StoreFailed
    from orgmodel.io.store.store import Store
    from orgmodel.model.cluster import Absent, Cluster, Clustering
    from orgmodel.model.matter import Matter, MatterKind, MatterRole, Other, Person, Said, Step, When
    from orgmodel.model.measure import UNKNOWN, Measure, Quantity
    from orgmodel.model.schema import Kind, Placement, Schema
    from orgmodel.model.source import Source
    from orgmodel.model.unit import ROOT, Unit
    from orgmodel.period import Period
    from orgmodel.reports.report import report
    from orgmodel.rules.rulebook import Audit, Rulebook
    from orgmodel.scenario.compare import compare
    from orgmodel.scenario.ensemble import simulate_many
    from orgmodel.scenario.plan import Plan, read_plan
    from orgmodel.scenario.propose.cells import propose_cells
    from orgmodel.scenario.propose.mergers import propose_mergers
    from orgmodel.scenario.scenario import Scenario
    from orgmodel.structure.matches import Matches
    from orgmodel.structure.matters import Dossier, dossier
    from orgmodel.structure.selection import Selection, select
    from orgmodel.structure.structure import Structure

__version__ = "0.2.0"

_NAMES = {
    "Absent": "orgmodel.model.cluster",
    "Act": "orgmodel.acts.act",
    "Ambiguous": "orgmodel.errors",
    "Answer": "orgmodel.errors",
    "Audit": "orgmodel.rules.rulebook",
    "BadDay": "orgmodel.errors",
    "Change": "orgmodel.acts.events",
    "Closure": "orgmodel.acts.events",
    "Cluster": "orgmodel.model.cluster",
    "Clustering": "orgmodel.model.cluster",
    "Conflict": "orgmodel.errors",
    "Correspondence": "orgmodel.history.correspondence",
    "Creation": "orgmodel.acts.events",
    "Diff": "orgmodel.history.diff",
    "Dossier": "orgmodel.structure.matters",
    "Draft": "orgmodel.acts.draft",
    "Entry": "orgmodel.history.log",
    "Fact": "orgmodel.history.biography",
    "Finding": "orgmodel.errors",
    "History": "orgmodel.history.history",
    "InvalidAct": "orgmodel.errors",
    "InvalidFile": "orgmodel.errors",
    "InvalidTable": "orgmodel.errors",
    "Kind": "orgmodel.model.schema",
    "Lineage": "orgmodel.history.lineage",
    "Link": "orgmodel.acts.events",
    "Matches": "orgmodel.structure.matches",
    "Matter": "orgmodel.model.matter",
    "MatterKind": "orgmodel.model.matter",
    "MatterRole": "orgmodel.model.matter",
    "Measure": "orgmodel.model.measure",
    "MissingExtra": "orgmodel.errors",
    "NotOnRecord": "orgmodel.errors",
    "Operation": "orgmodel.acts.operation",
    "OrgmodelError": "orgmodel.errors",
    "Other": "orgmodel.model.matter",
    "Period": "orgmodel.period",
    "Person": "orgmodel.model.matter",
    "Placement": "orgmodel.model.schema",
    "Plan": "orgmodel.scenario.plan",
    "Quantity": "orgmodel.model.measure",
    "Question": "orgmodel.errors",
    "ROOT": "orgmodel.model.unit",
    "Refused": "orgmodel.errors",
    "Rulebook": "orgmodel.rules.rulebook",
    "Said": "orgmodel.model.matter",
    "Scenario": "orgmodel.scenario.scenario",
    "Schema": "orgmodel.model.schema",
    "Selection": "orgmodel.structure.selection",
    "Source": "orgmodel.model.source",
    "StaleHead": "orgmodel.io.store.errors",
    "Step": "orgmodel.model.matter",
    "Store": "orgmodel.io.store.store",
    "StoreFailed": "orgmodel.io.store.errors",
    "Structure": "orgmodel.structure.structure",
    "Succession": "orgmodel.acts.events",
    "Together": "orgmodel.acts.operation",
    "UNKNOWN": "orgmodel.model.measure",
    "Unit": "orgmodel.model.unit",
    "UnitEnded": "orgmodel.errors",
    "UnitNotYet": "orgmodel.errors",
    "UnknownUnit": "orgmodel.errors",
    "When": "orgmodel.model.matter",
    "act_from_tables": "orgmodel.history.tables.act_reader",
    "compare": "orgmodel.scenario.compare",
    "dossier": "orgmodel.structure.matters",
    "dump": "orgmodel.io.jsonl",
    "dumps": "orgmodel.io.jsonl",
    "from_tables": "orgmodel.history.tables.history_reader",
    "history_of": "orgmodel.history.history",
    "load": "orgmodel.io.jsonl",
    "loads": "orgmodel.io.jsonl",
    "open_history": "orgmodel.io.opening",
    "policies": "orgmodel.acts",
    "propose_cells": "orgmodel.scenario.propose.cells",
    "propose_mergers": "orgmodel.scenario.propose.mergers",
    "read_plan": "orgmodel.scenario.plan",
    "report": "orgmodel.reports.report",
    "save": "orgmodel.io.opening",
    "select": "orgmodel.structure.selection",
    "simulate_many": "orgmodel.scenario.ensemble",
    "structure_of": "orgmodel.history.history",
    "to_tables": "orgmodel.history.tables.writing",
}
"""Name -> the module that defines it; a test holds this and the imports above together."""

__all__ = [
    "ROOT",
    "UNKNOWN",
    "Absent",
    "Act",
    "Ambiguous",
    "Answer",
    "Audit",
    "BadDay",
    "Change",
    "Closure",
    "Cluster",
    "Clustering",
    "Conflict",
    "Correspondence",
    "Creation",
    "Diff",
    "Dossier",
    "Draft",
    "Entry",
    "Fact",
    "Finding",
    "History",
    "InvalidAct",
    "InvalidFile",
    "InvalidTable",
    "Kind",
    "Lineage",
    "Link",
    "Matches",
    "Matter",
    "MatterKind",
    "MatterRole",
    "Measure",
    "MissingExtra",
    "NotOnRecord",
    "Operation",
    "OrgmodelError",
    "Other",
    "Period",
    "Person",
    "Placement",
    "Plan",
    "Quantity",
    "Question",
    "Refused",
    "Rulebook",
    "Said",
    "Scenario",
    "Schema",
    "Selection",
    "Source",
    "StaleHead",
    "Step",
    "Store",
    "StoreFailed",
    "Structure",
    "Succession",
    "Together",
    "Unit",
    "UnitEnded",
    "UnitNotYet",
    "UnknownUnit",
    "When",
    "act_from_tables",
    "compare",
    "dossier",
    "dump",
    "dumps",
    "from_tables",
    "history_of",
    "load",
    "loads",
    "open_history",
    "policies",
    "propose_cells",
    "propose_mergers",
    "read_plan",
    "report",
    "save",
    "select",
    "simulate_many",
    "structure_of",
    "to_tables",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        module = _NAMES.get(name)
        if module is None:
            raise AttributeError(
                f"module {__name__!r} has no attribute {name!r}", name=name, obj=_import_module(__name__)
            )
        home = _import_module(module)
        # One of the names is a module itself.
        value = getattr(home, name) if hasattr(home, name) else _import_module(f"{module}.{name}")
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
