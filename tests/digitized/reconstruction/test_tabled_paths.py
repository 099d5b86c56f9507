"""Paths that meet numbers at risk, against every path there is, counted out among few patients."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy.special import gammaln

from digitized.curve import Curve
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction import reconstruct
from digitized.reconstruction.censoring import CensoringShape
from digitized.reconstruction.gaps import evidence
from digitized.reconstruction.risk_table import RiskTable
from digitized.reconstruction.tabled_gaps import UNREAD, TabledGaps, tabled_gaps
from digitized.reconstruction.tabled_path import EVENNESS, Suggestion, tabled_paths
from digitized.reconstruction.times import death_times

SEED = 20261131
RUNS, EACH = 500, 4
TABLE = RiskTable(np.array([0.0, 4.0]), np.array([6, 3], dtype=np.int64))
MOST = 3  # deaths of a gap
COUNTS = [np.array([0.2, 0.0, 0.1, 0.9]), np.array([0.0, 0.3, 0.0, 0.5])]
GAPS = TabledGaps(
    time=np.array([0.0, 2.0, 4.0, 4.6, 5.6]),
    survival=np.array([1.0, 0.84, 0.0, 0.5, 0.5]),
    sd=np.array([1e-4, 0.05, UNREAD, 0.05, 0.05]),
    increments=np.tile([0.4, 0.35, 0.2, 0.05], (5, 1)),
    interval=np.array([0, 0, 0, 1, 1]),
    share=np.array([[0, 0], [0, 0.5], [0.5, 1.0], [0.0, 0.3], [0.3, 0.8]]),
)


def evenly(counts, shares):
    """Dirichlet-multinomial probability of censorings in the parts of an interval."""
    worth, total = EVENNESS * np.asarray(shares), sum(counts)
    log_p = gammaln(total + 1) + gammaln(worth.sum()) - gammaln(worth.sum() + total)
    return np.exp(
        log_p + sum(gammaln(c + a) - gammaln(a) - gammaln(c + 1) for c, a in zip(counts, worth, strict=True))
    )


def every_path(events):
    weights = {}
    for d in product(range(MOST + 1), repeat=4):
        first, second = d[0] + d[1], d[2] + d[3]
        if max(first, second) > 3 or (events is not None and first + second != events):
            continue
        for c in product(range(4), repeat=4):
            rest = 3 - second - c[2] - c[3]
            if first + c[0] + c[1] != 3 or rest < 0:
                continue
            weight = np.exp(-COUNTS[0][first] - COUNTS[1][second])
            weight *= evenly(c[:2], [0.5, 0.5]) * evenly([c[2], c[3], rest], [0.3, 0.5, 0.2])
            at_risk, level = 6, 1.0
            for g, (died, left) in enumerate(zip(d, c, strict=True), start=1):
                at_risk -= left
                level *= 1.0 - died / max(at_risk, 1) if at_risk >= died else 0.0
                weight *= (at_risk >= died) * GAPS.increments[g, died]
                weight *= float(evidence(GAPS.survival[g], GAPS.sd[g], np.array(level)))
                at_risk -= died
            weights[(*d, *c)] = weight
    return weights


@pytest.mark.parametrize("events", [None, 2, 3])
@pytest.mark.parametrize("heights", [(0.0, 0.0, 0.0, 0.0), (2.0, 0.0, 1.5, 3.0)])
def test_drawn_paths_come_as_often_as_they_are_probable_whatever_the_heights_suggest(events, heights):
    weights = every_path(events)
    total = sum(weights.values())
    suggestion = Suggestion([np.array(heights)] * 2, COUNTS)
    rng, drawn = np.random.default_rng(SEED), Counter()
    for _ in range(RUNS):
        found = tabled_paths(GAPS, TABLE, suggestion, events, EACH, rng, marked=False, open_end=False)
        for path in found.paths:
            drawn[(*path.deaths[1:].tolist(), *path.censored[1:].tolist())] += 1
            assert path.of_intervals.tolist() == [path.deaths[1:3].sum(), path.deaths[3:].sum()]
    assert drawn.total() == RUNS * EACH
    for part in range(8):
        for count in range(MOST + 1):
            expected = sum(w for path, w in weights.items() if path[part] == count) / total
            seen = sum(times for path, times in drawn.items() if path[part] == count) / drawn.total()
            assert seen == pytest.approx(expected, abs=0.04), (part, count)


def test_more_events_than_patients_leave_no_path():
    suggestion = Suggestion([np.zeros(4)] * 2, COUNTS)
    rng = np.random.default_rng(SEED)
    assert not tabled_paths(GAPS, TABLE, suggestion, 7, 1, rng, marked=False, open_end=False).paths


@pytest.mark.parametrize("traced", [True, False])
def test_a_gap_cut_by_an_edge_keeps_its_deaths_and_a_clicked_step_stays_behind_the_edge(traced):
    shape = CensoringShape(TABLE, 6.0, None)
    row = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.2, 0.5, 0.3]])
    time = np.array([0.0, 2.0, 6.0])
    gaps = tabled_gaps(time, np.ones(3), np.full(3, 0.01), row, shape, traced=traced)
    np.testing.assert_array_equal(gaps.time, [0.0, 2.0, 4.0, 6.0])
    np.testing.assert_array_equal(gaps.sd == UNREAD, [False, False, True, False])
    np.testing.assert_array_equal(gaps.interval, [0, 0, 0, 1])
    np.testing.assert_allclose(gaps.share, [[0, 0], [0, 0.5], [0.5, 1], [0, 1]])
    mean = gaps.increments @ np.arange(3)
    assert mean[2] + mean[3] == pytest.approx(row[2] @ np.arange(3))
    # Half of the gap lies before the edge; of a click's deaths all but the last may.
    assert mean[2] == pytest.approx(0.5 * (1.1 if traced else 0.3))


def test_nobody_at_risk_after_the_end_of_a_curve_says_no_more_than_its_end():
    table = RiskTable(np.array([0.0, 6.0, 12.0]), np.array([9, 4, 0]), np.array([3, 2, -1]))
    short = table.until(9.0)
    np.testing.assert_array_equal(short.time, [0.0, 6.0])
    np.testing.assert_array_equal(short.leaving, [5, 4])
    assert short.deaths.tolist() == [3, -1]
    assert table.until(12.5) is table
    with_total = RiskTable(table.time, table.at_risk, np.array([3, 2, 0])).until(9.0)
    assert with_total.deaths.tolist() == [3, 2]


def patients(rng, n=40):
    left, died = rng.uniform(6.0, 24.0, n), rng.exponential(12.0, n)
    return np.minimum(died, left), died <= left


@pytest.mark.parametrize("told", [True, False])
def test_every_draw_meets_the_counts_and_ends_with_its_curve(told):
    for seed in range(3):
        time, event = patients(np.random.default_rng([SEED, seed]))
        km, end = kaplan_meier(time, event), float(time.max())
        columns = np.arange(0.0, end, end / 600)
        grid = np.arange(0.0, end + 6.0, 6.0)
        counts = number_at_risk(time, grid)
        curve = Curve(columns, km.at(columns), grid, counts, None, 40, int(event.sum()) if told else None)
        for one in reconstruct(curve, draws=7, arm=str(seed)).ipd:
            np.testing.assert_array_equal(number_at_risk(one.time, grid), counts)
            assert one.time.max() <= end + end / 300
            assert not told or one.event.sum() == event.sum()
            # Steps of one in forty are plain, so every draw has those of the curve.
            assert np.abs(kaplan_meier(one.time, one.event).at(columns) - km.at(columns)).mean() < 0.002


def test_a_fall_to_zero_is_the_death_of_the_last_one_left():
    # Six are at risk at 12; the curve rests at one half and falls to zero at 20: five must have left before.
    time = np.array([0.0, 3.0, 3.01, 20.0, 20.01])
    survival = np.array([1.0, 1.0, 0.5, 0.5, 0.0])
    curve = Curve(time, survival, np.array([0.0, 12.0]), np.array([20, 6]), None, 20)
    late = [int((one.event & (one.time > 12.0)).sum()) for one in reconstruct(curve, draws=41).ipd[1:]]
    assert np.quantile(late, 0.8) == 1, late


def test_a_death_before_an_edge_is_not_put_on_it_where_nothing_was_clicked():
    counts, time = np.array([0, 0, 1, 2]), np.array([0.0, 2.0, 4.0, 6.0])
    unread = np.array([False, False, True, False])
    arrival = counts.astype(float)
    best = death_times(counts, time, arrival, traced=False, unread=unread)
    np.testing.assert_allclose(best, [3.0, 6.0])
    drawn = [
        death_times(counts, time, arrival, traced=False, rng=np.random.default_rng(seed), unread=unread)
        for seed in range(50)
    ]
    first, second = np.transpose(drawn)
    assert first.min() < 2.5
    assert 3.5 < first.max() < 4.0
    np.testing.assert_array_equal(second, 6.0)


@pytest.mark.parametrize(("last", "outlived"), [(0.6, True), (0.0, False)])
def test_a_curve_may_go_on_after_a_last_click_that_patients_outlive(last, outlived):
    time, survival = np.array([0.0, 5.0, 5.01, 10.0, 10.01]), np.array([1.0, 1.0, 0.8, 0.8, last])
    curve = Curve(time, survival, np.array([0.0, 6.0, 18.0]), np.array([30, 20, 0]), None, 30)
    rebuilt = reconstruct(curve).ipd[0]
    assert (rebuilt.time.max() > 11.0) == outlived
