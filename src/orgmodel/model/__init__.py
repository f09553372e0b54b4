"""What is said of an organisation, as values: units and kinds, clusters, offices, matters, sources, measured amounts.

Nothing here knows time or other units; everything above is made of these.

Public: ``cluster``, ``matter``, ``measure``, ``office``, ``schema``, ``source``, ``track``, ``unit``. The other modules
are internal.
"""
