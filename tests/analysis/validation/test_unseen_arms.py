from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

from analysis.validation.unseen_arms import (
    ArmTruth,
    arm_as_added,
    censoring_times,
    simulated_patients,
    weigh,
)
from digitized.curve import PseudoIPD
from digitized.kaplan_meier import kaplan_meier
from models.priors import BASE, NAIVE, Normal, SingleArmShift
from models.survival_predictor import FIXED_EFFECTS

INDEX = 3
HAZARD = np.log(2) / 12


def _certain(fitted):
    """Only delta is uncertain: every other term that a single arm carries is fixed at 0."""
    nothing = Normal(0.0, 1e-9)
    priors = replace(
        fitted.survival.priors, bme_dev=nothing, beta_liver_anlo=nothing, gamma=nothing, e_sat=nothing
    )
    return replace(fitted, survival=replace(fitted.survival, priors=priors))


def test_weights_reproduce_the_conjugate_posterior(fitted):
    """Constant hazard h exp(Delta), prior Delta ~ N(0, .35): the exact posterior is a one-dimensional integral."""
    certain = _certain(fitted)
    patients = PseudoIPD(np.linspace(1.0, 20.0, 50), np.arange(50) % 2 == 0)
    arm = arm_as_added(certain, INDEX, added=True, own_ici=True)
    found = weigh(certain, [(arm, patients)], NAIVE, 60_000, np.random.default_rng(1))
    exposure, events = patients.time.sum(), patients.events

    def density(delta):
        log_likelihood = events * (delta + np.log(HAZARD)) - HAZARD * np.exp(delta) * exposure
        return np.exp(log_likelihood + 120) * stats.norm.pdf(delta, 0, 0.35)

    total = integrate.quad(density, -2, 2)[0]
    mean = integrate.quad(lambda delta: delta * density(delta), -2, 2)[0] / total
    second = integrate.quad(lambda delta: delta**2 * density(delta), -2, 2)[0] / total
    below = integrate.quad(density, -2, 0)[0] / total
    assert found.mean == pytest.approx(mean, abs=0.01)
    assert found.sd == pytest.approx((second - mean**2) ** 0.5, rel=0.03)
    assert found.p_benefit == pytest.approx(below, abs=0.015)
    assert found.pareto_k < 0.5


def test_without_patients_the_posterior_is_the_prior(fitted):
    arm = arm_as_added(fitted, INDEX, added=True, own_ici=True)
    patients = PseudoIPD(np.array([1e-6]), np.array([False]))
    found = weigh(fitted, [(arm, patients)], BASE, 40_000, np.random.default_rng(2))
    assert found.mean == pytest.approx(0, abs=0.01)
    assert found.sd == pytest.approx(np.hypot(0.35, 0.20), rel=0.02)


def test_a_known_shift_moves_delta_by_itself(fitted):
    """Negative control: c fixed at log 0.74 gives back a larger Delta than c = 0, by about its own size."""
    certain = _certain(fitted)
    patients = PseudoIPD(np.linspace(1.0, 30.0, 400), np.arange(400) % 2 == 0)
    arm = arm_as_added(certain, INDEX, added=True, own_ici=True)
    shifted = SingleArmShift("fixed", float(np.log(0.74)), 0.0)
    naive, corrected = (
        weigh(certain, [(arm, patients)], shift, 20_000, np.random.default_rng(3))
        for shift in (NAIVE, shifted)
    )
    assert corrected.mean - naive.mean == pytest.approx(-np.log(0.74), abs=0.03)


def test_simulated_patients_follow_the_truth(fitted):
    arm = arm_as_added(fitted, INDEX, added=True, own_ici=True)
    effects = np.zeros(len(FIXED_EFFECTS))
    effects[FIXED_EFFECTS.index("delta_anlo")] = np.log(0.5)
    template = PseudoIPD(np.linspace(0.01, 40.0, 4000), np.zeros(4000, dtype=bool))
    patients = simulated_patients(fitted, arm, ArmTruth(0, effects, 0.0), template, np.random.default_rng(4))
    rate = patients.events / patients.time.sum()
    assert rate == pytest.approx(0.5 * HAZARD, rel=0.06)


def test_censoring_times_follow_the_reverse_curve():
    """A uniform censoring pattern comes back; an arm without censoring is observed to its last time."""
    rng = np.random.default_rng(5)
    time = np.sort(rng.uniform(6, 18, 3000))
    drawn = censoring_times(PseudoIPD(time, np.zeros(3000, dtype=bool)), rng)
    assert kaplan_meier(drawn, np.ones(3000, dtype=bool)).median == pytest.approx(12, abs=0.4)
    complete = PseudoIPD(np.array([1.0, 2.0, 3.0]), np.ones(3, dtype=bool))
    assert censoring_times(complete, rng) == pytest.approx([3.0, 3.0, 3.0])
