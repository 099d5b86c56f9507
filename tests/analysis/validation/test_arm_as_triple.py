from dataclasses import dataclass, replace

import numpy as np
import pytest
import xarray as xr

from analysis.validation import arm_as_triple
from analysis.validation.unseen_arms import arm_as_added

INDEX = 3


@dataclass
class Asked:
    """Stands for a study: notes which fits were asked for and answers each with the same draws."""

    seed: int = 1
    labels: tuple[str, ...] = ()

    def results(self, label, tasks):
        self.labels += tuple(tasks)
        draws = np.linspace(np.log(0.5), np.log(0.7), 101)
        fit = xr.Dataset({"Delta": (("chain", "draw"), draws[None])}, attrs={"least_ess_bulk": 80.0})
        return [fit for _ in tasks]


@pytest.fixture
def asked(monkeypatch):
    monkeypatch.setattr(arm_as_triple, "own_fit", lambda study, arm, shift: shift.name)
    return Asked()


def _rows(asked, fitted):
    arm = fitted.survival.arms[INDEX]
    return arm_as_triple.rows_as_triple(
        asked, fitted, arm_as_added(fitted, INDEX, added=True, own_ici=True), arm, truth=1.0
    )


def test_an_arm_that_fits_is_integrated(asked, fitted):
    rows = _rows(asked, fitted)
    assert [row["scenario"] for row in rows] == ["naive", "base", "pessimistic"]
    assert {row["by"] for row in rows} == {"integration"}
    assert asked.labels == ()
    assert rows[0]["median"] < rows[1]["median"] < rows[2]["median"]


def test_only_a_reading_with_a_high_pareto_k_gets_its_own_fit(asked, fitted, monkeypatch):
    honest = arm_as_triple.increment

    def unreliable(table, shift, rng):
        found = honest(table, shift, rng)
        return replace(found, pareto_k=0.7) if shift.name == "base" else found

    monkeypatch.setattr(arm_as_triple, "increment", unreliable)
    naive, base, _ = _rows(asked, fitted)
    assert asked.labels == ("base",)
    assert (naive["by"], base["by"]) == ("integration", "own fit")
    assert base["median"] == pytest.approx(np.sqrt(0.5 * 0.7))
    assert base["upper"] == pytest.approx(0.7, rel=0.01)
    assert base["excludes_1"]
    assert base["pareto_k"] == 0.7
    assert base["effective_draws"] == 80
