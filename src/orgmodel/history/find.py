"""Units by a name or code of any day: which bears it now, which bore it, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

from attrs import field, frozen

from orgmodel.engine.state import UNIT
from orgmodel.errors import Finding, Refused
from orgmodel.history.lineage import Traced
from orgmodel.history.unit_directory import By, register_of
from orgmodel.model import track as tracks
from orgmodel.model.door import a_text, texts
from orgmodel.model.frames import Column, Tabular
from orgmodel.period import Period, from_ordinal
from orgmodel.structure.finding import known_kind, scheme_of
from orgmodel.structure.matcher import How

__all__ = []


@frozen
class Borne:
    """A unit that bore a name, code or id for a time.

    Attributes:
        text: the name or code as the register has it.
        unit: id of the unit.
        kind: its last kind.
        scheme: ``name``, ``code``, ``id``, or another scheme such as ``name:short``.
        how: how the text that was looked for matches it.
        period: from when to when it bore the text.
        life: from when to when it exists.
        now: ids of the units that it is now: itself, or its final successors; none if it ended without.
    """

    text: str
    unit: str
    kind: str | None
    scheme: str
    how: How
    period: Period
    life: Period
    now: tuple[str, ...]

    def __str__(self) -> str:
        kind = f"{self.kind} " if self.kind else ""
        if self.now == (self.unit,):
            now = "it goes on"
        else:
            now = f"now {', '.join(self.now)}" if self.now else "it ended without a successor"
        return f"{kind}{self.unit} bore the {self.scheme} {self.text!r} {self.period}; {now}"


@frozen(repr=False, slots=False)
class EverBorne(Tabular, Sequence[Borne]):
    """The units that ever bore a text, in order of time: a sequence, and a table with names beside ids.

    Attributes:
        text: the text that was looked for.
        items: each unit that bore it, once for each period.
        near: ids of units with similar names, where no unit bore it.
    """

    text: str
    items: tuple[Borne, ...]
    near: tuple[str, ...]
    _called: Callable[[str], str] = field(eq=False)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, at: int) -> Borne: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Borne]: ...
    def __getitem__(self, at: int | slice) -> Borne | Sequence[Borne]:
        return self.items[at]

    def __iter__(self) -> Iterator[Borne]:
        return iter(self.items)

    @property
    def units(self) -> tuple[str, ...]:
        """Ids of the units, each once."""
        return tuple(dict.fromkeys(item.unit for item in self.items))

    def _columns(self) -> dict[str, Column]:
        called = self._called
        return {
            "text": Column([item.text for item in self.items]),
            "scheme": Column([item.scheme for item in self.items]),
            "how": Column([item.how for item in self.items]),
            "unit": Column([item.unit for item in self.items]),
            "name": Column([called(item.unit) for item in self.items]),
            "kind": Column([item.kind for item in self.items]),
            "start": Column([item.period.start for item in self.items], "day"),
            "end": Column([item.period.end for item in self.items], "day"),
            "ended": Column([item.life.end for item in self.items], "day"),
            "now": Column([item.now for item in self.items], "texts"),
            "now_names": Column([[*map(called, item.now)] for item in self.items], "texts"),
        }

    def __str__(self) -> str:
        if self.items:
            return "\n".join(map(str, self.items))
        near = "; ".join(f"{self._called(unit)} ({unit})" for unit in self.near)
        return f"nothing ever bore {self.text!r}{f'; near it {near}' if near else ''}"

    def __repr__(self) -> str:
        return f"<EverBorne {self.text!r}: {len(self.items)} times>"


def ever_borne(
    history: Traced,
    text: str,
    *,
    kind: str | None = None,
    above: str | Iterable[str] = (),
    by: By | None = None,
) -> EverBorne:
    """The units that ever bore a name, code or id: see :meth:`orgmodel.history.history.History.find`."""
    sought, above = a_text(text, "a text"), texts(above, "what stands above")
    scheme = None if by is None else scheme_of(by)
    if not history.acts:
        return EverBorne(sought, (), (), str)
    structure = history.at(history.acts[-1].effective)
    kind = None if kind is None else known_kind(structure, kind)
    matcher = register_of(history).matcher
    matches = matcher.ever(sought, above=above, kind=kind, scheme=scheme)
    borne = [item for number, match in matches.items() for item in _borne(history, number, *match)]
    borne.sort(key=lambda item: (item.period.start, item.unit, item.scheme))
    # Below a unit that is misspelt nothing is found, which an empty answer would hide.
    if not borne and (unknown := [top for top in above if not matcher.ever(top)]):
        shown = ", ".join(map(repr, unknown))
        raise Refused("what stands above", [Finding("above", f"no unit ever bore {shown}; check the spelling")])
    near = () if borne else matcher.near(sought, above=above, kind=kind)
    return EverBorne(sought, tuple(borne), near, structure.called)


def _borne(history: Traced, number: int, track: str, text: str, how: How) -> Iterator[Borne]:
    """The periods in which a unit bore a text in a track; its id it bears as long as it lives."""
    state = history._state
    lives = [row for row in state.rows(tracks.LIFE, number) if row[2] == UNIT]
    kinds = [row[2] for row in state.rows(tracks.KIND, number) if row[2] is not None]
    rows = lives if track == "id" else [row for row in state.rows(track, number) if row[2] == text]
    for start, end, *_ in rows:
        # A name given and taken back on one day was borne on no day.
        if start < end:
            yield Borne(
                text=text,
                unit=state.name(number),
                kind=kinds[-1] if kinds else None,
                scheme=track,
                how=how,
                period=Period(from_ordinal(start), from_ordinal(end)),
                life=Period(from_ordinal(lives[0][0]), from_ordinal(lives[-1][1])),
                now=history.lineage.successors(state.name(number)),
            )
