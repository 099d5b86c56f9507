"""The part of a picture in which curves are followed, with everything masked that is no stroke."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitized.figure.raster.frames import GRID_CONTRAST, Frame, straight_lines
from digitized.figure.raster.sheet import Sheet
from digitized.figure.reading import Axis


@dataclass(frozen=True)
class Region:
    """The part of the sheet in which curves are followed; `left`, `top` are its offsets in the picture."""

    left: int
    top: int
    area: npt.NDArray[np.float32]
    masked: npt.NDArray[np.bool_]
    start: tuple[int, float]


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
    masked = _mask(sheet, frame, (left, top, right, bottom))
    start = (
        int(np.clip(round(zero) - left, 0, area.shape[1] - 10)),
        float(np.clip(full - top, 0, area.shape[0] - 1)),
    )
    return Region(left, top, area, masked, start)


def _mask(sheet: Sheet, frame: Frame, box: tuple[int, int, int, int]) -> npt.NDArray[np.bool_]:
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
            # A dashed line is its darker half; a curve that crosses has another grey.
            usual = np.quantile(strip, (0.2, 0.5, 0.8), axis=1)
            shade = usual[np.abs(usual - np.median(image)).argmax(axis=0), np.arange(strip.shape[0])][:, None]
            target = masked if across else masked.T
            target[low:high] |= (np.abs(strip - shade) < 0.1) & (np.abs(shade - np.median(image)) > 0.02)
    masked |= _text(sheet, box)
    return masked


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
        key = level & (extent[:, 2] < word.left) & (extent[:, 2] > word.left - 1.8 * high)
        key &= (wide > 0.8 * high) & (wide < 5 * high) & any(c.isalpha() for c in word.text)
        for index in np.flatnonzero(glyph | key):
            rows, columns = slices[index]
            found[rows, columns] |= labels[rows, columns] == index + 1
    return ndimage.binary_dilation(found, iterations=2)
