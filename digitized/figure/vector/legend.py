"""Names of curves: texts beside a key drawn like the curve, else a text in the curve's colour."""

from collections.abc import Sequence
from dataclasses import dataclass

from digitized.figure.text import Text, joined, lines, parse_number
from digitized.figure.vector.curves import SAME_COLOUR, Steps, same_dash
from digitized.figure.vector.dashes import dashed_keys
from digitized.figure.vector.drawing import Box, Drawing, Stroke, colour_distance
from digitized.figure.vector.lettering import MARKS


@dataclass(frozen=True)
class Entry:
    """A name found for a curve, and its rank in the legend (reading order)."""

    name: str
    rank: tuple[float, float]


def name_curves(
    drawing: Drawing, box: Box, below: float, curves: Sequence[Steps], others: Sequence[Box] = ()
) -> list[Entry | None]:
    """Legend entry of each curve, None where none was found.

    `others` are the boxes of the drawing's other panels: what is written in them names their own curves.
    """
    phrases = [
        phrase
        for row in lines([t for t in drawing.texts if t.text not in MARKS])
        for phrase in joined(row, gap=0.6)
        if parse_number(phrase.text) is None and any(c.isalnum() for c in phrase.text)
    ]
    width = box[2] - box[0]
    keys = [s for s in drawing.strokes if _is_key(s, width) and not _elsewhere(s.box, box, others)]
    keys = dashed_keys(keys, 1e-4 * max(drawing.width, drawing.height))
    phrases = [p for p in phrases if not _elsewhere((p.x, p.y, p.right, p.bottom), box, others)]
    # Text stands right of its key, in some programs left of it: whichever names more curves, in letters of one
    # size (a legend's title before its first key is larger), more closely.
    sides = [_named(curves, keys, phrases, below, box, side) for side in (1, -1)]
    found, _, _ = min(sides, key=lambda named: (sum(e is None for e in named[0]), *named[1:]))
    if any(entry is None for entry in found):
        _by_colour(found, phrases, curves, below)
    names = [e.name if e else None for e in found]
    return [e if e is None or names.count(e.name) == 1 else None for e in found]


def _named(
    curves: Sequence[Steps],
    keys: Sequence[Stroke],
    phrases: Sequence[Text],
    below: float,
    box: Box,
    side: int,
) -> tuple[list[Entry | None], bool, float]:
    """Entry of each curve from the texts right (1) or left (-1) of the keys.

    With them, whether the texts are of several sizes, and the sum of the gaps between them and the keys.
    """
    found: list[Entry | None] = []
    sizes: list[float] = []
    total = 0.0
    for curve in curves:
        entry = None
        size = 0.0
        best = float("inf")
        for key in keys:
            if not _like(key, curve, curves):
                continue
            text = _beside(key, phrases, side)
            if text is not None and _outside(text, below, box):
                gap = _gap(key, text, side)
                if gap < best:
                    entry, best = Entry(text.text.strip(), (text.centre_y, text.x)), gap
                    size = text.size
        found.append(entry)
        if entry is not None:
            total += best
            sizes.append(size)
    return found, bool(sizes) and max(sizes) > 1.1 * min(sizes), total


def _elsewhere(place: Box, own: Box, others: Sequence[Box]) -> bool:
    """Whether something stands in another panel's box and not in the panel's own."""
    x, y = 0.5 * (place[0] + place[2]), 0.5 * (place[1] + place[3])

    def inside(box: Box) -> bool:
        return box[0] <= x <= box[2] and box[1] <= y <= box[3]

    return not inside(own) and any(inside(other) for other in others)


def _is_key(stroke: Stroke, width: float) -> bool:
    left, top, right, bottom = stroke.box
    across, down = right - left, bottom - top
    if across > 0.15 * width or across < 0.004 * width:
        return False
    return down < 0.2 * across or (bool(stroke.style.fill) and down < 3 * across)


def _like(key: Stroke, curve: Steps, curves: Sequence[Steps]) -> bool:
    """Whether a key is drawn like one curve; the dash matters where several curves share the colour."""
    paint = key.style.stroke or key.style.fill
    if not paint or colour_distance(paint, curve.style.stroke) >= SAME_COLOUR:
        return False
    twins = [c for c in curves if colour_distance(c.style.stroke, curve.style.stroke) < SAME_COLOUR]
    return len(twins) == 1 or (bool(key.style.stroke) and same_dash(key.style.dash, curve.style.dash))


def _beside(key: Stroke, phrases: Sequence[Text], side: int) -> Text | None:
    _, top, _, bottom = key.box
    middle = 0.5 * (top + bottom)
    near = [
        t
        for t in phrases
        if abs(t.centre_y - middle) < 0.9 * t.height and -0.3 * t.height < _gap(key, t, side) < 3.5 * t.height
    ]
    return min(near, key=lambda t: _gap(key, t, side), default=None)


def _gap(key: Stroke, text: Text, side: int) -> float:
    """Distance of a text from a key on its right (1) or its left (-1)."""
    return text.x - key.box[2] if side > 0 else key.box[0] - text.right


def _outside(text: Text, below: float, box: Box) -> bool:
    """Legends stand beside, above or within the panel, or below it; rows of a table at risk do not count."""
    return not (text.right < box[0] and text.centre_y > below)


def _by_colour(
    found: list[Entry | None], phrases: Sequence[Text], curves: Sequence[Steps], below: float
) -> None:
    """Texts in the colour of one curve only, where the colour is no grey."""
    for k, curve in enumerate(curves):
        twins = [c for c in curves if colour_distance(c.style.stroke, curve.style.stroke) < SAME_COLOUR]
        if found[k] is not None or len(twins) > 1 or _grey(curve.style.stroke):
            continue
        hits = [
            t
            for t in phrases
            if t.colour and t.centre_y < below and colour_distance(t.colour, curve.style.stroke) < SAME_COLOUR
        ]
        if hits:
            found[k] = Entry(hits[0].text.strip(), (hits[0].centre_y, hits[0].x))


def _grey(colour: str) -> bool:
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return max(parts) - min(parts) < 24
