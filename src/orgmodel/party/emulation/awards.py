"""Awards: the emulation flag (Cờ thi đua), certificates of merit (Bằng khen, Giấy khen).

A cluster proposes, a higher body grants. An award is one record whose status changes:
granting a proposal never makes a second record. Recipients are units, collectives or
persons; a person is an opaque id, and nothing else about a person is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final, Literal, get_args

from attrs import evolve, field, frozen

from orgmodel.acts.events import derive_id
from orgmodel.errors import Ambiguous, Finding, Refused
from orgmodel.history.history import History
from orgmodel.model.source import Source
from orgmodel.party.emulation.roles import not_alive, not_members
from orgmodel.party.emulation.scores import Ranking
from orgmodel.period import DayLike, as_day

FLAG: Final = "cờ thi đua"
"""The emulation flag, for the best unit of a cluster."""

MERIT: Final = "bằng khen"
"""The certificate of merit, granted by central and provincial bodies."""

CERTIFICATE: Final = "giấy khen"
"""The certificate granted by bodies below them."""

RecipientType = Literal["collective", "individual"]
Status = Literal["proposed", "granted", "declined"]


def _optional_day(day: DayLike | None) -> dt.date | None:
    return None if day is None else as_day(day)


@frozen
class Award:
    """One award to one recipient.

    Attributes:
        recipient: id of a unit, of another collective, or the opaque id of a person.
        kind: :data:`FLAG`, :data:`MERIT`, :data:`CERTIFICATE`, or another word.
        year: the year, or occasion, it is for.
        recipient_type: ``collective`` (a unit is one) or ``individual``.
        status: ``proposed``, ``granted`` or ``declined``.
        proposed_by: who proposed it, the id of a cluster for example.
        proposed: the day of the proposal.
        decided_by: the body that granted or declined it.
        decided: the day it did.
        occasion: what it is for, besides the year.
        source: where the proposal comes from.
        decision: where the grant, or the refusal, comes from.
    """

    recipient: str
    kind: str
    year: int
    recipient_type: RecipientType = "collective"
    status: Status = "proposed"
    proposed_by: str = ""
    proposed: dt.date | None = field(default=None, converter=_optional_day)
    decided_by: str = ""
    decided: dt.date | None = field(default=None, converter=_optional_day)
    occasion: str = ""
    source: Source = Source.unknown
    decision: Source = Source.unknown

    @property
    def id(self) -> str:
        """The id of the record: the same before and after the decision.

        >>> Award("u1", FLAG, 2025).id == Award("u1", FLAG, 2025, status="granted").id
        True
        """
        return derive_id("award", self.recipient, self.kind, self.year, self.proposed_by, self.occasion)


@frozen
class Quota:
    """How many awards of a kind may be proposed for a year by one cluster.

    Attributes:
        kind: which award.
        recipient_type: only for collectives, or individuals; None: together.
        most: a number.
        share: a share of the number of members, rounded down; with ``most`` the smaller
            counts.

    >>> Quota(MERIT, "collective", share=Fraction(1, 3)).limit(14)
    4
    """

    kind: str
    recipient_type: RecipientType | None = None
    most: int | None = None
    share: Fraction | None = None

    def __attrs_post_init__(self) -> None:
        if self.most is None and self.share is None:
            raise Refused("a quota", [Finding("quota", f"the quota of {self.kind!r} has neither a number nor a share")])

    def limit(self, members: int) -> int:
        """How many there may be in a cluster of so many members."""
        limits = [] if self.most is None else [self.most]
        if self.share is not None:
            limits.append(int(self.share * members))
        return min(limits)

    def covers(self, award: Award) -> bool:
        """Whether an award counts against it; a declined one does not."""
        return (
            award.kind == self.kind
            and self.recipient_type in (None, award.recipient_type)
            and award.status != "declined"
        )


def _awards(awards: Iterable[Award]) -> tuple[Award, ...]:
    return tuple(awards)


@frozen
class Awards:
    """A register of awards; every method that changes it returns another.

    >>> register = Awards().propose([Award("u1", FLAG, 2025, proposed_by="cluster-2")], on="2025-11-18")
    >>> granted = register.grant([register.records[0].id], on="2025-12-08", by="central commission")
    >>> len(register), len(granted), granted.count(status="granted")
    (1, 1, 1)
    """

    records: tuple[Award, ...] = field(default=(), converter=_awards)

    def __attrs_post_init__(self) -> None:
        seen: dict[str, int] = {}
        faults: list[Finding] = []
        for row, award in enumerate(self.records, 1):
            if award.id in seen:
                faults.append(
                    Finding(
                        "award-once",
                        f"{award.kind} {award.year} is in row {seen[award.id]} as well",
                        (award.recipient,),
                        row=row,
                    )
                )
            seen.setdefault(award.id, row)
            if award.status not in get_args(Status):
                faults.append(
                    Finding(
                        "status", f"{award.status!r} is not {', '.join(get_args(Status))}", (award.recipient,), row=row
                    )
                )
            elif award.status != "proposed" and (award.decided is None or not award.decided_by):
                faults.append(
                    Finding("decided", f"{award.status}, and nobody says by whom and when", (award.recipient,), row=row)
                )
            if award.decided is not None and award.proposed is not None and award.decided < award.proposed:
                faults.append(
                    Finding(
                        "order",
                        f"decided on {award.decided}, before the proposal of {award.proposed}",
                        (award.recipient,),
                        row=row,
                    )
                )
            if not award.recipient:
                faults.append(Finding("recipient", "an award needs a recipient", row=row))
        if faults:
            raise Refused("a register of awards", faults)

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Award]:
        return iter(self.records)

    def where(
        self,
        *,
        kind: str | None = None,
        year: int | None = None,
        status: Status | None = None,
        recipient_type: RecipientType | None = None,
        recipient: str | None = None,
        proposed_by: str | None = None,
        decided_by: str | None = None,
    ) -> tuple[Award, ...]:
        """The awards that meet all criteria given."""
        return tuple(
            a
            for a in self.records
            if (kind is None or a.kind == kind)
            and (year is None or a.year == year)
            and (status is None or a.status == status)
            and (recipient_type is None or a.recipient_type == recipient_type)
            and (recipient is None or a.recipient == recipient)
            and (proposed_by is None or a.proposed_by == proposed_by)
            and (decided_by is None or a.decided_by == decided_by)
        )

    def count(
        self,
        *,
        kind: str | None = None,
        year: int | None = None,
        status: Status | None = None,
        recipient_type: RecipientType | None = None,
    ) -> int:
        """How many awards meet all criteria given."""
        return len(self.where(kind=kind, year=year, status=status, recipient_type=recipient_type))

    def propose(
        self,
        awards: Iterable[Award],
        *,
        on: DayLike,
        quotas: Iterable[Quota] = (),
        members: Iterable[str] | None = None,
    ) -> Awards:
        """The register with proposals added.

        Args:
            awards: to be proposed; their status and days are set here.
            on: the day of the proposal.
            quotas: limits for each proposer and year, what is in the register included.
            members: ids of the members of the proposing cluster on the day: the base of
                quotas that are shares. Needed for those only.

        Raises:
            Refused: with every fault: an award that is in the register already, a quota
                exceeded.
        """
        day = as_day(on)
        new = [evolve(a, status="proposed", proposed=day, decided=None, decided_by="") for a in awards]
        faults: list[Finding] = []
        had = {award.id for award in self.records}
        for row, award in enumerate(new, 1):
            if award.id in had:
                faults.append(
                    Finding(
                        "award-once",
                        f"{award.kind} {award.year} is in the register already",
                        (award.recipient,),
                        row=row,
                    )
                )
            had.add(award.id)
        base = None if members is None else len(tuple(members))
        for quota in quotas:
            if quota.share is not None and base is None:
                faults.append(Finding("quota", f"the quota of {quota.kind!r} is a share; give the members"))
                continue
            limit = quota.limit(base or 0)
            for proposer, year in dict.fromkeys((a.proposed_by, a.year) for a in new if quota.covers(a)):
                counted = [
                    a for a in (*self.records, *new) if quota.covers(a) and (a.proposed_by, a.year) == (proposer, year)
                ]
                if len(counted) > limit:
                    whom = f" for {quota.recipient_type}s" if quota.recipient_type else ""
                    faults.append(
                        Finding(
                            "quota",
                            f"{len(counted)} x {quota.kind}{whom} of {year} by {proposer or 'nobody named'}; {limit} at most",
                            tuple(a.recipient for a in counted),
                            day=day,
                        )
                    )
        if faults:
            raise Refused("proposals of awards", faults)
        return Awards((*self.records, *new))

    def grant(self, ids: Iterable[str], *, on: DayLike, by: str, source: Source = Source.unknown) -> Awards:
        """The register in which some proposals are granted.

        Raises:
            Refused: with every fault: no such record, one that is decided already, a day
                before the proposal.
        """
        return self._decide(ids, "granted", as_day(on), by, source)

    def decline(self, ids: Iterable[str], *, on: DayLike, by: str, source: Source = Source.unknown) -> Awards:
        """The register in which some proposals are declined; refused as :meth:`grant` is."""
        return self._decide(ids, "declined", as_day(on), by, source)

    def _decide(self, ids: Iterable[str], status: Status, day: dt.date, by: str, source: Source) -> Awards:
        wanted = tuple(dict.fromkeys(ids))
        known = {award.id: award for award in self.records}
        faults: list[Finding] = []
        if not by:
            faults.append(Finding("decided", f"say which body {status} them"))
        for row, one in enumerate(wanted, 1):
            award = known.get(one)
            if award is None:
                faults.append(Finding("award", f"no record has the id {one!r}", row=row))
            elif award.status != "proposed":
                faults.append(
                    Finding(
                        "status", f"{award.kind} {award.year} is {award.status} already", (award.recipient,), row=row
                    )
                )
            elif award.proposed is not None and day < award.proposed:
                faults.append(
                    Finding(
                        "order",
                        f"{status} on {day}, before the proposal of {award.proposed}",
                        (award.recipient,),
                        row=row,
                    )
                )
        if faults:
            raise Refused(f"awards to be {status}", faults)
        return Awards(
            evolve(a, status=status, decided=day, decided_by=by, decision=source) if a.id in wanted else a
            for a in self.records
        )


def recipient_findings(awards: Iterable[Award], history: History) -> tuple[Finding, ...]:
    """Recipients that did not live, or were no members of the proposing cluster, on the day of the proposal.

    Only recipients that the history knows as units are looked at; persons and other
    collectives are not in it.

    >>> from orgmodel.party.vietnam import reform_2025
    >>> gone = Award("vn-p-34-btc", FLAG, 2025, proposed_by="cluster-2", proposed="2025-11-18")
    >>> print(recipient_findings([gone], reform_2025())[0].rule)
    live
    """
    units = frozenset(history.units_ever())
    faults: list[Finding] = []
    for row, award in enumerate(awards, 1):
        if award.proposed is None or award.recipient not in units:
            continue
        structure = history.at(award.proposed)
        clusters = {cluster.id for cluster in structure.clusters()}
        if award.proposed_by in clusters:
            found = not_members(history, award.proposed_by, [award.recipient], award.proposed, "is proposed")
        else:
            found = not_alive(history, [award.recipient], award.proposed)
        faults += [evolve(fault, row=row) for fault in found]
    return tuple(faults)


def best(ranking: Ranking, how_many: int) -> tuple[str, ...]:
    """The first units of a ranking, for awards of which there are so many.

    Raises:
        Ambiguous: units of equal merit stand on both sides of the border; rank them with
            a tie-break, or name the units yourself.

    >>> from orgmodel.party.emulation.scores import Place
    >>> best(Ranking(2025, (Place(1, "b", Fraction(57)), Place(2, "a", Fraction(50)))), 1)
    ('b',)
    """
    chosen, rest = ranking.places[:how_many], ranking.places[how_many:]
    if chosen and rest and chosen[-1].rank == rest[0].rank:
        tied = tuple(place.unit for place in ranking.places if place.rank == chosen[-1].rank)
        raise Ambiguous(
            f"the best {how_many} of {ranking.year}",
            [Finding("tie", f"{', '.join(map(repr, tied))} share rank {chosen[-1].rank}; give a tie-break", tied)],
        )
    return tuple(place.unit for place in chosen)
