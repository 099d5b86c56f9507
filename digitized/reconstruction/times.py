"""When each point was really reached, given how many deaths had happened by then."""

import numpy as np
from scipy.linalg import solveh_banded

from digitized.curve import Bools, Floats, Ints
from digitized.reconstruction.monotone import non_decreasing

WOBBLE = 0.1
MERGED_WITHIN_SDS = 4.0


def arrivals(counts: Floats, time: Floats, sd: float) -> Floats:
    """Ordinal of the death at whose step each point was clicked.

    A step has two corners. The first point on a level lies at the lower corner of the step before it; a
    second point on the same level, close in time to the next one, lies at the upper corner of the next
    step, so it counts as one arrival further.
    """
    rounded = np.rint(counts)
    upper = np.zeros(rounded.size, dtype=bool)
    same_level = rounded[1:-1] == rounded[:-2]
    drops_next = rounded[2:] > rounded[1:-1]
    close = time[2:] - time[1:-1] <= MERGED_WITHIN_SDS * sd
    upper[1:-1] = same_level & drops_next & close
    return np.asarray(rounded + upper, dtype=float)


def smooth_times(
    time: Floats, sd: float, arrival: Floats, rate: Floats, rng: np.random.Generator | None = None
) -> Floats:
    """Times of the points by least squares under Gamma waiting times, non-decreasing.

    Minimises sum (x_k - X_k)^2 / sd^2 + sum (X_k - X_(k-1) - a_k / r_k)^2 / v_k, where a_k deaths at
    rate r_k wait a_k / r_k with variance v_k = a_k / r_k^2 (plus wobble of the rate): the normal
    approximation of the Gamma.

    Parameters
    ----------
    time : (K,) float
        Times read, in drawing order; the first one is exact (the origin).
    sd : float
        Reading noise of times.
    arrival : (K,) float
        See `arrivals`.
    rate : (K,) float
        Deaths per unit of time in the gap before each point.
    rng : Generator or None
        Given, a draw from the Gaussian posterior instead of its mean (every datum is perturbed by its own
        noise and the perturbed problem solved: exact for a Gaussian).
    """
    if time.size < 3 or sd <= 0:
        return non_decreasing(time)
    waited = np.maximum(np.diff(arrival), 0.0)
    r = np.maximum(rate[1:], 1e-9)
    resting = waited == 0
    mean = np.where(resting, 0.0, waited / r)
    variance = (waited + (WOBBLE * waited) ** 2) / r**2
    # Two corners of one step share their time; several points on one level may lie anywhere along it.
    variance = np.where(resting, _resting_variance(arrival, time, sd), variance)
    precision = 1.0 / np.maximum(variance, (0.05 * sd) ** 2)
    reading = np.full(time.size, sd**-2.0)
    reading[0] = 1e6 * sd**-2.0
    if rng is not None:
        time = time + rng.standard_normal(time.size) / np.sqrt(reading)
        mean = mean + rng.standard_normal(mean.size) / np.sqrt(precision)
    banded = np.zeros((2, time.size))
    banded[0] = reading
    banded[0, 1:] += precision
    banded[0, :-1] += precision
    banded[1, :-1] = -precision
    target = reading * time
    target[1:] += precision * mean
    target[:-1] -= precision * mean
    return non_decreasing(np.maximum(solveh_banded(banded, target, lower=True), 0.0))


def _resting_variance(arrival: Floats, time: Floats, sd: float) -> Floats:
    apart = np.abs(np.diff(time)) > MERGED_WITHIN_SDS * sd
    return np.where(apart, (10 * float(np.ptp(time))) ** 2, 0.0)


def death_times(
    counts: Ints,
    time: Floats,
    arrival: Floats,
    *,
    traced: bool,
    rng: np.random.Generator | None = None,
    unread: Bools | None = None,
) -> Floats:
    """Spread the deaths of each gap: at the step clicked, the unseen ones evenly before it.

    Between pixel columns of a trace (`traced`) the deaths are put evenly inside the gap instead, and so are those that
    end at a place (K,) where nothing was clicked (`unread`). With `rng` the unseen ones fall at random.
    """
    drops = np.diff(counts)
    owner = np.repeat(np.arange(drops.size), drops)
    first = np.repeat(np.cumsum(drops) - drops, drops)
    rank = np.arange(owner.size) - first + 1.0
    many = drops[owner].astype(float)
    if traced:
        share = (rank - 0.5) / many
    else:
        # The upper corner was clicked: the first death of the gap is at the earlier point.
        clicked = np.ones(counts.size, dtype=bool) if unread is None else ~unread
        at_start = ((arrival[:-1] > counts[:-1]) & clicked[:-1])[owner]
        share = np.where(at_start, np.where(many > 1, (rank - 1) / np.maximum(many - 1, 1), 0.5), rank / many)
        share = np.where(clicked[1:][owner], share, (rank - 0.5) / many)
    if rng is not None:
        unseen = ~np.isin(share, (0.0, 1.0)) if not traced else np.ones(share.size, dtype=bool)
        share = np.where(unseen, rng.random(share.size), share)
    return np.sort(time[owner] + share * (time[owner + 1] - time[owner]))
