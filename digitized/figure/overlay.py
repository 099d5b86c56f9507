"""The figure with its reading drawn over it, so that a person sees at a glance whether it is right."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from digitized.curve import Grade
from digitized.figure.raster_file import decode_image
from digitized.figure.reading import FigureReading, PanelReading
from digitized.figure.vector.drawing import Drawing, upright
from digitized.figure.vector.lettering import MARKS
from digitized.figure.vector.pdf import image_scale, open_pdf, render_page
from digitized.figure.vector.svg import read_svg

#: Colours of the reading, far from those of most figures; each over a white edge.
_CONTRAST = ("#e6007e", "#00a650", "#7a00e6", "#ff7f00", "#0091ea", "#9e9d24")
_TICKS = "#e60000"
_POINTS_TO_PIXELS = 2.0


def draw_overlay(reading: FigureReading, panel: PanelReading, path: Path) -> None:
    """Write a PNG of the page around the panel with curves, marks and calibrated ticks drawn over it."""
    left, top, right, bottom = panel.box
    wide, high = right - left, bottom - top
    pixels, scale = _background(reading)
    figure = Figure(figsize=(9, 9 * min(1.6, max(0.4, 1.45 * high / (1.3 * wide)))), dpi=130)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    if pixels is not None:
        # Pixel centres of a raster are whole numbers; a rendered page begins at its edge.
        edge = -0.5 if scale == 1 else 0.0
        extent = (edge, pixels.shape[1] / scale + edge, pixels.shape[0] / scale + edge, edge)
        axes.imshow(pixels // 2 + 128, extent=extent, interpolation="antialiased", aspect="auto")
    else:
        _draw(axes, upright(read_svg(reading.path)))
    for arm, colour in zip(panel.arms, _CONTRAST * (1 + len(panel.arms) // len(_CONTRAST)), strict=False):
        x = panel.x_axis.coordinate(arm.time)
        y = panel.y_axis.coordinate(1 - arm.survival if arm.rising else arm.survival)
        axes.plot(x, y, color=colour, linewidth=1.1, label=arm.name)
        if arm.censor_marks.size:
            at = panel.x_axis.coordinate(arm.censor_marks)
            axes.plot(at, np.interp(at, x, y), "x", color=colour, markersize=4, markeredgewidth=0.8)
    for place, value in panel.x_axis.ticks:
        axes.plot([place, place], [bottom, bottom + 0.03 * high], color=_TICKS, linewidth=1)
        axes.text(place, bottom + 0.03 * high, f"{value:g}", color=_TICKS, fontsize=6, ha="left", va="top")
    for place, value in panel.y_axis.ticks:
        axes.plot([left - 0.02 * wide, left], [place, place], color=_TICKS, linewidth=1)
        axes.text(left - 0.02 * wide, place, f"{value:g}", color=_TICKS, fontsize=6, ha="right", va="bottom")
    axes.legend(loc="upper right", fontsize=7, framealpha=0.8, title="read as", title_fontsize=7)
    axes.set_xlim(left - 0.22 * wide, right + 0.08 * wide)
    axes.set_ylim(bottom + 0.35 * high, top - 0.1 * high)
    figure.savefig(path, format="png")


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


def _draw(axes: Axes, drawing: Drawing) -> None:
    """The drawing itself, pale: strokes as lines, fills as washes, texts in place."""
    lines = [s for s in drawing.strokes if s.style.stroke]
    axes.add_collection(
        LineCollection(
            [s.points for s in lines],
            colors=[s.style.stroke for s in lines],
            linewidths=[max(0.4, s.style.width) for s in lines],
            alpha=0.45,
        )
    )
    for stroke in drawing.strokes:
        if stroke.style.fill and stroke.style.fill != drawing.background and len(stroke.points) > 2:
            axes.fill(
                stroke.points[:, 0], stroke.points[:, 1], color=stroke.style.fill, alpha=0.12, linewidth=0
            )
    marks = [t for t in drawing.texts if t.text in MARKS]
    axes.plot([t.centre_x for t in marks], [t.centre_y for t in marks], "|", color="#999999", markersize=3)
    for text in (t for t in drawing.texts if t.text not in MARKS):
        axes.text(
            text.x,
            text.bottom,
            text.text,
            fontsize=6,
            rotation=text.angle,
            color="#666666",
            parse_math=False,
            clip_on=True,
        )
