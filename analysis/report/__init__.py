"""The report of a run: one self-contained HTML file and its DOCX twin."""

from pathlib import Path

from analysis.figures.run_data import RunData
from analysis.report.docx_report import write_docx
from analysis.report.html import render_html
from digitized.output import write_text


def write_report(folder: Path) -> None:
    """Write `report.html` and `report.docx` of a run from its manifest, tables and figures.

    Raises
    ------
    InputError
        If the folder is not a complete run's.
    """
    run = RunData(folder)
    write_text(folder / "report.html", render_html(run))
    write_docx(run, folder / "report.docx")
