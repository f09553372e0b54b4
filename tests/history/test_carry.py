"""Figures are carried along successions: totals kept, refused where nobody says how, marked where a policy did."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twins import histories, share_matrices

from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Creation, Link, Succession
from orgmodel.acts.policies import ByMeasure, Part
from orgmodel.errors import Finding, InvalidTable, Refused
from orgmodel.history.carry import Carried
from orgmodel.history.correspondence import Correspondence, between
from orgmodel.history.history import History
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.structure.structure import Structure

BEFORE, AFTER = "2025-06-30", "2025-07-01"
MEMBERS, AREA = Measure("members"), Measure("area")
RATE = Measure("women", "rate", weight="members")
TERRAIN = Measure("terrain", "category")


def part(old: str, new: str, dominant: bool = False, **shares: str) -> Link:
    return Link(old, new, "part", {m: Fraction(s) for m, s in shares.items()}, dominant=dominant)


def table(*links: Link, units: str = "a b d", closed: str = "", measures: tuple[Measure, ...] = ()) -> Correspondence:
    """The correspondence of one act: links, of which the new units are created, and closures."""
    olds = units.split()
    start = [Creation(Unit("vn")), *(Creation(Unit(u, code=u.upper(), name=f"Xã {u}", parent="vn")) for u in olds)]
    created = [Unit(u, code=u.upper(), parent="vn") for u in dict.fromkeys(link.new for link in links) if u not in olds]
    events: list[Any] = [Succession(links, created)] if links else []
    events += [Closure(u) for u in closed.split()]
    history = History(measures=measures).enact(
        Act("s", "2024-01-01", start), Act("m", AFTER, events, Source("202/2025/QH15"))
    )
    return between(history, BEFORE, AFTER)


def findings(error: pytest.ExceptionInfo[Refused]) -> list[Finding]:
    return list(error.value.findings)


MERGER = Link("a", "c"), Link("b", "c")
DIVISION = part("a", "x", True, area="1/4"), part("a", "y", area="3/4")
STATED = part("a", "x", members="1/3"), part("a", "y", members="2/3")


class TestCounts:
    def test_add_up_and_stay_whole_numbers(self) -> None:
        """A merger adds; a unit nothing happened to keeps its figure; all of it is a fact."""
        carried = table(*MERGER).carry({"a": 10, "b": 5, "d": 7}, MEMBERS)
        assert {"c": 15, "d": 7} == carried
        assert all(type(value) is int for value in carried.values())
        assert carried.all_exact
        assert carried.policy is None
        assert Quantity(22) == carried.total_before == carried.total_after

    def test_stated_shares_divide_by_largest_remainder(self) -> None:
        """Ten by thirds is 3 and 7, and not exact, as a member is not divided; nine is exact."""
        found = table(*STATED)
        assert {"x": 3, "y": 7} == found.carry({"a": 10}, MEMBERS)
        assert {"x": False, "y": False} == found.carry({"a": 10}, MEMBERS).exact
        assert {"x": True, "y": True} == found.carry({"a": 9}, MEMBERS).exact

    def test_a_tie_goes_to_the_link_that_comes_first(self) -> None:
        """One member by halves goes to the first of the two, always."""
        halves = part("a", "x", members="1/2"), part("a", "y", members="1/2")
        assert {"x": 1, "y": 0} == table(*halves).carry({"a": 1}, MEMBERS)

    def test_part_without_share_is_refused_with_all_units(self) -> None:
        """Every divided unit whose shares nobody stated is told at once, with its successors."""
        found = table(*DIVISION, part("b", "y"), part("b", "z"))
        with pytest.raises(Refused, match="give a policy") as error:
            found.carry({"a": 8, "b": 2, "d": 1}, MEMBERS)
        assert [("share", ("a",)), ("share", ("b",))] == [(f.rule, f.units) for f in findings(error)]
        assert "x, y" in findings(error)[0].message

    def test_the_rest_is_known_where_one_share_is_missing(self) -> None:
        """What two stated shares leave is the third."""
        found = table(part("a", "x", members="1/4"), part("a", "y", members="1/4"), part("a", "z"))
        carried = found.carry({"a": 8}, MEMBERS)
        assert {"x": 2, "y": 2, "z": 4} == carried
        assert carried.all_exact

    def test_nothing_to_divide_needs_no_policy(self) -> None:
        """Zero is zero everywhere, exactly; an unknown number is unknown everywhere."""
        found = table(*DIVISION)
        carried = found.carry({"a": 0}, MEMBERS)
        assert {"x": 0, "y": 0} == carried
        assert carried.all_exact
        assert Quantity.unknown(0) == found.carry({"a": None}, MEMBERS)["x"]

    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            ("equal", {"x": 4, "y": 4}),
            ("dominant", {"x": 8, "y": 0}),
            (ByMeasure("area"), {"x": 2, "y": 6}),
            (ByMeasure("area", {"x": 7, "y": 1}), {"x": 7, "y": 1}),
            (ByMeasure("area", {("a", "x"): 1, "y": 1}), {"x": 4, "y": 4}),
        ],
    )
    def test_a_policy_divides_and_is_marked(self, policy: Any, expected: dict[str, int]) -> None:
        """Equal parts, all to the dominant one, like another measure: never exact, the total kept."""
        carried = table(*DIVISION).carry({"a": 8, "d": 1}, MEMBERS, policy)
        assert {**expected, "d": 1} == carried
        assert {"x": False, "y": False, "d": True} == carried.exact
        assert carried.total_before == carried.total_after

    def test_bounds_claim_only_what_is_certain(self) -> None:
        """Each part has between nothing and all; what is certain besides is added."""
        carried = table(*DIVISION, Link("b", "y")).carry({"a": 8, "b": 5}, MEMBERS, "bounds")
        assert {"x": Quantity.unknown(0, 8), "y": Quantity.unknown(5, 13)} == carried

    def test_bounds_of_what_stated_shares_leave(self) -> None:
        """A stated half is certain; the two others share what it leaves once it is a whole number."""
        links = part("a", "x", members="1/2"), part("a", "y"), part("a", "z")
        carried = table(*links).carry({"a": 9}, MEMBERS, "bounds")
        assert {"x": 5, "y": Quantity.unknown(0, 4), "z": Quantity.unknown(0, 4)} == carried
        vague = table(*links).carry({"a": Quantity.unknown(2, 9)}, MEMBERS, "bounds")
        assert {"x": Quantity.unknown(1, 5), "y": Quantity.unknown(0, 5), "z": Quantity.unknown(0, 5)} == vague

    def test_a_single_part_does_not_get_the_rest(self) -> None:
        """Of a unit of which one part went on and the rest nowhere, nobody knows how much went on."""
        with pytest.raises(Refused, match="no share of 'members' is stated towards x"):
            table(part("a", "x")).carry({"a": 9}, MEMBERS)

    @pytest.mark.parametrize(
        ("policy", "told"),
        [
            ("dominant", "no source names the dominant one"),
            (ByMeasure("people"), "no share of 'people' is stated towards x, y either"),
            (ByMeasure("area", {"x": 1}), "no weight 'area' for y"),
            (ByMeasure("area", {"x": 0, "y": 0}), "add up to 0"),
            (ByMeasure("area", {"x": 2, "y": -1}), "negative"),
            ("collect", "does not say how to divide"),
        ],
    )
    def test_a_policy_that_cannot_tell_is_refused(self, policy: Any, told: str) -> None:
        """A weight of zero, a missing one, no dominant successor: refused with the reason."""
        with pytest.raises(Refused, match=told):
            table(part("a", "x"), part("a", "y")).carry({"a": 8}, MEMBERS, policy)

    def test_a_policy_of_ones_own(self) -> None:
        """Any function of what the Protocol says is a policy, and is checked."""

        def first(structure: Structure, old: str, measure: Measure, parts: Sequence[Part]) -> list[Fraction]:
            return [Fraction(part is parts[0]) for part in parts]

        assert {"x": 8, "y": 0} == table(*DIVISION).carry({"a": 8}, MEMBERS, first)
        with pytest.raises(Refused, match="parts that add up to 1"):
            table(*DIVISION).carry({"a": 8}, MEMBERS, lambda *_: [Fraction(1, 2)])
        unknown = table(*DIVISION).carry({"a": 8}, MEMBERS, lambda *_: None)
        assert dict(table(*DIVISION).carry({"a": 8}, MEMBERS, "bounds")) == unknown

    def test_units_that_were_not_given_are_unknown_not_zero(self) -> None:
        """Unknown and 5 is unknown, with 5 as the lower bound; units out of reach are left out."""
        assert {"c": Quantity.unknown(5)} == table(*MERGER).carry({"b": 5}, MEMBERS)

    def test_a_figure_without_successor_is_refused_or_dropped_aloud(self) -> None:
        """Members of a closed unit do not vanish: refused with the act, or dropped and told."""
        found = table(closed="a")
        with pytest.raises(Refused, match=r"its 8 would be lost.*") as error:
            found.carry({"a": 8, "b": 1}, MEMBERS)
        assert "202/2025/QH15" in findings(error)[0].message
        carried = found.carry({"a": 8, "b": 1}, MEMBERS, unmapped="drop")
        assert ({"b": 1}, {"a": 8}) == (carried, carried.dropped)
        assert {"b": 1} == found.carry({"a": 0, "b": 1}, MEMBERS)

    def test_a_stated_part_that_went_nowhere(self) -> None:
        """Of a unit of which a third was closed, that third is refused or dropped."""
        start = [Creation(Unit("vn")), Creation(Unit("a", parent="vn"))]
        divided = Succession(STATED, [Unit("x", parent="vn"), Unit("y", parent="vn")])
        history = History().enact(Act("s", "2024-01-01", start), Act("m", AFTER, [divided, Closure("x")]))
        found = between(history, BEFORE, AFTER)
        with pytest.raises(Refused, match="1/3 of it has no successor"):
            found.carry({"a": 9}, MEMBERS)
        carried = found.carry({"a": 10}, MEMBERS, unmapped="drop")
        assert ({"y": 7}, {"a": 3}) == (carried, carried.dropped)

    def test_qualifiers_go_along(self) -> None:
        """About and more than stay so; what is exact and what is about is about."""
        carried = table(*MERGER).carry(
            {"a": Quantity(1500, "about"), "b": 300, "d": Quantity(58_000, "more than")}, MEMBERS
        )
        assert "about 1800" == str(carried["c"])
        assert "more than 58000" == str(carried["d"])
        assert not carried.exact["c"]


class TestBadFigures:
    def test_every_bad_figure_is_told_with_its_row(self) -> None:
        """Negative, fractional, not a number, unknown unit: all at once, by row, nothing carried."""
        frame = pl.DataFrame(
            {"unit": ["a", "b", "d", "a", "zz"], "members": [-1.0, 2.5, 1.0, 3.0, 1.0]},
            schema_overrides={"unit": pl.String},
        )
        with pytest.raises(Refused) as error:
            table(*MERGER).carry(frame, MEMBERS)
        assert [(4, "unit-once"), (5, "unit"), (1, "count"), (2, "count")] == [(f.row, f.rule) for f in findings(error)]
        assert "no unit ever bore the id 'zz'" in findings(error)[1].message

    def test_units_of_other_days_are_told_with_their_days(self) -> None:
        """A unit, or a code, that lives on other days only is told with those days."""
        found = table(*MERGER)
        with pytest.raises(Refused, match="no unit bears the id 'c' on 2025-06-30: unit c bore it from 2025-07-01"):
            found.carry({"c": 8}, MEMBERS)
        with pytest.raises(Refused, match="no unit bears the code 'C' on 2025-06-30"):
            found.carry({"C": 8}, MEMBERS, by="code")

    def test_totals_that_do_not_match(self) -> None:
        """A stated total is checked before anything is carried."""
        assert {"c": 15} == table(*MERGER).carry({"a": 10, "b": 5}, MEMBERS, total=15)
        with pytest.raises(Refused, match="add up to 15, not to 16"):
            table(*MERGER).carry({"a": 10, "b": 5}, MEMBERS, total=16)

    @pytest.mark.parametrize("value", ["many", True, float("inf"), Quantity(-3, "about")])
    def test_what_is_no_count(self, value: Any) -> None:
        """Text, a truth value, infinity and a negative quantity are no counts."""
        with pytest.raises(Refused, match="row 2"):
            table(*MERGER).carry({"b": 1, "a": value}, MEMBERS)

    def test_frames_without_their_columns(self) -> None:
        """A missing column, or units that were read as numbers, are told."""
        with pytest.raises(InvalidTable, match="no column 'members'"):
            table().carry(pl.DataFrame({"unit": ["a"]}), MEMBERS)
        with pytest.raises(InvalidTable, match="row 1: the unit is 1, not a text"):
            table().carry(pd.DataFrame({"unit": [1], "members": [2]}), MEMBERS)
        with pytest.raises(Refused, match="list is no mapping"):
            table().carry([1, 2], MEMBERS)
        with pytest.raises(Refused, match=r"shape is \(2,\); there are 4 units"):
            table().carry(np.array([1, 2]), MEMBERS)

    def test_unknown_measure_policy_and_options(self) -> None:
        """Words that stand for nothing are refused with those that do."""
        found = table(measures=(MEMBERS,))
        with pytest.raises(Refused, match=r"no measure 'area' \(there are members"):
            found.carry({}, "area")
        assert {"a": 1} == found.carry({"a": 1}, "members")
        with pytest.raises(Refused, match="no policy 'half'"):
            found.carry({}, "members", "half")
        with pytest.raises(Refused, match="'ignore' is none of 'refuse', 'drop'"):
            found.carry({}, "members", unmapped="ignore")  # type: ignore[arg-type]
        with pytest.raises(Refused, match="by id, code or name"):
            found.carry({}, "members", by="colour")  # type: ignore[arg-type]


class TestRates:
    def test_weighed_by_its_count(self) -> None:
        """A rate of a merged unit is that of its members together."""
        carried = table(*MERGER).carry({"a": Fraction(1, 2), "b": 0, "d": 0.25}, RATE, weights={"a": 10, "b": 30})
        assert {"c": Fraction(1, 8), "d": 0.25} == carried
        assert carried.all_exact

    def test_shares_are_those_of_the_weight(self) -> None:
        """A part weighs what its count says, and need not be like the whole it came from."""
        links = part("a", "x", members="1/4"), part("a", "y", members="3/4"), Link("b", "y")
        carried = table(*links).carry({"a": 1, "b": 0}, RATE, weights={"a": 8, "b": 2})
        assert {"x": 1, "y": Fraction(3, 4)} == carried
        assert not any(carried.exact.values())

    def test_weights_that_are_missing_zero_or_negative(self) -> None:
        """A rate over nobody is no rate; every fault of the weights is told by unit."""
        found = table(*MERGER)
        with pytest.raises(Refused, match="give weights= of 'members'"):
            found.carry({"a": 1, "b": 0}, RATE)
        with pytest.raises(Refused, match="add up to 0: no rate follows"):
            found.carry({"a": 1, "b": 0}, RATE, weights={"a": 0, "b": 0})
        with pytest.raises(Refused, match="no weight 'members' for b"):
            found.carry({"a": 1, "b": 0}, RATE, weights={"a": 1})
        with pytest.raises(Refused, match=r"row 1: .*a: the weight -1"):
            found.carry({"a": 1, "b": 0}, RATE, weights={"a": -1, "b": 2})
        assert {"c": 1} == found.carry({"a": 1, "b": 0}, RATE, weights={"a": 3, "b": 0})
        with pytest.raises(Refused, match="only a rate is weighed"):
            found.carry({"a": 1}, MEMBERS, weights={"a": 1})

    def test_bounds_and_unknown(self) -> None:
        """Without shares a mixed rate lies between those mixed; with an unknown one it is unknown."""
        links = part("a", "x"), part("a", "y"), Link("b", "y")
        carried = table(*links).carry({"a": 1, "b": 3}, RATE, "bounds", weights={"a": 8, "b": 2})
        assert Quantity.unknown(1, 3) == carried["y"]
        assert not table(*MERGER).carry({"a": 1, "b": None}, RATE, weights={"a": 1, "b": 1})["c"].is_known


class TestCategories:
    def test_hold_where_all_agree(self) -> None:
        """Equal categories are that of the new unit; a part has that of its whole, inexactly."""
        assert {"c": "delta"} == table(*MERGER).carry({"a": "delta", "b": "delta"}, TERRAIN)
        carried = table(*DIVISION).carry({"a": "delta"}, TERRAIN)
        assert ({"x": "delta", "y": "delta"}, {"x": False, "y": False}) == (carried, carried.exact)

    def test_do_not_combine(self) -> None:
        """Categories that differ are refused, or all kept if asked; an unknown one leaves it unknown."""
        with pytest.raises(Refused, match=r"does not combine: a is 'delta', b is 'upland'"):
            table(*MERGER).carry({"a": "delta", "b": "upland"}, TERRAIN)
        assert {"c": ("delta", "upland")} == table(*MERGER).carry({"a": "upland", "b": "delta"}, TERRAIN, "collect")
        assert {"c": None} == table(*MERGER).carry({"a": "delta", "b": None}, TERRAIN)


class TestForms:
    def test_array_in_array_out(self) -> None:
        """In order of the units of either day; whole numbers stay so; unknown is not a number."""
        found = table(*MERGER)
        carried = found.carry(np.array([0, 10, 5, 7]), MEMBERS)
        assert (("vn", "a", "b", "d"), ("vn", "d", "c")) == (found.olds, found.news)
        assert [0, 7, 15] == carried.tolist()
        assert carried.dtype.kind == "i"
        assert [0.0, 7.0] == found.carry(np.array([0, 10, np.nan, 7.0]), MEMBERS).tolist()[:2]
        assert np.isnan(found.carry(np.array([0, 10, np.nan, 7.0]), MEMBERS)[2])
        assert ["", "delta", "delta"] == found.carry(np.array(["", *["delta"] * 3]), TERRAIN).tolist()

    def test_frame_in_same_sort_of_frame_out(self) -> None:
        """A polars frame gives a polars frame, pandas gives pandas, with marks of what is exact and known."""
        found = table(*DIVISION, Link("b", "y"))
        data = {"unit": ["a", "b", "d"], "members": [8, 5, None]}
        one = found.carry(pl.DataFrame(data), MEMBERS, "bounds")
        assert isinstance(one, pl.DataFrame)
        assert [
            ("d", None, "unknown", 0, None, False, "bounds"),
            ("x", None, "unknown", 0, 8, False, "bounds"),
        ] == one.rows()[:2]
        assert pl.Int64 == one.schema["members"]
        two = found.carry(pd.DataFrame(data), MEMBERS, "equal")
        assert isinstance(two, pd.DataFrame)
        assert {"d": None, "x": 4, "y": 9} == {
            u: None if pd.isna(v) else v for u, v in zip(two["unit"], two["members"], strict=True)
        }
        assert {"d": "bounds", "x": "assumed", "y": "assumed"} == dict(zip(two["unit"], two["basis"], strict=True))

    def test_account_tells_the_same_of_any_form(self) -> None:
        """For arrays and frames too there is a mapping that can explain itself, and writes frames."""
        carried = table(*MERGER).account(np.array([0, 10, 5, 7]), MEMBERS)
        assert isinstance(carried, Carried)
        assert 15 == carried["c"]
        assert [("vn", 0), ("d", 7), ("c", 15)] == carried.to_polars().select("unit", "members").rows()
        assert [0, 7, 15] == carried.to_pandas()["members"].tolist()

    @pytest.mark.parametrize("frame", [pl.DataFrame, pd.DataFrame])
    def test_whole_tables(self, frame: Any) -> None:
        """Each figure column by its measure, a rate by the column of its count; other columns stay where all agree."""
        found = table(*MERGER, measures=(MEMBERS, RATE, AREA))
        data = {
            "code": ["D", "B", "A"],
            "region": ["south", "north", "north"],
            "members": [4, None, 3],
            "old_name": ["d", "b", "a"],
            "women": [0.5, None, 0.25],
            "area": [1, 2, 3],
        }
        made = found.carry(frame(data), ["members", "women"], by="code", unit="code")
        assert isinstance(made, frame)
        assert ["code", "region", "members", "old_name", "women"] == list(made.columns)[:5]
        assert "area" not in made.columns
        listed = made.to_dicts() if isinstance(made, pl.DataFrame) else made.astype(object).to_dict("records")
        rows = {row["code"]: {k: None if pd.isna(v) else v for k, v in row.items()} for row in listed}
        assert ["south", "north"] == [rows[code]["region"] for code in "DC"]
        assert ["d", None] == [rows[code]["old_name"] for code in "DC"]
        assert [(4, True), (None, False)] == [(rows[c]["members"], rows[c]["members_exact"]) for c in "DC"]
        assert [(0.5, "exact"), (None, "bounds")] == [(rows[c]["women"], rows[c]["women_basis"]) for c in "DC"]
        assert 3 == rows["C"]["members_low"]

    @pytest.mark.parametrize("frame", [pl.DataFrame, pd.DataFrame])
    def test_other_columns_stay_where_all_is_known(self, frame: Any) -> None:
        """Whole numbers of undivided units are just added; the columns beside them are kept all the same."""
        data = frame({"unit": ["d", "b", "a"], "region": ["south", "north", "north"], "members": [4, 2, 3]})
        made = table(*MERGER).carry(data, MEMBERS)
        listed = made.to_dicts() if isinstance(made, pl.DataFrame) else made.to_dict("records")
        assert {("d", "south", 4), ("c", "north", 5)} == {(r["unit"], r["region"], r["members"]) for r in listed}

    def test_faults_of_all_columns_at_once(self) -> None:
        """Each column that cannot be carried is told; what is wrong with the units is told once."""
        data = pl.DataFrame({"unit": ["a", "nix"], "members": [1, 2], "area": [-1, 2]})
        with pytest.raises(Refused) as error:
            table(*DIVISION).carry(data, {"members": MEMBERS, "area": AREA})
        assert ["unit", "share", "count"] == [finding.rule for finding in findings(error)]

    def test_a_policy_for_each_column(self) -> None:
        """Policies and totals may be given by column."""
        data = pl.DataFrame({"unit": ["a"], "members": [8], "votes": [4]})
        made = table(*DIVISION).carry(
            data,
            {"members": MEMBERS, "votes": Measure("votes")},
            {"members": "equal", "votes": ByMeasure("area")},
            total={"votes": 4},
        )
        assert {"unit": ["x", "y"], "members": [4, 4], "votes": [1, 3]} == made.select(
            "unit", "members", "votes"
        ).to_dict(as_series=False)

    def test_a_carried_frame_can_be_carried_on(self) -> None:
        """Bounds and what was assumed are read again: a figure does not become surer by a second step."""
        found = table(*DIVISION)
        first = found.carry(pl.DataFrame({"unit": ["a", "b", "d"], "members": [8, 1, None]}), MEMBERS, "equal")
        assert found._history is not None
        again = between(found._history, AFTER, AFTER).carry(first, MEMBERS)
        assert first.drop("basis").equals(again.drop("basis"))
        assert ["exact", "bounds", "stated", "stated"] == again["basis"].to_list()

    def test_series(self) -> None:
        """A pandas series has its units in the index; one of polars is in order of the units, as an array is."""
        found = table(*MERGER)
        labelled = found.carry(pd.Series({"a": 1, "b": 2, "d": 5}, name="m"), MEMBERS)
        assert ({"d": 5, "c": 3}, "m", "int64") == (labelled.to_dict(), labelled.name, str(labelled.dtype))
        plain = found.carry(pl.Series("m", [0, 1, 2, 5]), MEMBERS)
        assert ("m", pl.Int64, [0, 5, 3]) == (plain.name, plain.dtype, plain.to_list())
        with pytest.raises(Refused, match="it has 1 values; there are 4 units"):
            found.carry(pl.Series("m", [0]), MEMBERS)

    def test_weights_by_code(self) -> None:
        """A policy's weights are named as the figures are."""
        found = table(*DIVISION).carry({"A": 8}, MEMBERS, ByMeasure("area", {"X": 3, ("A", "Y"): 1}), by="code")
        assert {"X": 6, "Y": 2} == found
        with pytest.raises(Refused, match="the weight of 'x' is of no one unit that bears such a code"):
            table(*DIVISION).carry({"A": 8}, MEMBERS, ByMeasure("area", {"x": 3, "Y": 1}), by="code")

    def test_by_code_and_name(self) -> None:
        """Units may be named by code on both sides; a name that two bear, or none has, is told."""
        assert {"C": 3, "D": 4} == table(*MERGER).carry({"A": 1, "B": 2, "D": 4}, MEMBERS, by="code")
        with pytest.raises(Refused, match="the new unit has no name"):
            table(*MERGER).carry({"Xã a": 1, "Xã b": 2}, MEMBERS, by="name")

    def test_sparse_matrix_carries_like_carry(self) -> None:
        """An array times the matrix is the carried array, where every share is known or a policy says."""
        found = table(*STATED, Link("b", "y"))
        values = np.array([0, 9, 5, 7])
        assert found.carry(values, MEMBERS).tolist() == pytest.approx((values @ found.to_sparse(MEMBERS)).tolist())
        with pytest.raises(Refused, match="give a policy"):
            table(*DIVISION).to_sparse(MEMBERS)
        assert 5 == table(*DIVISION).to_sparse(MEMBERS, "equal").nnz - 0
        with pytest.raises(Refused, match="bounds are no shares"):
            table(*DIVISION).to_sparse(MEMBERS, "bounds")

    def test_explanation_names_links_and_acts(self) -> None:
        """Each figure tells what it was made of, how much of it, and by which acts."""
        carried = table(*STATED, Link("b", "y")).carry({"a": 10, "b": 5}, MEMBERS)
        told = carried.explain("y")
        assert ("y", 12, False) == (told.unit, told.figure, told.exact)
        assert [("a", Fraction(2, 3), 7), ("b", 1, 5)] == [(p.row.old, p.share, p.amount) for p in told.parts]
        assert ["m"] == [act.id for act in told.acts]
        assert (
            "y: members 12 (not exact)\n"
            "  7 = 2/3 of 10 of a (share stated, rounded)\n"
            "    2025-07-01 a -> y (part): reorganisation [202/2025/QH15]\n"
            "  5 = 5 of b (whole)\n"
            "    2025-07-01 b -> y: reorganisation [202/2025/QH15]"
        ) == str(told)
        with pytest.raises(KeyError):
            carried.explain("zz")


@st.composite
def cases(draw: st.DrawFn, shares: bool) -> tuple[list[Act], Any, Any, Correspondence, dict[str, int]]:
    acts = draw(histories.acts(shares=shares))
    a, b = sorted(draw(histories.days(acts)) for _ in range(2))
    found = between(History().enact(*acts), a, b)
    return acts, a, b, found, {old: draw(st.integers(0, 50)) for old in found.olds}


class TestLaws:
    @given(cases(shares=True))
    def test_totals_are_kept(self, case: tuple[list[Act], Any, Any, Correspondence, dict[str, int]]) -> None:
        """L3, C1: what comes out and what was dropped is what went in, to the last member."""
        _, _, _, found, values = case
        carried = found.carry(values, MEMBERS, unmapped="drop")
        assert sum(values.values()) == sum(carried.values()) + sum(carried.dropped.values())

    @given(cases(shares=True))
    def test_each_figure_is_within_one_of_its_share(
        self, case: tuple[list[Act], Any, Any, Correspondence, dict[str, int]]
    ) -> None:
        """Rounding moves at most one member for each unit that is divided; without it figures are the matrix product."""
        acts, a, b, found, values = case
        ideal: dict[str, Fraction] = {}
        parts: dict[str, int] = {}
        for (old, new), share in share_matrices.shares(acts, a, b, "members").items():
            ideal[new] = ideal.get(new, Fraction(0)) + share * values[old]
            parts[new] = parts.get(new, 0) + (share * values[old] % 1 != 0)
        carried = found.carry(values, MEMBERS, unmapped="drop")
        assert set(ideal) == set(carried)
        for new, value in carried.items():
            assert abs(value - ideal[new]) <= parts[new]

    @given(cases(shares=False), st.sampled_from(["equal", "bounds"]))
    def test_bounds_hold_every_division(
        self, case: tuple[list[Act], Any, Any, Correspondence, dict[str, int]], policy: str
    ) -> None:
        """Whatever a policy divides lies within the bounds; and both keep the total, as a number or within bounds."""
        _, _, _, found, values = case
        bounded = found.carry(values, MEMBERS, "bounds", unmapped="drop")
        even = found.carry(values, MEMBERS, "equal", unmapped="drop")
        for new, value in even.items():
            within = Quantity.of(bounded[new])
            assert (within.low or 0) <= value
            assert within.high is None or value <= within.high
        assert sum(even.values()) + sum(even.dropped.values()) == sum(values.values())


class TestDecimals:
    def test_areas_add_up_exactly(self) -> None:
        """Decimals are divided in steps of the last place that was given, and add up to the last digit."""
        area = Measure("area", unit="km2", decimal=True)
        thirds = [part("a", new, area="1/3") for new in ("x", "y", "z")]
        carried = table(*thirds, Link("b", "x")).carry({"a": Decimal("0.10"), "b": 12.5}, area)
        assert {"x": Decimal("12.54"), "y": Decimal("0.03"), "z": Decimal("0.03")} == carried
        assert carried.total_before == carried.total_after == Quantity(Decimal("12.60"))

    def test_whole_numbers_beyond_any_width(self) -> None:
        """Sums never wrap."""
        assert {"c": 2**70 + 1} == table(*MERGER).carry({"a": 2**70, "b": 1}, MEMBERS)

    def test_a_fraction_of_a_count_is_refused(self) -> None:
        """Half a member is a mistake, unless the measure says that it is of decimals."""
        with pytest.raises(Refused, match="declared decimal=True"):
            table(*MERGER).carry({"a": 0.5, "b": 1}, MEMBERS)
