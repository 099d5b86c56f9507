"""The report's core as DOCX: summary, question, evidence, ladder, figures, robustness, checklists, reproduction."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table

from analysis.figures.run_data import RunData
from analysis.report import content, tables
from analysis.report.attachments import Attachments, sensitivity, validation
from analysis.report.checklists import checklists
from analysis.report.references import citation_list, methods_paragraph
from digitized.output import replacing

TEXT_WIDTH, TEXT_HEIGHT = Cm(26.1), Cm(12.5)
SMALL = Pt(6.5)
# Characters that a column is made wide for: longer words and texts are broken.
LONGEST_WORD, LONGEST_LINE = 16, 90
PADDING = 2
# Figures in the order of the report; any other stands after them.
FIGURE_ORDER = ("network", "survival", "hazards", "rmst", "prior_posterior", "tipping", "covariates")


def write_docx(run: RunData, path: Path, attached: Attachments) -> None:
    """Write the DOCX report of a run to `path`: landscape A4, as its tables are wide."""
    document = Document()
    _page_style(document, run)
    _summary(document, run)
    _question(document, run)
    _evidence(document, run)
    _results(document, run)
    _robustness(document, run, attached)
    _checklists(document)
    _appendix(document, run)
    with replacing(path) as temporary:
        document.save(str(temporary))


def _page_style(document: DocumentObject, run: RunData) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    for side in ("left_margin", "right_margin"):
        setattr(section, side, Cm(1.8))
    for side in ("top_margin", "bottom_margin"):
        setattr(section, side, Cm(1.8))
    document.styles["Normal"].font.name = "Arial"
    document.styles["Normal"].font.size = Pt(9)
    document.styles["Normal"].paragraph_format.space_after = Pt(3)
    properties = document.core_properties
    properties.title = str(run.manifest["question"]["text"])
    properties.author = "crosstrial"
    # The date of the run, so that the same run gives the same report.
    created = datetime.fromisoformat(run.manifest["created"]).astimezone(UTC).replace(tzinfo=None)
    properties.created = properties.modified = created


def _summary(document: DocumentObject, run: RunData) -> None:
    document.add_heading(run.manifest["question"]["text"], level=0)
    if run.banner:
        document.add_paragraph(f"HYPOTHETICAL. Published numbers were changed: {run.banner}.")
    if run.manifest["preset"] != "standard":
        document.add_paragraph(f"Preset {run.manifest['preset']}: for looking, not for quoting.")
    document.add_heading("Summary", level=1)
    document.add_paragraph(
        "The data identify Delta + c, the departure of the triple together with whatever flatters a single-arm "
        "trial. Every number carries its prior on the single-arm shift c."
    )
    _bullets(document, content.summary_sentences(run))
    for title, sentences in (
        ("Randomised benchmark", content.benchmark_sentences(run)),
        ("Harms of the index trial", content.harm_sentences(run)),
    ):
        document.add_heading(title, level=2)
        _bullets(document, sentences)
    document.add_paragraph(
        "PFS is not survival benefit. Certainty (GRADE), before an assessor signs: usually very low for the added "
        f"component, usually moderate or high for ICI against chemotherapy. "
        f"{content.sentence_case(run.counts_sentence())}."
    )


def _question(document: DocumentObject, run: RunData) -> None:
    document.add_heading("Question and estimands", level=1)
    rules = run.manifest["horizons"]
    rows = [(*row, rules[row[0]]["rule"] if row[0] in rules else "none") for row in content.estimands(run)]
    _table(document, ("Endpoint", "Variable and intercurrent events", "Summary", "Horizon"), rows)
    _bullets(document, [f"{p['label']}: {p['note']}" for p in run.manifest["populations"]])


def _evidence(document: DocumentObject, run: RunData) -> None:
    document.add_heading("Evidence", level=1)
    question = run.manifest["question"]
    document.add_paragraph(f"Search: {question['searched']}. Excluded: {question['excluded']}.")
    for title, name in (
        ("Trials: eligibility and role", "inventory"),
        ("Analyses used and not used", "choices"),
        ("Arms: published / rebuilt / fitted", "arms"),
        ("Covariates", "covariates"),
        ("Contradictions in the sources", "inconsistencies"),
    ):
        if content.present(run, name):
            document.add_heading(title, level=2)
            _frame(document, tables.shown(run, name))
    document.add_heading("Risk of bias: facts by domain, not assessed here", level=2)
    _frame(document, tables.bias_table(run))


def _results(document: DocumentObject, run: RunData) -> None:
    document.add_heading("The ladder", level=1)
    header = ("Endpoint", "Scenario", "Prior of c", "exp(Delta), 95 %", "P(benefit)", "exp(Delta + c)")
    _table(
        document,
        header,
        [
            (line.endpoint, line.scenario, line.c_prior, line.estimate, line.p_benefit, line.observed)
            for line in content.ladder_lines(run)
        ],
    )
    _verdicts(document, run)
    if content.present(run, "unadjusted"):
        document.add_heading("Unadjusted, adjusted, bias-adjusted (hazard ratios)", level=2)
        readings = content.three_readings(run)
        _table(
            document,
            ("Endpoint", "Unadjusted", "Adjusted, no shift", "Bias-adjusted", "Proportional hazards"),
            [
                tuple(
                    row.get(k, "not run")
                    for k in ("endpoint", "unadjusted", "adjusted", "bias_adjusted", "verdict")
                )
                for row in readings
            ],
        )
    document.add_heading("Increment on every scale and population", level=2)
    _frame(document, tables.shown(run, "increment"))
    document.add_heading("Figures", level=1)
    pictures = sorted((run.folder / "figures").glob("*.png"), key=_figure_position)
    for picture in pictures:
        _picture(document, picture)


def _robustness(document: DocumentObject, run: RunData, attached: Attachments) -> None:
    document.add_heading("What could overturn it", level=1)
    _verdicts(document, run)
    for title, name in (("Unmeasured confounding", "e_values"), ("Early losses", "withdrawal")):
        if content.present(run, name):
            document.add_heading(title, level=2)
            _frame(document, tables.shown(run, name))
    named = sensitivity(run, attached.sensitivity)
    if named is not None:
        document.add_heading("Named analyses", level=2)
        _frame(document, tables.displayed(named, "sensitivity"))
    document.add_heading("Identifiability", level=1)
    weak = content.weak_parameters(run)
    document.add_paragraph(
        "Delta and c are told apart only by the prior of c. "
        + (f"Contracted by less than 25 %: {'; '.join(weak)}." if weak else "")
    )
    _frame(document, tables.shown(run, "identified"))
    document.add_heading("Validation", level=1)
    checked = validation(run, attached.validation)
    if checked is None:
        document.add_paragraph("No verdicts attached (crosstrial validate --out DIR/validation).")
    else:
        if checked.same_evidence is False:
            document.add_paragraph(
                "The evidence of the validation is not that of this run: file hashes differ."
            )
        rows = [(check.id, check.verdict, check.sentence) for check in checked.verdicts]
        _table(document, ("Check", "Verdict", "Finding"), rows)
    document.add_heading("Limits", level=1)
    _bullets(document, content.limits(run))


def _checklists(document: DocumentObject) -> None:
    document.add_heading("Checklists", level=1)
    for checklist in checklists():
        document.add_heading(f"{checklist.title} ({checklist.citation})", level=2)
        rows = [
            (row.number, row.item, ": ".join(filter(None, (row.anchor, row.remark))))
            for row in checklist.rows
        ]
        _table(document, ("No.", "Item", "Where"), rows)


def _appendix(document: DocumentObject, run: RunData) -> None:
    document.add_heading("Appendix", level=1)
    document.add_heading("Methods paragraph", level=2)
    document.add_paragraph(methods_paragraph(run))
    document.add_heading("Diagnostics", level=2)
    _frame(document, tables.diagnostics_summary(run))
    document.add_heading("References of the evidence", level=2)
    for citation in citation_list(run):
        document.add_paragraph(citation, style="List Number").runs[0].font.size = SMALL
    document.add_heading("How to reproduce", level=2)
    document.add_paragraph(content.command(run))


def _verdicts(document: DocumentObject, run: RunData) -> None:
    for endpoint in run.survival_endpoints:
        document.add_paragraph(f"Proportional hazards, {endpoint}: {content.index_verdict(run, endpoint)}.")


def _bullets(document: DocumentObject, sentences: Iterable[str]) -> None:
    for sentence in sentences:
        document.add_paragraph(sentence, style="List Bullet")


def _frame(document: DocumentObject, frame: pd.DataFrame) -> None:
    _table(document, [str(name) for name in frame.columns], frame.astype(str).itertuples(index=False))


def _table(document: DocumentObject, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table in small type whose header repeats on every page.

    Rows are added to the table's own cells: python-docx finds a cell by walking the table, which would take
    time with the square of its size.
    """
    body = [list(header), *[list(row) for row in rows]]
    table = document.add_table(rows=len(body), cols=len(header))
    table.style = "Table Grid"
    for row, texts in zip(table.rows, body, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            run = cell.paragraphs[0].add_run(str(text))
            run.font.size = SMALL
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
    for cell in table.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True
    _repeat_header(table)
    _narrow_margins(table)
    _widths(table, body)
    document.add_paragraph()


def _narrow_margins(table: Table) -> None:
    """A millimetre beside the text of each cell: wide tables need the room."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "57")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    # The schema wants the margins before the look.
    table._tbl.tblPr.insert(list(table._tbl.tblPr).index(table._tbl.tblPr.find(qn("w:tblLook"))), margins)


def _repeat_header(table: Table) -> None:
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)


def _widths(table: Table, body: list[list[str]]) -> None:
    """Columns no narrower than their longest word, wider ones growing less than their text; else all are equal."""
    wanted = []
    for texts in zip(*body, strict=True):
        word = max(len(part) for text in texts for part in str(text).split() or [""])
        wanted.append(max(min(word, LONGEST_WORD), min(max(map(len, texts)), LONGEST_LINE) ** 0.8) + PADDING)
    table.autofit = False
    for column, share in zip(table.columns, wanted, strict=True):
        width = int(TEXT_WIDTH * share / sum(wanted))
        column.width = width
        for cell in column.cells:
            cell.width = width


def _picture(document: DocumentObject, picture: Path) -> None:
    shape = document.add_picture(str(picture))
    scale = min(TEXT_WIDTH / shape.width, TEXT_HEIGHT / shape.height)
    shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    caption = picture.with_suffix(".txt").read_text(encoding="utf-8").strip()
    document.add_paragraph(caption, style="Caption")


def _figure_position(picture: Path) -> tuple[int, str]:
    position = next(
        (k for k, name in enumerate(FIGURE_ORDER) if picture.stem.startswith(name)), len(FIGURE_ORDER)
    )
    return (-1 if picture.stem == "ladder" else position, picture.stem)
