"""Do flows explain stocks? Members at the end are those at the start, plus who came, less who went.

Party statistics state both: the members (stock) and, for a period, who was admitted,
moved in, moved out, was removed, died (flows). What the flows do not explain is a gap,
and a gap is a finding: the library reports it and never spreads it over the flows.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import field, frozen

from orgmodel.errors import Finding
from orgmodel.model import track as tracks
from orgmodel.model.measure import Number, Quantity
from orgmodel.period import DayLike

if TYPE_CHECKING:
    from orgmodel.acts.policies import Allocation
    from orgmodel.history.mapped import Mapped
    from orgmodel.structure.structure import Structure

__all__ = [
    "Balance",
]

MEMBER_FLOWS: Final[Mapping[str, int]] = MappingProxyType(
    {"admitted": 1, "transferred_in": 1, "transferred_out": -1, "removed": -1, "deceased": -1}
)
"""The flows of members: admitted (kết nạp), transferred in and out (chuyển sinh hoạt), removed, deceased."""

MEMBER_PARTS: Final = ("members_official", "members_probationary")
"""Official and probationary members make up the members. Temporary ones (sinh hoạt tạm thời) are counted at home."""

Verdict = Literal["explained", "gap", "undecided"]


def negative(quantity: Quantity) -> Quantity:
    """The quantity with the other sign; what was a lower bound is an upper one.

    >>> negative(Quantity(58_000, "more than"))
    Quantity(at most -58000)
    """

    def minus(number: Number | None) -> Number | None:
        return None if number is None else -number

    # There is no qualifier "less than", so the negative of "more than 5" becomes "at most -5": weaker, but true.
    opposite: Any = {"more than": "at most", "at least": "at most", "at most": "at least"}
    qualifier = opposite.get(quantity.qualifier, quantity.qualifier)
    return Quantity(minus(quantity.value), qualifier, minus(quantity.high), minus(quantity.low))


def _quantity(value: Quantity | Number | None) -> Quantity:
    return Quantity.of(value)


def _quantities(flows: Mapping[str, Any]) -> Mapping[str, Quantity]:
    return MappingProxyType({name: Quantity.of(value) for name, value in flows.items()})


@frozen
class Balance:
    """A stock before and after, and the flows that should explain it.

    Attributes:
        opening: the stock at the start.
        closing: the stock at the end.
        flows: the flows that are stated.
        signs: flow -> 1 if it adds, -1 if it takes away.
        unit: id of the unit.
        stock: id of the measure.

    The Party organisation of Huế admitted 1,770 members in 2025 and had 58,280:

    >>> hue = Balance(Quantity.unknown(), 58_280, {"admitted": 1_770}, unit="Huế")
    >>> hue.needed_opening
    Quantity(56510)
    >>> print(Balance(56_511, 58_280, {"admitted": 1_770}, unit="Huế").finding)
    Huế: members: 56511 at the start and flows of 1770 make 58281, not 58280: a gap of -1; transferred_in, \
transferred_out, removed, deceased are not stated [flows]
    """

    opening: Quantity = field(converter=_quantity)
    closing: Quantity = field(converter=_quantity)
    flows: Mapping[str, Quantity] = field(converter=_quantities)
    signs: Mapping[str, int] = MEMBER_FLOWS
    unit: str = ""
    stock: str = "members"

    @property
    def net(self) -> Quantity:
        """The sum of the stated flows."""
        total = Quantity(0)
        for name, flow in self.flows.items():
            total = total + (flow if self.signs[name] > 0 else negative(flow))
        return total

    @property
    def expected(self) -> Quantity:
        """The expected stock at the end."""
        return self.opening + self.net

    @property
    def needed_opening(self) -> Quantity:
        """The stock at the start that would be explained."""
        return self.closing + negative(self.net)

    @property
    def gap(self) -> Quantity:
        """The gap: the stock at the end less the expected one."""
        return self.closing + negative(self.expected)

    @property
    def not_stated(self) -> tuple[str, ...]:
        """The flows of which nothing is stated. They are not taken to be zero: they may be the gap."""
        return tuple(name for name in self.signs if name not in self.flows or not self.flows[name].is_known)

    @property
    def verdict(self) -> Verdict:
        """``explained``: no gap. ``gap``: certainly one. ``undecided``: figures are not exact enough to decide."""
        if _is_not_zero(self.gap):
            return "gap"
        return "explained" if self.gap.is_exact else "undecided"

    @property
    def finding(self) -> Finding | None:
        """The gap as a finding; a warning, as it may be a flow that is not stated. None if there is no gap."""
        if self.verdict != "gap":
            return None
        blank = ", ".join(self.not_stated)
        are = "is" if len(self.not_stated) == 1 else "are"
        return Finding(
            "flows",
            f"{self.stock}: {self.opening} at the start and flows of {self.net} make {self.expected}, not {self.closing}: "
            f"a gap of {self.gap}{f'; {blank} {are} not stated' if blank else ''}",
            units=(self.unit,) if self.unit else (),
            severity="warning",
        )

    def __str__(self) -> str:
        return (
            f"{self.unit or self.stock}: {self.opening} + {self.net} = {self.expected}, stated {self.closing}: "
            f"{self.verdict}{f' of {self.gap}' if self.verdict == 'gap' else ''}"
        )


def balances(
    history: Mapped,
    a: DayLike,
    b: DayLike,
    stock: str = "members",
    *,
    kind: str | None = None,
    flows: Mapping[str, Mapping[str, Any]] | None = None,
    signs: Mapping[str, int] = MEMBER_FLOWS,
    scope: str = tracks.OWN,
    policy: Allocation | str | None = None,
) -> tuple[Balance, ...]:
    """The balance of each unit of day ``b`` that states a stock, with the stock of day ``a`` carried to it.

    A unit with a stock on day ``a`` that ended without a successor has a balance of its own that closes with 0: the
    flows tell where the members went, and what they do not tell is a gap. If its successor is not on record, its
    closing stock is unknown.

    Args:
        history: where stocks and flows are recorded.
        a: the day of the opening stock.
        b: the day of the closing stock; flows recorded on it are those of the period.
        stock: id of the count.
        kind: only units of this kind.
        flows: flow -> unit of day ``b`` -> number; None takes what is recorded on day ``b``.
        signs: which flows there are, and whether they add or take away.
        scope: ``own`` or ``subtree``.
        policy: what to do where the opening stock of a divided unit must be divided.

    Raises:
        Refused: the opening stock cannot be carried; see ``Correspondence.carry``.
    """
    table = history.correspondence(a, b, kind=kind)
    before, after = table.before, table.after
    olds = frozenset(table.olds)
    # Ended without a successor, or without one on record.
    unfollowed = {*table.unmapped.old, *table.unmapped.last_known}
    opening = {unit: q for unit, q in before.stated(stock, scope).items() if unit in olds}
    ended = {unit: q for unit, q in opening.items() if unit in unfollowed}
    followed = {unit: q for unit, q in opening.items() if unit not in unfollowed}
    carried = table.account(followed, history.measures.get(stock, stock), policy) if followed else {}
    opened = {**carried, **ended}
    closing = after.stated(stock, scope) | dict.fromkeys(ended.keys() & {*table.unmapped.old}, Quantity(0))
    recorded = {name: after.stated(name, scope) for name in signs if after.states(name)} if flows is None else flows
    return tuple(
        Balance(
            Quantity.of(opened.get(unit)),
            Quantity.of(closing.get(unit)),
            {name: by_unit[unit] for name, by_unit in recorded.items() if unit in by_unit},
            signs,
            unit,
            stock,
        )
        for unit in (*table.news, *ended)
        if unit in closing or unit in opened
    )


def parts_add_up(
    structure: Structure, whole: str = "members", parts: tuple[str, ...] = MEMBER_PARTS, scope: str = tracks.OWN
) -> tuple[Finding, ...]:
    """A finding for each unit whose stated parts certainly do not add up to its stated whole.

    Args:
        structure: the day.
        whole: id of the measure of the whole.
        parts: ids of the measures of the parts; a unit that does not state all of them is passed over.
        scope: ``own`` or ``subtree``.

    >>> from orgmodel.history.history import structure_of
    >>> cell = {"id": "c", "members": 30, "members_official": 27, "members_probationary": 2}
    >>> for finding in parts_add_up(structure_of([cell], day="2025-12-31")):
    ...     print(finding)
    2025-12-31: c: members_official 27 + members_probationary 2 is 29, but members is 30 [parts]
    """
    stated = [structure.stated(part, scope) for part in parts]
    findings: list[Finding] = []
    for unit, total in structure.stated(whole, scope).items():
        figures = [by_unit[unit] for by_unit in stated if unit in by_unit]
        if len(figures) < len(parts):
            continue
        added = sum(figures[1:], figures[0])
        if _is_not_zero(total + negative(added)):
            sums = " + ".join(f"{part} {figure}" for part, figure in zip(parts, figures, strict=True))
            message = f"{sums} is {added}, but {whole} is {total}"
            findings.append(Finding("parts", message, units=(unit,), day=structure.day))
    return tuple(findings)


def _is_not_zero(quantity: Quantity) -> bool:
    """Whether a quantity is certainly not 0."""
    if quantity.is_exact:
        return quantity.value != 0
    return (quantity.low is not None and quantity.low > 0) or (quantity.high is not None and quantity.high < 0)
