"""V9, trial design: the GOLD numbers of METHODS section 9, computed by the product's own functions."""

import numpy as np

from analysis.design.accrual import Period
from analysis.design.assurance import Interim, assurance, predictive_power
from analysis.design.borrowing import HybridDesign, rejection_probability
from analysis.design.one_sample import (
    OneSampleDesign,
    log_hazard_ratio_size,
    log_rank_size,
    success_probability,
)
from analysis.design.priors import NAMED
from analysis.design.rule import LogRankRule, required_events
from analysis.design.sample_size import TrialDesign, plan
from analysis.design.value import AdoptionRule, evpi, evsi
from analysis.validation.gold_number import GoldNumber

RULE = LogRankRule()
INDEX = OneSampleDesign(5.7, 9.8, 12, 12, 0.05, 0.80, 0.8)
# True median of the comparator, months -> share of index-sized trials that "succeed" without benefit.
SHORT_NULL = {6.3: 0.069, 6.9: 0.167, 7.3: 0.261}
# Hazard ratio, two-sided alpha and power -> events at 1:1 and 2:1.
EVENTS = {
    (0.60, 0.05, 0.8): (121, 136),
    (0.60, 0.05, 0.9): (162, 182),
    (0.60, 0.01, 0.9): (229, 257),
    (0.70, 0.05, 0.8): (247, 278),
    (0.70, 0.05, 0.9): (331, 372),
    (0.70, 0.01, 0.9): (468, 527),
    (0.80, 0.05, 0.8): (631, 710),
    (0.80, 0.05, 0.9): (845, 950),
    (0.80, 0.01, 0.9): (1196, 1345),
}
# Endpoint, hazard ratio and allocation -> control median, yearly dropout; patients and month of read-out at 75 %
# maturity with 90 % power and 24 months of uniform accrual.
MATURITY = {
    ("PFS", 0.70, 1): (6.5, 0.10, 442, 32),
    ("PFS", 0.70, 2): (6.5, 0.10, 496, 33),
    ("OS", 0.70, 1): (15.2, 0.03, 442, 53),
    ("OS", 0.75, 1): (15.2, 0.03, 678, 51),
}
# Design prior -> assurance at 200, 400 and 600 events.
ASSURANCE = {
    "naive": (0.78, 0.89, 0.92),
    "base": (0.47, 0.58, 0.63),
    "pessimistic": (0.33, 0.42, 0.47),
    "leap-class": (0.22, 0.32, 0.39),
}
# Interim hazard ratio at 200 of 400 events -> predictive power under the flat and the sceptical prior.
PREDICTIVE_POWER = {0.70: (0.95, 0.80), 0.80: (0.61, 0.38), 0.90: (0.18, 0.09)}
# Design prior -> value of perfect information, and of trials with 150, 300 and 600 events, months a patient.
VALUE = {"naive": (0.075, (0.03, 0.04, 0.06)), "base": (0.61, (0.51, 0.55, 0.58))}
# tau -> effective external events; one-sided type I error at drift .2 with 211/120 and with 165/165 events.
HYBRID = {0.10: (86, 0.101, 0.081), 0.15: (38, 0.052, 0.047), 0.20: (21, 0.039, 0.036)}


def design_numbers() -> list[GoldNumber]:
    """Every number of section 9, published rounding as tolerance where none is stated."""
    found = [*_index_trial(), *_events(), *_assurance(), *_value(), *_hybrid()]
    return [GoldNumber("9", *row) for row in found]


Row = tuple[str, float, float, float]


def _index_trial() -> list[Row]:
    v0, v1, s1 = INDEX.variances
    ratio, rank = log_hazard_ratio_size(INDEX), log_rank_size(INDEX)
    rows: list[Row] = [
        ("index trial, hazard ratio", 0.5816, INDEX.hazard_ratio, 0.00005),
        ("index trial, P(event)", 0.7116, INDEX.p_event, 0.00005),
        ("index trial, v0", 1.2234, v0, 0.00005),
        ("index trial, v1", 0.7116, v1, 0.00005),
        ("index trial, s1^2", 1.3436, s1, 0.00005),
        ("index trial, log HR, events", 26.73, ratio.events_exact, 0.005),
        ("index trial, log HR, n", 37.56, ratio.n_exact, 0.005),
        ("index trial, log HR, enrolled", 48, ratio.enrolled, 0),
        ("index trial, log-rank, events", 26.84, rank.events_exact, 0.005),
        ("index trial, log-rank, n", 37.72, rank.n_exact, 0.005),
        ("index trial, log-rank, enrolled", 48, rank.enrolled, 0),
    ]
    for median, share in SHORT_NULL.items():
        simulated, error = success_probability(INDEX, 38, median, trials=100_000)
        rows.append((f"index trial, success if the null is {median}", share, simulated, 0.003 + error))
    return rows


def _events() -> list[Row]:
    rows: list[Row] = []
    for (ratio, alpha, power), counts in EVENTS.items():
        for allocation, expected in zip((1.0, 2.0), counts, strict=True):
            computed = required_events(ratio, power, LogRankRule(alpha, allocation)).events
            name = f"events, HR {ratio}, alpha {alpha}, power {power}, {allocation:.0f}:1"
            rows.append((name, expected, computed, 0))
    for (endpoint, ratio, to_one), (median, dropout, n, month) in MATURITY.items():
        design = TrialDesign(ratio, 0.9, LogRankRule(0.05, to_one), Period(24), median, dropout, 0.75)
        planned, name = plan(design), f"75 % maturity, {endpoint} HR {ratio}, {to_one}:1"
        rows.append((f"{name}, patients", n, planned.n, 0))
        rows.append((f"{name}, read-out month", month, planned.readout_months, 0.5))
    return rows


def _assurance() -> list[Row]:
    rows: list[Row] = []
    for name, row in ASSURANCE.items():
        for final, share in zip((200, 400, 600), row, strict=True):
            rows.append(
                (f"assurance, {name}, {final} events", share, assurance(NAMED[name], final, RULE), 0.01)
            )
    for interim, shares in PREDICTIVE_POWER.items():
        for name, share in zip(("flat", "sceptical"), shares, strict=True):
            computed = predictive_power(NAMED[name], Interim(interim, 200, 400), RULE)
            rows.append((f"predictive power, {name}, interim HR {interim}", share, computed, 0.01))
    return rows


def _value() -> list[Row]:
    rule = AdoptionRule(minimum_gain=1.5, control_median=15.2, horizon=24)
    rows: list[Row] = [("RMST-24, median 15.2", 14.59, float(rule.rmst(np.zeros(1))[0]), 0.005)]
    for name, (perfect, sampled) in VALUE.items():
        rows.append((f"EVPI, {name}", perfect, evpi(NAMED[name], rule), 0.01))
        for events, worth in zip((150, 300, 600), sampled, strict=True):
            rows.append(
                (f"EVSI, {name}, {events} events", worth, evsi(NAMED[name], events, rule, RULE), 0.01)
            )
    return rows


def _hybrid() -> list[Row]:
    rows: list[Row] = []
    for tau, (worth, *errors) in HYBRID.items():
        for events, error in zip(((211, 120), (165, 165)), errors, strict=True):
            design = HybridDesign(*events, external_arms=6, tau=tau, external_variance=0.0008)
            name = f"hybrid control {events[0]}/{events[1]}, tau {tau}"
            rows.append(
                (f"{name}, type I error at drift .2", error, rejection_probability(design, 0.2), 0.0006)
            )
        rows.append((f"effective external events, tau {tau}", worth, design.effective_external_events, 0.5))
    return rows
