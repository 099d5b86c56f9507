"""PDF pages to display lists, by PDFium: paths, texts, styles, clips; nothing in the file is executed."""

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as api

from digitized.curve import Floats
from digitized.errors import FigureRefused
from digitized.figure.text import Text
from digitized.figure.vector import limits
from digitized.figure.vector.drawing import (
    Affine,
    Box,
    Drawing,
    Picture,
    Stroke,
    Style,
    bezier,
    hex_colour,
    intersect,
)
from digitized.figure.vector.lettering import MARKS, Glyph, runs

_NO_PIXELS = np.empty((0, 0, 3), dtype=np.uint8)


def open_pdf(path: Path) -> pdfium.PdfDocument:
    """The document, or a refusal that says what is wrong with it."""
    try:
        document = pdfium.PdfDocument(path.read_bytes())
        pages = len(document)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise FigureRefused(
                f"{path.name}: the PDF is encrypted with a password; save an unprotected copy"
            ) from error
        raise FigureRefused(f"{path.name}: a damaged or incomplete PDF ({error})") from error
    if pages == 0:
        raise FigureRefused(f"{path.name}: a PDF without pages")
    return document


def read_page(document: pdfium.PdfDocument, number: int, path: Path) -> Drawing:
    """Display list of one page (counted from 1); embedded images are listed without their pixels."""
    page = document[number - 1]
    try:
        return _Page(page, path).drawing()
    finally:
        page.close()


def render_page(document: pdfium.PdfDocument, number: int, scale: float) -> npt.NDArray[np.uint8]:
    """(H, W, 3) pixels of a page, `scale` pixels a point, less where that would be too many."""
    page = document[number - 1]
    try:
        width, height = page.get_size()
        scale = min(scale, float(np.sqrt(limits.MAX_PIXELS / 4 / max(width * height, 1.0))))
        bitmap = page.render(scale=scale, rev_byteorder=True)
        return np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])
    finally:
        page.close()


def image_scale(document: pdfium.PdfDocument, number: int) -> float:
    """Pixels a point of the finest image of a page: rendering with it loses nothing."""
    page = document[number - 1]
    try:
        scales = []
        for image in page.get_objects(filter=(api.FPDF_PAGEOBJ_IMAGE,), max_depth=4):
            left, _, right, _ = image.get_bounds()
            if right > left:
                scales.append(image.get_px_size()[0] / (right - left))
        return float(np.clip(max(scales, default=300 / 72), 1.0, 10.0))
    finally:
        page.close()


@dataclass(frozen=True)
class _Frame:
    """Where objects stand: the map to the drawing and the clip around them."""

    matrix: Affine
    clip: Box | None


class _Page:
    """Gathers strokes, texts and images of one page."""

    def __init__(self, page: pdfium.PdfPage, path: Path) -> None:
        self.page = page
        self.path = path
        self.width, self.height = page.get_size()
        left, bottom, right, top = page.get_bbox()
        self.matrix = {
            0: Affine(1, 0, 0, -1, -left, top),
            90: Affine(0, 1, 1, 0, -bottom, -left),
            180: Affine(-1, 0, 0, 1, right, -bottom),
            270: Affine(0, -1, -1, 0, top, right),
        }[page.get_rotation()]
        self.strokes: list[Stroke] = []
        self.pictures: list[Picture] = []
        self.letters: list[tuple[Box, str]] = []
        self.objects = self.points = 0

    def drawing(self) -> Drawing:
        handle = self.page.raw
        objects = (api.FPDFPage_GetObject(handle, k) for k in range(api.FPDFPage_CountObjects(handle)))
        self._walk(objects, _Frame(self.matrix, None), depth=0)
        area = 0.5 * self.width * self.height
        background = "#ffffff"
        for stroke in self.strokes:
            left, top, right, bottom = stroke.box
            if stroke.style.fill and (right - left) * (bottom - top) > area:
                background = stroke.style.fill
                break
        return Drawing(
            self.width,
            self.height,
            tuple(self.strokes),
            tuple(self._texts()),
            tuple(self.pictures),
            background,
        )

    def _walk(self, objects: Iterator[ctypes.c_void_p], frame: _Frame, depth: int) -> None:
        if depth > 12:
            raise limits.TooMuch(self.path, "drawings nested more than 12 deep")
        for item in objects:
            self.objects += 1
            if self.objects > limits.MAX_ELEMENTS:
                raise limits.TooMuch(self.path, f"a page of more than {limits.MAX_ELEMENTS} objects")
            kind = api.FPDFPageObj_GetType(item)
            if kind == api.FPDF_PAGEOBJ_PATH:
                self._path(item, frame)
            elif kind == api.FPDF_PAGEOBJ_FORM:
                inner = _Frame(frame.matrix @ _matrix(item), intersect(frame.clip, _clip(item, frame.matrix)))
                count = api.FPDFFormObj_CountObjects(item)
                self._walk((api.FPDFFormObj_GetObject(item, k) for k in range(count)), inner, depth + 1)
            elif kind == api.FPDF_PAGEOBJ_TEXT:
                self._letters(item, frame)
            elif kind == api.FPDF_PAGEOBJ_IMAGE:
                corners = (frame.matrix @ _matrix(item)).apply(np.array([[0.0, 0.0], [1.0, 1.0]]))
                (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
                self.pictures.append(
                    Picture((float(left), float(top), float(right), float(bottom)), _NO_PIXELS)
                )

    def _path(self, item: ctypes.c_void_p, frame: _Frame) -> None:
        fill_mode, stroked = ctypes.c_int(), ctypes.c_int()
        api.FPDFPath_GetDrawMode(item, fill_mode, stroked)
        stroke = _colour(api.FPDFPageObj_GetStrokeColor, item) if stroked.value else ""
        fill = _colour(api.FPDFPageObj_GetFillColor, item) if fill_mode.value else ""
        if not stroke and not fill:
            return
        matrix = frame.matrix @ _matrix(item)
        width = ctypes.c_float()
        api.FPDFPageObj_GetStrokeWidth(item, width)
        style = Style(stroke, fill, width.value * matrix.scale, _dash(item, matrix.scale))
        count = api.FPDFPath_CountSegments(item)
        self.points += count
        if self.points > limits.MAX_POINTS:
            raise limits.TooMuch(self.path, f"a page of more than {limits.MAX_POINTS} points")
        segments = (api.FPDFPath_GetPathSegment(item, k) for k in range(count))
        clip = intersect(frame.clip, _clip(item, frame.matrix))
        order = len(self.strokes)
        for points, closed, curved in _subpaths(segments):
            self.strokes.append(Stroke(matrix.apply(points), style, order, closed, curved, clip))

    def _letters(self, item: ctypes.c_void_p, frame: _Frame) -> None:
        ends = [ctypes.c_float() for _ in range(4)]
        if api.FPDFPageObj_GetBounds(item, *ends):
            left, bottom, right, top = (e.value for e in ends)
            corners = frame.matrix.apply(np.array([[left, bottom], [right, top]]))
            (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
            paint = _colour(api.FPDFPageObj_GetFillColor, item)
            self.letters.append(((float(x0), float(y0), float(x1), float(y1)), paint))

    def _texts(self) -> list[Text]:
        page_text = self.page.get_textpage()
        try:
            texts = runs(self._glyphs(page_text.raw))
        finally:
            page_text.close()
        return texts + list(self._overprinted(texts))

    def _overprinted(self, texts: list[Text]) -> Iterator[Text]:
        """Marks that PDFium takes for the same letter printed twice, because they stand so close together."""
        for sign in sorted({t.text for t in texts if t.text in MARKS}):
            known = [t for t in texts if t.text == sign]
            places = np.array([[t.centre_x, t.centre_y] for t in known])
            boxes = np.array([box for box, _ in self.letters]).reshape(-1, 4)
            middles = 0.5 * (boxes[:, :2] + boxes[:, 2:])
            offsets = np.abs(middles[:, None, :] - places[None, :, :])
            size = boxes[:, 2:] - boxes[:, :2]
            owner = offsets.sum(axis=2).argmin(axis=0) if len(boxes) else np.empty(0, dtype=int)
            if not owner.size:
                continue
            usual = np.median(size[owner], axis=0)
            shift = np.median(places - middles[owner], axis=0)
            alike = (np.abs(size - usual) < 0.03 * usual.max() + 1e-3).all(axis=1)
            for k in np.flatnonzero(alike & ~np.isin(np.arange(len(boxes)), owner)):
                x, y = middles[k] + shift
                model = known[0]
                yield replace(
                    model,
                    x=float(x) - 0.5 * model.width,
                    y=float(y) - 0.5 * model.height,
                    colour=self.letters[int(k)][1],
                )

    def _glyphs(self, handle: ctypes.c_void_p) -> Iterator[Glyph]:
        x, y = ctypes.c_double(), ctypes.c_double()
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        own = api.FS_MATRIX()
        paint = [ctypes.c_uint() for _ in range(4)]
        for k in range(min(api.FPDFText_CountChars(handle), limits.MAX_ELEMENTS)):
            code = api.FPDFText_GetUnicode(handle, k)
            if (
                api.FPDFText_IsGenerated(handle, k) == 1
                or not 32 <= code <= 0x10FFFF
                or 0xD800 <= code < 0xE000
            ):
                continue
            api.FPDFText_GetCharOrigin(handle, k, x, y)
            api.FPDFText_GetCharBox(handle, k, left, right, bottom, top)
            api.FPDFText_GetMatrix(handle, k, own)
            matrix = self.matrix @ Affine(own.a, own.b, own.c, own.d, 0, 0)
            size = api.FPDFText_GetFontSize(handle, k) * matrix.scale
            ends = self.matrix.apply(np.array([[left.value, bottom.value], [right.value, top.value]]))
            origin = self.matrix.apply(np.array([[x.value, y.value]]))[0]
            radians = np.radians(matrix.angle)
            advance = float(((ends - origin) @ np.array([np.cos(radians), -np.sin(radians)])).max())
            api.FPDFText_GetFillColor(handle, k, *paint)
            yield Glyph(
                chr(code),
                float(origin[0]),
                float(origin[1]),
                max(advance, 0.0) if code != 32 else 0.28 * size,
                size,
                round(matrix.angle, 1),
                hex_colour(*(c.value for c in paint[:3])),
                ctypes.cast(api.FPDFText_GetTextObject(handle, k), ctypes.c_void_p).value or 0,
            )


def _matrix(item: ctypes.c_void_p) -> Affine:
    m = api.FS_MATRIX()
    api.FPDFPageObj_GetMatrix(item, m)
    return Affine(m.a, m.b, m.c, m.d, m.e, m.f)


def _colour(getter: Callable[..., object], item: ctypes.c_void_p) -> str:
    parts = [ctypes.c_uint() for _ in range(4)]
    getter(item, *parts)
    return hex_colour(*(p.value for p in parts[:3])) if parts[3].value > 0 else ""


def _dash(item: ctypes.c_void_p, scale: float) -> tuple[float, ...]:
    count = api.FPDFPageObj_GetDashCount(item)
    if not 0 < count <= 32:
        return ()
    values = (ctypes.c_float * count)()
    api.FPDFPageObj_GetDashArray(item, values, count)
    dash = tuple(v * scale for v in values)
    return dash if any(dash) else ()


def _subpaths(segments: Iterator[ctypes.c_void_p]) -> Iterator[tuple[Floats, bool, bool]]:
    """Points of each subpath, whether it is closed, whether it has curved pieces."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[Floats] = []
    controls: list[Floats] = []
    closed = curved = False
    for segment in segments:
        kind = api.FPDFPathSegment_GetType(segment)
        api.FPDFPathSegment_GetPoint(segment, x, y)
        point = np.array([x.value, y.value], dtype=float)
        if kind == api.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield np.array(points), closed, curved
            points, controls, closed, curved = [point], [], False, False
        elif kind == api.FPDF_SEGMENT_BEZIERTO:
            controls.append(point)
            if len(controls) == 3:
                points.extend(bezier(points[-1], *controls))
                controls, curved = [], True
        elif points:
            points.append(point)
        if api.FPDFPathSegment_GetClose(segment) and points:
            closed = True
            if np.abs(points[0] - points[-1]).max() > 1e-6:
                points.append(points[0])
    if len(points) > 1:
        yield np.array(points), closed, curved


def _clip(item: ctypes.c_void_p, matrix: Affine) -> Box | None:
    """Bounding box of an object's clip path, in the drawing."""
    path = api.FPDFPageObj_GetClipPath(item)
    box: Box | None = None
    for k in range(max(0, api.FPDFClipPath_CountPaths(path) if path else 0)):
        count = api.FPDFClipPath_CountPathSegments(path, k)
        segments = (api.FPDFClipPath_GetPathSegment(path, k, n) for n in range(max(0, count)))
        outlines = [points for points, _, _ in _subpaths(segments)]
        if outlines:
            corners = matrix.apply(np.vstack(outlines))
            (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
            box = intersect(box, (float(left), float(top), float(right), float(bottom)))
    return box
