"""A picture with what every plot on it needs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digitized.figure.raster.axes import printed
from digitized.figure.raster.frames import Gray, luminance
from digitized.figure.raster.image import Picture
from digitized.figure.raster.keys import without_keys
from digitized.figure.raster.ocr import Word


@dataclass(frozen=True)
class Sheet:
    """A picture, its grey values, where print is, and the words on it."""

    picture: Picture
    gray: Gray
    ink: npt.NDArray[np.bool_]
    words: tuple[Word, ...]


def sheet_of(picture: Picture, words: tuple[Word, ...]) -> Sheet:
    """The sheet of a picture."""
    gray = luminance(picture)
    ink = printed(gray)
    return Sheet(picture, gray, ink, without_keys(picture, ink, words))
