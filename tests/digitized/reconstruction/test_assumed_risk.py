"""No numbers at risk: what a law of censoring makes of a curve, and draws that each have a law of their own."""

import numpy as np
import pytest

from digitized.curve import Curve
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction import reconstruct
from digitized.reconstruction.assumed_risk import (
    AssumedRisk,
    by_law,
    expected_events,
    stretch_for_events,
    stretched,
    typical_law,
)
from digitized.reconstruction.censoring_law import drawn_laws

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


def test_expected_numbers_are_those_of_the_definition():
    risk = by_law(TIME, SURVIVAL, 200, typical_law)
    np.testing.assert_allclose(risk.at_risk, 200 * SURVIVAL * (1 - (TIME / 30.0) ** 2), atol=1e-9)
    # D = N int (1 - (t / T)^2) exp(-t / 15) dt / 15 over 0-30 with t = 15 u: 1 - e^-2 - int u^2 e^-u du / 4 over 0-2.
    by_hand = 200 * ((1 - np.exp(-2.0)) - (2 - 10 * np.exp(-2.0)) / 4)
    assert expected_events(TIME, SURVIVAL, 200, typical_law)[0] == pytest.approx(by_hand, rel=1e-3)


def test_a_stretch_under_which_any_law_expects_the_events_told_is_found():
    laws = drawn_laws(50, np.random.default_rng(SEED))
    for index in range(50):
        law = laws.one(index)
        stretch = stretch_for_events(TIME, SURVIVAL, 200, 120, law)
        found = expected_events(TIME, SURVIVAL, 200, stretched(law, stretch))[0]
        assert found == pytest.approx(120, abs=0.2) or stretch in (0.125, np.inf)


def test_many_laws_expect_what_each_of_them_does():
    laws = drawn_laws(5, np.random.default_rng(SEED))
    mean, variance = expected_events(TIME, SURVIVAL, 200, laws)
    alone = [expected_events(TIME, SURVIVAL, 200, laws.one(index)) for index in range(5)]
    np.testing.assert_allclose(np.column_stack((mean, variance)), np.array(alone))


@pytest.mark.parametrize("told", [False, True])
def test_hardly_any_two_draws_share_their_censoring(told):
    time, event, curve = clicked(400, lambda rng: rng.uniform(6.0, 30.0, 400))
    curve = Curve(curve.time, curve.survival, n=400, events=int(event.sum()) if told else None)
    half = [
        number_at_risk(one.time, np.array([0.5 * time.max()]))[0]
        for one in reconstruct(curve, draws=11).ipd[1:]
    ]
    assert len(set(half)) >= 5


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
