"""Popolo and the Organization Ontology: what programs of others find in the files."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import rdflib

import orgmodel as om
from orgmodel.io.jsonld import write_org, write_popolo
from orgmodel.party import vietnam

BASE = "https://example.org/unit/"


def small() -> om.History:
    """A renaming, a merger, a unit of no whole day, one older than the record, one still to come."""
    history = om.history_of(
        [
            {"id": "vn", "name": "Việt Nam"},
            {"id": "a", "parent": "vn", "name": "Xã A", "code": "01", "kind": "commune"},
            {"id": "b/1", "parent": "vn", "name": "Xã B", "code": "02", "kind": "commune"},
        ],
        day="2024-01-01",
    )
    with history.draft("2024-03-01", source=om.Source("1/QĐ")) as act:
        act.create(om.Unit("old", name="Cũ"), under="vn", first_known=True)
        act.rename("a", "Xã A mới")
        act.create(om.Unit("short", name="Ngắn"), under="vn")
        act.close("short")
    history = history.enact(act)
    with history.draft("2025-07-01", source=om.Source("2/QĐ")) as act:
        act.merge(["a", "b/1"], into=om.Unit("c", name="Xã C", kind="commune"))
    history = history.enact(act)
    with history.draft("2026-01-01", source=om.Source("3/QĐ")) as act:
        act.create(om.Unit("d"), under="vn")
    return history.enact(act)


def popolo(history: om.History, on: str) -> dict[str, dict[str, Any]]:
    out = io.StringIO()
    write_popolo(history, out, on=on)
    return {entry["id"]: entry for entry in json.loads(out.getvalue())["organizations"]}


def test_popolo_of_a_small_history():
    """Names, codes, parents and last days, each as Popolo has them."""
    found = popolo(small(), "2025-07-01")
    assert list(found) == ["vn", "a", "b/1", "old", "c"]
    assert found["a"] == {
        "id": "a",
        "name": "Xã A mới",
        "classification": "commune",
        "parent_id": "vn",
        "founding_date": "2024-01-01",
        "dissolution_date": "2025-06-30",
        "identifiers": [{"identifier": "01"}],
        "other_names": [{"name": "Xã A", "start_date": "2024-01-01", "end_date": "2024-02-29"}],
    }
    assert found["old"] == {"id": "old", "name": "Cũ", "parent_id": "vn", "sources": [{"note": "1/QĐ"}]}
    assert found["c"]["sources"] == [{"note": "2/QĐ"}]
    before = popolo(small(), "2025-06-30")
    assert list(before) == ["vn", "a", "b/1", "old"]
    assert "dissolution_date" not in before["a"]
    assert popolo(small(), "2024-01-15")["a"]["name"] == "Xã A"


def graph_of(history: om.History, on: str, **options: Any) -> Any:
    out = io.StringIO()
    write_org(history, out, on=on, base=BASE, **options)
    return rdflib.Graph().parse(data=out.getvalue(), format="json-ld")


QUERY = """
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX schema: <https://schema.org/>
"""


def ask(graph: Any, query: str) -> list[tuple[str, ...]]:
    return sorted(tuple(str(cell) for cell in row) for row in graph.query(QUERY + query))


# rdflib reads JSON-LD by way of a class that it has deprecated itself.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_org_of_a_small_history():
    """Read as RDF: organisations, their places and the change from two into one."""
    graph = graph_of(small(), "2025-07-01", language="vi")
    assert ask(graph, "SELECT ?u ?n { ?u a org:Organization; skos:prefLabel ?n FILTER(lang(?n) = 'vi') }") == [
        (BASE + "a", "Xã A mới"),
        (BASE + "b%2F1", "Xã B"),
        (BASE + "c", "Xã C"),
        (BASE + "old", "Cũ"),
        (BASE + "vn", "Việt Nam"),
    ]
    assert ask(graph, "SELECT ?u ?n { ?u skos:altLabel ?n }") == [(BASE + "a", "Xã A")]
    assert ask(graph, "SELECT ?u ?p { ?u org:subOrganizationOf ?p; org:classification/skos:notation 'commune' }") == [
        (BASE + unit, BASE + "vn") for unit in ("a", "b%2F1", "c")
    ]
    assert ask(
        graph,
        "SELECT ?o ?r ?d ?s { ?e a org:ChangeEvent; org:originalOrganization ?o; org:resultingOrganization ?r;"
        " dcterms:date ?d; dcterms:source ?s; dcterms:type 'merger' }",
    ) == [(BASE + unit, BASE + "c", "2025-07-01", "2/QĐ") for unit in ("a", "b%2F1")]
    assert ask(graph, "SELECT ?u ?d { ?u schema:dissolutionDate ?d }") == [
        (BASE + "a", "2025-07-01"),
        (BASE + "b%2F1", "2025-07-01"),
    ]
    assert BASE + "old" not in {unit for unit, _ in ask(graph, "SELECT ?u ?d { ?u schema:foundingDate ?d }")}
    assert not ask(graph_of(small(), "2025-06-30"), "SELECT ?e { ?e a org:ChangeEvent }")


def test_the_reform_in_other_words():
    """The provinces, communes and changes that others count are ours."""
    history = vietnam.reform_2025()
    found = popolo(history, "2025-07-01").values()
    for kind, ever, left in (("province", 63 + 23, 34), ("district", 696, 0), ("commune", None, 3321)):
        of_kind = [entry for entry in found if entry.get("classification") == kind]
        assert ever is None or len(of_kind) == ever
        assert len([entry for entry in of_kind if "dissolution_date" not in entry]) == left
    out = io.StringIO()
    write_org(history, out, on="2025-07-01", base=BASE)
    events = [entry for entry in json.loads(out.getvalue())["@graph"] if entry["@type"] == "org:ChangeEvent"]
    # The provinces merge, and so do their organisation commissions.
    of_provinces = [e for e in events if e["source"] == "202/2025/QH15"]
    assert [e["type"] for e in of_provinces] == ["merger"] * 46
    old_provinces = {BASE + unit for unit in history.at("2025-06-30").select("province")}
    assert [sum(unit in old_provinces for e in of_provinces for unit in e["original"])] == [52]
    ids = {entry["@id"] for entry in json.loads(out.getvalue())["@graph"]}
    assert all(unit in ids for event in events for unit in (*event["original"], *event["resulting"]))
