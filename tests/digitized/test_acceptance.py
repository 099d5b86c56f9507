"""The committed readings of the published figures against every number that the figures print (V6)."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from digitized.acceptance import READINGS, accept, load_reading, printed_numbers, stored_readings
from digitized.reconstruction import reconstruct

STEMS = stored_readings()


def test_twelve_panels_of_eleven_figures_are_stored() -> None:
    described = [tomllib.loads((READINGS / f"{stem}.toml").read_text(encoding="utf-8")) for stem in STEMS]
    assert len(STEMS) == 12
    assert len({one["sha256"] for one in described}) == 11
    assert all(one["citation"] and one["command"].startswith("crosstrial digitize") for one in described)


@pytest.mark.parametrize("stem", STEMS)
def test_curves_fall_from_one(stem: str) -> None:
    for curve in load_reading(stem).values():
        assert curve.time[0] == 0
        assert curve.survival[0] == 1
        assert np.all(np.diff(curve.time) >= 0)
        assert np.all(np.diff(curve.survival) <= 0)
        assert curve.n is not None


@pytest.mark.parametrize("stem", STEMS)
def test_every_printed_number_is_met(stem: str) -> None:
    lines = accept(stem, load_reading(stem), printed_numbers(stem))
    assert len(lines) >= 4
    assert [line for line in lines if not line.met] == []


def test_a_shifted_reading_is_not_accepted() -> None:
    """Negative control: the same curves read five points too high."""
    stem = "rationale-306_os"
    curves = {
        arm: replace(curve, survival=np.minimum(1.0, curve.survival + 0.05))
        for arm, curve in load_reading(stem).items()
    }
    assert any(not line.met for line in accept(stem, curves, printed_numbers(stem)))


@pytest.mark.parametrize("seed", [1, 20241107, 20261123])
@pytest.mark.parametrize("stem", ["rationale-306_os", "rationale-306_pfs", "orient-15_os"])
def test_rebuilt_patients_stay_on_the_read_curve_to_its_end(stem: str, seed: int) -> None:
    """Printed numbers end at 18 months: a tail without numbers at risk is only held by the reading itself."""
    for arm, curve in load_reading(stem).items():
        rebuilt = reconstruct(curve, seed=seed, arm=arm)
        distance = next(row.rebuilt for row in rebuilt.agreement if row.quantity == "rmse_to_points")
        assert distance < 0.015
