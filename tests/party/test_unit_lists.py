"""Viet Nam by the public lists of 2021 to 2025."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from orgmodel.party import vietnam
from orgmodel.period import as_day

COUNTS = {
    "2021-11-01": (63, 705, 10599), "2022-04-10": (63, 705, 10599), "2022-07-01": (63, 705, 10599),
    "2022-10-01": (63, 705, 10599), "2023-04-10": (63, 705, 10598), "2024-02-01": (63, 705, 10597),
    "2024-05-01": (63, 705, 10595), "2024-09-01": (63, 704, 10542), "2024-11-01": (63, 704, 10472),
    "2025-01-01": (63, 696, 10051), "2025-03-01": (63, 696, 10035),
}  # fmt: skip


@pytest.mark.parametrize(("day", "counts"), COUNTS.items())
def test_each_list_is_so_on_its_day(day: str, counts: tuple[int, int, int]) -> None:
    """Provinces, districts and communes as the lists count them; five island districts are left out by three lists."""
    structure = vietnam.lists_2021().history.at(day)
    assert tuple(structure.count(kind) for kind in ("province", "district", "commune")) == counts


def test_the_last_list_has_the_units_of_the_reform() -> None:
    """Ids, codes, names, places and categories are those with which the reform begins."""
    lists, reform = vietnam.lists_2021().history.at("2025-03-01"), vietnam.reform_2025().at("2025-03-01")
    for kind in ("province", "district", "commune"):
        units = lists.of_kind(kind)
        assert set(units) == set(reform.of_kind(kind))
        assert [lists.unit(unit) for unit in units] == [reform.unit(unit) for unit in units]


def test_a_code_that_was_given_again_is_of_two_units() -> None:
    """A code that a list lacks and the next has under another name: the last bearer has the id of the reform."""
    history = vietnam.lists_2021().history
    earlier = [unit for unit in history.units_ever() if unit.endswith("-2021")]
    assert len(earlier) == 7
    for unit in earlier:
        later = unit.removesuffix("-2021")
        assert (history.life(unit).end, history.life(later).start) == (as_day("2025-01-01"), as_day("2025-03-01"))
    assert [
        history.at(day).unit(unit).name
        for day, unit in (("2024-11-01", "vn-c-26929-2021"), ("2025-03-01", "vn-c-26929"))
    ] == [
        "Phường 24",
        "Phường 14",
    ]


@pytest.mark.parametrize(
    ("day", "counts"), [*COUNTS.items(), ("2025-06-30", (63, 696, 10035)), ("2025-07-01", (34, 0, 3321))]
)
def test_the_country_is_one_history_with_the_lists(day: str, counts: tuple[int, int, int]) -> None:
    """From the first list on, through the reform; each day has its units."""
    structure = vietnam.country().at(day)
    assert tuple(structure.count(kind) for kind in ("province", "district", "commune")) == counts


@pytest.mark.parametrize("day", ["2025-03-01", "2025-06-30", "2025-07-01", "2026-01-12"])
def test_the_country_has_the_units_of_the_reform(day: str) -> None:
    """Joining the lists changes no province, district, commune or their links."""
    country, reform = vietnam.country().at(day), vietnam.reform_2025().at(day)
    for kind in ("province", "district", "commune"):
        assert [country.unit(u) for u in reform.of_kind(kind)] == [reform.unit(u) for u in reform.of_kind(kind)]
        assert country.count(kind) == reform.count(kind)


def test_links_of_the_reform_hold_in_the_country() -> None:
    """The lineage over the day of the reform is that of the reform alone."""
    country, reform = vietnam.country().lineage, vietnam.reform_2025().lineage
    for unit in ("vn-c-00001", "vn-c-26929", "vn-c-27373", "vn-p-24", "vn-d-318"):
        assert [(one.old, one.new, one.extent) for one in country.links(old=unit)] == [
            (one.old, one.new, one.extent) for one in reform.links(old=unit)
        ]


def test_the_country_tells_former_names_and_what_lists_leave_open() -> None:
    """A former name is found; the city of 2025 is by its own act; an act of a list says so, and what it cannot say."""
    country = vietnam.country()
    assert [borne.unit for borne in country.find("Thừa Thiên Huế")] == ["vn-p-46"]
    named = {fact.value: fact.act.source for fact in country.biography("vn-p-46") if fact.track == "name"}
    assert named["Huế"].number == "175/2024/QH15"
    assert named["Thừa Thiên Huế"].certainty == "from lists"
    (gone,) = (fact for fact in country.uncertain("2024-12-15") if fact.subject == "vn-c-00010")
    assert (gone.before, gone.after, gone.act.source.certainty) == ("unit", None, "from lists")
    assert "a code that bears another name is taken for a renaming" in gone.act.source.note
    assert country.uncertain("2025-07-15") == ()


def test_nothing_is_invented() -> None:
    """Units are first known in 2021; what ended has no successor on record; each act cites the act of its list."""
    done = vietnam.lists_2021()
    ground = done.history.correspondence("2024-09-01", "2025-03-01", kind="commune")
    gone = {unit for unit in done.listed if unit.startswith("vn-c") and len(done.days) - 4 in done.listed[unit]}
    gone = {unit for unit in gone if len(done.days) - 1 not in done.listed[unit]}
    assert set(ground.unmapped.last_known) == gone
    assert ground.unmapped.old == ()
    sources = {act.effective.isoformat(): act.source for act in done.history.acts}
    table = files("orgmodel.party") / "data" / "vietnam" / "decrees_2021_2025.csv"
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        if row["effective"] in sources:
            assert sources[row["effective"]].number == row["acts"].replace(";", ", ")
            assert sources[row["effective"]].cited.endswith("(from lists)")
    assert done.seen("vn-c-00010", "2024-12-15") == "not known between"


def test_the_island_districts_are_left_out_by_three_lists() -> None:
    """Those that lists lack, and that are back later, are the five districts without communes; it is told.

    One commune is missing in the list of 1 January 2025 alone; it is taken for ended, and that is told too.
    """
    done = vietnam.lists_2021()
    assert [(gap.severity, str(gap.day)) for gap in done.about("gap")] == [
        *[("warning", "2024-02-01")] * 5,
        ("note", "2025-01-01"),
    ]
    history = done.history
    for code in ("318", "471", "498", "536", "755"):
        unit = f"vn-d-{code}"
        assert history.life(unit).end is None
        assert history.at("2024-05-01").children(unit) == ()


def test_former_names_are_found() -> None:
    """A renamed district has both names, the one of before until the list that has the other."""
    history = vietnam.lists_2021().history
    names = [fact.value for fact in history.biography("vn-d-172") if fact.track == "name"]
    assert names == ["Thị xã Phổ Yên", "Thành phố Phổ Yên"]
    province = [fact.value for fact in history.biography("vn-p-46") if fact.track == "name"]
    assert province == ["Thừa Thiên Huế", "Huế"]
