"""From baselines and single glyphs to runs of text with bounding boxes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from digitized.figure.text import Text

#: Height of capitals and digits as a share of the font's size: the box of a run spans it.
CAP_HEIGHT = 0.72
#: Characters that figures are marked with: never joined with one another into a word.
MARKS = frozenset("|+×✕✚∣❘│○●")
_NARROW = set(".,:;'|!ijlI()[] -")


@dataclass(frozen=True)
class Glyph:
    """One character: its origin on the baseline, its advance along it, its size and direction (degrees).

    `piece` tells apart the pieces of text that a file draws one by one; 0 where that is not known.
    """

    char: str
    x: float
    y: float
    advance: float
    size: float
    angle: float = 0.0
    colour: str = ""
    piece: int = 0


def estimated_length(text: str, size: float) -> float:
    """Length of a run whose font is not at hand, from the usual widths of digits and letters."""
    return size * sum(0.3 if char in _NARROW else 0.58 for char in text)


def placed(text: str, first: Glyph, length: float) -> Text:
    """Run of text that starts at the origin of `first` and is `length` long along its direction."""
    radians = np.radians(first.angle)
    along = length * np.array([np.cos(radians), -np.sin(radians)])
    up = CAP_HEIGHT * first.size * np.array([-np.sin(radians), -np.cos(radians)])
    corners = np.array([first.x, first.y]) + np.array([[0.0, 0.0], along, up, along + up])
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return Text(
        text=text,
        x=float(left),
        y=float(top),
        width=float(right - left),
        height=float(bottom - top),
        angle=first.angle,
        colour=first.colour,
    )


def runs(glyphs: Iterable[Glyph]) -> list[Text]:
    """Texts from glyphs in drawing order: neighbours on a baseline with at most a space between them."""
    found: list[Text] = []
    run: list[Glyph] = []
    for glyph in glyphs:
        if run and not _follows(run, glyph):
            found += _text(run)
            run = []
        run.append(glyph)
    return found + _text(run)


def _follows(run: Sequence[Glyph], glyph: Glyph) -> bool:
    last = run[-1]
    if abs(glyph.angle - last.angle) > 2 or not 0.5 < glyph.size / max(last.size, 1e-9) < 2:
        return False
    along, across = _offset(last, glyph)
    size = max(last.size, glyph.size)
    return -0.3 * size < along - last.advance < 0.55 * size and abs(across) < 0.5 * size


def _offset(last: Glyph, glyph: Glyph) -> tuple[float, float]:
    radians = np.radians(last.angle)
    dx, dy = glyph.x - last.x, glyph.y - last.y
    along = dx * np.cos(radians) - dy * np.sin(radians)
    return float(along), float(-dx * np.sin(radians) - dy * np.cos(radians))


def _text(run: Sequence[Glyph]) -> list[Text]:
    while run and run[0].char.isspace():
        run = run[1:]
    while run and run[-1].char.isspace():
        run = run[:-1]
    if not run:
        return []
    if all(glyph.char in MARKS or glyph.char.isspace() for glyph in run):
        return [placed(g.char, g, g.advance) for g in run if not g.char.isspace()]
    text = run[0].char
    for last, glyph in pairwise(run):
        gap = _offset(last, glyph)[0] - last.advance
        # A cell may all but touch the label or the cell before it.
        cell = (
            glyph.piece != last.piece and glyph.char.isdigit() and (last.char in ")]" or last.char.isalpha())
        )
        if (
            gap > (0.02 if cell else 0.2) * glyph.size
            and not last.char.isspace()
            and not glyph.char.isspace()
        ):
            text += " "
        text += glyph.char
    length = _offset(run[0], run[-1])[0] + run[-1].advance
    return [replace(placed(text, run[0], length), spans=_spans(text, run, length))]


def _spans(text: str, run: Sequence[Glyph], length: float) -> tuple[tuple[float, float], ...]:
    """Starts and ends of the words of a run's text, as shares of its length."""
    # Where letters stand apart, `text` has a space that is no glyph.
    glyphs = iter(run)
    places: list[tuple[float, float] | None] = []
    pending: Glyph | None = None
    for char in text:
        glyph = pending or next(glyphs)
        pending = None
        if char == " " and not glyph.char.isspace():
            pending = glyph
        start = _offset(run[0], glyph)[0]
        places.append(None if char.isspace() else (start, start + glyph.advance))
    spans: list[tuple[float, float]] = []
    for before, place in pairwise([None, *places]):
        if place is not None and before is None:
            spans.append(place)
        elif place is not None:
            spans[-1] = (spans[-1][0], place[1])
    return tuple((a / length, b / length) for a, b in spans) if length > 0 else ()
