"""Reports and the explorer: what the library knows, for people who look and print.

Public: ``report``. The other modules are internal.
"""
