"""V9: every GOLD number of METHODS that a function of the product computes, computed again."""

import math

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from analysis.bias_bounds import e_value, risk_ratio, survival_if_withdrawn
from analysis.design.rule import LogRankRule
from analysis.validation import drawing
from analysis.validation.gold_number import GoldNumber
from analysis.validation.medians_only import EXPECTED, TOLERANCE, reference_spreads
from analysis.validation.published_design_numbers import design_numbers
from analysis.validation.study import Study
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from digitized.summary import Estimate
from digitized.summary.anchors import interval_error
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
# Withdrawals counted as events at time 0 -> S(12) of PFS and OS of the index arm (n = 50).
EARLY_LOSSES = {5: (0.526, 0.673), 7: (0.503, 0.643), 9: (0.480, 0.613), 11: (0.456, 0.583)}
INDEX_LANDMARKS = (0.585, 0.748)
# Limits of the hazard ratios printed for ESCORT-1st -> events that they imply.
PAIR_EVENTS = {(0.56, 0.88): 301, (0.58, 0.84): 448, (0.46, 0.68): 402}
# Endpoint -> printed S(12) of the index arm with its limits, and the effective n they imply.
EFFECTIVE_N = {"OS": (0.748, 0.598, 0.848, 47.5), "PFS": (0.585, 0.419, 0.719, 40.3)}
# Risk ratio -> E-value (R package EValue, after VanderWeele & Ding 2017).
E_VALUES = {10.73: 20.94777, 3.9: 7.263034, 0.80: 1.809017}


def gold_numbers() -> tuple[GoldNumber, ...]:
    """All GOLD numbers of METHODS, by section (published rounding is the tolerance where none is stated)."""
    return (*_response(), *_widths(), *_liver(), *_losses(), *_medians(), *design_numbers())


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


def _widths() -> list[GoldNumber]:
    """What printed intervals imply: events of a pair, effective n of a landmark; and E-values."""
    numbers = []
    for (lower, upper), events in PAIR_EVENTS.items():
        error = math.log(upper / lower) / (2 * 1.959964)
        computed = LogRankRule().variance(1) / error**2
        numbers.append(GoldNumber("3", f"events behind HR limits {lower}-{upper}", events, computed, 0.5))
    for endpoint, (value, lower, upper, expected) in EFFECTIVE_N.items():
        found = interval_error(Estimate(value, lower, upper))
        computed = (1 - value) / (value * found[0] ** 2) if found else math.nan
        numbers.append(GoldNumber("11", f"effective n behind {endpoint} S(12)", expected, computed, 0.05))
    for ratio, expected in E_VALUES.items():
        # The product takes hazard ratios: the one that stands for this risk ratio.
        log_hazard = brentq(lambda x, r=ratio: risk_ratio(math.exp(x)) - r, -3, 8)
        name = f"E-value of a risk ratio of {ratio}"
        numbers.append(GoldNumber("7 SA20", name, expected, e_value(math.exp(log_hazard)), 2e-5))
    return numbers


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
