"""What is written along the axes of a picture's plot."""

import numpy as np

from digitized.figure.raster.frames import Frame
from digitized.figure.raster.ocr import recognise
from digitized.figure.raster.sheet import Sheet
from digitized.figure.units import unit_named


def unit_of_time(sheet: Sheet, frame: Frame) -> str:
    """Unit named below the axis, "" when none is."""
    below = [
        w
        for w in sheet.words
        if frame.bottom < w.y < frame.bottom + 0.5 * frame.height
        and frame.left - 0.1 * frame.width < w.x < frame.right + 0.1 * frame.width
    ]
    for word in sorted(below, key=lambda w: w.y):
        if unit := unit_named(word.text):
            return unit
    return ""


def axis_titles(sheet: Sheet, frame: Frame, *, upwards: bool) -> list[str]:
    """Words just under the time axis, and, where asked for, the line written upwards beside the other axis."""
    titles = [
        w.text
        for w in sheet.words
        if frame.bottom < w.y < frame.bottom + 0.25 * frame.height and frame.left < w.x < frame.right
    ]
    if not upwards:
        return titles
    # The outermost columns of print beside the labels.
    right = round(frame.left - 0.02 * frame.width)
    left = max(0, round(frame.left - 0.3 * frame.width))
    top, bottom = max(0, round(frame.top)), round(frame.bottom)
    columns = np.flatnonzero(sheet.ink[top:bottom, left : max(left, right)].any(axis=0))
    if not columns.size:
        return titles
    breaks = np.flatnonzero(np.diff(columns) > 3)
    last = columns[breaks[0]] if breaks.size else columns[-1]
    written = np.flatnonzero(sheet.ink[top:bottom, left + columns[0] : left + last + 1].any(axis=1))
    box = (left + columns[0], top + written[0], left + last, top + written[-1])
    return titles + [text for text, _ in recognise(sheet.picture, [box], upwards=True)]
