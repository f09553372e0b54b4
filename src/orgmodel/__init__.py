"""orgmodel: organisations whose structure changes, as time-versioned graphs."""

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
from orgmodel.history.correspondence import Correspondence
from orgmodel.history.diff import Diff
from orgmodel.history.history import Fact, History, history_of, structure_of
from orgmodel.history.lineage import Lineage
from orgmodel.history.log import Entry
from orgmodel.history.tables.act_reader import act_from_tables
from orgmodel.history.tables.history_reader import from_tables
from orgmodel.history.tables.writing import to_tables
from orgmodel.io.columns import open_history, save
from orgmodel.io.jsonl import dump, dumps, load, loads
from orgmodel.io.store.errors import StaleHead, StoreFailed
from orgmodel.io.store.store import Store
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.matter import Matter, MatterKind, MatterRole, Other, Person, Said, Step, When
from orgmodel.model.measure import UNKNOWN, Measure, Quantity
from orgmodel.model.schema import Kind, Placement, Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import ROOT, Unit
from orgmodel.period import Period
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

__version__ = "0.1.0"

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
    "save",
    "select",
    "simulate_many",
    "structure_of",
    "to_tables",
]
