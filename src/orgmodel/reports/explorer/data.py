"""The data of the explorer's page: public answers of a history, as columns.

The page looks up and does not calculate: counts of a day, cluster changes, last successors and figures are what the
library answered. All facts of units are in the rows of their biographies.

``page_data`` gives plain values for JSON:

================  =====================================================================================
``texts``         every text of a fact, once
``days``          every day that rows begin or end on
``units``         ids of units, then of clusters, in order of creation; ``units_count`` says how many are units
``tracks``        id, label in both languages, what the values are
``facts``         columns ``track, unit, slot, value, start, end, act, ended_by, carried``: one row per fact
``events``        columns ``act, type`` of each succession, and ``links`` (``event, old, new, part, text``)
``successors``    unit -> what it became at last, for units that have ended
``acts``          act, day, source, what was done
``stops``         days on which something changes, with the counts of that day
``clusters``      stop -> what became of the clusters since the stop before
``figure``        columns ``unit, first, last (stops), low, high, text, text_vi`` of the figure that colours the tree
================  =====================================================================================

Persons are left out: rows that name one, and rows of tracks that are declared personal, are counted and not shown.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from orgmodel.acts.act import Act
from orgmodel.acts.events import Creation
from orgmodel.content.blocks import quantity_text
from orgmodel.content.colours import ink_on, kind_colours
from orgmodel.errors import Finding, NotOnRecord, Refused
from orgmodel.history.biography import Fact, is_personal
from orgmodel.history.clusters import ClusterChange, ClusterEntry
from orgmodel.history.history import History
from orgmodel.history.lineage import DatedLink
from orgmodel.model import track as tracks
from orgmodel.model.cluster import Absent
from orgmodel.model.measure import Quantity
from orgmodel.model.source import Source
from orgmodel.model.unit import ROOT
from orgmodel.model.words import WORDS
from orgmodel.reports.explorer.columns import front_coded, packed
from orgmodel.structure import titles
from orgmodel.structure.structure import Structure

__all__ = [
    "FORMAT",
    "last_recorded",
    "page_data",
    "texts_in",
]

FORMAT: Final = 1


def page_data(history: History, figure: str | None = None) -> dict[str, Any]:
    """What the page knows of a history.

    Args:
        history: the history.
        figure: a measure whose totals colour the tree.

    Raises:
        Refused: the history has no act, or no such measure.

    >>> from orgmodel.history.history import history_of
    >>> rows = [{"id": "vn", "name": "Việt Nam"}, {"id": "24", "name": "Bắc Giang", "parent": "vn"}]
    >>> data = page_data(history_of(rows, day="2024-01-01"))
    >>> [stop["day"] for stop in data["stops"]], data["texts"][:2]
    (['2024-01-01'], ['', 'Việt Nam'])
    """
    if not history.acts:
        raise Refused("the explorer", [Finding("empty-history", "the history has no act: there is nothing to show")])
    if figure is not None and figure not in history.measures:
        known = ", ".join(history.measures) or "the history declares none"
        raise Refused("the explorer", [Finding("figure", f"there is no measure {figure!r}; use one of: {known}")])
    return _Writer(history).data(figure)


class _Codes(dict[Any, int]):
    """Values -> numbers, handed out in order of first use."""

    def __missing__(self, value: Any) -> int:
        self[value] = number = len(self)
        return number


_FACT_COLUMNS: Final = ("track", "unit", "slot", "value", "start", "end", "act", "ended_by", "carried")


class _Writer:
    def __init__(self, history: History) -> None:
        self._history = history
        # Siblings are listed in the order of their places, which a correction may give anew.
        known = set(history.units_ever())
        units = tuple(subject for subject in history.unit_ids() if subject in known)
        others = [subject for subject in history.unit_ids() if subject not in known and _sort(history, subject)]
        self._units_count = len(units)
        self._subjects = (*units, *others)
        self._number = {subject: number for number, subject in enumerate(self._subjects)}
        self._texts = _Codes()
        self._days = _Codes()
        self._acts = {act.id: number for number, act in enumerate(history.acts)}

    def data(self, figure: str | None) -> dict[str, Any]:
        history = self._history
        facts, hidden = self._facts()
        stops = self._stops()
        events, links = self._events()
        schema = history.schema
        kinds = dict.fromkeys(kind for day in stops for kind in history.at(day).counts())
        shade = kind_colours(schema, kinds)
        known_on = last_recorded(history)
        return {
            "format": FORMAT,
            "known_on": None if known_on is None else str(known_on),
            "last_day": str(history.last_day),
            "units": front_coded(self._subjects),
            "units_count": self._units_count,
            "others": [_sort(history, subject) for subject in self._subjects[self._units_count :]],
            "tracks": self._tracks,
            "kinds": [
                [kind, schema.kind_name(kind), schema.kind_name(kind, "vi"), shade[kind], ink_on(shade[kind])]
                for kind in kinds
            ],
            "hierarchies": list(schema.hierarchies),
            "placeholders": sorted(schema.placeholder_codes),
            "titles": {
                "titles": {sort: list(texts) for sort, texts in titles.TITLES.items()},
                "english": sorted(titles.ENGLISH),
                "full": sorted(titles.FULL),
            },
            "facts": facts,
            "hidden": hidden,
            "events": events,
            "links": links,
            "successors": self._last_successors(),
            "acts": [self._act(act) for act in history.acts],
            "stops": [self._stop(day) for day in stops],
            "clusters": self._cluster_changes(stops),
            "figure": None if figure is None else self._figure(figure, stops),
            "words": {part: {value: list(pair) for value, pair in words.items()} for part, words in WORDS.items()},
            # At the end: the entries above add their texts and days.
            "days": [str(day) for day in self._days],
            "texts": list(self._texts),
        }

    # ---- facts

    def _facts(self) -> tuple[dict[str, list[int]], int]:
        """The rows of all biographies by track, unit and day, and the number of rows left out because of persons."""
        schema = self._history.schema
        by_track: dict[str, list[tuple[int, Fact]]] = {}
        hidden = 0
        for number, subject in enumerate(self._subjects):
            for fact in self._history.biography(subject):
                if is_personal(fact, schema):
                    hidden += 1
                else:
                    by_track.setdefault(fact.track, []).append((number, fact))
        self._tracks = [self._track(track, by_track[track]) for track in by_track]
        rows: list[dict[str, int]] = []
        carried: list[int] = []
        for place, of_track in enumerate(by_track.values()):
            for number, fact in of_track:
                rows.append(self._fact(place, number, fact, refers=self._tracks[place][3]))
                # Behind each other: how many of these belong to a row stands in its column "carried".
                carried += map(self._number.__getitem__, fact.carried_from)
        columns = {name: packed([row[name] for row in rows]) for name in _FACT_COLUMNS}
        return {**columns, "of": packed(carried)}, hidden

    def _fact(self, track: int, unit: int, fact: Fact, *, refers: bool) -> dict[str, int]:
        """A row of the facts; -1 for an empty cell."""
        return {
            "track": track,
            "unit": unit,
            "slot": -1 if fact.slot is None else self._texts[self._slot(fact.slot)],
            "value": self._reference(fact.value) if refers else self._texts[_value_text(fact)],
            "start": self._days[fact.start],
            "end": -1 if fact.end is None else self._days[fact.end],
            "act": self._acts[fact.act.id],
            "ended_by": -1 if fact.ended_by is None else self._acts[fact.ended_by.id],
            "carried": len(fact.carried_from),
        }

    def _track(self, track: str, rows: Sequence[tuple[int, Fact]]) -> list[Any]:
        """Id, label in English and Vietnamese, whether values are units or clusters."""
        declared = self._history.schema.track(track)
        refers = all(
            fact.value is None or fact.value == ROOT or fact.value in self._number or isinstance(fact.value, Absent)
            for _, fact in rows
        ) and (declared.refers or tracks.refers_to_subject(track))
        item = f" {tracks.item(track)}" if ":" in track and not track.startswith(tracks.FACT) else ""
        return [track, f"{declared.label}{item}", f"{declared.name_vi or declared.label}{item}", refers]

    def _reference(self, value: Any) -> int:
        """A unit as its number; -1 above the root; what is no unit (an absent leader) from -2 downwards, as a text."""
        if value is None or value == ROOT:
            return -1
        return self._number[value] if value in self._number else -2 - self._texts[_text(value)]

    def _slot(self, slot: Any) -> str:
        parts = slot if isinstance(slot, tuple) else (slot,)
        return " ".join(_text(part) for part in parts)

    # ---- successions

    def _events(self) -> tuple[list[list[int]], dict[str, list[int]]]:
        """Successions as (act, type), and their links."""
        events: dict[tuple[str, int, str], int] = {}
        columns: dict[str, list[int]] = {name: [] for name in ("event", "old", "new", "part", "text")}
        for link in self._history.lineage.links():
            event = events.setdefault((link.act.id, link.seq, link.type), len(events))
            for name, value in (
                ("event", event),
                ("old", self._number[link.old]),
                ("new", self._number[link.new]),
                ("part", int(link.extent == "part")),
                ("text", self._texts[_shares(link)]),
            ):
                columns[name].append(value)
        fields = [[self._acts[act], self._texts[kind]] for act, _, kind in events]
        return [packed([event[at] for event in fields]) for at in (0, 1)], {
            name: packed(column) for name, column in columns.items()
        }

    def _last_successors(self) -> dict[str, list[int]]:
        """Ended unit -> its final successors."""
        lineage = self._history.lineage
        out: dict[str, list[int]] = {"unit": [], "count": [], "of": []}
        for number in range(self._units_count):
            unit = self._subjects[number]
            if self._history.life(unit).end is not None:
                last = [self._number[other] for other in lineage.successors(unit)]
                out["unit"].append(number)
                out["count"].append(len(last))
                out["of"].extend(last)
        return {name: packed(column) for name, column in out.items()}

    # ---- acts and days

    def _act(self, act: Act) -> dict[str, Any]:
        done = Counter(event.type for event in act.events)
        first = sum(isinstance(event, Creation) and event.first_known for event in act.events)
        return {
            "id": act.id,
            "day": str(act.effective),
            "within": None if act.within is None else str(act.within),
            "source": _source(act.source),
            "note": act.note,
            "done": dict(done.most_common()),
            "first": first,
        }

    def _stops(self) -> list[dt.date]:
        """The days on which a fact begins or ends, from the first act on."""
        first = self._history.first_day
        assert first is not None
        return sorted({*self._history.days(), *(day for day in self._days if day >= first)})

    def _stop(self, day: dt.date) -> dict[str, Any]:
        acts = [act for act in self._history.acts if act.effective == day]
        events = sum(len(act.events) for act in acts)
        first = sum(isinstance(event, Creation) and event.first_known for act in acts for event in act.events)
        return {
            "day": str(day),
            "events": events,
            "first": first,
            "counts": self._history.at(day).counts(),
        }

    # ---- clusters

    def _cluster_changes(self, stops: Sequence[dt.date]) -> dict[str, list[Any]]:
        """Stop -> the changes of all clusters since the stop before, where there are any."""
        out: dict[str, list[Any]] = {}
        if self._units_count == len(self._subjects):
            return out
        for place, (before, day) in enumerate(itertools.pairwise(stops), start=1):
            try:
                changes = self._history.cluster_changes(before, day)
            except NotOnRecord:
                continue
            rows = [self._cluster_change(change) for change in changes if change.changed]
            if rows:
                out[str(place)] = rows
        return out

    def _cluster_change(self, change: ClusterChange) -> dict[str, Any]:
        return {
            "cluster": self._number[change.id],
            "before": change.size_before,
            "after": change.size_after,
            "leaders": [self._holder(change.leader_before), self._holder(change.leader_after)],
            "entries": [self._cluster_entry(entry) for entry in change.entries],
            "lapsed": [
                [
                    office.role,
                    office.seat,
                    self._number[office.unit],
                    [self._number[unit] for unit in office.successors],
                ]
                for office in change.lapsed
            ],
        }

    def _cluster_entry(self, entry: ClusterEntry) -> list[Any]:
        units = ([self._number[unit] for unit in side] for side in (entry.before, entry.after))
        clusters = [self._number[cluster] for cluster in entry.clusters]
        return [entry.what, *units, int(entry.extent == "part"), clusters, [self._acts[act.id] for act in entry.acts]]

    def _holder(self, holder: str | Absent) -> int | str:
        return holder.value if isinstance(holder, Absent) else self._number[holder]

    # ---- a figure

    def _figure(self, measure: str, stops: Sequence[dt.date]) -> dict[str, Any]:
        """The totals of a measure on every stop; what is the same on neighbouring stops is one row."""
        declared = self._history.measures[measure]
        rows: list[list[Any]] = []
        # The rows of the stop before: only these can go on.
        open_rows: dict[str, list[Any]] = {}
        for place, day in enumerate(stops):
            rows_now: dict[str, list[Any]] = {}
            for unit, total in _totals(self._history.at(day), measure):
                texts = (self._texts[str(total)], self._texts[quantity_text(total, "vi")])
                cells = [_number_of(total.low), _number_of(total.high), *texts]
                row = open_rows.get(unit)
                if row is not None and row[3:] == cells:
                    row[2] = place
                else:
                    row = [self._number[unit], place, place, *cells]
                    rows.append(row)
                rows_now[unit] = row
            open_rows = rows_now
        units, first, last, low, high, text, text_vi = map(list, zip(*rows, strict=True)) if rows else ([],) * 7
        return {
            "id": measure,
            "label": [declared.id, declared.name_vi or declared.id],
            "places": {"unit": packed(units), "first": packed(first), "last": packed(last)},
            "low": low,
            "high": high,
            "text": text,
            "text_vi": text_vi,
        }


def last_recorded(history: History) -> dt.date | None:
    """The day of the newest log entry; None where nobody stated one, and acts seem known before their day."""
    recorded = max(entry.recorded for entry in history.log)
    return recorded if history.last_day is None or recorded >= history.last_day else None


def _totals(structure: Structure, measure: str) -> Iterator[tuple[str, Quantity]]:
    for kind in structure.counts():
        yield from structure.totals(measure, kind).items()


def _number_of(value: Any) -> int | float | None:
    """A bound for colouring; the text beside it has the exact value."""
    return value if value is None or isinstance(value, int) else float(value)


def _sort(history: History, subject: str) -> str:
    """What a subject that is no unit is: ``Cluster``, ``Clustering``; empty if it never existed."""
    return next((type(fact.value).__name__ for fact in history.biography(subject) if fact.track == tracks.LIFE), "")


def _value_text(fact: Fact) -> str:
    """The value of a fact, for people; empty for existence, which its days tell."""
    return "" if fact.track == tracks.LIFE else _text(fact.value)


def _text(value: Any) -> str:
    return value.value if isinstance(value, Absent) else str(value)


def _shares(link: DatedLink) -> str:
    """The stated shares of a link, for people."""
    return ", ".join(f"{measure} {share}" for measure, share in link.shares)


def _source(source: Source) -> dict[str, str]:
    fields: Mapping[str, Any] = {
        "label": source.label,
        "issuer": source.issuer,
        "title": source.title,
        "title_vi": source.title_vi,
        "decided": source.decided,
        "in_force": source.in_force,
        "certainty": source.certainty,
        "note": source.note,
    }
    return {name: str(value) for name, value in fields.items() if value}


def texts_in(data: Iterable[Any]) -> Iterator[str]:
    """Every text of the data, for tests that look for what must not be there."""
    for part in data:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Mapping):
            yield from texts_in([*part.keys(), *part.values()])
        elif isinstance(part, (list, tuple)):
            yield from texts_in(part)
