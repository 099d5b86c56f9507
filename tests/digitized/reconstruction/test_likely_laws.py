"""What an arm tells of its censoring: heights of single steps, and the total of events."""

from dataclasses import replace

import numpy as np
import pytest

from digitized.curve import Curve, PseudoIPD
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction import reconstruct
from digitized.reconstruction.assumed_risk import typical_law
from digitized.reconstruction.batch import reconstruct_all
from digitized.reconstruction.likely_laws import LikelyLaws
from digitized.reconstruction.noise import shared_error
from digitized.reconstruction.points import prepare
from digitized.reconstruction.step_heights import StepHeights

SEED = 20261129
N = 400
COLUMNS = 600
NOISE = 0.001
END = 24.0
COMMON = {"early": (2.0, 6.0), "late": (10.0, END)}


def trial(left: tuple[float, float]) -> tuple[PseudoIPD, Curve]:
    """Patients of a constant hazard censored evenly between two times, and the pixel columns of their curve."""
    rng = np.random.default_rng(SEED)
    gone = rng.uniform(*left, N)
    gone[: N // 20] = END  # some are followed to the end
    died = rng.exponential(12.0, N)
    patients = PseudoIPD(np.minimum(died, gone), died <= gone)
    columns = np.linspace(0.0, float(patients.time.max()), COLUMNS)
    level = kaplan_meier(patients.time, patients.event).at(columns) + rng.normal(0.0, NOISE / 3, columns.size)
    return patients, Curve(columns, np.clip(level, 0.0, 1.0), n=N)


@pytest.mark.parametrize("pattern", sorted(COMMON))
def test_steps_are_likeliest_under_the_numbers_at_risk_that_made_them(pattern):
    patients, curve = trial(COMMON[pattern])
    steps = StepHeights(curve.time, np.minimum.accumulate(curve.survival), N, NOISE)
    assert steps.place.size > 5
    when = steps.place * curve.time[-1]
    true = 1.0 - number_at_risk(patients.time, when) / (
        N * kaplan_meier(patients.time, patients.event).at(when)
    )
    factors = np.array([0.25, 0.5, 1.0, 2.0, 4.0])
    wrong = 1.0 - np.minimum(factors[:, None] * (1.0 - true), 1.0)
    assert int(np.argmax(steps.log_likelihood(wrong))) == 2


def test_a_curve_without_plain_steps_tells_nothing():
    time = np.linspace(0.0, END, 800)
    steps = StepHeights(time, np.exp(-time / 20.0), 5000, NOISE)
    np.testing.assert_array_equal(steps.log_likelihood(np.zeros((3, 0))), np.zeros(3))


def test_columns_tell_early_censoring_from_late_where_nothing_was_printed():
    half = {}
    for pattern, left in COMMON.items():
        _, curve = trial(left)
        half[pattern] = LikelyLaws(curve.time, np.minimum.accumulate(curve.survival), N, None, NOISE).mean()(
            np.array([0.5])
        )[0]
    assert half["early"] > half["late"] + 0.2


def test_without_steps_the_law_is_the_typical_one():
    _, curve = trial(COMMON["late"])
    assert LikelyLaws(curve.time, np.minimum.accumulate(curve.survival), N, None, None).mean() is typical_law


@pytest.mark.parametrize("pattern", sorted(COMMON))
def test_draws_hold_the_numbers_at_risk_of_a_traced_curve(pattern):
    patients, curve = trial(COMMON[pattern])
    when = np.linspace(0.1, 0.8, 8) * patients.time.max()
    drawn = [number_at_risk(one.time, when) for one in reconstruct(curve, draws=31).ipd[1:]]
    low, high = np.quantile(drawn, [0.02, 0.98], axis=0)
    held = (number_at_risk(patients.time, when) >= low - 2) & (
        number_at_risk(patients.time, when) <= high + 2
    )
    assert held.mean() >= 0.75


def test_events_told_make_laws_likely_that_expect_them():
    patients, curve = trial(COMMON["late"])
    told = LikelyLaws(curve.time, np.minimum.accumulate(curve.survival), N, patients.events, None)
    choose, rng = told.chooser(np.random.default_rng(SEED)), np.random.default_rng(SEED)
    free = LikelyLaws(curve.time, np.minimum.accumulate(curve.survival), N, None, None)
    any_of_them = free.chooser(np.random.default_rng(SEED))
    x = np.array([0.5])
    assert np.std([choose(rng)(x) for _ in range(200)]) < 0.8 * np.std(
        [any_of_them(rng)(x) for _ in range(200)]
    )


def test_draws_of_an_arm_depend_on_its_names_and_not_on_the_other_arms():
    _, curve = trial(COMMON["late"])
    alone = reconstruct_all({("figure", "b"): curve}, draws=3)[("figure", "b")]
    beside = reconstruct_all({("figure", "a"): curve, ("figure", "b"): curve}, draws=3)
    for one, other in zip(alone.ipd, beside[("figure", "b")].ipd, strict=True):
        np.testing.assert_array_equal(one.time, other.time)
    assert not np.array_equal(beside[("figure", "a")].ipd[1].time, alone.ipd[1].time)
    np.testing.assert_array_equal(beside[("figure", "a")].ipd[0].time, alone.ipd[0].time)


def test_arms_given_the_same_generators_choose_the_same_law_where_nothing_tells_them_apart():
    _, curve = trial(COMMON["late"])
    x = np.linspace(0.0, 1.0, 11)
    chosen = [
        LikelyLaws(curve.time, np.minimum.accumulate(curve.survival), n, None, None).chooser(
            np.random.default_rng(SEED)
        )(np.random.default_rng(seed))(x)
        for n, seed in ((N, 1), (N // 2, 1), (N, 2))
    ]
    np.testing.assert_array_equal(chosen[0], chosen[1])
    assert not np.array_equal(chosen[0], chosen[2])


@pytest.mark.parametrize(("traced", "share"), [(True, 0.4), (False, 0.9)])
def test_neighbouring_readings_share_the_stated_part_of_their_noise(traced, share):
    _, curve = trial(COMMON["late"])
    points = replace(prepare(curve, "arm"), traced=traced)
    rng = np.random.default_rng(SEED)
    knots = np.linspace(0.0, points.end, 10)
    drawn = np.array([shared_error(points, knots, 0.004, rng) for _ in range(2000)])
    np.testing.assert_allclose(drawn[:, 1:].std(axis=0), share * 0.004, rtol=0.08)
    np.testing.assert_array_equal(drawn[:, 0], 0.0)  # the curve begins at 1
