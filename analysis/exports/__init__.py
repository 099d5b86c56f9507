"""Exports for economic models: parameter and curve draws, restricted means, provenance, data dictionary."""

from analysis.exports.export import export_run
from analysis.exports.request import ExportRequest

__all__ = ["ExportRequest", "export_run"]
