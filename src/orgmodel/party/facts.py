"""What the rulebook may ask of an organisation: the figures and facts that are recorded on units.

Figures are measures (:data:`MEASURES`, beside those of :mod:`orgmodel.party.kinds`), recorded
as the unit's own. Facts are tracks ``fact:NAME``, declared in :mod:`orgmodel.party.tracks`.
"""

from __future__ import annotations

from typing import Final

from orgmodel.party import kinds

__all__ = [
    "MEASURES",
]

MEASURES: Final = (*kinds.MEASURES, *kinds.measures("figures"))
"""Every figure that the rulebook names."""
