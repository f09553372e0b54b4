"""Dated rows in columns, a persistent overlay over them, and trees of a day.

The only place that makes row numbers: subjects by order of creation.

Public: nothing. All of it is internal.
"""
