import math
import re
from dataclasses import fields

import pytest

from digitized.errors import InputError
from models.priors import (
    BASE,
    NAIVE,
    REASONS,
    UNPUBLISHED_LIVER_SHARE,
    HalfNormal,
    Normal,
    beta_between,
    parse_shift,
    survival_priors,
)
from models.response import RESPONSE_REASONS, ResponsePriors


def test_prior_prints_as_call_and_interval():
    prior = Normal(0.0, 0.35)
    lower, upper = prior.interval()
    assert str(prior) == "Normal(0, 0.35)"
    assert (math.exp(lower), math.exp(upper)) == pytest.approx((0.50, 1.99), abs=0.01)


def test_median_of_tau_u_is_the_stated_one():
    assert HalfNormal(0.20).interval(0.0)[0] == pytest.approx(0.135, abs=0.001)


@pytest.mark.parametrize(("endpoint", "low", "high"), [("OS", 1.7, 85), ("PFS", 0.8, 43)])
def test_baseline_hazard_prior_spans_the_stated_medians(endpoint, low, high):
    lower, upper = survival_priors(endpoint).log_h0.interval()
    # Printed to one decimal and to a whole month.
    assert round(math.log(2) / math.exp(upper), 1) == low
    assert round(math.log(2) / math.exp(lower)) == high


def test_unpublished_liver_share_has_the_stated_range():
    lower, upper = UNPUBLISHED_LIVER_SHARE.interval()
    assert (lower, upper) == pytest.approx((0.18, 0.24), abs=0.005)
    assert beta_between(0.1, 0.3).mean == pytest.approx(0.2)


def test_shift_prints_on_the_ratio_scale():
    assert BASE.on_ratio_scale == "c ~ N(log 0.86, 0.25)"
    assert NAIVE.on_ratio_scale == "c = 0"


@pytest.mark.parametrize(
    "text",
    [
        "normal(log 0.9, 0.2)",
        "normal(log(0.9),0.2)",
        "Normal( log 0.9 , .2 )",
        "N(log 0.9, 0.2)",
        "normal(ln 0.9, 0.2)",
    ],
)
def test_user_shift_on_the_ratio_scale(text):
    shift = parse_shift(text)
    assert (shift.mu, shift.sd) == pytest.approx((math.log(0.9), 0.2))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("uniform(0,1)", "expected normal(mu,sd)"),
        ("normal(0,25)", "did you mean 0.25"),
        ("normal(0,-1)", "expected 0 or more"),
        ("normal(86,0.2)", "did you give a hazard ratio"),
        ("normal(log -1,0.2)", "does not exist"),
    ],
)
def test_faulty_user_shift_is_refused_in_one_sentence(text, says):
    with pytest.raises(InputError) as caught:
        parse_shift(text)
    assert says in str(caught.value)


def test_widened_priors_double_every_scale():
    wide, default = survival_priors("OS").widened(2.0), survival_priors("OS")
    assert wide.gamma.sd == 2 * default.gamma.sd
    assert wide.tau_u.sd == 2 * default.tau_u.sd
    assert wide.liver_share == default.liver_share


@pytest.mark.parametrize(
    ("priors", "name"),
    [(survival_priors("OS"), "delta_anlo"), (survival_priors("OS"), "gamma")]
    + [(ResponsePriors(), name) for name in ("delta_anlo", "gamma")],
)
def test_a_reason_that_states_an_interval_states_the_priors_own(priors, name):
    low, high = re.search(r"(\d?\.\d\d)-(\d\.\d\d)", priors.reason(name)).groups()
    stated = (float(low), float(high))
    assert stated == pytest.approx(tuple(map(math.exp, getattr(priors, name).interval())), abs=0.006)


@pytest.mark.parametrize(
    ("priors", "reasons"), [(survival_priors("OS"), REASONS), (ResponsePriors(), RESPONSE_REASONS)]
)
def test_every_prior_has_a_reason_of_its_own_model(priors, reasons):
    named = {item.name for item in fields(priors)}
    assert set(reasons) - {"c_sat"} == named
    assert all(priors.reason(name) == reasons[name] for name in named)


def test_no_response_prior_gives_a_reason_on_the_scale_of_hazards():
    assert not set(RESPONSE_REASONS.values()) & set(REASONS.values())
    assert not any("hazard ratio" in reason or ".83" in reason for reason in RESPONSE_REASONS.values())
