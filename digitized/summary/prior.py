"""What is believed of hazards before the numbers: smooth, alike between the arms of a trial, noisy by
sampling.

The realised log hazard increment of cell k is `level + walk(t_k) + noise_k`: a Gaussian walk in a stretched
time u = log(1 + t / scale) (hazards change fast early, slowly late), partly shared by the arms of one
figure, and the sampling noise of a Kaplan-Meier increment, variance 1 / (expected events in the cell).
Censoring: loss at a constant rate, then the end of observation: uniform over the recruitment window where
accrual is published, else a Weibull curve through the median follow-up.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from digitized.curve import Floats
from digitized.summary.grid import Grid
from digitized.summary.quantities import ArmSummary, FigureSummary
from digitized.summary.shape import Shape

FINAL_CENSORING = 6.3  # cumulative hazard of censoring at the end of observation


@dataclass(frozen=True)
class Smoothness:
    """Scales of the prior, on the log hazard.

    `walk` is the standard deviation of the walk per unit of stretched time and `shared` the share of its
    variance common to the arms of a figure; `level` and `level_between` are the standard deviations of the
    common level and of an arm's departure; the `censoring_*` ones are the same for the hazard of censoring;
    `rough` is that of local roughness, half of it common to the arms (assessment schedules); `lost` is the
    cumulative hazard of loss before the end of observation. Estimated by marginal likelihood from the patient
    data of 42 published or simulated pairs of arms (see docs/summary-ipd.md).
    """

    walk: float = 0.65
    shared: float = 0.9
    rough: float = 0.4
    level: float = 1.5
    level_between: float = 0.4
    censoring_walk: float = 1.8
    censoring_level: float = 0.5
    censoring_shared: float = 0.9
    lost: float = 0.4

    def scaled(self, factor: float) -> "Smoothness":
        """The same with walk and roughness multiplied by `factor`."""
        return replace(self, walk=self.walk * factor, rough=self.rough * factor)


@dataclass(frozen=True)
class Prior:
    """Gaussian prior of the stacked theta of a figure's arms: mean (P,), covariance (P, P)."""

    mean: Floats
    covariance: Floats
    where: dict[str, slice]


def anchor_count(arm: ArmSummary) -> int:
    """How many points of an arm's curve are published: median and its limits, landmarks, at risk."""
    points = len(arm.rates) + len([count for count in arm.at_risk if 0 < count.n < arm.n])
    if arm.median is not None:
        points += sum(
            limit is not None and math.isfinite(limit)
            for limit in (arm.median.value, arm.median.lower, arm.median.upper)
        )
    return points


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
    summary: FigureSummary,
    grid: Grid,
    smoothness: Smoothness,
    path_events: dict[str, Floats],
    shape: Shape | None = None,
) -> Prior:
    """Prior of a figure; `path_events` holds each arm's expected events a cell, for the sampling noise.

    With a `shape`, arms that have a single anchor start from it; where no arm of the figure has more, its
    spread takes the place of the walk's (else the sister arms speak for the shape).

    Returns
    -------
    Prior
        With theta of arm a at `where[a]`: its K_a log event hazards, then its K_a log censoring hazards.
    """
    middle = 0.5 * (grid.edges[1:] + grid.edges[:-1])
    width = np.diff(grid.edges)
    scale = time_scale(summary.arms, float(grid.edges[-1]))
    stretched = np.log1p(middle / (0.03 * scale))
    walk = smoothness.walk**2 * np.minimum(stretched[:, None], stretched[None, :])
    single = [arm.arm for arm in summary.arms if anchor_count(arm) < 2]
    pooled = np.zeros(len(width))
    if shape is not None and single:
        weights = shape.weights(middle / scale)
        pooled = weights @ shape.log_hazard
        if len(single) == len(summary.arms):
            walk = weights @ shape.covariance @ weights.T
    where: dict[str, slice] = {}
    start = 0
    for arm in summary.arms:
        where[arm.arm] = slice(start, start + 2 * grid.cells[arm.arm])
        start += 2 * grid.cells[arm.arm]
    mean, covariance = np.zeros(start), np.zeros((start, start))
    s = smoothness
    common = s.level**2 + s.shared * walk
    own = s.level_between**2 + (1 - s.shared) * walk
    rough = 0.5 * s.rough**2 * np.eye(len(width))
    common, own = common + rough, own + rough
    share = middle / grid.edges[-1]
    censor = s.censoring_level**2 + s.censoring_walk**2 * np.minimum(share[:, None], share[None, :])
    censor_common = s.censoring_shared * censor
    censor_own = (1 - s.censoring_shared) * censor + 1e-4 * np.eye(len(width))
    for arm in summary.arms:
        k, at = grid.cells[arm.arm], where[arm.arm].start
        noise = np.minimum(1.0 / (path_events[arm.arm] + 0.5), 1.0)
        mean[at : at + k] = np.log(math.log(2) / scale * width[:k]) + pooled[:k] - noise / 2
        mean[at + k : at + 2 * k] = np.log(_censoring_steps(arm, grid, smoothness))
        covariance[at : at + k, at : at + k] += own[:k, :k] + np.diag(noise)
        covariance[at + k : at + 2 * k, at + k : at + 2 * k] += censor_own[:k, :k] + 0.1 * np.eye(k)
        for other in summary.arms:
            m, to = grid.cells[other.arm], where[other.arm].start
            covariance[at : at + k, to : to + m] += common[:k, :m]
            covariance[at + k : at + 2 * k, to + m : to + 2 * m] += censor_common[:k, :m]
    return Prior(mean, covariance, where)


def _censoring_steps(arm: ArmSummary, grid: Grid, smoothness: Smoothness) -> Floats:
    """Prior mean of the censoring hazard by cell: loss at a constant rate, and the end of observation."""
    end = grid.horizons[arm.arm].end
    edges = grid.edges[: grid.cells[arm.arm] + 1]
    lost = smoothness.lost * edges / end
    if arm.accrual_months is not None:
        # Two per cent of the window are left for the very end, so that the hazard stays finite.
        first = end - arm.accrual_months
        passed = np.clip((edges - first) / arm.accrual_months, 0.0, 1.0)
        return np.diff(lost - np.log(1.0 - 0.98 * passed))
    half = min(arm.follow_up_median or 0.6 * end, 0.92 * end)
    power = np.clip(math.log(FINAL_CENSORING / math.log(2)) / math.log(end / half), 0.5, 8.0)
    return np.diff(lost + math.log(2) * (edges / half) ** power)
