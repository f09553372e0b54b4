"""Pictures, as plotly figures.

Public: the names of this package. Its modules are internal.
"""

from orgmodel.view.chart import boxes, org_chart
from orgmodel.view.figures import carried, compared, findings, series
from orgmodel.view.flow import cluster_flow, cluster_members, flow
from orgmodel.view.map import map_of
from orgmodel.view.timeline import timeline

__all__ = [
    "boxes",
    "carried",
    "cluster_flow",
    "cluster_members",
    "compared",
    "findings",
    "flow",
    "map_of",
    "org_chart",
    "series",
    "timeline",
]
