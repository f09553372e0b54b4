"""A restructuring tried before it is decided: plans, scenarios, comparisons, thousands of trials, proposals.

Public: ``batch``, ``compare``, ``ensemble``, ``metrics``, ``plan``, ``propose.cells``, ``propose.constraints``,
``propose.enact``, ``propose.feasible``, ``propose.mergers``, ``propose.neighbours``, ``propose.proposal``,
``propose.verify``, ``scenario``. The other modules are internal.
"""
