"""Reports and the explorer: what the library knows, for people who look and print.

Public: ``explorer.page``, ``pictures``, ``report``. The other modules are internal.
"""
