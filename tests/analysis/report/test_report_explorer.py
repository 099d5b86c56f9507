"""The draws and curves in the page that follow the sliders are those of the run."""

import numpy as np
import pytest

from analysis.sensitivity.single_arm_shift import shift_prior
from models.covariate_mix import stratum_proportions
from models.priors import SingleArmShift


def test_embedded_draws_are_those_of_the_run(reported, page):
    ladder = reported.table("ladder").set_index(["endpoint", "scenario"])
    for panel in page.explored():
        assert panel["scenario"] == "pessimistic"
        row = ladder.loc[(panel["endpoint"], "pessimistic")]
        assert np.exp(np.median(panel["delta"])) == pytest.approx(row["median"], rel=1e-3)
        assert np.mean(np.array(panel["delta"]) < 0) == pytest.approx(row["p_benefit"])


def test_embedded_curves_give_the_restricted_mean_of_the_table(reported, page):
    increment = reported.table("increment").set_index(["endpoint", "scenario", "measure"])
    for panel in page.explored():
        share = stratum_proportions(np.array(panel["liver"]), np.array(panel["pdl1"]))
        times = np.array(panel["times"])
        triple, comparator = (
            np.einsum("s,dst->dt", share, np.array(panel[arm]) / panel["scale"])
            for arm in ("triple", "comparator")
        )
        upto = times <= panel["tau"]
        gain = np.trapezoid((triple - comparator)[:, upto], times[upto])
        row = increment.loc[(panel["endpoint"], panel["scenario"], "RMST_difference")]
        # Thousandths of survival on a grid of 1.5 months against exact curves on one of half a month.
        assert np.quantile(gain, [0.025, 0.5, 0.975]) == pytest.approx(
            [row["lower"], row["median"], row["upper"]], abs=0.02
        )


def test_reweighted_draws_answer_like_the_run_of_that_prior(reported, page):
    ladder = reported.table("ladder").set_index(["endpoint", "scenario"])
    for panel in page.explored():
        fitted = SingleArmShift("fitted", panel["mu"], panel["sd"], panel["correlation"])
        wanted = SingleArmShift("base", float(np.log(0.86)), 0.25, panel["correlation"])
        c = np.array(panel["c"])
        weight = np.exp(
            shift_prior(wanted, c.shape[1]).log_density(c) - shift_prior(fitted, c.shape[1]).log_density(c)
        )
        benefit = np.average(np.array(panel["delta"]) < 0, weights=weight)
        expected = ladder.loc[(panel["endpoint"], "base"), "p_benefit"]
        assert benefit == pytest.approx(expected, abs=0.06)
