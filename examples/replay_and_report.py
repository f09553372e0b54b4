"""Replay the reform of 2025 and write what changed, for a screen, for Word and for Excel.

python examples/replay_and_report.py [folder]
"""

import sys
from pathlib import Path

from orgmodel.party import vietnam
from orgmodel.reports.explorer.page import write_explorer
from orgmodel.reports.report import report

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
history = vietnam.reform_2025()

# What an office prints: counts, who became whom, clusters, acts, each with its source.
reform = report(history, between=("2025-06-30", "2025-07-01"), language="vi", title="Sắp xếp đơn vị năm 2025", most=60)
for ending in ("html", "docx", "xlsx"):
    print(reform.write(folder / f"reform.{ending}"))

# One province, and the emulation cluster that it is in.
bac_ninh = history.at("2025-07-01").one("Bắc Ninh", kind="province")
print(report(history, unit=bac_ninh.id, on="2025-07-01", language="vi").write(folder / "bac_ninh.html"))
cluster = report(history, cluster="cluster-2", between=("2025-06-30", "2025-07-01"), language="vi")
print(cluster.write(folder / "cluster_2.docx"))

# A page to explore all of it, without a network.
print(write_explorer(history, folder / "explorer.html", title="Sắp xếp năm 2025", language="vi"))
