"""Design calculations against what they must become in a limit, on average, or by hand."""

import numpy as np
import pytest

from analysis.design.accrual import Sites
from analysis.design.borrowing import HybridDesign, rejection_probability
from analysis.design.value import concurrent_cohort

EXTERNAL_VARIANCE = 0.0008


def hybrid(robust_weight: float, tau: float = 0.1) -> HybridDesign:
    return HybridDesign(211, 120, 6, tau, EXTERNAL_VARIANCE, robust_weight)


@pytest.mark.parametrize("drift", [0.0, 0.2, 0.4])
def test_a_robust_mixture_is_the_component_that_has_all_the_weight(drift: float) -> None:
    # The vague component has the variance of one event; the tau whose borrowed prior has it is in closed form.
    vague = hybrid(0.0, tau=((1 - EXTERNAL_VARIANCE) / (1 + 1 / 6)) ** 0.5)
    assert vague.prior_variance == pytest.approx(1.0)
    for design, closed_form in ((hybrid(1e-9), hybrid(0.0)), (hybrid(1 - 1e-9), vague)):
        assert rejection_probability(design, drift) == pytest.approx(
            rejection_probability(closed_form, drift), abs=2e-4
        )


def test_a_heavier_vague_component_flatters_less_under_drift() -> None:
    errors = [rejection_probability(hybrid(weight), 0.4) for weight in (0.0, 0.1, 0.5, 0.9)]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 2 * errors[-1]


def test_a_concurrent_cohort_has_both_arms_sampling_errors_and_residuals() -> None:
    # 1 / 19 of the index arm, 1 / (30 x .75) of the cohort, and .1^2 for each of the two arms.
    assert concurrent_cohort(19, 30, 0.75).variance == pytest.approx(0.0526316 + 0.0444444 + 0.02, abs=1e-6)
    assert concurrent_cohort(19, 30, 0.75, 0.3).variance == pytest.approx(0.0970760 + 2 * 0.09, abs=1e-6)


def test_an_uncertain_rate_has_the_mean_and_the_variation_that_it_is_given() -> None:
    sites = Sites(40, 0.5, opening=6.0, rate_cv=0.3)
    rates = np.array([sites.at_quantile(p).rate for p in (np.arange(4000) + 0.5) / 4000])
    assert rates.mean() == pytest.approx(0.5, rel=0.002)
    assert rates.std() / rates.mean() == pytest.approx(0.3, rel=0.01)
