"""Ways in and out: JSON Lines, columns, tables, graphs, stores in a database, importers of registers of others.

Public: ``columns``, ``dynamic_graphs``, ``frames``, ``graphs``, ``importers.memberships``, ``importers.movements``,
``importers.register``, ``importers.report``, ``importers.snapshots``, ``importers.weights``, ``jsonl``, ``jsonld``,
``opening``, ``store.store``, ``tables``, ``translation``. The other modules are internal.
"""
