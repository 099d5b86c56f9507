from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from analysis.validation.simulated_patients import ArmTruth, censoring_times, simulated_patients
from analysis.validation.unseen_arms import (
    arm_as_added,
    departure_prior,
    increment,
    likelihoods,
    weigh,
)
from digitized.curve import PseudoIPD
from digitized.kaplan_meier import kaplan_meier
from models.priors import BASE, NAIVE, Normal, SingleArmShift
from models.survival_predictor import FIXED_EFFECTS

INDEX = 3
HAZARD = np.log(2) / 12
RESIDUAL = 0.1


def _certain(fitted):
    """Only delta and a residual e ~ N(0, .1) are uncertain: every other term of a single arm is fixed at 0."""
    nothing = Normal(0.0, 1e-9)
    priors = replace(
        fitted.survival.priors,
        bme_dev=nothing,
        beta_liver_anlo=nothing,
        gamma=nothing,
        e_sat=Normal(0.0, RESIDUAL),
    )
    return replace(fitted, survival=replace(fitted.survival, priors=priors))


def test_integration_reproduces_the_conjugate_posterior(fitted):
    """Constant hazard h exp(Delta + e), Delta ~ N(0, .35): the exact posterior is a two-dimensional integral."""
    certain = _certain(fitted)
    patients = PseudoIPD(np.linspace(1.0, 20.0, 50), np.arange(50) % 2 == 0)
    arm = arm_as_added(certain, INDEX, added=True, own_ici=True)
    found = weigh(certain, [(arm, patients)], NAIVE, np.random.default_rng(1))
    exposure, events = patients.time.sum(), patients.events

    delta, residual = np.linspace(-2, 2, 801)[:, None], np.linspace(-0.8, 0.8, 321)
    log_likelihood = events * (delta + residual) - HAZARD * np.exp(delta + residual) * exposure
    density = (np.exp(log_likelihood - log_likelihood.max()) * stats.norm.pdf(residual, 0, RESIDUAL)).sum(
        axis=1
    )
    density *= stats.norm.pdf(delta[:, 0], 0, 0.35)
    density /= density.sum()
    mean = density @ delta[:, 0]
    sd = np.sqrt(density @ (delta[:, 0] - mean) ** 2)
    lower, below = np.interp(0.025, np.cumsum(density), delta[:, 0]), density[:400].sum() + density[400] / 2
    assert found.mean == pytest.approx(mean, abs=1e-4)
    assert found.sd == pytest.approx(sd, rel=1e-3)
    assert found.lower == pytest.approx(lower, abs=0.01)
    assert found.p_benefit == pytest.approx(below, abs=1e-3)


def test_without_patients_the_posterior_is_the_prior(fitted):
    arm = arm_as_added(fitted, INDEX, added=True, own_ici=True)
    patients = PseudoIPD(np.array([1e-6]), np.array([False]))
    found = weigh(fitted, [(arm, patients)], BASE, np.random.default_rng(2))
    assert found.mean == pytest.approx(0, abs=1e-3)
    assert found.sd == pytest.approx(np.hypot(0.35, 0.20), rel=1e-3)


def test_a_known_shift_moves_delta_by_itself(fitted):
    """Negative control: c fixed at log 0.74 gives back a larger Delta than c = 0, by its size as the prior pulls it."""
    certain = _certain(fitted)
    patients = PseudoIPD(np.linspace(1.0, 30.0, 400), np.arange(400) % 2 == 0)
    arm = arm_as_added(certain, INDEX, added=True, own_ici=True)
    shifted = SingleArmShift("fixed", float(np.log(0.74)), 0.0)
    naive, corrected = (
        weigh(certain, [(arm, patients)], shift, np.random.default_rng(3)) for shift in (NAIVE, shifted)
    )
    pulled = 0.35**2 / (0.35**2 + RESIDUAL**2 + 1 / patients.events)
    assert corrected.mean - naive.mean == pytest.approx(-np.log(0.74) * pulled, abs=0.01)


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


def test_two_arms_share_delta_and_c(fitted):
    """Prior of (s, Delta): Delta is in both arms, gamma and `bme_dev` in the index arm, c as correlated."""
    arms = [arm_as_added(fitted, position, added=True, own_ici=position == INDEX) for position in (2, INDEX)]
    mean, variance, covariance, prior_variance = departure_prior(fitted, arms, BASE)
    delta, gamma, deviation, residual, c = 0.35**2, 0.20**2, 0.15**2, 0.10**2, 0.25**2
    assert mean[0] == pytest.approx([np.log(0.86)] * 2)
    assert variance[0] == pytest.approx(
        np.array(
            [
                [delta + residual + c, delta + 0.9 * c],
                [delta + 0.9 * c, delta + gamma + deviation + residual + c],
            ]
        )
    )
    assert covariance == pytest.approx([delta, delta + gamma])
    assert prior_variance == pytest.approx(delta + gamma)


def test_a_second_arm_with_the_added_component_narrows_delta(fitted):
    patients = PseudoIPD(np.linspace(1.0, 40.0, 50), np.arange(50) % 2 == 0)
    index = arm_as_added(fitted, INDEX, added=True, own_ici=True)
    other = arm_as_added(fitted, 2, added=True, own_ici=False)
    rng = np.random.default_rng(6)
    alone = weigh(fitted, [(index, patients)], BASE, rng)
    both = weigh(fitted, [(index, patients), (other, patients)], BASE, rng)
    assert both.sd < alone.sd
    assert both.mean < alone.mean


def test_draws_that_cannot_have_made_an_arm_are_refused(fitted):
    """Draws of hazards torn apart, none near the arm's: a few carry all the weight, and Pareto k says so."""
    hazard = fitted.baseline.copy()
    rng = np.random.default_rng(7)
    hazard += rng.normal(0.0, 3.0, hazard.shape)
    torn = replace(fitted, baseline=hazard)
    patients = PseudoIPD(np.linspace(0.5, 20.0, 300), np.arange(300) % 4 != 0)
    arm = arm_as_added(torn, INDEX, added=True, own_ici=True)
    found = increment(likelihoods(torn, [(arm, patients)], rng), BASE, rng)
    assert found.pareto_k > 0.7
    assert found.effective < 5
