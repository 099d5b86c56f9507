"""Reconstruction from points: identities, printed counts met, hard inputs, simulated truth, refusals."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitized.curve import Curve
from digitized.errors import InputError
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction import Constraints, Method, reconstruct

SEED = 20261123


def simulate(n, *, seed=SEED, censoring=20.0, noise=0.003):
    """True patients, both corners of each step clicked with noise in drawing order, and numbers at risk."""
    rng = np.random.default_rng(seed)
    died, left = rng.exponential(10.0, n), rng.uniform(0.2 * censoring, 1.5 * censoring, n)
    time, event = np.minimum(died, left), died <= left
    km = kaplan_meier(time, event)
    before = np.concatenate(([1.0], km.survival[:-1]))
    x = np.append(np.repeat(km.time, 2), time.max())
    y = np.append(np.column_stack((before, km.survival)).ravel(), km.survival[-1] if km.time.size else 1.0)
    x = np.maximum(x + rng.normal(0, 0.5 * noise * time.max(), x.size), 0)
    y = np.clip(y + rng.normal(0, noise, y.size), 0, 1)
    grid = np.arange(0.0, time.max(), 5.0)
    at_risk = number_at_risk(time, grid)
    curve = Curve(np.append(0, x), np.append(1, y), grid, at_risk, None, n, int(event.sum()))
    return time, event, curve


@pytest.mark.parametrize("n", [1, 2, 12, 40, 150, 600])
@pytest.mark.parametrize("draws", [1, 4])
def test_printed_counts_are_met_exactly(n, draws):
    _, event, curve = simulate(n)
    result = reconstruct(curve, draws=draws)
    assert len(result.ipd) == draws
    for ipd in result.ipd:
        assert ipd.n == n
        assert ipd.events == event.sum()
        np.testing.assert_array_equal(number_at_risk(ipd.time, curve.at_risk_time), curve.at_risk)
        assert np.all(np.diff(ipd.time) >= 0)
        assert ipd.time.min() >= 0


@pytest.mark.parametrize("n", [30, 120, 500])
def test_rebuilt_curve_is_nearer_the_truth_than_the_points(n):
    ours, alone = [], []
    for seed in range(5):
        time, event, curve = simulate(n, seed=SEED + seed)
        truth = kaplan_meier(time, event)
        grid = np.linspace(0, time.max(), 301)[1:]
        order = np.argsort(curve.time, kind="stable")
        read = np.minimum.accumulate(curve.survival[order])
        step = read[np.searchsorted(curve.time[order], grid, side="right") - 1]
        ipd = reconstruct(curve).ipd[0]
        ours.append(np.sqrt(np.mean((kaplan_meier(ipd.time, ipd.event).at(grid) - truth.at(grid)) ** 2)))
        alone.append(np.sqrt(np.mean((step - truth.at(grid)) ** 2)))
    assert np.mean(ours) < np.mean(alone)


@pytest.mark.parametrize("told", ["nothing", "events"])
@pytest.mark.parametrize("n", [30, 120, 500])
def test_without_numbers_at_risk_the_curve_is_no_worse_than_the_points(n, told):
    ours, alone = [], []
    for seed in range(5):
        time, event, curve = simulate(n, seed=SEED + seed, noise=0.005)
        events = curve.events if told == "events" else None
        ipd = reconstruct(Curve(curve.time, curve.survival, n=n, events=events)).ipd[0]
        truth, grid = kaplan_meier(time, event), np.linspace(0, time.max(), 301)[1:]
        order = np.argsort(curve.time, kind="stable")
        read = np.minimum.accumulate(curve.survival[order])
        step = read[np.searchsorted(curve.time[order], grid, side="right") - 1]
        ours.append(np.sqrt(np.mean((kaplan_meier(ipd.time, ipd.event).at(grid) - truth.at(grid)) ** 2)))
        alone.append(np.sqrt(np.mean((step - truth.at(grid)) ** 2)))
        assert ipd.n == n
        assert events is None or ipd.events == events
    assert np.mean(ours) < np.mean(alone)


def test_flat_tail_with_heavy_censoring_creates_no_deaths():
    rng = np.random.default_rng(SEED)
    x = np.concatenate(([0.0, 2.0, 2.0, 4.0, 4.0], np.linspace(5, 30, 20)))
    y = np.concatenate(([1.0, 1.0, 0.9, 0.9, 0.8], np.full(20, 0.8))) + rng.normal(0, 0.002, 25)
    curve = Curve(x, np.clip(y, 0, 1), np.array([0.0, 10, 20, 30]), np.array([100, 60, 20, 1]), None, 100)
    ipd = reconstruct(curve).ipd[0]
    assert not np.any(ipd.event & (ipd.time > 10))


def test_draws_are_reproducible_and_differ():
    _, _, curve = simulate(60)
    first, again = reconstruct(curve, draws=3, seed=5), reconstruct(curve, draws=3, seed=5)
    other = reconstruct(curve, draws=3, seed=6)
    for a, b in zip(first.ipd, again.ipd, strict=True):
        np.testing.assert_array_equal(a.time, b.time)
    np.testing.assert_array_equal(first.ipd[0].time, other.ipd[0].time)
    assert not np.array_equal(first.ipd[1].time, other.ipd[1].time)
    assert not np.array_equal(first.ipd[1].time, first.ipd[2].time)


def test_guyot_follows_a_clean_curve():
    time, event, curve = simulate(150, noise=0.0)
    ipd = reconstruct(curve, method=Method.GUYOT).ipd[0]
    grid = np.linspace(0, 0.8 * time.max(), 100)
    gap = kaplan_meier(ipd.time, ipd.event).at(grid) - kaplan_meier(time, event).at(grid)
    assert np.abs(gap).max() < 0.03
    assert ipd.n == 150


def test_agreement_names_what_is_not_met():
    _, _, curve = simulate(80)
    result = reconstruct(curve, constraints=Constraints(median=100.0, landmarks=((5.0, 0.99),)), arm="A")
    missed = {row.quantity for row in result.agreement if not row.met}
    assert missed == {"median", "rate"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"at_risk": np.array([10, 12])}, "rises from 10 to 12"),
        ({"events": 11}, "11 events but only 10 patients"),
        ({"survival": np.array([1.0, 1.4])}, "outside 0-1"),
        ({"survival": np.array([1.0, np.nan])}, "not a finite number"),
        ({"n": None, "at_risk_time": np.empty(0), "at_risk": np.empty(0, dtype=int)}, "number of patients"),
        ({"time": np.array([0.0, -4.0])}, "before 0"),
    ],
)
def test_impossible_input_gets_a_sentence(change, words):
    fields = {
        "time": np.array([0.0, 4.0]),
        "survival": np.array([1.0, 0.8]),
        "at_risk_time": np.array([0.0, 4.0]),
        "at_risk": np.array([10, 8]),
        "n": 10,
        "events": 2,
    }
    with pytest.raises(InputError, match=words) as caught:
        reconstruct(Curve(**(fields | change)), figure="F", arm="A")
    assert all("figure F, arm A" in fault for fault in caught.value.faults)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 60),
    seed=st.integers(0, 10_000),
    damage=st.sampled_from(
        ["none", "shuffled", "doubled", "no start", "few", "zero end", "no table", "late table"]
    ),
    told=st.booleans(),
    method=st.sampled_from(list(Method)),
)
def test_never_hangs_or_crashes(n, seed, damage, told, method):
    _, _, curve = simulate(n, seed=seed, noise=0.01)
    rng = np.random.default_rng(seed)
    x, y, t, r = curve.time, curve.survival, curve.at_risk_time, curve.at_risk
    if damage == "shuffled":
        order = rng.permutation(x.size)
        x, y = x[order], y[order]
    elif damage == "doubled":
        x, y = np.repeat(x, 2), np.repeat(y, 2)
    elif damage == "no start":
        x, y = x[1:], y[1:]
    elif damage == "few":
        x, y = x[-1:], y[-1:]
    elif damage == "zero end":
        x, y = np.append(x, x.max()), np.append(y, 0.0)
    elif damage == "no table":
        t, r = np.empty(0), np.empty(0, dtype=np.int64)
    elif damage == "late table":
        t, r = np.append(t, 3 * x.max() + 5), np.append(r, 0)
    events = int(rng.integers(0, n + 1)) if told else None
    result = reconstruct(Curve(x, y, t, r, None, n, events), method=method, draws=2)
    for ipd in result.ipd:
        assert ipd.n == n
        assert np.all(np.isfinite(ipd.time))
        if method is Method.CONSTRAINED:
            np.testing.assert_array_equal(number_at_risk(ipd.time, t), r)


def test_numbers_censored_beside_those_at_risk_are_met_and_help():
    """Cumulative numbers censored fix the deaths of each interval, in every draw."""
    time, event, full = simulate(150, noise=0.01)
    left = np.sort(time[~event])
    censored = np.searchsorted(left, full.at_risk_time, side="left")
    told = replace(full, events=None, censored=censored)
    for ipd in reconstruct(told, draws=4).ipd:
        again = np.searchsorted(np.sort(ipd.time[~ipd.event]), full.at_risk_time, side="left")
        np.testing.assert_array_equal(again, censored)
        np.testing.assert_array_equal(number_at_risk(ipd.time, full.at_risk_time), full.at_risk)
    result = reconstruct(told)
    assert {row.quantity for row in result.agreement if row.met} >= {"censored", "at_risk"}


def test_numbers_censored_that_contradict_are_named():
    _, _, curve = simulate(60)
    wrong = np.zeros(curve.at_risk.size, dtype=int)
    wrong[1] = 60
    with pytest.raises(InputError) as caught:
        reconstruct(replace(curve, censored=wrong), arm="A")
    text = "\n".join(caught.value.faults)
    assert "number censored falls from 60 to 0" in text
    assert "60 censored, but only" in text
    none_left = replace(curve, events=60, censored=np.maximum(curve.at_risk[0] - curve.at_risk, 0))
    assert any("contradict the numbers censored" in note for note in reconstruct(none_left).notes)
