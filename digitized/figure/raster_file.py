"""Opening raster images safely: PNG, JPEG, TIFF and their like, within a limit of pixels."""

import io
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from digitized.errors import FigureRefused

MAX_PIXELS = 60_000_000
_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP")


def decode_image(data: bytes, path: Path, page: int = 1) -> npt.NDArray[np.uint8]:
    """(H, W, 3) pixels of an encoded image, transparency laid over white.

    Raises
    ------
    FigureRefused
        If the bytes are no whole image of a known format, if the page does not exist, or if the image has
        more than `MAX_PIXELS` pixels.
    """
    try:
        with warnings.catch_warnings():
            # The library warns from a size of its own; ours, below, refuses before any pixel is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                pages = getattr(image, "n_frames", 1)
                if not 1 <= page <= pages:
                    raise FigureRefused(f"{path.name}: has {pages} page(s), page {page} was asked for")
                image.seek(page - 1)
                if image.width * image.height > MAX_PIXELS:
                    raise FigureRefused(
                        f"{path.name}: {image.width} x {image.height} pixels, more than the "
                        f"{MAX_PIXELS // 10**6} million that are read; crop or shrink the image"
                    )
                rgba = image.convert("RGBA")
    except Image.DecompressionBombError as error:
        raise FigureRefused(f"{path.name}: an image of too many pixels ({error})") from error
    except UnidentifiedImageError as error:
        raise FigureRefused(f"{path.name}: no image of a known format") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise FigureRefused(f"{path.name}: a damaged image ({error})") from error
    white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
    return np.asarray(Image.alpha_composite(white, rgba).convert("RGB"), dtype=np.uint8)
