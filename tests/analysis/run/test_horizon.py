"""The horizon of the restricted mean is set from numbers at risk, before any fit, and never where nobody is."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.run.increment import choose_horizon
from digitized.curve import PseudoIPD
from digitized.errors import InputError
from models.survival_design import Contrast
from trials import load, network

CONTRAST = Contrast()


@pytest.fixture(scope="module")
def arms():
    found = network(load(None), draws=1, seed=1).endpoint("OS")
    return [arm for arm in found if CONTRAST.covers(arm.components)]


def _followed(arm, months, n=50):
    return replace(arm, ipd=(PseudoIPD(np.full(n, float(months)), np.zeros(n, dtype=np.int64)),))


def test_all_but_the_index_arm_may_be_short_when_two_trials_are_not(arms):
    assert choose_horizon(arms, "OS", CONTRAST).tau == 24


def test_one_comparator_trial_is_enough_where_there_is_one_and_is_said(arms):
    index = next(arm for arm in arms if arm.index)
    partner = next(arm for arm in arms if arm.randomised and CONTRAST.partnered(arm.components))
    found = choose_horizon([_followed(index, 30), _followed(partner, 17)], "OS", CONTRAST)
    assert found.tau == 17
    assert "in the one comparator trial fails at 24 and first holds at 17" in found.rule


def test_a_horizon_that_holds_in_no_month_is_refused(arms):
    index = next(arm for arm in arms if arm.index)
    with pytest.raises(InputError, match="OS: fewer than 10 patients are at risk after a month"):
        choose_horizon([_followed(index, 30, n=8), *(arm for arm in arms if not arm.index)], "OS", CONTRAST)
