import numpy as np
import pytest
from scipy.stats.contingency import odds_ratio

from analysis.validation.response_twin import ici_against_chemo, index_against_ici, log_odds
from trials.network import ResponseArm


def arm(trial, components, n, responders, **fields):
    made = {
        "trial": trial,
        "arm": "+".join(components),
        "label": trial,
        "components": frozenset(components),
        "randomised": True,
        "index": False,
        "tp_share": 1.0,
        "asia_share": 1.0,
        "liver": None,
        "pdl1": None,
        "n": n,
        "responders": responders,
        "categories": None,
        "confirmed": None,
        "assessor": "",
        "source": "made up",
    }
    return ResponseArm(**made | fields)


INDEX = arm("index", ("chemo", "pdl1", "anlotinib"), 50, 36, randomised=False, index=True)
CONTROL = arm("rct", ("chemo",), 300, 150)
TESTED = arm("rct", ("chemo", "pd1"), 310, 200)


def test_log_odds_ratio_of_one_trial_is_that_of_its_table():
    """One trial: the sample odds ratio and its interval (Woolf) as scipy has them."""
    found = ici_against_chemo([CONTROL, TESTED, INDEX])
    table = [[200, 110], [150, 150]]
    expected = odds_ratio(table, kind="sample")
    assert np.exp(found.estimate) == pytest.approx(expected.statistic)
    interval = expected.confidence_interval(0.95)
    assert np.exp(found.interval()) == pytest.approx([interval.low, interval.high])


def test_a_trial_with_one_reported_arm_gives_no_ratio_but_counts_against_the_index_arm():
    alone = arm("other", ("chemo", "pd1"), 200, 120)
    assert ici_against_chemo([CONTROL, TESTED, alone, INDEX]) == ici_against_chemo([CONTROL, TESTED])
    both, _ = index_against_ici([CONTROL, TESTED, alone, INDEX])
    one, _ = index_against_ici([CONTROL, TESTED, INDEX])
    assert both != one


def test_index_arm_against_one_arm_is_their_odds_ratio():
    estimate, error = index_against_ici([CONTROL, TESTED, INDEX])
    assert np.exp(estimate) == pytest.approx((36 / 14) / (200 / 110))
    assert error**2 == pytest.approx(1 / 36 + 1 / 14 + 1 / 200 + 1 / 110)
    assert log_odds(INDEX)[0] == pytest.approx(np.log(36 / 14))
