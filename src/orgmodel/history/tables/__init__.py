"""Histories from tables of dated rows, and back."""

from orgmodel.history.tables.founding import from_tables
from orgmodel.history.tables.writing import to_tables

__all__ = ["from_tables", "to_tables"]
