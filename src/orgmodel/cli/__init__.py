"""The command line.

Public: the command, its options, exit statuses and JSON forms. All modules are internal.
"""
