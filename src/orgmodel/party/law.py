"""The Party's rulebook: the Charter and its regulations, as far as a structure can decide them.

Each rule is written once: its statement, numbers, days and citation stand in
``orgmodel/party/data/rulebook.toml``, what it asks in :mod:`orgmodel.party.checks`. The questions
here ask the same file with its values of the day. Each takes another ``book``, so that a jurist who
changed a number, a day or a citation in a file of their own gets every answer by it.

Before the first version of a rule the answer is an :class:`~orgmodel.rules.rule.Undecided`: what held
then is not on record, and a later version never answers for it.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from typing import Any, Final

from orgmodel.errors import Finding
from orgmodel.model.door import strict
from orgmodel.party import checks, decisions, kinds
from orgmodel.party.deadlines import Proceeding
from orgmodel.party.facts import MEASURES
from orgmodel.period import DayLike, as_day
from orgmodel.rules.file import parse_rulebook, read_rulebook
from orgmodel.rules.rule import Undecided, Version
from orgmodel.rules.rulebook import Rulebook
from orgmodel.rules.view import Holidays, View
from orgmodel.structure.structure import Structure

__all__ = ["deadline", "founding", "grade", "in_force", "read_party_rulebook", "rulebook", "seats_by_head"]

STATE_KINDS: Final = ("state-centre", "state-province", "state-district", "state-commune")
"""Kinds of units of the State, in the hierarchy ``state``, for those who record them."""

MEASURE_IDS: Final = frozenset(measure.id for measure in MEASURES)
KIND_IDS: Final = frozenset(kind.id for kind in kinds.KINDS) | frozenset(STATE_KINDS)


@cache
def rulebook() -> Rulebook:
    """The Party's rules that a structure, its figures, offices and congresses can decide.

    >>> book = rulebook()
    >>> book["D14"].on("2025-05-29").values["value"], book["D14"].on("2025-05-30").values["value"]
    ([9, 11], [11, 13])
    """
    text = (files("orgmodel.party") / "data" / "rulebook.toml").read_text(encoding="utf-8")
    return parse_rulebook(text, name="rulebook.toml", measures=MEASURES, kinds=KIND_IDS, checks=checks.CHECK_TYPES)


@strict
def read_party_rulebook(path: str | os.PathLike[str]) -> Rulebook:
    """A rulebook file that may use the checks, measures and kinds of the Party, for changed numbers or further rules.

    Raises:
        InvalidFile: with all its faults, each with its line.

    >>> import tempfile
    >>> from pathlib import Path
    >>> text = '''
    ... [[rule]]
    ... id = "OURS-1"
    ... statement = "a cell has at most 30 members"
    ... check = "measure"
    ... on = ["cell"]
    ... measure = "members"
    ... compare = "<="
    ... [[rule.version]]
    ... value = 30
    ... from = "2025-01-01"
    ... document = "our decision 5"
    ... certainty = "seen"
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "ours.toml").write_text(text)
    ...     book = read_party_rulebook(Path(folder, "ours.toml"))
    >>> import orgmodel as om
    >>> structure = om.structure_of([{"id": "c", "kind": "cell", "members": 34}], day="2025-07-01")
    >>> [str(finding) for finding in structure.audit(book).findings]
    ['2025-07-01: c: c: members is 34, must be at most 30 [OURS-1: our decision 5]']
    """
    return read_rulebook(path, measures=MEASURES, kinds=KIND_IDS, checks=checks.CHECK_TYPES)


# ---- questions


@strict
def in_force(rule: str, day: DayLike, *, book: Rulebook | None = None) -> Version | Undecided:
    """The version of a rule in force on a day; Undecided if that is not on record, or it has ended.

    Args:
        rule: its id.
        day: the day asked about.
        book: the rulebook; the Party's if None.

    Raises:
        UnknownRule: there is no such rule.

    >>> in_force("A01", "2025-07-01").values, in_force("A01", "2025-07-01").citation
    ({'value': 3}, 'Điều lệ Đảng (2011), Đ.21 k.2; Đ.24 k.1')
    >>> print(in_force("A01", "2005-01-01"))
    what held before 2011-01-01 is not on record [A01]
    """
    law = (rulebook() if book is None else book).law(rule, day)
    # None after the last version: the rule has ended. Before the first one the book itself is undecided.
    if law is None:
        text = f"no version of {rule} is in force on {as_day(day)}"
        return Undecided(f"the rule of {as_day(day)}", (), rule, as_day(day), text, f"{rule} không còn hiệu lực")
    return law


@strict
def founding(
    official: int, day: DayLike, *, name: str = "", book: Rulebook | None = None
) -> Finding | Undecided | None:
    """The finding of rule A02 on founding an organisation with some official members; None if it has enough.

    Probationary members do not count, and one abroad is held to the same number.

    Args:
        official: how many official members there are.
        day: the day of the decision.
        name: what the organisation is called in the finding.
        book: the rulebook; the Party's if None.

    >>> print(founding(2, "2025-09-01", name="Chi bộ 1"))
    2025-09-01: Chi bộ 1: 2 official members; 3 are needed. Place them in another organisation [A02: Điều lệ Đảng (2011), Đ.21 k.2]
    >>> founding(3, "2025-09-01") is None, type(founding(2, "2005-01-01")).__name__
    (True, 'Undecided')
    """
    law = in_force("A02", day, book=book)
    if isinstance(law, Undecided):
        return law
    needed = law.values["value"]
    if official >= needed:
        return None
    return Finding(
        "A02",
        f"{name}: {official} official members; {needed} are needed. Place them in another organisation",
        day=as_day(day),
        message_vi=f"{name}: {official} đảng viên chính thức; cần ít nhất {needed}",
        citation=law.citation,
        certainty=law.certainty,
    )


@strict
def deadline(
    rule: str, case: Proceeding, on: DayLike, *, holidays: Holidays | None = None, book: Rulebook | None = None
) -> Finding | Undecided | None:
    """The finding of a rule of deadlines (F01, F02, F05) on one case on a day; None if it is in time.

    The rule of the day of the decision counts. Undecided if public holidays decide and none are given.

    Args:
        rule: id of the rule.
        case: what must be done in time.
        on: the day that is asked about.
        holidays: public holidays; without them, working days cannot be counted.
        book: the rulebook; the Party's if None.

    Raises:
        KeyError: the rulebook has no such rule.

    >>> case = Proceeding.parse("2025-07-01/2025-09-24")
    >>> deadline("F01", case, "2025-12-01").missing
    'holidays'
    >>> print(deadline("F01", case, "2025-12-01", holidays=()))
    2025-12-01: 2025-07-01/2025-09-24: 60 working days ended on 2025-09-23 [F01: Quy định 294-QĐ/TW, 6.3.1 a]
    >>> print(deadline("F01", Proceeding.parse("2020-01-02/"), "2021-01-01", holidays=()))
    what held before 2025-07-01 is not on record [F01]
    """
    law = in_force(rule, case.start, book=book)
    if isinstance(law, Undecided):
        return law
    at = as_day(on)
    done, last = decisions.in_time(law.values, case, at, holidays)
    if done is None:
        return Undecided("holidays", (), rule, at, citation=law.citation)
    if done:
        return None
    limit = law.values["working_days"]
    return Finding(
        rule,
        f"{case}: {limit} working days ended on {last}",
        day=at,
        message_vi=f"{case}: quá hạn {limit} ngày làm việc ({last})",
        citation=law.citation,
        certainty=law.certainty,
    )


@strict
def grade(
    points: float | None,
    day: DayLike,
    *,
    tasks_done: float | None = None,
    tasks_above_target: float | None = None,
    tasks_late: float | None = None,
    disciplined: bool | None = None,
    book: Rulebook | None = None,
) -> str | Undecided:
    """The grade that rule G08 gives on the day of the decision; Undecided, naming what is missing.

    Args:
        points: of 100; None if not known.
        day: the day of the decision, not the year that is rated.
        tasks_done: per cent of the tasks; so are those below.
        tasks_above_target: see there.
        tasks_late: see there.
        disciplined: whether the collective has a disciplined member or unit.
        book: the rulebook; the Party's if None.

    >>> grade(89.9, "2025-12-15")
    'good'
    >>> grade(95, "2025-12-15", tasks_done=100, tasks_above_target=40).missing
    'disciplined'
    >>> grade(60, "2025-12-15").missing
    'tasks_late'
    """
    law = in_force("G08", day, book=book)
    if isinstance(law, Undecided):
        return law
    shares = {"tasks_done": tasks_done, "tasks_above_target": tasks_above_target, "tasks_late": tasks_late}
    known: Any = {name: decisions.UNKNOWN if share is None else (share, share) for name, share in shares.items()}
    may, missing = decisions.grades(
        law.values, decisions.UNKNOWN if points is None else (points, points), disciplined=disciplined, **known
    )
    if len(may) == 1:
        return next(iter(may))
    return Undecided(", ".join(missing), (), "G08", as_day(day), citation=law.citation)


@strict
def seats_by_head(structure: Structure, unit: str, *, book: Rulebook | None = None) -> int | Undecided:
    """The delegates to the national congress that an organisation has as such (rule E10), by how many it was made of.

    Args:
        structure: the day.
        unit: id of the organisation.
        book: the rulebook; the Party's if None.

    >>> from orgmodel.history.history import structure_of
    >>> rows = [dict(id="p", kind="province", code="79", merged_from=3)]
    >>> seats_by_head(structure_of(rows, day="2025-11-01", measures=MEASURES), "p")
    45
    """
    law = in_force("E10", structure.day, book=book)
    if isinstance(law, Undecided):
        return law
    # A unit that does not live is an error of the caller, not a case that is undecided.
    structure.unit(unit)
    view = View(structure)
    merged = view.merged_from(unit, law.values.get("merged_since"))
    if merged is None:
        return Undecided("merged_from", (unit,), "E10", structure.day, citation=law.citation)
    return decisions.seats_by_head(law.values, merged, view.code(unit), view.category(unit))


def months_of_term(day: DayLike, *, cell: bool = False, book: Rulebook | None = None) -> int | Undecided:
    """The length in months of a term that begins on a day: of a cell by rule E02, of others by E01.

    >>> months_of_term("2025-10-01"), months_of_term("2025-03-01", cell=True), months_of_term("2025-10-01", cell=True)
    (60, 30, 60)
    """
    law = in_force("E02" if cell else "E01", day, book=book)
    return law if isinstance(law, Undecided) else int(law.values["months"])
