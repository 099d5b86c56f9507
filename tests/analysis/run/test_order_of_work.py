import pytest

from analysis.run.pipeline import order_of_work


@pytest.mark.parametrize(
    ("endpoints", "order"),
    [
        (["OS", "PFS", "ORR"], [0, 2, 1]),
        (["ORR", "PFS", "OS"], [1, 0, 2]),
        (["OS", "PFS"], [0, 1]),
        (["ORR"], [0]),
    ],
)
def test_survival_models_do_not_begin_together_where_response_can_begin(endpoints, order):
    assert order_of_work(endpoints) == order
