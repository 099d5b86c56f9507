import numpy as np
import pytensor.tensor as pt
import pytest
from scipy.optimize import minimize_scalar

from models.covariate_mix import stratum_proportions
from models.prediction import target_arms
from models.survival_predictor import (
    FIXED_EFFECTS,
    effect_design,
    log_mixture_density,
    marginal_survival,
    weighted_sum,
)
from trials.covariates import TargetPopulation

SEED = 20241103
INDEX_MIX = TargetPopulation("index", "index", 0.14, 0.105, 1.0, 1.0, "")


def effects(**values):
    return np.array([values.get(name, 0.0) for name in FIXED_EFFECTS])


def test_reference_cell_has_no_effect_for_chemotherapy():
    chemo = effect_design(target_arms(INDEX_MIX))[4]
    everything = effects(**dict.fromkeys(FIXED_EFFECTS, 1.0))
    assert weighted_sum(chemo, everything)[0] == 0.0


def test_target_contrast_is_delta_plus_gamma():
    design = effect_design(target_arms(INDEX_MIX))
    everything = effects(**{name: 0.1 * (1 + i) for i, name in enumerate(FIXED_EFFECTS)})
    ratio = weighted_sum(design[0], everything) - weighted_sum(design[1], everything)
    named = dict(zip(FIXED_EFFECTS, everything, strict=True))
    assert ratio[0] == pytest.approx(named["delta_anlo"] + named["gamma"])
    assert ratio[2] == pytest.approx(named["delta_anlo"] + named["gamma"] + named["beta_liver_anlo"])


def test_mixture_without_differences_is_the_plain_likelihood():
    log_hazard, cumulative, event = np.array([-2.0, -3.0]), np.array([0.4, 1.2]), np.array([1, 0])
    arm = np.array([0, 1])
    density = log_mixture_density(
        np.full((2, 4), 0.25), np.zeros((2, 4)), arm, log_hazard, cumulative, event, np
    )
    assert density == pytest.approx(event * log_hazard - cumulative)


def test_mixture_density_is_the_derivative_of_marginal_survival():
    proportion, ratio = np.array([[0.4, 0.3, 0.2, 0.1]]), np.array([[0.0, -0.4, 0.6, 0.2]])
    time, rate, step = 7.0, 0.06, 1e-6
    survival = marginal_survival(proportion[0], ratio[0], np.array([rate * time, rate * (time + step)]), np)
    first, event = np.array([0]), np.array([1])
    density = log_mixture_density(
        proportion, ratio, first, np.log([rate]), np.array([rate * time]), event, np
    )
    assert np.exp(density[0]) == pytest.approx((survival[0] - survival[1]) / step, rel=1e-4)
    censored = log_mixture_density(
        proportion, ratio, first, np.log([rate]), np.array([rate * time]), 0 * event, np
    )
    assert np.exp(censored[0]) == pytest.approx(survival[0])


def test_density_is_finite_far_outside_the_data():
    proportion, ratio = np.full((1, 4), 0.25), np.array([[0, 5.0, -5.0, 8.0]])
    first, event = np.array([0]), np.array([1])
    density = log_mixture_density(proportion, ratio, first, np.array([3.0]), np.array([500.0]), event, np)
    assert np.all(np.isfinite(density))


def test_gradient_of_the_density_is_its_slope():
    """The ratio taken out is held constant in the gradient; the sum does not depend on it."""
    proportion = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]])
    ratio = np.array([[0.0, -0.4, 0.6, 0.2], [0.3, 0.1, -0.2, 0.5]])
    rows = np.array([0, 0, 1, 1]), np.array([-2.0, -3.0, -2.5, -1.0]), np.array([0.4, 1.2, 2.0, 0.1])
    event = np.array([1, 0, 1, 0])

    def total(log_ratio, xp):
        return xp.sum(log_mixture_density(proportion, log_ratio, *rows, event, xp))

    point = pt.dmatrix("point")
    found = pt.grad(total(point, pt), point).eval({point: ratio})
    for cell in np.ndindex(ratio.shape):
        step = np.zeros_like(ratio)
        step[cell] = 1e-6
        slope = (total(ratio + step, np) - total(ratio - step, np)) / 2e-6
        assert found[cell] == pytest.approx(slope, rel=1e-6, abs=1e-8)


@pytest.fixture
def mixed_patients():
    """2,000 exponential patients in two strata (HR 3), half of them censored uniformly over 12 months."""
    rng = np.random.default_rng(SEED)
    worse = rng.random(2000) < 0.4
    time = rng.exponential(1 / (0.06 * np.where(worse, 3.0, 1.0)))
    censoring = rng.uniform(0, 12, 2000)
    return np.minimum(time, censoring), (time <= censoring).astype(int)


def fitted_rate(time, event, log_ratio):
    proportion = stratum_proportions(np.array([0.4]), np.array([0.0]))
    arm = np.zeros(time.size, dtype=int)

    def negative(log_rate):
        hazard, cumulative = np.full(time.size, log_rate), np.exp(log_rate) * time
        density = log_mixture_density(proportion, log_ratio[None, :], arm, hazard, cumulative, event, np)
        return -float(np.sum(density))

    return float(np.exp(minimize_scalar(negative, bounds=(-6, 0), method="bounded").x))


def test_likelihood_recovers_the_truth(mixed_patients):
    time, event = mixed_patients
    ratio = np.array([0, 0, np.log(3), np.log(3)])
    assert fitted_rate(time, event, ratio) == pytest.approx(0.06, rel=0.08)


def test_ignoring_censoring_misses(mixed_patients):
    """Negative control."""
    time, event = mixed_patients
    ratio = np.array([0, 0, np.log(3), np.log(3)])
    assert fitted_rate(time, np.ones_like(event), ratio) > 0.06 * 1.3


def test_ignoring_the_mixture_misses(mixed_patients):
    """Negative control."""
    time, event = mixed_patients
    assert fitted_rate(time, event, np.zeros(4)) > 0.06 * 1.3
