"""Proposals: groups of units, with the reasons for each, what they are worth, and the act that puts them into effect."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, assert_never, overload

from attrs import field, frozen

from orgmodel.errors import Finding
from orgmodel.model.words import Language, word
from orgmodel.scenario.propose import constraints, verify
from orgmodel.scenario.propose.constraints import Constraint, Term
from orgmodel.scenario.propose.feasible import number
from orgmodel.scenario.propose.request import Request

__all__ = [
    "Group",
    "Method",
    "Proposal",
    "Proposals",
    "Reason",
    "made",
]

Method = Literal["search", "exact", "sample"]


@frozen
class Reason:
    """Why a group was formed, or a unit left as it is.

    Attributes:
        rule: what asks for it: ``at-least``, ``together``, ``count``, ``objective``, ``locked``, ``exempt``, ``fits``.
        message: in words, with how much was missing.
        units: the units it is about.
        message_vi: the same in Vietnamese.
    """

    rule: str
    message: str
    units: tuple[str, ...] = ()
    message_vi: str = field(default="", kw_only=True)

    def text(self, language: Language = "en") -> str:
        """The message in a language; in English where there is no other."""
        return (language == "vi" and self.message_vi) or self.message

    def __str__(self) -> str:
        return self.message


@frozen
class Group:
    """Units that a proposal puts together, or one that it leaves as it is.

    Attributes:
        units: their ids.
        totals: measure -> total, of the measures that constraints or the objective name.
        border: length of the borders inside, which end.
        reasons: why they are together.
    """

    units: tuple[str, ...]
    totals: Mapping[str, Fraction] = field(hash=False)
    border: Fraction = Fraction(0)
    reasons: tuple[Reason, ...] = ()

    @property
    def merges(self) -> bool:
        """Whether anything is put together."""
        return len(self.units) > 1


@frozen(eq=False)
class Proposal:
    """One division that keeps to all constraints.

    Attributes:
        request: what was asked for.
        divided: the units of each group, in order of the request's units.
        cost: what it costs by the objective; the smaller the better.
        costs: term of the objective -> its part, without its weight.
        method: how it was found.
        proven: whether no division costs less.
        bound: no division costs less than this, where the exact method says so.
        gap: how much less another one could cost at most, as a share of the cost; 0 if proven, None if not known.
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

    # ---- told

    def to_dict(self) -> dict[str, Any]:
        """The proposal as data that JSON can hold: numbers that are not whole as decimals."""
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
            everything: also the units that stay as they are.
            language: ``en`` or ``vi``.
        """
        request = self.request
        before, after = len(request.units), len(self.divided)
        if language == "vi":
            how = "đã chứng minh là tốt nhất" if self.proven else f"tìm được bằng phương pháp {self.method}"
            if not self.proven and self.gap is not None:
                how += f", cách phương án tốt nhất không quá {100 * self.gap:.2g} %"
            lines = [f"{before} đơn vị còn {after}, gồm {len(self.mergers)} lần hợp nhất ({how})"]
        else:
            how = "proved best" if self.proven else f"found by {self.method}"
            if not self.proven and self.gap is not None:
                how += f", at most {100 * self.gap:.2g} % from the best"
            lines = [f"{before} units become {after} in {len(self.mergers)} mergers ({how})"]
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

    def __str__(self) -> str:
        return self.report()

    def __repr__(self) -> str:
        count = len(self.mergers)
        return f"<Proposal: {len(self.request.units)} units become {len(self.divided)}, {count} mergers, cost {float(self.cost):.6g}>"


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _reasons(proposal: Proposal, units: tuple[str, ...]) -> Iterator[Reason]:
    request = proposal.request
    told = False
    for reason in _asked(request, units):
        told = True
        yield reason
    if len(units) == 1 or told:
        return
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
    apart = [g for g in proposal.divided if g != units] + [(unit,) for unit in units]
    gains = (
        [
            (term, number(now), number(before))
            for term in request.objective
            if (now := proposal.costs[term.name]) < (before := verify.cost(request, term, apart))
        ]
        if len(request.units) <= 200
        else []
    )
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


def _range(low: int, high: int) -> str:
    return str(high) if low == high else f"at most {high}"


def _asked(request: Request, units: tuple[str, ...]) -> Iterator[Reason]:
    """What constraints say of a group."""
    alone = len(units) == 1
    if alone and units[0] in request.exempt:
        yield Reason("exempt", request.exempt[units[0]], units)
        return
    for bound in request.constraints:
        if isinstance(bound, constraints.AtLeast) and not alone:
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
        elif isinstance(bound, (constraints.AtLeast, constraints.AtMost)) and alone and bound.or_now:
            has, limit = request.total(bound.measure, units), request.number(bound)
            if has < limit if isinstance(bound, constraints.AtLeast) else has > limit:
                message_vi = f"{bound.measure} {number(has)}, như hiện nay"
                yield Reason("as-now", f"it has {number(has)} {bound.measure}, as now", units, message_vi=message_vi)
        elif isinstance(bound, constraints.Together) and set(bound.units) <= set(units):
            names = ", ".join(map(request.label, bound.units))
            message_vi = f"{names} phải ở cùng nhau"
            yield Reason("together", f"{names} must be together", bound.units, message_vi=message_vi)
        elif isinstance(bound, constraints.Locked) and alone and units[0] in bound.units:
            yield Reason("locked", "it is locked", units, message_vi="phải giữ nguyên")


class Proposals(Sequence[Proposal]):
    """Proposals for one request, the one of least cost first.

    Attributes:
        request: what was asked for.
        notes: what is to be known: islands, units that take no part, approximate figures, time that ran out.
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
        """The proposals that no other one beats: none is as good by every term of the objective and better by one."""
        rows = [tuple(proposal.costs.values()) for proposal in self._proposals]
        return tuple(
            proposal
            for proposal, row in zip(self._proposals, rows, strict=True)
            if not any(other != row and all(a <= b for a, b in zip(other, row, strict=True)) for other in rows)
        )

    def to_dicts(self) -> list[dict[str, Any]]:
        """A row for each proposal, to compare them: its number, what it costs, whether it is on the front."""
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
        """Everything as JSON: constraints, notes, proposals; the same bytes for the same proposals."""
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
    """A constraint in Vietnamese, as its ``str`` says it in English."""
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
    """A term of an objective in Vietnamese, as its ``name`` says it in English."""
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


def made(request: Request, divided: Iterable[Iterable[str]], method: Method, **details: Any) -> Proposal:
    """A proposal of a division, its costs counted by the independent check.

    Args:
        request: what was asked for.
        divided: the groups.
        method: how they were found.
        details: what else is known: ``proven``, ``bound``, ``gap``.
    """
    groups = tuple(tuple(group) for group in divided)
    costs = {term.name: verify.cost(request, term, groups) for term in request.objective}
    total = sum((term.weight * costs[term.name] for term in request.objective), Fraction(0))
    return Proposal(request, groups, total, costs, method, **details)
