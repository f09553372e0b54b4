"""Viet Nam by the public lists of 2021 to 2025."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from orgmodel.party import vietnam

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
    """Codes, places and categories are those with which the reform begins, and so are the ids of nearly all."""
    lists, reform = vietnam.lists_2021().history.at("2025-03-01"), vietnam.reform_2025().at("2025-03-01")
    for kind in ("province", "district"):
        assert set(lists.of_kind(kind)) == set(reform.of_kind(kind))
    mine = {lists.unit(unit).code: unit for unit in lists.of_kind("commune")}
    theirs = {reform.unit(unit).code: unit for unit in reform.of_kind("commune")}
    assert mine.keys() == theirs.keys()
    for code, unit in mine.items():
        assert lists.parent(unit) == reform.parent(theirs[code])
        assert lists.unit(unit).category == reform.unit(theirs[code]).category
        # A code that some lists lack and that is back under it is another unit's by the lists.
        assert unit == theirs[code] or unit == f"{theirs[code]}~2"


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
    """Those that lists lack, and that are back later, are the five districts without communes; it is told."""
    done = vietnam.lists_2021()
    assert len(done.about("gap")) == 5
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
