"""Paths of deaths and censorings against every path there is, counted out among few patients."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from digitized.curve import Curve
from digitized.kaplan_meier import kaplan_meier
from digitized.reconstruction import reconstruct
from digitized.reconstruction.allocation import UNSEEN_END_COST
from digitized.reconstruction.gaps import FreePath, Gaps
from digitized.reconstruction.most_probable_path import most_probable_path
from digitized.reconstruction.plausible_path import plausible_path

SEED = 20261130
N = 6
DRAWS = 2000
READ = np.array([1.0, 0.84, 0.66, 0.43])
MOST = 3  # deaths of a gap
GAPS = Gaps(
    READ,
    np.full(READ.size, 0.03),
    np.tile([0.4, 0.35, 0.2, 0.05], (READ.size, 1)),
    np.array([0.0, 0.5, 0.8, 1.0]),
    np.array([6.0, 4.6, 2.9, 1.0]),
)


def every_path(events: int | None, unseen: bool = False) -> dict[tuple[int, ...], float]:
    """Weight of each path: deaths of the gaps, then their censorings; with `unseen`, of those at the very end too."""
    weights: dict[tuple[int, ...], float] = {}
    gaps = READ.size - 1
    for path in product(*(range(MOST + 1) for _ in range(gaps)), *(range(N + 1) for _ in range(gaps))):
        at_risk, level, weight = N, 1.0, 1.0
        for k, (d, c) in enumerate(zip(path[:gaps], path[gaps:], strict=True), start=1):
            chance = GAPS.censorings(k, N)
            at_risk -= c
            if at_risk < d or c >= chance.size:
                weight = 0.0
                break
            level *= 1.0 - d / max(at_risk, 1)
            at_risk -= d
            weight *= chance[c] * GAPS.increments[k, d] * float(GAPS.evidence(k, np.array(level)))
        lacking = 0 if events is None else events - sum(path[:gaps])
        if weight > 0 and (lacking == 0 or (unseen and 0 < lacking <= at_risk)):
            ended = (*path[: gaps - 1], path[gaps - 1] + lacking, *path[gaps:])
            weights[ended] = weights.get(ended, 0.0) + weight * np.exp(-UNSEEN_END_COST * lacking)
    return weights


def flat(path: FreePath) -> tuple[int, ...]:
    return (*path.deaths[1:].tolist(), *path.censored[1:].tolist())


@pytest.mark.parametrize("events", [None, 3, 4])
def test_the_most_probable_path_is_the_heaviest_of_all(events):
    weights = every_path(events)
    path, log_weight = most_probable_path(GAPS, N, events)
    assert flat(path) == max(weights, key=weights.get)
    assert log_weight == pytest.approx(np.log(max(weights.values())), abs=1e-9)


@pytest.mark.parametrize("events", [None, 3, 4])
def test_drawn_paths_come_as_often_as_they_are_probable(events):
    weights = every_path(events, unseen=True)
    total = sum(weights.values())
    rng = np.random.default_rng(SEED)
    drawn = Counter(flat(plausible_path(GAPS, N, events, rng)) for _ in range(DRAWS))
    for part in range(2 * (READ.size - 1)):
        for count in range(MOST + 1):
            expected = sum(w for path, w in weights.items() if path[part] == count) / total
            seen = sum(times for path, times in drawn.items() if path[part] == count) / DRAWS
            assert seen == pytest.approx(expected, abs=0.03), (part, count)


def test_no_path_has_more_deaths_than_patients():
    assert most_probable_path(GAPS, N, N + 1) is None
    assert plausible_path(GAPS, N, N + 1, np.random.default_rng(SEED)) is None


def test_bands_of_few_patients_hold_the_truth_and_are_no_wider_than_what_is_known():
    held, wide = [], []
    for seed in range(6):
        rng = np.random.default_rng([SEED, seed])
        left, died = rng.uniform(6.0, 24.0, 60), rng.exponential(12.0, 60)
        time, event = np.minimum(died, left), died <= left
        km = kaplan_meier(time, event)
        columns = np.linspace(0.0, float(time.max()), 600)
        rows = np.rint((km.at(columns) + rng.normal(0, 2e-4, columns.size)) / 0.002) * 0.002
        draws = reconstruct(Curve(columns, rows.clip(0, 1), n=60), draws=41, arm=str(seed)).ipd[1:]
        grid = np.linspace(0.0, float(time.max()), 41)[1:-1]
        drawn = np.array([kaplan_meier(one.time, one.event).at(grid) for one in draws])
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        held.append(np.mean((km.at(grid) >= low - 1e-9) & (km.at(grid) <= high + 1e-9)))
        wide.append(np.median(high - low))
    assert np.mean(held) >= 0.82, held
    # A step of one in sixty is 0.017 high, a row of pixels 0.002.
    assert np.mean(wide) < 0.004, wide


def test_a_death_at_the_very_end_needs_no_step():
    # All readings say five deaths; a sixth can only be that of the last patient, when the curve has ended.
    flat_end = Gaps(
        np.array([1.0, 1 / 6, 1 / 6]),
        np.full(3, 0.01),
        np.tile([0.5, 0.1, 0.1, 0.1, 0.1, 0.1], (3, 1)),
        np.zeros(3),
        np.array([6.0, 1.0, 1.0]),
    )
    path = plausible_path(flat_end, N, 6, np.random.default_rng(SEED))
    np.testing.assert_array_equal(path.deaths, [0, 5, 1])
