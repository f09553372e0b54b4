"""Carry a table by old provinces to the new ones, and say how sure each figure is.

python examples/carry_figures.py
"""

import pandas as pd

import orgmodel as om
from orgmodel.party import vietnam

# A table as one finds it: by the codes of before the reform. The numbers are made up.
table = pd.DataFrame(
    {
        "code": ["24", "27", "02", "08", "38"],
        "members": [91_000, 60_000, 71_000, 61_000, 236_000],
        "women_share": [0.25, 0.30, 0.28, 0.27, 0.29],
    }
)

history = vietnam.reform_2025()
provinces = history.correspondence("2025-06-30", "2025-07-01", kind="province")
women = om.Measure("women_share", "rate", weight="members")

# A count adds up, a rate is weighed by its count.
new = provinces.carry(table, {"members": "members", "women_share": women}, by="code", unit="code")
print(new[["code", "members", "women_share", "members_basis"]])
assert new["members"].sum() == table["members"].sum()

# Where a unit was divided and nobody stated the shares, nothing is guessed: a policy has to be named.
communes = history.correspondence("2025-06-30", "2025-07-01", kind="commune")
divided = communes.divided[0]
try:
    communes.carry({divided: 120}, "members")
except om.Refused as error:
    print(error)
bounds = communes.account({divided: 120}, "members", "bounds")
print({unit: str(figure) for unit, figure in bounds.items()})
