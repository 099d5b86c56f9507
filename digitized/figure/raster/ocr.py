"""Text of a picture: words with their boxes, by RapidOCR (extra `ocr`, models inside the package).

Detection runs once over the whole picture; rows of numbers, where the detector runs neighbours together or
overlooks a lone digit, are cut into cells by the ink itself and recognised cell by cell.
"""

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from digitized.figure.raster.image import Picture

Box = tuple[float, float, float, float]

#: Recognition looks at 48 rows; crops are enlarged so that small print keeps its shape.
_CROP_HEIGHT = 48
#: A letter before digits is no misread digit unless it looks just like one, whole or before a decimal point.
_NAME = re.compile(r"\s*[BDQSZz]\s*\d")
#: What the recogniser takes digits for, in a place where only a number can stand.
_LOOKALIKES = str.maketrans(
    {
        "O": "0",
        "o": "0",
        "Q": "0",
        "D": "0",
        "l": "1",
        "I": "1",
        "|": "1",
        "S": "5",
        "B": "8",
        "Z": "2",
        "z": "2",
    }
)


@dataclass(frozen=True)
class Word:
    """A piece of text; the box is (left, top, right, bottom) in pixels, the score 0-1."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    score: float = 1.0

    @property
    def x(self) -> float:
        """Centre, across."""
        return 0.5 * (self.left + self.right)

    @property
    def y(self) -> float:
        """Centre, down."""
        return 0.5 * (self.top + self.bottom)

    @property
    def height(self) -> float:
        """Height of the box."""
        return self.bottom - self.top

    @property
    def number(self) -> float | None:
        """The number that the word is, None if it is none: `Q1` and `S2` are names."""
        return None if _NAME.match(self.text) else as_number(self.text)


def as_number(text: str) -> float | None:
    """Number of a tick label or table cell: `0.75`, `·75`, `75%`, `1,0`; None when it is no number."""
    cleaned = text.strip().strip("-–—_|~'`").replace("·", ".").replace("•", ".").replace("%", "").strip()
    if not any(c.isdigit() for c in cleaned):
        return 0.0 if cleaned in {"O", "o"} else None
    cleaned = cleaned.translate(_LOOKALIKES)
    if cleaned.count(",") == 1 and "." not in cleaned and len(cleaned.split(",")[1]) != 3:
        cleaned = cleaned.replace(",", ".")
    cleaned = cleaned.replace(",", "").replace(" ", "")
    if not all(c.isdigit() or c == "." for c in cleaned) or cleaned.count(".") > 1:
        return None
    return float(cleaned)


def ocr_available() -> bool:
    """Whether the extra `ocr` is installed."""
    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


@cache
def _engine() -> Any:
    from rapidocr_onnxruntime import RapidOCR

    return RapidOCR(intra_op_num_threads=1)


def find_words(picture: Picture) -> tuple[Word, ...]:
    """All words of the picture, top to bottom; () without the extra `ocr`."""
    if not ocr_available():
        return ()
    # The detector was trained on larger print than a figure's, and refuses more than 2000 pixels.
    factor = min(2.0, 2000 / max(picture.width, picture.height))
    pixels = _enlarged(_as_bytes(picture.rgb), factor)
    found, _ = _engine()(pixels, use_cls=False)
    words = [
        Word(
            str(text),
            min(p[0] for p in corners) / factor,
            min(p[1] for p in corners) / factor,
            max(p[0] for p in corners) / factor,
            max(p[1] for p in corners) / factor,
            float(score),
        )
        for corners, text, score in found or ()
    ]
    return tuple(sorted(words, key=lambda w: (w.y, w.x)))


def recognise(picture: Picture, boxes: Sequence[Box], *, upwards: bool = False) -> list[tuple[str, float]]:
    """Text and score of each box (left, top, right, bottom); [] without the extra `ocr`.

    `upwards` says that the texts are written from below upwards.
    """
    if not boxes or not ocr_available():
        return []
    recogniser = _engine().text_rec
    whole, recogniser.rec_image_shape = recogniser.rec_image_shape, [3, _CROP_HEIGHT, 96]
    try:
        texts, _ = recogniser([_crop(picture, box, upwards) for box in boxes])
    finally:
        recogniser.rec_image_shape = whole
    return [(str(text), float(score)) for text, score in texts]


def _crop(picture: Picture, box: Box, upwards: bool) -> npt.NDArray[np.uint8]:
    """The box with a margin of paper, blue-green-red as the engine expects."""
    left, top, right, bottom = box
    pad = max(2, round(0.2 * ((right - left) if upwards else (bottom - top))))
    rows = slice(max(0, int(np.floor(top))), int(np.ceil(bottom)) + 1)
    columns = slice(max(0, int(np.floor(left))), int(np.ceil(right)) + 1)
    inside = picture.rgb[rows, columns]
    ground = np.median(inside.reshape(-1, 3), axis=0)
    padded = np.empty((inside.shape[0] + 2 * pad, inside.shape[1] + 2 * pad, 3), dtype=np.float32)
    padded[:] = ground
    padded[pad:-pad, pad:-pad] = inside
    if upwards:
        padded = np.rot90(padded, k=-1)
    return _enlarged(_as_bytes(padded), max(1.0, _CROP_HEIGHT / padded.shape[0]))


def _as_bytes(rgb: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(np.rint(np.clip(rgb[..., ::-1], 0, 1) * 255).astype(np.uint8))


def _enlarged(pixels: npt.NDArray[np.uint8], factor: float) -> npt.NDArray[np.uint8]:
    from PIL import Image

    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
