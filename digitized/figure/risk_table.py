"""Numbers at risk under a figure: rows and columns from the places of texts alone, whoever read the texts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from digitized.curve import Floats, Ints
from digitized.figure.axes import calibrate_axis
from digitized.figure.reading import Axis
from digitized.figure.text import Text, joined, lines, parse_number, words

_AT_RISK = re.compile(
    r"\bat[\s-]*risk\b|\brisk\s+set\b|\bno\.?\s+at\b|\bpatients?\s+remaining\b", re.IGNORECASE
)
_OTHER = re.compile(r"\bevents?\b|\bcensor(?:ed|ing)?\b|\bdeaths?\b|\bcumulative\b", re.IGNORECASE)
_AXIS_TITLE = re.compile(r"\b(?:time|months?|years?|weeks?|days?|follow-?up)\b", re.IGNORECASE)
_KEY = re.compile(r"[-–—−_■●▬|]+")
_COUNT = re.compile(r"(\d[\d,\u2009\u202f]*)(?:\s*[(/\[].*)?")
#: A number belongs to a tick when its middle is closer than this share of the ticks' spacing.
_NEAR = 0.22
#: ... or where it begins closer than this.
_FLUSH = 0.06


@dataclass(frozen=True)
class RiskRow:
    """One row of a table of numbers at risk.

    `label` and `colour` are those of the row's own label (empty if it has none), `y` the row's middle, `time`
    in the axis's own unit.
    """

    label: str
    colour: str
    y: float
    time: Floats
    at_risk: Ints
    confidence: float = 1.0


@dataclass(frozen=True)
class _Line:
    """A line of the table: what stands left of the columns, and the numbers in them."""

    y: float
    height: float
    label: str
    colour: str
    counts: tuple[tuple[float, int, float], ...]


def read_risk_table(
    texts: Sequence[Text], x_axis: Axis, *, top: float, bottom: float = np.inf
) -> tuple[RiskRow, ...]:
    """Rows of numbers at risk among the texts between two heights, top row first.

    Tables headed "at risk" with a row for each arm, and blocks headed by an arm with a row "at risk", are
    both understood; rows of events and of censored patients are left out, and counts in brackets too. A row
    whose label is only a dash or a box (a legend's key) takes its colour.

    Parameters
    ----------
    texts : sequence of Text
        Everything written on the figure.
    x_axis : Axis
        Time axis of the panel above the table; its ticks are the columns. A table drawn with a time axis of
        its own underneath (not aligned with the panel's) is read with that.
    top, bottom : float
        The table lies between these (drawing coordinates, y downwards).
    """
    printed = [t for t in words(texts) if top < t.centre_y < bottom]
    return max(
        (_table(pieces, x_axis) for pieces in (printed, _with_brackets(printed))),
        key=lambda table: (sum(row.at_risk.size for row in table[0]), -table[1]),
    )[0]


def _with_brackets(texts: Sequence[Text]) -> list[Text]:
    """Texts with what stands in brackets joined to the number before it, where both are one centred cell."""
    cells: list[Text] = []
    for row in lines(texts):
        for text in row:
            last = cells[-1] if cells else None
            follows = last is not None and last.y < text.bottom and text.y < last.bottom
            if (
                last is not None
                and follows
                and text.text.startswith(("(", "["))
                and _count(last.text) is not None
                and -0.2 * text.height < text.x - last.right < 1.2 * text.height
            ):
                cells[-1] = replace(last, text=f"{last.text} {text.text}", width=text.right - last.x)
            else:
                cells.append(text)
    return cells + [t for t in texts if t.size != t.height]


def _table(inside: Sequence[Text], x_axis: Axis) -> tuple[tuple[RiskRow, ...], float]:
    """Rows of a table, and how far its numbers stand from their columns."""
    keys = [t for t in inside if _KEY.fullmatch(t.text)]
    inside = [t for t in inside if not _KEY.fullmatch(t.text)]
    best: list[_Line] = []
    score = (0, 0.0)
    for axis in (x_axis, *_own_axes(inside)):
        found = [line for row in lines(inside) if (line := _as_line(row, axis)) is not None]
        counts = sum(len(line.counts) for line in found)
        offset = _misalignment(inside, axis, found)
        if (counts, -offset) > score:
            best, score = found, (counts, -offset)
    return tuple(_keyed(tuple(_rows(best)), keys)), -score[1]


def _keyed(rows: Sequence[RiskRow], keys: Sequence[Text]) -> Iterator[RiskRow]:
    """Rows without a label, with the colour of the key that stands closest to them."""
    pitch = min((b.y - a.y for a, b in pairwise(rows)), default=np.inf)
    for row in rows:
        key = min(keys, key=lambda k: abs(k.centre_y - row.y), default=None)
        if not row.label and key is not None and abs(key.centre_y - row.y) < 0.5 * pitch:
            yield replace(row, colour=key.colour)
        else:
            yield row


def _own_axes(texts: Sequence[Text]) -> Iterator[Axis]:
    for row in lines(texts):
        axis = calibrate_axis(row, along="x")
        if axis is not None and len(axis.ticks) >= 4:
            yield axis


def _tick_values(axis: Axis) -> Floats:
    """Values where columns may stand: the axis's labels, and the regular places that lack one."""
    values = np.unique([value for _, value in axis.ticks])
    if values.size < 2:
        return values
    step = float(np.diff(values).min())
    steps = np.arange(np.floor((values[-1] - values[0]) / step + 0.5) + 1)
    return values[0] + step * steps


def _column(axis: Axis, values: Floats, text: Text) -> tuple[float, float] | None:
    """Time of the column that a text stands in, and its distance from it in spacings."""
    step = float(np.diff(values).min()) if values.size > 1 else 1.0
    at = float(axis.value(np.array(text.centre_x)))
    nearest = float(values[np.argmin(np.abs(values - at))])
    off = abs(nearest - at) / step
    if off < _NEAR:
        return nearest, off
    # Cells that are not centred begin at their ticks.
    begin = float(axis.value(np.array(text.x)))
    nearest = float(values[np.argmin(np.abs(values - begin))])
    return (nearest, off) if abs(nearest - begin) / step < _FLUSH else None


def _count(text: str) -> int | None:
    match = _COUNT.fullmatch(text)
    number = parse_number(match.group(1)) if match else None
    return int(number) if number is not None and number == int(number) else None


def _as_line(row: Sequence[Text], axis: Axis) -> _Line | None:
    """A line with its label and counts; None for a line of nothing that concerns the table (another axis)."""
    values = _tick_values(axis)
    if not values.size:
        return None
    counts: dict[float, tuple[float, int, float]] = {}
    label: list[Text] = []
    first = float(axis.coordinate(np.array(values[0])))
    for text in row:
        number = _count(text.text)
        column = _column(axis, values, text) if number is not None else None
        if number is not None and column is not None:
            time, off = column
            if time not in counts or off < counts[time][2]:
                counts[time] = (time, number, off)
        elif not counts and (number is None or text.right < first):
            label.append(text)
    if len(label) > 1 and counts and values[0] not in counts and values.size > 1:
        # Written in one piece with the label, of which only the beginning's place is certain.
        number, after = _count(label[-1].text), counts[min(counts)][1]
        off = abs(float(axis.value(np.array(label[-1].centre_x))) - values[0]) / float(np.diff(values).min())
        if number is not None and number >= after and off < 0.6:
            counts[values[0]] = (float(values[0]), number, off)
            label = label[:-1]
    found = tuple(counts[t] for t in sorted(counts))
    if len(found) >= 3 and all(a[1] < b[1] for a, b in pairwise(found)):
        steps = np.diff([c[1] for c in found]) / np.diff([c[0] for c in found])
        if np.ptp(steps) < 1e-9:
            return None  # the axis's own labels, repeated under the table
    phrase = joined(label, gap=1.5)
    return _Line(
        y=float(np.mean([t.centre_y for t in row])),
        height=float(np.median([t.height for t in row])),
        label=" ".join(p.text for p in phrase).strip(" :–—-"),
        colour=next((t.colour for t in label if t.colour), ""),
        counts=found,
    )


def _misalignment(texts: Sequence[Text], axis: Axis, found: Sequence[_Line]) -> float:
    return float(np.mean([off for line in found for _, _, off in line.counts] or [1.0]))


def _rows(found: Sequence[_Line]) -> Iterator[RiskRow]:
    """Rows of numbers at risk among the lines: headings tell what a row counts, and for whom."""
    counting_risk = True
    block = _Line(0.0, 0.0, "", "", ())
    last: float | None = None
    for line in found:
        if len(line.counts) < 2 and not (line.label and line.counts and last is not None):
            if line.label and not line.counts:
                if _AT_RISK.search(line.label):
                    counting_risk = True
                elif line.label.startswith(("(", "[")):
                    continue  # what the counts in brackets are
                elif _OTHER.search(line.label):
                    counting_risk = False
                elif not _AXIS_TITLE.search(line.label):
                    block = line
            continue
        numbers = [n for _, n, _ in line.counts]
        falling = all(a >= b for a, b in pairwise(numbers))
        if last is not None and line.y - last > 8 * max(line.height, 1e-9):
            return  # something else, further down the page
        if last is not None:
            last = line.y
        if _OTHER.search(line.label) and not _AT_RISK.search(line.label):
            continue
        if not counting_risk and not _AT_RISK.search(line.label):
            continue
        if not falling and (len(numbers) < 4 or np.mean(np.diff(numbers) <= 0) < 0.6):
            continue
        plain = _AT_RISK.sub("", line.label).strip(" :.()") if _AT_RISK.search(line.label) else line.label
        named = line if plain and plain.lower() not in {"no", "n", "number", "numbers", "patients"} else block
        near = named is line or 0 < line.y - named.y < 4.5 * line.height
        yield RiskRow(
            label=(plain if named is line else named.label) if near else "",
            colour=named.colour if near else "",
            y=line.y,
            time=np.array([t for t, _, _ in line.counts]),
            at_risk=np.array(numbers, dtype=np.int64),
            confidence=1.0 if falling else 0.5,
        )
        last = line.y


def match_rows(
    rows: Sequence[RiskRow], names: Sequence[str], colours: Sequence[str] = ()
) -> list[RiskRow | None]:
    """The row of each arm: by name, else by the colour of its label, else by order if as many are left.

    Parameters
    ----------
    rows : sequence of RiskRow
        As read, top row first.
    names, colours : sequence of str
        Arms' names (empty where unknown) and hex colours, in the order in which rows would be listed.
    """
    left = list(rows)
    matched: list[RiskRow | None] = [None] * len(names)

    def take(arm: int, row: RiskRow) -> None:
        matched[arm] = row
        left.remove(row)

    for alike in (_same_name, _contained_name):
        for arm, name in enumerate(names):
            hits = [row for row in left if matched[arm] is None and name and alike(row.label, name)]
            if len(hits) == 1:
                take(arm, hits[0])
    for arm, colour in enumerate(colours):
        others = [c for k, c in enumerate(colours) if k != arm]
        hits = [r for r in left if matched[arm] is None and r.colour == colour and colour not in others]
        if len(hits) == 1:
            take(arm, hits[0])
    open_arms = [arm for arm, row in enumerate(matched) if row is None]
    if len(open_arms) == len(left):
        for arm, row in zip(open_arms, list(left), strict=True):
            take(arm, row)
    return matched


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", name.lower())


def _same_name(label: str, name: str) -> bool:
    return _plain(label) == _plain(name) != ""


def _contained_name(label: str, name: str) -> bool:
    a, b = _plain(label), _plain(name)
    return min(len(a), len(b)) >= 2 and (a in b or b in a)
