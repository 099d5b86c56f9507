"""Identities of the forward model: derivatives, Cox of expected counts, widths, whole counts."""

import math

import numpy as np
import pytest

from digitized.kaplan_meier import kaplan_meier
from digitized.summary import ArmSummary, AtRisk, Estimate, FigureSummary, HazardRatio, Rate
from digitized.summary.anchors import interval_error, ratio_standard_error, rounding
from digitized.summary.counts import _closed_factor, _log_factor, event_slots
from digitized.summary.expected import expected_cox, expected_path
from digitized.summary.fit import believe
from digitized.summary.grid import make_grid


def rich_pair() -> FigureSummary:
    """Two arms with every kind of published number."""
    treated = ArmSummary(
        "treated", 120, 70, Estimate(13.0, 10.5, 17.1), (Rate(12, Estimate(0.53, 0.43, 0.61)),),
        (AtRisk(6, 92), AtRisk(12, 55)), 18.0, 30.0,
    )  # fmt: skip
    control = ArmSummary(
        "control", 120, 88, Estimate(9.0, 7.52, 10.48), (Rate(24, Estimate(0.16)),), (), None, 30.0
    )
    return FigureSummary(
        "rich", (treated, control), (HazardRatio("treated", "control", Estimate(0.66, 0.48, 0.9)),)
    )


def test_every_anchor_has_the_derivative_of_its_value() -> None:
    summary = rich_pair()
    belief = believe(summary, make_grid(summary), None)
    problem, theta = belief.problems[1], belief.modes[1].theta
    jacobian = problem.measure(theta)[1]
    for k in np.random.default_rng(20261123).choice(len(theta), 12, replace=False):
        shift = np.zeros(len(theta))
        shift[k] = 1e-5
        numeric = (problem.measure(theta + shift)[0] - problem.measure(theta - shift)[0]) / 2e-5
        np.testing.assert_allclose(jacobian[:, k], numeric, atol=2e-8)


def test_expected_counts_conserve_patients() -> None:
    theta = np.random.default_rng(1).normal(-3, 1, 24)
    path = expected_path(theta, 200)
    exits = path.at_risk[0] - path.at_risk[-1]
    share = np.exp(theta[:12]) / (np.exp(theta[:12]) + np.exp(theta[12:]))
    np.testing.assert_allclose(path.events, -np.diff(path.at_risk) * share)
    assert path.events.sum() < exits


def test_expected_cox_of_proportional_arms_is_their_ratio() -> None:
    hazard = np.full(60, 0.04)
    control = expected_path(np.log(np.concatenate((hazard, np.full(60, 0.01)))), 300)
    treated = expected_path(np.log(np.concatenate((hazard * 0.7, np.full(60, 0.01)))), 300)
    cox = expected_cox(control, treated)
    assert math.exp(cox.log_hazard_ratio) == pytest.approx(0.7, abs=0.002)
    events = control.events.sum() + treated.events.sum()
    assert math.exp(cox.log_standard_error) == pytest.approx(2 / math.sqrt(events), rel=0.03)


@pytest.mark.parametrize(("at_risk", "deaths", "losses"), [(40, 7, 0), (40, 5, 9), (300, 30, 4), (9, 2, 3)])
def test_survival_factor_of_whole_counts_is_kaplan_meiers(at_risk: int, deaths: int, losses: int) -> None:
    exits = deaths + losses
    event = np.zeros(at_risk, dtype=bool)
    event[event_slots(deaths, losses)] = True
    truth = kaplan_meier(np.concatenate((np.arange(exits), np.full(at_risk - exits, exits + 1.0))), event)
    cell = np.array([at_risk]), np.array([deaths]), np.array([losses])
    assert _log_factor(*cell)[0] == pytest.approx(math.log(truth.survival[-1]), abs=1e-12)
    closed = _closed_factor(cell[0], cell[1], np.array([exits / deaths]))
    assert closed[0] == pytest.approx(math.log(truth.survival[-1]), rel=0.05)


def test_index_trial_landmark_interval_implies_its_published_effective_n() -> None:
    # METHODS section 11 (GOLD): log-log intervals at 12 months imply effective n of 47.5 (OS) and 40.3 (PFS).
    for survival, lower, upper, effective in ((0.748, 0.598, 0.848, 47.5), (0.585, 0.419, 0.719, 40.3)):
        found = interval_error(Estimate(survival, lower, upper))
        assert found is not None
        assert (1 - survival) / survival / found[0] ** 2 == pytest.approx(effective, abs=0.6)


def test_hazard_ratio_interval_gives_events_at_its_own_level() -> None:
    # METHODS section 3: ESCORT-1st, 4 / se^2 is 448 for 464 deaths, 301 for 309, 402 for 428.
    for value, lower, upper, events in (
        (0.70, 0.58, 0.84, 448),
        (0.70, 0.56, 0.88, 301),
        (0.56, 0.46, 0.68, 402),
    ):
        error = ratio_standard_error(Estimate(value, lower, upper))
        assert error is not None
        assert 4 / error**2 == pytest.approx(events, abs=1)
    narrow = ratio_standard_error(Estimate(0.74, 0.58, 0.96, 0.991))
    wide = ratio_standard_error(Estimate(0.74, 0.58, 0.96, 0.95))
    assert narrow is not None
    assert wide is not None
    assert narrow < 0.8 * wide


def test_rounding_is_judged_by_the_whole_line() -> None:
    assert rounding(0.6, 0.72, 0.88) == pytest.approx(0.01 / math.sqrt(12))
    assert rounding(0.6) == pytest.approx(0.1 / math.sqrt(12))
