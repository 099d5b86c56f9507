"""How many deaths had happened at each point: a hidden Markov model over integer counts.

State: cumulative deaths J_k at point k, with J_0 = 0 and J non-decreasing. Emission: the survival read
at the point is the level S_J plus noise, with a small share of misreadings. Transition: the deaths
between two points are negative binomial with a mean from the local event rate and a variance that holds
Poisson noise, wobble of the hazard and uncertain times. States far from what was read are left out (a
window per point), and the forward and backward passes are correlations, so the exact posterior of every count costs
milliseconds; exact joint draws come from the same forward pass.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from digitized.curve import Bools, Floats, Ints
from digitized.reconstruction.discrete import clustered_counts, drawn_columns

MISREAD_SHARE = 0.01
MISREAD_WIDTH = 6.0
READING_VARIANCE = 1 + MISREAD_SHARE * (MISREAD_WIDTH**2 - 1)  # of a reading, in squared noises
JUMP_SHARE = 1e-4
WINDOW_SDS = 8.0
TIED_SHARE = 0.1


@dataclass(frozen=True)
class Corners:
    """Habit of clicking both corners of a step: then gaps take turns between a plateau and one step.

    Attributes
    ----------
    share : float
        Share of the gaps that follow the habit, 0-1.
    upright : (K,) bool
        Gaps so short in time that they may be the two corners of one step.
    """

    share: float
    upright: Bools

    def mixed(self, increments: Floats) -> Floats:
        """Increment probabilities with the habit mixed in: one death (seldom more) upright, else none."""
        habit = np.zeros_like(increments)
        habit[~self.upright, 0] = 1.0
        steps = TIED_SHARE ** np.arange(increments.shape[1] - 1) * (1 - TIED_SHARE)
        habit[self.upright, 1:] = steps
        return (1 - self.share) * increments + self.share * habit


@dataclass(frozen=True)
class CountModel:
    """Emission and transition probabilities within a window of counts per point.

    Attributes
    ----------
    low : (K,) int
        Smallest count of each window, non-decreasing.
    evidence : (K, W) float
        Likelihood of the survival read at point k under count low[k] + w.
    increments : (K, D + 1) float
        Probability of d deaths between points k - 1 and k (row 0 unused).
    """

    low: Ints
    evidence: Floats
    increments: Floats

    @property
    def width(self) -> int:
        """Counts a window holds."""
        return int(self.evidence.shape[1])


@dataclass(frozen=True)
class CountPosterior:
    """Posterior of cumulative deaths: mean and spread (K,), and the forward pass (K, W) for drawing."""

    model: CountModel
    mean: Floats
    variance: Floats
    mass: Floats
    forward: Floats

    def states(self, size: int) -> Ints:
        """(K, W) count that each entry of `mass` stands for, held below `size`."""
        return np.minimum(self.model.low[:, None] + np.arange(self.model.width), size - 1)

    def height_variance(self, levels: Floats, sd: float) -> Floats:
        """Variance of S at the points, (K,), from the spread of their counts over `levels`; `sd` is that of a reading.

        The end of the curve lies on a plateau, on neither side of a step, so it is as well known as it was read.
        Levels under even censoring may all lie far from it, and how far apart they lie then says nothing.
        """
        height = levels[self.states(levels.size)]
        centre = (self.mass * height).sum(axis=1, keepdims=True)
        variance = (self.mass * (height - centre) ** 2).sum(axis=1)
        variance[-1] = min(variance[-1], READING_VARIANCE * sd**2)
        return np.asarray(variance)


def count_model(
    survival: Floats,
    sd: Floats,
    levels: Floats,
    centre: Floats,
    mean: Floats,
    variance: Floats,
    at_least: Ints,
    corners: Corners | None = None,
) -> CountModel:
    """Build the model.

    Parameters
    ----------
    survival, sd : (K,) float
        Survival read and its noise; an infinite sd says that nothing was read there.
    levels : (J + 1,) float
        S after each count of deaths, decreasing from 1.
    centre : (K,) float
        A monotone first guess of S at the points, where windows are put.
    mean, variance : (K,) float
        Of the deaths in the gap before each point.
    at_least : (K,) int
        Fewest deaths by each point: windows reach that far.
    corners : Corners or None
        Habit of clicking both corners of a step, where there is one.
    """
    most = levels.size - 1
    reading = np.minimum(sd, np.min(sd, initial=1.0) * 3.0)
    above = np.minimum.accumulate(centre + WINDOW_SDS * reading)
    # Downwards as far as a misreading may reach: beyond, the evidence is that of any other count.
    below = np.minimum(centre, survival) - WINDOW_SDS * MISREAD_WIDTH * np.minimum(sd, 3.0 * np.median(sd))
    low = np.maximum(np.searchsorted(-levels, -above, side="left") - 2, 0)
    high = np.minimum(np.searchsorted(-levels, -below, side="right") + 2, most)
    low = np.maximum.accumulate(np.minimum(low, most)).astype(np.int64)
    high = np.maximum(np.maximum.accumulate(np.maximum(high, np.minimum(at_least, most))), low)
    width = int((high - low).max()) + 1
    state = low[:, None] + np.arange(width)[None, :]
    inside = state <= most
    gap = (survival[:, None] - levels[np.minimum(state, most)]) / sd[:, None]
    fit = (1 - MISREAD_SHARE) * np.exp(-0.5 * gap**2)
    fit += MISREAD_SHARE / MISREAD_WIDTH * np.exp(-0.5 * (gap / MISREAD_WIDTH) ** 2) + 1e-12
    steps = int((low[1:] - low[:-1]).max(initial=0)) + width
    gaps = clustered_counts(mean, variance, steps, JUMP_SHARE)
    if corners is not None:
        gaps = corners.mixed(gaps)
    return CountModel(low, np.where(inside, fit, 0.0), gaps)


def posterior(model: CountModel, at_least: Ints, at_most: Ints) -> CountPosterior:
    """Exact posterior of the counts, each within its bounds (K,); a bound no window can meet is ignored."""
    K, width = model.evidence.shape
    evidence, low = model.evidence.copy(), model.low
    state = low[:, None] + np.arange(width)[None, :]
    allowed = (state >= at_least[:, None]) & (state <= at_most[:, None])
    evidence = np.where(allowed | ~allowed.any(axis=1, keepdims=True), evidence, 0.0)
    padded, start = _padded(model)
    reach = [row[first : first + 2 * width - 1] for row, first in zip(padded, start.tolist(), strict=True)]
    forward, backward = np.zeros((K, width)), np.ones((K, width))
    forward[0] = evidence[0] / max(evidence[0].sum(), 1e-300)
    # Two short loops take most of the time of a reconstruction, so they hold nothing but the recursion.
    for before, now, seen, leads in zip(forward, forward[1:], evidence[1:], reach[1:], strict=False):
        np.multiply(np.correlate(leads, before[::-1], "valid"), seen, out=now)
        whole = np.add.reduce(now)
        if whole > 0:
            now /= whole
        else:
            now[:] = seen / max(seen.sum(), 1e-300)
    for before, now, seen, leads in zip(
        backward[-2::-1], backward[::-1], evidence[::-1], reach[::-1], strict=False
    ):
        behind = np.correlate(leads, seen * now, "valid")[::-1]
        np.divide(behind, max(np.maximum.reduce(behind), 1e-300), out=before)
    mass = forward * backward
    whole = mass.sum(axis=1, keepdims=True)
    mass = np.where(whole > 0, mass / np.maximum(whole, 1e-300), forward)
    mean = (mass * state).sum(axis=1)
    variance = (mass * (state - mean[:, None]) ** 2).sum(axis=1)
    return CountPosterior(model, mean, variance, mass, forward)


def _padded(model: CountModel) -> tuple[Floats, Ints]:
    """Increments behind W - 1 zeros, and where each gap's window starts in its row, (K,).

    From count low[k - 1] + i to low[k] + j leads the probability at start[k] + W - 1 + j - i.
    """
    padded = np.pad(model.increments, ((0, 0), (model.width - 1, 0)))
    return padded, np.diff(model.low, prepend=model.low[:1])


def draw_counts(result: CountPosterior, draws: int, rng: np.random.Generator) -> Ints:
    """Exact joint draws of the counts, (draws, K), by backward sampling."""
    low = result.model.low
    padded, start = _padded(result.model)
    K, width = result.forward.shape
    out = np.zeros((draws, K), dtype=np.int64)
    out[:, -1] = low[-1] + drawn_columns(np.broadcast_to(result.forward[-1], (draws, width)), rng)
    for k in range(K - 1, 0, -1):
        rows = sliding_window_view(padded[k], width)[start[k] + out[:, k] - low[k]]
        weight = rows[:, ::-1] * result.forward[k - 1][None, :]
        out[:, k - 1] = np.minimum(low[k - 1] + drawn_columns(weight, rng), out[:, k])
    return out
