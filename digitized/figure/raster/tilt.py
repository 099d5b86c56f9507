"""A scan that lies askew, straightened: its angle from its rows of print, made finer on its straight lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
from scipy import ndimage

from digitized.curve import Floats
from digitized.figure.raster.frames import (
    AXIS_CONTRAST,
    GRID_CONTRAST,
    Gray,
    Line,
    luminance,
    straight_lines,
)
from digitized.figure.raster.image import Picture, paper_colour

#: Angles tried on the rows of print, degrees.
_ANGLES = np.arange(-5.0, 5.05, 0.1)
#: A picture is askew if its rows are this much sharper at another angle than as it is.
_SHARPER = 1.2
#: Angles below this, degrees, move the ends of an axis by less than half a pixel: the picture is left as it is.
LEAST_TILT = 0.05
#: Times a picture is turned to see what is left of its angle.
_PASSES = 3
#: Lines shorter than this share of the picture tell no angle.
_SHORTEST = 0.16
#: Rows on either side of a line in which it may run.
_REACH = 5
#: The slope of a line is told by at least this share of its columns, lying this near to it (pixels).
_HELD, _NEAR = 0.5, 0.7


@dataclass(frozen=True)
class Straightened:
    """A picture turned level.

    A pixel (x, y) of the picture as it was given lies at the turned one's (x + `pad`, y + `pad`), turned about the
    middle by `angle` degrees; `angle` is 0 where nothing was done.
    """

    picture: Picture
    angle: float = 0.0
    pad: int = 0


def straightened(picture: Picture) -> Straightened:
    """The picture with its axes level and upright."""
    gray = luminance(picture)
    angle = fine_tilt(gray)
    if abs(angle) < LEAST_TILT:
        return Straightened(picture)
    # Room for the corners that turning moves outwards.
    pad = int(np.ceil(np.sin(np.radians(abs(angle))) * 0.5 * max(picture.width, picture.height))) + 1
    paper = paper_colour(picture.rgb)
    wide = np.empty((picture.height + 2 * pad, picture.width + 2 * pad, 3), dtype=np.float32)
    wide[:] = paper
    wide[pad:-pad, pad:-pad] = picture.rgb
    channels = [_turned(wide[..., k], angle, float(paper[k])) for k in range(3)]
    rgb = np.clip(np.stack(channels, axis=2), 0, 1)
    return Straightened(replace(picture, rgb=np.ascontiguousarray(rgb)), angle, pad)


def _turned(gray: Gray, angle: float, fill: float) -> Gray:
    """The picture turned about its middle so that what falls to the right by `angle` degrees is level."""
    image = Image.fromarray(gray, mode="F").rotate(angle, Image.Resampling.BICUBIC, fillcolor=fill)
    return np.asarray(image, dtype=np.float32)


def fine_tilt(gray: Gray) -> float:
    """Angle in degrees by which level lines fall to the right, to a few hundredths; 0 where nothing tells it.

    Parameters
    ----------
    gray : (H, W) float32
        Grey values 0-1.
    """
    angle = tilt(gray)
    # A line askew is found in pieces; turned by what they say it is found whole.
    for _ in range(_PASSES):
        turned = _turned(gray, angle, float(np.median(gray))) if angle else gray
        left = _left_over(turned)
        angle += left
        if abs(left) < 0.01:
            break
    return round(angle, 3)


def _left_over(gray: Gray) -> float:
    """Angle in degrees at which the straight lines of a nearly level picture lie; 0 without any."""
    for contrast in (AXIS_CONTRAST, GRID_CONTRAST):
        found: list[tuple[float, int]] = []
        for across in (True, False):
            image = gray if across else gray.T
            shortest = max(45, _SHORTEST * image.shape[1])
            lines = straight_lines(gray, across=across, shortest=shortest, contrast=contrast)
            slopes = [(slope, line.length) for line in lines if (slope := _slope(image, line)) is not None]
            # Turned to the right, an upright line leans the other way.
            found += [(slope if across else -slope, length) for slope, length in slopes]
        if found:
            return float(np.degrees(np.arctan(_middle(found))))
    return 0.0


def _middle(weighted: Sequence[tuple[float, int]]) -> float:
    """Median of values by their weights."""
    ordered = sorted(weighted)
    share = np.cumsum([weight for _, weight in ordered])
    return ordered[int(np.searchsorted(share, 0.5 * share[-1]))][0]


def _slope(image: Gray, line: Line) -> float | None:
    """Rows by which a line falls in a column, None where it is no one line."""
    low = max(0, round(line.position) - _REACH)
    strip = image[low : round(line.position) + _REACH + 1, line.start : line.end + 1]
    relief = np.abs(strip - np.median(strip, axis=0))
    relief = np.where(relief > 0.5 * np.quantile(relief.max(axis=0), 0.5), relief, 0)
    weight = relief.sum(axis=0)
    met = weight > 0
    columns = np.flatnonzero(met).astype(float)
    if columns.size < 30:
        return None
    rows: Floats = (np.arange(strip.shape[0])[:, None] * relief)[:, met].sum(axis=0) / weight[met]
    # Ticks and curves that touch the line pull their columns off it: the fit is to the others.
    rows_smooth = ndimage.median_filter(rows, size=9)
    keep = np.ones(columns.size, dtype=bool)
    for _ in range(4):
        slope, intercept = np.polyfit(columns[keep], rows_smooth[keep], 1)
        off = np.abs(rows_smooth - intercept - slope * columns)
        keep = off < max(_NEAR, 1.5 * float(np.median(off)))
        if keep.sum() < 20:
            return None
    held = (off < _NEAR).mean() > _HELD
    return float(slope) if held else None


def tilt(gray: Gray, sharper: float = _SHARPER) -> float:
    """Angle in degrees by which level lines fall to the right; 0 where the picture is straight or says nothing.

    Parameters
    ----------
    gray : (H, W) float32
        Grey values 0-1.
    sharper : float
        How much sharper the rows must be at another angle than as they are.
    """
    rows, columns = np.nonzero(np.abs(np.diff(gray, axis=0)) > 0.15)
    if rows.size < 200:
        return 0.0
    keep = slice(None, None, max(1, rows.size // 40_000))
    rows, columns = rows[keep], columns[keep]
    middle = columns - 0.5 * gray.shape[1]
    sharpness = []
    for slope in np.tan(np.radians(_ANGLES)):
        counts = np.bincount(np.rint(rows - slope * middle).astype(np.int64) + gray.shape[1])
        sharpness.append(float((counts.astype(float) ** 2).sum()))
    best = int(np.argmax(sharpness))
    straight = sharpness[int(np.argmin(np.abs(_ANGLES)))]
    return float(round(_ANGLES[best], 1)) if sharpness[best] > sharper * straight else 0.0
