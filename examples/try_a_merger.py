"""Try a merger before it is decided: what would change, and what the rules say of it.

python examples/try_a_merger.py
"""

import orgmodel as om
from orgmodel.party import vietnam

history = vietnam.reform_2025()
today = history.at("2026-01-01")
dien_bien, lai_chau = (today.one(name, kind="province").id for name in ("Điện Biên", "Lai Châu"))

# A draft collects operations into one act. The organisation commissions of the two merge along, as counterparts.
with history.draft("2027-01-01", source=om.Source("a proposal")) as act:
    merged = act.merge([dien_bien, lai_chau], into=om.Unit(name="Tây Bắc", kind="province"))
print(act)

# A branch shares all of the past; the history itself knows nothing of the proposal.
trial = om.Scenario("north-west", history, [act])
after = trial.at("2027-01-01")
print("provinces:", history.at("2027-01-01").count("province"), "->", after.count("province"))
print("communes of the new one:", after.count(om.select(kind="commune", under=merged)))

# What differs from the day before, and what became of the emulation cluster.
print(trial.history.between("2026-12-31", "2027-01-01"))
print(trial.history.cluster_changes("2026-12-31", "2027-01-01").of("cluster-1"))

# A merger that cannot be carried out lists all that stands against it.
try:
    with history.draft("2027-01-01", source=om.Source("a slip")) as slip:
        slip.merge([dien_bien, "vn-p-99"], into=om.Unit(name="?", kind="province"))
except om.InvalidAct as error:
    print(error)
