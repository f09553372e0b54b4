"""A list of codes or names is dated by the register: how well it fits which days, what does not fit, ties told."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from twins import histories

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Closure, Creation, Link, Succession
from orgmodel.errors import InvalidTable, Refused
from orgmodel.history.history import History
from orgmodel.history.unit_directory import register_of
from orgmodel.history.vintage import Vintage, of
from orgmodel.model.unit import Unit
from orgmodel.party import vietnam

START, AFTER = dt.date(2024, 1, 1), dt.date(2025, 7, 1)


def province(unit: str, code: str, name: str | None = None) -> Unit:
    return Unit(unit, name=name, code=code, kind="province", parent="vn")


def register(*events: Any) -> History:
    """24 is Bắc Giang's until the merger and then the new Bắc Ninh's; 27 was the old one's."""
    start = [
        Creation(Unit("vn", kind="centre")),
        Creation(province("bg", "24", "Bắc Giang")),
        Creation(province("bn", "27", "Bắc Ninh")),
        Creation(province("hn", "01", "Hà Nội")),
        Creation(Unit("hn-1", code="001", kind="district", parent="hn")),
    ]
    merger = Succession([Link("bg", "n"), Link("bn", "n")], [province("n", "24", "Bắc Ninh")])
    return History().enact(
        Act("s", START, start), Act("m", AFTER, [merger]), *(Act(f"e{i}", d, [e]) for i, (d, e) in enumerate(events))
    )


class TestFits:
    def test_the_best_period_and_how_well(self) -> None:
        """All codes of a day fit it wholly; the next best period is told beside it."""
        found = of(register(), ["01", "24", "27"])
        assert (START, AFTER, "province") == (found.best.period.start, found.best.period.end, found.best.kind)
        assert (1, 1, 1) == (found.best.coverage, found.best.precision, found.best.jaccard)
        assert START == found.day
        assert (2, 2) == (found.runner_up.matched, found.runner_up.live)  # type: ignore[union-attr]
        assert () == found.misfits
        assert AFTER == of(register(), ["24", "01"]).day

    def test_ties_are_told_and_not_broken(self) -> None:
        """A list that fits two periods alike has two fits, and no single day."""
        made = register((dt.date(2025, 9, 1), Creation(province("x", "99"))), (dt.date(2025, 10, 1), Closure("x")))
        found = of(made, ["01", "24"])
        assert found.tie
        assert [AFTER, dt.date(2025, 10, 1)] == [fit.period.start for fit in found.fits]
        with pytest.raises(Refused, match="fits equally well from 2025-10-01"):
            _ = found.day
        assert str(found).count("fits equally well") == 2

    def test_neighbouring_periods_that_fit_alike_are_one(self) -> None:
        """A change that does not concern the codes cuts nothing."""
        made = register(
            (dt.date(2025, 9, 1), Change("hn", "code", "02")), (dt.date(2025, 9, 2), Change("hn", "code", "01"))
        )
        renamed = register((dt.date(2025, 9, 1), Change("hn", "name", "Thăng Long")))
        assert 2 == len(of(made, ["01", "24"]).fits)
        assert 1 == len(of(renamed, ["01", "24"]).fits)

    def test_a_swap_of_codes_cuts_nothing(self) -> None:
        """Two units that take each other's code leave the list as it was: one period, not two that tie."""
        day = dt.date(2024, 9, 1)
        swap = Act("swap", day, [Change("bg", "code", "27"), Change("bn", "code", "24")])
        made = register().enact(swap)
        found = of(made, ["01", "24", "27"])
        assert [(START, AFTER)] == [(fit.period.start, fit.period.end) for fit in found.fits]

    @pytest.mark.parametrize(("extra", "told"), [(10, None), (12, "... and 2 more that do not fit")])
    def test_ten_misfits_are_listed(self, extra: int, told: str | None) -> None:
        """The first ten entries that do not fit, then how many more."""
        lines = str(of(register(), ["01", "24", *(f"x{n}" for n in range(extra))])).splitlines()
        assert sum(line.startswith("row ") for line in lines) == 10
        assert (lines[-1] if lines[-1].startswith("...") else None) == told

    def test_names_with_homonyms(self) -> None:
        """Two units of one name are worth two entries; decomposed text is composed first."""
        made = register((START, Creation(province("o", "98", "Hà Nội"))))
        listed = ["Hà Nội", unicodedata.normalize("NFD", "Hà Nội"), "Bắc Giang", "Bắc Ninh"]
        found = of(made, listed)
        assert ("name", 1, ()) == (found.by, found.best.jaccard, found.misfits)
        assert [(4, "repeated")] == [(m.row, m.reason) for m in of(made, ["Hà Nội"] * 3 + ["Hà Nội"][:1]).misfits][-1:]

    def test_kinds_alone_and_together(self) -> None:
        """The kind is found out; a list over kinds fits all together; a stated kind is kept to."""
        assert "district" == of(register(), ["001"]).best.kind
        assert None is of(register(), ["01", "24", "27", "001"]).best.kind
        found = of(register(), ["01", "24", "27", "001"], "province")
        assert [(4, "001", "other kind")] == [(m.row, m.entry, m.reason) for m in found.misfits]
        with pytest.raises(Refused, match=r"no 'commune' ever bore a code \(there are province, district\)"):
            of(register(), ["01"], "commune")

    def test_a_unit_that_changes_its_kind_counts_for_each_in_its_time(self) -> None:
        """From the day on which it is a province it is in the provinces' list, not before."""
        made = register((AFTER, Change("hn-1", "kind", "province")))
        assert AFTER == of(made, ["01", "24", "001"], "province").day
        assert START == of(made, ["001"], "district").day
        late = register((START, Creation(Unit("x", code="x", parent="vn"))), (AFTER, Change("x", "kind", "province")))
        assert ["unit x bore it 2024-01-01 to 2025-06-30", "province x bore it from 2025-07-01"] == [
            str(bearing) for bearing in register_of(late).bearings("x")
        ]


class TestMisfits:
    def test_reasons(self) -> None:
        """Never borne, borne on other days, twice in the list: each with row and bearers."""
        found = of(register(), ["01", "24", "24", "27", "77"], "province")
        assert [(3, "24", "repeated"), (5, "77", "unknown")] == [(m.row, m.entry, m.reason) for m in found.misfits]
        other = of(register((dt.date(2025, 9, 1), Creation(province("x", "99")))), ["01", "24", "27", "99"])
        assert [("99", "other days", ["province x bore it from 2025-09-01"])] == [
            (m.entry, m.reason, [str(b) for b in m.bearings]) for m in other.misfits
        ]

    def test_mixed_vintages(self) -> None:
        """Codes of another time are counted and that time is told."""
        made = register((dt.date(2025, 9, 1), Creation(province("x", "99"))))
        found = of(made, ["01", "24", "27", "99"])
        assert (1, dt.date(2025, 9, 1)) == (found.mixed.matched, found.mixed.period.start)  # type: ignore[union-attr]
        assert "mixed: 1 of the 1" in str(found)
        assert of(made, ["01", "24", "27"]).mixed is None

    def test_a_code_that_two_units_bear_on_different_days(self) -> None:
        """24 is one unit's and then another's: the register names both, in order."""
        told = register_of(register()).bearings("24")
        assert ["province bg bore it 2024-01-01 to 2025-06-30", "province n bore it from 2025-07-01"] == list(
            map(str, told)
        )
        assert ["n"] == [b.unit for b in register_of(register()).on("24", "code", AFTER)]

    @pytest.mark.parametrize(
        ("listed", "told"),
        [
            ([], "the list is empty"),
            (["01", 24, "", None], "3 faults\n  - row 2: 24 is not a text"),
            (["zz"], "none of its 1 entries was ever a code"),
        ],
    )
    def test_lists_that_cannot_be_dated(self, listed: list[Any], told: str) -> None:
        """Nothing, numbers, and what never was, are refused; rows are named."""
        with pytest.raises((InvalidTable, Refused), match=told):
            of(register(), listed)


def slow(history: History, listed: list[str], days: list[dt.date]) -> dict[dt.date, tuple[int, int]]:
    """Day -> (matched, live), by asking the structure of each day."""
    found = {}
    wanted = Counter(listed)
    for day in days:
        live = Counter(unit.code for unit in history.at(day).units() if unit.code)
        found[day] = sum((wanted & live).values()), live.total()
    return found


@given(histories.acts(), st.data())
def test_equal_to_asking_every_day(acts: list[Act], data: st.DataObject) -> None:
    """The best periods are exactly the days on which a slow count finds the best match."""
    history = History().enact(*acts)
    codes = sorted({f"U{i}" for i in range(1, 8)})
    listed = data.draw(st.lists(st.sampled_from(codes), min_size=1))
    last = max(act.effective for act in acts)
    days = [histories.START + dt.timedelta(n) for n in range((last - histories.START).days + 2)]
    counts = slow(history, listed, days)
    scores = {day: m / (len(listed) + n - m) for day, (m, n) in counts.items() if n}
    assume(scores and max(scores.values()) > 0)
    found = of(history, listed, by="code")
    top = max(scores.values())
    assert {day for day, score in scores.items() if score == top} == {
        day for day in days if any(day in fit.period for fit in found.fits)
    }
    best = found.fits[0]
    assert (best.matched, best.live) == counts[best.period.start]  # type: ignore[index]
    assert len(found.misfits) == len(listed) - best.matched


class TestRealLists:
    def vintage(self, name: str, column: str, **more: Any) -> Vintage:
        return of(vietnam.reform_2025(), [row[column] for row in vietnam.table(name)], **more)

    def test_communes_of_before_and_after(self) -> None:
        """10,035 codes are of 2025-03-01 to 2025-06-30, 3,321 of after; names say the same."""
        old, new = self.vintage("communes_2024", "code"), self.vintage("communes_2025", "code")
        assert (10_035, 1, "commune", dt.date(2025, 3, 1)) == (
            old.best.matched,
            old.best.jaccard,
            old.best.kind,
            old.day,
        )
        assert (3_321, 1, "commune", AFTER) == (new.best.matched, new.best.jaccard, new.best.kind, new.day)
        assert (3_316, 10_035) == (old.runner_up.matched, old.best.listed)  # type: ignore[union-attr]
        assert AFTER == self.vintage("communes_2025", "name", by="name").day
