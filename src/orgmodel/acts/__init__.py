"""What changes an organisation: operations that are decided, the events they come to, and acts that hold both.

``invariants`` is the only place that says what an act may not do; ``replay`` the only one that makes a state from a
state.

Public: ``act``, ``arguments``, ``draft``, ``events``, ``forms``, ``operation``, ``operations.fates``, ``policies``, and
the names of ``operations``. The other modules are internal.
"""
