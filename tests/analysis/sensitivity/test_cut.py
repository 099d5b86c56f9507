import numpy as np
import pytest
import xarray as xr
from scipy.special import digamma, polygamma

from analysis.sensitivity.cut import SingleArms, cut_delta, single_arms
from analysis.sensitivity.refits import Fitted
from analysis.sensitivity.variant import FitPlan, Variant
from digitized.curve import PseudoIPD
from models.covariate_mix import STRATA
from models.fitting import Sampler
from models.priors import SingleArmShift
from models.survival_predictor import FIXED_EFFECTS

SEED = 20241124
DRAWS = 40_000


def _arms(estimate, variance):
    """One arm with x = Delta + c, Delta ~ N(0, .4), c ~ N(-.15, .25)."""
    return SingleArms(
        names=("index",),
        estimate=np.full((DRAWS, 1), estimate),
        variance=np.full((DRAWS, 1), variance),
        mean=np.array([-0.15]),
        covariance=np.full((DRAWS, 1, 1), 0.4**2 + 0.25**2),
        delta_covariance=np.array([0.4**2]),
        delta_mean=0.0,
        delta_variance=0.4**2,
    )


def test_cut_is_the_conjugate_update():
    delta = cut_delta(_arms(-0.7, 0.04), np.random.default_rng(SEED))
    gain = 0.4**2 / (0.4**2 + 0.25**2 + 0.04)
    assert delta.mean() == pytest.approx(gain * (-0.7 + 0.15), abs=0.005)
    assert delta.var() == pytest.approx(0.4**2 * (1 - gain), rel=0.02)


def test_an_arm_without_patients_leaves_the_prior():
    delta = cut_delta(_arms(-0.7, 1e6), np.random.default_rng(SEED))
    assert delta.mean() == pytest.approx(0.0, abs=0.01)
    assert delta.std() == pytest.approx(0.4, rel=0.02)


# Stage one as known: a constant hazard, an ICI effect and a spread of trials, the same in every draw.
RATE, BETA_ICI, TAU_U = 0.05, -0.3, 0.12
SHIFT = SingleArmShift("asked for", -0.30, 0.25)
EVENTS = {"anlo-chemo": 46, "triple": 40}


def _patients(events, rate):
    """Patients who all have their event, at the middles of equally likely intervals."""
    times = -np.log(1 - (np.arange(events) + 0.5) / events) / rate
    return PseudoIPD(times, np.ones(events, dtype=bool))


@pytest.fixture(scope="module")
def two_single_arms(survival_arm):
    """ALTER-E002's kind of arm and an index arm beside one randomised trial, with stage one's draws made by hand."""
    single = {"randomised": False}
    arms = (
        survival_arm("rct", "chemo", ["chemo"], _patients(60, RATE)),
        survival_arm("rct", "ici", ["chemo", "pd1"], _patients(60, 0.04)),
        survival_arm(
            "anlo", "anlo-chemo", ["chemo", "anlotinib"], _patients(EVENTS["anlo-chemo"], 0.04), **single
        ),
        survival_arm(
            "index",
            "triple",
            ["chemo", "pdl1", "anlotinib"],
            _patients(EVENTS["triple"], 0.02),
            index=True,
            **single,
        ),
    )
    plan = FitPlan(arms, {}, imputations=1, sampler=Sampler(), seed=SEED)
    variant = Variant("OS", SHIFT, without=("anlo", "index"))
    draws = ("chain", "draw")
    # Stage two's own effects wander in stage one, where nothing but their prior holds them.
    effects = np.random.default_rng(SEED).normal(0, 1, (2, 100, len(FIXED_EFFECTS)))
    for position, name in enumerate(FIXED_EFFECTS):
        if name not in ("bme_dev", "delta_anlo", "gamma"):
            effects[..., position] = BETA_ICI if name == "beta_ici" else 0.0
    # All patients are in the reference cell.
    proportion = np.broadcast_to(np.log([1.0, 1e-12, 1e-12, 1e-12]), (2, 100, 4, 4))
    survival = plan.model(variant)
    posterior = xr.Dataset(
        {
            "log_h0": ((*draws, "interval"), np.full((2, 100, 8), np.log(RATE))),
            "effects": ((*draws, "effect"), effects),
            "log_proportion": ((*draws, "arm", "stratum"), proportion),
            "tau": ((*draws, "spread"), np.broadcast_to([TAU_U, 0.1], (2, 100, 2))),
        },
        coords={
            "arm": list(survival.design.arms),
            "stratum": list(STRATA),
            "effect": list(FIXED_EFFECTS),
            "spread": ["tau_u", "tau_ici"],
        },
    )
    return arms, single_arms(Fitted(plan, {variant: posterior}), variant)


def test_an_arms_own_patients_say_what_a_gamma_likelihood_says(two_single_arms):
    """d events over an expected hazard H: exp(x) ~ Gamma(d, H) on a flat prior, so x has a closed mean and variance."""
    arms, found = two_single_arms
    assert found.names == ("anlo/anlo-chemo", "index/triple")
    for position, (arm, expects) in enumerate(((arms[2], 0.0), (arms[3], BETA_ICI))):
        hazard = RATE * np.exp(expects) * arm.ipd[0].time.sum()
        mean, variance = digamma(arm.events) - np.log(hazard), float(polygamma(1, arm.events))
        assert found.estimate[:, position] == pytest.approx(mean, abs=1e-3)
        assert found.variance[:, position] == pytest.approx(variance, rel=0.01)


def test_what_stage_two_believes_before_it_sees_the_arms(two_single_arms):
    """x1 = u1 + delta + c1 + e1; x2 = u2 + bme_dev + delta + gamma + c2 + e2 (METHODS section 4)."""
    _, found = two_single_arms
    assert found.mean == pytest.approx([SHIFT.mu, SHIFT.mu])
    own = TAU_U**2 + SHIFT.sd**2 + 0.10**2
    shared = 0.35**2 + 0.9 * SHIFT.sd**2
    expected = [[own + 0.35**2, shared], [shared, own + 0.35**2 + 0.20**2 + 0.15**2]]
    assert found.covariance == pytest.approx(np.broadcast_to(expected, (200, 2, 2)))
    assert found.delta_covariance == pytest.approx([0.35**2, 0.35**2 + 0.20**2])
    assert (found.delta_mean, found.delta_variance) == pytest.approx((0.0, 0.35**2 + 0.20**2))


def test_a_shift_believed_in_is_taken_off_the_drug(two_single_arms):
    """Delta of the two arms by the conjugate update, written out for a 2 x 2 covariance."""
    _, found = two_single_arms
    (a, b), (_, d) = found.covariance[0] + np.diag(found.variance[0])
    inverse = np.array([[d, -b], [-b, a]]) / (a * d - b * b)
    gain = inverse @ [0.35**2, 0.35**2 + 0.20**2]
    expected = gain @ (found.estimate[0] - SHIFT.mu)
    # Means over many sets of the 200 draws.
    drawn = np.array([cut_delta(found, np.random.default_rng([SEED, k])) for k in range(200)])
    assert drawn.mean() == pytest.approx(expected, abs=0.005)
    assert drawn.var() == pytest.approx(0.35**2 + 0.20**2 - gain @ found.delta_covariance, rel=0.03)
