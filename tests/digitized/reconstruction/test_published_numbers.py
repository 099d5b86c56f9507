"""Published medians, rates and hazard ratios steer within the noise; contradictions are named."""

from dataclasses import replace

import numpy as np
import pytest

from digitized.curve import Curve
from digitized.kaplan_meier import cox_two_arms, kaplan_meier, number_at_risk
from digitized.reconstruction import Constraints, reconstruct
from digitized.reconstruction.batch import agreement_rows, reconstruct_all
from digitized.reconstruction.pair import PublishedRatio, log_ratio
from digitized.reconstruction.published import Published

SEED = 590


def drifted(n, seed, scale=10.0, drift=0.010):
    """True patients of an exponential arm, and lower corners clicked with an axis error that all share."""
    rng = np.random.default_rng(seed)
    died, left = rng.exponential(scale, n), rng.uniform(8, 30, n)
    time, event = np.minimum(died, left), died <= left
    km = kaplan_meier(time, event)
    when = np.linspace(0.0, time.max(), 70)
    read = np.clip(km.at(when) + drift * np.sin(np.pi * when / when[-1]) + rng.normal(0, 0.002, 70), 0, 1)
    read[0] = 1.0
    grid = np.arange(0.0, time.max(), 6.0)
    curve = Curve(when, read, grid, number_at_risk(time, grid), None, n)
    return time, event, curve


def distance(ipd, time, event):
    grid = np.linspace(0, time.max(), 200)
    gap = kaplan_meier(ipd.time, ipd.event).at(grid) - kaplan_meier(time, event).at(grid)
    return float(np.sqrt(np.mean(gap**2)))


def test_rates_and_median_pull_the_curve_towards_the_truth():
    plain, told, rate_plain, rate_told = [], [], [], []
    for seed in range(6):
        time, event, curve = drifted(300, SEED + seed)
        truth = kaplan_meier(time, event)
        rates = tuple((t, round(float(truth.at(t)), 3)) for t in (6.0, 12.0, 18.0))
        constraints = Constraints(round(truth.median, 1), rates)
        without = reconstruct(curve).ipd[0]
        with_them = reconstruct(curve, constraints=constraints).ipd[0]
        plain.append(distance(without, time, event))
        told.append(distance(with_them, time, event))
        for t, rate in rates:
            rate_plain.append(abs(float(kaplan_meier(without.time, without.event).at(t)) - rate))
            rate_told.append(abs(float(kaplan_meier(with_them.time, with_them.event).at(t)) - rate))
        np.testing.assert_array_equal(number_at_risk(with_them.time, curve.at_risk_time), curve.at_risk)
    assert np.mean(told) < 0.9 * np.mean(plain)
    assert np.mean(rate_told) < 0.6 * np.mean(rate_plain)


def test_what_the_points_exclude_is_named_and_not_followed():
    _, _, curve = drifted(200, SEED)
    wrong = Constraints(3.0, ((12.0, 0.9), (500.0, 0.1)))
    result = reconstruct(curve, constraints=wrong, arm="A")
    text = "\n".join(result.notes)
    assert "arm A: the published rate 0.9 at 12 contradicts the points" in text
    assert "arm A: the published median 3 contradicts the points" in text
    assert "rate at 500 lies beyond the curve" in text
    np.testing.assert_array_equal(result.ipd[0].time, reconstruct(curve).ipd[0].time)
    assert all(row.reason for row in result.agreement if not row.met and row.quantity in ("median", "rate"))


def pair_of_arms(seed):
    arms = {"new": drifted(250, seed, 14.0, drift=0.004), "old": drifted(250, seed + 500, 9.0, drift=-0.004)}
    return arms, {("f", name): arm[2] for name, arm in arms.items()}


def ratio_of(results, draw=0):
    new, old = results[("f", "new")].ipd[draw], results[("f", "old")].ipd[draw]
    return cox_two_arms(old.time, old.event, new.time, new.event).hazard_ratio


def test_the_pairs_hazard_ratio_is_met_within_its_rounding_and_draws_are_paired_to_it():
    moved = 0
    for seed in (3, 4):
        arms, curves = pair_of_arms(SEED + seed)
        (t1, e1, _), (t0, e0, _) = arms["new"], arms["old"]
        true = round(cox_two_arms(t0, e0, t1, e1).hazard_ratio, 3)
        published = Published(ratios=(PublishedRatio("f", "new", "old", true),))
        plain, told = (
            reconstruct_all(curves, draws=16),
            reconstruct_all(curves, draws=16, published=published),
        )
        assert abs(ratio_of(told) - true) <= abs(ratio_of(plain) - true)
        assert abs(ratio_of(told) - true) < 0.006
        moved += ratio_of(told) != ratio_of(plain)
        new, old = told[("f", "new")].ipd, told[("f", "old")].ipd
        by_arm = [[log_ratio(one, old[0]) for one in new[1:]], [log_ratio(new[0], one) for one in old[1:]]]
        assert np.corrcoef(*by_arm)[0, 1] < -0.7  # what raises the ratio in one arm goes with what lowers it
        row = next(row for row in agreement_rows(told) if row.quantity == "hazard_ratio")
        assert row.met
        for key, curve in curves.items():
            again = number_at_risk(told[key].ipd[0].time, curve.at_risk_time)
            np.testing.assert_array_equal(again, curve.at_risk)
    assert moved


def test_a_hazard_ratio_that_the_curves_exclude_is_named():
    _, curves = pair_of_arms(SEED)
    published = Published(ratios=(PublishedRatio("f", "new", "old", 2.5),))
    told = reconstruct_all(curves, published=published)
    assert ratio_of(told) == ratio_of(reconstruct_all(curves))
    assert any("2.5 contradicts the curves" in note for note in told[("f", "new")].notes)
    row = next(row for row in agreement_rows(told) if row.quantity == "hazard_ratio")
    assert not row.met
    assert "contradicts" in row.reason


@pytest.mark.parametrize("median", [np.inf, 1e-9, 1e9])
def test_extreme_medians_never_fail(median):
    _, _, curve = drifted(40, SEED)
    assert reconstruct(replace(curve, at_risk=curve.at_risk), constraints=Constraints(median)).ipd[0].n == 40


def test_numbers_met_within_the_error_of_the_axes_move_nothing():
    """A drop read a little early: the rate of its month lies on it, the median is its month."""
    time = np.array([0.0, 4.0, 4.0, 11.98, 11.98, 13.12, 13.12, 24.0])
    survival = np.array([1.0, 1.0, 0.7, 0.7, 0.53, 0.53, 0.49, 0.49])
    grid = np.arange(0.0, 24.0, 3.0)
    curve = Curve(time, survival, grid, np.array([300, 299, 205, 200, 150, 140, 135, 130]), None, 300)
    agreeing = Constraints(13.2, ((12.0, 0.54),))
    assert_same(reconstruct(curve, constraints=agreeing), reconstruct(curve))
    late = Constraints(13.6, ((12.0, 0.54),))
    told = reconstruct(curve, constraints=late).ipd[0]
    assert float(kaplan_meier(told.time, told.event).at(13.3)) > 0.49


def assert_same(one, other):
    np.testing.assert_array_equal(one.ipd[0].time, other.ipd[0].time)
    np.testing.assert_array_equal(one.ipd[0].event, other.ipd[0].event)
