"""The Party's room on top of the core: its kinds, its rulebook, its clusters, congresses and offices."""

from orgmodel.party.law import rulebook
from orgmodel.party.national import synthetic

__all__ = ["rulebook", "synthetic"]
