"""Curves from pixels: PNG, JPEG, TIFF and other pictures.

image      floats on light ground                 frames   axis lines, ticks, gridlines
ocr        words and cells (optional extra)       axes     labels to calibrations
colours    inks by absorbance                     trace    the falling path of most ink
strokes    sub-pixel centre of the stroke         curves   which inks are how many curves
marks      censor marks                           risk_rows  numbers at risk
tilt       scans that lie askew, straightened
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from digitized.errors import FigureRefused
from digitized.figure.raster.frames import Frame, find_frames
from digitized.figure.raster.image import Picture, picture_from
from digitized.figure.raster.ocr import find_words, ocr_available
from digitized.figure.raster.panel import NoCurves, read_panel
from digitized.figure.raster.sheet import sheet_of
from digitized.figure.raster.tilt import Straightened, straightened
from digitized.figure.reading import Axis, PanelReading, ReadingOptions

__all__ = ["read_frame", "read_raster"]


def read_raster(image: npt.NDArray[np.uint8], options: ReadingOptions) -> tuple[PanelReading, ...]:
    """Read every survival plot of a picture.

    Parameters
    ----------
    image : (H, W, 3) uint8
        Red, green, blue.
    options : ReadingOptions
        What the user says; `x_range` and `y_range` belong to the first and last tick of the axis, or to the
        ends of the box where no ticks are drawn; `crop` is in pixels of the file.

    Returns
    -------
    tuple of PanelReading
        Left to right, top to bottom; coordinates in pixels of the file (pixel centres at whole numbers), for a
        picture that lies askew in those of the file turned about `pivot` by `tilt`.

    Raises
    ------
    FigureRefused
        If no part of the picture is a survival plot, or the panel asked for does not exist.
    """
    picture = picture_from(image)
    left, top = 0, 0
    here = picture
    if options.crop is not None:
        edges = [round(v * picture.scale) for v in options.crop]
        left, top = max(0, edges[0]), max(0, edges[1])
        here = replace(picture, rgb=picture.rgb[top : max(edges[3], top), left : max(edges[2], left)])
        if min(here.height, here.width) < 40:
            raise FigureRefused(
                f"--crop leaves {here.width} x {here.height} of {picture.width} x {picture.height} pixels"
            )
    level = straightened(here)
    here = level.picture
    frames = find_frames(here)
    if not frames:
        raise FigureRefused("no axes were found: a survival plot has a horizontal and a vertical axis line")
    sheet = sheet_of(here, find_words(here))
    panels: list[PanelReading] = []
    reasons: list[str] = []
    for frame in frames:
        try:
            panels.append(read_panel(sheet, frame, options, str(len(panels) + 1), _zone(frame, frames, here)))
        except NoCurves as reason:
            reasons.append(str(reason))
    if not panels:
        hint = "" if ocr_available() else "; text cannot be read without the extra `ocr`"
        raise FigureRefused("no survival plot was found: " + "; ".join(dict.fromkeys(reasons)) + hint)
    if options.panel is not None:
        if not 1 <= options.panel <= len(panels):
            raise FigureRefused(f"panel {options.panel} was asked for, {len(panels)} found")
        panels = [panels[options.panel - 1]]
    panels = [_in_file(panel, left - level.pad, top - level.pad, picture.scale) for panel in panels]
    return tuple(_askew(panel, level, left, top, picture.scale) for panel in panels)


def read_frame(picture: Picture, frame: Frame, options: ReadingOptions) -> PanelReading:
    """Read the plot in a frame that somebody pointed at; the ends of the frame carry the options' ranges.

    Raises
    ------
    FigureRefused
        If no curve is found in it.
    """
    sheet = sheet_of(picture, find_words(picture))
    try:
        panel = read_panel(sheet, frame, options, "1", (0.0, float(picture.width), float(picture.height)))
    except NoCurves as reason:
        raise FigureRefused(f"no survival plot between the axes given: {reason}") from reason
    return _in_file(panel, 0, 0, picture.scale)


def _askew(panel: PanelReading, level: Straightened, left: int, top: int, scale: float) -> PanelReading:
    """The panel of a picture that was straightened, which says so."""
    if not level.angle:
        return panel
    # The middle of the picture as it was before the room for turned corners was added, pixel centres whole.
    across, down = (0.5 * (n - 2 * level.pad - 1) for n in (level.picture.width, level.picture.height))
    note = (
        f"the picture lies askew by {abs(level.angle):.2f} degrees; it was straightened, and the overlay and all "
        "coordinates are those of the straightened picture"
    )
    return replace(
        panel,
        tilt=level.angle,
        pivot=((across + left) / scale, (down + top) / scale),
        warnings=(*panel.warnings, note),
    )


def _zone(frame: Frame, frames: list[Frame], picture: Picture) -> tuple[float, float, float]:
    """Left, right and lower limit of what is printed for this frame: where its neighbours begin."""
    beside = [f for f in frames if f is not frame and min(f.bottom, frame.bottom) > max(f.top, frame.top)]
    below = [f.top for f in frames if f.top > frame.bottom and f.height > 0.6 * frame.height]
    left = max([f.right for f in beside if f.right <= frame.left], default=0.0)
    right = min(
        [f.left - 0.15 * f.width for f in beside if f.left >= frame.right], default=float(picture.width)
    )
    return left, max(right, frame.right), min([*below, float(picture.height)])


def _in_file(panel: PanelReading, left: int, top: int, scale: float) -> PanelReading:
    """The panel in pixels of the file."""
    if not left and not top and scale == 1:
        return panel
    box = panel.box
    return replace(
        panel,
        x_axis=_moved(panel.x_axis, left, scale),
        y_axis=_moved(panel.y_axis, top, scale),
        box=(
            (box[0] + left) / scale,
            (box[1] + top) / scale,
            (box[2] + left) / scale,
            (box[3] + top) / scale,
        ),
    )


def _moved(axis: Axis, offset: int, scale: float) -> Axis:
    return replace(
        axis,
        value_at_zero=axis.value_at_zero - axis.per_unit * offset,
        per_unit=axis.per_unit * scale,
        ticks=tuple(((at + offset) / scale, value) for at, value in axis.ticks),
    )
