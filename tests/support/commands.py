"""Commands, as the tests call them."""

from __future__ import annotations

from collections.abc import Callable

Call = Callable[..., tuple[int, str, str]]
"""Runs a command line in this process: gives (status, output, errors)."""
