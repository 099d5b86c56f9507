"""The report's core as DOCX: summary, ladder, figures, benchmark, harms, limits."""

from pathlib import Path

from docx import Document
from docx.shared import Inches

from analysis.figures.run_data import RunData
from analysis.report import content
from analysis.report.attachments import Attachments
from digitized.output import replacing


def write_docx(run: RunData, path: Path, attached: Attachments) -> None:
    """Write the DOCX report of a run to `path`."""
    document = Document()
    document.add_heading(run.manifest["question"]["text"], level=0)
    if run.banner:
        document.add_paragraph(f"HYPOTHETICAL. Published numbers were changed: {run.banner}.")
    document.add_heading("Summary", level=1)
    document.add_paragraph(
        "The data identify Delta + c, the departure of the triple together with whatever flatters a single-arm "
        "trial. Every number carries its prior on the single-arm shift c."
    )
    sections = {
        "": content.summary_sentences(run),
        "Randomised benchmark": content.benchmark_sentences(run),
        "Harms of the index trial": content.harm_sentences(run),
    }
    for title, sentences in sections.items():
        if title:
            document.add_heading(title, level=2)
        for sentence in sentences:
            document.add_paragraph(sentence, style="List Bullet")
    document.add_heading("The ladder", level=1)
    header = ("Endpoint", "Scenario", "Prior of c", "exp(Delta), 95 %", "P(benefit)", "exp(Delta + c)")
    table = document.add_table(rows=1, cols=len(header))
    table.style = "Light Grid Accent 1"
    for cell, text in zip(table.rows[0].cells, header, strict=True):
        cell.text = text
    for line in content.ladder_lines(run):
        values = (line.endpoint, line.scenario, line.c_prior, line.estimate, line.p_benefit, line.observed)
        for cell, text in zip(table.add_row().cells, values, strict=True):
            cell.text = text
    document.add_heading("Figures", level=1)
    for picture in sorted((run.folder / "figures").glob("*.png")):
        document.add_picture(str(picture), width=Inches(6.0))
        document.add_paragraph(picture.with_suffix(".txt").read_text(encoding="utf-8").strip())
    with replacing(path) as temporary:
        document.save(str(temporary))
