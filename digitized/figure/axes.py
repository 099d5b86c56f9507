"""Calibrating an axis: numbers printed beside it, the ticks they belong to, and the line through both."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Literal

import numpy as np

from digitized.curve import Floats
from digitized.figure.reading import Axis
from digitized.figure.text import Text, parse_number

#: Confidence of an axis that rests on two labels, on three, on more.
_TRUST = {2: 0.6, 3: 0.9}


def calibrate_axis(
    labels: Sequence[Text],
    *,
    along: Literal["x", "y"],
    ticks: Sequence[float] = (),
    origin: str = "text",
) -> Axis | None:
    """Line through the largest set of labels that agree with one another.

    Labels that are no numbers and numbers that do not fit the others (print that is no tick label, a digit
    read wrongly) are left out; a label dropped from the figure does no harm, since no spacing is assumed.

    Parameters
    ----------
    labels : sequence of Text
        Candidates for tick labels.
    along : {"x", "y"}
        Direction of the axis: values rise to the right on x, and upwards on y.
    ticks : sequence of float
        Coordinates of tick marks or gridlines. Where most labels have one close to their middles, the line is
        laid through these exact coordinates instead of the labels' middles.
    origin : str
        Kept in the axis: how the labels were found.

    Returns
    -------
    Axis or None
        None if fewer than two labels agree. The confidence falls with few labels, labels left out, and labels
        without ticks.
    """
    pairs = [
        (label.centre_x if along == "x" else label.centre_y, value, label.confidence)
        for label in labels
        if (value := parse_number(label.text)) is not None
    ]
    agreeing = _agreeing(pairs, rising=along == "x")
    if len(agreeing) < 2:
        return None
    middles = np.array([pairs[i][0] for i in agreeing])
    numbers = np.array([pairs[i][1] for i in agreeing])
    at, values, snapped = _on_ticks(middles, numbers, np.asarray(ticks, dtype=float))
    slope, intercept = np.polyfit(at, values, 1)
    share = len(agreeing) / len(pairs)
    trust = _TRUST.get(len(values), 1.0) * (1.0 if snapped else 0.8) * (0.5 + 0.5 * share)
    trust *= min(1.0, float(np.mean([pairs[i][2] for i in agreeing])))
    found = tuple((float(a), float(v)) for a, v in zip(at, values, strict=True))
    return Axis(float(intercept), float(slope), found, origin, round(trust, 3), snapped)


def _agreeing(pairs: Sequence[tuple[float, float, float]], *, rising: bool) -> list[int]:
    """Indices of the largest set of (coordinate, value) pairs on one line of the right direction."""
    best: list[int] = []
    best_error = np.inf
    coordinate = np.array([p[0] for p in pairs])
    value = np.array([p[1] for p in pairs])
    for i, j in combinations(range(len(pairs)), 2):
        if coordinate[i] == coordinate[j] or value[i] == value[j]:
            continue
        slope = (value[j] - value[i]) / (coordinate[j] - coordinate[i])
        if (slope > 0) != rising:
            continue
        off = np.abs((value - value[i]) / slope + coordinate[i] - coordinate)
        spacing = abs(coordinate[j] - coordinate[i]) / max(1, _between(coordinate, i, j) + 1)
        near = np.flatnonzero(off < max(0.12 * spacing, 1e-9))
        _, first = np.unique(value[near], return_index=True)
        near = near[first]
        error = float(off[near].mean())
        if (len(near), -error) > (len(best), -best_error):
            best, best_error = [int(k) for k in near], error
    return best


def _between(coordinate: Floats, i: int, j: int) -> int:
    low, high = sorted((coordinate[i], coordinate[j]))
    return int(((coordinate > low) & (coordinate < high)).sum())


def _on_ticks(at: Floats, value: Floats, ticks: Floats) -> tuple[Floats, Floats, bool]:
    """Labels' coordinates replaced by those of their ticks, if most have one and the ticks agree better."""
    if ticks.size < 2:
        return at, value, False
    spacing = float(np.diff(np.sort(at)).min())
    shift = shift_to_ticks(at, ticks)
    nearest = ticks[np.argmin(np.abs(ticks[None, :] - at[:, None] - shift), axis=1)]
    close = np.abs(nearest - at - shift) < max(0.15 * spacing, 1e-9)
    if close.sum() < max(2, 0.6 * at.size):
        return at, value, False
    at_ticks, on_ticks = nearest[close], value[close]
    while at_ticks.size > 2:
        slope, intercept = np.polyfit(at_ticks, on_ticks, 1)
        residual = np.abs((on_ticks - intercept) / slope - at_ticks)
        if residual.max() < 0.01 * spacing + 0.02:
            break
        keep = np.arange(at_ticks.size) != np.argmax(residual)
        at_ticks, on_ticks = at_ticks[keep], on_ticks[keep]
    if at_ticks.size < max(2, 0.5 * at.size):
        return at, value, False
    return at_ticks, on_ticks, True


def shift_to_ticks(at: Floats, ticks: Floats) -> float:
    """How far labels at `at` all stand beside their ticks (turned or slanted labels do)."""
    nearest = ticks[np.argmin(np.abs(ticks[None, :] - at[:, None]), axis=1)]
    return float(np.median(nearest - at))


def axis_between(first: tuple[float, float], last: tuple[float, float], origin: str = "option") -> Axis:
    """Axis through two (coordinate, value) pairs, as given by options or clicks."""
    per_unit = (last[1] - first[1]) / (last[0] - first[0])
    return Axis(first[1] - per_unit * first[0], per_unit, (first, last), origin)


def as_proportion(axis: Axis) -> Axis:
    """Survival axis on the scale 0-1, whether it is labelled in proportions or in percent."""
    top = max((value for _, value in axis.ticks), default=1.0)
    if top <= 1.5:
        return axis
    return replace(
        axis,
        value_at_zero=axis.value_at_zero / 100,
        per_unit=axis.per_unit / 100,
        ticks=tuple((at, value / 100) for at, value in axis.ticks),
    )
