"""What must hold: invariants of every structure, and rules of law with their versions and citations.

Public: ``checks``, ``file``, ``invariants``, ``rule``, ``rulebook``, ``view``. The other modules are internal.
"""
