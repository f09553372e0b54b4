"""The result of an import: the history, and the findings on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from attrs import field, frozen

from orgmodel.errors import Finding
from orgmodel.history.history import History

__all__ = [
    "Imported",
]


def _frozen(mapping: Mapping[int, str]) -> Mapping[int, str]:
    return MappingProxyType(dict(mapping))


@frozen
class Imported:
    """A history made of a register that others keep, and what was found in it.

    Attributes:
        history: what the register says, one act for each of its events.
        findings: by row: what the register says in two ways, what was settled and how, what it leaves open. Errors
            are not among them: a register with errors is refused with all of them.
        act_of: number of a row -> id of the act that it became part of; of a row that says what its unit is from
            one day to another, the act that begins it.
        unit_of: number of a row -> id of the unit that it is about.

    >>> imported = Imported(History(), (Finding("event-day", "two days", row=3, severity="warning"),))
    >>> print(imported)
    <History: empty>
      - row 3: two days [event-day]
    >>> imported.about("event-day")[0].row
    3
    """

    history: History
    findings: tuple[Finding, ...] = ()
    act_of: Mapping[int, str] = field(factory=dict, converter=_frozen, repr=False)
    unit_of: Mapping[int, str] = field(factory=dict, converter=_frozen, repr=False)

    def about(self, rule: str) -> tuple[Finding, ...]:
        """The findings of one rule."""
        return tuple(finding for finding in self.findings if finding.rule == rule)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many findings each rule has, in order of their first one."""
        return dict(Counter(finding.rule for finding in self.findings))

    def __str__(self) -> str:
        shown = [f"  - {finding}" for finding in self.findings[:20]]
        if len(self.findings) > len(shown):
            shown.append(f"  ... and {len(self.findings) - len(shown)} more (all are in .findings)")
        return "\n".join([repr(self.history), *shown])
