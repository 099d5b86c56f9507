"""The cells of a table of numbers at risk: lines of print, and what stands under each tick."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitized.curve import Floats
from digitized.figure.raster.ocr import Box


@dataclass(frozen=True)
class Line:
    """A line of text: its rows and the boxes of its glyphs, left to right."""

    top: int
    bottom: int
    parts: tuple[Box, ...]


def lines_of(ink: npt.NDArray[np.bool_], top: int, bottom: int, left: float, right: float) -> list[Line]:
    """Lines of text: glyph-sized print, grouped by height on the page."""
    low, high = max(0, round(left)), min(ink.shape[1], round(right))
    part = ink[top:bottom, low:high]
    found, _ = ndimage.label(part, structure=np.ones((3, 3)))
    boxes = [
        (low + s[1].start, top + s[0].start, low + s[1].stop - 1, top + s[0].stop - 1)
        for s in ndimage.find_objects(found)
    ]
    glyphs = sorted(
        (b for b in boxes if 5 <= b[3] - b[1] + 1 <= 45 and b[2] - b[0] < 120), key=lambda b: b[1] + b[3]
    )
    lines: list[list[Box]] = []
    for box in glyphs:
        middle = 0.5 * (box[1] + box[3])
        if lines and middle <= float(np.median([b[3] for b in lines[-1]])):
            lines[-1].append(box)
        else:
            lines.append([box])
    return [
        Line(round(min(b[1] for b in line)), round(max(b[3] for b in line)), tuple(sorted(line)))
        for line in lines
    ]


def cells_under(line: Line, columns: Floats) -> dict[int, Box]:
    """Print that stands under each column: of the pieces near it, the one about its middle."""
    spacing = float(np.median(np.diff(columns)))
    high = float(np.median([b[3] - b[1] + 1 for b in line.parts]))
    near: dict[int, list[Box]] = {}
    for box in _without_label(line.parts, float(columns[0]), high):
        middle = 0.5 * (box[0] + box[2])
        index = int(np.argmin(np.abs(columns - middle)))
        if abs(columns[index] - middle) <= 0.55 * spacing:
            near.setdefault(index, []).append(box)
    cells: dict[int, Box] = {}
    for index, boxes in near.items():
        pieces: list[Box] = []
        for box in sorted(boxes):
            if pieces and box[0] - pieces[-1][2] < 0.9 * high:
                last = pieces[-1]
                pieces[-1] = (
                    last[0],
                    min(last[1], box[1]),
                    max(last[2], box[2]),
                    max(last[3], box[3]),
                )
            else:
                pieces.append(box)
        at = float(columns[index])
        cells[index] = min(pieces, key=lambda b: abs(0.5 * (b[0] + b[2]) - at))
    return cells


def _without_label(parts: Sequence[Box], first: float, high: float) -> Sequence[Box]:
    """The glyphs of a row without those of a name that nearly touches the first number.

    The number stands about the first column's middle: of the gaps left of it, wide enough to part words, the one
    that leaves the number nearest to that middle, if with the name it stood well off.
    """
    start = next((k for k, b in enumerate(parts) if b[2] >= first - 0.2 * high), None)
    if start is None:
        return parts
    # What hangs together with the glyph at the first column, to both sides.
    left = start
    while left > 0 and parts[left][0] - parts[left - 1][2] < 0.9 * high:
        left -= 1
    right = start
    while right + 1 < len(parts) and parts[right + 1][0] - parts[right][2] < 0.9 * high:
        right += 1
    if abs(0.5 * (parts[left][0] + parts[right][2]) - first) < 0.6 * high:
        return parts
    cuts = [
        k for k in range(left + 1, right + 1) if parts[k][0] - max(b[2] for b in parts[left:k]) > 0.3 * high
    ]
    best = min(cuts, key=lambda k: abs(0.5 * (parts[k][0] + parts[right][2]) - first), default=0)
    if not cuts or abs(0.5 * (parts[best][0] + parts[right][2]) - first) > 0.6 * high:
        return parts
    return parts[best:]
