"""Words that the detector ran together over a legend's keys, cut where the keys stand."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitized.figure.raster.image import Picture
from digitized.figure.raster.ocr import Box, Word, recognise

#: No letter has a level stroke as long as this share of the box around its word; a legend's key has.
_LONG = 0.9
#: A dash is no thicker, and no further from the next, than these shares of the height.
_THIN = 0.25
_GAP = 0.4
#: Off a key's stroke there is ink in less than this share of its columns: its mark's.
_MARK = 0.4
#: Print narrower than this share of the height beside a key is no word.
_NARROW = 0.4


def without_keys(picture: Picture, ink: npt.NDArray[np.bool_], words: Sequence[Word]) -> tuple[Word, ...]:
    """The words, each that holds strokes of a legend beside its letters replaced by the words between them."""
    found: list[Word] = []
    for word in words:
        between = _between_keys(ink, word) if any(c.isalpha() for c in word.text) else []
        texts = recognise(picture, between)
        if not texts:
            found.append(word)
        for box, (text, score) in zip(between, texts, strict=False):
            if text.strip():
                found.append(Word(text.strip(), *box, score))
    return tuple(found)


def _between_keys(ink: npt.NDArray[np.bool_], word: Word) -> list[Box]:
    """Boxes of print beside the long level strokes of a word; none where it has no such stroke."""
    left, top = max(0, round(word.left)), max(0, round(word.top))
    part = ink[top : round(word.bottom) + 1, left : round(word.right) + 1]
    length = round(_LONG * word.height)
    if length < 4 or part.shape[1] < 3 * length:
        return []
    long = ndimage.binary_opening(part | _dashed(part), np.ones((1, length)))
    strokes = np.zeros(part.shape[1], dtype=bool)
    runs, count = ndimage.label(long.any(axis=0))
    for (columns,) in ndimage.find_objects(runs):
        strokes[columns] = _stands_alone(part, long, columns)
    if not strokes.any():
        return []
    boxes: list[Box] = []
    spans, count = ndimage.label(~strokes)
    for index in range(1, count + 1):
        columns = np.flatnonzero((spans == index) & part.any(axis=0))
        if not columns.size or np.ptp(columns) < _NARROW * word.height:
            continue
        rows = np.flatnonzero(part[:, columns[0] : columns[-1] + 1].any(axis=1))
        edges = (left + columns[0], top + rows[0], left + columns[-1], top + rows[-1])
        boxes.append((float(edges[0]), float(edges[1]), float(edges[2]), float(edges[3])))
    return boxes


def _dashed(part: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Dashes about the middle of a word's box, joined to the stroke that they are pieces of."""
    height = part.shape[0]
    labels, _ = ndimage.label(part, structure=np.ones((3, 3)))
    dashes = np.zeros_like(part)
    for index, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        thin = rows.stop - rows.start <= max(3, _THIN * height)
        if thin and 0.25 * height < 0.5 * (rows.start + rows.stop) < 0.75 * height:
            dashes[rows, columns] |= labels[rows, columns] == index
    gap = round(_GAP * height) + 1
    return ndimage.binary_closing(np.pad(dashes, gap), np.ones((1, gap)))[gap:-gap, gap:-gap]


def _stands_alone(part: npt.NDArray[np.bool_], long: npt.NDArray[np.bool_], columns: slice) -> bool:
    """Whether a long stroke has paper at both ends and hardly any ink above and below: no letters that touch."""
    ends = part[:, max(0, columns.start - 1) : columns.start], part[:, columns.stop : columns.stop + 1]
    thick = ndimage.binary_dilation(long[:, columns].any(axis=1))
    off = part[~thick, columns].any(axis=0).mean() if not thick.all() else 0.0
    return bool(off < _MARK and not any(end.any() for end in ends))
