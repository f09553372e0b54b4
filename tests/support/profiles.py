"""How many examples a property gets: a part or a multiple of what the profile says, so that one place sets them all."""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def times(factor: float, **more: Any) -> settings:
    """Settings with so many times the examples of the profile; more of them for what is quick and meets much."""
    return settings(max_examples=max(1, round(settings().max_examples * factor)), **more)
