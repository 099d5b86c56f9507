"""Page, type, tables and pictures of the DOCX report."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from docx.document import Document as DocumentObject
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table

from analysis.figures.run_data import RunData

TEXT_WIDTH, TEXT_HEIGHT = Cm(26.1), Cm(14.0)
SMALL = Pt(6.5)
INK, SOFT, LINE = RGBColor(0x1A, 0x1A, 0x1A), RGBColor(0x5A, 0x5A, 0x5A), "BFBFBF"
# Style: size in points, colour.
TYPE = {
    "Normal": (9.0, INK),
    "Title": (20.0, INK),
    "Heading 1": (14.0, INK),
    "Heading 2": (10.5, INK),
    "Caption": (8.0, SOFT),
}
# Characters that a column is made wide for: longer words and texts are broken.
LONGEST_WORD, LONGEST_LINE = 20, 90
PADDING = 2


def set_page(document: DocumentObject, run: RunData) -> None:
    """Landscape A4, one typeface, the run's own date, so that the same run gives the same report."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(1.8))
    for name, (size, colour) in TYPE.items():
        font = document.styles[name].font
        font.name, font.size, font.color.rgb = "Arial", Pt(size), colour
        # The template names theme fonts beside, which would win.
        faces = document.styles[name].element.rPr.rFonts
        for theme in [key for key in faces.attrib if "Theme" in key]:
            del faces.attrib[theme]
    document.styles["Caption"].font.bold = False
    document.styles["Normal"].paragraph_format.space_after = Pt(3)
    properties = document.core_properties
    properties.title = str(run.manifest["question"]["text"])
    properties.author = "crosstrial"
    created = datetime.fromisoformat(run.manifest["created"]).astimezone(UTC).replace(tzinfo=None)
    properties.created = properties.modified = created


def add_bullets(document: DocumentObject, sentences: Iterable[str]) -> None:
    """One list item a sentence."""
    for sentence in sentences:
        document.add_paragraph(sentence, style="List Bullet")


def add_frame(document: DocumentObject, frame: pd.DataFrame) -> None:
    """A table of texts with its headings."""
    add_table(document, [str(name) for name in frame.columns], frame.astype(str).itertuples(index=False))


def add_table(document: DocumentObject, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table in small type with lines between its rows, whose header repeats on every page.

    Cells are taken row by row: python-docx finds any other cell by walking the table, which would take time with
    the square of its size.
    """
    body = [list(header), *[list(row) for row in rows]]
    table = document.add_table(rows=len(body), cols=len(header))
    widths = _widths(body)
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for number, (row, texts) in enumerate(zip(table.rows, body, strict=True)):
        for cell, text, width in zip(row.cells, texts, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            run = paragraph.add_run(str(text))
            run.font.size, run.bold = SMALL, number == 0
    _repeat_header(table)
    _set_lines_and_margins(table)
    document.add_paragraph()


def _widths(body: list[list[str]]) -> list[int]:
    """Columns no narrower than their longest word, wider ones growing less than their text."""
    wanted = []
    for texts in zip(*body, strict=True):
        word = max(len(part) for text in texts for part in str(text).split(" "))
        wanted.append(max(min(word, LONGEST_WORD), min(max(map(len, texts)), LONGEST_LINE) ** 0.8) + PADDING)
    return [int(TEXT_WIDTH * share / sum(wanted)) for share in wanted]


def _set_lines_and_margins(table: Table) -> None:
    """Lines above, below and between the rows; a millimetre beside the text: wide tables need the room."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        borders.append(_element(side, val="single", sz="4", space="0", color=LINE))
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(side, w="57", type="dxa"))
    # The schema wants borders, then the layout, then margins before the look.
    properties = table._tbl.tblPr
    properties.find(qn("w:tblLayout")).addprevious(borders)
    properties.find(qn("w:tblLook")).addprevious(margins)


def _element(name: str, **attributes: str) -> OxmlElement:
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _repeat_header(table: Table) -> None:
    table.rows[0]._tr.get_or_add_trPr().append(_element("tblHeader", val="true"))


def add_picture(document: DocumentObject, picture: Path) -> None:
    """A figure as large as the page allows, kept together with its caption."""
    shape = document.add_picture(str(picture))
    scale = min(TEXT_WIDTH / shape.width, TEXT_HEIGHT / shape.height)
    shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    caption = picture.with_suffix(".txt").read_text(encoding="utf-8").strip()
    document.add_paragraph(caption, style="Caption")
