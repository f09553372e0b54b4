"""Proposals: groups of units to merge, with the reasons for each and with their costs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, Literal, assert_never, overload

from attrs import field, frozen

from orgmodel.errors import Finding
from orgmodel.model.words import Language, word
from orgmodel.scenario.propose import constraints, verify
from orgmodel.scenario.propose.constraints import Constraint, Term
from orgmodel.scenario.propose.feasible import number
from orgmodel.scenario.propose.request import Limit, Request

__all__ = [
    "Group",
    "Proposal",
    "Proposals",
]

Method = Literal["search", "exact", "sample"]


@frozen
class Reason:
    """Why a group was formed, or why a unit stays as it is.

    Attributes:
        rule: the kind of reason: ``at-least``, ``as-now``, ``together``, ``count``, ``objective``, ``locked`` or
            ``exempt``.
        message: the reason in words, with the amount by which a unit misses a floor.
        units: the units that the reason is about.
        message_vi: the message in Vietnamese.
    """

    rule: str
    message: str
    units: tuple[str, ...] = ()
    message_vi: str = field(default="", kw_only=True)

    def text(self, language: Language = "en") -> str:
        """The message in a language; in English if there is no translation."""
        return (language == "vi" and self.message_vi) or self.message

    def __str__(self) -> str:
        return self.message


@frozen
class Group:
    """Units that a proposal merges, or a unit that it leaves as it is.

    Attributes:
        units: their ids.
        totals: measure -> total, of the measures in constraints and in the objective.
        border: length of the borders inside the group, which disappear.
        reasons: why the units are together.

    >>> import orgmodel as om
    >>> from orgmodel.scenario.propose.constraints import AtLeast
    >>> sizes = {"n": {"a": 1, "b": 2, "c": 2}}
    >>> borders = [("a", "b"), ("b", "c")]
    >>> merged, alone = om.propose_mergers(None, borders, AtLeast("n", 2), measures=sizes, steps=200)[0].groups
    >>> merged.units, merged.totals["n"], [reason.message for reason in merged.reasons]
    (('a', 'b'), Fraction(3, 1), ['a has 1 n, 1 below the floor of 2'])
    """

    units: tuple[str, ...]
    totals: Mapping[str, Fraction] = field(hash=False)
    border: Fraction = Fraction(0)
    reasons: tuple[Reason, ...] = ()

    @property
    def merges(self) -> bool:
        """Whether it has two units or more."""
        return len(self.units) > 1


@frozen(eq=False)
class Proposal:
    """One division that meets all constraints.

    Attributes:
        request: the request.
        divided: the units of each group, in order of the request's units.
        cost: its cost by the objective; smaller is better.
        costs: name of each term of the objective -> its cost, without the weight.
        method: how it was found.
        proven: whether it is proved that no division has a smaller cost.
        bound: a lower bound on the cost of all divisions, if the exact method gave one.
        gap: the largest possible saving by another division, as a share of the cost; 0 if proven, None if unknown.

    >>> import orgmodel as om
    >>> from orgmodel.scenario.propose.constraints import AtLeast
    >>> sizes = {"n": {"a": 1, "b": 2, "c": 2}}
    >>> borders = [("a", "b"), ("b", "c")]
    >>> proposal = om.propose_mergers(None, borders, AtLeast("n", 2), measures=sizes, steps=200)[0]
    >>> proposal.divided, proposal.method, [group.units for group in proposal.groups if group.merges]
    ((('a', 'b'), ('c',)), 'search', [('a', 'b')])
    """

    request: Request
    divided: tuple[tuple[str, ...], ...]
    cost: Fraction
    costs: Mapping[str, Fraction]
    method: Method
    proven: bool = False
    bound: float | None = None
    gap: float | None = None

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups, with their totals and reasons."""
        return tuple(map(self._group, self.divided))

    @property
    def mergers(self) -> tuple[tuple[str, ...], ...]:
        """The groups of two units or more."""
        return tuple(group for group in self.divided if len(group) > 1)

    def group_of(self, unit: str) -> int:
        """The number of the group that a unit is in, 0 for the first.

        Raises:
            KeyError: it is none of the units.
        """
        for place, group in enumerate(self.divided):
            if unit in group:
                return place
        raise KeyError(unit)

    def _group(self, units: tuple[str, ...]) -> Group:
        request = self.request
        totals = {m: request.total(m, units) for m in request.values if m != constraints.UNITS}
        border = Fraction(0)
        if request.neighbours is not None and len(units) > 1:
            near = request.neighbours.pairs
            for i, a in enumerate(units):
                for b in units[i + 1 :]:
                    border += near.get((a, b) if a < b else (b, a), Fraction(0))
        return Group(units, totals, border, tuple(_reasons(self, units)))

    # ---- output

    def to_dict(self) -> dict[str, Any]:
        """The proposal as a dict for JSON; fractions are converted to decimals."""
        request = self.request
        return {
            "method": self.method,
            "proven": self.proven,
            "gap": self.gap,
            "cost": _plain(self.cost),
            "costs": {name: _plain(value) for name, value in self.costs.items()},
            "units_before": len(request.units),
            "units_after": len(self.divided),
            "groups": [
                {
                    "units": list(group.units),
                    "names": [request.label(unit) for unit in group.units],
                    "totals": {measure: _plain(value) for measure, value in group.totals.items()},
                    "border": _plain(group.border),
                    "reasons": [
                        {"rule": reason.rule, "message": reason.message, "units": list(reason.units)}
                        for reason in group.reasons
                    ],
                }
                for group in self.groups
            ],
        }

    def report(self, *, everything: bool = False, language: Language = "en") -> str:
        """The proposal in words: each merger with its reasons.

        Args:
            everything: whether to list the units that stay as they are, too.
            language: ``en`` or ``vi``.
        """
        request = self.request
        lines = [self._summary_vi() if language == "vi" else self._summary()]
        for term in request.objective:
            name = _term_vi(term) if language == "vi" else term.name
            lines.append(f"  {name}: {number(self.costs[term.name])}")
        for group in self.groups:
            if not group.merges and not everything:
                continue
            message = ", ".join(f"{measure} {number(total)}" for measure, total in group.totals.items())
            lines.append(" + ".join(map(request.label, group.units)) + (f" ({message})" if message else ""))
            because = "vì" if language == "vi" else "because"
            lines += [f"    {because} {reason.text(language)}" for reason in group.reasons]
        return "\n".join(lines)

    def _summary(self) -> str:
        how = "proved best" if self.proven else f"found by {self.method}"
        if not self.proven and self.gap is not None:
            how += f", at most {100 * self.gap:.2g} % from the best"
        return f"{len(self.request.units)} units become {len(self.divided)} in {len(self.mergers)} mergers ({how})"

    def _summary_vi(self) -> str:
        how = "đã chứng minh là tốt nhất" if self.proven else f"tìm được bằng phương pháp {self.method}"
        if not self.proven and self.gap is not None:
            how += f", cách phương án tốt nhất không quá {100 * self.gap:.2g} %"
        return f"{len(self.request.units)} đơn vị còn {len(self.divided)}, gồm {len(self.mergers)} lần hợp nhất ({how})"

    def __str__(self) -> str:
        return self.report()

    def __repr__(self) -> str:
        count = len(self.mergers)
        return f"<Proposal: {len(self.request.units)} units become {len(self.divided)}, {count} mergers, cost {float(self.cost):.6g}>"


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _reasons(proposal: Proposal, units: tuple[str, ...]) -> list[Reason]:
    """The reasons for a group: from the constraints on it, or else from the number of groups and the objective."""
    reasons = list(_reasons_of_constraints(proposal.request, units))
    return reasons if reasons or len(units) == 1 else list(_reasons_of_whole(proposal, units))


def _reasons_of_whole(proposal: Proposal, units: tuple[str, ...]) -> Iterator[Reason]:
    """Reasons from the number of groups, and from the objective without and with the group."""
    request = proposal.request
    low, high = request.count()
    if high < len(request.units):
        count = len(request.units)
        most = str(high) if low == high else f"không quá {high}"
        yield Reason(
            "count",
            f"{count} units are to become {_range(low, high)}",
            units,
            message_vi=f"{count} đơn vị phải còn {most}",
        )
    gains = _gains(proposal, units) if len(request.units) <= _FEW else []
    if gains:
        yield Reason(
            "objective",
            "; ".join(f"{term.name} {now} instead of {before}" for term, now, before in gains),
            units,
            message_vi="; ".join(f"{_term_vi(term)} {now} thay vì {before}" for term, now, before in gains),
        )
    elif high >= len(request.units):
        message = "the objective is better with them together"
        yield Reason("objective", message, units, message_vi="hợp nhất thì đạt mục tiêu tốt hơn")


_FEW: Final = 200
"""Up to this many units, the terms of the objective are also computed without a group; with more it takes too long."""


def _gains(proposal: Proposal, units: tuple[str, ...]) -> list[tuple[Term, str, str]]:
    """The terms of the objective that a group improves, with their costs with and without the group."""
    apart = [group for group in proposal.divided if group != units] + [(unit,) for unit in units]
    return [
        (term, number(now), number(before))
        for term in proposal.request.objective
        if (now := proposal.costs[term.name]) < (before := verify.cost(proposal.request, term, apart))
    ]


def _range(low: int, high: int) -> str:
    return str(high) if low == high else f"at most {high}"


def _reasons_of_constraints(request: Request, units: tuple[str, ...]) -> Iterator[Reason]:
    alone = len(units) == 1
    if alone and units[0] in request.exempt:
        yield Reason("exempt", request.exempt[units[0]], units)
        return
    for bound in request.constraints:
        match bound:
            case constraints.AtLeast() if not alone:
                yield from _below_floor(request, bound, units)
            case constraints.AtLeast() | constraints.AtMost() if alone and bound.or_now:
                yield from _as_now(request, bound, units)
            case constraints.Together() if set(bound.units) <= set(units):
                names = ", ".join(map(request.label, bound.units))
                message_vi = f"{names} phải ở cùng nhau"
                yield Reason("together", f"{names} must be together", bound.units, message_vi=message_vi)
            case constraints.Locked() if alone and units[0] in bound.units:
                yield Reason("locked", "it is locked", units, message_vi="phải giữ nguyên")


def _below_floor(request: Request, bound: constraints.AtLeast, units: tuple[str, ...]) -> Iterator[Reason]:
    """A reason for each unit of a group that would be below a floor alone."""
    floor = request.number(bound)
    for unit in units:
        has = request.total(bound.measure, [unit])
        if has < floor:
            message = (
                f"{request.label(unit)} has {number(has)} {bound.measure}, "
                f"{number(floor - has)} below the floor of {number(floor)}"
            )
            message_vi = (
                f"{request.label(unit)} có {bound.measure} {number(has)}, "
                f"thiếu {number(floor - has)} so với mức tối thiểu {number(floor)}"
            )
            yield Reason("at-least", message, (unit,), message_vi=message_vi)


def _as_now(request: Request, bound: Limit, units: tuple[str, ...]) -> Iterator[Reason]:
    """A reason for a single unit that does not meet a bound, but may stay as it is."""
    has, limit = request.total(bound.measure, units), request.number(bound)
    if has < limit if isinstance(bound, constraints.AtLeast) else has > limit:
        message_vi = f"{bound.measure} {number(has)}, như hiện nay"
        yield Reason("as-now", f"it has {number(has)} {bound.measure}, as now", units, message_vi=message_vi)


class Proposals(Sequence[Proposal]):
    """Proposals for one request, from the smallest cost to the largest.

    Attributes:
        request: the request.
        notes: notes on islands, exempt units, approximate figures and time limits.

    >>> import orgmodel as om
    >>> from orgmodel.scenario.propose.constraints import AtLeast
    >>> sizes = {"n": {"a": 1, "b": 2, "c": 2}}
    >>> borders = [("a", "b"), ("b", "c")]
    >>> proposals = om.propose_mergers(None, borders, AtLeast("n", 2), measures=sizes, n=2, steps=200)
    >>> [(proposal.divided, proposal.costs["units fewer"]) for proposal in proposals]
    [((('a', 'b'), ('c',)), Fraction(1, 1))]
    """

    def __init__(self, request: Request, proposals: Iterable[Proposal], notes: Iterable[Finding] = ()) -> None:
        self.request, self._proposals, self.notes = request, tuple(proposals), tuple(notes)

    def __len__(self) -> int:
        return len(self._proposals)

    @overload
    def __getitem__(self, index: int) -> Proposal: ...
    @overload
    def __getitem__(self, index: slice) -> Proposals: ...
    def __getitem__(self, index: int | slice) -> Proposal | Proposals:
        if isinstance(index, slice):
            return Proposals(self.request, self._proposals[index], self.notes)
        return self._proposals[index]

    @property
    def islands(self) -> tuple[str, ...]:
        """Units without a neighbour."""
        return self.request.islands

    def front(self) -> tuple[Proposal, ...]:
        """The Pareto front: proposals for which no other one is better in one term of the objective and worse in none."""
        rows = [tuple(proposal.costs.values()) for proposal in self._proposals]
        return tuple(
            proposal
            for proposal, row in zip(self._proposals, rows, strict=True)
            if not any(other != row and all(a <= b for a, b in zip(other, row, strict=True)) for other in rows)
        )

    def to_dicts(self) -> list[dict[str, Any]]:
        """A row for each proposal, to compare them: its number, its costs, whether it is on the front."""
        front = set(map(id, self.front()))
        return [
            {
                "number": place,
                "units_after": len(proposal.divided),
                "mergers": len(proposal.mergers),
                "cost": _plain(proposal.cost),
                **{name: _plain(value) for name, value in proposal.costs.items()},
                "front": id(proposal) in front,
                "proven": proposal.proven,
            }
            for place, proposal in enumerate(self._proposals)
        ]

    def to_json(self) -> str:
        """Constraints, notes and proposals as JSON; the same proposals give the same bytes."""
        value = {
            "constraints": [str(bound) for bound in self.request.constraints],
            "islands": list(self.islands),
            "notes": [str(note) for note in self.notes],
            "compared": self.to_dicts(),
            "proposals": [proposal.to_dict() for proposal in self._proposals],
        }
        return json.dumps(value, ensure_ascii=False, indent=2) + "\n"

    def report(self, *, language: Language = "en") -> str:
        """All proposals in words.

        Args:
            language: ``en`` or ``vi``.
        """
        vi = language == "vi"
        asked = "; ".join(_constraint_vi(bound) if vi else str(bound) for bound in self.request.constraints)
        if vi:
            lines = [f"yêu cầu: {asked or 'không có yêu cầu riêng'}"]
        else:
            lines = [f"asked for: {asked or 'nothing in particular'}"]
        lines += [f"{word('severity', note.severity, language)}: {note}" for note in self.notes]
        front = set(map(id, self.front()))
        for place, proposal in enumerate(self._proposals, 1):
            head = f"phương án {place}" if vi else f"proposal {place}"
            if id(proposal) in front and len(self._proposals) > 1:
                head += ", không phương án nào tốt hơn" if vi else ", on the front"
            lines += ["", f"{head}: {proposal.report(language=language)}"]
        return "\n".join(lines) + "\n"

    def __repr__(self) -> str:
        return f"<Proposals: {len(self)} for {len(self.request.units)} units>"


def _constraint_vi(bound: Constraint) -> str:
    """A constraint in Vietnamese, like its ``str`` in English."""
    match bound:
        case constraints.AtLeast():
            return f"{bound.measure} ít nhất {bound.number}{' hoặc như hiện nay' if bound.or_now else ''}"
        case constraints.AtMost():
            return f"{bound.measure} nhiều nhất {bound.number}{' hoặc như hiện nay' if bound.or_now else ''}"
        case constraints.Count():
            low, high = bound.at_least, bound.at_most
            if low == high:
                return f"{low} đơn vị"
            bounds = ((low, "ít nhất"), (high, "nhiều nhất"))
            return ", ".join(f"{which} {value}" for value, which in bounds if value is not None) + " đơn vị"
        case constraints.Within():
            return f"trong cùng một {bound.border if isinstance(bound.border, str) else 'vùng'}"
        case constraints.Together():
            return f"{', '.join(bound.units)} ở cùng nhau"
        case constraints.Apart():
            return f"{', '.join(bound.units)} ở khác nhau"
        case constraints.Locked():
            return f"{', '.join(bound.units)} giữ nguyên"
        case _:
            assert_never(bound)


def _term_vi(term: Term) -> str:
    """A term of an objective in Vietnamese, like its ``name`` in English."""
    match term:
        case constraints.FewestChanges():
            return "số đơn vị có thay đổi"
        case constraints.MostUnits():
            return "số đơn vị giảm"
        case constraints.Even():
            return f"độ không đều ({term.measure})"
        case constraints.Compact():
            return "tỷ lệ địa giới còn lại"
        case constraints.Pairs():
            return f"{term.label} ở khác nhau"
        case constraints.Near():
            return f"{term.measure} lệch so với {term.target}"
        case _:
            assert_never(term)


def proposal_of(request: Request, divided: Iterable[Iterable[str]], method: Method, **details: Any) -> Proposal:
    """The proposal for a division, with costs from the independent check.

    Args:
        request: the request.
        divided: the groups.
        method: how they were found.
        details: if known, ``proven``, ``bound`` and ``gap``.
    """
    groups = tuple(tuple(group) for group in divided)
    costs = {term.name: verify.cost(request, term, groups) for term in request.objective}
    total = sum((term.weight * costs[term.name] for term in request.objective), Fraction(0))
    return Proposal(request, groups, total, costs, method, **details)
