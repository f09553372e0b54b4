"""Facts that are not numbers: a consent, an origin, the day of a congress.

Numbers on units are measures. Everything else that a rule may ask about is a *fact*: a
track ``fact:NAME`` on the unit, dated and sourced like every track. Its value is a text,
a number, True or False, or an ISO day; its slot says which one where there may be several
(the function of an agency, the case of a deadline). What nobody recorded is not known,
which is not the same as False.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "PREFIX",
    "fact_track",
]

PREFIX: Final = "fact:"


def fact_track(name: str) -> str:
    """The track of a fact.

    >>> fact_track("consent")
    'fact:consent'
    """
    return name if name.startswith(PREFIX) else PREFIX + name
