"""Histories from tables of dated rows, and back; acts from tables."""

from orgmodel.history.tables.act_reader import act_from_tables
from orgmodel.history.tables.history_reader import from_tables
from orgmodel.history.tables.writing import to_tables

__all__ = ["act_from_tables", "from_tables", "to_tables"]
