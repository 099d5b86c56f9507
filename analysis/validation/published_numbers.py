"""V9: every GOLD number of METHODS that a function of the product computes, computed again."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.bias_bounds import survival_if_withdrawn
from analysis.design.assurance import assurance
from analysis.design.borrowing import HybridDesign
from analysis.design.one_sample import OneSampleDesign, log_hazard_ratio_size, log_rank_size
from analysis.design.priors import DesignPrior
from analysis.design.rule import LogRankRule, required_events
from analysis.validation import drawing
from analysis.validation.medians_only import EXPECTED, TOLERANCE, reference_spreads
from analysis.validation.study import Study
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from models.covariate_mix import LIVER, stratum_proportions
from models.response import clopper_pearson

# Hazard ratio of liver metastases -> ratio of the mixes for each comparator share.
LIVER_TABLE = {
    1.5: (0.982, 0.973, 0.955, 0.947),
    2.5: (0.953, 0.931, 0.890, 0.871),
    4.0: (0.922, 0.887, 0.826, 0.798),
}
COMPARATOR_LIVER = (0.18, 0.20, 0.24, 0.26)
INDEX_LIVER = 0.14
# Two-sided alpha, power and hazard ratio -> events at 1:1 and 2:1.
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
# Withdrawals counted as events at time 0 -> S(12) of PFS and OS of the index arm (n = 50).
EARLY_LOSSES = {5: (0.526, 0.673), 7: (0.503, 0.643), 9: (0.480, 0.613), 11: (0.456, 0.583)}
INDEX_LANDMARKS = (0.585, 0.748)
ASSURANCE = {
    ("naive", math.log(0.63), 0.194): (0.78, 0.89, 0.92),
    ("base", math.log(0.778), 0.2625): (0.47, 0.58, 0.63),
    ("pessimistic", math.log(0.87), 0.280): (0.33, 0.42, 0.47),
    ("LEAP class", math.log(0.90), 0.169): (0.22, 0.32, 0.39),
}
EXTERNAL_EVENTS = {0.10: 86, 0.15: 38, 0.20: 21}


@dataclass(frozen=True)
class GoldNumber:
    """One published number and what the product computes."""

    section: str
    quantity: str
    expected: float
    computed: float
    tolerance: float

    @property
    def met(self) -> bool:
        """Whether the computed number lies within the tolerance."""
        return abs(self.computed - self.expected) <= self.tolerance + 1e-12


def gold_numbers() -> list[GoldNumber]:
    """All GOLD numbers that have a closed form (published rounding is the tolerance)."""
    return [*_response(), *_liver(), *_losses(), *_medians(), *_one_sample(), *_design()]


def check(study: Study) -> CheckResult:
    """V9: no GOLD number may be off."""
    numbers = gold_numbers()
    table = pd.DataFrame([vars(number) | {"met": number.met} for number in numbers])
    off = [number for number in numbers if not number.met]
    named = "; ".join(f"{n.quantity}: {n.computed:.4g}, expected {n.expected:.4g}" for n in off)
    sentence = f"{len(numbers) - len(off)} of {len(numbers)} published numbers are reproduced within rounding"
    verdict = Verdict(
        "V9",
        {"numbers": len(numbers), "off": len(off)},
        {"off": Bounds(at_most=0)},
        f"{sentence}{f'; off: {named}' if named else ''}.",
    )
    return CheckResult(verdict, table, drawing.computed_against_expected)


def liver_ratio(hazard_ratio: float, index: float, comparator: float) -> float:
    """First-order hazard ratio at t = 0 of two mixes of liver metastases, from the model's own strata."""
    hazard = 1 + LIVER * (hazard_ratio - 1)
    own, other = (
        float(stratum_proportions(np.array(share), np.array(0.5)) @ hazard) for share in (index, comparator)
    )
    return own / other


def _response() -> list[GoldNumber]:
    lower, upper = clopper_pearson(36, 50)
    return [
        GoldNumber("2", "ORR 36/50, exact lower limit", 0.575, lower, 0.0005),
        GoldNumber("2", "ORR 36/50, exact upper limit", 0.838, upper, 0.0005),
    ]


def _liver() -> list[GoldNumber]:
    return [
        GoldNumber(
            "4",
            f"liver HR {ratio}, comparator {share:.0%}",
            expected,
            liver_ratio(ratio, INDEX_LIVER, share),
            0.0005,
        )
        for ratio, row in LIVER_TABLE.items()
        for share, expected in zip(COMPARATOR_LIVER, row, strict=True)
    ]


def _losses() -> list[GoldNumber]:
    numbers = []
    for withdrawn, row in EARLY_LOSSES.items():
        for endpoint, landmark, expected in zip(("PFS", "OS"), INDEX_LANDMARKS, row, strict=True):
            computed = survival_if_withdrawn(landmark, 50, withdrawn, math.inf)
            name = f"{endpoint} S(12) if {withdrawn} early losses are events"
            numbers.append(GoldNumber("7", name, expected, computed, 0.0006))
    return numbers


def _medians() -> list[GoldNumber]:
    return [
        GoldNumber(
            "8 V1", f"{endpoint}, {reading}: SD of the errors", EXPECTED[endpoint, reading], value, TOLERANCE
        )
        for (endpoint, reading), value in reference_spreads().items()
    ]


def _one_sample() -> list[GoldNumber]:
    design = OneSampleDesign(5.7, 9.8, 12, 12, 0.05, 0.80, 0.8)
    v0, v1, s1 = design.variances
    ratio, rank = log_hazard_ratio_size(design), log_rank_size(design)
    found = {
        "hazard ratio": (0.5816, design.hazard_ratio, 0.00005),
        "P(event)": (0.7116, v1, 0.00005),
        "v0": (1.2234, v0, 0.00005),
        "s1^2": (1.3436, s1, 0.00005),
        "log HR, events": (26.73, ratio.events_exact, 0.005),
        "log HR, n": (37.56, ratio.n_exact, 0.005),
        "log HR, enrolled": (48, ratio.enrolled, 0),
        "log-rank, events": (26.84, rank.events_exact, 0.005),
        "log-rank, n": (37.72, rank.n_exact, 0.005),
        "log-rank, enrolled": (48, rank.enrolled, 0),
    }
    return [GoldNumber("9", f"index trial, {name}", *values) for name, values in found.items()]


def _design() -> list[GoldNumber]:
    numbers = []
    for (ratio, alpha, power), counts in EVENTS.items():
        for allocation, expected in zip((1.0, 2.0), counts, strict=True):
            computed = required_events(ratio, power, LogRankRule(alpha, allocation)).events
            name = f"events, HR {ratio}, alpha {alpha}, power {power}, {allocation:.0f}:1"
            numbers.append(GoldNumber("9", name, expected, computed, 0))
    for (name, mu, sd), row in ASSURANCE.items():
        for final, share in zip((200, 400, 600), row, strict=True):
            success = assurance(DesignPrior(name, mu, sd), final, LogRankRule())
            numbers.append(GoldNumber("9", f"assurance, {name}, {final} events", share, success, 0.01))
    for tau, worth in EXTERNAL_EVENTS.items():
        effective = HybridDesign(211, 120, 6, tau).effective_external_events
        numbers.append(GoldNumber("9", f"effective external events, tau {tau}", worth, effective, 0.5))
    return numbers
