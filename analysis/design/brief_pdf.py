"""The brief as one drawn page: claim and figures across, the sections in two columns below them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.textpath import TextPath

from analysis.design.brief_figures import FigureData, draw
from analysis.design.brief_page import Brief, Section, Table

NAVY, TEXT, FAINT, RULE, TINT = "#1f4e79", "#1c2430", "#4b5563", "#d8dee6", "#eef3f9"
# Inches; y runs down from the top of an A4 page.
WIDTH, HEIGHT, MARGIN, GUTTER = 8.27, 11.69, 0.5, 0.3
ACROSS = WIDTH - 2 * MARGIN
COLUMN = (ACROSS - GUTTER) / 2
TITLE = 14.0
LEADING = 1.36
NUMBER_PAD = 0.1
# Em between two words: the space and the bearings that outlines lack.
SPACE = 0.42
# Body text in points, largest first: the first that keeps everything on the page.
BODIES = (7.4, 7.1, 6.8, 6.5, 6.2, 5.9, 5.6, 5.2)


def page(brief: Brief, data: FigureData) -> Figure:
    """The whole page, in the largest type that fits it."""
    for body in BODIES:
        figure = Figure(figsize=(WIDTH, HEIGHT))
        if _write(brief, data, _Pen(figure, body)) < HEIGHT - MARGIN * 0.8:
            break
    return figure


def _write(brief: Brief, data: FigureData, pen: "_Pen") -> float:
    """Write everything; the lowest y reached. Sections go on in the second column at half of their height."""
    size = min(TITLE, TITLE * ACROSS / _width(brief.title, TITLE, bold=True))
    y = pen.lines([brief.title], MARGIN, 0.42, size, NAVY, bold=True)
    pen.rule(MARGIN, WIDTH - MARGIN, y + 0.03, NAVY, 1.2)
    claim = _wrapped(brief.sections[0].paragraphs, ACROSS - 0.24, pen.body + 1)
    top = y + 0.12
    bottom = top + 0.14 + len(claim) * _height(pen.body + 1)
    pen.box(MARGIN, top, ACROSS, bottom - top)
    pen.lines(claim, MARGIN + 0.12, top + 0.08, pen.body + 1, TEXT)
    draw(brief, data, pen.figure, height=(1 - (bottom + 1.85) / HEIGHT, 1.55 / HEIGHT))
    caption = _wrapped([data.caption], ACROSS, pen.body - 0.7)
    start = pen.lines(caption, MARGIN, bottom + 2.5, pen.body - 0.7, FAINT) + 0.12
    heights = [_section_height(section, pen.body) for section in brief.sections[1:]]
    filled, column, y, lowest = 0.0, 0, start, start
    for section, height in zip(brief.sections[1:], heights, strict=True):
        if column == 0 and filled + height / 2 > sum(heights) / 2:
            column, y = 1, start
        y = pen.section(section, MARGIN + column * (COLUMN + GUTTER), y)
        filled += height
        lowest = max(lowest, y)
    return lowest


@dataclass(frozen=True)
class _Pen:
    """Writes in inches from the page's top left corner; each method gives the y below what it wrote."""

    figure: Figure
    body: float

    def section(self, section: Section, x: float, y: float) -> float:
        """Title, paragraphs, table, and the space after them."""
        y = self.lines([section.title], x, y, self.body + 1, NAVY, bold=True) + 0.02
        y = self.lines(_wrapped(section.paragraphs, COLUMN, self.body), x, y, self.body, TEXT)
        if section.table is not None:
            y = self._table(section.table, x, y + 0.04)
        return y + 0.12

    def _table(self, table: Table, x: float, y: float) -> float:
        size = self.body - 0.6
        ends = _column_ends(table, size)
        for number, row in enumerate((table.head, *table.rows)):
            bold = number == 0
            below = self.lines(_wrapped([row[0]], ends[0], size), x, y, size, TEXT, bold=bold)
            for end, cell in zip(ends[1:], row[1:], strict=True):
                self._text(x + end, y, cell, size, TEXT, bold=bold, ha="right")
            y = below + 0.025
            self.rule(x, x + COLUMN, y - 0.01, NAVY if bold else RULE, 0.5)
            y += 0.015
        return y

    def lines(
        self, lines: Sequence[str], x: float, y: float, size: float, colour: str, *, bold: bool = False
    ) -> float:
        """Lines of text, the first with its top at y."""
        for line in lines:
            self._text(x, y, line, size, colour, bold=bold, ha="left")
            y += _height(size)
        return y

    def _text(self, x: float, y: float, text: str, size: float, colour: str, *, bold: bool, ha: str) -> None:
        weight = "bold" if bold else "normal"
        place = (x / WIDTH, 1 - y / HEIGHT)
        self.figure.text(*place, text, fontsize=size, color=colour, weight=weight, ha=ha, va="top")

    def rule(self, left: float, right: float, y: float, colour: str, width: float) -> None:
        """A horizontal line."""
        ends = ([left / WIDTH, right / WIDTH], [1 - y / HEIGHT] * 2)
        self.figure.add_artist(Line2D(*ends, color=colour, lw=width))

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A tinted box with a bar at its left."""
        corner = (x / WIDTH, 1 - (y + height) / HEIGHT)
        for wide, colour in ((width, TINT), (0.04, NAVY)):
            self.figure.add_artist(Rectangle(corner, wide / WIDTH, height / HEIGHT, color=colour, lw=0))


def _height(size: float) -> float:
    """Inches from line to line."""
    return size * LEADING / 72


@cache
def _word_width(word: str, bold: bool) -> float:
    """Inches of a word's outline set in the page's font at one point."""
    font = FontProperties(weight="bold" if bold else "normal")
    return float(TextPath((0, 0), word, size=100, prop=font).get_extents().x1) / 7200


def _width(text: str, size: float, bold: bool = False) -> float:
    """Inches of a text."""
    words = text.split()
    return size * (sum(_word_width(word, bold) for word in words) + SPACE / 72 * len(words))


def _wrapped(paragraphs: Iterable[str], width: float, size: float) -> list[str]:
    """Lines no wider than `width` inches."""
    done: list[str] = []
    for paragraph in paragraphs:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and _width(longer, size) > width:
                done.append(line)
                line = word
            else:
                line = longer
        done.append(line)
    return done


def _column_ends(table: Table, size: float) -> list[float]:
    """Right edge of each column, inches from the table's left; numbers take only the width they need."""
    ends = [COLUMN]
    for column in range(len(table.head) - 1, 0, -1):
        cells = [_width(row[column], size) for row in table.rows]
        ends.insert(0, ends[0] - NUMBER_PAD - max(_width(table.head[column], size, bold=True), *cells))
    return ends


def _section_height(section: Section, body: float) -> float:
    lines = len(_wrapped(section.paragraphs, COLUMN, body))
    height = _height(body + 1) + lines * _height(body) + 0.14
    if section.table is not None:
        size = body - 0.6
        first = _column_ends(section.table, size)[0]
        rows = (section.table.head, *section.table.rows)
        height += 0.04 + sum(len(_wrapped([row[0]], first, size)) * _height(size) + 0.04 for row in rows)
    return height
