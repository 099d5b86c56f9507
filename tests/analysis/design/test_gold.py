"""Published and reference numbers of the design calculations, with the tolerance of each."""

import math

import numpy as np
import pytest

from analysis.design import one_sample
from analysis.design.accrual import Period
from analysis.design.assurance import Interim, assurance, p_hr_below_1, predictive_power
from analysis.design.borrowing import HybridDesign, borrowing_warning, rejection_probability
from analysis.design.boundaries import GroupSequentialRule, efficacy_boundaries, sequential_plan
from analysis.design.priors import NAMED
from analysis.design.rule import LogRankRule, required_events
from analysis.design.sample_size import TrialDesign, plan
from analysis.design.value import AdoptionRule, evpi, evsi

RULE = LogRankRule()
INDEX = one_sample.OneSampleDesign(5.7, 9.8, 12, 12, alpha=0.05, power=0.8, retention=0.8)


def test_index_trial_is_reproduced_by_both_formulas() -> None:
    # Planned in the index publication: 27 events in 38 patients, 48 enrolled (5.7 against 9.8 months).
    assert INDEX.hazard_ratio == pytest.approx(0.5816, abs=5e-5)
    assert INDEX.p_event == pytest.approx(0.7116, abs=5e-5)
    assert INDEX.variances == pytest.approx((1.2234, 0.7116, 1.3436), abs=5e-5)
    for size, events, n in (
        (one_sample.log_hazard_ratio_size(INDEX), 26.73, 37.56),
        (one_sample.log_rank_size(INDEX), 26.84, 37.72),
    ):
        assert (size.events_exact, size.n_exact) == pytest.approx((events, n), abs=0.005)
        assert (size.events, size.n, size.enrolled) == (27, 38, 48)


@pytest.mark.parametrize(("median", "gold"), [(6.3, 0.069), (6.9, 0.167), (7.3, 0.261)])
def test_false_positives_of_a_short_null(median: float, gold: float) -> None:
    share, error = one_sample.success_probability(INDEX, 38, median, trials=100_000)
    assert share == pytest.approx(gold, abs=0.003 + error)


EVENTS = {
    0.60: [(121, 136), (162, 182), (229, 257)],
    0.70: [(247, 278), (331, 372), (468, 527)],
    0.80: [(631, 710), (845, 950), (1196, 1345)],
}


@pytest.mark.parametrize("hazard_ratio", EVENTS)
def test_schoenfeld_events(hazard_ratio: float) -> None:
    for (alpha, power), counts in zip(
        [(0.05, 0.8), (0.05, 0.9), (0.01, 0.9)], EVENTS[hazard_ratio], strict=True
    ):
        for ratio, events in zip((1, 2), counts, strict=True):
            assert required_events(hazard_ratio, power, LogRankRule(alpha, ratio)).events == events


@pytest.mark.parametrize(
    ("hazard_ratio", "ratio", "median", "dropout", "n", "readout"),
    [
        (0.70, 1, 6.5, 0.10, 442, 32),
        (0.70, 2, 6.5, 0.10, 496, 33),
        (0.70, 1, 15.2, 0.03, 442, 53),
        (0.75, 1, 15.2, 0.03, 678, 51),
    ],
)
def test_patients_at_75_percent_maturity(
    hazard_ratio: float, ratio: float, median: float, dropout: float, n: int, readout: int
) -> None:
    design = TrialDesign(hazard_ratio, 0.9, LogRankRule(0.05, ratio), Period(24), median, dropout, 0.75)
    planned = plan(design)
    assert planned.n == n
    assert round(planned.readout_months) == readout


@pytest.mark.parametrize(
    ("name", "gold"),
    [
        ("naive", (0.78, 0.89, 0.92)),
        ("base", (0.47, 0.58, 0.63)),
        ("pessimistic", (0.33, 0.42, 0.47)),
        ("leap-class", (0.22, 0.32, 0.39)),
    ],
)
def test_assurance(name: str, gold: tuple[float, ...]) -> None:
    found = [assurance(NAMED[name], events, RULE) for events in (200, 400, 600)]
    assert found == pytest.approx(gold, abs=0.01)
    assert max(found) < p_hr_below_1(NAMED[name])


@pytest.mark.parametrize(
    ("interim", "flat", "sceptical"), [(0.70, 0.95, 0.80), (0.80, 0.61, 0.38), (0.90, 0.18, 0.09)]
)
def test_predictive_power(interim: float, flat: float, sceptical: float) -> None:
    look = Interim(interim, 200, 400)
    assert predictive_power(NAMED["flat"], look, RULE) == pytest.approx(flat, abs=0.01)
    assert predictive_power(NAMED["sceptical"], look, RULE) == pytest.approx(sceptical, abs=0.01)


@pytest.mark.parametrize(
    ("name", "perfect", "gold"), [("naive", 0.075, (0.03, 0.04, 0.06)), ("base", 0.61, (0.51, 0.55, 0.58))]
)
def test_value_of_information(name: str, perfect: float, gold: tuple[float, ...]) -> None:
    rule = AdoptionRule(minimum_gain=1.5, control_median=15.2, horizon=24)
    assert rule.rmst(np.zeros(1))[0] == pytest.approx(14.59, abs=0.005)
    assert evpi(NAMED[name], rule) == pytest.approx(perfect, abs=0.01)
    assert [evsi(NAMED[name], n, rule, RULE) for n in (150, 300, 600)] == pytest.approx(gold, abs=0.01)


@pytest.mark.parametrize(
    ("events", "golds"), [((211, 120), (0.101, 0.052, 0.039)), ((165, 165), (0.081, 0.047, 0.036))]
)
def test_hybrid_control(events: tuple[float, float], golds: tuple[float, ...]) -> None:
    for tau, effective, gold in zip((0.10, 0.15, 0.20), (86, 38, 21), golds, strict=True):
        design = HybridDesign(*events, external_arms=6, tau=tau, external_variance=0.0008)
        assert round(design.effective_external_events) == effective
        assert rejection_probability(design, 0.2) == pytest.approx(gold, abs=0.0006)
        assert (borrowing_warning(design) is not None) == (gold > 0.05)


def test_group_sequential_design_of_rpact() -> None:
    # rpact 3.3.4 (Wassmer & Pahlke), Lan-DeMets O'Brien-Fleming spending, looks at .6 and 1, one-sided .025;
    # hazard ratio .7 with 90 % power.
    rule = GroupSequentialRule((0.6, 1.0))
    assert efficacy_boundaries(rule) == pytest.approx((2.66863, 1.980965), abs=2e-6)
    planned = sequential_plan(0.7, 0.9, rule)
    assert planned.events_exact == pytest.approx((199.788, 332.9801), abs=1e-3)
    assert planned.events == (200, 333)


def test_fixed_survival_design_of_rpact() -> None:
    # rpact 3.3.4: hazard ratio .7, power 80 %, control median 12, accrual 24, follow-up 12 months.
    design = TrialDesign(0.7, 0.8, RULE, Period(24), 12, 0.0, 0.6)
    share = design.expected_maturity(36.0, design.accrual.entries(370))
    exact = required_events(0.7, 0.8, RULE).exact
    assert exact == pytest.approx(246.7871, abs=1e-4)
    assert exact / share == pytest.approx(369.5741, abs=1e-3)
    assert exact == pytest.approx(4 * (1.959964 + 0.841621) ** 2 / math.log(0.7) ** 2, rel=1e-5)
