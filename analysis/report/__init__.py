"""The report of a run."""

from pathlib import Path


def write_report(run: Path) -> None:
    """Write `report.html` of a run from its manifest, tables and figures."""
