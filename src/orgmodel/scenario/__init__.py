"""A restructuring tried before it is decided: plans, scenarios, comparisons, thousands of trials, proposals.

Public: ``batch``, ``compare``, ``ensemble``, ``metrics``, ``plan``, ``propose``, ``scenario``. The other modules are
internal.
"""
