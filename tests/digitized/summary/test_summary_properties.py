"""Any anchors: met in each draw, or one clear sentence that names what could not be met."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitized.errors import InputError
from digitized.kaplan_meier import cox_two_arms, kaplan_meier
from digitized.summary import ArmSummary, Estimate, FigureSummary, HazardRatio, Rate, rebuild

QUICK = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
SIZES = st.integers(20, 250)
SEEDS = st.integers(0, 10_000)


def patients(n, seed, scale=10.0):
    rng = np.random.default_rng(seed)
    died = scale * rng.weibull(rng.uniform(0.8, 1.8), n)
    left = np.minimum(rng.uniform(10, 36, n), rng.exponential(80, n))
    return np.minimum(died, left), died <= left


def printed(arm, time, event, told):
    """What a paper would print of these patients, rounded as papers round."""
    curve = kaplan_meier(time, event)
    rates = tuple(Rate(t, Estimate(round(float(curve.at(t)), 3))) for t in (6.0, 12.0) if t < curve.last)
    median = Estimate(round(curve.median, 1)) if math.isfinite(curve.median) else Estimate(math.inf)
    return ArmSummary(
        arm,
        time.size,
        int(event.sum()) if "events" in told else None,
        median if "median" in told else None,
        rates if "rates" in told else (),
        max_follow_up=float(np.ceil(time.max() * 10) / 10) if "end" in told else None,
    )


def assert_met_or_named(result, draws):
    for arm, ipd in result.patients.items():
        assert len(ipd) == draws, arm
        for one in ipd:
            assert np.all(np.isfinite(one.time))
            assert np.all(one.time >= 0)
    for row in result.agreement:
        assert row.met or (len(row.reason) > 20 and "\n" not in row.reason), row


@QUICK
@given(n=SIZES, seed=SEEDS, told=st.sets(st.sampled_from(["events", "median", "rates", "end"])))
def test_numbers_of_real_patients_are_met_in_each_draw(n, seed, told):
    time, event = patients(n, seed)
    summary = FigureSummary("f", (printed("a", time, event, told),))
    if not summary.arms[0].dated:
        with pytest.raises(InputError, match="no published number has a time"):
            rebuild(summary, draws=3, seed=1)
        return
    result = rebuild(summary, draws=3, seed=1)
    assert_met_or_named(result, 3)
    for one in result.patients["a"]:
        assert one.n == n
        assert "events" not in told or one.events == event.sum()
    # Numbers that one set of patients has had are consistent: whole patients may miss one, never most.
    assert sum(not row.met for row in result.agreement) <= 1


@settings(QUICK, max_examples=8)
@given(n=SIZES, seed=SEEDS)
def test_a_pair_and_its_hazard_ratio_are_met(n, seed):
    arms = {"a": patients(n, seed), "b": patients(n, seed + 1, 14.0)}
    fit = cox_two_arms(*arms["a"], *arms["b"])
    told = {"events", "median", "rates", "end"}
    summary = FigureSummary(
        "f",
        tuple(printed(name, *arm, told) for name, arm in arms.items()),
        (HazardRatio("b", "a", Estimate(max(round(fit.hazard_ratio, 2), 0.01))),),
    )
    assert_met_or_named(rebuild(summary, draws=2, seed=1), 2)


@settings(QUICK, max_examples=60)
@given(
    n=st.integers(1, 60),
    events=st.none() | st.integers(0, 70),
    median=st.none() | st.floats(0.1, 60) | st.just(math.inf),
    rates=st.lists(st.tuples(st.floats(0.5, 40), st.floats(0, 1)), max_size=3),
    end=st.none() | st.floats(1, 60),
)
def test_any_numbers_are_rebuilt_or_refused_in_sentences(n, events, median, rates, end):
    arm = ArmSummary(
        "a",
        n,
        events,
        None if median is None else Estimate(median),
        tuple(sorted((Rate(t, Estimate(s)) for t, s in rates), key=lambda rate: rate.time)),
        max_follow_up=end,
    )
    refused: tuple[str, ...] = ()
    try:
        result = rebuild(FigureSummary("f", (arm,)), draws=2, seed=1)
    except InputError as error:
        refused = error.faults
        result = None
    if result is not None:
        assert_met_or_named(result, 2)
    else:
        assert refused
        assert all("figure 'f'" in fault for fault in refused)
