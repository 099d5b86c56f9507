"""The part of a picture in which curves are followed, with everything masked that is no stroke."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitized.figure.raster.frames import GRID_CONTRAST, Frame, straight_lines
from digitized.figure.raster.insets import find_insets
from digitized.figure.raster.sheet import Sheet
from digitized.figure.reading import Axis


@dataclass(frozen=True)
class Region:
    """The part of the sheet in which curves are followed; `left`, `top` are its offsets in the picture.

    Where curves rise the area is stored upside down, so that they fall. `insets` small plots within are masked.
    """

    left: int
    top: int
    area: npt.NDArray[np.float32]
    masked: npt.NDArray[np.bool_]
    start: tuple[int, float]
    upside_down: bool = False
    insets: int = 0

    def in_picture(self, rows: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Rows of the picture of rows of the area."""
        here = np.asarray(rows, dtype=float)
        return (self.area.shape[0] - 1 - here if self.upside_down else here) + self.top


def region_of(sheet: Sheet, frame: Frame, x_axis: Axis, y_axis: Axis, one: float) -> Region:
    """Plot region with text, gridlines and borders masked, and the point (0, S = 1) to start from.

    `one` is what stands for S = 1 on the survival axis: 1 or 100.
    """
    zero = float(x_axis.coordinate(np.array(0.0)))
    full = float(y_axis.coordinate(np.array(one)))
    left = max(0, round(min(frame.left, max(zero, frame.left - 4))))
    right = min(sheet.picture.width, round(frame.right) + 2)
    top = max(0, round(min(frame.top, max(full, frame.top - 0.1 * frame.height))) - 5)
    bottom = min(sheet.picture.height, round(frame.bottom) + 3)
    area = sheet.picture.rgb[top:bottom, left:right]
    insets = find_insets(sheet, frame)
    masked = _mask(sheet, frame, (left, top, right, bottom), insets)
    start = (
        int(np.clip(round(zero) - left, 0, area.shape[1] - 10)),
        float(np.clip(full - top, 0, area.shape[0] - 1)),
    )
    return Region(left, top, area, masked, start, insets=len(insets))


def _mask(
    sheet: Sheet,
    frame: Frame,
    box: tuple[int, int, int, int],
    insets: Sequence[tuple[int, int, int, int]],
) -> npt.NDArray[np.bool_]:
    left, top, right, bottom = box
    gray = sheet.gray[top:bottom, left:right]
    masked = np.zeros(gray.shape, dtype=bool)
    # Axis lines and what lies outside them.
    for column in frame.lines[0]:
        half = 0.5 * column.thickness + 0.6
        masked[:, : max(0, int(np.floor(column.position + half - left)) + 1)] = True
    for row in frame.lines[1]:
        half = 0.5 * row.thickness + 0.6
        masked[max(0, int(np.ceil(row.position - half - top))) :, :] = True
    # Gridlines, borders and reference lines: straight through the whole plot, in one grey.
    for across in (True, False):
        image = gray if across else gray.T
        reach = max(6, image.shape[1] // 40)
        shortest = 0.85 * image.shape[1]
        lines = straight_lines(gray, across=across, shortest=shortest, contrast=GRID_CONTRAST, gap=reach)
        for line in lines:
            low = max(0, round(line.position - 0.5 * line.thickness - 1))
            high = min(image.shape[0], round(line.position + 0.5 * line.thickness + 1) + 1)
            strip = image[low:high]
            # Most of a line has its grey; a dashed one, its darker half. A curve that crosses has another.
            usual = np.quantile(strip, (0.2, 0.5, 0.8), axis=1)
            dashed = usual[np.abs(usual - np.median(image)).argmax(axis=0), np.arange(strip.shape[0])]
            solid = np.abs(usual[1] - np.median(image)) > 0.02
            shade = np.where(solid, usual[1], dashed)[:, None]
            target = masked if across else masked.T
            target[low:high] |= (np.abs(strip - shade) < 0.1) & (np.abs(shade - np.median(image)) > 0.02)
    masked |= _text(sheet, box)
    masked |= _legend_borders(sheet, box)
    for x0, y0, x1, y1 in insets:
        masked[max(0, y0 - top) : max(0, y1 - top), max(0, x0 - left) : max(0, x1 - left)] = True
    return masked


def _legend_borders(sheet: Sheet, box: tuple[int, int, int, int]) -> npt.NDArray[np.bool_]:
    """Borders of boxes with words in them: two parallel lines of one extent, and what joins their ends."""
    left, top, right, bottom = box
    gray = sheet.gray[top:bottom, left:right]
    found = np.zeros(gray.shape, dtype=bool)
    words = [(w.x - left, w.y - top, w.height) for w in sheet.words if any(c.isalnum() for c in w.text)]
    for across in (True, False):
        extent = gray.shape[1 if across else 0]
        lines = straight_lines(gray, across=across, shortest=max(25.0, 0.06 * extent), contrast=GRID_CONTRAST)
        for first, last in combinations([line for line in lines if line.length < 0.7 * extent], 2):
            if max(abs(first.start - last.start), abs(first.end - last.end)) > 6:
                continue
            # Round corners reach a little beyond the straight parts.
            low, high = min(first.start, last.start) - 5, max(first.end, last.end) + 5
            x0, x1 = (low, high) if across else (round(first.position), round(last.position))
            y0, y1 = (round(first.position), round(last.position)) if across else (low, high)
            inside = [size for x, y, size in words if x0 < x < x1 and y0 < y < y1]
            # A box is higher than its words: circles on a level piece of curve make two lines as well.
            if inside and 0.8 * max(inside) < y1 - y0 < 3.5 * len(inside) * max(inside) + 20:
                border = np.zeros_like(found)
                border[max(0, y0 - 3) : y1 + 4, max(0, x0 - 3) : x1 + 4] = True
                border[y0 + 4 : y1 - 3, x0 + 4 : x1 - 3] = False
                found |= border
    return found


def _text(sheet: Sheet, box: tuple[int, int, int, int]) -> npt.NDArray[np.bool_]:
    """Glyphs, and keys of a legend: connected print wholly within the box of a word or just left of it."""
    left, top, right, bottom = box
    ink = sheet.ink[top:bottom, left:right]
    found = np.zeros(ink.shape, dtype=bool)
    labels, _ = ndimage.label(ink, structure=np.ones((3, 3)))
    slices = ndimage.find_objects(labels)
    extent = np.array(
        [(left + c.start, top + r.start, left + c.stop - 1, top + r.stop - 1) for r, c in slices]
    ).reshape(-1, 4)
    for word in sheet.words:
        if word.score < 0.6 or sum(c.isalnum() for c in word.text) < 2:
            continue
        high, pad = word.height, 0.15 * word.height + 1
        level = (word.top - pad <= extent[:, 1]) & (extent[:, 3] <= word.bottom + pad)
        glyph = level & (word.left - pad <= extent[:, 0]) & (extent[:, 2] <= word.right + pad)
        wide = extent[:, 2] - extent[:, 0]
        # Letters hardly hang together: doubtful text of one piece is a curve with its marks.
        glyph &= (word.score > 0.93) | (wide < 0.6 * (word.right - word.left)) | (len(word.text) < 4)
        key = level & (extent[:, 2] < word.left) & (extent[:, 2] > word.left - 1.8 * high)
        key &= (wide > 0.8 * high) & (wide < 5 * high) & any(c.isalpha() for c in word.text)
        for index in np.flatnonzero(glyph | key):
            rows, columns = slices[index]
            found[rows, columns] |= labels[rows, columns] == index + 1
    return ndimage.binary_dilation(found, iterations=2)
