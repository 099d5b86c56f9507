"""Names of the arms: text with a sample of the stroke to its left, or printed in the arm's colour."""

import re
from collections.abc import Sequence

import numpy as np

from digitized.figure.raster.curves import Trace
from digitized.figure.raster.frames import Frame
from digitized.figure.raster.ocr import Word
from digitized.figure.raster.sheet import Sheet

#: Text that is never an arm: titles, axis titles, statistics.
_NO_NAME = re.compile(
    r"(?i)(hazard|ratio|p\s*[=<]|log-?rank|median|\bCI\b|months?$|weeks?$|days?$|years?$|surviv|at\W*risk|censor|"
    r"percent|probab|proportion|\bHR\b|\d{2,}\s*[%.]\d)"
)


def names_of(sheet: Sheet, frame: Frame, traces: Sequence[Trace]) -> list[str]:
    """Name of each trace, "" where the figure prints none that can be told to be its own."""
    names = [""] * len(traces)
    scores = [0.0] * len(traces)
    for word in sheet.words:
        text = re.sub(r"^[\W_]+", "", word.text).strip()
        if len(text) < 2 or not any(c.isalpha() for c in text) or _NO_NAME.search(text):
            continue
        if not frame.left - 10 < word.x < frame.right + 0.6 * frame.width:
            continue
        if not frame.top - 0.35 * frame.height < word.y < frame.bottom - 2:
            continue
        found = _by_sample(sheet, word, traces) or _by_colour(sheet, word, traces)
        if found is not None and found[1] > scores[found[0]]:
            names[found[0]], scores[found[0]] = text, found[1]
    return names


def _by_sample(sheet: Sheet, word: Word, traces: Sequence[Trace]) -> tuple[int, float] | None:
    """The trace whose stroke is sampled left of the word: a short horizontal piece, surrounded by ground."""
    high = max(word.height, 8.0)
    rows = slice(max(0, round(word.y - 0.45 * high)), round(word.y + 0.45 * high) + 1)
    columns = slice(max(0, round(word.left - 3.2 * high)), max(0, round(word.left - 1)))
    patch = sheet.picture.rgb[rows, columns]
    if patch.shape[1] < 6:
        return None
    best: tuple[int, float] | None = None
    for index, trace in enumerate(traces):
        near = np.abs(patch - trace.ink.rgb).max(axis=2) < 0.22
        filled = near.any(axis=0)
        share = float(filled.sum()) / high
        if share < 0.6:
            continue
        inside = np.flatnonzero(filled)
        solid = float(filled[inside[0] : inside[-1] + 1].mean())
        penalty = 0.6 if (solid < 0.88) != trace.dashed else 0.0
        score = min(share, 2.0) + 1.0 - penalty
        if best is None or score > best[1]:
            best = (index, score)
    return best


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
