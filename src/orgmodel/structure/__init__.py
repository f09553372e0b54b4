"""The organisation on one day: who is under whom, sums below a unit, search by name, selections.

Public: ``matcher``, ``matches``, ``matters``, ``selection``, ``structure``. The other modules are internal.
"""
