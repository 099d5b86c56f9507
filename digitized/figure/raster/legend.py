"""Names of the arms: text with a sample of the stroke beside it, or printed in the arm's colour."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitized.figure.raster.colours import FAINT
from digitized.figure.raster.curves import Trace
from digitized.figure.raster.frames import Frame
from digitized.figure.raster.image import Pixels
from digitized.figure.raster.ocr import Word
from digitized.figure.raster.region import Region
from digitized.figure.raster.sheet import Sheet

#: Text that is never an arm: titles, axis titles, statistics.
_NO_NAME = re.compile(
    r"(?i)(hazard|ratio|p\s*[=<]|log-?rank|median|\bCI\b|months?$|weeks?$|days?$|years?$|surviv|at\W*risk|censor|"
    r"percent|probab|proportion|\btotal\W*no\b|\brates?\b|strata|\bHR\b|\d{2,}\s*[%.]\d)"
)

#: A letter, or a word that lies on a curve, read with a lower score is the curve's marks.
_SURE = 0.75


def names_of(
    sheet: Sheet, frame: Frame, region: Region, traces: Sequence[Trace], zone: tuple[float, float, float]
) -> list[str]:
    """Name of each trace, "" where the figure prints none that can be told to be its own.

    `zone` are the columns between which, and the row above which, this panel's print stands.
    """
    before_text: list[_Key] = []
    after_text: list[_Key] = []
    words = [w for w in sheet.words if not _is_mark(w, region, traces)]
    for word in words:
        # The detector takes pieces of a key for signs before or after the name.
        text = re.sub(r"^[\W_]+|[^\w)\]+%*]+$", "", word.text).strip()
        if len(text) < 2 or not any(c.isalpha() for c in text) or _NO_NAME.search(text):
            continue
        if not max(frame.left - 10, zone[0]) < word.x < min(frame.right + 0.6 * frame.width, zone[1]):
            continue
        if word.height > 1.5 * (word.right - word.left):  # written upwards: an axis title
            continue
        if not frame.top - 0.35 * frame.height < word.y < zone[2]:
            continue
        # The detector may have taken the key's stroke for a letter.
        before = (len(word.text) - len(word.text.lstrip("".join(set(word.text) - set(text))))) / len(
            word.text
        )
        left = word.left + before * (word.right - word.left)
        for keys, edge, after in ((before_text, left, False), (after_text, word.right, True)):
            key = _sample(sheet, word, edge, traces, after=after)
            if key is not None:
                keys.append(replace(key, name=text))
    # One legend has all its samples on one side (gnuplot: the right).
    names = max((_assigned(keys, region, traces) for keys in (before_text, after_text)), key=_named)
    for word in words:
        found = _by_colour(sheet, word, traces)
        inside = zone[0] < word.x < zone[1] and frame.top < word.y < frame.bottom
        if found is not None and not names[found] and inside and not _NO_NAME.search(word.text):
            names[found] = word.text if any(c.isalpha() for c in word.text) else ""
    return names


def _is_mark(word: Word, region: Region, traces: Sequence[Trace]) -> bool:
    """Whether a word read with little certainty is a curve's censor marks, taken for letters."""
    if word.score > _SURE:
        return False
    box = _Key(round(word.left), round(word.right), word.y, 0.6 * word.height, np.zeros(3, np.float32), 0)
    return len(word.text) == 1 or any(_on_curve(trace, region, box) for trace in traces)


@dataclass(frozen=True)
class _Key:
    """A stroke beside a word: its columns and row in the picture, direction, columns with ink."""

    first: int
    last: int
    row: float
    height: float
    direction: Pixels
    inked: int
    name: str = ""


def _named(names: Sequence[str]) -> int:
    return sum(bool(name) for name in names)


def _sample(sheet: Sheet, word: Word, edge: float, traces: Sequence[Trace], *, after: bool) -> _Key | None:
    """The piece of ink nearest to the left (`after`: right) edge of a word, if it is long enough for a key."""
    high = max(word.height, 8.0)
    rows = slice(max(0, round(word.y - 0.5 * high)), round(word.y + 0.5 * high) + 1)
    if after:
        first, last = round(edge + 2), round(edge + 4 * high)
    else:
        first, last = max(0, round(edge - 4 * high)), round(edge - 1)
    patch = sheet.picture.rgb[rows, first : max(first, last)]
    if after:
        patch = patch[:, ::-1]
    if patch.shape[1] < 6:
        return None
    # Summed down the columns, anti-aliasing and JPEG keep a stroke's colour.
    absorbed = (_ground(patch) - patch).sum(axis=0)
    size = np.linalg.norm(absorbed, axis=1)
    inked = (size > 0.35 * max(t.ink.strength for t in traces)) & ~_borders(patch, high)
    span = _nearest_piece(inked, 0.55 * high)
    if span is None or patch.shape[1] - span[1] > 1.8 * high or span[1] - span[0] < 0.5 * high:
        return None
    part = slice(span[0], span[1] + 1)
    direction = absorbed[part][inked[part]].sum(axis=0)
    direction = (direction / np.linalg.norm(direction)).astype(np.float32)
    if after:
        span = patch.shape[1] - 1 - span[1], patch.shape[1] - 1 - span[0]
    return _Key(first + span[0], first + span[1], word.y, high, direction, int(inked[part].sum()))


def _ground(patch: Pixels) -> Pixels:
    """Ground of each column: the patch's, or a tint near it where a legend's box ends on tinted paper."""
    whole = np.median(patch.reshape(-1, 3), axis=0)
    columns = np.median(patch, axis=0)
    near = np.linalg.norm(columns - whole, axis=1) < FAINT
    return np.where(near[:, None], columns, whole)


def _borders(patch: Pixels, high: float) -> npt.NDArray[np.bool_]:
    """Columns of narrow lines that run through a patch from top to bottom: the border of a box, an axis."""
    absorbed = np.linalg.norm(_ground(patch) - patch, axis=2)
    through = absorbed.min(axis=0) > 0.1
    edges = np.flatnonzero(np.diff(np.concatenate(([0], through.astype(np.int8), [0]))))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        through[first:last] = last - first <= max(3.0, 0.3 * high)
    # The faint columns on either side are its anti-aliasing.
    return np.asarray(ndimage.binary_dilation(through))


def _assigned(keys: Sequence[_Key], region: Region, traces: Sequence[Trace]) -> list[str]:
    """Names by colour of the key; among strokes of one colour the fuller key is the fuller stroke's."""
    names = [""] * len(traces)
    claims: dict[int, list[_Key]] = {}
    for key in keys:
        if any(_on_curve(trace, region, key) for trace in traces):
            continue
        angles = [
            float(np.degrees(np.arccos(np.clip(key.direction @ t.ink.direction, -1, 1)))) for t in traces
        ]
        if min(angles) < 25:
            claims.setdefault(int(np.argmin(angles)), []).append(key)
    for index, claimed in claims.items():
        alike = [
            i for i, t in enumerate(traces) if float(t.ink.direction @ traces[index].ink.direction) > 0.99
        ]
        alike.sort(key=lambda i: -traces[i].inked)
        claimed.sort(key=lambda k: -k.inked)
        if len(claimed) > len(alike):
            continue  # more keys than strokes of this colour: no telling which
        if len(alike) > len(claimed) and len(alike) > 1:
            wanted = [i for i in alike if traces[i].dashed == (claimed[0].inked < 0.8 * _length(claimed[0]))]
            alike = wanted[: len(claimed)] if len(wanted) >= len(claimed) else []
        for i, key in zip(alike, claimed, strict=False):
            names[i] = key.name
    return names


def _length(key: _Key) -> int:
    return key.last - key.first + 1


def _nearest_piece(inked: npt.NDArray[np.bool_], gap: float) -> tuple[int, int] | None:
    """First and last column of the piece of ink furthest right; gaps up to `gap` columns belong to it."""
    columns = np.flatnonzero(inked)
    if not columns.size:
        return None
    breaks = np.flatnonzero(np.diff(columns) > gap)
    start = int(columns[breaks[-1] + 1]) if breaks.size else int(columns[0])
    return start, int(columns[-1])


def _on_curve(trace: Trace, region: Region, key: _Key) -> bool:
    """Whether the curve itself runs where the key is."""
    columns = np.arange(key.first, key.last + 1) - region.left - trace.path.first
    columns = columns[(columns >= 0) & (columns < trace.path.row.size)]
    rows = region.in_picture(trace.path.row[columns])
    return bool(columns.size and (np.abs(rows - key.row) < 0.8 * key.height).any())


def _by_colour(sheet: Sheet, word: Word, traces: Sequence[Trace]) -> int | None:
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
    return nearest if distances[nearest] < 0.3 and not traces[nearest].ink.neutral else None
