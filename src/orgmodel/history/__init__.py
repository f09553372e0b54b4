"""The organisation through time: the log, lineage, differences, correspondences and figures carried over them.

Public: ``biography``, ``carry``, ``clusters``, ``consequences``, ``correspondence``, ``crosswalk``, ``diff``,
``flows``, ``history``, ``lineage``, ``log``, ``over``, ``series``, ``tables.act_reader``, ``tables.history_reader``,
``tables.stated``, ``tables.writing``, ``vintage``. The other modules are internal.
"""
