"""Checks: what must always hold, and what the law asks."""
