"""What the commands share: where the history comes from, which unit is meant, how output looks."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeVar

from cyclopts import Parameter
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orgmodel.acts.act import Act
from orgmodel.cli.words import language, say
from orgmodel.content.blocks import value_text
from orgmodel.content.words import cited
from orgmodel.errors import OrgmodelError, UnitError
from orgmodel.history.history import History
from orgmodel.io.opening import open_history
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.source import Source
from orgmodel.model.words import word
from orgmodel.period import ONE_DAY, Period, as_day

__all__ = [
    "File",
    "Json",
    "Limit",
    "On",
    "Unclear",
    "act_record",
    "because",
    "console",
    "day_of",
    "fact_name",
    "holder_text",
    "kind_text",
    "last_of",
    "listing",
    "load",
    "more_of",
    "name_of",
    "named",
    "period_record",
    "period_text",
    "print_json",
    "refuse_idle",
    "source_text",
    "table",
    "term",
    "text_of",
    "unit_ever",
    "unit_on",
]

T = TypeVar("T")

File = Annotated[
    str | None,
    Parameter(
        name=["--file", "-f"],
        help="A history: a file of either format, or a store; the reform of 2025 in Viet Nam if none is given.",
    ),
]
Json = Annotated[
    bool, Parameter(name="--json", negative="", show_default=False, help="Print JSON for programs instead of text.")
]
On = Annotated[str | None, Parameter(name="--on", help="The day, such as 2025-07-01; the last day on record if none.")]


def _not_negative(_type: object, limit: int) -> None:
    # A negative limit would leave out lines at the end of a list, and nobody would see it.
    if limit < 0:
        raise ValueError(say("--limit {limit} is no number of lines; give 0 or more", limit=limit))


Limit = Annotated[
    int, Parameter(name="--limit", help="How many lines of one sort to print; 0 for all.", validator=_not_negative)
]

_WIDE: Final = 140
"""How wide text is that goes to a file or another program."""


class Unclear(OrgmodelError):
    """A command that cannot be carried out as it was typed."""


def refuse_idle(options: Mapping[str, object], used: Collection[str], form: str) -> None:
    """Refuse options that were given and say nothing to the form that is asked for: it would look as if they did.

    Args:
        options: each option as it is typed -> its value; None or False where it was not given.
        used: the options that the form has.
        form: what is asked for.

    Raises:
        Unclear: an option is idle.
    """
    idle = [option for option, value in options.items() if value not in (None, False) and option not in used]
    if idle:
        raise Unclear(say("{options} says nothing to {form}; leave it out", options=", ".join(idle), form=form))


def console(*, to_stderr: bool = False) -> Console:
    """A console for standard output; colours and the terminal's width are used in a terminal only."""
    stream = sys.stderr if to_stderr else sys.stdout
    return Console(
        stderr=to_stderr, highlight=False, markup=False, emoji=False, width=None if stream.isatty() else _WIDE
    )


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output; a day is a text such as 2025-07-01."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, Absent):
        return {"absent": value.value}
    return str(value)


def table(
    title: str, columns: Sequence[str], rows: Iterable[Iterable[object]], *, right: Iterable[int] = (), footer: str = ""
) -> Table:
    """A table of plain text; a cell is never read as markup."""
    grid = Table(
        title=Text(title),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        caption=Text(footer) if footer else None,
        caption_justify="left",
        pad_edge=False,
    )
    # Long cells are folded, not cut: an id that is cut could not be copied.
    numbers = set(right)
    for place, column in enumerate(columns):
        grid.add_column(Text(column), justify="right" if place in numbers else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(cell if isinstance(cell, Text) else Text(_shown(cell)) for cell in row))
    return grid


def listing(
    title: str,
    columns: Sequence[str],
    items: Sequence[T],
    row: Callable[[T], Iterable[object]],
    limit: int,
    *,
    right: Iterable[int] = (),
) -> Table:
    """A table of the first items, one row each, that says how many were left out.

    Args:
        title: its title.
        columns: the heads of the columns.
        items: what there is to list.
        row: the cells of an item.
        limit: how many items are shown; 0 for all.
        right: places of the columns that are aligned to the right.
    """
    shown = items[: limit or None]
    return table(title, columns, map(row, shown), right=right, footer=more_of(len(shown), len(items)))


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, bool) else text_of(cell)


def text_of(value: object) -> str:
    """A value as text in the language of the output."""
    return value_text(value, language())


def term(sort: str, value: str) -> str:
    """The word for a value of some sort, in the language of the output."""
    return word(sort, value, language())


def kind_text(history: History, kind: str) -> str:
    """The name of a kind, in the language of the output."""
    return history.schema.kind_name(kind, language())


def source_text(source: Source) -> str:
    """A source as it is cited, in the language of the output."""
    return cited(source, language())


def named(history: History, unit: str, day: dt.date | None = None) -> str:
    """The name of a unit with its id in brackets: see :func:`name_of`."""
    return f"{name_of(history, unit, day)} ({unit})"


def more_of(shown: int, count: int) -> str:
    """The line below a list that was cut; empty if nothing was left out."""
    return "" if shown >= count else say("and {count} more; --limit 0 prints all", count=count - shown)


def period_text(period: Period) -> str:
    """A period for people."""
    if period.start is None:
        start: object = say("the beginning")
    else:
        start = period.start
    if period.last is None:
        return say("from {start}", start=start)
    return say("{start} to {end}", start=start, end=period.last)


def holder_text(history: History, holder: str | Absent, day: dt.date) -> str:
    """The name of the holder of a role, or why there is none."""
    return term("absent", holder.value) if isinstance(holder, Absent) else name_of(history, holder, day)


def fact_name(history: History, track: str, slot: Any) -> str:
    """The name of a kind of fact, with its slot."""
    declared = history.schema.track(track)
    if language() == "vi":
        family = declared.name_vi or declared.label
        name = f"{family}: {tracks.item(track)}" if ":" in track else family
    else:
        name = tracks.item(track) if tracks.is_measure(track) else track
    return name if slot in (None, tracks.OWN) else f"{name} ({slot})"


def load(file: str | list[str] | None) -> History:
    """The history of a file or a store, or the embedded one.

    Raises:
        Unclear: two files were given.
    """
    if isinstance(file, list):
        # The parser gathers a file that stands alone and one behind --file.
        raise Unclear(say("give one file, not {count}", count=len(file)))
    if file is not None:
        return open_history(file)
    # Imported here: a command on a file need not wait for the embedded country.
    from orgmodel.party import vietnam

    return vietnam.reform_2025()


def day_of(text: str | None, history: History) -> dt.date:
    """The day that was typed; the last day of the history if none was.

    Raises:
        Unclear: the history is empty, or begins after the day.
        BadDay: no day was typed.
    """
    if history.first_day is None or history.last_day is None:
        raise Unclear(say("the history is empty: it has no act"))
    day = history.last_day if text is None else as_day(text)
    if day < history.first_day:
        raise Unclear(
            say("nothing is on record of {day}: the history begins on {first}", day=day, first=history.first_day)
        )
    return day


# ---- units


def unit_on(history: History, text: str, day: dt.date) -> str:
    """The id of the unit that an id, code or name means on a day.

    Raises:
        Unclear: none does, or several do; they are listed.
        UnitEnded, UnitNotYet: it lives on other days.
    """
    structure = history.at(day)
    match = structure.match(text)[0]
    if match.unit is not None:
        return match.unit
    if match.units:
        candidates = [_candidate(history, unit, day) for unit in match.units]
        raise Unclear(_several(text, candidates, say("on {day}", day=day)))
    others = [unit for unit in history.find(text).units if unit not in structure]
    if len(others) == 1:
        # It is known, but not on this day: the error says until when, and what it became.
        structure.unit(others[0])
    if others:
        raise Unclear(
            say(
                "no unit {text} lives on {day}; on other days there are {others}: choose --on or give an id",
                text=repr(text),
                day=day,
                others=_listed(history, others),
            )
        )
    unknown = say("no unit has the id, code or name {text} on {day}", text=repr(text), day=day)
    raise Unclear(unknown + _near(history, match.elsewhere or match.near))


def unit_ever(history: History, text: str, day: dt.date | None = None) -> str:
    """The id of the unit that an id, code or name means on whichever day; of several, the one that lives on ``day``.

    Raises:
        Unclear: none does, or several do; they are listed with their days.
    """
    matches = history.find(text)
    # An id is an id, whatever else bears the same text as its code.
    units = [match.unit for match in matches if match.scheme == "id"] or list(matches.units)
    live = units if day is None else [unit for unit in units if day in history.life(unit)]
    if len(live or units) == 1:
        return (live or units)[0]
    if units:
        raise Unclear(_several(text, [_candidate(history, unit) for unit in units], say("in all")))
    raise Unclear(say("no unit has the id, code or name {text}", text=repr(text)) + _near(history, matches.near))


def _several(text: str, candidates: Sequence[str], where: str) -> str:
    return say(
        "{text} means {count} units {where}: {candidates}. Give one of the ids",
        text=repr(text),
        count=len(candidates),
        where=where,
        candidates=_cut(candidates, 6),
    )


def _cut(texts: Sequence[str], most: int) -> str:
    more = "" if len(texts) <= most else " " + say("and {count} more", count=len(texts) - most)
    return "; ".join(texts[:most]) + more


def _listed(history: History, units: Sequence[str]) -> str:
    return _cut([_candidate(history, unit) for unit in units], 3)


def _candidate(history: History, unit: str, day: dt.date | None = None) -> str:
    """A unit in a list of candidates: its id, name and kind, and its parent on the day or else its life."""
    life = history.life(unit)
    last_day = day or life.last or life.start
    assert last_day is not None
    # The last day of a unit that lived on no whole day lies before its first.
    structure = history.at(max(last_day, life.start or last_day))
    parts: list[str | None] = []
    above = None
    if unit in structure:
        candidate = structure.unit(unit)
        parts = [candidate.name, candidate.kind and kind_text(history, candidate.kind)]
        above = candidate.parent and say("under {unit}", unit=structure.unit(candidate.parent).label)
    parts.append(period_text(life) if day is None else above)
    return f"{unit} ({', '.join(part for part in parts if part)})"


def _near(history: History, units: Sequence[str]) -> str:
    """Units whose names look like what was typed."""
    if not units:
        return ""
    names = ", ".join(named(history, unit) for unit in units[:4])
    return say("; did you mean {names}?", names=names)


def name_of(history: History, subject: str, day: dt.date | None = None) -> str:
    """The name of a unit or cluster on a day, or its last name before; its id if it has none."""
    try:
        facts = history.biography(subject)
    except UnitError:
        return subject
    # The biography has ended units as well, which no structure of the day has.
    names = [fact for fact in facts if fact.track == tracks.NAME and fact.value is not None]
    # Before it had a name it is called by its first one.
    until_then = [fact for fact in names if day is None or fact.start <= day] or names[:1]
    return str(until_then[-1].value) if until_then else subject


def because(act: Act | None) -> str:
    """The source of an act in brackets, with its certainty; empty without an act."""
    return "" if act is None else f"[{source_text(act.source)}]"


def act_record(act: Act | None) -> Mapping[str, Any] | None:
    """An act for JSON; None without an act."""
    if act is None:
        return None
    source = act.source
    return {
        "id": act.id,
        "effective": act.effective,
        "source": source.label,
        "issuer": source.issuer,
        "decided": source.decided,
        "in_force": source.in_force,
        "title": source.title,
        "title_vi": source.title_vi,
        "certainty": source.certainty,
    }


def last_of(end: dt.date | None) -> dt.date | None:
    """The last day before an end; None if there is no end."""
    return None if end is None else end - ONE_DAY


def period_record(period: Period) -> Mapping[str, dt.date | None]:
    """A period for JSON: its first day and the first day after it."""
    return {"start": period.start, "end": period.end}
