"""One brief as HTML, DOCX or PDF; each page says the same sections."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from analysis.design.brief_figures import FigureData, draw, figure_data, svg
from analysis.design.brief_page import Brief, Table
from analysis.design.brief_pdf import NAVY, page
from digitized.errors import InputError
from digitized.output import replacing

if TYPE_CHECKING:
    from docx.document import Document

TEXT_WIDTH_CM, NUMBER_WIDTH_CM = 18.2, 2.3


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
    from docx.shared import Cm, Pt, RGBColor

    document = docx.Document()
    sheet = document.sections[0]
    sheet.page_width, sheet.page_height = Cm(21.0), Cm(29.7)
    sheet.left_margin = sheet.right_margin = Cm(1.4)
    sheet.top_margin = sheet.bottom_margin = Cm(0.9)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(7.8)
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
    navy = RGBColor.from_string(NAVY.removeprefix("#"))
    top = document.add_paragraph().add_run(brief.title)
    top.bold, top.font.size, top.font.color.rgb = True, Pt(13), navy
    for section in brief.sections:
        heading = document.add_paragraph()
        heading.paragraph_format.keep_with_next = True
        heading.paragraph_format.space_before = Pt(2.5)
        title = heading.add_run(section.title)
        title.bold, title.font.size, title.font.color.rgb = True, Pt(9), navy
        for paragraph in section.paragraphs:
            document.add_paragraph(paragraph)
        if section.table:
            _docx_table(document, section.table)
        if section.title == "Claim":
            picture = BytesIO()
            figure = Figure(figsize=(10.2, 2.7))
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
    page(brief, data).savefig(path, format="pdf", metadata={"Title": brief.title, "CreationDate": None})


_WRITERS: dict[str, Callable[[Brief, FigureData, Path], None]] = {
    ".html": _html,
    ".docx": _docx,
    ".pdf": _pdf,
}
