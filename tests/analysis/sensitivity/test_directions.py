"""Which way a correction moves the hazard ratio: what flattered the index arm makes its true ratio worse."""

import math

import numpy as np
import pytest
from scipy import stats

from analysis.sensitivity.confounding import UNMEASURED, bias_factor, observed_covariates, unmeasured
from analysis.sensitivity.follow_up import assessor, withdrawal

# From the base case's own Delta; a closed form shifts every draw alike.
EXACT = 1e-9


def ratio_of(line, base):
    """Hazard ratio of a line over that of the base case, by the medians."""
    return line.median / float(np.median(np.exp(base.draws(line.endpoint, "Delta"))))


def lines_about(lines, words):
    found = [line for line in lines if words in line.variant]
    assert found
    return found


def test_bias_factor_is_the_ratio_of_the_mean_hazards():
    """METHODS section 4: liver at HR 2.5, 14 % of the index trial and 24 % of comparators, .890."""
    assert bias_factor(2.5, 0.14, 0.24) == pytest.approx(0.890, abs=0.0005)
    carrying, free = 3.0 * 0.05, 0.05
    hazards = [share * carrying + (1 - share) * free for share in (0.1, 0.4)]
    assert bias_factor(3.0, 0.1, 0.4) == pytest.approx(hazards[0] / hazards[1])


def test_an_unmeasured_trait_that_flatters_the_index_arm_raises_the_adjusted_ratio(base_case):
    lines = lines_about(unmeasured(base_case), "unmeasured trait")
    assert len(lines) == 2 * len(UNMEASURED)
    for line, (hazard_ratio, share, reference) in zip(lines, 2 * UNMEASURED, strict=True):
        # A trait with a hazard ratio under 1, commoner in the index trial.
        assert hazard_ratio < 1
        assert share > reference
        moved = ratio_of(line, base_case)
        assert moved > 1
        assert moved == pytest.approx(1 / bias_factor(hazard_ratio, share, reference), rel=EXACT)


@pytest.mark.parametrize(
    ("covariate", "flatters"),
    [
        # The made-up run: index 14 % liver, comparators 22.5 %; all on TP, comparators half.
        ("liver metastases", True),
        ("paclitaxel-platinum backbone", True),
        # 10.5 % of the index arm PD-L1 high, comparators 50 %: those whom the ICI helps most are few.
        ("PD-L1", False),
    ],
)
def test_a_measured_covariate_that_is_left_out_moves_the_ratio_the_way_it_confounds(
    base_case, covariate, flatters
):
    lines = lines_about(unmeasured(base_case), f"{covariate} not adjusted for")
    for line in lines:
        table = observed_covariates(base_case, line.endpoint).set_index("covariate")
        moved = ratio_of(line, base_case)
        assert (moved < 1) == flatters
        assert moved == pytest.approx(table.loc[covariate, "shift_ratio"], rel=EXACT)


def test_independent_review_sees_the_index_arms_progressions_earlier(base_case):
    """METHODS section 7, SA10: hazard x exp(N(.086, .035)), so the ratio rises by 9 %."""
    (line,) = lines_about(assessor(base_case), "independent review")
    assert line.endpoint == "PFS"
    assert ratio_of(line, base_case) == pytest.approx(math.exp(0.086), rel=0.01)
    assert "N(0.086, 0.035)" in line.variant


def test_the_review_shift_widens_the_interval_by_its_own_uncertainty(base_case, monkeypatch):
    """On a Delta without spread what is left is the shift's."""
    monkeypatch.setattr(type(base_case), "draws", lambda *_: np.full(20_000, -0.4))
    (line,) = lines_about(assessor(base_case), "independent review")
    sd = math.log(1.17 / 1.02) / (2 * stats.norm.ppf(0.975))
    centre = -0.4 + math.log(1.09)
    assert math.log(line.median) == pytest.approx(centre, abs=0.002)
    assert math.log(line.lower) == pytest.approx(centre - 1.96 * sd, abs=0.004)
    assert math.log(line.upper) == pytest.approx(centre + 1.96 * sd, abs=0.004)


def test_patients_lost_to_a_worse_hazard_raise_the_ratio_and_more_so_the_more_they_are(base_case):
    lines = [line for line in withdrawal(base_case) if line.endpoint == "OS"]
    moved = {line.variant: ratio_of(line, base_case) for line in lines}
    worst = [moved[f"{lost} lost, events at time 0"] for lost in (5, 7, 8, 9, 11)]
    assert moved["5 lost, kappa 1.5"] > 1
    assert all(np.diff([moved["5 lost, kappa 1.5"], *worst]) > 0)
