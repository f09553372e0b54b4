"""Importers: histories that others keep, as registers, movements, lists and ratios.

Public: the names of this package, and ``memberships``, ``movements``, ``register``, ``report``, ``snapshots``,
``weights``. The other modules are internal.
"""

from orgmodel.io.importers.memberships import ImportedMemberships, Membership, import_memberships
from orgmodel.io.importers.movements import import_movements
from orgmodel.io.importers.register import import_register
from orgmodel.io.importers.report import Imported
from orgmodel.io.importers.snapshots import ImportedLists, import_snapshots
from orgmodel.io.importers.weights import ImportedWeights, import_weights

__all__ = [
    "Imported",
    "ImportedLists",
    "ImportedMemberships",
    "ImportedWeights",
    "Membership",
    "import_memberships",
    "import_movements",
    "import_register",
    "import_snapshots",
    "import_weights",
]
