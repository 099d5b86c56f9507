import math

import numpy as np
import pytest

from analysis.bias_bounds import (
    crossing_kappa,
    e_value,
    early_losses,
    log_hazard_shift,
    risk_ratio,
    survival_if_withdrawn,
)

SEED = 20241105


@pytest.mark.parametrize(
    ("survival", "printed"),
    [(0.585, (0.526, 0.503, 0.480, 0.456)), (0.748, (0.673, 0.643, 0.613, 0.583))],
)
def test_early_losses_counted_as_events(survival, printed):
    """GOLD: S(12) of the index trial when 5, 7, 9, 11 of 50 early withdrawals are events at 0."""
    found = [survival_if_withdrawn(survival, 50, k, math.inf) for k in (5, 7, 9, 11)]
    assert found == pytest.approx(printed, abs=0.0006)


def test_kappa_of_one_changes_nothing():
    assert survival_if_withdrawn(0.7, 50, 9, 1.0) == pytest.approx(0.7)
    assert log_hazard_shift(0.7, 50, 9, 1.0) == pytest.approx(0.0)


def test_crossing_kappa_is_where_the_probability_crosses():
    draws = np.random.default_rng(SEED).normal(-0.3, 0.15, 20_000)
    kappa = crossing_kappa(draws, 0.585, 50, 9, 0.95)
    assert kappa > 1
    shifted = draws + log_hazard_shift(0.585, 50, 9, kappa)
    assert np.mean(shifted < 0) == pytest.approx(0.95, abs=0.001)


def test_crossing_kappa_says_never_and_already():
    """A P that is below the level at kappa = 1 does not fall to it: 1 would say that it does."""
    strong, weak, even = np.full(100, -2.0), np.full(100, 0.5), np.zeros(100)
    assert crossing_kappa(strong, 0.585, 50, 5, 0.5) == math.inf
    assert math.isnan(crossing_kappa(weak, 0.585, 50, 5, 0.5))
    assert crossing_kappa(even, 0.585, 50, 5, 0.5) == pytest.approx(1.0)


def test_e_value_of_a_common_outcome():
    """VanderWeele & Ding 2017: E = RR + sqrt(RR (RR - 1)); RR of a hazard ratio by the square-root rule."""
    ratio = risk_ratio(0.63)
    assert ratio == pytest.approx((1 - 0.5 ** math.sqrt(0.63)) / (1 - 0.5 ** math.sqrt(1 / 0.63)))
    assert e_value(0.63) == pytest.approx(1 / ratio + math.sqrt(1 / ratio * (1 / ratio - 1)))
    assert e_value(0.63) == pytest.approx(e_value(1 / 0.63))
    assert e_value(1.0) == pytest.approx(1.0)


def test_losses_are_bounded_only_where_the_arm_and_the_landmark_allow_it():
    assert early_losses(0.75, 50) == (5, 7, 8, 9, 11)
    assert early_losses(0.75, 9) == (5, 7, 8)
    for landmark in (0.0, 1.0, float("nan")):
        assert early_losses(landmark, 50) == ()
