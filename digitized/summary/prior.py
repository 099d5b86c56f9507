"""What is believed of hazards before the numbers: smooth, alike between the arms of a trial, noisy by
sampling.

The realised log hazard increment of cell k is `level + walk(t_k) + noise_k`: a Gaussian walk in a stretched
time u = log(1 + t / scale) (hazards change fast early, slowly late), partly shared by the arms of one
figure, and the sampling noise of a Kaplan-Meier increment, variance 1 / (expected events in the cell).
Censoring: a low rate of loss, then uniform administrative censoring over the recruitment window.
"""

import math
from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats
from digitized.summary.grid import Grid
from digitized.summary.quantities import ArmSummary, FigureSummary


@dataclass(frozen=True)
class Smoothness:
    """Scales of the prior, on the log hazard.

    `walk` is the standard deviation of the walk per unit of stretched time and `shared` the share of its
    variance common to the arms of a figure; `level` and `level_between` are the standard deviations of the
    common level and of an arm's departure; the `censoring_*` ones are the same for the hazard of censoring;
    `lost` is the expected share of patients lost before administrative censoring.
    """

    walk: float = 0.8
    shared: float = 0.7
    level: float = 1.5
    level_between: float = 0.5
    censoring_walk: float = 0.8
    censoring_level: float = 0.7
    censoring_shared: float = 0.8
    lost: float = 0.07


@dataclass(frozen=True)
class Prior:
    """Gaussian prior of the stacked theta of a figure's arms: mean (P,), covariance (P, P)."""

    mean: Floats
    covariance: Floats
    where: dict[str, slice]


def time_scale(arms: tuple[ArmSummary, ...], last: float) -> float:
    """Typical survival time of a figure: mean of the arms' medians, or what their rates or events imply."""
    scales = []
    for arm in arms:
        if arm.median is not None and math.isfinite(arm.median.value):
            scales.append(arm.median.value)
            continue
        inner = [rate for rate in arm.rates if 0 < rate.estimate.value < 1]
        halves = [rate.time * math.log(2) / -math.log(rate.estimate.value) for rate in inner]
        if not halves and arm.events:
            halves = [last * 0.6 * math.log(2) / -math.log(1 - min(arm.events / (arm.n + 1), 0.97))]
        scales.append(halves[-1] if halves else last)
    return float(np.mean(scales))


def make_prior(
    summary: FigureSummary, grid: Grid, smoothness: Smoothness, path_events: dict[str, Floats]
) -> Prior:
    """Prior of a figure; `path_events` holds each arm's expected events a cell, for the sampling noise.

    Returns
    -------
    Prior
        With theta of arm a at `where[a]`: its K_a log event hazards, then its K_a log censoring hazards.
    """
    middle = 0.5 * (grid.edges[1:] + grid.edges[:-1])
    width = np.diff(grid.edges)
    scale = time_scale(summary.arms, float(grid.edges[-1]))
    stretched = np.log1p(middle / (0.5 * scale))
    walk = np.minimum(stretched[:, None], stretched[None, :])
    where: dict[str, slice] = {}
    start = 0
    for arm in summary.arms:
        where[arm.arm] = slice(start, start + 2 * grid.cells[arm.arm])
        start += 2 * grid.cells[arm.arm]
    mean, covariance = np.zeros(start), np.zeros((start, start))
    s = smoothness
    ease = 1e-4 * np.eye(len(width))
    common = s.level**2 + s.shared * s.walk**2 * walk
    own = s.level_between**2 + (1 - s.shared) * s.walk**2 * walk + ease
    censor_common = s.censoring_shared * (s.censoring_level**2 + s.censoring_walk**2 * walk)
    censor_own = (1 - s.censoring_shared) * (s.censoring_level**2 + s.censoring_walk**2 * walk) + ease
    for arm in summary.arms:
        k, at = grid.cells[arm.arm], where[arm.arm].start
        noise = np.minimum(1.0 / (path_events[arm.arm] + 0.5), 1.0)
        mean[at : at + k] = np.log(math.log(2) / scale * width[:k]) - noise / 2
        mean[at + k : at + 2 * k] = np.log(_censoring_steps(arm, grid, smoothness))
        covariance[at : at + k, at : at + k] += own[:k, :k] + np.diag(noise)
        covariance[at + k : at + 2 * k, at + k : at + 2 * k] += censor_own[:k, :k] + 0.5 * np.eye(k)
        for other in summary.arms:
            m, to = grid.cells[other.arm], where[other.arm].start
            covariance[at : at + k, to : to + m] += common[:k, :m]
            covariance[at + k : at + 2 * k, to + m : to + 2 * m] += censor_common[:k, :m]
    return Prior(mean, covariance, where)


def censoring_window(arm: ArmSummary, end: float) -> tuple[float, float]:
    """Start and end of administrative censoring: from accrual, else from the median follow-up, else a third
    in.
    """
    if arm.accrual_months is not None:
        return max(end - arm.accrual_months, 0.0), end
    if arm.follow_up_median is not None:
        return min(max(2 * arm.follow_up_median - end, 0.0), 0.9 * end), end
    return end / 3, end


def _censoring_steps(arm: ArmSummary, grid: Grid, smoothness: Smoothness) -> Floats:
    end = grid.horizons[arm.arm].end
    first, last = censoring_window(arm, end)
    edges = grid.edges[: grid.cells[arm.arm] + 1]
    # Two per cent of the window are left for the very end, so that the hazard stays finite.
    left = 1.0 - 0.98 * np.clip((edges - first) / max(last - first, 1e-9), 0.0, 1.0)
    return -np.diff(np.log(left)) - math.log(1 - smoothness.lost) * np.diff(edges) / end
