"""Reading a figure by hand: click the ends of both axes, then one point on each curve.

The clicks only say where things are; the curves themselves are followed as `digitize` follows them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from digitized.curve import Grade
from digitized.errors import FigureRefused
from digitized.figure.raster import read_frame
from digitized.figure.raster.frames import Frame, find_frames
from digitized.figure.raster.image import Picture, picture_from
from digitized.figure.raster_file import decode_image
from digitized.figure.reading import FigureReading, PanelReading, ReadingOptions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import Event

#: What the four clicks on the axes mean, in this order.
AXIS_CLICKS = (
    "the first tick of the time axis",
    "the last tick of the time axis",
    "the lowest tick of the survival axis",
    "the highest tick of the survival axis",
)
#: A click this near (pixels) to a tick means the tick.
_SNAP = 6.0
Point = tuple[float, float]


@dataclass
class Clicks:
    """Collects clicks on a picture: four on the axes, then one on each curve.

    Enter finishes, Backspace takes the last click back. Nothing here waits: `prompt` says what is expected
    next, `done` when the user has finished, so that a window and a test can drive it alike.
    """

    axes: "Axes"
    points: list[Point] = field(default_factory=list)
    done: bool = False

    def connect(self) -> None:
        """Listen to the figure's events."""
        self.axes.figure.canvas.mpl_connect("button_press_event", self.clicked)
        self.axes.figure.canvas.mpl_connect("key_press_event", self.typed)
        self.axes.set_title(self.prompt)

    @property
    def prompt(self) -> str:
        """What to click next."""
        if len(self.points) < len(AXIS_CLICKS):
            return f"Click {AXIS_CLICKS[len(self.points)]} (Backspace takes a click back)"
        curves = len(self.points) - len(AXIS_CLICKS)
        return f"Click a point on each curve, top curve first: {curves} clicked, Enter when all are"

    def clicked(self, event: "Event") -> None:
        """Take a click inside the picture."""
        x, y = getattr(event, "xdata", None), getattr(event, "ydata", None)
        if self.done or getattr(event, "inaxes", None) is not self.axes or x is None or y is None:
            return
        self.points.append((float(x), float(y)))
        self.axes.plot([x], [y], "+", color="magenta", ms=12, gid="click")
        self._show()

    def typed(self, event: "Event") -> None:
        """Enter finishes once a curve is clicked; Backspace takes the last click back."""
        key = getattr(event, "key", None)
        if key == "backspace" and self.points:
            self.points.pop()
            [line for line in self.axes.lines if line.get_gid() == "click"][-1].remove()
        elif key == "enter" and len(self.points) > len(AXIS_CLICKS):
            self.done = True
        self._show()

    def _show(self) -> None:
        self.axes.set_title("Reading ..." if self.done else self.prompt)
        self.axes.figure.canvas.draw_idle()


def read_interactively(path: Path, options: ReadingOptions) -> FigureReading:
    """Open a window to click axes and curves, and read the figure with them.

    Parameters
    ----------
    path : Path
        A picture (PNG, JPEG, TIFF ...).
    options : ReadingOptions
        `x_range` says what the first and last tick of the time axis stand for and is needed; `y_range`
        defaults to (0, 1).

    Raises
    ------
    FigureRefused
        If the picture cannot be opened, `x_range` is missing, the window is closed before Enter, or no curve
        is found where the user clicked.
    """
    if options.x_range is None:
        raise FigureRefused(
            f"{path.name}: reading by hand needs --x-range, the values of the two ticks clicked"
        )
    import matplotlib.pyplot as plt

    data = path.read_bytes()
    pixels = decode_image(data, path, options.page or 1)
    figure, axes = plt.subplots(figsize=(12, 8))
    axes.imshow(pixels)
    axes.set_axis_off()
    clicks = Clicks(axes)
    clicks.connect()
    figure.canvas.mpl_connect("key_press_event", lambda _: plt.close(figure) if clicks.done else None)
    plt.show()
    if not clicks.done:
        raise FigureRefused(f"{path.name}: the window was closed before Enter; nothing was read")
    panel = panel_from_clicks(pixels, clicks.points, options)
    return FigureReading(path, hashlib.sha256(data).hexdigest(), Grade.RASTER, (panel,), options.page or 1)


def panel_from_clicks(
    pixels: npt.NDArray[np.uint8], points: Sequence[Point], options: ReadingOptions
) -> PanelReading:
    """Read one panel from four clicks on its axes and one on each curve, top curve first.

    Raises
    ------
    FigureRefused
        If clicks are missing, the axes' clicks span nothing, or no curve of the clicked colours is found.
    """
    if len(points) <= len(AXIS_CLICKS):
        raise FigureRefused(f"{len(AXIS_CLICKS)} clicks on the axes and one on each curve are needed")
    picture = picture_from(pixels)
    here = [(x * picture.scale, y * picture.scale) for x, y in points]
    frame = _frame_of(picture, here)
    if frame.width < 20 or frame.height < 20:
        raise FigureRefused("the clicks on the axes lie too close together: first and last tick are needed")
    on_curves = here[len(AXIS_CLICKS) :]
    colours = tuple(dict.fromkeys(_colour_at(picture, point) for point in on_curves))
    said = replace(
        options,
        y_range=options.y_range or (0.0, 1.0),
        arms=options.arms if options.arms is not None else len(on_curves),
        colours=options.colours or colours,
        crop=None,
    )
    return read_frame(picture, frame, said)


def _frame_of(picture: Picture, points: Sequence[Point]) -> Frame:
    """Frame between the clicked ticks, moved onto drawn ticks that are near."""
    frames = find_frames(picture)
    across = [float(t) for f in frames for ticks in f.x_ticks for t in ticks]
    down = [float(t) for f in frames for ticks in f.y_ticks for t in ticks]
    return Frame(
        left=_snapped(points[0][0], across),
        right=_snapped(points[1][0], across),
        bottom=_snapped(points[2][1], down),
        top=_snapped(points[3][1], down),
    )


def _snapped(at: float, ticks: Sequence[float]) -> float:
    nearest = min(ticks, key=lambda tick: abs(tick - at), default=at)
    return nearest if abs(nearest - at) <= _SNAP else at


def _colour_at(picture: Picture, point: Point) -> str:
    """Colour of the stroke nearest to a click: the pixel about it that differs most from its surroundings."""
    x, y = round(point[0]), round(point[1])
    patch = picture.rgb[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5].reshape(-1, 3)
    if not patch.size:
        raise FigureRefused(f"a click at ({x}, {y}) lies outside the picture")
    ground = np.median(picture.rgb[max(0, y - 25) : y + 26, max(0, x - 25) : x + 26].reshape(-1, 3), axis=0)
    return picture.original_colour(patch[np.argmax(np.linalg.norm(patch - ground, axis=1))])
