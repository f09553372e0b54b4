"""Importers: histories that others keep, as registers, movements, lists and ratios."""

from orgmodel.io.importers.movements import import_movements
from orgmodel.io.importers.register import import_register
from orgmodel.io.importers.report import Imported

__all__ = ["Imported", "import_movements", "import_register"]
