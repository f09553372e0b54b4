"""Imports a whole register and holds it against its official lists: ``python bench/registers.py RECORDS LISTS``.

RECORDS is a table of records by year (code, name, start_year_inclusive, end_year_exclusive, successor_codes, in which
``code[year]`` is a part that went there in that year), LISTS the same as yearly lists (code, name, a column of 0 and 1
for each year). Printed are the differences from the lists, the stated successions that are lost, and the times beside a
plain replay of the records in Python.
"""

from __future__ import annotations

import csv
import re
import sys
import time
from collections import defaultdict
from typing import Any

from orgmodel.io.importers import Imported, import_register, import_snapshots


def dated(text: str) -> tuple[str, str] | None:
    """A successor with a year of its own."""
    found = re.fullmatch(r"(\w+)\[(\d{4})\]", text)
    return (found[1], f"{found[2]}-01-01") if found else None


def day(year: str) -> str | None:
    return f"{year}-01-01" if year else None


def plain(records: list[dict[str, str]], years: list[str]) -> dict[str, set[tuple[str, str]]]:
    """Who was there in each year, by sets."""
    changes: defaultdict[str, list[tuple[bool, tuple[str, str]]]] = defaultdict(list)
    for row in records:
        changes[row["start_year_inclusive"]].append((True, (row["code"], row["name"])))
        changes[row["end_year_exclusive"]].append((False, (row["code"], row["name"])))
    now: set[tuple[str, str]] = set()
    found = {}
    for year in years:
        now -= {key for begins, key in changes[year] if not begins}
        now |= {key for begins, key in changes[year] if begins}
        found[year] = set(now)
    return found


def differences(done: Imported, lists: dict[str, set[tuple[str, str]]]) -> int:
    count = 0
    for year, listed in lists.items():
        structure = done.history.at(f"{year}-06-30")
        units = structure.descendants("root")
        count += len(listed ^ set(zip(structure.values(units, "code"), structure.values(units, "name"), strict=True)))
    return count


def lost(done: Imported, records: list[dict[str, str]]) -> tuple[int, int]:
    """How many successions are stated, and how many of them the history does not have."""
    links = defaultdict(set)
    for link in done.history.lineage.links():
        links[link.old].add((link.new, str(link.day.year)))
    bearers = defaultdict(set)
    for number, row in enumerate(records, 1):
        bearers[row["code"]].add((number, row["start_year_inclusive"], row["end_year_exclusive"] or "9999"))
    stated = missing = 0
    for number, row in enumerate(records, 1):
        for text in filter(None, row["successor_codes"].split(";")):
            own = dated(text)
            code, year = (own[0], own[1][:4]) if own else (text, row["end_year_exclusive"])
            unit = done.unit_of[number]
            news = {done.unit_of[other] for other, start, end in bearers[code] if start <= year < end}
            stated += 1
            missing += not (unit in news or any(new in news and on == year for new, on in links[unit]))
    return stated, missing


def timed(make: Any) -> tuple[Any, float]:
    start = time.process_time()
    made = make()
    return made, time.process_time() - start


def main(records_path: str, lists_path: str) -> None:
    with open(records_path, encoding="utf-8-sig") as file:
        records = list(csv.DictReader(file))
    with open(lists_path, encoding="utf-8-sig") as file:
        presence = list(csv.DictReader(file))
    years = [name for name in presence[0] if name.isdigit()]
    lists = {year: {(row["code"], row["name"]) for row in presence if row[year] == "1"} for year in years}
    rows = [
        {
            "code": row["code"], "name": row["name"], "start": day(row["start_year_inclusive"]),
            "end": day(row["end_year_exclusive"]), "successors": row["successor_codes"],
        }
        for row in records
    ]  # fmt: skip
    replayed, alone = timed(lambda: plain(records, years))
    print(f"plain replay: {sum(len(replayed[y] ^ lists[y]) for y in years)} differences, {alone:.2f} s")
    done, took = timed(lambda: import_register(rows, ends="exclusive", dated=dated))
    stated, missing = lost(done, records)
    print(
        f"as a register: {differences(done, lists)} differences, {missing} of {stated} successions lost, {took:.2f} s"
    )
    columns = {name: [row[name] for row in presence] for name in ("code", "name", *years)}
    successors = [{"code": r["code"], "name": r["name"], "end": r["end"], "successors": r["successors"]} for r in rows]
    successors = [row for row in successors if row["successors"]]
    days = {year: f"{year}-01-01" for year in years}
    done, took = timed(lambda: import_snapshots(columns, presence=days, successors=successors, dated=dated))
    print(f"as lists: {differences(done, lists)} differences, {took:.2f} s; {dict(done.counts)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
