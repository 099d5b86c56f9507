"""Letters that were drawn as outlines (R's svg(), text converted to paths): read by OCR, word by word."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from digitized.curve import Floats
from digitized.figure.raster.image import Picture
from digitized.figure.raster.ocr import as_number, ocr_available, recognise
from digitized.figure.text import Text, parse_number
from digitized.figure.vector.drawing import Drawing, Stroke

#: Words beyond this number are no figure's labels, and would take long.
_MAX_WORDS = 400
#: Height in pixels at which words are shown to the OCR, and the paper around them.
_ROW, _MARGIN = 40, 8


def with_letters(drawing: Drawing) -> Drawing:
    """The drawing with its outlined words as texts.

    The places of the words are exact; only what they say is recognised. Without the extra `ocr` the drawing
    is returned as it is.
    """
    if not ocr_available():
        return drawing
    outlines = [s for s in drawing.strokes if _is_letter(s, drawing)]
    if len(outlines) < 6:
        return drawing
    words = _words(outlines)[:_MAX_WORDS]
    texts = [text for text in _recognised(words) if text.text]
    return replace(drawing, texts=(*drawing.texts, *texts))


def _is_letter(stroke: Stroke, drawing: Drawing) -> bool:
    left, top, right, bottom = stroke.box
    largest = 0.06 * max(drawing.width, drawing.height)
    painted = stroke.style.fill and stroke.style.fill != drawing.background and not stroke.style.stroke
    return bool(painted) and len(stroke.points) > 3 and max(right - left, bottom - top) < largest


def _words(outlines: Sequence[Stroke]) -> list[list[Stroke]]:
    """Outlines in groups: phrases of words a space apart, written across; words written upwards."""
    boxes = np.array([s.box for s in outlines])
    sizes = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    letter = float(np.percentile(sizes, 75))
    gap_x = np.maximum(boxes[:, None, 0] - boxes[None, :, 2], boxes[None, :, 0] - boxes[:, None, 2])
    gap_y = np.maximum(boxes[:, None, 1] - boxes[None, :, 3], boxes[None, :, 1] - boxes[:, None, 3])
    # Letters of a word share a line (across, or upwards on a turned axis), so they overlap in one direction.
    near = ((gap_x < 0.85 * letter) & (gap_y < 0)) | ((gap_y < 0.25 * letter) & (gap_x < 0))
    count, member = connected_components(csr_array(near), directed=False)
    return [[s for s, m in zip(outlines, member, strict=True) if m == k] for k in range(count)]


def _recognised(words: Sequence[Sequence[Stroke]]) -> list[Text]:
    """Texts of the words, all shown to the OCR on one sheet, a row each."""
    extents = [_extent(word) for word in words]
    turned = [_is_turned(word, extent) for word, extent in zip(words, extents, strict=True)]
    images = [_image(w, e, t) for w, e, t in zip(words, extents, turned, strict=True)]
    wide = max(image.shape[1] for image in images)
    sheet = np.ones((len(images) * (_ROW + 2 * _MARGIN), wide + 2 * _MARGIN, 3), dtype=np.float32)
    boxes = []
    for k, image in enumerate(images):
        top = k * (_ROW + 2 * _MARGIN) + _MARGIN
        sheet[top : top + image.shape[0], _MARGIN : _MARGIN + image.shape[1]] = image[..., None]
        boxes.append(
            (float(_MARGIN), float(top), float(_MARGIN + image.shape[1] - 1), float(top + image.shape[0] - 1))
        )
    found = recognise(Picture(sheet), boxes)
    texts = []
    for word, extent, upwards, (said, score) in zip(words, extents, turned, found, strict=True):
        x, y, right, bottom = extent
        number = as_number(said)
        plain = f"{number:g}" if number is not None and parse_number(said) is None else said.strip()
        texts.append(
            Text(
                plain, x, y, right - x, bottom - y, round(score, 3), 90.0 if upwards else 0.0,
                word[0].style.fill,
            )
        )  # fmt: skip
    return texts


def _extent(word: Sequence[Stroke]) -> tuple[float, float, float, float]:
    boxes = np.array([s.box for s in word])
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _is_turned(word: Sequence[Stroke], extent: tuple[float, float, float, float]) -> bool:
    """Whether letters follow one another upwards: several (not one with holes), much taller than wide."""
    left, top, right, bottom = extent
    boxes = np.array([s.box for s in word])
    within = (boxes[:, None, :2] > boxes[None, :, :2]).all(axis=2)
    within &= (boxes[:, None, 2:] < boxes[None, :, 2:]).all(axis=2)
    letters = int((~within.any(axis=1)).sum())
    return letters > 1 and bottom - top > 1.4 * (right - left)


def _image(
    word: Sequence[Stroke], extent: tuple[float, float, float, float], turned: bool
) -> npt.NDArray[np.float32]:
    """The word in black on white, written across, `_ROW` pixels high at most."""
    left, top, right, bottom = extent
    wide, high = (bottom - top, right - left) if turned else (right - left, bottom - top)
    scale = min(_ROW / max(high, 1e-6), 1600 / max(wide, 1e-6))
    size = max(1, round(wide * scale)) + 1, min(_ROW, max(1, round(high * scale)) + 1)
    mask = Image.new("1", size, 0)
    for stroke in word:
        at: Floats = (stroke.points - [left, top]) * scale
        if turned:
            at = np.column_stack([(bottom - top) * scale - at[:, 1], at[:, 0]])
        part = Image.new("1", size, 0)
        ImageDraw.Draw(part).polygon([(float(x), float(y)) for x, y in at], fill=1)
        mask = ImageChops.logical_xor(mask, part)  # holes in letters are outlines of their own
    return 1 - np.asarray(mask, dtype=np.float32)
