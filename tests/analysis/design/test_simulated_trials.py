"""Simulated trials against closed forms, lifelines and themselves."""

import time as clock
from pathlib import Path

import numpy as np
import pytest

from analysis.design.accrual import Period, Sites
from analysis.design.assurance import assurance
from analysis.design.boundaries import (
    GroupSequentialRule,
    Spending,
    boundaries,
    crossing_probabilities,
    efficacy_boundaries,
)
from analysis.design.conduct import Arms
from analysis.design.controls import ExponentialControl, run_control
from analysis.design.gatekeeping import Dependence, GatedEndpoint, simulate_gatekeeping
from analysis.design.log_rank import log_rank
from analysis.design.priors import NAMED, run_prior
from analysis.design.rule import LogRankRule
from analysis.design.sample_size import TrialDesign, plan
from analysis.design.simulation import Looks, simulate
from analysis.design.survival_times import Drawn, Effect, Survival, cumulative_hazard, survival_times
from digitized.errors import InputError

RULE = LogRankRule()
CONTROL = ExponentialControl(15.2)
ARMS = Arms(600, 1.0, Period(24), 0.03)
SEED = 902


def fixed(events: int) -> Looks:
    return Looks((events,), (RULE.critical_value,), (None,))


@pytest.mark.filterwarnings("ignore:Starting with pandas")
def test_log_rank_agrees_with_lifelines() -> None:
    from lifelines.statistics import logrank_test

    rng = np.random.default_rng(SEED)
    time, event = rng.exponential(10, (20, 150)), rng.random((20, 150)) < 0.7
    arm = np.arange(150) < 70
    found = log_rank(time, event, arm)
    for row in range(20):
        reference = logrank_test(time[row, arm], time[row, ~arm], event[row, arm], event[row, ~arm])
        assert found.z[row] ** 2 == pytest.approx(reference.test_statistic, rel=1e-9)


def test_patients_not_yet_entered_are_in_no_risk_set() -> None:
    rng = np.random.default_rng(SEED)
    time, event, arm = rng.exponential(10, (1, 80)), np.ones((1, 80), dtype=bool), np.arange(80) % 2 == 0
    late = np.concatenate((time, np.full((1, 40), -1.0)), axis=1)
    more = log_rank(
        late, np.concatenate((event, np.zeros((1, 40), dtype=bool)), axis=1), np.arange(120) % 3 == 0
    )
    same = log_rank(
        late, np.concatenate((event, np.zeros((1, 40), dtype=bool)), axis=1), np.concatenate((arm, arm[:40]))
    )
    assert same.z == pytest.approx(log_rank(time, event, arm).z)
    assert more.z != pytest.approx(same.z)


@pytest.mark.parametrize("hazard_ratio", [1.0, 0.7])
def test_power_within_a_point_of_the_closed_form(hazard_ratio: float) -> None:
    found = simulate(
        ARMS, Survival(CONTROL, Effect(hazard_ratio, hazard_ratio)), fixed(331), trials=4000, seed=SEED
    )
    expected = RULE.power(hazard_ratio, 331)
    assert found.power == pytest.approx(expected, abs=0.01)
    assert found.mean_events == 331


def test_read_out_month_of_the_plan_is_the_simulated_one() -> None:
    design = TrialDesign(0.7, 0.9, RULE, Period(24), 15.2, 0.03, 0.75)
    planned = plan(design)
    arms = Arms(planned.n, 1.0, Period(24), 0.03)
    found = simulate(arms, Survival(CONTROL, Effect(0.7, 0.7)), fixed(planned.events), trials=500, seed=SEED)
    assert found.mean_months == pytest.approx(planned.readout_months, abs=0.3)


def test_assurance_by_simulation() -> None:
    survival = Survival(CONTROL, Effect(), NAMED["base"])
    found = simulate(ARMS, survival, fixed(300), trials=4000, seed=SEED)
    assert found.power == pytest.approx(
        assurance(NAMED["base"], 300, RULE), abs=4 * found.power_standard_error
    )


def test_group_sequential_level_and_power_by_simulation() -> None:
    rule = GroupSequentialRule((0.6, 1.0))
    looks = Looks((199, 331), efficacy_boundaries(rule), (None, None))
    null = simulate(ARMS, Survival(CONTROL, Effect(1.0, 1.0)), looks, trials=4000, seed=SEED)
    assert null.power == pytest.approx(0.025, abs=0.0075)
    found = simulate(ARMS, Survival(CONTROL, Effect(0.7, 0.7)), looks, trials=4000, seed=SEED)
    assert found.power == pytest.approx(0.897, abs=0.015)
    assert sum(found.success_by_look) == pytest.approx(found.power)


@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock"])
def test_futility_spends_beta_and_no_alpha(spending: Spending) -> None:
    rule = GroupSequentialRule((0.33, 0.67, 1.0), spending=spending, beta=0.1)
    found = boundaries(rule, 0.9)
    drift = (1.959964 + 1.281552) * found.inflation**0.5
    success, failure = crossing_probabilities(rule, found, drift)
    assert sum(success) == pytest.approx(0.9, abs=1e-5)
    assert np.cumsum(failure) == pytest.approx(rule.spent(0.1), abs=1e-5)
    open_ended = GroupSequentialRule(rule.information, spending=spending)
    assert found.efficacy == efficacy_boundaries(open_ended)
    level, _ = crossing_probabilities(open_ended, boundaries(open_ended, 0.9), 0.0)
    assert sum(level) == pytest.approx(0.025, abs=1e-7)


def test_effects_have_the_survival_they_name() -> None:
    rng = np.random.default_rng(SEED)
    unit, arm = rng.standard_exponential((1, 200_000)), np.ones(200_000, dtype=bool)
    rate = np.log(2) / 15.2

    def survival(effect: Effect, month: float) -> float:
        way, drawn = Survival(CONTROL, effect), Drawn(np.array([0.5]), np.zeros(1))
        times = survival_times(unit, arm, way, drawn)
        # The inverse of the hazard that it draws from.
        finite = np.isfinite(times)
        hazard = cumulative_hazard(np.sort(times[finite]), True, way, drawn)[0]
        assert hazard == pytest.approx(np.sort(unit[finite]), rel=1e-7, abs=1e-9)
        return float(np.mean(times > month))

    assert survival(Effect(), 12) == pytest.approx(np.exp(-0.5 * rate * 12), abs=0.004)
    delayed = Effect(1.0, 0.6, 4.0)
    assert survival(delayed, 3) == pytest.approx(np.exp(-rate * 3), abs=0.004)
    assert survival(delayed, 12) == pytest.approx(np.exp(-rate * (4 + 0.6 * 8)), abs=0.004)
    crossing = Effect(1.4, 0.6, 4.0)
    assert survival(crossing, 4) == pytest.approx(np.exp(-rate * 1.4 * 4), abs=0.004)
    assert survival(crossing, 12) == pytest.approx(np.exp(-rate * (1.4 * 4 + 0.6 * 8)), abs=0.004)
    tail = Effect(0.8, 0.8, 0.0, cured=0.2)
    assert survival(tail, 12) == pytest.approx(0.2 + 0.8 * np.exp(-0.8 * rate * 12), abs=0.004)
    assert survival(tail, 10_000) == pytest.approx(0.2, abs=0.004)


def test_gatekeeping_loses_power_only_through_pfs() -> None:
    pfs = Survival(ExponentialControl(6.5), Effect(1.0, 1.0))
    os = GatedEndpoint(Survival(CONTROL, Effect(0.7, 0.7)), 331, RULE.critical_value)
    shut = simulate_gatekeeping(
        ARMS, GatedEndpoint(pfs, 331, RULE.critical_value), os, Dependence(0.5), trials=500, seed=SEED
    )
    open_gate = simulate_gatekeeping(
        ARMS, GatedEndpoint(pfs, 331, -50.0), os, Dependence(0.5), trials=500, seed=SEED
    )
    assert open_gate.power_os == open_gate.power_os_ungated
    assert shut.power_os <= min(shut.power_pfs, shut.power_os_ungated)
    assert open_gate.power_os == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize("correlation", [0.0, 0.6, 1.0])
def test_gatekeeping_keeps_both_curves_whatever_their_correlation(correlation: float) -> None:
    # Deaths count for PFS too: its median and power are still those asked for.
    pfs = GatedEndpoint(Survival(ExponentialControl(6.5), Effect(0.7, 0.7)), 331, RULE.critical_value)
    os = GatedEndpoint(Survival(CONTROL, Effect(0.75, 0.75)), 331, RULE.critical_value)
    found = simulate_gatekeeping(ARMS, pfs, os, Dependence(correlation), trials=1500, seed=SEED)
    assert found.power_pfs == pytest.approx(RULE.power(0.7, 331), abs=0.02)
    assert found.power_os_ungated == pytest.approx(RULE.power(0.75, 331), abs=0.03)
    alone = simulate(ARMS, pfs.survival, fixed(331), trials=200, seed=SEED)
    assert found.months_pfs == pytest.approx(alone.mean_months, abs=0.3)


def test_effects_drawn_together_win_together() -> None:
    prior = NAMED["base"]
    # Progression so early that deaths, which count for PFS too, tie the endpoints no further.
    pfs = GatedEndpoint(Survival(ExponentialControl(0.5), Effect(), prior), 250, RULE.critical_value)
    os = GatedEndpoint(Survival(CONTROL, Effect(), prior), 250, RULE.critical_value)
    arms = Arms(400, 1.0, Period(24), 0.03)
    apart, joined = (
        simulate_gatekeeping(arms, pfs, os, Dependence(0.0, value), trials=1000, seed=SEED)
        for value in (0.0, 0.95)
    )
    expected = assurance(prior, 250, RULE)
    assert apart.power_os == pytest.approx(apart.power_pfs * apart.power_os_ungated, abs=0.05)
    assert joined.power_os > apart.power_os + 0.08
    for found in (apart, joined):
        assert found.power_os_ungated == pytest.approx(expected, abs=0.05)


def test_curves_and_hazard_ratios_drawn_from_a_run(run_folder: Path) -> None:
    control, prior = run_control(run_folder, "base"), run_prior(run_folder, "base")
    middle = control.times(np.array([[np.log(2)]]), np.zeros(1))
    assert middle[0, 0] == pytest.approx(15.2, abs=0.1)
    found = simulate(ARMS, Survival(control, Effect(), prior), fixed(300), trials=2000, seed=SEED)
    assert found.power == pytest.approx(assurance(prior, 300, RULE), abs=4 * found.power_standard_error)
    with pytest.raises(InputError, match="no comparator curve"):
        run_control(run_folder, "optimistic")


def test_ten_thousand_trials_of_600_are_fast() -> None:
    start = clock.process_time()
    simulate(ARMS, Survival(CONTROL, Effect(0.7, 0.7)), fixed(331), trials=2000, seed=SEED)
    assert 5 * (clock.process_time() - start) < 20


def test_site_accrual_with_an_uncertain_rate() -> None:
    sites = Sites(40, 0.5, opening=6.0, rate_cv=0.3)
    assert sites.duration(442) == pytest.approx(442 / 20 + 3)
    assert sites.entries(442)[-1] == pytest.approx(sites.duration(442), abs=0.05)
    planned = plan(TrialDesign(0.7, 0.9, RULE, sites, 15.2, 0.03, 0.75))
    assert planned.readout_interval is not None
    assert planned.readout_interval[0] < planned.readout_months < planned.readout_interval[1]


def test_events_that_never_come_are_analysed_late_and_said() -> None:
    arms = Arms(100, 1.0, Period(12), 0.5)
    found = simulate(arms, Survival(CONTROL, Effect(0.7, 0.7)), fixed(90), trials=200, seed=SEED)
    assert found.reached < 0.05
    assert found.mean_events < 60
