"""What the inputs are made of: a small history that uses what there is, and files of every sort about it."""

from __future__ import annotations

from functools import cache

import orgmodel as om

MEASURES = (om.Measure("members"), om.Measure("cat", type="category"))


@cache
def history() -> om.History:
    """Mergers, a division with shares, clusters, a correction and a cancellation."""
    rows = [
        {"id": "vn", "code": "VN", "kind": "centre", "name": "Việt Nam"},
        *(
            {"id": f"p{i}", "code": f"{i:02d}", "kind": "province", "parent": "vn", "name": f"Tỉnh {i}"}
            for i in range(5)
        ),
        *(
            {"id": f"c{i}", "kind": "commune", "parent": f"p{i % 5}", "name": f"Xã {i}", "members": 10 + i}
            for i in range(12)
        ),
    ]
    schema = om.Schema.levels("centre", "province", "commune")
    made = om.history_of(rows, day="2024-01-01", measures=MEASURES, schema=schema, source=om.Source("QĐ 1"))
    with made.draft("2025-07-01", source=om.Source("NQ 202/2025/QH15")) as act:
        act.merge(["p0", "p1"], into=om.Unit("pn", name="Tỉnh mới", kind="province", code="77"))
        act.rename("p2", "Tỉnh hai")
    made = made.enact(act)
    with made.draft("2025-08-01", source=om.Source("NQ 3")) as act:
        act.merge(["c2", "c7"], into=om.Unit("cn", name="Xã mới", kind="commune"))
    made = made.enact(act)
    with made.draft("2026-01-01", source=om.Source("NQ 9")) as act:
        act.break_down("c1", [om.Unit("c1a"), om.Unit("c1b")], shares={"c1a": {"members": "1/3"}})
        act.record("c5", "members", 7)
    made = made.enact(act)

    def clusters(name: str) -> om.Act:
        what = (om.Clustering("k", name="K"), om.Cluster("k1", "k", name=name), om.Cluster("k2", "k"))
        return om.Act("cl", "2026-02-01", [om.Creation(one) for one in what])

    made = made.enact(clusters("K1"))
    with made.draft("2026-03-01", source=om.Source("NQ 10")) as act:
        act.join(["p2", "p3", "p4"], "k1")
        act.designate("k1", "lead", "p2", seat=1)
    made = made.enact(act)
    made = made.correct("cl", clusters("K1 sửa"), reason="misprint")
    # Known late: the merger of the communes is worked out anew.
    made = made.enact(om.Act("late", "2025-02-01", [om.Change("c2", "measure:members", 40, "own")]))
    about = om.Change("c6", "measure:members", om.Quantity(1800, "about"), "own")
    made = made.enact(om.Act("x", "2026-04-01", [om.Change("p4", "name", "Z"), about]))
    return made.cancel("x", reason="void").enact(om.Act("y", "2026-05-01", [about, om.Change("c6", "fact:seen", 1)]))


@cache
def from_rows() -> om.History:
    """A history that came from tables, so that its columns file keeps no events beside the rows."""
    tables = om.to_tables(small())
    return om.from_tables(tables.pop("units"), **tables)


@cache
def small() -> om.History:
    """A history whose tables hold all of it."""
    rows = [{"id": "vn"}, {"id": "a", "parent": "vn", "members": 3}, {"id": "b", "parent": "vn", "name": "B"}]
    made = om.history_of(rows, day="2024-01-01", measures=MEASURES[:1])
    with made.draft("2025-07-01", source=om.Source("NQ 1")) as act:
        act.merge(["a", "b"], into=om.Unit("ab", name="AB"))
    return made.enact(act)


PLAN = """name = "north-west"
source = "a proposal"
day = "2026-12-15"
note = "x"
[[stage]]
name = "provinces"
day = { months = 1, day = 1 }
takes = 60
source = { number = "1", issuer = "b", decided = "2026-01-01" }
[[stage.do]]
op = "merge"
units = [{ code = "02" }, "p3"]
into = { name = "Điện Biên - Lai Châu", code = "11" }
as = "north_west"
[[stage]]
name = "cells"
after = ["provinces"]
takes = 20
[[stage.do]]
op = "reassign"
units = { kind = "commune", under = "p4", measure = ["members", "<", 15] }
to = "$north_west"
[[stage]]
name = "more"
after = "cells"
day = 2027-05-01
[[stage.do]]
op = "create"
unit = { name = "new", kind = "commune" }
under = "pn"
measures = { members = 5 }
[[stage.do]]
op = "record"
unit = "c4"
measure = "members"
value = 8
[[stage.do]]
op = "close"
units = ["c5"]
[[stage.do]]
op = "split_off"
unit = "c6"
into = { name = "C" }
shares = { C = { members = "1/2" } }
[[stage.do]]
op = "transfer"
giver = "p4"
taker = "pn"
children = ["c9"]
[[stage.do]]
op = "succeed"
links = "links.csv"
created = "created.csv"
goes_on = ["code"]
"""

PLAN_TABLES = {
    "links.csv": "old_kind,old_code,new_code\nprovince,04,88\n",
    "created.csv": "code,name,kind,category,parent_kind,parent_code\n88,N,province,,centre,VN\n",
}

UNITS_CSV = '''id,parent,name,code,kind,members,cat,start,last
vn,,Việt Nam,,centre,1500,x,2024-01-01,
p24,vn,Bắc Giang,24,province,about 1800,,2024-01-01,2025-06-30
p27,vn,Bắc Ninh,27,province,1/3,y,2024-01-01,2025-06-30
p24n,vn,"Bắc, Ninh",24,province,"unknown, 5 to ?",,2025-07-01,
c1,p24,"Xã ""A""",1,commune,0.5,,2024-01-01,2025-06-30
c1,p24n,Xã A,1,commune,7,,2025-07-01,
'''

CODES_CSV = "code,x\n" + "\n".join(f"{i:02d},a{i}" for i in range(6)) + "\n77,b\n"
