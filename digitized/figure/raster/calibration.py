"""The two axes of a frame: from its labels, from the user's ranges, or assumed - and said to be."""

import numpy as np

from digitized.figure.raster.axes import (
    axis_from_range,
    cells_below,
    cells_beside,
    cells_upwards,
    fit_axis,
    labels_of_words,
    read_labels,
    regular,
    split_at,
)
from digitized.figure.raster.frames import Frame
from digitized.figure.raster.sheet import Sheet
from digitized.figure.reading import Axis, ReadingOptions


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
    cells = cells_beside(sheet.ink, frame)
    labels = read_labels(sheet.picture, cells, across=False) + labels_of_words(
        sheet.words, frame, across=False
    )
    fit = fit_axis([label for label in labels if label.value <= 110], frame.y_ticks, rising=False)
    if fit is None or fit.axis.confidence < 0.7 or fit.agreeing < 0.6 * len(cells):
        upwards = cells_upwards(sheet.ink, frame)
        labels = read_labels(sheet.picture, upwards, across=False, upwards=True)
        turned = fit_axis([label for label in labels if label.value <= 110], frame.y_ticks, rising=False)
        if turned is not None and turned.agreeing >= max(3, fit.agreeing if fit else 0):
            fit = turned
    if fit is None:
        return _assumed(frame)
    axis, notes = fit.axis, []
    highest = max(value for _, value in axis.ticks)
    if 1.5 < highest <= 10 and highest == 10:  # `1.0` and `100` both lose a character to `10`
        ticks = tuple((at, value * 10) for at, value in axis.ticks)
        axis = Axis(axis.value_at_zero * 10, axis.per_unit * 10, ticks, axis.origin, 0.8 * axis.confidence)
    if axis.confidence < 0.7:
        notes.append(f"survival axis: only {fit.agreeing} labels agree")
    highest = max(value for _, value in axis.ticks)
    top = float(axis.value(np.array(frame.top)))
    if 1.5 < highest < 15 or top > (140 if highest > 1.5 else 1.4):
        return None, [f"the vertical axis runs to {top:.3g}, not to 1 or 100 % (if it does: --y-range)"]
    return axis, notes


def _assumed(frame: Frame) -> tuple[Axis | None, list[str]]:
    """Without legible labels: equally spaced ticks, the lowest at the time axis, are taken for 0 to 1."""
    for candidate in frame.y_ticks:
        ticks = regular(candidate)
        if (
            ticks.size >= 3
            and abs(ticks[-1] - frame.bottom) < 4
            and ticks[0] - frame.top < 0.12 * frame.height
        ):
            axis = axis_from_range((0.0, 1.0), (ticks,), (frame.bottom, frame.top), "assumed")
            return axis, ["the survival axis carries no legible numbers: its ticks are taken for 0 to 1"]
    return None, ["the survival axis carries no legible numbers"]
