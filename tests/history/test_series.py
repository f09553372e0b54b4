"""Series put every period's figures on the ground of one day; flows must explain stocks."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest

from orgmodel.acts.act import Act
from orgmodel.acts.events import Change, Creation, Link, Succession
from orgmodel.errors import Refused, UnknownUnit
from orgmodel.history.flows import Balance, balances, negative, parts_add_up
from orgmodel.history.history import History, structure_of
from orgmodel.history.series import Series, of
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import vietnam

D23, D24, D25 = (dt.date(year, 12, 31) for year in (2023, 2024, 2025))
AFTER = "2025-07-01"
RATE = Measure("women", "rate", weight="members")


def record(day: dt.date, scope: str = "own", measure: str = "members", **values: Any) -> Act:
    changes = [Change(unit, f"measure:{measure}", value, scope) for unit, value in values.items()]
    return Act(f"{measure} {scope} {day}", day, changes, Source("a yearbook"))


def history(*acts: Act, divided: bool = False) -> History:
    start = [Creation(Unit("vn", kind="centre"))]
    start += [Creation(Unit(u, name=f"Tỉnh {u}", kind="province", parent="vn")) for u in "abd"]
    made = [Unit("c", name="Tỉnh c", kind="province", parent="vn")]
    links = [Link("a", "c"), Link("b", "c")]
    if divided:
        links[1:] = [Link("b", "c", "part"), Link("b", "d", "part"), Link("d", "d")]
    measures = (Measure("members"), Measure("admitted"), RATE)
    return History(measures=measures).enact(
        Act("s", "2023-01-01", start),
        *acts,
        Act("m", AFTER, [Succession(links, made, complete=True)], Source("202/2025/QH15")),
    )


FIGURES = record(D23, a=10, b=20, d=40), record(D24, a=12, b=24, d=36), record(D25, c=36, d=36)


def points(series: Series) -> list[tuple[Any, ...]]:
    return [
        (p.day.year, p.unit, p.value.value, None if p.growth is None else p.growth.value, p.rate, p.rank)
        for p in series
    ]


class TestSeries:
    def test_every_period_on_the_ground_of_one_day(self) -> None:
        """Figures of before the merger are those of the merged unit; growth and rank compare like with like."""
        found = history(*FIGURES).series("members", "province", on=AFTER)
        assert [
            (2023, "d", 40, None, None, 1),
            (2023, "c", 30, None, None, 2),
            (2024, "d", 36, -4, Fraction(-1, 10), 1),
            (2024, "c", 36, 6, Fraction(1, 5), 1),
            (2025, "d", 36, 0, Fraction(0), 1),
            (2025, "c", 36, 0, Fraction(0), 1),
        ] == points(found)
        assert all(point.exact for point in found)
        assert (D23, D24, D25) == found.days

    def test_any_day_may_be_the_ground(self) -> None:
        """On the ground of before, merged figures must be divided: refused, or by a policy and marked."""
        made = history(*FIGURES)
        with pytest.raises(Refused, match="no share of 'members'") as error:
            made.series("members", "province", on=D24)
        assert [("c",)] == [finding.units for finding in error.value.findings]
        found = made.series("members", "province", on=D24, policy="equal")
        assert [(2025, "a", 18), (2025, "b", 18), (2025, "d", 36)] == [row[:3] for row in points(found)][-3:]
        assert [False, False, True] == [point.exact for point in found.at(D25)]

    def test_faults_of_all_days_are_told_together(self) -> None:
        """A divided unit is refused for every day, and a day without figures is told beside it."""
        with pytest.raises(Refused) as error:
            history(*FIGURES[:2], divided=True).series("members", "province", on=AFTER, days=["2023-06-01", D23, D24])
        assert [("series", None), ("share", ("b",)), ("share", ("b",))] == [
            (f.rule, f.units or None) for f in error.value.findings
        ]
        assert [dt.date(2023, 6, 1), D23, D24] == [f.day for f in error.value.findings]

    def test_ranking_and_growth_of_what_is_not_known(self) -> None:
        """An unknown figure has no rank, and what grows from it is unknown; a stated about stays about."""
        found = history(record(D23, a=10, d=Quantity(40, "about")), record(D24, a=1, b=2, d=44)).series(
            "members", "province", on=AFTER
        )
        first, second = found.of("c")
        assert (None, Quantity.unknown(10), False) == (first.rank, first.value, first.exact)
        assert (Quantity.unknown(high=-7), None) == (second.growth, second.rate)
        assert ["d"] == [point.unit for point in found.ranking(D23)]
        assert ["d", "c"] == [point.unit for point in found.ranking(D24)]
        grown = found.of("d")[1]
        assert ("about 4", Fraction(1, 10)) == (str(grown.growth), grown.rate)
        with pytest.raises(UnknownUnit):
            found.of("zz")

    def test_figures_from_elsewhere(self) -> None:
        """Figures that the history does not hold may be given by day and unit."""
        found = of(history(), "members", "province", on=AFTER, figures={"2024-12-31": {"a": 1, "b": 2, "d": 3}})
        assert [(2024, "d", 3), (2024, "c", 3)] == [row[:3] for row in points(found)]
        # Given in any order, told in order of days.
        later_first = {"2024-12-31": {"d": 3}, "2023-12-31": {"d": 2}}
        found = of(history(), "members", "province", on=AFTER, figures=later_first)
        assert [(2023, "d", 2, None), (2024, "d", 3, 1)] == [row[:4] for row in points(found) if row[1] == "d"]

    def test_scopes(self) -> None:
        """Own and subtree figures are series of their own; totals add up what stands below."""
        cells = Act("cells", "2023-01-01", [Creation(Unit(f"{u}{i}", parent=u)) for u in "abd" for i in (1, 2)])
        own = record(D24, a1=1, a2=2, b1=3, b2=4, d1=5, d2=6)
        start = [Creation(Unit("vn", kind="centre")), *(Creation(Unit(u, kind="province", parent="vn")) for u in "abd")]
        moves = [Change(f"{u}{i}", "parent", "c") for u in "ab" for i in (1, 2)]
        event = Succession(
            [Link("a", "c"), Link("b", "c")], [Unit("c", kind="province", parent="vn")], moves, complete=True
        )
        stated = record(D24, "subtree", a=3, b=7, d=12)
        made = History().enact(Act("s", "2023-01-01", start), cells, own, stated, Act("m", AFTER, [event]))
        totals = made.series("members", "province", on=AFTER, scope="total")
        assert [("d", 11), ("c", 10)] == [(p.unit, p.value) for p in totals.at(D24)]
        subtree = made.series("members", "province", on=AFTER, scope="subtree")
        assert [("d", 12), ("c", 10)] == [(p.unit, p.value) for p in subtree]
        with pytest.raises(Refused, match="nothing of 'members' is recorded for any province"):
            made.series("members", "province", on=AFTER)

    def test_rates_are_weighed_day_by_day(self) -> None:
        """A rate of each period is weighed by the count of that period."""
        women = record(D23, measure="women", a=Fraction(1, 2), b=Fraction(1, 5), d=0)
        found = history(*FIGURES[:1], women).series("women", "province", on=AFTER)
        assert [("d", 0), ("c", Fraction(3, 10))] == [(p.unit, p.value.value) for p in found]
        other = of(
            history(women),
            RATE,
            "province",
            on=AFTER,
            weights={D23: {"a": 1, "b": 2, "d": 1}},
        )
        assert Fraction(3, 10) == other.of("c")[0].value

    def test_explanation_and_frames(self) -> None:
        """Each figure names its acts; frames of either sort hold the same numbers."""
        found = history(*FIGURES).series("members", "province", on=AFTER)
        assert ["m"] == [act.id for act in found.explain(D23, "c").acts]
        polars, pandas = found.to_polars(), found.to_pandas()
        assert [(D24, "c", "Tỉnh c", 36, 6, 0.2, 1)] == polars.filter(day=D24, unit="c").select(
            "day", "unit", "name", "value", "growth", "growth_rate", "rank"
        ).rows()
        assert polars["value"].to_list() == pandas["value"].tolist()
        assert polars["rank"].to_list() == pandas["rank"].tolist()
        assert polars.columns == list(pandas.columns)
        assert "members of each province in the structure of 2025-07-01\n  2023-12-31: 2 of 2 known, 2 exact" in str(
            found
        )

    def test_categories_do_not_grow(self) -> None:
        """Only numbers make a series."""
        with pytest.raises(Refused, match="only numbers grow"):
            of(history(), Measure("terrain", "category"), on=AFTER)


class TestFlows:
    def test_hue(self) -> None:
        """1,770 admitted and 58,280 at the end need 56,510 at the start; 56,511 is a finding."""
        assert 56_510 == Balance(None, 58_280, {"admitted": 1_770}).needed_opening
        right, wrong = (Balance(opening, 58_280, {"admitted": 1_770}, unit="hue") for opening in (56_510, 56_511))
        assert ("explained", None) == (right.verdict, right.finding)
        assert ("gap", -1) == (wrong.verdict, wrong.gap)
        assert "a gap of -1; transferred_in, transferred_out, removed, deceased are not stated" in str(wrong.finding)
        assert "warning" == wrong.finding.severity  # type: ignore[union-attr]

    def test_hue_of_the_public_figures(self) -> None:
        """The embedded figures say the same, with their qualifiers: more than 58,000 decides nothing, 58,280 does."""
        admitted, more_than = (f.value for f in vietnam.party_figures() if f.id in ("P065", "P066"))
        (exact,) = (row.members for row in vietnam.party_units() if row.province == "Huế")
        assert 56_510 == Balance(None, exact, {"admitted": admitted}).needed_opening
        vague = Balance(56_511, more_than, {"admitted": admitted})
        assert ("undecided", None) == (vague.verdict, vague.finding)
        certain = Balance(50_000, more_than, {"admitted": admitted})
        assert "gap" == certain.verdict

    def test_signs(self) -> None:
        """Who came adds, who went takes away; what is unknown leaves it undecided, within bounds."""
        flows = {"admitted": 5, "transferred_in": 3, "transferred_out": 4, "removed": 1, "deceased": 2}
        assert ("explained", 1) == (Balance(100, 101, flows).verdict, Balance(100, 101, flows).net)
        unknown = Balance(100, 101, {**flows, "deceased": Quantity.unknown(0, 5)})
        assert ("undecided", ("deceased",)) == (unknown.verdict, unknown.not_stated)
        assert "gap" == Balance(100, 120, {**flows, "deceased": Quantity.unknown(0)}).verdict
        assert "50 + 0 = 50, stated 51: gap of 1" in str(Balance(50, 51, {}))

    def test_opening_stock_is_carried_through_a_merger(self) -> None:
        """The stock of merged units at the start is that of the new one; the gap is found there."""
        made = history(
            record(D24, a=12, b=24, d=36), record(D25, c=40, d=36), record(D25, measure="admitted", c=3, d=0)
        )
        found = {b.unit: b for b in balances(made, D24, D25, kind="province")}
        assert [(36, 3, 40, "gap"), (36, 0, 36, "explained")] == [
            (found[u].opening, found[u].net, found[u].closing, found[u].verdict) for u in "cd"
        ]
        given = balances(made, D24, D25, kind="province", flows={"admitted": {"c": 4}})
        assert ["explained"] * 2 == [balance.verdict for balance in given]

    def test_a_stock_at_one_end_only(self) -> None:
        """A unit with a stock at the start or the end has a balance; one without either has none."""
        made = history(record(D24, a=12, b=24), record(D25, d=36))
        found = balances(made, D24, D25, kind="province")
        # The merger is told as an outcome that is complete: it gives the merged unit no figure at the end.
        assert [(b.unit, b.opening.value, b.closing.value) for b in found] == [("d", None, 36), ("c", 36, None)]
        assert balances(history(), D24, D25, kind="province") == ()

    def test_parts_against_a_whole_that_is_bounded(self) -> None:
        """At most 4 cannot be 3 + 2; more than 4 can, at least 6 cannot."""
        rows = [
            {
                "id": u,
                "members": whole,
                "members_official": 3,
                "members_probationary": 2,
                **({"parent": "a"} if u != "a" else {}),
            }
            for u, whole in (
                ("a", Quantity(4, "at most")),
                ("b", Quantity(4, "more than")),
                ("c", Quantity.unknown(6)),
                ("d", Quantity.unknown(0, 9)),
                ("e", Quantity.unknown()),
            )
        ]
        assert [f.units for f in parts_add_up(structure_of(rows, day=D25))] == [("a",), ("c",)]

    def test_negative_turns_bounds(self) -> None:
        """What was at most is at least, with the other sign."""
        turned = {
            Quantity(3): Quantity(-3),
            Quantity(5, "more than"): Quantity(-5, "at most"),
            Quantity(7, "at least"): Quantity(-7, "at most"),
            Quantity(4, "at most"): Quantity(-4, "at least"),
            Quantity.unknown(1, 9): Quantity.unknown(-9, -1),
        }
        assert {quantity: negative(quantity) for quantity in turned} == turned

    def test_official_and_probationary_members_make_the_members(self) -> None:
        """Parts that do not add up are told by unit; temporary members are counted at home and not here."""
        rows = [
            {"id": "p", "name": "p"},
            {
                "id": "x",
                "parent": "p",
                "members": 5,
                "members_official": 3,
                "members_probationary": 2,
                "members_temporary": 9,
            },
            {"id": "y", "parent": "p", "members": 6, "members_official": 3, "members_probationary": 2},
            {"id": "z", "parent": "p", "members": 7, "members_official": 3},
        ]
        assert [("y",)] == [finding.units for finding in parts_add_up(structure_of(rows, day="2025-12-31"))]


class TestPublicFigures:
    """The public figures of 2025 in the structures of before and after."""

    def test_members_of_merged_provinces_before_and_after(self) -> None:
        """On the ground of after they stand as they are; on that of before only as bounds of what was merged."""
        made = vietnam.reform_2025()
        figures = {"2025-12-31": {row.unit: row.members for row in vietnam.party_units()}}
        after = of(made, "members", "province", on="2025-07-01", figures=figures)
        known = [p for p in after if p.value.is_known]
        assert (34, 15) == (len(after), len(known))
        assert "Hà Nội" == made.at(AFTER).unit(after.ranking("2025-12-31")[0].unit).name
        before = of(made, "members", "province", on="2025-06-30", figures=figures, policy="bounds")
        phu_tho = [
            p.value for p in before if made.at("2025-06-30").unit(p.unit).name in ("Phú Thọ", "Hòa Bình", "Vĩnh Phúc")
        ]
        assert [Quantity.unknown(0)] * 3 == phu_tho
        hai_phong = [p.value for p in before if made.at("2025-06-30").unit(p.unit).name == "Hải Dương"]
        assert [Quantity.unknown(0, 243_544)] == hai_phong

    def test_directly_subordinate_organisations_are_communes_and_four_more(self) -> None:
        """A merged province has one organisation for each commune and four others; Hoàng Sa has none of its own."""
        stated = {
            r.province: r for r in vietnam.party_units() if r.direct_organisations is not None and r.merged_from > 1
        }
        extra = {name: r.direct_organisations - r.communes for name, r in stated.items()}  # type: ignore[operator]
        assert {"Lào Cai": 4, "Phú Thọ": 4, "Hải Phòng": 4, "Đà Nẵng": 3, "Hồ Chí Minh": 5, "An Giang": 5} == extra

    def test_delegates_are_within_their_caps_and_their_kinds_add_up(self) -> None:
        """No congress has more delegates than its cap; ex officio, appointed and elected are all of them."""
        rows = [row for row in vietnam.party_units() if row.delegates is not None]
        assert 15 == len(rows)
        assert [] == [row.province for row in rows if row.delegates > row.delegate_cap]  # type: ignore[operator]
        off = {
            row.province: sum(kinds) - row.delegates  # type: ignore[operator]
            for row in rows
            if None not in (kinds := (row.delegates_ex_officio, row.delegates_appointed, row.delegates_elected or 0))
            and sum(kinds) != row.delegates
        }
        # Summoned were 446, present 445.
        assert {"Hải Phòng": 1} == off


def test_a_day_that_is_named_twice_is_refused() -> None:
    """One of the two would be lost."""
    figures = {"2024-12-31": {"a": 1}, dt.date(2024, 12, 31): {"a": 2}}
    with pytest.raises(Refused, match="figures= names the day twice"):
        of(history(), "members", "province", on=AFTER, figures=figures)
