"""Deaths and censorings along the points of a curve when nothing else is known: the most probable path.

Among few patients every step of the curve tells how many were at risk (S / n_j), so deaths and censorings
are found together by dynamic programming over the points (Viterbi): state (deaths, censored so far), each carrying the
product-limit level of the best path into it. What a path costs is in `gaps`.
"""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats, Ints
from digitized.reconstruction.gaps import FreePath, Gaps

NEGLIGIBLE = 1e-20  # weight of a state beside that of the best one


@dataclass(frozen=True)
class _States:
    """Weights (I, J) and levels of the states with `deaths` + i deaths and `censored` + j censored."""

    weight: Floats
    level: Floats
    deaths: int = 0
    censored: int = 0

    def scaled(self) -> "_States":
        """The box of states that are not negligible, the heaviest of weight 1."""
        weight = self.weight / self.weight.max()
        heavy = weight >= NEGLIGIBLE
        rows, columns = np.flatnonzero(heavy.any(axis=1)), np.flatnonzero(heavy.any(axis=0))
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        return _States(
            weight[box], self.level[box], self.deaths + int(rows[0]), self.censored + int(columns[0])
        )


@dataclass(frozen=True)
class _Gap:
    """States after the censorings of a gap and after its deaths, and how many of them lead into each."""

    censoring: _States
    gone: Ints
    dying: _States
    died: Ints


def most_probable_path(gaps: Gaps, n: int, events: int | None) -> tuple[FreePath, float] | None:
    """Most probable path of `n` patients, with `events` of that many deaths, and its log weight.

    None where no path gets there: the points then contradict the counts.
    """
    K = gaps.survival.size
    states = _States(np.ones((1, 1)), np.ones((1, 1)))
    passed: list[_Gap] = []
    log_weight = 0.0
    for k in range(1, K):
        gap = _passed(states, gaps, k, n)
        passed.append(gap)
        heaviest = float(gap.dying.weight.max())
        if heaviest <= 0:
            return None
        states = gap.dying.scaled()
        log_weight += np.log(heaviest)
    weight = states.weight
    if events is not None:
        weight = np.where((states.deaths + np.arange(weight.shape[0]) == events)[:, None], weight, 0.0)
    if not weight.any():
        return None
    i, j = divmod(int(np.argmax(weight)), weight.shape[1])
    died, gone = states.deaths + i, states.censored + j
    deaths, censored = np.zeros(K, dtype=np.int64), np.zeros(K, dtype=np.int64)
    for k, gap in zip(range(K - 1, 0, -1), reversed(passed), strict=True):
        deaths[k] = gap.died[died - gap.dying.deaths, gone - gap.dying.censored]
        died -= int(deaths[k])
        censored[k] = gap.gone[died - gap.censoring.deaths, gone - gap.censoring.censored]
        gone -= int(censored[k])
    return FreePath(deaths, censored), float(log_weight + np.log(weight[i, j]))


def _passed(states: _States, gaps: Gaps, k: int, n: int) -> _Gap:
    """Pass gap k: first its censorings, then its deaths and the reading."""
    rows, columns = states.weight.shape
    patients = n - states.deaths - states.censored
    leaving = gaps.censorings(k, patients)
    into = _Best((rows, columns + leaving.size - 1))
    for c in range(leaving.size):
        into.offer(slice(None), slice(c, c + columns), states.weight * leaving[c], states.level, c)
    censoring = _States(into.weight, into.level, states.deaths, states.censored)
    gone = into.count
    columns = into.weight.shape[1]
    at_risk = patients - np.arange(rows)[:, None] - np.arange(columns)[None, :]
    most = gaps.most_deaths(k, float(censoring.level.max()), patients)
    into = _Best((rows + most, columns))
    for d in range(most + 1):
        fallen = censoring.level * (1.0 - d / np.maximum(at_risk, max(d, 1)))
        weight = censoring.weight * gaps.increments[k, d] * gaps.evidence(k, fallen)
        into.offer(slice(d, d + rows), slice(None), np.where(at_risk >= d, weight, 0.0), fallen, d)
    return _Gap(censoring, gone, _States(into.weight, into.level, states.deaths, states.censored), into.count)


class _Best:
    """The heaviest way into each state, the level it brings and the patients it takes."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.weight, self.level = np.zeros(shape), np.zeros(shape)
        self.count = np.zeros(shape, dtype=np.int64)

    def offer(self, rows: slice, columns: slice, weight: Floats, level: Floats, count: int) -> None:
        """Offer ways into a block of states."""
        here = rows, columns
        better = weight > self.weight[here]
        np.copyto(self.weight[here], weight, where=better)
        np.copyto(self.level[here], level, where=better)
        np.copyto(self.count[here], count, where=better)
