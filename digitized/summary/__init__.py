"""Pseudo-patients from a published summary: all printed numbers and their widths at once, drawn several
times.
"""

from digitized.summary.quantities import (
    ArmSummary,
    AtRisk,
    Estimate,
    FigureSummary,
    HazardRatio,
    Rate,
)
from digitized.summary.rebuild import SummaryReconstruction, rebuild
from digitized.summary.shape import Shape, pooled_shape
from digitized.summary.table import SummaryTable, read_summary

__all__ = [
    "ArmSummary",
    "AtRisk",
    "Estimate",
    "FigureSummary",
    "HazardRatio",
    "Rate",
    "Shape",
    "SummaryReconstruction",
    "SummaryTable",
    "pooled_shape",
    "read_summary",
    "rebuild",
]
