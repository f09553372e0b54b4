"""Ways in and out: JSON Lines, columns, tables, graphs, stores in a database, importers of registers of others.

Public: ``columns``, ``dynamic_graphs``, ``frames``, ``graphs``, ``importers``, ``jsonl``, ``jsonld``, ``opening``,
``store``, ``tables``, ``translation``. The other modules are internal.
"""
