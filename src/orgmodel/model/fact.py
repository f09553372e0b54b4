"""Facts that are not numbers: a consent, an origin, the day of a congress.

Numbers of units are measures. Everything else that a rule may read is a *fact*: a track ``fact:NAME`` of the unit, dated
and sourced like every track. Its value is a text, a number, True or False, or an ISO day; its slot tells several values
apart (the function of an agency, the case of a deadline). A fact that is not recorded is unknown, which is not False.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "PREFIX",
]

PREFIX: Final = "fact:"


def fact_track(name: str) -> str:
    """The track of a fact.

    >>> fact_track("consent")
    'fact:consent'
    """
    return name if name.startswith(PREFIX) else PREFIX + name
