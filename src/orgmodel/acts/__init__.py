"""What changes an organisation: operations that are decided, the events they come to, and acts that hold both.

``judge`` is the only place that says what an act may not do; ``replay`` the only one that makes a state from a state.

Public: ``act``, ``draft``, ``events``, ``operation``, ``operations.clusters``, ``operations.divisions``,
``operations.matters``, ``operations.mergers``, ``operations.units``, ``policies``. The other modules are internal.
"""
