"""Traces of pixel columns: thinned to plateaus and drops, and no worse for it."""

import numpy as np

from digitized.curve import Curve
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction import Method, reconstruct
from digitized.reconstruction.points import prepare
from digitized.reconstruction.tracing import is_traced, thinned

SEED = 42


def trace(n, seed, columns=500):
    """True patients and their curve read column by column, rounded to pixels of 0.002 with a pixel of noise."""
    rng = np.random.default_rng(seed)
    died, left = rng.exponential(12.0, n), rng.uniform(6, 30, n)
    time, event = np.minimum(died, left), died <= left
    when = np.linspace(0.0, time.max(), columns)
    pixel = np.rint(kaplan_meier(time, event).at(when) / 0.002) + rng.choice(
        [-1, 0, 1], columns, p=[0.15, 0.7, 0.15]
    )
    grid = np.arange(0.0, time.max(), 6.0)
    curve = Curve(
        when, np.clip(0.002 * pixel, 0, 1), grid, number_at_risk(time, grid), None, n, int(event.sum())
    )
    return time, event, curve


def test_each_plateau_keeps_its_two_ends_and_the_weight_of_its_columns():
    when = np.arange(60.0)
    survival = np.repeat([1.0, 0.9, 0.7], [20, 1, 39])
    assert is_traced(when)
    time, level, weight = thinned(when, survival)
    np.testing.assert_array_equal(time, [0, 19, 20, 21, 59])
    np.testing.assert_allclose(level, [1, 1, 0.9, 0.7, 0.7])
    np.testing.assert_array_equal(weight, [2, 2, 1, 2, 2])


def test_clicks_are_not_taken_for_a_trace():
    rng = np.random.default_rng(SEED)
    assert not is_traced(np.sort(rng.uniform(0, 30, 200)))


def test_thinned_traces_are_rebuilt_nearer_the_truth_than_their_points():
    ours, alone = [], []
    for seed in range(4):
        time, event, curve = trace(150, SEED + seed)
        assert prepare(curve, "trace").time.size < 0.6 * curve.time.size
        truth, grid = kaplan_meier(time, event), np.linspace(0, time.max(), 400)[1:]
        ipd = reconstruct(curve).ipd[0]
        lowest = np.minimum.accumulate(curve.survival)
        read = lowest[np.searchsorted(curve.time, grid, side="right") - 1]
        ours.append(np.sqrt(np.mean((kaplan_meier(ipd.time, ipd.event).at(grid) - truth.at(grid)) ** 2)))
        alone.append(np.sqrt(np.mean((read - truth.at(grid)) ** 2)))
        assert ipd.events == curve.events
    assert np.mean(ours) < 0.8 * np.mean(alone)


def test_the_reference_method_sees_every_column():
    _, _, curve = trace(80, SEED)
    assert prepare(curve, "trace", thin=False).time.size >= curve.time.size
    assert reconstruct(curve, method=Method.GUYOT).ipd[0].n == 80
