"""Traces of pixel columns: thinned to plateaus and drops, and no worse for it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from digitized.curve import Curve
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction import Method, reconstruct
from digitized.reconstruction.points import prepare
from digitized.reconstruction.tracing import is_traced, thinned

SEED = 42


def trace(n, seed, columns=500):
    """True patients and their curve read column by column, rounded to pixels of 0.002 with a pixel of noise."""
    rng = np.random.default_rng(seed)
    died, left = rng.exponential(12.0, n), rng.uniform(6, 30, n)
    time, event = np.minimum(died, left), died <= left
    when = np.linspace(0.0, time.max(), columns)
    pixel = np.rint(kaplan_meier(time, event).at(when) / 0.002) + rng.choice(
        [-1, 0, 1], columns, p=[0.15, 0.7, 0.15]
    )
    grid = np.arange(0.0, time.max(), 6.0)
    curve = Curve(
        when, np.clip(0.002 * pixel, 0, 1), grid, number_at_risk(time, grid), None, n, int(event.sum())
    )
    return time, event, curve


def test_each_plateau_keeps_its_two_ends_and_the_weight_of_its_columns():
    when = np.arange(60.0)
    survival = np.repeat([1.0, 0.9, 0.7], [20, 1, 39])
    assert is_traced(when)
    time, level, weight = thinned(when, survival)
    np.testing.assert_array_equal(time, [0, 19, 20, 21, 59])
    np.testing.assert_allclose(level, [1, 1, 0.9, 0.7, 0.7])
    np.testing.assert_array_equal(weight, [2, 2, 1, 2, 2])


def test_clicks_are_not_taken_for_a_trace():
    rng = np.random.default_rng(SEED)
    assert not is_traced(np.sort(rng.uniform(0, 30, 200)))


def test_thinned_traces_are_rebuilt_nearer_the_truth_than_their_points():
    ours, alone = [], []
    for seed in range(4):
        time, event, curve = trace(150, SEED + seed)
        assert prepare(curve, "trace").time.size < 0.6 * curve.time.size
        truth, grid = kaplan_meier(time, event), np.linspace(0, time.max(), 400)[1:]
        ipd = reconstruct(curve).ipd[0]
        lowest = np.minimum.accumulate(curve.survival)
        read = lowest[np.searchsorted(curve.time, grid, side="right") - 1]
        ours.append(np.sqrt(np.mean((kaplan_meier(ipd.time, ipd.event).at(grid) - truth.at(grid)) ** 2)))
        alone.append(np.sqrt(np.mean((read - truth.at(grid)) ** 2)))
        assert ipd.events == curve.events
    assert np.mean(ours) < 0.8 * np.mean(alone)


def test_the_reference_method_sees_every_column():
    _, _, curve = trace(80, SEED)
    assert prepare(curve, "trace", thin=False).time.size >= curve.time.size
    assert reconstruct(curve, method=Method.GUYOT).ipd[0].n == 80


def read_columns(time, event, columns, end, n, grid):
    """A trace without jitter of known patients, with their numbers at risk and events."""
    when = np.linspace(0.0, end, columns)
    level = np.rint(kaplan_meier(time, event).at(when) / 0.002) * 0.002
    return Curve(when, level, grid, number_at_risk(time, grid), None, n, int(np.sum(event)))


def test_every_plain_step_of_a_trace_is_at_least_one_death_of_its_interval():
    # Five at risk at 9: two plain steps after it. Two columns show two deaths each around 3.
    died = np.array([0.6, 1.3, 2.1, 2.98, 2.99, 3.5, 4.2, 5.1, 6.4, 7.7, 10.3, 11.8])
    left = np.array([1.0, 2.5, 4.0, 8.0, 8.3, 8.6, 11.0, 11.5, 11.9])
    time, event = np.append(died, left), np.repeat([True, False], [died.size, left.size])
    grid = np.array([0.0, 3.0, 6.0, 9.0])
    ipd = reconstruct(read_columns(time, event, 701, 11.9, time.size, grid)).ipd[0]
    assert ipd.events == died.size
    np.testing.assert_allclose(np.sort(ipd.time[ipd.event]), died, atol=0.02)
    np.testing.assert_array_equal(number_at_risk(ipd.time, grid), number_at_risk(time, grid))


def test_a_last_death_that_no_column_shows_lies_at_the_end():
    died = np.array([1.1, 2.6, 4.4, 5.3, 7.2, 8.8, 9.4, 11.3, 13.3, 14.9])
    time, event = died, np.ones(died.size, dtype=bool)
    grid = np.arange(0.0, 15.0, 4.0)
    curve = read_columns(time, event, 501, 14.89, died.size, grid)
    ipd = reconstruct(curve).ipd[0]
    np.testing.assert_allclose(np.sort(ipd.time[ipd.event]), died, atol=0.04)


def test_a_death_on_the_very_day_of_a_number_at_risk_is_counted_behind_it():
    died = np.array([1.0, 3.2, 6.0, 7.1, 8.4, 9.9, 12.0, 13.5, 14.2, 16.1])
    left = np.array([5.0, 11.0, 17.0, 17.5, 18.0, 18.0])
    time, event = np.append(died, left), np.repeat([True, False], [died.size, left.size])
    grid = np.arange(0.0, 18.0, 6.0)
    ipd = reconstruct(read_columns(time, event, 601, 18.0, time.size, grid)).ipd[0]
    np.testing.assert_allclose(np.sort(ipd.time[ipd.event]), died, atol=0.04)


def test_being_told_more_does_not_make_a_trace_worse():
    told, untold, none = [], [], np.empty(0)
    for seed in range(12):
        time, event, curve = trace(45, SEED + seed)
        truth, grid = kaplan_meier(time, event), np.linspace(0, time.max(), 400)[1:]
        for found, one in (
            (told, curve),
            (untold, Curve(curve.time, curve.survival, none, none, None, curve.n)),
        ):
            ipd = reconstruct(one).ipd[0]
            gap = kaplan_meier(ipd.time, ipd.event).at(grid) - truth.at(grid)
            found.append(np.sqrt(np.mean(gap**2)))
    assert np.mean(told) <= 1.1 * np.mean(untold)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 40),
    seed=st.integers(0, 10_000),
    damage=st.sampled_from(
        ["none", "all censored", "all died", "zero end", "shuffled", "no table", "late table", "cut"]
    ),
    told=st.booleans(),
)
def test_a_trace_never_hangs_or_crashes_and_its_counts_are_met(n, seed, damage, told):
    rng = np.random.default_rng(seed)
    time, event = rng.exponential(12.0, n) + 0.1, rng.random(n) < 0.6
    if damage in ("all censored", "all died"):
        event[:] = damage == "all died"
    when = np.linspace(0.0, time.max(), 120)
    level = 0.002 * (np.rint(kaplan_meier(time, event).at(when) / 0.002) + rng.integers(-1, 2, when.size))
    level, grid = np.clip(level, 0, 1), np.arange(0.0, time.max(), 6.0)
    risk = number_at_risk(time, grid)
    if damage == "zero end":
        level[-1] = 0.0
    elif damage == "shuffled":
        order = rng.permutation(when.size)
        when, level = when[order], level[order]
    elif damage == "no table":
        grid, risk = np.empty(0), np.empty(0, dtype=np.int64)
    elif damage == "late table":
        grid, risk = np.append(grid, 3 * time.max() + 5), np.append(risk, 0)
    elif damage == "cut":
        when, level = when[:70], level[:70]
    events = int(rng.integers(0, n + 1)) if told else None
    for ipd in reconstruct(Curve(when, level, grid, risk, None, n, events), draws=2).ipd:
        assert ipd.n == n
        assert np.all(np.isfinite(ipd.time))
        np.testing.assert_array_equal(number_at_risk(ipd.time, grid), risk)
