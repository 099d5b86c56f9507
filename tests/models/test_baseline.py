import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.integrate import quad

from models.baseline import PiecewiseExponential
from models.time_grid import OS_KNOTS, PFS_KNOTS, default_knots

LOG_HAZARD = np.log([0.02, 0.05, 0.06, 0.08, 0.07, 0.05, 0.04, 0.03])


@pytest.fixture
def baseline():
    return PiecewiseExponential(OS_KNOTS)


def test_knots_of_the_endpoints():
    assert default_knots("OS") == OS_KNOTS
    assert default_knots("PFS") == PFS_KNOTS


@pytest.mark.parametrize("time", [0.4, 1.5, 2.0, 6.0, 11.9, 24.0, 40.0])
def test_cumulative_hazard_integrates_the_hazard(baseline, time):
    knots = [knot for knot in OS_KNOTS if knot < time]
    integral, _ = quad(
        lambda t: np.exp(baseline.log_hazard(LOG_HAZARD, np.array([t]), np))[0], 0, time, points=knots or None
    )
    assert baseline.cumulative_hazard(LOG_HAZARD, np.array([time]), np)[0] == pytest.approx(
        integral, rel=1e-8
    )


def test_density_is_hazard_times_survival(baseline):
    times, step = np.array([0.7, 2.2, 7.3, 30.0]), 1e-6
    survival = np.exp(-baseline.cumulative_hazard(LOG_HAZARD, times, np))
    later = np.exp(-baseline.cumulative_hazard(LOG_HAZARD, times + step, np))
    hazard = np.exp(baseline.log_hazard(LOG_HAZARD, times, np))
    assert (survival - later) / step == pytest.approx(hazard * survival, rel=1e-5)


def test_event_at_a_knot_belongs_to_the_interval_that_ends_there(baseline):
    assert baseline.log_hazard(LOG_HAZARD, np.array([1.5]), np)[0] == LOG_HAZARD[0]
    assert baseline.log_hazard(LOG_HAZARD, np.array([0.0]), np)[0] == LOG_HAZARD[0]


def test_the_same_formula_serves_tensors_and_draws(baseline):
    times = np.array([0.5, 3.0, 20.0])
    expected = baseline.cumulative_hazard(LOG_HAZARD, times, np)
    tensor = baseline.cumulative_hazard(pt.constant(LOG_HAZARD), pt.constant(times), pt)
    assert pytensor.function([], tensor, mode="FAST_COMPILE")() == pytest.approx(expected)
    draws = baseline.cumulative_hazard(np.tile(LOG_HAZARD, (2, 3, 1)), times, np)
    assert draws.shape == (2, 3, 3)
    assert draws[1, 2] == pytest.approx(expected)
