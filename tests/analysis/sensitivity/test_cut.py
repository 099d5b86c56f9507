import numpy as np
import pytest

from analysis.sensitivity.cut import SingleArms, cut_delta

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
