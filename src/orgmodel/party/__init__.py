"""The Party's room on top of the core: its kinds, its rulebook, its clusters, congresses and offices."""

from orgmodel.party.law import rulebook

__all__ = ["rulebook"]
