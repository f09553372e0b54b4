"""For tests of your own rules, policies and operations: made-up organisations, laws, checks and machines.

``checks`` is the door: ``check_merger_rule(rule)`` draws cases, judges them by every law that applies, and tells what
it has met.

Public: ``checks``, ``law``, ``laws``, ``machines``, ``moves``, ``mutation``, ``schemas``, ``strategies``. The
other modules are internal.
"""
