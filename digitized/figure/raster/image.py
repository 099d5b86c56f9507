"""The picture as the raster reader wants it: floats on a light background, of manageable size."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from digitized.errors import FigureRefused

Pixels = npt.NDArray[np.float32]

#: Beyond this width or height a picture is reduced: no figure gains from more, and reading stays quick.
WIDEST = 2400
#: Below this a picture holds no legible axis.
NARROWEST = 120


@dataclass(frozen=True)
class Picture:
    """A picture as the raster reader wants it.

    Attributes
    ----------
    rgb : (H, W, 3) float32
        Colours 0-1 on a light background: a figure on dark ground is stored inverted.
    inverted : bool
        Whether the colours were inverted.
    scale : float
        Pixels here per pixel of the file (< 1 when a huge picture was reduced).
    """

    rgb: Pixels
    inverted: bool = False
    scale: float = 1.0

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.rgb.shape[1])

    def original_colour(self, rgb: npt.ArrayLike) -> str:
        """Hex colour in the file of a colour of this picture."""
        colour = np.clip(np.asarray(rgb, dtype=float), 0, 1)
        red, green, blue = np.rint(255 * (1 - colour if self.inverted else colour)).astype(int)
        return f"#{red:02x}{green:02x}{blue:02x}"

    def colour_here(self, hexadecimal: str) -> Pixels:
        """Colour in this picture of a hex colour of the file."""
        digits = hexadecimal.lstrip("#")
        colour = np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)], dtype=np.float32)
        return 1 - colour if self.inverted else colour


def picture_from(pixels: npt.NDArray[np.uint8]) -> Picture:
    """Picture of an (H, W, 3) array of bytes; a huge one is reduced.

    Raises
    ------
    FigureRefused
        If it is too small to hold a legible axis.
    """
    height, width = pixels.shape[:2]
    if min(width, height) < NARROWEST:
        raise FigureRefused(
            f"the picture has {width} x {height} pixels, at least {NARROWEST} in each direction are needed"
        )
    scale = min(1.0, WIDEST / max(width, height))
    if scale < 1:
        size = (round(width * scale), round(height * scale))
        pixels = np.asarray(Image.fromarray(pixels[..., :3]).resize(size, Image.Resampling.LANCZOS))
    rgb = pixels[..., :3].astype(np.float32) / np.float32(255)
    inverted = bool(paper_colour(rgb).mean() < 0.45)
    return Picture(np.ascontiguousarray(1 - rgb if inverted else rgb), inverted, scale)


def paper_colour(rgb: Pixels) -> Pixels:
    """The commonest colour, in steps of 1/32: the paper or the panel's ground."""
    coarse = np.minimum((rgb * 32).astype(np.int64), 31)
    codes = (coarse[..., 0] * 32 + coarse[..., 1]) * 32 + coarse[..., 2]
    values, counts = np.unique(codes, return_counts=True)
    return np.median(rgb[codes == values[np.argmax(counts)]], axis=0).astype(np.float32)
