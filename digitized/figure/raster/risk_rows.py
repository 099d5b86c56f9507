"""Numbers at risk printed under a plot: rows of cells under the ticks, matched to the arms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from digitized.curve import Floats, Ints
from digitized.figure.raster.axes import cells_below
from digitized.figure.raster.frames import Frame
from digitized.figure.raster.image import Pixels
from digitized.figure.raster.ocr import Box, Word, as_number, recognise
from digitized.figure.raster.risk_cells import Line, cells_under, lines_of
from digitized.figure.raster.sheet import Sheet
from digitized.figure.reading import Axis

#: Words that head a table or say what its rows count; never an arm's name.
_HEADINGS = re.compile(
    r"(?i)^\W*(n(o|umber|umbers|r)?\W*(of\W*)?(patients|subjects)?\W*at\W*risk|at\W*risk|patients\W*at\W*risk|strata|"
    r"events?|censored|time|months?|weeks?|days?|years?|number\W*censored)\b"
)
_CELL = re.compile(r"^\D{0,1}(\d+)")


@dataclass(frozen=True)
class RiskRow:
    """One row of numbers at risk.

    `name` is the arm as printed ("" if none), `colour` the direction of absorbance of the row's print or key
    (None if black), `unread` how many cells gave no number.
    """

    name: str
    time: Floats
    count: Ints
    colour: Pixels | None
    unread: int


def tick_columns(x_axis: Axis, frame: Frame) -> tuple[Floats, Floats]:
    """Pixel and value of every tick that the time axis has or, by its step, must have (from 0 on)."""
    values = np.array(sorted({value for _, value in x_axis.ticks}))
    if values.size < 2:
        return np.empty(0), np.empty(0)
    step = float(np.median(np.diff(values)))
    series = values[0] + step * np.arange(-np.floor(values[0] / step + 1e-6), 60)
    at = x_axis.coordinate(series)
    extra = values[np.min(np.abs(values[:, None] - series[None, :]), axis=1) > 0.2 * step]
    inside = at < frame.right + 0.03 * frame.width
    series = np.sort(np.concatenate((series[inside], extra)))
    return np.asarray(x_axis.coordinate(series)), series


def read_risk_rows(
    sheet: Sheet, frame: Frame, x_axis: Axis, zone: tuple[float, float, float]
) -> list[RiskRow]:
    """Rows of numbers at risk under the time axis, else within the plot under its lowest value; top to bottom.

    `zone` is the column right of which this panel's names stand (a neighbouring panel ends there), the row of
    the survival axis's lowest value, and the row of the picture where the panel's own print ends.
    """
    columns, values = tick_columns(x_axis, frame)
    labels = cells_below(sheet.ink, frame)
    if columns.size < 2 or not labels:
        return []
    left, lowest, end = zone
    below = (round(max(b[3] for b in labels)) + 2, round(end))
    within = (round(lowest) + 4, round(frame.bottom) - 2)
    for top, bottom in (below, within):
        rows = _rows_between(sheet, top, bottom, columns, values, left)
        if rows:
            return rows
    return []


def _rows_between(
    sheet: Sheet, top: int, bottom: int, columns: Floats, values: Floats, zone: float
) -> list[RiskRow]:
    if bottom - top < 6:
        return []
    spacing = float(np.median(np.diff(columns)))
    found = lines_of(sheet.ink, top, bottom, columns[0] - spacing, columns[-1] + spacing)
    rows = [_read_row(sheet, line, columns, values, zone) for line in found]
    read = [row for row in rows if row is not None]
    # A letter beside one row only is a piece of a title written upwards.
    stray = any(not row.name for row in read)
    return [replace(row, name="") if stray and len(row.name) == 1 else row for row in read]


def _read_row(sheet: Sheet, line: Line, columns: Floats, values: Floats, zone: float) -> RiskRow | None:
    cells = cells_under(line, columns)
    if len(cells) < max(2, 0.4 * columns.size):
        return None
    order = sorted(cells)
    texts = [text for text, _ in recognise(sheet.picture, [cells[i] for i in order])]
    if np.mean([text.strip().startswith(("(", "（", "[")) for text in texts]) > 0.5:
        return None
    counts = _second_look(sheet, [cells[i] for i in order], [_count(text) for text in texts])
    steps = np.diff([c for c in counts if c is not None])
    # Numbers at risk fall; a second time axis, events and censorings rise.
    if (steps > 0).sum() > max(1, 0.25 * steps.size):
        return None
    read = falling([(float(values[i]), c) for i, c in zip(order, counts, strict=True) if c is not None])
    if len(read) < max(2, 0.6 * len(order)) or order[0] > 1:
        return None
    time, count = np.array([t for t, _ in read]), np.array([c for _, c in read], dtype=np.int64)
    if count[0] <= 0:
        return None
    name = _row_name(sheet.words, line, min(cells[order[0]][0], columns[0]), columns[-1], zone)
    return RiskRow(name, time, count, _row_colour(sheet, line, columns), len(order) - len(read))


def falling(cells: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """The most cells that never rise from one to the next; a digit lost in one makes it stick out."""
    longest: list[list[tuple[float, int]]] = []
    for cell in cells:
        before = [run for run in longest if run[-1][1] >= cell[1]]
        longest.append([*max(before, key=len, default=[]), cell])
    return max(longest, key=len, default=[])


def _second_look(sheet: Sheet, cells: Sequence[Box], counts: Sequence[int | None]) -> list[int | None]:
    """Read again, with other margins, what gave no number or breaks the fall of the numbers at risk."""
    doubtful = [
        i
        for i, count in enumerate(counts)
        if count is None
        or any(c is not None and c > count for c in counts[i + 1 : i + 3])
        or any(c is not None and c < count for c in counts[max(0, i - 2) : i])
    ]
    result = list(counts)
    for i in doubtful:
        left, top, right, bottom = cells[i]
        readings = [result[i]]
        for margin in ((1, 1), (3, 2), (6, 4)):
            box = (left - margin[0], top - margin[1], right + margin[0], bottom + margin[1])
            readings += [_count(text) for text, _ in recognise(sheet.picture, [box])]
        fitting = [
            r
            for r in readings
            if r is not None
            and all(c is None or c >= r for c in result[max(0, i - 1) : i])
            and all(c is None or c <= r for c in result[i + 1 : i + 2])
        ]
        if fitting:
            result[i] = max(fitting, key=fitting.count)
    return result


def _count(text: str) -> int | None:
    cleaned = text.replace("（", "(").strip()
    head = cleaned.split("(")[0].strip()
    number = as_number(head) if head else None
    if number is None:
        match = _CELL.match(head)
        number = float(match.group(1)) if match else None
    return int(number) if number is not None and float(number).is_integer() else None


def _row_name(words: Sequence[Word], line: Line, left: float, right: float, zone: float) -> str:
    """Text to the left of the row, else on the line above it."""
    middle, high = 0.5 * (line.top + line.bottom), line.bottom - line.top + 1
    beside = [
        w
        for w in words
        if w.height < 1.5 * max(w.right - w.left, high)
        and abs(w.y - middle) < 0.5 * high
        and zone < w.x
        and w.left < left
        and w.number is None
    ]
    parts = [re.sub(r"[\d\s()]+$", "", w.text).strip() for w in sorted(beside, key=lambda w: w.left)]
    name = " ".join(p for p in parts if p and not _HEADINGS.match(p))
    if name:
        return name
    above = [
        w
        for w in words
        if 0.3 * high < middle - w.y < 3.0 * high
        and zone < w.x
        and w.left < left + 0.35 * (right - left)
        and any(c.isalpha() for c in w.text)
        and not _HEADINGS.match(w.text)
    ]
    if not above:
        return ""
    nearest = max(above, key=lambda w: w.y)
    same_line = sorted((w for w in above if abs(w.y - nearest.y) < 0.5 * high), key=lambda w: w.left)
    return " ".join(w.text for w in same_line)


def _row_colour(sheet: Sheet, line: Line, columns: Floats) -> Pixels | None:
    """Direction of absorbance of the row's print or of a key to its left; None when all is black."""
    right = min(sheet.picture.width, round(columns[-1] + 20))
    band = sheet.picture.rgb[max(0, line.top - 2) : line.bottom + 3, :right]
    ink = sheet.ink[max(0, line.top - 2) : line.bottom + 3, :right]
    pixels = 1 - band[ink]
    if not pixels.size:
        return None
    total = pixels[np.ptp(pixels, axis=1) > 0.25].sum(axis=0)
    # The coloured fringes of black letters (sub-pixel rendering) add up to grey.
    if total.max() < 8 or np.ptp(total) < 0.3 * total.max():
        return None
    return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


def match_rows(
    rows: Sequence[RiskRow],
    directions: Sequence[Pixels],
    curves: Sequence[tuple[Floats, Floats]],
    names: Sequence[str],
) -> list[int | None]:
    """Index of the row that belongs to each arm: by name, colour, and what the curve allows at risk.

    A patient at risk at t is alive and event-free, so n(t) <= n(0) S(t) up to reading error.
    """
    if not rows or not curves:
        return [None] * len(curves)
    cost = np.zeros((len(curves), len(rows)))
    for a, (time, survival) in enumerate(curves):
        for r, row in enumerate(rows):
            at = np.searchsorted(time, row.time, side="right") - 1
            alive = survival[np.clip(at, 0, survival.size - 1)]
            share = row.count / max(int(row.count[0]), 1)
            cost[a, r] = 4 * float(np.clip(share - alive - 0.01, 0, None).mean()) + 0.3 * float(
                np.std(alive - share)
            )
            if row.colour is not None:
                cost[a, r] += float(np.degrees(np.arccos(np.clip(row.colour @ directions[a], -1, 1)))) / 30
            if names[a] and row.name:
                cost[a, r] += 0.0 if _alike(names[a], row.name) else 0.5
    best: tuple[float, list[int | None]] = (np.inf, [None] * len(curves))
    small, large = sorted((len(curves), len(rows)))
    if large > 6:
        return [i if i < len(rows) else None for i in range(len(curves))]
    for choice in permutations(range(large), small):
        if len(curves) <= len(rows):
            pairs = list(enumerate(choice))
        else:
            pairs = [(a, r) for r, a in enumerate(choice)]
        total = float(sum(cost[a, r] for a, r in pairs))
        if total < best[0]:
            chosen: list[int | None] = [None] * len(curves)
            for a, r in pairs:
                chosen[a] = r
            best = (total, chosen)
    return best[1]


def _alike(a: str, b: str) -> bool:
    """Whether two printed names are one, OCR slips and blanks aside."""
    plain = [re.sub(r"[^a-z0-9+]", "", name.lower()) for name in (a, b)]
    return plain[0] == plain[1] or (
        min(map(len, plain)) > 3 and (plain[0] in plain[1] or plain[1] in plain[0])
    )
