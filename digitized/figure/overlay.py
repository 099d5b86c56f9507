"""The figure with its reading drawn over it, so that a person sees at a glance whether it is right.

Drawn with Pillow at twice its size and reduced: a plotting library would take longer to load than the figure to read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from digitized.curve import Floats, Grade
from digitized.figure.axes import as_proportion
from digitized.figure.raster_file import decode_image
from digitized.figure.reading import ArmReading, FigureReading, PanelReading
from digitized.figure.text import Text
from digitized.figure.vector.drawing import Drawing, hex_colour, rgb, upright
from digitized.figure.vector.lettering import MARKS
from digitized.figure.vector.pdf import image_scale, open_pdf, render_page
from digitized.figure.vector.svg import read_svg

#: Colours of the reading, far from those of most figures.
_CONTRAST = ("#e6007e", "#00a650", "#7a00e6", "#ff7f00", "#0091ea", "#9e9d24")
_TICKS = "#e60000"
_POINTS_TO_PIXELS = 2.0
#: Pixels across the finished picture, and how many times larger it is drawn.
_WIDE, _FINER = 1170, 2


@dataclass(frozen=True)
class _Canvas:
    """A picture to draw on in the figure's own coordinates; sizes are in pixels of the finished picture."""

    image: Image.Image
    left: float
    top: float
    scale: float

    @property
    def pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    def place(self, points: npt.ArrayLike) -> list[tuple[float, float]]:
        at = (np.asarray(points, dtype=float) - [self.left, self.top]) * self.scale
        return [(float(x), float(y)) for x, y in at]

    def line(self, points: npt.ArrayLike, colour: str, width: float) -> None:
        self.pen.line(self.place(points), fill=colour, width=max(1, round(width * _FINER)), joint="curve")

    def text(self, at: tuple[float, float], text: str, colour: str, size: float, anchor: str) -> None:
        font = ImageFont.load_default(size * _FINER)
        self.pen.text(self.place([at])[0], text, fill=colour, font=font, anchor=anchor)


def draw_overlay(reading: FigureReading, panel: PanelReading, path: Path) -> None:
    """Write a PNG of the page around the panel with curves, marks and calibrated ticks drawn over it."""
    left, top, right, bottom = panel.box
    wide, high = right - left, bottom - top
    canvas = _ground(
        reading, panel, (left - 0.22 * wide, top - 0.1 * high, right + 0.08 * wide, bottom + 0.35 * high)
    )
    colours = [_CONTRAST[k % len(_CONTRAST)] for k in range(len(panel.arms))]
    for arm, colour in zip(panel.arms, colours, strict=True):
        _draw_arm(canvas, panel, arm, colour)
    for place, value in panel.x_axis.ticks:
        canvas.line([(place, bottom), (place, bottom + 0.03 * high)], _TICKS, 2)
        canvas.text((place, bottom - 0.005 * high), f" {value:g}", _TICKS, 12, "ld")
    for place, value in panel.y_axis.ticks:
        canvas.line([(left - 0.02 * wide, place), (left, place)], _TICKS, 2)
        canvas.text((left, place), f" {value:g}", _TICKS, 12, "ld")
    _draw_key(canvas.image, [arm.name for arm in panel.arms], colours)
    size = (canvas.image.width // _FINER, canvas.image.height // _FINER)
    canvas.image.resize(size, Image.Resampling.BOX).save(path, format="PNG")


def _draw_arm(canvas: _Canvas, panel: PanelReading, arm: ArmReading, colour: str) -> None:
    x = panel.x_axis.coordinate(arm.time)
    # Survival is a proportion whatever the figure's axis shows.
    y = as_proportion(panel.y_axis).coordinate(1 - arm.survival if arm.rising else arm.survival)
    canvas.line(np.column_stack([x, y]), colour, 2)
    if arm.censor_marks.size:
        at = panel.x_axis.coordinate(arm.censor_marks)
        reach = 3.5 * _FINER / canvas.scale
        for mx, my in zip(at, np.interp(at, x, y), strict=True):
            canvas.line([(mx - reach, my - reach), (mx + reach, my + reach)], colour, 1.2)
            canvas.line([(mx - reach, my + reach), (mx + reach, my - reach)], colour, 1.2)


def _draw_key(image: Image.Image, names: list[str], colours: list[str]) -> None:
    """Names of the arms in the colours of their readings, in the right top corner."""
    font = ImageFont.load_default(14.0 * _FINER)
    pen = ImageDraw.Draw(image)
    lines = ["read as", *names]
    step = 19 * _FINER
    wide = max(pen.textlength(line, font=font) for line in lines) + 16 * _FINER
    left, top = image.width - wide - 8 * _FINER, 8 * _FINER
    pen.rectangle(
        (left, top, image.width - 8 * _FINER, top + step * len(lines) + 8 * _FINER),
        fill="white",
        outline="#999999",
    )
    for k, (line, colour) in enumerate(zip(lines, ["#444444", *colours], strict=True)):
        pen.text((left + 8 * _FINER, top + 4 * _FINER + k * step), line, fill=colour, font=font)


def _ground(reading: FigureReading, panel: PanelReading, view: tuple[float, float, float, float]) -> _Canvas:
    """The part of the figure in view, paled and level, to draw on."""
    left, top, right, bottom = view
    scale = _WIDE * _FINER / (right - left)
    size = (_WIDE * _FINER, round(min(max((bottom - top) * scale, 0.4 * _WIDE), 3.2 * _WIDE * _FINER)))
    pixels, finer = _background(reading)
    if pixels is None:
        canvas = _Canvas(Image.new("RGB", size, "white"), left, top, scale)
        _draw(canvas, upright(read_svg(reading.path)))
        return canvas
    # Pixel centres of a raster are whole numbers; a rendered page begins at its edge.
    edge = 0.5 if finer == 1 else 0.0
    step = finer / scale
    # From the finished picture to the level figure, and from there to the figure as it lies in the file.
    turn, about = np.radians(panel.tilt), np.array(panel.pivot) * finer + edge
    back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corner = back @ (np.array([left, top]) * finer + edge - about) + about
    across, down = np.column_stack([step * back, corner]).tolist()
    image = Image.fromarray(pixels // 2 + 128).transform(
        size,
        Image.Transform.AFFINE,
        (*across, *down),
        Image.Resampling.BILINEAR,
        fillcolor="white",
    )
    return _Canvas(image, left, top, scale)


def _background(reading: FigureReading) -> tuple[npt.NDArray[np.uint8] | None, float]:
    """Pixels of the figure and how many there are to a unit of drawing; None for an SVG's drawing."""
    data = reading.path.read_bytes()
    if b"%PDF-" in data[:1024]:
        document = open_pdf(reading.path)
        try:
            if reading.grade is Grade.RASTER:
                return render_page(document, reading.page, image_scale(document, reading.page)), 1.0
            return render_page(document, reading.page, _POINTS_TO_PIXELS), _POINTS_TO_PIXELS
        finally:
            document.close()
    if b"<svg" in data[:100_000] or data[:2] == b"\x1f\x8b" or data.lstrip()[:5] == b"<?xml":
        if reading.grade is Grade.RASTER:
            return read_svg(reading.path).pictures[0].pixels, 1.0
        return None, 1.0
    return decode_image(data, reading.path, reading.page), 1.0


def _pale(colour: str, share: float) -> str:
    return hex_colour(*(255 * (1 - share * (1 - rgb(colour)))))


def _in_view(canvas: _Canvas, points: Floats) -> bool:
    at = (points - [canvas.left, canvas.top]) * canvas.scale
    return bool((at.max(axis=0) > 0).all() and (at.min(axis=0) < canvas.image.size).all())


def _draw(canvas: _Canvas, drawing: Drawing) -> None:
    """The drawing itself, pale: fills as washes, strokes as lines, texts in place."""
    for stroke in (s for s in drawing.strokes if _in_view(canvas, s.points)):
        if stroke.style.fill and stroke.style.fill != drawing.background and len(stroke.points) > 2:
            canvas.pen.polygon(canvas.place(stroke.points), fill=_pale(stroke.style.fill, 0.12))
        if stroke.style.stroke:
            width = max(0.6, min(stroke.style.width * canvas.scale / _FINER, 6.0))
            canvas.line(stroke.points, _pale(stroke.style.stroke, 0.45), width)
    _draw_texts(canvas, (t for t in drawing.texts if t.text not in MARKS))
    for mark in (t for t in drawing.texts if t.text in MARKS):
        canvas.line([(mark.centre_x, mark.y), (mark.centre_x, mark.bottom)], "#bbbbbb", 1)


def _draw_texts(canvas: _Canvas, texts: Iterable[Text]) -> None:
    for text in texts:
        size = float(np.clip(1.35 * text.size * canvas.scale / _FINER, 4.0, 40.0))
        if round(text.angle) % 360 == 0:
            canvas.text((text.x, text.bottom), text.text, "#777777", size, "ls")
            continue
        font = ImageFont.load_default(size * _FINER)
        left, top, right, bottom = (round(v) for v in font.getbbox(text.text))
        slip = Image.new("L", (max(right, left + 1), max(bottom, top + 1)))
        ImageDraw.Draw(slip).text((0, 0), text.text, fill=255, font=font)
        slip = slip.rotate(text.angle, expand=True)
        x, y = canvas.place([(text.x, text.y)])[0]
        canvas.image.paste("#777777", (round(x), round(y)), slip)
