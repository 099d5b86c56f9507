"""Texts of an SVG: runs with their places, from <text>, <tspan> and letters placed one by one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from xml.etree import ElementTree

import numpy as np

from digitized.figure.text import Text
from digitized.figure.vector.drawing import Affine
from digitized.figure.vector.lettering import CAP_HEIGHT, Glyph, estimated_length, placed, runs
from digitized.figure.vector.svg_shapes import transform
from digitized.figure.vector.svg_style import Names, Rule, colour, length, resolve

#: Where along its length a run is anchored.
_ANCHOR = {"start": 0.0, "middle": 0.5, "end": 1.0}
#: Height of the anchor line over the baseline, in font sizes.
_BASELINE = {
    "middle": 0.5 * CAP_HEIGHT,
    "central": 0.5 * CAP_HEIGHT,
    "hanging": CAP_HEIGHT,
    "text-before-edge": 0.9,
}


@dataclass(frozen=True)
class _Piece:
    """Letters with one style; x and y are places of their first letters, None where the text just goes on."""

    text: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    dx: float
    dy: float
    style: Mapping[str, str]
    text_length: float
    matrix: Affine


def texts_of(
    element: ElementTree.Element,
    matrix: Affine,
    style: Mapping[str, str],
    path: tuple[Names, ...],
    rules: Sequence[Rule],
) -> list[Text]:
    """Runs of a <text> element, in the drawing's coordinates."""
    found: list[Text] = []
    x = y = 0.0
    chunk: list[_Piece] = []
    for piece in _pieces(element, matrix, style, path, rules):
        if not piece.text:
            continue
        if len(piece.x) > 1:
            found += _lettered(piece)
            continue
        if piece.x or piece.y or piece.dy:
            found += _chunk(chunk, x, y)
            chunk = []
            x = piece.x[0] if piece.x else x
            y = (piece.y[0] if piece.y else y) + piece.dy
        chunk.append(piece)
    return found + _chunk(chunk, x, y)


def _pieces(
    element: ElementTree.Element,
    matrix: Affine,
    style: Mapping[str, str],
    path: tuple[Names, ...],
    rules: Sequence[Rule],
) -> Iterator[_Piece]:
    size = length(style.get("font-size", "16"), 16.0)
    whole = element.get("textLength", "")
    first = True
    blank = element.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"

    def piece(text: str | None) -> _Piece:
        nonlocal first
        plain = (text or "") if blank else " ".join((text or "").split())
        if text and not blank and plain and text[-1].isspace():
            plain += " "
        if text and not blank and plain and text[0].isspace() and not first:
            plain = " " + plain
        if not plain.strip() and first and not plain:
            return _Piece("", (), (), 0, 0, style, 0, matrix)
        places = ("x", "y") if first else ()
        x, y = _places(element, "x", size), _places(element, "y", size)
        made = _Piece(
            plain,
            x if places else (),
            y if places else (),
            next(iter(_places(element, "dx", size)), 0.0) if places else 0.0,
            next(iter(_places(element, "dy", size)), 0.0) if places else 0.0,
            style,
            length(whole) if whole and not len(element) else 0.0,
            matrix,
        )
        first = False
        return made

    yield piece(element.text)
    for child in element:
        if not isinstance(child.tag, str) or child.tag.rsplit("}", 1)[-1] not in {"tspan", "a"}:
            continue
        names = Names("tspan", child.get("id", ""), frozenset(child.get("class", "").split()))
        inner = resolve(child.attrib, (*path, names), rules, style)
        parts = list(
            _pieces(child, matrix @ transform(child.get("transform", "")), inner, (*path, names), rules)
        )
        if first and parts and any(p.text for p in parts):
            parts = _inherit_place(parts, element, size)
            first = False
        yield from parts
        if child.tail and child.tail.strip():
            yield piece(child.tail)


def _inherit_place(parts: list[_Piece], element: ElementTree.Element, size: float) -> list[_Piece]:
    """The first letters of a <tspan> without a place stand where the <text> around it says."""
    at = next(k for k, p in enumerate(parts) if p.text)
    p = parts[at]
    x, y = _places(element, "x", size)[:1], _places(element, "y", size)[:1]
    parts[at] = replace(p, x=p.x or x, y=p.y or y)
    return parts


def _places(element: ElementTree.Element, name: str, size: float) -> tuple[float, ...]:
    return tuple(length(n, size) for n in element.get(name, "").replace(",", " ").split())


def _size(style: Mapping[str, str]) -> float:
    return length(style.get("font-size", "16"), 16.0)


def _lengths(piece: _Piece) -> float:
    return piece.text_length or estimated_length(piece.text, _size(piece.style))


def _chunk(chunk: Sequence[_Piece], x: float, y: float) -> list[Text]:
    """One run of the pieces that follow one another from a common anchor."""
    text = "".join(p.text for p in chunk)
    if not text.strip():
        return []
    first = chunk[0]
    total = sum(_lengths(p) for p in chunk)
    start = x + first.dx - _ANCHOR.get(first.style.get("text-anchor", "start"), 0.0) * total
    line = first.style.get("dominant-baseline") or first.style.get("alignment-baseline") or ""
    base = y + _BASELINE.get(line, 0.0) * _size(first.style)
    glyph = _glyph(first, start, base, text[0])
    return [placed(text.strip(), glyph, total * first.matrix.scale)]


def _glyph(piece: _Piece, x: float, y: float, char: str, advance: float = 0.0) -> Glyph:
    at = piece.matrix.apply(np.array([[x, y]]))[0]
    current = colour(piece.style.get("color")) or "#000000"
    paint = colour(piece.style.get("fill", "#000000"), current)
    size = _size(piece.style) * piece.matrix.scale
    return Glyph(char, float(at[0]), float(at[1]), advance, size, piece.matrix.angle, paint)


def _lettered(piece: _Piece) -> list[Text]:
    """Runs of letters each of which has a place of its own."""
    glyphs = []
    size = _size(piece.style)
    for k, char in enumerate(piece.text[: len(piece.x)]):
        y = piece.y[min(k, len(piece.y) - 1)] if piece.y else 0.0
        step = estimated_length(char, size)
        if k + 1 < len(piece.x) and 0 < piece.x[k + 1] - piece.x[k] < 1.2 * size:
            step = piece.x[k + 1] - piece.x[k]
        glyphs.append(_glyph(piece, piece.x[k], y, char, step * piece.matrix.scale))
    return runs(glyphs)
