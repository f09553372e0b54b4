"""What is shown to people, as values: headings, texts, tables and pictures, before anyone writes them in some form.

Public: ``blocks``. The other modules are internal.
"""
