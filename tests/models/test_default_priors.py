"""Every default prior, number by number, as METHODS states it: none moves without the document."""

import math
from dataclasses import fields

import pytest

from models.bivariate import BivariatePriors
from models.covariate_mix import DEFAULT_PDL1_SHARE, assay_accuracy
from models.priors import (
    BASE,
    NAIVE,
    OPTIMISTIC,
    PESSIMISTIC,
    REASONS,
    Beta,
    HalfNormal,
    Normal,
    survival_priors,
)
from models.response import (
    RESPONSE_BASE,
    RESPONSE_NAIVE,
    RESPONSE_OPTIMISTIC,
    RESPONSE_PESSIMISTIC,
    ResponsePriors,
)
from models.survival import ClassBenchmark
from models.time_grid import default_knots
from trials.network import PdL1Share, Share

# METHODS section 4, the table of priors; log hazard ratios. log_h0 differs by endpoint and stands below.
SURVIVAL = {
    "rw_sd": HalfNormal(0.3),
    "tau_u": HalfNormal(0.20),
    "beta_ici": Normal(0.0, 0.5),
    "tau_ici": HalfNormal(0.15),
    "bme_dev": Normal(0.0, 0.15),
    "beta_liver": Normal(math.log(1.7), 0.3),
    "beta_liver_ici": Normal(0.0, 0.15),
    "beta_liver_anlo": Normal(0.0, 0.3),
    "beta_pdl1": Normal(0.0, 0.2),
    "beta_pdl1_ici": Normal(-0.32, 0.15),
    "beta_tp": Normal(-0.15, 0.15),
    "beta_tp_ici": Normal(-0.1, 0.15),
    "beta_asia": Normal(0.0, 0.2),
    "beta_asia_ici": Normal(0.0, 0.1),
    "delta_anlo": Normal(0.0, 0.35),
    "gamma": Normal(0.0, 0.20),
    "e_sat": Normal(0.0, 0.10),
}
LOG_H0 = {"OS": Normal(math.log(math.log(2) / 12), 1.0), "PFS": Normal(math.log(math.log(2) / 6), 1.0)}
# METHODS section 5; log odds ratios, positive is benefit.
RESPONSE = {
    "intercept": Normal(0.0, 1.5),
    "tau_u": HalfNormal(0.5),
    "tau_ici": HalfNormal(0.5),
    "beta_ici": Normal(0.0, 0.5),
    "bme_dev": Normal(0.0, 0.2),
    "beta_pdl1": Normal(0.0, 0.2),
    "beta_pdl1_ici": Normal(0.2, 0.2),
    "beta_tp": Normal(0.9, 0.5),
    "delta_anlo": Normal(0.0, 0.5),
    "gamma": Normal(0.0, 0.3),
    "e_sat": Normal(0.0, 0.1),
}
# METHODS sections 4 and 5: mean and sd of c on each rung; the correlation of two single arms is 0.9. METHODS has no
# optimistic rung for response: N(0, .20) is the program's own.
SHIFTS = [
    (NAIVE, 0.0, 0.0),
    (OPTIMISTIC, 0.0, 0.15),
    (BASE, math.log(0.86), 0.25),
    (PESSIMISTIC, math.log(0.74), 0.30),
    (RESPONSE_NAIVE, 0.0, 0.0),
    (RESPONSE_OPTIMISTIC, 0.0, 0.20),
    (RESPONSE_BASE, 0.20, 0.35),
    (RESPONSE_PESSIMISTIC, 0.40, 0.40),
]
# METHODS section 4, PD-L1 scales: sensitivity and specificity of a class for 22C3 CPS 10; None is exact.
OTHER_CPS10, OTHER_CONSTRUCT = (Beta(18, 3), Beta(18, 3)), (Beta(8, 4), Beta(8, 4))
ASSAYS = [
    ("22C3", "CPS", 10, (None, None)),
    ("SP263", "CPS", 10, (Beta(45, 3), Beta(43, 6))),
    ("28-8", "CPS", 10, OTHER_CPS10),
    ("JS311", "CPS", 10, OTHER_CPS10),
    ("6E8", "CPS", 10, OTHER_CPS10),
    ("28-8", "TPS", 1, OTHER_CONSTRUCT),
    ("6E8", "TPS", 1, OTHER_CONSTRUCT),
    ("SP263", "TAP", 10, OTHER_CONSTRUCT),
]


def by_name(priors):
    return {item.name: getattr(priors, item.name) for item in fields(priors)}


@pytest.mark.parametrize("endpoint", ["OS", "PFS"])
def test_default_priors_of_survival_are_those_of_methods_section_4(endpoint):
    found = by_name(survival_priors(endpoint))
    liver = found.pop("liver_share")
    assert found == SURVIVAL | {"log_h0": LOG_H0[endpoint]}
    # A liver share that is not published: matched to 18-24 %.
    assert liver.mean == pytest.approx(0.21)
    assert liver.interval() == pytest.approx((0.18, 0.24), abs=0.002)


def test_default_priors_of_response_are_those_of_methods_section_5():
    assert by_name(ResponsePriors()) == RESPONSE


@pytest.mark.parametrize(("shift", "mu", "sd"), SHIFTS)
def test_rungs_of_the_single_arm_shift(shift, mu, sd):
    assert (shift.mu, shift.sd, shift.correlation) == (mu, sd, 0.9)


@pytest.mark.parametrize(("assay", "scale", "cut", "expected"), ASSAYS)
def test_accuracy_of_each_pdl1_assay(assay, scale, cut, expected):
    accuracy = assay_accuracy(PdL1Share(Share(0.5, 50, 100), scale, cut, assay))
    assert (accuracy.sensitivity, accuracy.specificity) == expected


def test_a_pdl1_share_that_nobody_published_is_a_half():
    assert DEFAULT_PDL1_SHARE == 0.50


def test_other_numbers_of_methods_section_4():
    """lambda_class ~ N(0, .20), rho ~ LKJ(2), and the knots of the baseline hazards."""
    assert ClassBenchmark("leap-014", math.log(0.92), (480.0, 640.0)).spread == 0.20
    trial_level = BivariatePriors()
    assert (trial_level.beta, trial_level.tau) == (SURVIVAL["beta_ici"], SURVIVAL["tau_ici"])
    assert trial_level.concentration == 2
    assert default_knots("OS") == (1.5, 3, 6, 9, 12, 18, 24)
    assert default_knots("PFS") == (1.4, 2.8, 4.2, 5.6, 7.0, 8.4, 12, 18, 24)


def test_no_default_prior_goes_without_its_reason():
    assert set(REASONS) == {*by_name(survival_priors("OS")), "c_sat"}
