"""Figure styles as data: on screen, or the columns of a journal."""

import re
import textwrap
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from digitized.errors import InputError

INCH_MM = 25.4
SCREEN_FONT = 8.5
TITLE_CHARACTERS = 32
# A prior such as "c ~ N(log 0.86, 0.25)" stays on one line.
_CALL = re.compile(r"c ~ N\([^)]*\)")


@dataclass(frozen=True)
class FigureStyle:
    """Width, type and lines of a figure.

    Attributes
    ----------
    width_mm : float or None
        Of the whole figure; None leaves each drawing its own width.
    font_size, smallest_font : float
        Points: of axis labels, and the size below which nothing is set.
    line_scale : float
        Line widths and markers against those on screen.
    panels_across : int
        Most panels side by side.
    dpi : int
        Of the PNG.
    """

    width_mm: float | None = None
    font_size: float = SCREEN_FONT
    smallest_font: float = 0.0
    line_scale: float = 1.0
    panels_across: int = 4
    dpi: int = 160

    @property
    def narrow(self) -> bool:
        """Whether texts are broken over more lines."""
        return self.panels_across == 1

    def width(self, drawn: float, least_mm: float = 0.0) -> float:
        """Inches of a figure that is `drawn` inches wide on screen.

        Raises
        ------
        InputError
            If the style is narrower than the `least_mm` that the drawing can be read at.
        """
        if self.width_mm is not None and self.width_mm < least_mm:
            raise InputError(
                f"--style: {self.width_mm:g} mm are too narrow for this figure, which needs {least_mm:g}; "
                "expected a wider style, e.g. two-columns"
            )
        return drawn if self.width_mm is None else self.width_mm / INCH_MM

    def wrapped(self, text: str, width: int) -> str:
        """The text, in a narrow style with lines of at most `width` characters."""
        if not self.narrow:
            return text
        kept = _CALL.sub(lambda found: found[0].replace(" ", "\xa0"), text)
        return "\n".join(
            textwrap.fill(line, width, break_long_words=False) for line in kept.splitlines()
        ).replace("\xa0", " ")

    def apply(self, figure: Figure) -> None:
        """Set type and lines of a finished drawing."""
        if self == SCREEN:
            return
        scale = self.font_size / SCREEN_FONT
        # Tick labels are made anew from the axes' parameters whenever they are drawn.
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                sizes = [float(label.get_fontsize()) for label in axis.get_ticklabels()]
                size = max(self.smallest_font, min(sizes, default=SCREEN_FONT) * scale)
                axis.set_tick_params(labelsize=size, width=0.6, length=2.5)
        if self.narrow:
            for axes in figure.axes:
                titles = {axes.get_title(loc="left"), axes.get_title()} - {""}
                for text in axes.get_children():
                    # Setting a title anew would give it back its default size.
                    if isinstance(text, Text) and text.get_text() in titles:
                        text.set_text(self.wrapped(text.get_text(), TITLE_CHARACTERS))
        ticks = {id(t) for a in figure.axes for t in (*a.get_xticklabels(), *a.get_yticklabels())}
        for text in figure.findobj(Text):
            if isinstance(text, Text) and id(text) not in ticks:
                text.set_fontsize(max(self.smallest_font, float(text.get_fontsize()) * scale))
        for line in figure.findobj(Line2D):
            if isinstance(line, Line2D):
                line.set_linewidth(line.get_linewidth() * self.line_scale)
                line.set_markersize(line.get_markersize() * self.line_scale)


SCREEN = FigureStyle()
_ACTIVE: ContextVar[FigureStyle] = ContextVar("figure style", default=SCREEN)


def current() -> FigureStyle:
    """The style that figures are being drawn in."""
    return _ACTIVE.get()


@contextmanager
def drawn_in(style: FigureStyle) -> Iterator[None]:
    """Draw in a style, as matplotlib's rc_context does for its settings."""
    token = _ACTIVE.set(style)
    try:
        yield
    finally:
        _ACTIVE.reset(token)


def find_style(name: str) -> FigureStyle:
    """A style by name, or the first one of a user's TOML file.

    Raises
    ------
    InputError
        Naming the styles that exist, or what is wrong in the file.
    """
    if name == "screen":
        return SCREEN
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise InputError(f"--style {name}: no such file; expected a copy of journal_styles.toml")
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(
                f"--style {name}: not UTF-8 text (byte {error.start}); expected a copy of journal_styles.toml"
            ) from error
        return next(iter(_read(text, name).values()))
    shipped = (files("analysis.figures") / "journal_styles.toml").read_text(encoding="utf-8")
    styles = _read(shipped, "journal_styles.toml")
    if name not in styles:
        raise InputError(
            f"--style {name!r}: expected screen, {', '.join(styles)}, or a file ending in .toml with a style"
        )
    return styles[name]


def _read(text: str, source: str) -> dict[str, FigureStyle]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"--style {source}: not a TOML file ({error})") from error
    known = {field.name for field in fields(FigureStyle)}
    faults, styles = [], {}
    for name, values in content.items():
        given = values if isinstance(values, dict) else {}
        faults += [f"--style {source}: [{name}] has {key!r}; expected {', '.join(sorted(known))}"
                   for key in given if key not in known]  # fmt: skip
        faults += [f"--style {source}: [{name}] {key} is {value!r}; expected a number above 0"
                   for key, value in given.items() if not _positive(value)]  # fmt: skip
        if not given:
            faults.append(f"--style {source}: {name} is no table; expected e.g. [one-column] with width_mm")
        elif not faults:
            styles[name] = FigureStyle(**given)
    if not content:
        faults.append(f"--style {source}: holds no style; expected e.g. [one-column] with width_mm = 85")
    if faults:
        raise InputError(faults)
    return styles


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
