"""Ways in and out: JSON Lines, columns, tables, graphs, stores in a database, importers of registers of others.

Public: ``dynamic_graphs``, ``frames``, ``graphs``, ``jsonl``, ``jsonld``, ``opening``, ``store.errors``,
``store.store``, ``tables``, ``translation``, and ``importers``, whose docstring says more. The other modules are internal.
"""
