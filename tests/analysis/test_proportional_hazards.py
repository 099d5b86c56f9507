"""The verdict beside every hazard ratio, and the crude ratio that every adjustment starts from."""

import numpy as np
import pytest

from analysis.proportional_hazards import early_against_late, unadjusted_hazard_ratio, verdicts
from digitized.curve import PseudoIPD
from models.survival_design import Contrast

SEED = 20241123
FOLLOW_UP = 24.0


def patients(rng, early, late, n=4000, split=6.0):
    """Exponential with one hazard before and another after `split` months, followed for two years."""
    target = rng.exponential(size=n)
    before = target / early
    time = np.where(before <= split, before, split + (target - early * split) / late)
    return PseudoIPD(np.minimum(time, FOLLOW_UP), time <= FOLLOW_UP)


def test_constant_hazards_give_the_ratio_of_their_hazards_twice():
    rng = np.random.default_rng(SEED)
    found = early_against_late("a v b", patients(rng, 0.1, 0.1), patients(rng, 0.07, 0.07))
    assert (found.early, found.late) == pytest.approx((0.7, 0.7), rel=0.1)
    assert found.split == pytest.approx(np.log(2 / (1 + np.exp(-0.1 * FOLLOW_UP))) / 0.1, rel=0.1)
    assert "compatible with proportional hazards" in found.sentence


def test_crossing_hazards_are_found_and_named_on_the_right_side_of_the_split():
    rng = np.random.default_rng(SEED)
    found = early_against_late("a v b", patients(rng, 0.1, 0.1), patients(rng, 0.15, 0.05))
    assert found.early > 1 > found.late
    assert found.p_value < 1e-6
    assert "not proportional" in found.sentence


def test_p_values_are_uniform_where_hazards_are_proportional():
    rng = np.random.default_rng(SEED)
    values = [
        early_against_late("", patients(rng, 0.1, 0.1, 300), patients(rng, 0.07, 0.07, 300)).p_value
        for _ in range(200)
    ]
    assert 0.01 <= np.mean(np.array(values) < 0.05) <= 0.09
    assert np.median(values) == pytest.approx(0.5, abs=0.12)


@pytest.fixture
def arms(survival_arm):
    rng = np.random.default_rng(SEED)

    def arm(trial, name, components, hazard, **fields):
        return survival_arm(trial, name, components, patients(rng, hazard, hazard, 3000), **fields)

    return [
        arm("rct-1", "chemo", ["chemo"], 0.1),
        arm("rct-1", "ici", ["chemo", "pd1"], 0.07),
        arm("rct-2", "chemo", ["chemo"], 0.1),
        arm("rct-2", "ici", ["chemo", "pd1"], 0.07),
        arm("anlo", "anlo-chemo", ["chemo", "anlotinib"], 0.5, randomised=False),
        arm("index", "triple", ["chemo", "pdl1", "anlotinib"], 0.035, randomised=False, index=True),
    ]


def test_the_index_arm_meets_the_randomised_arms_of_the_partner_and_no_others(arms):
    value, lower, upper = unadjusted_hazard_ratio(arms, Contrast())
    assert value == pytest.approx(0.5, rel=0.08)
    assert lower < 0.5 < upper
    assert np.log(upper / value) == pytest.approx(np.log(value / lower))


def test_another_question_has_another_partner(arms):
    """With a partner that no randomised arm carries there is nothing to compare with."""
    other = Contrast(partner=frozenset({"endostatin"}))
    assert np.isnan(unadjusted_hazard_ratio(arms, other)).all()
    assert verdicts(arms, other) == []


def test_every_randomised_pair_has_a_verdict_and_the_index_comparison_comes_last(arms):
    found = verdicts(arms, Contrast())
    pairs = {arm.trial for arm in arms if arm.randomised}
    assert len(found) == len(pairs) + 1
    assert all(v.early == pytest.approx(0.7, rel=0.2) for v in found[:-1])
    assert "unadjusted" in found[-1].comparison
