"""Opening a picture safely and putting it on a light background."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from digitized.errors import FigureRefused

Pixels = npt.NDArray[np.float32]

#: Larger pictures are refused before a pixel is decoded (a decompression bomb is far larger).
MOST_PIXELS = 40_000_000
#: Beyond this width a picture is reduced: no journal figure gains from more, and reading stays within seconds.
WIDEST = 2400
#: Below this a picture holds no legible axis.
NARROWEST = 120
#: What is opened; Pillow's other formats (PostScript, video ...) start programs or need more memory.
FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP")


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


def load_picture(path: Path, page: int = 1) -> Picture:
    """Open PNG, JPEG, TIFF, GIF, BMP or WebP with limits on size.

    Parameters
    ----------
    path : Path
        The file.
    page : int
        Page of a TIFF with several, from 1.

    Raises
    ------
    FigureRefused
        If the file is no picture, is truncated, too large or too small, or the page does not exist.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large sizes; MOST_PIXELS decides here
            with Image.open(path, formats=FORMATS) as opened:
                width, height = opened.size
                if width * height > MOST_PIXELS:
                    raise FigureRefused(
                        f"{path.name}: {width} x {height} pixels, at most {MOST_PIXELS // 10**6} million are read"
                    )
                frames = getattr(opened, "n_frames", 1)
                if page < 1 or page > frames:
                    raise FigureRefused(f"{path.name}: page {page} was asked for, the file has {frames}")
                if page > 1:
                    opened.seek(page - 1)
                layers = opened.convert("RGBA")
    except UnidentifiedImageError as error:
        raise FigureRefused(f"{path.name}: not a picture in PNG, JPEG, TIFF, GIF, BMP or WebP") from error
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise FigureRefused(f"{path.name}: the picture is damaged and cannot be decoded ({error})") from error
    if min(width, height) < NARROWEST:
        raise FigureRefused(
            f"{path.name}: {width} x {height} pixels, at least {NARROWEST} in each direction are needed"
        )
    scale = 1.0
    if layers.width > WIDEST:
        scale = WIDEST / layers.width
        layers = layers.resize((WIDEST, round(layers.height * scale)), Image.Resampling.LANCZOS)
    return picture_from(np.asarray(layers), scale)


def picture_from(pixels: npt.NDArray[np.uint8], scale: float = 1.0) -> Picture:
    """Picture of an (H, W, 3 or 4) array of bytes; transparency becomes white paper."""
    values = pixels.astype(np.float32) / 255
    rgb = values[..., :3]
    if values.shape[2] == 4:
        opacity = values[..., 3:]
        rgb = rgb * opacity + (1 - opacity)
    inverted = bool(paper_colour(rgb).mean() < 0.45)
    return Picture(np.ascontiguousarray(1 - rgb if inverted else rgb), inverted, scale)


def paper_colour(rgb: Pixels) -> Pixels:
    """The commonest colour, in steps of 1/32: the paper or the panel's ground."""
    coarse = np.minimum((rgb * 32).astype(np.int64), 31)
    codes = (coarse[..., 0] * 32 + coarse[..., 1]) * 32 + coarse[..., 2]
    values, counts = np.unique(codes, return_counts=True)
    return np.median(rgb[codes == values[np.argmax(counts)]], axis=0).astype(np.float32)
