"""No numbers at risk: the prior over patterns of censoring, and draws that each have their own."""

import numpy as np
import pytest

from digitized.curve import Curve
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction import reconstruct
from digitized.reconstruction.assumed_risk import (
    CONCENTRATION,
    POWER,
    AssumedRisk,
    Bend,
    by_shape,
    drawn_censoring,
    shape_for_events,
)

SEED = 7
TIME = np.linspace(0.0, 30.0, 61)
SURVIVAL = np.exp(-TIME / 15.0)


def clicked(n, left):
    """A curve of `n` patients who die at a rate of 1/15, censored at `left`: truth and clicks."""
    rng = np.random.default_rng(SEED)
    died = rng.exponential(15.0, n)
    gone = left(rng)
    time, event = np.minimum(died, gone), died <= gone
    grid = np.linspace(0.0, time.max(), 90)
    level = kaplan_meier(time, event).at(grid) + rng.normal(0, 0.002, grid.size)
    x = np.maximum.accumulate(np.maximum(grid + rng.normal(0, 0.03, grid.size), 0.0))
    return time, event, Curve(x, np.clip(level, 0, 1), n=n)


def test_without_a_bend_censoring_is_the_power():
    share = np.linspace(0.0, 1.0, 11)
    np.testing.assert_allclose(POWER.censored(share), share, atol=1e-12)


def test_a_tail_thins_those_followed_longest():
    share = np.linspace(0.0, 1.0, 11)
    np.testing.assert_allclose(Bend(2.0, POWER.share).censored(share), 1 - (1 - share) ** 2, atol=1e-12)


@pytest.mark.parametrize("patients", [np.inf, 20.0])
def test_a_drawn_bend_is_a_distribution_function_with_the_stated_variance(patients):
    rng = np.random.default_rng(SEED)
    bends = [drawn_censoring(rng, patients)[1] for _ in range(4000)]
    share = np.array([one.share for one in bends])
    assert np.all(np.diff(share, axis=1) >= 0)
    np.testing.assert_allclose(share[:, [0, -1]], [[0.0, 1.0]] * len(bends), atol=1e-9)
    middle = share[:, share.shape[1] // 2]
    total = 1.0 / (1.0 / CONCENTRATION + 1.0 / patients)
    assert middle.mean() == pytest.approx(0.5, abs=0.01)
    assert middle.std() == pytest.approx(np.sqrt(0.25 / (total + 1.0)), rel=0.05)


def test_every_bend_meets_the_events_told():
    rng = np.random.default_rng(SEED)
    for _ in range(50):
        bend = drawn_censoring(rng)[1]
        shape = shape_for_events(TIME, SURVIVAL, 200, 120, bend)
        assert by_shape(TIME, SURVIVAL, 200, shape, bend)[1] == pytest.approx(120, abs=0.2)


@pytest.mark.parametrize("told", [False, True])
def test_hardly_any_two_draws_share_their_censoring(told):
    time, event, curve = clicked(400, lambda rng: rng.uniform(6.0, 30.0, 400))
    curve = Curve(curve.time, curve.survival, n=400, events=int(event.sum()) if told else None)
    half = [
        number_at_risk(one.time, np.array([0.5 * time.max()]))[0]
        for one in reconstruct(curve, draws=11).ipd[1:]
    ]
    assert len(set(half)) >= 5


def test_the_prior_holds_patterns_of_censoring_as_different_as_those_of_real_arms():
    # Censored by 3/4 of the span (reverse Kaplan-Meier): 0.28 in an arm of ACT2 2D, 0.96 in one of Rotterdam.
    rng = np.random.default_rng(SEED)
    draws = [drawn_censoring(rng) for _ in range(2000)]
    censored = [bend.censored(0.75**shape) for shape, bend in draws]
    low, middle, high = np.quantile(censored, [0.02, 0.5, 0.98])
    assert low < 0.28
    assert 0.5 < middle < 0.7
    assert high > 0.95


def test_numbers_at_risk_assumed_follow_a_fall_between_their_even_times():
    time = np.linspace(0.0, 24.0, 241)
    at_risk = np.where(time < 22.0, 400.0, 20.0)
    table = AssumedRisk(time, at_risk, np.zeros(time.size)).table(400)
    assert np.all(np.diff(table.time) > 0)
    assert table.time[-1] == pytest.approx(22.0, abs=0.2)  # the even times end at 20
    assert table.at_risk[-1] < 300


def test_where_no_pattern_of_censoring_allows_the_readings_the_draws_still_hold_the_counts():
    # Deaths at even steps down to 0.5 by the end, yet three quarters are told to have died: no path does both.
    time = np.linspace(0.0, 24.0, 30)
    curve = Curve(time, np.linspace(1.0, 0.5, 30), n=100, events=75)
    for one in reconstruct(curve, draws=4).ipd:
        assert one.time.size == 100
        assert int(one.event.sum()) == 75
