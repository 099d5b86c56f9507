import numpy as np
import pytest
from scipy import stats

from models.subgroups import Half, SubgroupPair, implied_log_ratio, latent_shares, pair_log_likelihood
from models.survival_predictor import FIXED_EFFECTS
from trials.network import PdL1Share, Share

SEED = 20241126


def _effects(size=1, **values):
    return np.tile([values.get(name, 0.0) for name in FIXED_EFFECTS], (size, 1))


def _by_liver(first, second, pdl1=0.5, error=0.1):
    return SubgroupPair(
        "rct",
        "OS",
        "liver metastases",
        (Half(first, error, 1.0, pdl1), Half(second, error, 0.0, pdl1)),
        1.0,
        1.0,
    )


def test_implied_ratio_of_pure_strata_is_the_sum_of_terms():
    effects = _effects(beta_ici=-0.3, beta_liver=0.5, beta_liver_ici=0.2, beta_pdl1_ici=-0.3)
    found = implied_log_ratio(_by_liver(0, 0, pdl1=0.0), effects)
    np.testing.assert_allclose(found, [[-0.1, -0.3]])


def test_backbone_and_region_enter_the_implied_ratio():
    pair = SubgroupPair("rct", "OS", "x", (Half(0, 0.1, 0, 0), Half(0, 0.1, 0, 1)), tp=0.0, asia=0.3)
    effects = _effects(beta_ici=-0.3, beta_tp_ici=-0.1, beta_asia_ici=0.05, beta_tp=-0.4, beta_pdl1_ici=-0.3)
    expected = -0.3 + 0.1 - 0.7 * 0.05
    np.testing.assert_allclose(implied_log_ratio(pair, effects), [[expected, expected - 0.3]])


def test_mixed_half_lies_between_its_strata():
    effects = _effects(beta_ici=-0.2, beta_pdl1_ici=-0.4)
    mixed = implied_log_ratio(_by_liver(0, 0, pdl1=0.5), effects)
    assert np.all((mixed < -0.2) & (mixed > -0.6))


def test_likelihood_is_the_bivariate_normal_of_the_halves():
    pair = SubgroupPair("rct", "OS", "x", (Half(-0.5, 0.2, 1, 0), Half(-0.2, 0.1, 0, 0)), 1.0, 1.0)
    tau = np.array([0.0, 0.15])
    found = pair_log_likelihood(pair, _effects(2, beta_ici=-0.3), tau)
    for value, spread in zip(found, tau, strict=True):
        covariance = spread**2 + np.diag([0.2**2, 0.1**2])
        assert value == pytest.approx(
            stats.multivariate_normal([-0.3, -0.3], covariance).logpdf([-0.5, -0.2])
        )


def test_one_pair_counts_once_not_twice():
    """The shared departure makes two exact halves worth little more than one about their common mean."""
    draws = np.random.default_rng(SEED).normal(-0.3, 0.3, 200_000)
    effects = np.zeros((draws.size, len(FIXED_EFFECTS)))
    effects[:, FIXED_EFFECTS.index("beta_ici")] = draws
    weight = np.exp(
        pair_log_likelihood(_by_liver(-0.6, -0.6, error=0.01), effects, np.full(draws.size, 0.15))
    )
    mean = np.average(draws, weights=weight)
    variance = np.average((draws - mean) ** 2, weights=weight)
    once = 1 / (1 / 0.3**2 + 1 / (0.15**2 + 0.01**2 / 2))
    assert variance == pytest.approx(once, rel=0.03)


def test_pair_recovers_a_modification_and_equal_halves_do_not():
    rng = np.random.default_rng(SEED)
    modification = rng.normal(0, 0.15, 100_000)
    effects = np.zeros((modification.size, len(FIXED_EFFECTS)))
    effects[:, FIXED_EFFECTS.index("beta_liver_ici")] = modification
    tau = np.full(modification.size, 0.15)
    moved = {}
    for first in (0.4, 0.0):
        weight = np.exp(pair_log_likelihood(_by_liver(first, 0.0, error=0.1), effects, tau))
        moved[first] = np.average(modification, weights=weight)
    assert moved[0.4] > 0.15
    assert moved[0.0] == pytest.approx(0, abs=0.01)


def test_latent_shares_of_an_exact_assay_are_one_and_nought():
    assert latent_shares(PdL1Share(Share(0.4), "CPS", 10, "22C3")) == (1.0, 0.0)


def test_latent_shares_average_to_the_latent_share():
    observed = PdL1Share(Share(0.4), "TAP", 10, "SP263")
    high, low = latent_shares(observed)
    # Beta(8, 4) both ways: 0.4 = s p + (1 - s)(1 - p) with s = 2/3.
    assert 0.4 * high + 0.6 * low == pytest.approx((0.4 + 2 / 3 - 1) / (4 / 3 - 1))
    assert low < high < 1
