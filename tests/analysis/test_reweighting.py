import numpy as np
import pytest
import xarray as xr
from scipy import stats

from analysis.reweighting import WIDE, class_log_likelihood, log_shift_density, reweight
from models.priors import BASE, PESSIMISTIC, SingleArmShift
from models.survival import ClassBenchmark

SEED = 20241106
BENCHMARK = ClassBenchmark("leap-014", float(np.log(0.92)), (480.0, 640.0))


@pytest.fixture
def wide_draws():
    """Delta + c is known to be -0.5 (sd 0.1), c follows the wide prior: the shape of the real problem."""
    rng = np.random.default_rng(SEED)
    covariance = WIDE.sd**2 * np.array([[1, WIDE.correlation], [WIDE.correlation, 1]])
    c_sat = rng.multivariate_normal([WIDE.mu, WIDE.mu], covariance, size=(4, 2000))
    delta = rng.normal(-0.5, 0.1, (4, 2000)) - c_sat[..., 0]
    return xr.Dataset(
        {"Delta": (("chain", "draw"), delta), "c_sat": (("chain", "draw", "single_arm_trial"), c_sat)},
        coords={"chain": range(4), "draw": range(2000)},
    )


@pytest.mark.parametrize("shift", [BASE, PESSIMISTIC])
def test_reweighted_draws_have_the_prior_asked_for(wide_draws, shift):
    drawn = reweight(wide_draws, WIDE, shift, None, np.random.default_rng(SEED))
    assert drawn.pareto_k < 0.7
    c = drawn.posterior["c_sat"].isel(single_arm_trial=0)
    assert float(c.mean()) == pytest.approx(shift.mu, abs=0.02)
    assert float(c.std()) == pytest.approx(shift.sd, rel=0.06)
    assert float(drawn.posterior["Delta"].mean()) == pytest.approx(-0.5 - shift.mu, abs=0.02)


def test_the_less_is_known_of_c_the_less_is_known_of_delta(wide_draws):
    """Many draws, because a run at preset smoke has too few to compare widths."""
    tight = SingleArmShift("tight", BASE.mu, 0.05)
    rng = np.random.default_rng(SEED)
    spread = [
        float(reweight(wide_draws, WIDE, shift, None, rng).posterior["Delta"].std())
        for shift in (tight, BASE, PESSIMISTIC)
    ]
    assert spread[0] < spread[1] < spread[2]


def test_a_prior_far_from_the_draws_is_caught(wide_draws):
    """Negative control: a wider prior than the one fitted has weights without a variance."""
    far = SingleArmShift("far", 1.5, 0.8)
    assert reweight(wide_draws, WIDE, far, None, np.random.default_rng(SEED)).pareto_k > 0.7


def test_class_benchmark_pulls_towards_its_hazard_ratio(wide_draws):
    without = reweight(wide_draws, WIDE, PESSIMISTIC, None, np.random.default_rng(SEED)).posterior["Delta"]
    with_class = reweight(wide_draws, WIDE, PESSIMISTIC, BENCHMARK, np.random.default_rng(SEED)).posterior[
        "Delta"
    ]
    # Normal updating: precision-weighted mean of the two.
    variance = 0.2**2 + 4 / 555
    weight = (1 / variance) / (1 / variance + 1 / float(without.var()))
    expected = weight * np.log(0.92) + (1 - weight) * float(without.mean())
    assert float(with_class.mean()) == pytest.approx(expected, abs=0.02)
    assert float(with_class.std()) < float(without.std())


def test_densities_are_those_of_scipy():
    c_sat = np.array([[0.1, -0.2], [0.0, 0.3]])
    covariance = BASE.sd**2 * np.array([[1, 0.9], [0.9, 1]])
    expected = stats.multivariate_normal([BASE.mu] * 2, covariance).logpdf(c_sat)
    assert log_shift_density(c_sat, BASE) == pytest.approx(expected)
    narrow = ClassBenchmark("x", 0.0, (559.9, 560.1))
    assert class_log_likelihood(np.array([0.1]), narrow)[0] == pytest.approx(
        stats.norm.logpdf(0.0, 0.1, np.sqrt(0.04 + 4 / 560)), abs=1e-5
    )


def test_same_prior_returns_the_same_draws(wide_draws):
    drawn = reweight(wide_draws, WIDE, WIDE, None, np.random.default_rng(SEED))
    assert drawn.posterior is wide_draws
