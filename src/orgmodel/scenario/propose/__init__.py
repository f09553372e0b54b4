"""Proposals: which mergers, or which groups, would satisfy given constraints."""
