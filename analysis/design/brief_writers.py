"""One brief as HTML, DOCX or PDF; each page says the same sections."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from analysis.design.brief import Brief, Section, Table
from analysis.design.brief_figures import FigureData, draw, figure_data, svg
from digitized.errors import InputError
from digitized.output import replacing

if TYPE_CHECKING:
    from docx.document import Document

NAVY = "#1f4e79"
PAGE = (8.27, 11.69)
TEXT_WIDTH_CM, NUMBER_WIDTH_CM = 18.2, 2.1


def check_name(path: Path) -> None:
    """Refuse a file name whose ending is no format of the brief."""
    if path.suffix.lower() not in _WRITERS:
        raise InputError(f"--out {path}: expected a name ending in {', '.join(_WRITERS)}")


def write_brief(brief: Brief, path: Path) -> None:
    """Write the brief in the format of the name's ending."""
    check_name(path)
    data = figure_data(brief)
    with replacing(path) as temporary:
        _WRITERS[path.suffix.lower()](brief, data, temporary)


def _html(brief: Brief, data: FigureData, path: Path) -> None:
    environment = Environment(
        loader=PackageLoader("analysis.design"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template = environment.get_template("brief.html.j2")
    path.write_text(
        template.render(brief=brief, figure=svg(brief, data), caption=data.caption), encoding="utf-8"
    )


def _docx(brief: Brief, data: FigureData, path: Path) -> None:
    from io import BytesIO

    import docx
    from docx.shared import Cm, Pt

    document = docx.Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.4)
    page.top_margin = page.bottom_margin = Cm(0.9)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(7.5)
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
    document.add_paragraph().add_run(brief.title).font.size = Pt(13)
    for section in brief.sections:
        heading = document.add_paragraph()
        heading.paragraph_format.keep_with_next = True
        heading.paragraph_format.space_before = Pt(2.5)
        title = heading.add_run(section.title)
        title.bold, title.font.size = True, Pt(8.5)
        for paragraph in section.paragraphs:
            document.add_paragraph(paragraph)
        if section.table:
            _docx_table(document, section.table)
        if section.title == "Claim":
            picture = BytesIO()
            figure = Figure(figsize=(10.2, 2.5))
            draw(brief, data, figure)
            figure.savefig(picture, format="png", dpi=200)
            picture.seek(0)
            document.add_picture(picture, width=Cm(TEXT_WIDTH_CM))
            document.add_paragraph().add_run(data.caption).font.size = Pt(6)
    document.save(str(path))


def _docx_table(document: "Document", table: Table) -> None:
    """Rows of one line: a wide first column, numbers to the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    columns = len(table.head)
    widths = [Cm(TEXT_WIDTH_CM - NUMBER_WIDTH_CM * (columns - 1))] + [Cm(NUMBER_WIDTH_CM)] * (columns - 1)
    made = document.add_table(rows=0, cols=columns, style="Light List Accent 1")
    made.autofit = False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for row in (table.head, *table.rows):
        for position, (cell, text) in enumerate(zip(made.add_row().cells, row, strict=True)):
            cell.width = widths[position]
            cell.paragraphs[0].add_run(text).font.size = Pt(7)
            if position:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _pdf(brief: Brief, data: FigureData, path: Path) -> None:
    figure = Figure(figsize=PAGE)
    figure.text(0.06, 0.965, brief.title, fontsize=11, weight="bold", color=NAVY)
    cursor = _Cursor(figure, 0.948)
    cursor.section(brief.sections[0])
    draw(brief, data, figure, height=(cursor.y - 0.155, 0.13))
    cursor.y -= 0.19
    cursor.paragraph(data.caption, size=5.8, colour="#4b5563")
    for section in brief.sections[1:]:
        cursor.section(section)
    figure.savefig(path, format="pdf", metadata={"Title": brief.title, "CreationDate": None})


class _Cursor:
    """Writes text downwards on a page; `y` is the next baseline as a fraction of the page."""

    def __init__(self, figure: Figure, y: float) -> None:
        self.figure, self.y = figure, y

    def section(self, section: Section) -> None:
        """Title, paragraphs, table."""
        self.y -= 0.004
        self.figure.text(0.06, self.y, section.title, fontsize=7.6, weight="bold", color=NAVY, va="top")
        self.y -= 0.0125
        for paragraph in section.paragraphs:
            self.paragraph(paragraph)
        if section.table is None:
            return
        columns = len(section.table.head)
        starts = [0.06] + [0.94 - 0.125 * (columns - 1 - column) for column in range(1, columns)]
        for number, row in enumerate((section.table.head, *section.table.rows)):
            for column, (start, cell) in enumerate(zip(starts, row, strict=True)):
                text = (
                    textwrap.shorten(cell, 52 if column == 0 else 26, placeholder="...") if number else cell
                )
                self.figure.text(
                    start,
                    self.y,
                    text,
                    fontsize=6.2,
                    weight="normal" if number else "bold",
                    ha="right" if column else "left",
                    va="top",
                )
            self.y -= 0.0098
        self.y -= 0.002

    def paragraph(self, text: str, size: float = 6.6, colour: str = "#1c2430") -> None:
        """Text wrapped to the page's width."""
        width = round(1020 / size)
        lines = textwrap.wrap(text, width)
        self.figure.text(
            0.06, self.y, "\n".join(lines), fontsize=size, color=colour, va="top", linespacing=1.25
        )
        self.y -= len(lines) * size * 1.47 / 72 / PAGE[1] + 0.002


_WRITERS: dict[str, Callable[[Brief, FigureData, Path], None]] = {
    ".html": _html,
    ".docx": _docx,
    ".pdf": _pdf,
}
