"""Dated rows in columns, a persistent overlay over them, and trees of a day.

The only place that knows row numbers. All of it is internal.
"""
