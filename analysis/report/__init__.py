"""The report of a run: one self-contained HTML file, its DOCX twin, a Methods paragraph and a bibliography."""

from pathlib import Path

from analysis.figures.run_data import RunData
from analysis.report.attachments import Attachments
from analysis.report.docx_report import write_docx
from analysis.report.html import render_html
from analysis.report.references import bibliography, methods_paragraph
from digitized.output import write_text

__all__ = ["Attachments", "write_report"]

NOTHING_ATTACHED = Attachments()


def write_report(folder: Path, attached: Attachments = NOTHING_ATTACHED) -> None:
    """Write `report.html`, `report.docx`, `methods.txt` and `references.bib` of a run.

    Everything comes from the run's manifest, tables, figures and posteriors, and from what is attached.

    Raises
    ------
    InputError
        If the folder is not a complete run's, or an attached folder is not what it should be.
    """
    run = RunData(folder)
    page = render_html(run, attached)
    write_text(folder / "report.html", page)
    write_docx(run, folder / "report.docx", attached)
    write_text(folder / "methods.txt", methods_paragraph(run) + "\n")
    write_text(folder / "references.bib", bibliography(run))
