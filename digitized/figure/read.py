"""Reading a figure file: what it is by its content, which reader reads it, which page and panel are meant."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from digitized.curve import Grade
from digitized.errors import FigureRefused, InputError
from digitized.figure.raster_file import decode_image
from digitized.figure.reading import FigureReading, PanelReading, ReadingOptions
from digitized.figure.vector import limits
from digitized.figure.vector.drawing import Box, Drawing
from digitized.figure.vector.pdf import image_scale, open_pdf, read_page, render_page
from digitized.figure.vector.read import read_drawing
from digitized.figure.vector.svg import read_svg

#: Pages of a PDF that are looked through for the first survival curve when no page is named.
PAGES_SEARCHED = 40
_RASTER_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"GIF8", b"BM", b"RIFF")


def read_figure(path: Path, options: ReadingOptions | None = None) -> FigureReading:
    """Read every survival panel of a figure file, or the one that the options name.

    Parameters
    ----------
    path : Path
        PDF, SVG (also gzipped), PNG, JPEG, TIFF, GIF, BMP or WebP; told apart by content, not by name.
    options : ReadingOptions, optional
        What the user says about the figure.

    Returns
    -------
    FigureReading
        Grade `vector` where paths were read, `raster` where pixels were traced (pictures inside a PDF or SVG
        too).

    Raises
    ------
    FigureRefused
        With the reason: no survival curve; a damaged, encrypted, empty or too large file; no such page or
        panel.
    InputError
        If the options contradict themselves or the file cannot be opened.
    """
    options = options or ReadingOptions()
    _check(options)
    data = _content(path)
    if data.lstrip()[:5] == b"%PDF-" or b"%PDF-" in data[:1024]:
        panels, grade, page = _from_pdf(path, options)
    elif data[:2] == b"\x1f\x8b" or b"<svg" in data[:100_000] or data.lstrip()[:5] == b"<?xml":
        panels, grade, page = *_from_svg(path, options), 1
    elif data.startswith(_RASTER_MAGIC):
        pixels = decode_image(data, path, options.page or 1)
        panels, grade, page = _from_pixels(pixels, options, path), Grade.RASTER, options.page or 1
    else:
        raise FigureRefused(
            f"{path.name}: neither a PDF nor an SVG nor an image; expected PDF, SVG, PNG, JPEG or TIFF"
        )
    return FigureReading(path, hashlib.sha256(data).hexdigest(), grade, _chosen(panels, options, path), page)


def _check(options: ReadingOptions) -> None:
    faults = []
    for name, limits_given in (("--x-range", options.x_range), ("--y-range", options.y_range)):
        if limits_given is not None and not limits_given[0] < limits_given[1]:
            faults.append(f"{name} {limits_given[0]:g},{limits_given[1]:g}: the first must be the smaller")
    if options.crop is not None and not (
        options.crop[0] < options.crop[2] and options.crop[1] < options.crop[3]
    ):
        faults.append("--crop: left,top,right,bottom were expected, with left < right and top < bottom")
    for name, number in (("--page", options.page), ("--panel", options.panel)):
        if number is not None and number < 1:
            faults.append(f"{name} {number}: counted from 1")
    if faults:
        raise InputError(faults)


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputError(f"{path}: a file was expected")
        if size == 0:
            raise FigureRefused(f"{path.name}: an empty file")
        if size > limits.MAX_BYTES:
            raise FigureRefused(
                f"{path.name}: {size / 1e6:.0f} MB, more than the {limits.MAX_BYTES / 1e6:.0f} MB that are "
                "read; save the page with the figure alone"
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _from_svg(path: Path, options: ReadingOptions) -> tuple[tuple[PanelReading, ...], Grade]:
    drawing = read_svg(path)
    try:
        return read_drawing(drawing, options, path.name), Grade.VECTOR
    except FigureRefused:
        pictures = [p for p in drawing.pictures if _is_large(p.box, drawing) and p.pixels.size]
        if not pictures:
            raise
        return _from_pixels(pictures[0].pixels, options, path), Grade.RASTER


def _from_pdf(path: Path, options: ReadingOptions) -> tuple[tuple[PanelReading, ...], Grade, int]:
    document = open_pdf(path)
    try:
        count = len(document)
        if options.page is not None and options.page > count:
            raise FigureRefused(f"{path.name}: has {count} page(s), page {options.page} was asked for")
        pages = [options.page] if options.page else list(range(1, min(count, PAGES_SEARCHED) + 1))
        reasons: dict[int, str] = {}
        pictured: list[tuple[int, list[Box]]] = []
        for number in pages:
            drawing = read_page(document, number, path)
            try:
                return read_drawing(drawing, options, path.name), Grade.VECTOR, number
            except FigureRefused as refusal:
                reasons[number] = str(refusal)
            boxes = [p.box for p in drawing.pictures if _is_large(p.box, drawing)]
            if boxes:
                pictured.append((number, boxes))
        for number, boxes in pictured[:8]:
            scale = image_scale(document, number)
            pixels = render_page(document, number, scale)
            for part in _parts(boxes, scale, options):
                try:
                    return _from_pixels(pixels, part, path), Grade.RASTER, number
                except FigureRefused as refusal:
                    reasons[number] = str(refusal)
    finally:
        document.close()
    if len(reasons) == 1:
        raise FigureRefused(next(iter(reasons.values())))
    raise FigureRefused(
        f"{path.name}: no survival curve on {len(reasons)} pages looked at; name the page with --page, "
        "and if it has one, give --x-range and --y-range"
    )


def _parts(boxes: Sequence[Box], scale: float, options: ReadingOptions) -> list[ReadingOptions]:
    """A page with one picture is read in the picture alone first: the text around it takes long to look through."""
    if options.crop is not None or len(boxes) != 1:
        return [options]
    left, top, right, bottom = (scale * edge for edge in boxes[0])
    return [replace(options, crop=(left, top, right, bottom)), options]


def _is_large(box: tuple[float, float, float, float], drawing: Drawing) -> bool:
    return (box[2] - box[0]) * (box[3] - box[1]) > 0.03 * drawing.width * drawing.height


def _from_pixels(
    pixels: npt.NDArray[np.uint8], options: ReadingOptions, path: Path
) -> tuple[PanelReading, ...]:
    from digitized.figure.raster import read_raster

    try:
        return read_raster(pixels, replace(options, panel=None))
    except FigureRefused as refusal:
        raise FigureRefused([f"{path.name}: {fault}" for fault in refusal.faults]) from refusal


def _chosen(panels: Sequence[PanelReading], options: ReadingOptions, path: Path) -> tuple[PanelReading, ...]:
    """Panels named "1", "2" ... where there are several, or the one asked for."""
    named = tuple(replace(p, name=str(k + 1) if len(panels) > 1 else "") for k, p in enumerate(panels))
    if options.panel is None:
        return named
    if options.panel > len(named):
        raise FigureRefused(f"{path.name}: has {len(named)} panel(s), panel {options.panel} was asked for")
    return (named[options.panel - 1],)
