"""Small plots within the plot, whose axes, numbers and curves are none of the figure's own."""

from itertools import pairwise

from digitized.figure.raster.frames import AXIS_CONTRAST, Frame, straight_lines
from digitized.figure.raster.sheet import Sheet


def find_insets(sheet: Sheet, frame: Frame) -> list[tuple[int, int, int, int]]:
    """Small plots within the plot: an upright line shorter than the plot, with numbers in a column left of it.

    Their ends are those of the level lines that leave the upright one. Returned as (left, top, right, bottom) in
    pixels of the picture.
    """
    left, top, right, bottom = round(frame.left), round(frame.top), round(frame.right), round(frame.bottom)
    gray = sheet.gray[top:bottom, left:right]
    numbers = [
        w
        for w in sheet.words
        if w.number is not None and left + 10 < w.left and w.right < right and top < w.y < bottom
    ]
    if len(numbers) < 3:
        return []
    level = straight_lines(gray, across=True, shortest=max(30.0, 0.1 * gray.shape[1]), contrast=AXIS_CONTRAST)
    shortest = max(30.0, 0.1 * gray.shape[0])
    found = []
    for line in straight_lines(gray, across=False, shortest=shortest, contrast=AXIS_CONTRAST):
        x, y0, y1 = left + line.position, top + line.start, top + line.end
        beside = [
            w for w in numbers if y0 - w.height < w.y < y1 + w.height and -4 < x - w.right < 1.5 * w.height
        ]
        if len(beside) < 3 or line.length > 0.8 * gray.shape[0]:
            continue
        high = max(w.height for w in beside)
        rows = sorted(w.y for w in beside)
        # The lowest number may have been overlooked.
        base = rows[-1] + max(b - a for a, b in pairwise(rows))
        own = [
            k
            for k in level
            if k.length < 0.9 * gray.shape[1]
            and y0 - high < top + k.position < base + 0.5 * high
            and left + k.start < x + 3 * high
        ]
        if own:
            low = max(y1, *(top + k.position for k in own))
            # Its numbers are masked as all text is; a curve may pass between them.
            found.append((round(x) - 4, y0 - 6, left + max(k.end for k in own) + 8, round(low) + 4))
    return found
