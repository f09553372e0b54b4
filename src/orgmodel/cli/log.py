"""``orgmodel log``: what was recorded, corrected and cancelled, by whom and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from orgmodel.cli.common import (
    File,
    Json,
    Limit,
    act_record,
    console,
    load,
    print_json,
    source_text,
    table,
    term,
)
from orgmodel.cli.words import say
from orgmodel.history.history import History
from orgmodel.history.log import Entry, is_late
from orgmodel.io import jsonl
from orgmodel.period import as_day

__all__ = [
    "command",
]


def command(
    *,
    since: Annotated[str | None, Parameter(help="Only what was recorded after this day.")] = None,
    late: Annotated[
        bool,
        Parameter(
            negative="", help="Only what says something else of the past: corrections, cancellations, late acts."
        ),
    ] = False,
    consequences: Annotated[
        bool, Parameter(negative="", help="With each entry, what is otherwise since by it in later decisions.")
    ] = False,
    file: File = None,
    limit: Limit = 40,
    json: Json = False,
) -> None:
    """Print the log of a history, the newest entry last, and its head."""
    history = load(file)
    after = dt.date.min if since is None else as_day(since)
    entries = _late_entries(history) if late else history.log
    listed = [entry for entry in entries if entry.recorded > after]
    # The head stands for the whole log, whatever part of it is listed.
    head = jsonl.head_of(history)
    if json:
        print_json({"head": head, "entries": [_record(entry, consequences=consequences) for entry in listed]})
        return
    shown = listed[-limit:] if limit else listed
    rows = [_row(entry, consequences=consequences) for entry in shown]
    columns = [say("entry"), say("recorded"), say("type"), say("act"), say("effective"), say("source"), say("why")]
    left = len(listed) - len(shown)
    earlier = say("{count} earlier entries; --limit 0 prints all. ", count=left) if left else ""
    console().print(table("", columns, rows, footer=earlier + say("head {head}", head=head)))


def _late_entries(history: History) -> Iterator[Entry]:
    """The entries that state something else of the past."""
    last: dt.date | None = None
    for entry in history.log:
        if is_late(entry, last):
            yield entry
        if entry.act is not None:
            last = entry.act.effective if last is None else max(last, entry.act.effective)


def _row(entry: Entry, *, consequences: bool) -> tuple[object, ...]:
    act = ("", "") if entry.act is None else (entry.act.effective, source_text(entry.act.source))
    reasons = [entry.reason, *(map(str, entry.consequences()) if consequences else ())]
    why = "; ".join(filter(None, reasons))
    return entry.number, entry.recorded, term("entry", entry.type), entry.about, *act, why


def _record(entry: Entry, *, consequences: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "number": entry.number,
        "recorded": entry.recorded,
        "type": entry.type,
        "about": entry.about,
        "reason": entry.reason,
        "act": act_record(entry.act),
    }
    if consequences:
        record["consequences"] = [str(consequence) for consequence in entry.consequences()]
    return record
