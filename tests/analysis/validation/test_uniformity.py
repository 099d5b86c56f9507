import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.validation.uniformity import LEVEL, adjusted, location_p, uniformity, width_p

KEPT_DRAWS = 100


def ranks_of(bias, spread, size=50, seed=1):
    """Ranks of truths ~ N(0, 1) among draws of posteriors N(bias, spread) on data that say nothing."""
    rng = np.random.default_rng([seed, size])
    truth = rng.standard_normal(size)
    draws = bias + spread * rng.standard_normal((size, KEPT_DRAWS))
    return ((draws < truth[:, None]).sum(axis=1) + 0.5) / (KEPT_DRAWS + 1)


def verdict(columns):
    """Adjusted p value of a table with one parameter a column."""
    table = pd.DataFrame(
        [
            {"endpoint": "OS", "parameter": name, "rank": rank}
            for name, ranks in columns.items()
            for rank in ranks
        ]
    )
    return adjusted(uniformity(table))


def test_calibrated_posteriors_pass():
    assert verdict({f"p{n}": ranks_of(0.0, 1.0, seed=n) for n in range(12)}) >= LEVEL


@pytest.mark.parametrize(("bias", "spread"), [(1.0, 1.0), (-1.0, 1.0), (0.0, 0.5), (0.0, 1.8)])
def test_one_parameter_of_twelve_that_is_off_or_of_a_wrong_width_fails(bias, spread):
    """Negative controls at the ci preset's 50 prior draws: biased, too narrow, too wide."""
    columns = {f"p{n}": ranks_of(0.0, 1.0, seed=n) for n in range(11)}
    assert verdict(columns | {"wrong": ranks_of(bias, spread, seed=99)}) < LEVEL


def test_width_is_seen_where_location_is_blind():
    narrow = ranks_of(0.0, 0.6)
    assert width_p(narrow) < 0.001
    assert location_p(narrow) > 0.01


def test_width_p_is_uniform_under_calibration():
    """Both tails: normal scores of exactly uniform numbers give p values that are uniform themselves."""
    rng = np.random.default_rng(5)
    found = [width_p(rng.uniform(size=50)) for _ in range(400)]
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_nothing_to_test_is_no_pass():
    empty = pd.DataFrame({"endpoint": [], "parameter": [], "rank": []})
    tests = uniformity(empty)
    assert np.isnan(adjusted(tests))
    assert tests.nsmallest(1, "p_value").empty
