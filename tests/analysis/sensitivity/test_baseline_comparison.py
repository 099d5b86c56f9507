import pytest

from analysis.sensitivity.baseline_comparison import last_supported, preference
from digitized.curve import PseudoIPD


@pytest.mark.parametrize(
    ("difference", "error", "said"),
    [
        (0.0, 0.0, "best"),
        (-3.0, 2.0, "compatible with the best"),
        (-5.0, 2.0, "worse than the best"),
    ],
)
def test_a_difference_within_two_standard_errors_is_no_preference(difference, error, said):
    assert preference(difference, error) == said


def test_support_ends_where_ten_are_left_at_risk():
    times = [float(month) for month in range(1, 31)]
    assert last_supported(PseudoIPD(times, [True] * 30)) == 21.0
    assert last_supported(PseudoIPD(times[:4], [True] * 4)) == 1.0
