"""Names of the arms: text with a sample of the stroke to its left, or printed in the arm's colour."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from digitized.figure.raster.curves import Trace
from digitized.figure.raster.frames import Frame
from digitized.figure.raster.ocr import Word
from digitized.figure.raster.region import Region
from digitized.figure.raster.sheet import Sheet

#: Text that is never an arm: titles, axis titles, statistics.
_NO_NAME = re.compile(
    r"(?i)(hazard|ratio|p\s*[=<]|log-?rank|median|\bCI\b|months?$|weeks?$|days?$|years?$|surviv|at\W*risk|censor|"
    r"percent|probab|proportion|\brates?\b|strata|\bHR\b|\d{2,}\s*[%.]\d)"
)


def names_of(
    sheet: Sheet, frame: Frame, region: Region, traces: Sequence[Trace], zone: tuple[float, float]
) -> list[str]:
    """Name of each trace, "" where the figure prints none that can be told to be its own.

    `zone` are the columns of the picture in which this panel's print stands.
    """
    names = [""] * len(traces)
    scores = [0.0] * len(traces)
    for word in sheet.words:
        text = re.sub(r"^[\W_]+", "", word.text).strip()
        if len(text) < 2 or not any(c.isalpha() for c in text) or _NO_NAME.search(text):
            continue
        if not max(frame.left - 10, zone[0]) < word.x < min(frame.right + 0.6 * frame.width, zone[1]):
            continue
        if word.height > 1.5 * (word.right - word.left):  # written upwards: an axis title
            continue
        if not frame.top - 0.35 * frame.height < word.y < frame.bottom - 2:
            continue
        found = _by_sample(sheet, region, word, traces) or _by_colour(sheet, word, traces)
        if found is not None and found[1] > scores[found[0]]:
            names[found[0]], scores[found[0]] = text, found[1]
    return names


def _by_sample(sheet: Sheet, region: Region, word: Word, traces: Sequence[Trace]) -> tuple[int, float] | None:
    """The trace whose stroke is sampled left of the word; the sample is no part of a curve itself."""
    high = max(word.height, 8.0)
    rows = slice(max(0, round(word.y - 0.5 * high)), round(word.y + 0.5 * high) + 1)
    first = max(0, round(word.left - 4 * high))
    patch = sheet.picture.rgb[rows, first : max(first, round(word.left - 1))]
    if patch.shape[1] < 6:
        return None
    # Summed down the columns, anti-aliasing and JPEG keep a stroke's colour.
    absorbed = (np.median(patch.reshape(-1, 3), axis=0) - patch).sum(axis=0)
    size = np.linalg.norm(absorbed, axis=1)
    span = _nearest_piece(size > 0.35 * max(t.ink.strength for t in traces), 0.55 * high)
    if span is None or patch.shape[1] - span[1] > 1.8 * high or span[1] - span[0] < 0.5 * high:
        return None
    inside = absorbed[span[0] : span[1] + 1]
    inked = size[span[0] : span[1] + 1] > 0.35 * max(t.ink.strength for t in traces)
    direction = inside[inked].sum(axis=0)
    direction = direction / np.linalg.norm(direction)
    best: tuple[int, float] | None = None
    for index, trace in enumerate(traces):
        angle = float(np.degrees(np.arccos(np.clip(direction @ trace.ink.direction, -1, 1))))
        if angle > 25 or _on_curve(trace, region, first + span[0], first + span[1], word.y, high):
            continue
        unlike = 5.0 if (float(inked.mean()) < 0.88) != trace.dashed else 0.0
        score = 3.0 - (angle + unlike) / 25
        if best is None or score > best[1]:
            best = (index, score)
    return best


def _nearest_piece(inked: npt.NDArray[np.bool_], gap: float) -> tuple[int, int] | None:
    """First and last column of the piece of ink furthest right; gaps up to `gap` columns belong to it."""
    columns = np.flatnonzero(inked)
    if not columns.size:
        return None
    breaks = np.flatnonzero(np.diff(columns) > gap)
    start = int(columns[breaks[-1] + 1]) if breaks.size else int(columns[0])
    return start, int(columns[-1])


def _on_curve(trace: Trace, region: Region, first: int, last: int, row: float, high: float) -> bool:
    """Whether the curve itself runs through these columns of the picture near this row."""
    columns = np.arange(first, last + 1) - region.left - trace.path.first
    columns = columns[(columns >= 0) & (columns < trace.path.row.size)]
    rows = trace.path.row[columns] + region.top
    return bool(columns.size and (np.abs(rows - row) < 0.8 * high).any())


def _by_colour(sheet: Sheet, word: Word, traces: Sequence[Trace]) -> tuple[int, float] | None:
    """The trace in whose colour, if it is a colour, the word is printed."""
    rows = slice(max(0, round(word.top)), round(word.bottom) + 1)
    columns = slice(max(0, round(word.left)), round(word.right) + 1)
    pixels = sheet.picture.rgb[rows, columns][sheet.ink[rows, columns]]
    if pixels.shape[0] < 10:
        return None
    darkest = pixels[np.argsort(pixels.sum(axis=1))[: max(5, pixels.shape[0] // 3)]]
    colour = np.median(darkest, axis=0)
    if np.ptp(colour) < 0.2:
        return None
    distances = [float(np.linalg.norm(colour - t.ink.rgb)) for t in traces]
    nearest = int(np.argmin(distances))
    return (nearest, 1.0) if distances[nearest] < 0.3 and not traces[nearest].ink.neutral else None
