"""Proposals on the real communes and provinces, of cells, and by the command line."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

import orgmodel as om
from orgmodel.cli.app import run
from orgmodel.history.history import history_of
from orgmodel.party import vietnam
from orgmodel.scenario.propose import verify
from orgmodel.scenario.propose.agreement import agreement
from orgmodel.scenario.propose.cells import OFFICIAL, draft_cells
from orgmodel.scenario.propose.constraints import AtLeast, AtMost, Compact, Count, MostUnits, Within
from orgmodel.scenario.propose.feasible import Infeasible
from orgmodel.scenario.propose.mergers import sample_mergers
from orgmodel.scenario.propose.picture import picture

pytestmark = pytest.mark.traced(5)  # What it tests begins late in it.

AFTER = "2025-07-01"


class TestNeighbours:
    def test_the_borders_of_three_lists(self) -> None:
        """9,464 borders of 3,321 communes, 19 of them islands; 58 pairs of the 34 provinces touch; both lists are whole."""
        communes = vietnam.neighbours()
        after = vietnam.reform_2025().at(AFTER)
        assert (len(communes.units), len(communes.pairs)) == (3_321, 9_464)
        assert set(communes.units) == set(after.select(kind="commune"))
        assert len(communes.islands(after.select(kind="commune"))) == 19
        for kind, count, borders in (("province", 34, 58), ("old province", 63, 135)):
            near = vietnam.neighbours(kind)  # type: ignore[arg-type]
            assert (len(near.units), len(near.pairs)) == (count, borders)
            assert nx.is_connected(near.graph())

    def test_borders_add_up(self) -> None:
        """What provinces share is what their communes share."""
        after = vietnam.reform_2025().at(AFTER)
        communes, provinces = vietnam.neighbours(), vietnam.neighbours("province")
        across = sum(km for (a, b), km in communes.pairs.items() if after.parent(a) != after.parent(b))
        assert sum(provinces.pairs.values()) == across


class TestTheReform:
    def test_63_provinces_become_34(self) -> None:
        """Contiguous, 34, even: and as far from what was decided as whoever knows only the number must be."""
        history = vietnam.reform_2025()
        before = history.at("2025-06-30")
        found = om.propose_mergers(before, vietnam.neighbours("old province"), Count(34), starts=4)
        assert verify.faults(found.request, found[0].divided) == []
        assert len(found[0].divided) == 34
        assert max(map(len, found[0].divided)) <= 3
        decided: dict[str, list[str]] = {}
        for unit in before.select(kind="province"):
            now = (unit,) if unit in history.at(AFTER) else history.lineage.successors(unit, on=AFTER)
            decided.setdefault(now[0], []).append(unit)
        alike = agreement(found[0].divided, decided.values())
        assert alike.other == 35
        assert 4 <= alike.both <= 20

    def test_an_ensemble_of_the_34(self) -> None:
        near = vietnam.neighbours("old province")
        found = sample_mergers(vietnam.reform_2025().at("2025-06-30"), near, [Count(34), AtMost("units", 3)], n=30)
        assert all(verify.faults(found.request, proposal.divided) == [] for proposal in found)
        assert len({proposal.divided for proposal in found}) == 30

    def test_all_communes_at_once(self) -> None:
        """3,321 communes under a floor of 80 km2 within their provinces; islands and 4 without an area are named."""
        history = vietnam.reform_2025()
        found = om.propose_mergers(
            history.at(AFTER),
            vietnam.neighbours(),
            [AtLeast("area", 80), Within("province")],
            [MostUnits(), Compact()],
            measures={"area": vietnam.commune_areas()},
            islands="alone",
            unknown="alone",
            starts=1,
            steps=1_000,
        )
        assert verify.faults(found.request, found[0].divided) == []
        exempt = [note for note in found.notes if note.rule == "exempt"]
        assert sorted(len(note.units) for note in exempt) == [4, 19]

    def test_who_stands_in_the_way(self) -> None:
        """Phú Quốc is an island: it cannot reach 1,000 km2, and the answer says by how much."""
        with pytest.raises(Infeasible, match=r"it has no neighbour and 589\.27 area, 410\.73 below the floor of 1000"):
            om.propose_mergers(
                vietnam.reform_2025().at(AFTER),
                vietnam.neighbours(),
                AtLeast("area", 1_000),
                measures={"area": vietnam.commune_areas()},
                unknown="alone",
            )


class TestCells:
    def test_small_cells_of_two_sections(self) -> None:
        """Two and one official members are enough only together, so one cell is reassigned to the other's section."""
        rows = [{"id": "xa", "kind": "commune"}, *({"id": s, "parent": "xa", "kind": "section"} for s in ("s", "t"))]
        members = {"a": ("s", 2), "b": ("s", 9), "c": ("t", 1)}
        rows += [{"id": c, "parent": p, "kind": "cell", OFFICIAL: n} for c, (p, n) in members.items()]
        history = history_of(rows, day="2025-01-01")
        found = om.propose_cells(history.at("2025-01-01"), "xa")
        assert verify.faults(found.request, found[0].divided) == []
        assert found[0].mergers == (("a", "c"),)
        done = history.enact(draft_cells(found[0], history, "2026-01-01")).at("2026-01-01")
        cells = done.select(kind="cell")
        assert all(done.measure(cell, OFFICIAL).value >= 3 for cell in cells)  # type: ignore[operator]
        assert sum(done.measure(cell, OFFICIAL).value for cell in cells) == 12  # type: ignore[misc]

    def test_too_few_altogether(self) -> None:
        rows = [{"id": "xa"}, *({"id": c, "parent": "xa", "kind": "cell", OFFICIAL: 1} for c in "ab")]
        with pytest.raises(Infeasible, match="2 members_official, 1 below the floor of 3"):
            om.propose_cells(history_of(rows, day="2025-01-01").at("2025-01-01"), "xa")


class TestPicture:
    def test_groups_that_touch_have_different_colours(self) -> None:
        near = vietnam.neighbours("province")
        found = om.propose_mergers(vietnam.reform_2025().at(AFTER), near, Count(20), starts=1)
        drawn = picture(found[0])
        assert drawn == picture(found[0])
        root = ET.fromstring(drawn)
        space = "{http://www.w3.org/2000/svg}"
        assert len(root.findall(f"{space}circle")) == 34
        assert len(root.findall(f"{space}line")) == 58
        colour = {
            unit: circle.get("fill")
            for unit, circle in zip(
                [u for group in found[0].divided for u in group], root.findall(f"{space}circle"), strict=True
            )
        }
        for a, b in near.pairs:
            mergers = {found[0].group_of(u) for u in (a, b) if len(found[0].divided[found[0].group_of(u)]) > 1}
            if len(mergers) == 2:
                assert colour[a] != colour[b]


class TestCommand:
    def test_report_plan_and_picture(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The plan that it writes is one that simulate carries out."""
        plan, image, report = tmp_path / "plan.toml", tmp_path / "p.svg", tmp_path / "r.json"
        line = ["propose", "--under", "vn-p-04", "--at-least", "area=150", "--at-most", "units=4"]
        files = ["--plan", str(plan), "--picture", str(image), "--report", str(report)]
        assert run([*line, *files]) == 0
        assert "because " in capsys.readouterr().out
        after = om.read_plan(plan).simulate(vietnam.reform_2025()).at("2027-01-01")
        told = json.loads(report.read_text(encoding="utf-8"))
        assert after.count(kind="commune", under="vn-p-04") == told["proposals"][0]["units_after"]
        assert image.read_text(encoding="utf-8").startswith("<svg")
        assert run([*line, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == told

    def test_files_of_borders_and_figures(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        rows = [{"id": "vn"}, *({"id": c, "parent": "vn", "kind": "xa", "name": c.upper()} for c in "abc")]
        om.dump(history_of(rows, day="2025-01-01"), tmp_path / "h.jsonl")
        (tmp_path / "near.csv").write_text("a,b,km\na,b,2.5\nb,C,1\n", encoding="utf-8")
        (tmp_path / "n.csv").write_text("unit,people\na,5\nb,1\nc,5\n", encoding="utf-8")
        files = ["--file", str(tmp_path / "h.jsonl"), "--neighbours", str(tmp_path / "near.csv")]
        line = ["propose", "--kind", "xa", *files, "--measures", str(tmp_path / "n.csv"), "--json"]
        assert run([*line, "--at-least", "people=3", "--better", "many", "--better", "compact"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert [group["units"] for group in told["proposals"][0]["groups"]] == [["a", "b"], ["c"]]
        assert told["compared"][0]["borders that remain"] == float(Fraction(1) / Fraction("3.5"))

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            (["--at-least", "area"], "is no bound"),
            (["--better", "nice"], "is nothing to be better by"),
            (["--kind", "moon", "--on", AFTER], "there is no kind 'moon'"),
            (["--kind", "agency", "--on", AFTER], "there are none in the package"),
            (["--under", "vn-p-04", "--at-least", "area=90000"], "below the floor of 90000"),
        ],
    )
    def test_what_is_refused(self, line: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["propose", *line]) == 2
        assert told in capsys.readouterr().err
