"""Pieces of text with their place, whoever found them (a PDF, an SVG, an OCR), and the numbers they hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

#: Typographic minus signs and raised decimal points, written plainly.
_PLAIN = str.maketrans("−–—‐‑·∙⋅٫", "-----....")
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")


@dataclass(frozen=True)
class Text:
    """A run of text; (x, y) is the left top corner of its bounding box, y grows downwards.

    `angle` is the direction of writing in degrees (0 across, 90 upwards), `colour` a hex colour where known.
    `spans` are the starts and ends of its words as shares of its length, where the places of letters are known.
    """

    text: str
    x: float
    y: float
    width: float
    height: float
    confidence: float = 1.0
    angle: float = 0.0
    colour: str = ""
    spans: tuple[tuple[float, float], ...] = ()

    @property
    def right(self) -> float:
        """Right edge of the box."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Lower edge of the box."""
        return self.y + self.height

    @property
    def centre_x(self) -> float:
        """Middle of the box, across."""
        return self.x + 0.5 * self.width

    @property
    def centre_y(self) -> float:
        """Middle of the box, down."""
        return self.y + 0.5 * self.height

    @property
    def size(self) -> float:
        """Height of the letters, whatever the direction of writing."""
        return self.height if abs(self.angle) % 180 < 45 or abs(self.angle) % 180 > 135 else self.width


def parse_number(text: str) -> float | None:
    """Number that the whole text is, None if it is none.

    Understands percent signs (the number before it is returned), typographic minus signs, decimal commas and
    raised points, and thousands separated by commas or thin spaces.
    """
    plain = _SPACES.sub(" ", text.translate(_PLAIN)).strip()
    plain = plain.removesuffix("%").rstrip()
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(?: \d{3})+", plain):
        plain = plain.replace(" ", "")
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    return float(plain) if _NUMBER.fullmatch(plain) else None


def words(texts: Sequence[Text]) -> list[Text]:
    """Texts cut at their spaces; where the places of letters are not known, each is taken to be equally wide."""
    parts: list[Text] = []
    for run in texts:
        pieces = list(re.finditer(r"\S+", run.text))
        if len(pieces) < 2 or run.size != run.height:
            parts.append(replace(run, text=run.text.strip(), spans=()))
            continue
        spans = run.spans
        if len(spans) != len(pieces):
            spans = tuple((p.start() / len(run.text), p.end() / len(run.text)) for p in pieces)
        parts += [
            replace(run, text=p.group(), x=run.x + a * run.width, width=(b - a) * run.width, spans=())
            for p, (a, b) in zip(pieces, spans, strict=True)
        ]
    return [p for p in parts if p.text]


def lines(texts: Sequence[Text]) -> list[list[Text]]:
    """Texts written across, grouped into lines by their middles: top line first, each from left to right."""
    rows: list[list[Text]] = []
    for text in sorted((t for t in texts if t.size == t.height), key=lambda t: t.centre_y):
        if rows and _level(text, rows[-1][-1]):
            rows[-1].append(text)
        else:
            rows.append([text])
    return [sorted(row, key=lambda t: t.x) for row in rows]


def _level(a: Text, b: Text) -> bool:
    return abs(a.centre_y - b.centre_y) < 0.4 * min(a.height, b.height) + 1e-9


def joined(row: Sequence[Text], gap: float = 0.7) -> list[Text]:
    """Neighbours of one line joined into phrases where the gap is under `gap` letter heights."""
    phrases: list[Text] = []
    for text in row:
        last = phrases[-1] if phrases else None
        if last is not None and text.x - last.right < gap * max(text.height, last.height):
            top, bottom = min(last.y, text.y), max(last.bottom, text.bottom)
            space = "" if text.x - last.right < 0.08 * text.height else " "
            phrases[-1] = replace(
                last,
                text=f"{last.text}{space}{text.text}",
                y=top,
                height=bottom - top,
                width=max(last.right, text.right) - last.x,
                confidence=min(last.confidence, text.confidence),
                spans=(),
            )
        else:
            phrases.append(text)
    return phrases
