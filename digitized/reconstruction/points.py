"""Points as read made ready: order understood, scale checked, the start (0, 1) present."""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Curve, Floats
from digitized.errors import InputError
from digitized.reconstruction.monotone import non_increasing
from digitized.reconstruction.tracing import is_traced, row_height, thinned

SLIGHTLY_ABOVE_ONE = 1.02
LEAST_TRACE_NOISE = (
    0.5  # rows of pixels: rounding, and an axis off by half a row, which a level's columns share
)
SLIGHTLY_EARLY = 0.02  # of the span: a click left of the axis


@dataclass(frozen=True)
class Points:
    """Points in the order of drawing, from (0, 1) on.

    Attributes
    ----------
    time, survival : (K,) float
        In drawing order. Neighbours may go slightly back in time or up in survival: that is reading noise.
    ordered : bool
        Whether the file's own order was kept (True) or points had to be sorted by time (False).
    traced : bool
        Whether times lie on a regular grid (an automatic trace), so that they carry no reading noise.
    weight : (K,) float
        Readings that each point stands for: a thinned trace keeps two points a plateau.
    column : float
        Width in time of a pixel column of a trace, else 0.
    scatter : float
        Noise of the columns of a trace around their isotonic fit, else 0.
    """

    time: Floats
    survival: Floats
    ordered: bool
    traced: bool
    weight: Floats
    column: float
    scatter: float

    @property
    def end(self) -> float:
        """Largest time read: where the curve stops."""
        return float(self.time.max())


def prepare(curve: Curve, label: str, *, thin: bool = True) -> Points:
    """Points of `curve` in drawing order; those of a trace thinned to plateaus and drops unless told not to.

    Raises
    ------
    InputError
        With every impossible point: not finite, before time 0, survival below 0 or above 1.
    """
    time = np.asarray(curve.time, dtype=float)
    survival = np.asarray(curve.survival, dtype=float)
    faults: list[str] = []
    if time.size == 0:
        faults.append(f"{label}: no points; expected at least one (time, survival)")
    if time.shape != survival.shape:
        faults.append(f"{label}: {time.size} times but {survival.size} survival values")
        raise InputError(faults)
    span = float(np.nanmax(time, initial=0.0))
    lost = ~(np.isfinite(time) & np.isfinite(survival))
    outside = ~lost & ((survival > SLIGHTLY_ABOVE_ONE) | (survival < 1 - SLIGHTLY_ABOVE_ONE))
    early = ~lost & (time < -SLIGHTLY_EARLY * span)
    for wrong, words in (
        (lost, "survival {s:g} is not a finite number"),
        (outside, "survival {s:g} lies outside 0-1"),
        (early, "the time lies before 0"),
    ):
        if np.any(wrong):
            first = int(np.argmax(wrong))
            more = int(wrong.sum()) - 1
            also = f" (and for {more} more of {time.size} points)" if more else ""
            faults.append(f"{label}, time {time[first]:g}: {words.format(s=survival[first])}{also}")
    if faults:
        raise InputError(faults)
    time, survival = np.maximum(time, 0.0), np.clip(survival, 0.0, 1.0)
    ordered = _is_drawing_order(time, survival)
    if not ordered:
        order = np.lexsort((-survival, time))
        time, survival = time[order], survival[order]
    keep = np.concatenate(([True], (np.diff(time) != 0) | (np.diff(survival) != 0)))
    time, survival = time[keep], survival[keep]
    traced, weight, column, scatter = is_traced(time), np.ones(time.size), 0.0, 0.0
    if traced:
        column = float(np.median(np.diff(time)))
        scatter = max(
            float(np.sqrt(np.mean((survival - non_increasing(survival)) ** 2))),
            LEAST_TRACE_NOISE * row_height(survival),
        )
        if thin:
            time, survival, weight = thinned(time, survival)
            # A point for what a step at the very end leads to: its upright is one that no column shows.
            time, survival, weight = (np.append(one, one[-1]) for one in (time, survival, weight))
    if time[0] > 0 or survival[0] < 1:
        time, survival = np.concatenate(([0.0], time)), np.concatenate(([1.0], survival))
        weight = np.concatenate(([1.0], weight))
    return Points(time, survival, ordered, traced, weight, column, scatter)


def _is_drawing_order(time: Floats, survival: Floats) -> bool:
    """Whether the file runs along the curve: what goes backwards is small beside what goes forward."""
    if time.size < 3:
        return bool(np.all(np.diff(time) >= 0))
    back = -np.minimum(np.diff(time), 0.0)
    span = max(float(np.ptp(time)), 1e-12)
    return bool(back.max() <= 0.05 * span and back.sum() <= 0.5 * span)
