"""Correspondences say who became whom, and no more than that."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twins import histories, share_matrices

import orgmodel as om
from orgmodel.acts.act import Act
from orgmodel.acts.events import Closure, Creation, Link, Succession
from orgmodel.errors import BadDay, Refused, UnitEnded, UnknownUnit
from orgmodel.history.correspondence import Correspondence, between
from orgmodel.history.history import History
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.testing import laws

BEFORE, AFTER = "2025-06-30", "2025-07-01"


def start(*units: str, kind: str | None = None) -> Act:
    made = [Creation(Unit(unit, name=unit.upper(), code=unit, kind=kind, parent="vn")) for unit in units]
    return Act("start", "2024-01-01", [Creation(Unit("vn")), *made], Source("start"))


def succession(*links: Link, new: str = "", **more: object) -> Succession:
    return Succession(links, [Unit(unit, parent="vn", code=unit) for unit in new.split()], **more)  # type: ignore[arg-type]


def corresponds(*events: object, units: str = "a b") -> Correspondence:
    """The correspondence over events on one day, each an act."""
    acts = [Act(f"act{i}", AFTER, [event], Source(f"no. {i}")) for i, event in enumerate(events)]  # type: ignore[list-item]
    return between(History().enact(start(*units.split()), *acts), BEFORE, AFTER)


def pairs(table: Correspondence) -> dict[tuple[str, str], str]:
    return {(row.old, row.new): row.extent for row in table if row.old != "vn"}


def part(old: str, new: str, share: str | None = None, *, dominant: bool = False, by: str = "") -> Link:
    return Link(old, new, "part", {"members": Fraction(share)} if share else {}, dominant=dominant, dominant_by=by)


MERGER = succession(Link("a", "c"), Link("b", "c"), new="c")
BREAKDOWN = succession(part("a", "x", "1/4"), part("a", "y", "3/4"), new="x y")


class TestOneEvent:
    def test_merger_is_whole_on_both_sides(self) -> None:
        """All of each member of a merger is in the new unit, and the act is named."""
        table = corresponds(MERGER)
        assert {("a", "c"): "whole", ("b", "c"): "whole"} == pairs(table)
        assert ("a", "b") == table.predecessors("c")
        assert ["act0"] == [act.id for act in table["a"][0].acts]
        assert table.exact
        assert not table.unmapped

    def test_untouched_unit_maps_to_itself(self) -> None:
        """A unit that nothing happened to is itself, whole, by no act."""
        (row,) = corresponds(MERGER, units="a b d")["d"]
        assert ("d", "d", "whole", True, ()) == (row.old, row.new, row.extent, row.dominant, row.acts)

    def test_divided_unit_has_parts_with_their_shares(self) -> None:
        """Shares are known where the link states them, for that measure alone."""
        table = corresponds(BREAKDOWN)
        assert {("a", "x"): "part", ("a", "y"): "part", ("b", "b"): "whole"} == pairs(table)
        assert Fraction(1, 4) == table.share("a", "x", "members")
        assert table.share("a", "x", "area") is None
        assert Fraction(0) == table.share("a", "b", "members")
        assert ("a",) == table.divided

    def test_survivor_of_a_split_off_keeps_a_part(self) -> None:
        """A unit that lives on both days but gave something away is itself only in part."""
        table = corresponds(succession(part("a", "a"), part("a", "c"), new="c"))
        assert {("a", "a"): "part", ("a", "c"): "part", ("b", "b"): "whole"} == pairs(table)

    def test_taker_of_a_transfer_keeps_itself_with_or_without_its_own_link(self) -> None:
        """Who receives a part is still all of itself, whether or not the event says so."""
        links = part("a", "a"), part("a", "b")
        expected = {("a", "a"): "part", ("a", "b"): "part", ("b", "b"): "whole"}
        assert expected == pairs(corresponds(succession(*links)))
        assert expected == pairs(corresponds(succession(*links, Link("b", "b"))))

    def test_takeover_is_no_cycle(self) -> None:
        """The survivor's link to itself ends the walk where it began."""
        table = corresponds(succession(Link("a", "a"), Link("b", "a")))
        assert {("a", "a"): "whole", ("b", "a"): "whole"} == pairs(table)

    def test_many_to_many(self) -> None:
        """In one event of three to three each row has the extent of its own link."""
        links = [part("a", "x"), part("a", "y"), Link("b", "y"), part("c", "y"), part("c", "z")]
        table = corresponds(succession(*links, new="x y z"), units="a b c")
        assert {(link.old, link.new): link.extent for link in links} == pairs(table)
        assert table.exact

    def test_closed_and_founded_units_are_unmapped_with_their_acts(self) -> None:
        """Units without anything on the other day are told, with the act that closed or made them."""
        table = corresponds(Closure("a"), Creation(Unit("n", parent="vn")))
        assert (("a",), ("n",)) == (table.unmapped.old, table.unmapped.new)
        assert table.act_of("a").id == "act0"  # type: ignore[union-attr]
        assert table.act_of("n").id == "act1"  # type: ignore[union-attr]
        assert () == table["a"]

    def test_a_unit_born_and_ended_inside_one_event_is_passed_through(self) -> None:
        """A link into a unit and one out of it in the same event are a chain."""
        event = succession(Link("m", "c"), Link("a", "m"), Link("b", "m"), new="m c")
        assert {("a", "c"): "whole", ("b", "c"): "whole"} == pairs(corresponds(event))

    def test_reestablishment_carries_nothing(self) -> None:
        """A unit that takes up an ended one again did not come from it: nothing was there to flow."""
        table = corresponds(Closure("a"), Creation(Unit("a2", parent="vn"), reestablishes="a"))
        assert (("a",), ("a2",)) == (table.unmapped.old, table.unmapped.new)


class TestChains:
    def test_same_day_chain(self) -> None:
        """A -> B -> C on one day is A -> C, with both acts."""
        table = corresponds(MERGER, succession(Link("c", "d"), new="d"))
        assert {("a", "d"): "whole", ("b", "d"): "whole"} == pairs(table)
        assert ["act0", "act1"] == [act.id for act in table["a"][0].acts]

    def test_divided_and_put_together_is_whole_again(self) -> None:
        """Two parts that meet again, alone or with others, are the whole unit."""
        table = corresponds(BREAKDOWN, succession(Link("x", "n"), Link("y", "n"), Link("b", "n"), new="n"))
        assert {("a", "n"): "whole", ("b", "n"): "whole"} == pairs(table)
        assert table.exact

    def test_two_of_three_parts_add_their_shares(self) -> None:
        """Parts that meet again without the third are a part, of the sum of their shares."""
        three = succession(part("a", "x", "1/6"), part("a", "y", "1/3"), part("a", "z", "1/2"), new="x y z")
        table = corresponds(three, succession(Link("x", "n"), Link("y", "n"), new="n"))
        assert Fraction(1, 2) == table.share("a", "n", "members")
        assert "part" == pairs(table)["a", "n"]

    def test_inner_division_that_closes_again_keeps_what_is_known_outside(self) -> None:
        """A part of a stated share, itself divided without shares and put together, has that share."""
        table = corresponds(
            BREAKDOWN,
            succession(part("x", "p"), part("x", "q"), new="p q"),
            succession(Link("p", "r"), Link("q", "r"), new="r"),
        )
        assert Fraction(1, 4) == table.share("a", "r", "members")
        assert table["a"][0].exact

    def test_part_of_a_part_multiplies(self) -> None:
        """Shares multiply; ground of one origin is certain to be there over any number of divisions."""
        table = corresponds(BREAKDOWN, succession(part("x", "p", "1/2"), part("x", "q", "1/2"), new="p q"))
        assert Fraction(1, 8) == table.share("a", "p", "members")
        assert all(row.exact for row in table["a"])

    def test_division_of_what_was_mixed_is_inexact(self) -> None:
        """A merged with B and then divided: A may be in either part, or in one alone."""
        table = corresponds(MERGER, succession(part("c", "p", "1/3"), part("c", "q", "2/3"), new="p q"))
        assert {("a", "p"), ("a", "q"), ("b", "p"), ("b", "q")} == set(pairs(table))
        assert not any(row.exact for row in table if row.old in "ab")
        assert Fraction(1, 3) == table.share("a", "p", "members")

    def test_mixing_with_what_was_founded_in_between_is_inexact_too(self) -> None:
        """A unit founded later brings members of its own; dividing both mixes them."""
        table = corresponds(
            Creation(Unit("n", parent="vn")),
            succession(Link("n", "n"), Link("a", "n")),
            succession(part("n", "p"), part("n", "q"), new="p q"),
        )
        assert not any(row.exact for row in table["a"])
        assert table.is_partly_new("p")

    def test_a_part_that_goes_nowhere_is_told(self) -> None:
        """A single part link, or a part that was closed, leaves the unit partly lost."""
        assert corresponds(succession(part("a", "x"), new="x")).is_partly_lost("a")
        table = corresponds(BREAKDOWN, Closure("x"))
        assert table.is_partly_lost("a")
        assert Fraction(3, 4) == table.share("a", "y", "members")
        assert not table.is_partly_lost("b")

    def test_dominant_is_asked_apart_from_all(self) -> None:
        """One successor to take, where each division on the way names one; all are all."""
        one = succession(part("a", "x", dominant=True, by="the gazette"), part("a", "y"), new="x y")
        two = succession(part("x", "p", dominant=True, by="a newspaper"), part("x", "q"), new="p q")
        table = corresponds(one, two)
        assert "p" == table.dominant("a")
        assert ("y", "p", "q") == table.successors("a")
        (row,) = (row for row in table["a"] if row.dominant)
        assert "the gazette; a newspaper" == row.dominant_by
        assert corresponds(BREAKDOWN).dominant("a") is None
        assert "c" == corresponds(MERGER).dominant("a")


class TestAsking:
    def test_days_are_half_open(self) -> None:
        """What is effective on the first day has happened; what is on the second counts."""
        history = History().enact(start("a", "b"), Act("m", AFTER, [MERGER]))
        assert {("a", "a"): "whole", ("b", "b"): "whole"} == pairs(between(history, "2025-01-01", BEFORE))
        assert {("c", "c"): "whole"} == pairs(between(history, AFTER, "2026-01-01"))

    def test_unknown_and_ended_units_are_refused_with_their_reason(self) -> None:
        """A unit that is not of the first day is no silent nothing."""
        history = History().enact(start("a", "b"), Act("m", AFTER, [MERGER]))
        with pytest.raises(UnknownUnit):
            between(history, BEFORE, AFTER)["nobody"]
        with pytest.raises(UnitEnded) as error:
            between(history, AFTER, "2026-01-01")["a"]
        assert ("c",) == error.value.successors
        with pytest.raises(UnitEnded):
            between(history, BEFORE, AFTER).into("a")
        with pytest.raises(BadDay):
            between(history, BEFORE, "2025-02-30")

    def test_kind_keeps_what_flows_together(self) -> None:
        """A district that became a zone is in the table of communes; another district is not."""
        first = Act(
            "start",
            "2024-01-01",
            [
                Creation(Unit("vn")),
                *(Creation(Unit(unit, kind="district", parent="vn")) for unit in ("d1", "d2")),
                *(Creation(Unit(unit, kind="commune", parent="vn")) for unit in ("c1", "c2")),
            ],
        )
        zone = Succession([Link("d1", "z")], [Unit("z", kind="commune", parent="vn")], cross_kind=True)
        merger = Succession([Link("c1", "n"), Link("c2", "n")], [Unit("n", kind="commune", parent="vn")])
        table = between(
            History().enact(first, Act("m", AFTER, [zone, Closure("d2"), merger])), BEFORE, AFTER, "commune"
        )
        assert {("d1", "z"), ("c1", "n"), ("c2", "n")} == {(row.old, row.new) for row in table}
        assert {"d1", "c1", "c2"} == set(table.olds)
        assert not table.unmapped
        with pytest.raises(Refused, match=r"no unit of kind 'district' on 2025-07-01"):
            table.restrict("district")
        with pytest.raises(KeyError, match="not of the kind"):
            table["d2"]
        with pytest.raises(Refused, match=r"no kind 'county'.*commune, district"):
            table.restrict("county")

    def test_backwards_is_the_inverse(self) -> None:
        """From the later day to the earlier one it is marked as inverted, and no share is claimed."""
        history = History().enact(start("a", "b", "d"), Act("m", AFTER, [MERGER]))
        table = between(history, AFTER, BEFORE)
        assert table.inverted
        assert {("c", "a"): "part", ("c", "b"): "part", ("d", "d"): "whole"} == pairs(table)
        assert table.share("c", "a", "members") is None
        assert table.dominant("c") is None
        assert not table.invert().inverted
        assert pairs(between(history, BEFORE, AFTER)) == pairs(table.invert())

    def test_table_is_tidy_and_json_keeps_it(self) -> None:
        """Every row and every unmapped unit is one record of plain values, with codes and names."""
        table = corresponds(BREAKDOWN, Closure("b"))
        records = {(r["old"], r["new"]): r for r in table.table()}
        assert ("part", "A", "x", {"members": "1/4"}, ["act0"]) == tuple(
            records["a", "x"][name] for name in ("extent", "old_name", "new_code", "shares", "acts")
        )
        assert (None, ["act1"]) == (records["b", None]["extent"], records["b", None]["acts"])
        told = json.loads(json.dumps(table.to_dict()))
        assert (1, 3, BEFORE, AFTER) == (told["unchanged"], len(told["rows"]), told["from"], told["to"])
        polars, pandas = table.to_polars(), table.to_pandas()
        assert 4 == polars.height == len(pandas)
        assert {"members=1/4", "members=3/4", ""} == set(polars["shares"]) == set(pandas["shares"])

    def test_text_says_what_matters(self) -> None:
        """In words: sizes, what was divided, what is unmapped, whether it is exact."""
        table = corresponds(BREAKDOWN, Closure("b"))
        assert (
            "2025-06-30 -> 2025-07-01: 3 -> 3 units, 1 whole, 1 divided, 1 without successor, "
            "0 without predecessor, exact" == str(table)
        )
        assert "a -part-> x 1/4 of members  [no. 0]" == str(table["a"][0])


def built(acts: list[Act]) -> History:
    return History().enact(*acts)


@st.composite
def spans(draw: st.DrawFn, count: int, **more: bool) -> tuple[list[Act], list[object]]:
    acts = draw(histories.acts(**more))  # type: ignore[arg-type]
    return acts, sorted(draw(histories.days(acts)) for _ in range(count))


class TestLaws:
    def test_the_laws_hold_of_flat_histories(self) -> None:
        """E8, L5, L6, Q3: of units that merge, divide and transfer over many days, several on one."""
        laws.check("E8", "L5", "L6", "Q3", histories=histories.acts(shares=True).map(built))

    @given(spans(2, shares=True))
    def test_shares_are_a_product_of_matrices(self, drawn: tuple[list[Act], list[object]]) -> None:
        """L3: known shares are exact fractions and add up to 1, less what was dissolved."""
        acts, (a, b) = drawn
        table = between(built(acts), a, b)  # type: ignore[arg-type]
        expected = share_matrices.shares(acts, a, b, "members")  # type: ignore[arg-type]
        assert expected == {(row.old, row.new): row.share("members") for row in table}
        for old in table.olds:
            total = sum((row.share("members") or Fraction(0) for row in table[old]), Fraction(0))
            assert (total == 1) == (bool(table[old]) and not table.is_partly_lost(old))

    @given(spans(3, shares=True))
    def test_composition(self, drawn: tuple[list[Act], list[object]]) -> None:
        """L4: a table to the middle and one from there on make the table over the whole time."""
        acts, (a, b, c) = drawn
        history = built(acts)
        whole = between(history, a, c)  # type: ignore[arg-type]
        made = between(history, a, b).compose(between(history, b, c))  # type: ignore[arg-type]
        assert {(r.old, r.new): (r.extent, r.share("members"), r.acts) for r in whole} == {
            (r.old, r.new): (r.extent, r.share("members"), r.acts) for r in made
        }
        assert whole.unmapped == made.unmapped

    @given(spans(3))
    def test_composing_never_claims_more_than_is_known(self, drawn: tuple[list[Act], list[object]]) -> None:
        """Without shares the composed table has the same rows, and is exact or dominant only where the direct one is."""
        acts, (a, b, c) = drawn
        history = built(acts)
        whole = {(r.old, r.new): r for r in between(history, a, c)}  # type: ignore[arg-type]
        made = between(history, a, b).compose(between(history, b, c))  # type: ignore[arg-type]
        assert {key: r.extent for key, r in whole.items()} == {(r.old, r.new): r.extent for r in made}
        for row in made:
            assert row.exact <= whole[row.old, row.new].exact
            assert row.dominant <= whole[row.old, row.new].dominant

    def test_composing_keeps_what_was_lost_and_what_was_new(self) -> None:
        """Parts lost, and members that came from nowhere, in either table are so in the composed one."""
        three = succession(part("a", "x"), part("a", "y"), part("a", "z"), new="x y z")
        took_in = Creation(Unit("n", parent="vn")), succession(Link("b", "b"), Link("n", "b"))
        history = History().enact(
            start("a", "b"),
            Act("l", "2025-02-01", [three, Closure("x"), *took_in]),
            Act("w", AFTER, [succession(Link("y", "m"), Link("z", "m"), new="m")]),
            Act("v", AFTER, [succession(part("b", "p"), part("b", "q"), new="p q")]),
        )
        made = between(history, "2025-01-01", BEFORE).compose(between(history, BEFORE, AFTER))
        assert made.is_partly_lost("a")
        assert {("a", "m"): "part", ("b", "p"): "part", ("b", "q"): "part"} == pairs(made)
        assert not any(row.exact for row in made["b"])
        assert made.is_partly_new("p")

    def test_composing_needs_days_that_meet_and_one_kind(self) -> None:
        """Tables that do not meet are refused, with both reasons at once."""
        history = History().enact(start("a", "b", "c", kind="cell"), Act("m", AFTER, [Closure("c")]))
        one, two = between(history, "2024-06-01", BEFORE), between(history, AFTER, "2026-01-01")
        with pytest.raises(Refused) as error:
            one.restrict("cell").compose(two)
        assert ["days-meet", "same-kind"] == [finding.rule for finding in error.value.findings]


def test_a_unit_without_ground_of_its_own_is_its_own_predecessor() -> None:
    """All ground of a is in b, of the same kind: a is what it was, also where it takes c over."""
    rows = [{"id": "r"}, *({"id": u, "kind": "group", "parent": p, "m": 1} for u, p in ("ar", "ba", "cr"))]
    history = om.history_of(rows, day="2025-01-01", measures=[om.Measure("m")])
    with history.draft("2025-07-01") as act:
        act.take_over("a", ["c"])
    found = history.enact(act).correspondence("2025-01-02", "2025-07-01", kind="group")
    assert {("a", "a"), ("b", "b"), ("c", "a")} == {(row.old, row.new) for row in found}
    assert ("a", "c") == found.predecessors("a")
    assert {("a", "a"), ("a", "c"), ("b", "b")} == {(row.old, row.new) for row in found.invert()}
    assert {"a": 11, "b": 4} == found.carry({"a": 6, "b": 4, "c": 5}, "m")
    # What a had is not given, so that what c brings is not all of it.
    assert "unknown, 5 to ?" == str(found.carry({"b": 4, "c": 5}, "m")["a"])
