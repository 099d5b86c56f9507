"""SVG to a display list: shapes, texts, styles, transforms, clips; nothing outside the file is opened."""

import base64
import binascii
import gzip
import io
import re
import xml.parsers.expat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from digitized.curve import Floats
from digitized.errors import FigureRefused
from digitized.figure.text import Text
from digitized.figure.vector import limits
from digitized.figure.vector.drawing import Affine, Box, Drawing, Picture, Stroke, Style, intersect
from digitized.figure.vector.lettering import CAP_HEIGHT, Glyph, placed
from digitized.figure.vector.svg_shapes import SHAPES, transform
from digitized.figure.vector.svg_style import Names, Rule, colour, length, numbers, resolve, style_rules
from digitized.figure.vector.svg_text import texts_of

_CONTAINERS = {"svg", "g", "a", "switch", "symbol"}
_HREF = ("href", "{http://www.w3.org/1999/xlink}href")


def read_svg(path: Path) -> Drawing:
    """Display list of an SVG file (also gzipped).

    Raises
    ------
    FigureRefused
        If the file is no well-formed SVG, declares entities, or is beyond the limits.
    """
    data = _unpacked(path)
    _inspect(path, data)
    builder = ElementTree.TreeBuilder(insert_comments=True)
    root = ElementTree.fromstring(data, parser=ElementTree.XMLParser(target=builder))
    if _tag(root) != "svg":
        raise FigureRefused(f"{path.name}: an XML file but no SVG (its root is <{_tag(root)}>)")
    return _Reader(path, root).drawing()


def _unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            data = packed.read(limits.MAX_UNPACKED_BYTES + 1)
    except (OSError, EOFError) as error:
        raise FigureRefused(f"{path.name}: a damaged gzip file ({error})") from error
    if len(data) > limits.MAX_UNPACKED_BYTES:
        raise limits.TooMuch(path, f"unpacks to more than {limits.MAX_UNPACKED_BYTES // 10**6} MB")
    return data


def _inspect(path: Path, data: bytes) -> None:
    """Refuse what is malformed, declares entities, nests too deeply or has too many elements."""
    parser = xml.parsers.expat.ParserCreate()
    depth = count = 0

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > limits.MAX_DEPTH:
            raise limits.TooMuch(path, f"elements nested more than {limits.MAX_DEPTH} deep")
        if count > limits.MAX_ELEMENTS:
            raise limits.TooMuch(path, f"more than {limits.MAX_ELEMENTS} elements")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def entity(name: str, *rest: object) -> None:
        raise FigureRefused(
            f"{path.name}: declares the XML entity '{name}'; files with entities are not read, "
            "save the figure again without them"
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except xml.parsers.expat.ExpatError as error:
        raise FigureRefused(f"{path.name}: no well-formed SVG ({error})") from error


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


@dataclass(frozen=True)
class _Context:
    """What an element takes over from those around it."""

    matrix: Affine
    style: Mapping[str, str]
    clip: Box | None
    path: tuple[Names, ...]
    opacity: float = 1.0
    references: tuple[str, ...] = ()


class _Reader:
    """Walks the tree once and gathers strokes, texts and pictures."""

    def __init__(self, path: Path, root: ElementTree.Element) -> None:
        self.path = path
        self.root = root
        self.strokes: list[Stroke] = []
        self.texts: list[Text] = []
        self.pictures: list[Picture] = []
        self.visited = self.points = 0
        self.by_id = {e.get("id", ""): e for e in root.iter() if isinstance(e.tag, str) and e.get("id")}
        sheets = ["".join(e.itertext()) for e in root.iter() if _tag(e) == "style"]
        self.rules: list[Rule] = style_rules("\n".join(sheets))
        view = numbers(root.get("viewBox", ""))
        self.size = (
            (view[2], view[3])
            if len(view) == 4
            else (length(root.get("width", "")) or 800.0, length(root.get("height", "")) or 600.0)
        )
        self.origin = Affine(e=-view[0], f=-view[1]) if len(view) == 4 else Affine()

    def drawing(self) -> Drawing:
        self._children(self.root, self._inner(self.root, _Context(self.origin, {}, None, ())))
        return Drawing(
            *self.size, tuple(self.strokes), tuple(self.texts), tuple(self.pictures), self._background()
        )

    def _background(self) -> str:
        area = 0.5 * self.size[0] * self.size[1]
        for stroke in self.strokes:
            left, top, right, bottom = stroke.box
            if stroke.style.fill and stroke.closed and (right - left) * (bottom - top) > area:
                return stroke.style.fill
        return "#ffffff"

    def _inner(self, element: ElementTree.Element, outer: _Context) -> _Context:
        names = Names(_tag(element), element.get("id", ""), frozenset(element.get("class", "").split()))
        path = (*outer.path, names)
        style = resolve(element.attrib, path, self.rules, outer.style)
        matrix = outer.matrix @ transform(element.get("transform", ""))
        clip = outer.clip
        reference = re.search(r"url\(\s*['\"]?#([^'\")]+)", style.get("clip-path", ""))
        if reference and reference.group(1) in self.by_id:
            clip = intersect(clip, self._clip_box(self.by_id[reference.group(1)], matrix))
        opacity = outer.opacity * (float(numbers(style["opacity"])[0]) if style.get("opacity") else 1.0)
        return replace(outer, matrix=matrix, style=style, clip=clip, path=path, opacity=opacity)

    def _clip_box(self, clip: ElementTree.Element, matrix: Affine) -> Box | None:
        inner = matrix @ transform(clip.get("transform", ""))
        corners: list[Floats] = []
        for shape in clip.iter():
            if _tag(shape) in SHAPES:
                own = inner @ transform(shape.get("transform", ""))
                for outline in SHAPES[_tag(shape)](shape.attrib, self.size):
                    corners.append(own.apply(np.array(outline.points)))
        if not corners:
            return None
        points = np.vstack(corners)
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def _children(self, element: ElementTree.Element, context: _Context) -> None:
        comment = ""
        for child in element:
            if child.tag is ElementTree.Comment:
                comment = (child.text or "").strip()
                continue
            self._visit(child, context, comment)
            comment = ""

    def _visit(self, element: ElementTree.Element, outer: _Context, comment: str = "") -> None:
        self.visited += 1
        if self.visited > limits.MAX_ELEMENTS:
            raise limits.TooMuch(self.path, f"draws more than {limits.MAX_ELEMENTS} elements")
        tag = _tag(element)
        if tag not in _CONTAINERS and tag not in SHAPES and tag not in {"use", "text", "image"}:
            return
        context = self._inner(element, outer)
        style = context.style
        if style.get("display") == "none" or context.opacity == 0:
            return
        if tag in _CONTAINERS:
            before = len(self.strokes)
            if tag == "svg":
                context = self._nested(element, context)
            self._children(element, context)
            if comment and tag == "g" and _only_uses(element):
                self._lettered(comment, before, context)
        elif style.get("visibility") in {"hidden", "collapse"}:
            return
        elif tag == "use":
            self._use(element, context)
        elif tag == "text":
            self.texts += texts_of(element, context.matrix, style, context.path, self.rules)
        elif tag == "image":
            self._image(element, context)
        else:
            self._shape(element, context)

    def _nested(self, element: ElementTree.Element, context: _Context) -> _Context:
        x, y = length(element.get("x", "0"), self.size[0]), length(element.get("y", "0"), self.size[1])
        matrix = context.matrix @ Affine(e=x, f=y)
        view = numbers(element.get("viewBox", ""))
        w = length(element.get("width", "100%"), self.size[0])
        h = length(element.get("height", "100%"), self.size[1])
        if len(view) == 4 and view[2] > 0 and view[3] > 0:
            scale = min(w / view[2], h / view[3])
            across, down = 0.5 * (w - scale * view[2]), 0.5 * (h - scale * view[3])
            matrix = matrix @ Affine(scale, 0, 0, scale, across - scale * view[0], down - scale * view[1])
        return replace(context, matrix=matrix)

    def _use(self, element: ElementTree.Element, context: _Context) -> None:
        name = next((element.get(h, "") for h in _HREF if element.get(h)), "")
        target = self.by_id.get(name[1:]) if name.startswith("#") else None
        if target is None or name in context.references:
            return
        x, y = length(element.get("x", "0"), self.size[0]), length(element.get("y", "0"), self.size[1])
        inner = replace(
            context, matrix=context.matrix @ Affine(e=x, f=y), references=(*context.references, name)
        )
        if len(inner.references) > 12:
            raise limits.TooMuch(self.path, "<use> elements nested more than 12 deep")
        self._visit(target, inner)

    def _shape(self, element: ElementTree.Element, context: _Context) -> None:
        style, tag = context.style, _tag(element)
        current = colour(style.get("color"), "#000000") or "#000000"
        stroke, fill = colour(style.get("stroke"), current), colour(style.get("fill", "#000000"), current)
        if not _visible(style.get("stroke-opacity")):
            stroke = ""
        if not _visible(style.get("fill-opacity")):
            fill = ""
        if not stroke and not fill:
            return
        try:
            outlines = SHAPES[tag](element.attrib, self.size)
        except (ValueError, IndexError, AttributeError, NotImplementedError):
            return  # what the path library raises on a malformed path; a browser draws nothing for it
        width = length(style.get("stroke-width", "1"), self.size[0]) * context.matrix.scale
        dash = tuple(n * context.matrix.scale for n in numbers(style.get("stroke-dasharray", "")))
        painted = Style(
            stroke if width > 0 else "", fill, width, dash if any(dash) else (), round(context.opacity, 4)
        )
        order = len(self.strokes)
        for outline in outlines:
            self.points += len(outline.points)
            if self.points > limits.MAX_POINTS:
                raise limits.TooMuch(self.path, f"draws more than {limits.MAX_POINTS} points")
            points = context.matrix.apply(np.array(outline.points))
            self.strokes.append(Stroke(points, painted, order, outline.closed, outline.curved, context.clip))

    def _lettered(self, text: str, before: int, context: _Context) -> None:
        """Text of glyph outlines whose drawing program left the words in a comment (Matplotlib does)."""
        outlines = self.strokes[before:]
        if not outlines:
            return
        del self.strokes[before:]
        angle = context.matrix.angle
        radians = np.radians(angle)
        points = np.vstack([s.points for s in outlines])
        start = context.matrix.apply(np.zeros((1, 2)))[0]
        along = (points - start) @ np.array([np.cos(radians), -np.sin(radians)])
        up = (points - start) @ np.array([-np.sin(radians), -np.cos(radians)])
        first = Glyph(
            text[0],
            float(start[0] + along.min() * np.cos(radians)),
            float(start[1] - along.min() * np.sin(radians)),
            0.0,
            float(up.max()) / CAP_HEIGHT,
            angle,
            outlines[0].style.fill,
        )
        self.texts.append(placed(text, first, float(np.ptp(along))))

    def _image(self, element: ElementTree.Element, context: _Context) -> None:
        link = next((element.get(h, "") for h in _HREF if element.get(h)), "")
        if not link.startswith("data:image/") or ";base64," not in link:
            return  # another file or address: never opened
        try:
            data = base64.b64decode(link.split(";base64,", 1)[1], validate=False)
        except binascii.Error:
            return
        from digitized.figure.raster_file import decode_image

        pixels = decode_image(data, self.path)
        x, y = length(element.get("x", "0"), self.size[0]), length(element.get("y", "0"), self.size[1])
        w = length(element.get("width", "0"), self.size[0])
        h = length(element.get("height", "0"), self.size[1])
        corners = context.matrix.apply(np.array([[x, y], [x + w, y + h]]))
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        self.pictures.append(Picture((float(left), float(top), float(right), float(bottom)), pixels))


def _visible(opacity: str | None) -> bool:
    values = numbers(opacity or "1")
    return not values or values[0] > 0


def _only_uses(element: ElementTree.Element) -> bool:
    tags = [_tag(child) for child in element if isinstance(child.tag, str)]
    return "use" in tags and set(tags) <= {"use", "defs"}
