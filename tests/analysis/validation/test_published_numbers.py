import pytest

from analysis.validation.gold_number import GoldNumber
from analysis.validation.published_numbers import gold_numbers

NUMBERS = gold_numbers()


@pytest.mark.parametrize("number", NUMBERS, ids=[f"{n.section} {n.quantity}" for n in NUMBERS])
def test_gold_number(number):
    assert number.met, f"{number.computed} instead of {number.expected} ± {number.tolerance}"


def test_a_number_off_by_more_than_its_rounding_is_not_met():
    assert not GoldNumber("2", "a rate", 0.575, 0.5756, 0.0005).met
