import numpy as np
import pytest

from analysis.validation.medians_only import EXPECTED, leave_one_out_errors, reference_spreads


@pytest.mark.parametrize("key", EXPECTED)
def test_gold_spreads(key):
    assert reference_spreads()[key] == pytest.approx(EXPECTED[key], abs=0.005)


def test_errors_cancel_a_common_factor_and_sum_to_zero():
    medians = np.array([5.0, 6.0, 7.5])
    assert leave_one_out_errors(medians * 3) == pytest.approx(leave_one_out_errors(medians))
    assert leave_one_out_errors(medians).sum() == pytest.approx(0)


def test_a_common_hazard_ratio_changes_nothing():
    medians = [5.0, 6.0, 7.5]
    assert leave_one_out_errors(medians, [0.7] * 3) == pytest.approx(leave_one_out_errors(medians))
