"""Writes docs/reference/rulebook.md: each rule, its law, and what it says over the whole country.

    python tools/rulebook_reference.py            # writes the page
    python tools/rulebook_reference.py --check    # exit status 1 if the page is not what would be written

The units above the grassroots are the real ones. Their figures, and everything below them,
are made up: organisations and cells in about a tenth of the public numbers of Đà Nẵng, all
in order but for planted faults and for what was left unrecorded, so that the counts of a
rule can be checked against the number of faults that were planted for it.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from attrs import evolve

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation, Event
from orgmodel.history.history import History
from orgmodel.model import track as tracks
from orgmodel.model.matter import Matter
from orgmodel.model.schema import Kind, Placement
from orgmodel.model.source import Source
from orgmodel.model.track import CORRESPONDS, OFFICE
from orgmodel.model.unit import Unit
from orgmodel.party import kinds, vietnam
from orgmodel.party.facts import MEASURES
from orgmodel.party.law import STATE_KINDS, rulebook
from orgmodel.party.posts import Taken
from orgmodel.period import as_day
from orgmodel.rules.rulebook import Counts, Rulebook
from orgmodel.structure.structure import Structure

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "rulebook.md"
DAYS = ("2025-11-15", "2025-05-15", "2024-12-15")
"""The day that is judged, and days for what is in force only before it."""

_NEW = ("Đảng bộ các cơ quan Đảng", "Đảng bộ UBND", "Đảng bộ Quân sự", "Đảng bộ Công an")
_CENTRAL = (
    "Đảng bộ các cơ quan Đảng Trung ương",
    "Đảng bộ Chính phủ",
    "Đảng bộ Quốc hội",
    "Đảng bộ Mặt trận Tổ quốc, các đoàn thể Trung ương",
    "Đảng bộ Công an Trung ương",
    "Đảng bộ Quân đội",
)
_SEATS_17 = {"Đảng bộ Chính phủ": 12}
_DELEGATES = {"Đảng bộ Công an Trung ương": 320}


class Country:
    """Collects the events that fill a structure, and counts the faults that it plants."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.day = structure.day
        self.events: list[Event] = []
        self.planted: Counter[str] = Counter()
        self.count = 0
        self.book = rulebook()

    # ---- saying things

    def own(self, unit: str, **figures: Any) -> None:
        self.events += [Change(unit, f"measure:{name}", value, "own") for name, value in figures.items()]

    def fact(self, unit: str, name: str, value: Any, slot: Any = None) -> None:
        self.events.append(Change(unit, f"fact:{name}", value, slot))

    def matter(self, kind: str, role: str, unit: str, steps: dict[str, str], **said: Any) -> None:
        self.count += 1
        name = f"m{self.count}"
        self.events += [Creation(Matter(name, kind)), Change(name, tracks.PARTY, unit, (role, 1))]
        self.events += [Change(name, tracks.STEP, day, (step, 1)) for step, day in steps.items()]
        self.events += [Change(name, tracks.SAID, value, field) for field, value in said.items()]

    def congress(self, unit: str, day: str, number: int | None = None) -> None:
        self.matter("congress", "of", unit, {"held": day}, **({} if number is None else {"number": number}))

    def transfer(self, unit: str, start: str, done: str, case: str = "transfer") -> None:
        end = {**({"presented": done} if case == "introduction" else {}), "received": done} if done else {}
        form = "after dissolution" if case == "dissolution" else "formal"
        self.matter("transfer", "giver", unit, {"decided": start, **end}, form=form)

    def unit(self, id_: str, kind: str, parent: str | None, category: str | None = None, **more: Any) -> str:
        self.events.append(Creation(Unit(id_, id_, None, kind, category, parent, **more)))
        return id_

    def fault(self, *rules: str) -> None:
        """Counts a planted fault for the rules that it breaks, if they are in force."""
        in_force = self.book.on(self.day)
        self.planted.update(rule for rule in rules if rule in in_force)

    def vary(self, units: Iterable[str], rule: str, good: Any, bad: Any, every: int = 40) -> Iterator[tuple[str, Any]]:
        """Pairs (unit, value): one in ``every`` is a planted fault of the rule, one is not recorded."""
        for i, unit in enumerate(units):
            step = (i + sum(map(ord, rule))) % every
            if step == 0:
                self.fault(rule)
                yield unit, bad
            elif step != 1:
                yield unit, good

    def figures(self, units: Iterable[str], rule: str, name: str, good: Any, bad: Any, every: int = 40) -> None:
        for unit, value in self.vary(units, rule, good, bad, every):
            self.own(unit, **{name: value})

    def facts(self, units: Iterable[str], rule: str, name: str, good: Any, bad: Any, every: int = 40) -> None:
        for unit, value in self.vary(units, rule, good, bad, every):
            self.fact(unit, name, value)

    def office(self, unit: str, post: str, person: str, origin: str | None = None) -> None:
        self.events.append(Change(unit, OFFICE, person, (post, 1)))
        if origin is not None:
            self.fact(unit, "tenure", Taken(origin=origin).value, (post, 1))


def grounds(days: Iterable[str]) -> dict[str, History]:
    """Day -> the country on it, without figures."""
    schema = evolve(
        kinds.SCHEMA,
        hierarchies=("main", "state"),
        kinds=(*kinds.SCHEMA.kinds, *(Kind(kind) for kind in STATE_KINDS if not kinds.SCHEMA.knows(kind))),
        placements=(
            *kinds.SCHEMA.placements,
            Placement(STATE_KINDS[0], None),
            *(Placement(kind, STATE_KINDS[0]) for kind in STATE_KINDS[1:]),
        ),
    )
    # As outcomes, each enacted once: to decide them anew under this schema would take most of the time.
    outcomes = [Act(act.id, act.effective, act.events, act.source) for act in vietnam.reform_2025().acts]
    history, enacted, ground = History(schema, MEASURES), 0, {}
    for day in sorted(days):
        by_then = sum(act.effective <= as_day(day) for act in outcomes)
        history, enacted = history.enact(*outcomes[enacted:by_then]), by_then
        ground[day] = history
    return ground


def filled(ground: History, day: str) -> tuple[History, Counter[str]]:
    """The country on a day, with figures and faults, and the faults that were planted, by rule."""
    made = Country(ground.at(day))
    _centre(made)
    _provinces(made)
    if made.structure.count("commune"):
        _communes(made)
    _state(made)
    act = Act("synthetic", day, made.events, Source("made up", note="no real figure; for the counts of this page only"))
    return ground.enact(act), made.planted


# ---- who is filled with what


def _centre(c: Country) -> None:
    root = c.structure.root()
    # One fault at the top: the Central Inspection Committee is too small.
    c.own(root, inspection_committee=22, inspection_from_executive=7)
    c.fault("D16")
    c.unit("tw-tgdv", "agency", root, "Ban Tuyên giáo và Dân vận")
    c.fact("tw-tgdv", "function", "lead", "propaganda")
    units = [c.unit(f"tw-{n}", "central-organisation", root, category) for n, category in enumerate(_CENTRAL)]
    c.own(units[0], executive_committee=40, standing_committee=17, deputy_secretaries=3)
    c.fault("D12")
    c.own(units[1], executive_committee=61, standing_committee=18, deputy_secretaries=5)
    c.fault("D13.standing", "D13.deputies")
    c.own(units[2], delegates_summoned=300, delegates_present=190, direct_organisations=12, organisations_present=7)
    c.fault("E13", "E13.organisations")
    for unit, category in zip(units, _CENTRAL, strict=True):
        c.own(unit, inspection_committee=_SEATS_17.get(category, 10), congress_delegates=_DELEGATES.get(category, 300))
    c.own(units[3], congress_delegates=240, inspection_committee=12)
    c.fault("E09", "D17")
    for unit in units[:5]:
        c.own(unit, merged_from=1, seats_by_head=23 if unit == units[4] else 13)
    c.own(units[5], merged_from=1, seats_by_head=13)
    c.fault("E10")
    if len(c.structure.select("province")) + len(units) != 40:
        c.fault("B06")


def _provinces(c: Country) -> None:
    s = c.structure
    units = s.select("province")
    # Committees: the seats are the same everywhere, what they are compared with varies.
    for unit in units:
        c.own(unit, executive_committee=50, standing_committee=15, delegates_summoned=400, direct_organisations=90)
    c.figures(units, "G04", "executive_women", 10, 7, 17)
    c.figures(units, "G04.standing", "standing_women", 2, 0, 17)
    c.figures(units, "G05", "executive_under_40", 5, 4, 17)
    c.figures(units, "G06", "executive_science", 3, 2, 17)
    c.figures(units, "E13", "delegates_present", 398, 266, 17)
    c.figures(units, "E13.organisations", "organisations_present", 90, 59, 17)
    for unit, ethnic in c.vary(units, "G07", 4, 2, 17):
        c.own(unit, executive_ethnic=ethnic, executive_ethnic_target=3)
    merged = [unit for unit in units if unit.endswith("-2025")]
    alone = [unit for unit in units if unit not in merged]
    for rule, name, now in (("D09", "executive_committee", 50), ("D09.standing", "standing_committee", 15)):
        c.figures(merged, rule, f"{name}_at_merger", now, now - 1, 11)
    for rule, name, now in (("D10", "executive_committee", 50), ("D10.standing", "standing_committee", 15)):
        c.figures(alone, rule, f"{name}_2015", now, now + 1, 5)
    for unit, number in c.vary(merged, "E12", 1, 18, 11):
        c.congress(unit, "2024-09-02", number)
    for unit, number in c.vary(alone, "E12", 17, 1, 5):
        c.congress(unit, "2019-10-01", 16)
        c.congress(unit, "2024-09-02", number)
    c.figures(units, "E07", "congress_delegates", 400, 551, 17)
    # Deputies: three, of whom one chairs the Front; D09.deputies is broken by the number at the merger.
    for unit in units:
        c.own(unit, deputy_secretaries=3)
        c.office(unit, "deputy_secretary", f"{unit}-dep")
    c.figures(merged, "D09.deputies", "deputy_secretaries_at_merger", 3, 2, 11)
    for unit, deputy in c.vary(units, "D11", True, False, 17):
        c.office(unit, "front_chair", f"{unit}-dep" if deputy else f"{unit}-other")
    # Inspection: the numbers of seats that the version of the day allows and does not.
    seats = c.book["D14"].on(c.day)
    assert seats is not None
    for unit, good in c.vary(units, "D14", True, False, 17):
        low = seats.values["by_code"].get(s.unit(unit).code or "", seats.values["value"])[0]
        c.own(unit, inspection_committee=low if good else 8)
    c.figures(units, "D14.deputies", "inspection_deputies", 3, 6, 17)
    for unit, how in c.vary(merged, "C08", "appointed", "elected", 11):
        c.fact(unit, "formed", how, "inspection")
    for unit, seated in c.vary(units, "D14.head", True, False, 17):
        c.office(unit, "standing_member", f"{unit}-insp" if seated else f"{unit}-other")
    # Four posts each; two local holders in the whole country.
    away_of = {unit: units[(i + 1) % len(units)] for i, unit in enumerate(units)}
    for i, unit in enumerate(units):
        away = away_of[unit]
        for post, who in (("secretary", "sec"), ("committee_chair", "chair"), ("inspection_head", "insp")):
            local = post == "committee_chair" and i in (3, 4)
            c.office(unit, post, f"{unit}-{who}", unit if local else away)
            if local:
                c.fault("G01")
    # Who decides on the secretaries, terms, congresses.
    for unit, level in c.vary(units, "G11", "centre", "province", 17):
        c.fact(unit, "tenure", Taken(managed_by=level, origin=away_of[unit]).value, ("secretary", 1))
    for i, (unit, end) in enumerate(c.vary(units, "E01", "2029-09-01", "2028-09-01", 17)):
        late = i == 5
        c.fact(unit, "term", f"2024-09-01/{end}", "committee")
        c.congress(unit, "2024-08-30" if late else "2024-09-01")
        if late:
            c.fault("E05")
    for unit, good in c.vary(units, "E10", True, False, 17):
        made_of = {"vn": 1}.get(unit, _made_of(c, unit))
        bonus = 10 if s.unit(unit).code in ("01", "79") else 0
        c.own(unit, seats_by_head=13 + 11 * (made_of - 1) + bonus + (0 if good else 1))
    for unit, good in c.vary(units, "E11", True, False, 17):
        c.fact(unit, "formed", "appointed" if (_made_of(c, unit) > 1) == good else "elected", "delegates")
    # Organisations directly under the province, agencies.
    direct: list[str] = []
    for i, unit in enumerate(units):
        categories = list(_NEW) if i % 17 else list(_NEW[:3])
        if i % 17 == 0:
            c.fault("B07")
        organisations = [c.unit(f"{unit}-o{n}", "direct-organisation", unit, word) for n, word in enumerate(categories)]
        direct += organisations
        if i % 17 == 2:
            c.unit(f"{unit}-dd", "delegation", unit, "đảng đoàn")
            c.fault("B08")
        old = i % 17 == 3
        agency = c.unit(f"{unit}-tg", "agency", unit, "Ban Tuyên giáo" if old else "Ban Tuyên giáo và Dân vận")
        if old:
            c.fault("C06")
        c.fact(agency, "function", "lead", "propaganda")
        if i % 17 == 4:
            second = c.unit(f"{unit}-vp", "agency", unit, "Văn phòng")
            c.fact(second, "function", "lead", "propaganda")
            c.fault("C04")
    c.figures(direct, "E08", "congress_delegates", 250, 301)


def _made_of(c: Country, unit: str) -> int:
    if not unit.endswith("-2025"):
        return 1
    code = c.structure.unit(unit).code
    rows = [row for row in vietnam.table("province_succession") if row["new_code"] == code]
    return len(rows)


def _communes(c: Country) -> None:
    s = c.structure
    units = s.select("commune")
    after = s.count("district") == 0
    for unit in units:
        c.own(unit, delegates_summoned=200, direct_organisations=9, executive_committee=27)
    c.figures(units, "D07", "standing_committee", 9, 12)
    for i, unit in enumerate(units):
        c.own(unit, deputy_secretaries=2 if i % 400 else 3)
        if i % 400 == 0:
            c.fault("D08")
        if i % 500 == 1:
            c.own(unit, executive_committee=34)
            c.fault("D06")
    c.figures(units, "D18", "inspection_committee", 5, 8)
    c.figures(units, "D18.deputies", "inspection_deputies", 2, 3)
    c.figures(units, "E13", "delegates_present", 190, 100)
    c.figures(units, "E13.organisations", "organisations_present", 9, 5)
    c.figures(units, "G04", "executive_women", 6, 1)
    c.figures(units, "G04.standing", "standing_women", 1, 0)
    c.figures(units, "E08.commune", "congress_delegates", 230, 320)
    for unit, ethnic in c.vary(units, "G07", 4, 2):
        c.own(unit, executive_ethnic=ethnic, executive_ethnic_target=3)
    for unit, chair in c.vary(units, "D08.chair", "d", "e", 300):
        c.office(unit, "deputy_secretary", f"{unit}-d")
        c.office(unit, "committee_chair", f"{unit}-{chair}")
    for unit, head in c.vary(units, "D18.head", "d", "f", 300):
        c.office(unit, "standing_member", f"{unit}-s")
        c.office(unit, "inspection_head", f"{unit}-s" if head == "d" else f"{unit}-f")
    for unit, done in c.vary(units[:400], "F01", "", "", 40):
        c.transfer(unit, str(c.day), done)
    # An open case that began on the day itself breaks no deadline: take the faults back and plant real ones.
    c.planted["F01"] = 0
    for rule, name, start in (
        ("F01", "transfer", "2025-07-02"),
        ("F02", "introduction", "2025-07-02"),
        ("F05", "dissolution", "2025-01-02"),
    ):
        if as_day(start) < c.day:
            for unit in units[400:405]:
                c.transfer(unit, start, "2025-05-10" if name == "dissolution" else f"{start[:5]}11-10", name)
                c.fault(rule)
                if name == "introduction":
                    c.fault("F01")
            for unit in units[405:450]:
                c.transfer(unit, start, f"{start[:8]}20", name)
    if not after:
        _before_the_reform(c)
        return
    for i, unit in enumerate(units):
        _below_commune(c, i, unit)


def _before_the_reform(c: Country) -> None:
    """Cells whose terms began under the rule of then, and ratings of the communes of a district."""
    for i, unit in enumerate(c.structure.select("commune")[:400]):
        cell = c.unit(f"{unit}-c", "cell", unit)
        c.own(cell, members=12, members_official=11)
        c.fact(cell, "term", "2025-03-01/2030-03-01" if i % 100 == 0 else "2025-03-01/2027-09-01", "committee")
        if i % 100 == 0:
            c.fault("E02")
    for i, district in enumerate(c.structure.select("district")):
        communes = c.structure.children(district, kind="commune")
        if i % 200 == 1 and communes:
            c.fault("G09")
        for commune in communes:
            c.fact(commune, "rated", "excellent" if i % 200 == 1 else "good", (2024, ""))


def _below_commune(c: Country, i: int, unit: str) -> None:
    zone = c.structure.unit(unit).category == "đặc khu"
    seat = i % 5 == 0 and not zone
    count = 4 if zone else 3
    if i % 250 == 7:
        count += 2
        c.fault("C03" if zone else "C01")
    for n in range(count):
        agency = c.unit(f"{unit}-a{n}", "agency", unit)
        c.fact(agency, "function", "lead", f"function {n}")
    if not zone:
        if seat:
            c.unit(f"{unit}-tt", "agency", unit, "trung tâm chính trị")
            c.fact(f"{unit}-tt", "function", "lead", "training")
        c.fact(unit, "mark", seat if i % 600 != 5 else not seat, "political_centre")
        if i % 600 == 5:
            c.fault("C02")
        c.own(unit, staff=16 if i % 350 != 9 else 22)
        if i % 350 == 9:
            c.fault("C05")
        if i % 450 == 11:
            c.fact(unit, "mark", False, "above_grassroots")
            c.fault("B04")
    elif i % 2:
        c.fact(unit, "mark", False, "above_grassroots")
        bad = c.planted["B05"] == 0
        c.fact(unit, "decided", False if bad else c.structure.root(), "exception:B05")
        if bad:
            c.fault("B05")
    # An organisation with two cells and a section, a grassroots cell with a group, two cells of the commune.
    large = c.unit(f"{unit}-g", "grassroots-organisation", unit, "đảng bộ cơ sở")
    _cell(c, f"{unit}-g1", large, 17)
    _cell(c, f"{unit}-g2", large, 14)
    c.own(large, executive_committee=9, standing_committee=3, inspection_committee=3, congress_delegates=31)
    c.fact(large, "rated", "good", (2025, ""))
    c.own(large, rating_points=80)
    alone = c.unit(f"{unit}-k", "grassroots-organisation", unit, "chi bộ cơ sở")
    _figures(c, alone, 12)
    c.unit(f"{unit}-kt", "party-group", alone)
    cells = [_cell(c, f"{unit}-c{n}", unit, size) for n, size in enumerate((12, 5))]
    if i % 30 == 0:
        _faults_below(c, i // 30, unit, large, alone, cells)


def _cell(c: Country, unit: str, parent: str, members: int) -> str:
    c.unit(unit, "cell", parent)
    _figures(c, unit, members)
    c.fact(unit, "basis", "residence")
    return unit


def _figures(c: Country, unit: str, members: int) -> None:
    official = members - 1
    c.own(unit, members=members, members_official=official, members_probationary=1, meetings_last_year=12)
    c.own(unit, cell_committee=3 if official >= 9 else 0, deputy_secretaries=1)
    c.fact(unit, "term", "2025-08-01/2030-08-01", "committee")
    c.congress(unit, "2025-08-01")


def _faults_below(c: Country, n: int, commune: str, large: str, alone: str, cells: list[str]) -> None:
    """One fault of a kind in a commune, the kinds taken in turn."""
    first, second = cells
    match n % 22:
        case 0:  # below three: A01, A03; below nine it still has no committee
            c.own(second, members=3, members_official=2)
            c.fault("A01", "A03")
        case 1:
            c.own(alone, members=35, members_official=34)
            c.fault("A04")
        case 2:
            c.own(f"{large[:-2]}-g2", members=10, members_official=9)
            c.fault("A05")
        case 3:
            c.own(f"{large[:-2]}-g2", members=10, members_official=9)
            c.fact(large, "decided", "another", "exception:A06")
            c.fault("A06")
        case 4:
            c.unit(f"{commune}-s", "section", alone)
            c.own(f"{commune}-s", members=0, members_official=0)
            c.fact(f"{commune}-s", "decided", commune, "exception:A06")
            c.fault("A08")
        case 5:
            c.unit(f"{commune}-w", "grassroots-organisation", commune, "đảng ủy")
            c.own(f"{commune}-w", members=30, members_official=30, members_probationary=0, meetings_last_year=12)
            c.own(f"{commune}-w", congress_delegates=30)
            c.fault("A09")
        case 6:
            c.unit(f"{commune}-t", "party-group", large)
            c.own(f"{commune}-t", members=0, members_official=0)
            c.fault("A10")
        case 7:
            c.fact(f"{large[:-2]}-g1", "basis", "age")
            c.fault("A11")
        case 8:
            c.fact(commune, "mark", True, "delegated_powers")
            c.fact(alone, "mark", False, "legal_person")
            c.fault("A12")
        case 9:
            c.own(first, meetings_by_group=4)
            c.fault("A13")
        case 10:
            c.own(first, inspection_committee=3)
            c.fault("C07")
        case 11:
            c.own(first, cell_committee=0)
            c.fault("D01")
        case 12:
            c.own(first, cell_committee=8)
            c.fault("D02")
        case 13:
            c.own(second, deputy_secretaries=2)
            c.fault("D03")
        case 14:
            c.own(first, failed_ballots=3)
            c.fact(first, "formed", "elected", "secretary")
            c.fault("D04")
        case 15:
            c.own(large, standing_committee=0)
            c.fault("D05")
        case 16:
            c.own(first, meetings_last_year=11)
            c.fault("E04")
        case 17:
            c.fact(first, "term", "2025-08-01/2028-02-01", "committee")
            c.fault("E02")
        case 18:
            c.own(large, congress_delegates=260)
            c.fault("E08.grassroots")
        case 19:  # 20 members on temporary activity were counted
            c.own(first, members=32, members_temporary=20)
            c.fault("F04")
        case 20:
            c.own(first, voting_base=11, members_away=2, members_exempt=0)
            c.fault("F06")
        case _:
            c.own(large, rating_points=65, tasks_late=0)
            c.fault("G08")


def _state(c: Country) -> None:
    """The units of the State, in their own hierarchy; two communes correspond to none, one to two."""
    state = c.unit("state", STATE_KINDS[0], None, hierarchy="state")
    for kind, state_kind in (("province", STATE_KINDS[1]), ("district", STATE_KINDS[2]), ("commune", STATE_KINDS[3])):
        for i, unit in enumerate(c.structure.select(kind)):
            if kind == "commune" and i in (10, 11):
                c.fault("B01")
                continue
            made = c.unit(f"{unit}-state", state_kind, state, hierarchy="state")
            c.events.append(Change(unit, CORRESPONDS, made))


# ---- the page


def asked() -> tuple[dict[str, tuple[str, Counts]], dict[str, float], dict[str, int], list[str]]:
    """Rule -> (day, counts); day -> seconds of the audit; day -> units; where counts and planted faults differ."""
    import holidays

    public = holidays.country_holidays("VN", years=range(2024, 2027))
    book = rulebook()
    found: dict[str, tuple[str, Counts]] = {}
    seconds: dict[str, float] = {}
    sizes: dict[str, int] = {}
    wrong: list[str] = []
    ground = grounds(DAYS)
    for day in DAYS:
        history, faults = filled(ground[day], day)
        structure = history.at(day)
        sizes[day] = len(structure)
        start = time.perf_counter()
        audit = book.audit(structure, holidays=public)
        seconds[day] = time.perf_counter() - start
        for rule, counts in audit.counts.items():
            version, main = book[rule].on(day), book[rule].on(DAYS[0])
            if counts.violated != faults[rule]:
                wrong.append(f"{day} {rule}: {counts.violated} found, {faults[rule]} planted")
            name = (
                rule
                if version == main or len(book[rule].versions) == 1
                else f"{rule} ({version.ref if version else ''})"
            )
            if name not in found:
                found[name] = day, counts
    return found, seconds, sizes, wrong


def page() -> str:
    """The text of the page."""
    book = rulebook()
    found, _, sizes, wrong = asked()
    if wrong:
        raise SystemExit("\n".join(["the counts are not what was planted:", *wrong]))
    return "\n".join(_lines(book, found, sizes)) + "\n"


def _lines(book: Rulebook, found: dict[str, tuple[str, Counts]], sizes: dict[str, int]) -> Iterator[str]:
    refs = {version.ref for rule in book for version in rule.versions}
    yield "# The Party's rulebook"
    yield ""
    yield "<!-- Written by tools/rulebook_reference.py; change the rules in src/orgmodel/party/data/rulebook.toml. -->"
    yield ""
    left_out = [one for one in book.not_modelled if "." not in one.id]
    yield f"`orgmodel.party.rulebook()` decides {len(refs)} of the {len(refs) + len(left_out)} rules"
    yield f"of `rulebook.csv`, as {len(book)} checks; the other {len(left_out)} are listed at the end, with the reason, and"
    yield f"so are {len(book.not_modelled) - len(left_out)} halves of rules that nothing recorded can decide. What held before the first version of"
    yield "a rule is not on record, and an audit of such a day says so (`Audit.not_on_record`)."
    yield "A rule may be one check with several values in time: the size of a provincial inspection committee is"
    yield "9 to 11 until 2025-05-29 and 11 to 13 from 2025-05-30. The value in force on the day is used."
    yield ""
    yield "Days that the sources give as a month or a year are read so: as a beginning, the first day of it; as an end,"
    yield "the last day. *Certainty* is that of the citation: what is not *seen* must be checked against the act."
    yield ""
    yield "## What each rule says over the whole country"
    yield ""
    listed = ", ".join(f"{sizes[day]:,} units on {day}" for day in DAYS)
    yield f"Real units above the grassroots, made-up figures and cells below them ({listed}), with planted faults."
    yield "*Violated* equals the number of faults that were planted for the rule: the page is not written otherwise."
    yield "*Undecided* are the cases of which nothing was recorded. Rules about acts (A02, A07, F07) are asked when an"
    yield "act is enacted or a period is audited, not of a day. A value of another day stands in brackets with its row."
    yield ""
    yield "| rule | what it says | in force | law | certainty | day | satisfied | violated | undecided |"
    yield "|---|---|---|---|---|---|---:|---:|---:|"
    for rule in book:
        for version in reversed(rule.versions):
            main = rule.on(DAYS[0])
            name = rule.id if version == main or len(rule.versions) == 1 else f"{rule.id} ({version.ref})"
            statement = rule.statement if version == rule.versions[-1] else "the value before"
            if rule.id not in found and name not in found:
                numbers = "| acts | | | |" if rule.about == "act" else "| | | | |"
            else:
                day, counts = found.get(name) or found[rule.id]
                numbers = f"| {day} | {counts.satisfied:,} | {counts.violated:,} | {counts.undecided:,} |"
            law = version.citation.replace("|", "/")
            yield f"| {name} | {statement} | {version.period} | {law} | {version.certainty} {numbers}"
    yield ""
    yield "## Not modelled"
    yield ""
    yield "| rule | what it says | why not |"
    yield "|---|---|---|"
    for one in book.not_modelled:
        yield f"| {one.id} | {one.statement} | {one.reason} |"


def main() -> int:
    """Writes or checks the page."""
    if "--time" in sys.argv:
        for day, seconds in asked()[1].items():
            print(f"{day}: {seconds:.3f} s")
        return 0
    text = page()
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            print(f"{PAGE} is not what {Path(__file__).name} writes; run it", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
