"""Your own province on top of the embedded country: made-up cells, their flows, and the report of a quarter.

python examples/my_province.py
"""

import orgmodel as om
from orgmodel import party
from orgmodel.party import vietnam

history = vietnam.country()
commune = history.at("2025-03-01").one("Phường Tây Lộc", kind="commune").id

# The cells are older than the record: they are first known in April 2025, before the communes merge.
with history.draft("2025-04-01", source=om.Source("our register, sheet 3")) as act:
    for number, (official, probationary) in enumerate(((28, 3), (24, 0), (2, 1)), start=1):
        cell = om.Unit(f"tay-loc-{number}", name=f"Chi bộ tổ dân phố {number}", kind="cell", parent=commune)
        figures = {
            "members": official + probationary,
            "members_official": official,
            "members_probationary": probationary,
        }
        act.create(cell, first_known=True, measures=figures)
history = history.enact(act)

# What the reform decided is worked out anew with them: they stand under the commune that theirs became.
after = history.at("2025-07-01")
merged = after.parent("tay-loc-1")
print(after.unit(merged).name, after.total("members", under=merged))

# A quarter's work: admissions, members on the move, a report of the cell on its meetings.
with history.draft("2025-08-15", source=om.Source("our register, August")) as act:
    act.admit("tay-loc-1", 2)
    act.transfer_members("tay-loc-2", "tay-loc-3", official=1, received=True)
history = history.enact(act)

# What the rules say of the cells: one was too small until somebody joined it.
for day in ("2025-07-01", "2025-08-15"):
    audit = party.rulebook().select("A03").audit(history.at(day))
    print(day, [str(finding) for finding in audit])

# The report of the quarter, in Vietnamese; om.report(...).write("bao-cao.docx") makes a document of it.
content = party.report(history, merged, "2025-Q3", sections=["members", "cells", "learned"], language="vi")
print(content.text())
