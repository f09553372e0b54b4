"""The organisation through time: the log, lineage, differences, correspondences and figures carried over them.

Public: ``biography``, ``carry``, ``clusters``, ``consequences``, ``correspondence``,
``crosswalk``, ``diff``, ``find``, ``flows``, ``graft``, ``history``, ``lineage``, ``log``,
``over``, ``series``, ``tables``, ``vintage``. The other modules are internal.
"""
