"""Laws of censoring: distribution functions as different as those of real arms."""

import numpy as np
import pytest

from digitized.reconstruction.censoring_law import CELLS, CONCENTRATION, CensoringLaw, drawn_laws

SEED = 7
X = np.linspace(0.0, 1.0, 101)
EVEN = np.linspace(0.0, 1.0, CELLS + 1)


def law(early=0.0, gradual=0.0, middle=0.7, sharpness=4.0, share=EVEN):
    """One law, without withdrawal unless told."""
    values = (np.array(one) for one in (early, 8.0, gradual, 1.0, middle, sharpness))
    return CensoringLaw(*values, np.asarray(share))


def test_every_law_drawn_is_a_distribution_function():
    censored = drawn_laws(2000, np.random.default_rng(SEED))(X)
    assert np.all(np.isfinite(censored))
    assert np.all(np.diff(censored, axis=1) >= -1e-12)
    np.testing.assert_allclose(censored[:, [0, -1]], [[0.0, 1.0]] * 2000, atol=1e-9)


def test_half_of_those_the_cut_off_reaches_are_censored_by_the_middle():
    assert law(middle=0.6, sharpness=9.0)(np.array([0.6])) == pytest.approx(0.5)


def test_the_parts_are_mixed_by_their_shares():
    # A gradualness of 1 is even withdrawal; the early part is 1 - (1 - x)^8.
    mixed = law(early=0.2, gradual=0.5)(X)
    parts = 0.2 * (1 - (1 - X) ** 8), 0.8 * 0.5 * X, 0.8 * 0.5 * law()(X)
    np.testing.assert_allclose(mixed, sum(parts), atol=1e-12)


def test_one_of_many_laws_is_the_same_law():
    many = drawn_laws(4, np.random.default_rng(SEED))
    np.testing.assert_allclose([many.one(index)(X) for index in range(4)], many(X))


def test_a_drawn_bend_has_the_stated_variance():
    share = drawn_laws(4000, np.random.default_rng(SEED)).share[:, CELLS // 2]
    assert share.mean() == pytest.approx(0.5, abs=0.01)
    assert share.std() == pytest.approx(np.sqrt(0.25 / (CONCENTRATION + 1.0)), rel=0.05)


def test_what_patients_come_to_scatters_around_their_law_as_a_sample_of_so_many():
    rng = np.random.default_rng(SEED)
    share = [law().sample(25, rng).share[CELLS // 2] for _ in range(4000)]
    assert np.mean(share) == pytest.approx(0.5, abs=0.01)
    assert np.std(share) == pytest.approx(0.5 / np.sqrt(25), rel=0.05)


def test_laws_are_as_different_as_those_of_real_arms():
    # Censored by 3/4 of the span (reverse Kaplan-Meier): 0.28 in an arm of ACT2 2D, 0.96 in one of Rotterdam.
    low, middle, high = np.quantile(
        drawn_laws(4000, np.random.default_rng(SEED))(np.array([0.75])), [0.05, 0.5, 0.95]
    )
    assert low < 0.28
    assert 0.5 < middle < 0.8
    assert high > 0.96
