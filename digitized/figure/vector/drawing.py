"""What a vector figure draws, whatever its format: strokes and texts in one coordinate frame, y downwards."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from digitized.curve import Floats
from digitized.figure.text import Text

Box = tuple[float, float, float, float]

#: Straight pieces a curved piece of a path is drawn with: enough to see its place and shape.
CURVE_PIECES = 8


@dataclass(frozen=True)
class Style:
    """How a line is drawn; `dash` is its pattern (empty: solid), colours are hex, empty where not painted."""

    stroke: str
    fill: str = ""
    width: float = 1.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0


@dataclass(frozen=True, eq=False)
class Stroke:
    """One subpath: (N, 2) points after all transforms, with its style and the box it is clipped to.

    `order` grows with the order of painting; subpaths of one path share it. `curved` says that the path has
    curved pieces (a circle, a rounded frame, a smooth line).
    """

    points: Floats
    style: Style
    order: int
    closed: bool = False
    curved: bool = False
    clip: Box | None = None

    @property
    def box(self) -> Box:
        """Bounding box (left, top, right, bottom)."""
        (left, top), (right, bottom) = self.points.min(axis=0), self.points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)


@dataclass(frozen=True, eq=False)
class Picture:
    """An embedded raster image and where it stands."""

    box: Box
    pixels: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Drawing:
    """Display list of one page or figure; coordinates from (0, 0) at the left top to (width, height)."""

    width: float
    height: float
    strokes: tuple[Stroke, ...] = ()
    texts: tuple[Text, ...] = ()
    pictures: tuple[Picture, ...] = ()
    background: str = "#ffffff"
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Affine:
    """The map (x, y) -> (a x + c y + e, b x + d y + f)."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def __matmul__(self, inner: "Affine") -> "Affine":
        """Compose: first `inner`, then this map."""
        return Affine(
            self.a * inner.a + self.c * inner.b,
            self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d,
            self.b * inner.c + self.d * inner.d,
            self.a * inner.e + self.c * inner.f + self.e,
            self.b * inner.e + self.d * inner.f + self.f,
        )

    def apply(self, points: Floats) -> Floats:
        """Mapped (N, 2) points."""
        x, y = points[:, 0], points[:, 1]
        return np.column_stack([self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f])

    @property
    def scale(self) -> float:
        """Factor by which lengths grow, in the geometric mean."""
        return float(np.sqrt(abs(self.a * self.d - self.b * self.c)))

    @property
    def angle(self) -> float:
        """Direction of the x axis in degrees, counter-clockwise as seen (y downwards), in (-180, 180]."""
        return float(np.degrees(np.arctan2(-self.b, self.a)))


def bezier(start: Floats, first: Floats, second: Floats, end: Floats) -> Floats:
    """Points of a cubic piece after its start, `CURVE_PIECES` of them."""
    t = np.linspace(0, 1, CURVE_PIECES + 1)[1:, None]
    return (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * first + 3 * (1 - t) * t**2 * second + t**3 * end


def intersect(a: Box | None, b: Box | None) -> Box | None:
    """Common part of two clip boxes (None clips nothing)."""
    if a is None or b is None:
        return a if b is None else b
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def hex_colour(red: float, green: float, blue: float) -> str:
    """Colour as #rrggbb from components on 0-255."""
    return "#" + "".join(f"{min(255, max(0, round(v))):02x}" for v in (red, green, blue))


def rgb(colour: str) -> Floats:
    """Components on 0-1 of a hex colour."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def colour_distance(a: str, b: str) -> float:
    """Euclidean distance of two hex colours, components on 0-1."""
    return float(np.linalg.norm(rgb(a) - rgb(b)))


def cropped(drawing: Drawing, crop: Box) -> Drawing:
    """The part of a drawing inside a box, coordinates unchanged."""

    def inside(box: Box) -> bool:
        x, y = 0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3])
        return crop[0] <= x <= crop[2] and crop[1] <= y <= crop[3]

    strokes = [
        replace(s, clip=intersect(s.clip, crop))
        for s in drawing.strokes
        if s.box[0] <= crop[2] and s.box[2] >= crop[0] and s.box[1] <= crop[3] and s.box[3] >= crop[1]
    ]
    texts = [t for t in drawing.texts if inside((t.x, t.y, t.right, t.bottom))]
    return replace(drawing, strokes=tuple(strokes), texts=tuple(texts))


def upright(drawing: Drawing) -> Drawing:
    """The drawing turned by a quarter where most letters run upwards or downwards (a sideways page)."""
    letters = {0: 0, 90: 0, -90: 0}
    for text in drawing.texts:
        angle = round(text.angle / 90) * 90
        if angle in letters:
            letters[angle] += len(text.text)
    turn = max(letters, key=lambda k: letters[k])
    if turn == 0 or letters[turn] < 2 * letters[0] + 10:
        return drawing
    w, h = drawing.width, drawing.height
    # Text written upwards (90) is turned clockwise: (x, y) -> (h - y, x); downwards the other way.
    turned = Affine(0, 1, -1, 0, h, 0) if turn == 90 else Affine(0, -1, 1, 0, 0, w)

    def box(b: Box) -> Box:
        corners = turned.apply(np.array([[b[0], b[1]], [b[2], b[3]]]))
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    strokes = tuple(
        replace(s, points=turned.apply(s.points), clip=None if s.clip is None else box(s.clip))
        for s in drawing.strokes
    )
    return replace(
        drawing, width=h, height=w, strokes=strokes, texts=tuple(_turned_texts(drawing.texts, turn, box))
    )


def _turned_texts(texts: Sequence[Text], turn: int, box: Callable[[Box], Box]) -> Iterable[Text]:
    for t in texts:
        left, top, right, bottom = box((t.x, t.y, t.right, t.bottom))
        yield replace(t, x=left, y=top, width=right - left, height=bottom - top, angle=t.angle - turn)
