from dataclasses import dataclass, replace

import numpy as np
import pytest
import xarray as xr

from analysis.validation import arm_as_triple, simulated_arms
from analysis.validation.simulated_arms import Truth
from analysis.validation.unseen_arms import arm_as_added
from models.priors import NAIVE

INDEX = 3


@dataclass
class Asked:
    """Stands for a study: notes which fits were asked for and answers each with the same draws."""

    seed: int = 1
    labels: tuple[str, ...] = ()
    divergences: int = 0

    def results(self, label, tasks):
        self.labels += tuple(tasks)
        draws = np.linspace(np.log(0.5), np.log(0.7), 101)
        attributes = {"least_ess_bulk": 80.0, "divergences": self.divergences}
        fit = xr.Dataset({"Delta": (("chain", "draw"), draws[None])}, attrs=attributes)
        return [fit for _ in tasks]


@pytest.fixture
def asked(monkeypatch):
    monkeypatch.setattr(arm_as_triple, "own_fit", lambda study, arm, shift: shift.name)
    return Asked()


def _rows(asked, fitted):
    arm = fitted.survival.arms[INDEX]
    added = arm_as_added(fitted, INDEX, added=True, own_ici=True)
    return arm_as_triple.rows_as_triple(asked, [arm_as_triple.Case(fitted, added, arm, truth=1.0)])


def test_an_arm_that_fits_is_integrated(asked, fitted):
    rows = _rows(asked, fitted)
    assert [row["scenario"] for row in rows] == ["naive", "base", "pessimistic"]
    assert {row["by"] for row in rows} == {"integration"}
    assert asked.labels == ()
    assert rows[0]["median"] < rows[1]["median"] < rows[2]["median"]


@pytest.fixture
def _base_is_unreliable(monkeypatch):
    honest = arm_as_triple.increment

    def unreliable(table, shift, rng):
        found = honest(table, shift, rng)
        return replace(found, pareto_k=0.7) if shift.name == "base" else found

    monkeypatch.setattr(arm_as_triple, "increment", unreliable)


@pytest.mark.usefixtures("_base_is_unreliable")
def test_only_a_reading_with_a_high_pareto_k_gets_its_own_fit(asked, fitted):
    naive, base, _ = _rows(asked, fitted)
    assert asked.labels == ("base",)
    assert (naive["by"], base["by"]) == ("integration", "own fit")
    assert base["median"] == pytest.approx(np.sqrt(0.5 * 0.7))
    assert base["upper"] == pytest.approx(0.7, rel=0.01)
    assert base["excludes_1"]
    assert base["pareto_k"] == 0.7
    assert base["effective_draws"] == 80


@pytest.mark.usefixtures("_base_is_unreliable")
def test_an_own_fit_that_diverges_is_left_out(asked, fitted):
    """METHODS section 8, V7: above 0.1 % of the draws (here 1 of 101) a fit is left out of the pool."""
    asked.divergences = 1
    assert [row["scenario"] for row in _rows(asked, fitted)] == ["naive", "pessimistic"]


def test_simulated_data_set_with_a_high_pareto_k_is_replaced_by_its_own_fit(monkeypatch):
    names = ("median", "lower", "upper", "p_benefit", "mean", "sd", "effective")
    table = {name: (("data_set", "analysis"), np.zeros((3, 2))) for name in names}
    k = np.array([[0.1, 0.2], [0.3, 0.9], [0.4, 0.5]])
    result = xr.Dataset(
        table | {"pareto_k": (("data_set", "analysis"), k)},
        coords={"data_set": [7, 8, 9], "analysis": ["naive", "base"]},
    )
    asked = Asked()
    monkeypatch.setattr(
        simulated_arms, "nuts_of_pair", lambda study, endpoint, truth, number, shift: (number, shift.name)
    )
    found = simulated_arms._with_own_fits(asked, "OS", Truth("none", 0.0, NAIVE), result)
    assert asked.labels == ((8, "base"),)
    assert found["median"].to_numpy()[1, 1] == pytest.approx(np.log(0.5 * 0.7) / 2)
    assert np.count_nonzero(found["median"].to_numpy()) == 1
    assert found["pareto_k"].to_numpy()[1, 1] == 0.9
    assert int(found["refitted"].sum()) == 1
    asked.divergences = 1
    found = simulated_arms._with_own_fits(asked, "OS", Truth("none", 0.0, NAIVE), result)
    assert np.isnan(found["upper"].to_numpy()[1, 1])
