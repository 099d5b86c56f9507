import numpy as np
import pytest
from scipy import integrate

from digitized.errors import InputError
from models.assessment import AssessmentSchedule, ScanInterval
from models.baseline import PiecewiseExponential
from models.survival import SurvivalOptions
from models.survival_predictor import log_interval_density, log_mixture_density
from models.time_grid import GriddedPatients
from models.time_varying import TimeVaryingEffect

BASELINE = PiecewiseExponential((1.5, 3.0, 6.0))
LEVELS = np.array([-2.5, -2.0, -2.2, -1.8])
CHANGE = np.array([0.0, 0.4, -0.3, 0.2])
TIMES = np.array([0.5, 3.0, 4.0, 6.5, 15.0, 30.0])
PROPORTION = np.array([[0.4, 0.3, 0.2, 0.1]])
LOG_RATIO = np.array([[0.0, -0.3, 0.5, 0.2]])


def test_cumulative_hazard_integrates_the_stepped_effect():
    effect = TimeVaryingEffect()

    def hazard(time):
        point = np.array([time])
        return float(np.exp(BASELINE.log_hazard(LEVELS, point, np) + effect.log_ratio(CHANGE, point, np))[0])

    found = effect.cumulative_hazard(CHANGE, BASELINE, LEVELS, TIMES, np)
    for time, value in zip(TIMES, found, strict=True):
        points = [knot for knot in (1.5, 3, 6, 12) if knot < time]
        assert value == pytest.approx(integrate.quad(hazard, 0, time, points=points)[0], rel=1e-6)


def test_no_change_is_proportional():
    still = TimeVaryingEffect().cumulative_hazard(np.zeros(4), BASELINE, LEVELS, TIMES, np)
    np.testing.assert_allclose(still, BASELINE.cumulative_hazard(LEVELS, TIMES, np))


def test_draws_of_the_change_broadcast_in_front():
    levels, change = np.tile(LEVELS, (2, 3, 1)), np.tile(CHANGE, (2, 3, 1))
    found = TimeVaryingEffect().cumulative_hazard(change, BASELINE, levels, TIMES, np)
    np.testing.assert_allclose(
        found[1, 2], TimeVaryingEffect().cumulative_hazard(CHANGE, BASELINE, LEVELS, TIMES, np)
    )


def test_interval_density_is_the_integral_of_the_density():
    def density(time):
        point = np.array([time])
        return float(
            np.exp(
                log_mixture_density(
                    PROPORTION,
                    LOG_RATIO,
                    np.array([0]),
                    BASELINE.log_hazard(LEVELS, point, np),
                    BASELINE.cumulative_hazard(LEVELS, point, np),
                    np.array([1]),
                    np,
                )
            )[0]
        )

    before, after = (BASELINE.cumulative_hazard(LEVELS, np.array([t]), np) for t in (2.0, 4.1))
    found = log_interval_density(PROPORTION, LOG_RATIO, np.array([0]), before, after, np)
    assert np.exp(found[0]) == pytest.approx(integrate.quad(density, 2.0, 4.1, points=[3.0])[0], rel=1e-8)


def test_last_scan_follows_each_trials_plan():
    schedule = AssessmentSchedule(ScanInterval("usual", 6.0), (ScanInterval("late", 6.0, 9.0, 18.0),))
    time = np.array([1.0, 10.0, 2.0, 10.0])
    patients = GriddedPatients(np.array([0, 0, 1, 1]), time, np.ones(4, dtype=int), np.ones(4))
    week = 12 * 7 / 365.25
    np.testing.assert_allclose(
        schedule.last_scan(patients, ["other", "late"]), [0.0, 10 - 6 * week, 2 - 6 * week, 10 - 9 * week]
    )


def test_two_readings_of_the_same_events_are_refused():
    schedule = AssessmentSchedule(ScanInterval("usual", 6.0))
    with pytest.raises(InputError):
        SurvivalOptions(time_varying=TimeVaryingEffect(), assessment=schedule)
