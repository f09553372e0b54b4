"""A company's own structure: its kinds, a measure, a rule of its own, and a reorganisation.

python examples/a_company.py
"""

import orgmodel as om
from orgmodel.rules.file import parse_rulebook

schema = om.Schema(
    kinds=[om.Kind("company"), om.Kind("division"), om.Kind("team")],
    placements=[
        om.Placement("company", None),
        om.Placement("division", "company"),
        om.Placement("team", "division"),
    ],
)
staff = [
    {"id": "acme", "kind": "company", "name": "Acme"},
    {"id": "sales", "kind": "division", "name": "Sales", "parent": "acme"},
    {"id": "service", "kind": "division", "name": "Service", "parent": "acme"},
    {"id": "north", "kind": "team", "name": "North", "parent": "sales", "staff": 9},
    {"id": "south", "kind": "team", "name": "South", "parent": "sales", "staff": 14},
    {"id": "desk", "kind": "team", "name": "Help desk", "parent": "service", "staff": 21},
]
history = om.history_of(staff, day="2026-01-01", schema=schema, measures=[om.Measure("staff")])

# A rule in a file: anyone can change the number without touching code.
book = parse_rulebook("""
name = "House rules"
[[rule]]
id = "T1"
statement = "A team has at most so many people"
check = "measure"
on = ["team"]
measure = "staff"
compare = "<="
severity = "warning"
[[rule.version]]
from = "2020"
value = 20
document = "Handbook, section 4"
certainty = "seen"
""")
print(book.audit(history.at("2026-01-01")))

# Two teams become one, and the help desk is divided by stated shares.
with history.draft("2026-07-01", source=om.Source("board meeting of 3 June")) as act:
    act.merge(["north", "south"], into=om.Unit("field", name="Field sales"))
    parts = [om.Unit("phone", name="Phone"), om.Unit("chat", name="Chat")]
    act.break_down("desk", parts, shares={"phone": {"staff": "2/3"}, "chat": {"staff": "1/3"}})
history = history.enact(act)
print(history.at("2026-07-01").tree())
print(history.at("2026-07-01").total("staff"), "people, as before:", history.at("2026-01-01").total("staff"))
print(book.audit(history.at("2026-07-01")))
