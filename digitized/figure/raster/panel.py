"""One plot of a picture: axes, arms, warnings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitized.curve import Floats
from digitized.figure.raster.axes import (
    axis_from_range,
    cells_below,
    cells_beside,
    fit_axis,
    labels_of_words,
    printed,
    read_labels,
    regular,
    split_at,
)
from digitized.figure.raster.curves import Trace, find_traces
from digitized.figure.raster.frames import GRID_CONTRAST, Frame, Gray, luminance, straight_lines
from digitized.figure.raster.image import Picture
from digitized.figure.raster.ocr import Word
from digitized.figure.reading import Axis, ReadingOptions


@dataclass(frozen=True)
class Sheet:
    """A picture with what every plot on it needs: grey values, where print is, and the words."""

    picture: Picture
    gray: Gray
    ink: npt.NDArray[np.bool_]
    words: tuple[Word, ...]


def sheet_of(picture: Picture, words: tuple[Word, ...]) -> Sheet:
    """The sheet of a picture."""
    gray = luminance(picture)
    return Sheet(picture, gray, printed(gray), words)


def time_axis(sheet: Sheet, frame: Frame, options: ReadingOptions) -> tuple[Axis | None, list[str]]:
    """Calibration of the time axis, with what should be said about it."""
    ends = (frame.left, frame.right)
    if options.x_range is not None:
        return axis_from_range(options.x_range, frame.x_ticks, ends, "option"), []
    cells = cells_below(sheet.ink, frame)
    if frame.x_ticks:
        cells = split_at(cells, regular(frame.x_ticks[0]), sheet.ink)
    labels = read_labels(sheet.picture, cells, across=True) + labels_of_words(sheet.words, frame, across=True)
    fit = fit_axis(labels, frame.x_ticks, rising=True)
    if fit is None:
        return None, ["the time axis carries no legible numbers"]
    if fit.axis.confidence < 0.7:
        return fit.axis, [f"time axis: only {fit.agreeing} labels agree"]
    return fit.axis, []


def survival_axis(sheet: Sheet, frame: Frame, options: ReadingOptions) -> tuple[Axis | None, list[str]]:
    """Calibration of the survival axis (its own unit: 0-1 or percent), with what should be said about it."""
    ends = (frame.bottom, frame.top)
    if options.y_range is not None:
        return axis_from_range(options.y_range, frame.y_ticks, ends, "option"), []
    labels = read_labels(sheet.picture, cells_beside(sheet.ink, frame), across=False)
    labels += labels_of_words(sheet.words, frame, across=False)
    fit = fit_axis([label for label in labels if label.value <= 110], frame.y_ticks, rising=False)
    if fit is None:
        return _assumed(frame)
    axis, notes = fit.axis, []
    highest = max(value for _, value in axis.ticks)
    if 1.5 < highest <= 10 and highest == 10:  # `1.0` and `100` both lose a character to `10`
        ticks = tuple((at, value * 10) for at, value in axis.ticks)
        axis = Axis(axis.value_at_zero * 10, axis.per_unit * 10, ticks, axis.origin, 0.8 * axis.confidence)
    if axis.confidence < 0.7:
        notes.append(f"survival axis: only {fit.agreeing} labels agree")
    return axis, notes


def _assumed(frame: Frame) -> tuple[Axis | None, list[str]]:
    """Without legible labels: equally spaced ticks, the lowest at the time axis, are taken for 0 to 1."""
    for candidate in frame.y_ticks:
        ticks = regular(candidate)
        if ticks.size >= 3 and abs(ticks[-1] - frame.bottom) < 4 and ticks[0] - frame.top < 0.12 * frame.height:
            axis = axis_from_range((0.0, 1.0), (ticks,), (frame.bottom, frame.top), "assumed")
            return axis, ["the survival axis carries no legible numbers: its ticks are taken for 0 to 1"]
    return None, ["the survival axis carries no legible numbers"]


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
    start = (int(np.clip(round(zero) - left, 0, area.shape[1] - 10)), float(np.clip(full - top, 0, area.shape[0] - 1)))
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
    """Glyphs: connected print that lies wholly within the box of a word."""
    left, top, right, bottom = box
    ink = sheet.ink[top:bottom, left:right]
    found = np.zeros(ink.shape, dtype=bool)
    labels, _ = ndimage.label(ink, structure=np.ones((3, 3)))
    slices = ndimage.find_objects(labels)
    for word in sheet.words:
        if word.score < 0.6 or sum(c.isalnum() for c in word.text) < 2:
            continue
        pad = 0.15 * word.height + 1
        for index, (rows, columns) in enumerate(slices, start=1):
            if (
                word.top - pad <= top + rows.start
                and top + rows.stop - 1 <= word.bottom + pad
                and word.left - pad <= left + columns.start
                and left + columns.stop - 1 <= word.right + pad
            ):
                found[rows, columns] |= ndimage.binary_dilation(labels[rows, columns] == index)
    return ndimage.binary_dilation(found)


def curve_points(trace: Trace, region: Region, x_axis: Axis, y_axis: Axis, one: float) -> tuple[Floats, Floats]:
    """Corners of the steps in the axis's unit and as probabilities; starts at (0, 1)."""
    edge = x_axis.value(trace.steps.edge + region.left)
    level = y_axis.value(trace.steps.level + region.top) / one
    edge = np.maximum.accumulate(np.maximum(edge, 0.0))
    survival = np.minimum.accumulate(np.clip(level, 0.0, 1.0))
    time = np.repeat(edge, 2)[1:-1]
    values = np.repeat(survival, 2)
    if time[0] > 0 or values[0] < 1:
        time = np.concatenate(([0.0, time[0]], time))
        values = np.concatenate(([1.0, 1.0], values))
    return time, values


def traces_of(region: Region, options: ReadingOptions, picture: Picture) -> list[Trace]:
    """Curves of the region under the user's options."""
    count = len(options.arms) if isinstance(options.arms, tuple) else options.arms
    colours: Sequence[str] = options.colours or ()
    return find_traces(
        region.area,
        region.masked,
        region.start,
        count,
        tuple(picture.colour_here(colour) for colour in colours),
    )
