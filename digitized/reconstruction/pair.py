"""The published hazard ratio of two arms as a constraint: both curves tilt within their reading noise.

The ratio rebuilt is brought inside the rounding of the printed one by moving the points of the two arms in
opposite directions along a change of the hazard. More than `MOST_TILT` times the noise is not believed: the
printed ratio (often stratified or adjusted) then contradicts the curves, is named, and the points are kept.
Draws of the two arms are paired so that every pair is near the printed ratio: what raises it in one arm goes
with what lowers it in the other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from digitized.curve import Agreement, Floats, PseudoIPD
from digitized.kaplan_meier import cox_two_arms
from digitized.reconstruction.result import Reconstruction
from digitized.reconstruction.tables import Key
from digitized.summary.anchors import rounding

MOST_TILT = 2.0
STEPS = 6
UNIFORM = 3.0**0.5
RATIO_DIGIT = 0.01  # ratios are printed at least so finely: 0.70 arrives as 0.7
RATIO_LIMIT = 0.03

Rebuild = Callable[[Key, float], Reconstruction]


@dataclass(frozen=True)
class PublishedRatio:
    """Cox hazard ratio `value` of `arm` against `versus`, both of one `figure`."""

    figure: str
    arm: str
    versus: str
    value: float

    @property
    def limits(self) -> tuple[float, float]:
        """Values that print as this one."""
        half = min(UNIFORM * rounding(self.value), 0.5 * RATIO_DIGIT)
        return self.value - half, self.value + half


def meet_ratios(
    results: dict[Key, Reconstruction], ratios: Iterable[PublishedRatio], rebuild: Rebuild
) -> dict[Key, Reconstruction]:
    """Results with every published ratio met as nearly as the noise allows.

    Parameters
    ----------
    rebuild : callable
        (key, tilt) -> reconstruction of that arm with its points tilted.
    """
    out = dict(results)
    ratios = tuple(ratios)
    bound: set[Key] = set()  # arms that an earlier ratio has settled
    for ratio in ratios:
        new, old = (ratio.figure, ratio.arm), (ratio.figure, ratio.versus)
        free = tuple((key, sign) for key, sign in ((new, 1.0), (old, -1.0)) if key not in bound)
        if free:
            out.update(_met(out, ratio, free, rebuild))
            if new not in bound:
                out[new] = replace(out[new], ipd=_paired(out[new].ipd, out[old].ipd))
            elif old not in bound:
                out[old] = replace(out[old], ipd=_paired(out[old].ipd, out[new].ipd))
        bound |= {new, old}
    for ratio in ratios:
        new = (ratio.figure, ratio.arm)
        row, notes = _agreement(ratio, out)
        out[new] = replace(out[new], agreement=(*out[new].agreement, row), notes=(*out[new].notes, *notes))
    return out


def log_ratio(new: PseudoIPD, old: PseudoIPD) -> float:
    """Log Cox hazard ratio of `new` against `old`; NaN where one has no events."""
    return cox_two_arms(old.time, old.event, new.time, new.event).log_hazard_ratio


def _met(
    results: dict[Key, Reconstruction],
    ratio: PublishedRatio,
    free: tuple[tuple[Key, float], ...],
    rebuild: Rebuild,
) -> dict[Key, Reconstruction]:
    """Arms of one ratio rebuilt at the smallest tilt that brings it inside its rounding; else as they were."""
    pair = {(ratio.figure, arm): results[(ratio.figure, arm)] for arm in (ratio.arm, ratio.versus)}
    low, high = np.log(np.maximum(ratio.limits, 1e-6))
    start = _excess(pair, ratio, low, high)
    if start == 0.0 or not np.isfinite(start):
        return {}

    def at(tilt: float) -> dict[Key, Reconstruction]:
        return pair | {key: rebuild(key, sign * tilt) for key, sign in free}

    # Raising S of the new arm lowers its hazard ratio, so an excess asks for a tilt upwards.
    inner, outer = 0.0, MOST_TILT * float(np.sign(start))
    best = at(outer)
    if _excess(best, ratio, low, high) * start > 0:
        return {}  # not within the noise: the points are followed
    for _ in range(STEPS):
        middle = 0.5 * (inner + outer)
        trial = at(middle)
        excess = _excess(trial, ratio, low, high)
        if abs(excess) <= abs(_excess(best, ratio, low, high)):
            best = trial
        if excess == 0.0:
            break
        inner, outer = (middle, outer) if excess * start > 0 else (inner, middle)
    return {key: best[key] for key, _ in free} if abs(_excess(best, ratio, low, high)) < abs(start) else {}


def _excess(pair: dict[Key, Reconstruction], ratio: PublishedRatio, low: float, high: float) -> float:
    """How far the log ratio of the best reconstructions lies outside [low, high]."""
    value = log_ratio(pair[(ratio.figure, ratio.arm)].ipd[0], pair[(ratio.figure, ratio.versus)].ipd[0])
    return max(value - high, 0.0) + min(value - low, 0.0) if np.isfinite(value) else float("nan")


def _paired(own: tuple[PseudoIPD, ...], other: tuple[PseudoIPD, ...]) -> tuple[PseudoIPD, ...]:
    """Draws of one arm in the order that keeps the ratio to the other arm's draws most even."""
    if len(own) < 3 or len(own) != len(other):
        return own
    mine: Floats = np.array([log_ratio(one, other[0]) for one in own[1:]])
    theirs: Floats = np.array([log_ratio(own[0], one) for one in other[1:]])
    if not (np.all(np.isfinite(mine)) and np.all(np.isfinite(theirs))):
        return own
    order = np.empty(mine.size, dtype=np.int64)
    order[np.argsort(theirs, kind="stable")] = np.argsort(-mine, kind="stable")
    return (own[0], *(replace(own[1 + pick], draw=1 + place) for place, pick in enumerate(order)))


def _agreement(ratio: PublishedRatio, out: dict[Key, Reconstruction]) -> tuple[Agreement, tuple[str, ...]]:
    rebuilt = float(
        np.exp(log_ratio(out[(ratio.figure, ratio.arm)].ipd[0], out[(ratio.figure, ratio.versus)].ipd[0]))
    )
    pair = f"{ratio.arm} v {ratio.versus}"
    row = Agreement(ratio.figure, pair, "hazard_ratio", None, ratio.value, rebuilt, RATIO_LIMIT)
    if row.met:
        return row, ()
    reason = (
        f"the published hazard ratio {ratio.value:g} contradicts the curves, which say {rebuilt:.3g} "
        "and cannot be moved so far by reading noise"
    )
    where = f"figure {ratio.figure}, arms {pair}" if ratio.figure else f"arms {pair}"
    return replace(row, reason=reason), (f"{where}: {reason}; the points are followed",)
