"""Levels of the product-limit curve after each death, with censoring placed so that they meet the curve."""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats, Ints
from digitized.reconstruction.allocation import LOG_GAMMA_LIMIT
from digitized.reconstruction.censoring import CensoringShape
from digitized.reconstruction.placement import LevelReadings, best_path, worth_it

GAMMA = np.exp(np.linspace(-LOG_GAMMA_LIMIT, LOG_GAMMA_LIMIT, 57))
PREFER_EVEN = 1e-5
PREFER_MARKS = 3e-3  # ticks say where censorings are; bending them away costs as much as a misread level
MARKS_TRUST = 4.0
CLUMPED_TRUST = 0.4  # draws: patients leave in clusters (early withdrawals, cut-off), so evenness says less


@dataclass(frozen=True)
class Levels:
    """S after 0, 1, ..., D deaths, and the times of censoring in each interval that lead to it."""

    survival: Floats
    censored: tuple[Floats, ...]


def place_censoring(
    shape: CensoringShape,
    when: list[Floats],
    goal: Floats,
    readings: list[LevelReadings] | None = None,
    sd: float = 1.0,
    rng: np.random.Generator | None = None,
) -> Levels:
    """Place the censorings of every interval so that the levels follow the curve.

    Where steps are high beside the noise the censorings are placed between single deaths (`placement`);
    elsewhere by the power law whose end meets the goal, the most even one among equals.

    Parameters
    ----------
    when : list of (d_i,) float
        Times of the deaths in each interval.
    goal : (R + 1,) float
        S read off the curve at the edges.
    readings : list of LevelReadings, optional
        What was read on the levels of each interval; without it only the power law is used.
    sd : float
        Reading noise of survival.
    rng : Generator or None
        Given, censorings are drawn instead of put where they are most probable.
    """
    table = shape.table
    trust = MARKS_TRUST if shape.marks is not None else 1.0 if rng is None else CLUMPED_TRUST
    levels, placed = [np.array([1.0])], []
    level = 1.0
    for i, died in enumerate(when):
        count, enter = died.size, int(table.at_risk[i])
        censored = int(table.leaving[i]) - count
        if readings is not None and worth_it(count, censored, enter, level, sd):
            cuts = shape.share(i, died)
            share = np.diff(np.concatenate(([0.0], cuts, [1.0])))
            told = readings[i]
            if rng is not None:
                told, share = _perturbed(told, share, sd, rng)
            path = best_path(enter, censored, share, level, told, sd, trust)
            times = shape.between(i, died, path, rng)
            gone = np.cumsum(path)[:-1].astype(float)
        else:
            gamma, gone = _power_law(shape, i, died, goal[i + 1] / max(level, 1e-12))
            times = shape.place(i, censored, gamma, rng)
        at_risk = np.maximum(enter - np.arange(count) - gone, 1.0)
        levels.append(level * np.cumprod(1.0 - 1.0 / at_risk))
        level = float(levels[-1][-1]) if count else level
        placed.append(times)
    return Levels(np.concatenate(levels), tuple(placed))


def _perturbed(
    readings: LevelReadings, share: Floats, sd: float, rng: np.random.Generator
) -> tuple[LevelReadings, Floats]:
    """Readings and prior shares each moved by their own error: the best path under them is a draw.

    Perturb-and-MAP (Papandreou & Yuille, ICCV 2011): exact for Gaussian readings, close for shares.
    """
    error = sd / np.sqrt(np.maximum(readings.weight, 1e-2)) * rng.standard_normal(readings.mean.size)
    return LevelReadings(readings.weight, readings.mean + error), share * rng.gamma(1.0, size=share.size)


def _power_law(shape: CensoringShape, interval: int, died: Floats, ratio: float) -> tuple[float, Floats]:
    """Exponent that brings S(end) / S(start) nearest to `ratio`, and censorings before each death."""
    table = shape.table
    censored = int(table.leaving[interval]) - died.size
    if not died.size or not censored:
        return 1.0, np.zeros(died.size)
    gone = censored * shape.share(interval, died)[None, :] ** GAMMA[:, None]
    at_risk = np.maximum(table.at_risk[interval] - np.arange(died.size)[None, :] - gone, 1.0)
    reached = np.prod(1.0 - 1.0 / at_risk, axis=1)
    prefer = PREFER_EVEN if shape.marks is None else PREFER_MARKS
    pick = int(np.argmin(np.abs(reached - ratio) + prefer * np.abs(np.log(GAMMA))))
    return float(GAMMA[pick]), gone[pick]


def readings_by_level(survival: Floats, mass: Floats, low: Ints, deaths: Ints) -> list[LevelReadings]:
    """Readings of each interval's levels, points shared out by the posterior of their counts."""
    total = int(deaths.sum())
    weight, summed = np.zeros(total + 1), np.zeros(total + 1)
    state = low[:, None] + np.arange(mass.shape[1])
    inside = state <= total
    np.add.at(weight, state[inside], mass[inside])
    np.add.at(summed, state[inside], (mass * survival[:, None])[inside])
    mean = summed / np.maximum(weight, 1e-12)
    first = np.concatenate(([0], np.cumsum(deaths)))
    return [
        LevelReadings(weight[first[i] : first[i + 1] + 1], mean[first[i] : first[i + 1] + 1])
        for i in range(deaths.size)
    ]
