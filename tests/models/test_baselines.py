import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import integrate, stats

from models.baselines import FAMILIES
from models.baselines.parametric import MIDDLE

TIMES = np.array([0.3, 1.0, 2.9, 3.0, 6.0, 11.0, 18.5, 24.0, 40.0])
PARAMETERS = {
    "exponential": [-2.0],
    "Weibull": [-2.1, 0.3],
    "Gompertz": [-2.1, -0.8],
    "log-logistic": [2.1, 0.4],
    "log-normal": [2.1, -0.1],
    "generalised gamma": [2.2, -0.3, -0.4],
    "M-spline": [-2.2, 0.0, 0.3, 0.5, 0.2, 0.1, -0.2, -0.5, -0.6, -0.7],
    "mixture cure": [-1.5, -2.0, 0.2],
}


def _hazards(name, xp=np):
    family, parameters = FAMILIES[name], np.array(PARAMETERS[name])
    return family.log_hazard(parameters, TIMES, xp), family.cumulative_hazard(parameters, TIMES, xp)


@pytest.mark.parametrize("name", FAMILIES)
def test_cumulative_hazard_is_the_integral_of_the_hazard(name):
    family, parameters = FAMILIES[name], np.array(PARAMETERS[name])

    def hazard(time):
        return float(np.exp(family.log_hazard(parameters, np.array([time]), np))[0])

    for time, found in zip(TIMES, _hazards(name)[1], strict=True):
        expected = integrate.quad(hazard, 0, time, points=[t for t in (3, 6, 9, 12, 18, 24) if t < time])[0]
        assert found == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("name", FAMILIES)
def test_tensors_and_arrays_agree(name):
    family = FAMILIES[name]
    parameters, time = pt.dvector(), pt.dvector()
    outputs = [family.log_hazard(parameters, time, pt), family.cumulative_hazard(parameters, time, pt)]
    compiled = pytensor.function([parameters, time], outputs, mode="FAST_COMPILE")
    for tensor, array in zip(compiled(np.array(PARAMETERS[name]), TIMES), _hazards(name), strict=True):
        np.testing.assert_allclose(tensor, array, rtol=1e-9)


@pytest.mark.parametrize("name", FAMILIES)
def test_draws_broadcast_in_front(name):
    family, parameters = FAMILIES[name], np.array(PARAMETERS[name])
    stacked = np.tile(parameters, (2, 3, 1))
    for primitive in (family.log_hazard, family.cumulative_hazard):
        np.testing.assert_allclose(primitive(stacked, TIMES, np)[1, 2], primitive(parameters, TIMES, np))


def test_published_families_match_scipy():
    shape = np.exp(0.3)
    scale = (shape / (MIDDLE * np.exp(-2.1))) ** (1 / shape) * MIDDLE
    _same("Weibull", stats.weibull_min(shape, scale=scale))
    _same("log-logistic", stats.fisk(np.exp(0.4), scale=np.exp(2.1)))
    _same("log-normal", stats.lognorm(np.exp(-0.1), scale=np.exp(2.1)))
    q, sigma = np.exp(-0.4), np.exp(-0.3)
    _same("generalised gamma", stats.gengamma(q**-2, q / sigma, scale=np.exp(2.2) * (q**2) ** (sigma / q)))


def test_gompertz_without_slope_is_exponential():
    slope_free = FAMILIES["Gompertz"].cumulative_hazard(np.array([-2.0, 0.0]), TIMES, np)
    np.testing.assert_allclose(slope_free, np.exp(-2.0) * TIMES)


def test_equal_spline_weights_make_a_constant_hazard():
    flat = np.array([-2.0, *np.zeros(9)])
    np.testing.assert_allclose(FAMILIES["M-spline"].log_hazard(flat, TIMES, np), -2.0, atol=1e-9)


def test_the_cured_share_survives():
    far = FAMILIES["mixture cure"].cumulative_hazard(
        np.array(PARAMETERS["mixture cure"]), np.array([900.0]), np
    )
    assert np.exp(-far[0]) == pytest.approx(1 / (1 + np.exp(1.5)), rel=1e-6)


def _same(name, distribution):
    log_hazard, cumulative = _hazards(name)
    np.testing.assert_allclose(cumulative, -distribution.logsf(TIMES), rtol=1e-8)
    np.testing.assert_allclose(log_hazard, distribution.logpdf(TIMES) - distribution.logsf(TIMES), rtol=1e-7)
