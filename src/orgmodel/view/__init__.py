"""Pictures, as plotly figures."""

from orgmodel.view.chart import boxes, org_chart
from orgmodel.view.flow import cluster_flow, flow
from orgmodel.view.timeline import timeline

__all__ = ["boxes", "cluster_flow", "flow", "org_chart", "timeline"]
