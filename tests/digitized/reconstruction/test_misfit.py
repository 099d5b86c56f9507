"""Draws that contradict what was read are not plausible, and a trace tells how finely it was read."""

import numpy as np
import pytest

from digitized.curve import Curve, PseudoIPD
from digitized.kaplan_meier import kaplan_meier
from digitized.reconstruction import reconstruct
from digitized.reconstruction.misfit import misfit
from digitized.reconstruction.points import prepare
from digitized.reconstruction.tracing import TYPICAL_ROW, row_height

SEED = 20261129
N = 300
ROWS = 500


def trial() -> tuple[PseudoIPD, Curve]:
    """Patients whose follow-up thins out early, and the pixel columns of their curve in whole rows."""
    rng = np.random.default_rng(SEED)
    died, left = rng.exponential(10.0, N), 24.0 * rng.beta(3.0, 4.0, N)
    patients = PseudoIPD(np.minimum(died, left), died <= left)
    columns = np.linspace(0.0, float(patients.time.max()), 600)
    level = kaplan_meier(patients.time, patients.event).at(columns)
    read = np.rint(level * ROWS + rng.normal(0.0, 0.3, columns.size)) / ROWS
    return patients, Curve(columns, np.clip(read, 0.0, 1.0), n=N, events=int(patients.event.sum()))


def test_patients_hardly_leave_the_readings_of_their_own_curve():
    patients, curve = trial()
    assert misfit(patients, prepare(curve, "arm"), sd=0.001, time_sd=0.0) < 1.5


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_shift_in_one_part_is_felt_in_noises(sign):
    patients, curve = trial()
    shifted = curve.survival + sign * 0.02 * ((curve.time > 4.0) & (curve.time < 8.0))
    points = prepare(Curve(curve.time, np.clip(shifted, 0.0, 1.0), n=N), "arm", thin=False)
    assert misfit(patients, points, sd=0.001, time_sd=0.0) == pytest.approx(20.0, abs=4.0)


def test_draws_are_within_their_noise_of_the_readings_although_few_patterns_of_censoring_allow_it():
    _, curve = trial()
    points = prepare(curve, "arm")
    assert max(misfit(one, points, points.scatter, 0.0) for one in reconstruct(curve, draws=13).ipd[1:]) < 3.5


@pytest.mark.parametrize("rows", [400, 500, 800])
def test_the_height_of_a_pixel_row_is_found(rows):
    rng = np.random.default_rng(SEED)
    survival = np.rint(np.exp(-np.linspace(0.0, 2.0, 700)) * rows + rng.normal(0.0, 0.3, 700)) / rows
    assert row_height(survival) == pytest.approx(1.0 / rows, rel=1e-6)


def test_values_on_no_rows_have_a_typical_one():
    rng = np.random.default_rng(SEED)
    assert row_height(np.sort(rng.uniform(0.0, 1.0, 700))) == TYPICAL_ROW
    assert row_height(np.ones(50)) == TYPICAL_ROW
    assert row_height(np.repeat([1.0, 0.9, 0.8, 0.7], 20)) == TYPICAL_ROW  # steps of ten patients are no rows
