import numpy as np
import pytest

from digitized.curve import PseudoIPD
from digitized.errors import InputError
from models.baseline import PiecewiseExponential
from models.survival_predictor import log_mixture_density
from models.time_grid import OS_KNOTS, TimeGrid, grid_patients

SEED = 20241102
LOG_HAZARD = np.log([0.02, 0.05, 0.06, 0.08, 0.07, 0.05, 0.04, 0.03])
PROPORTION = np.array([[0.4, 0.35, 0.15, 0.1]])
LOG_RATIO = np.array([[0.0, -0.3, 0.5, 0.2]])


def log_likelihood(time, event, weight):
    baseline = PiecewiseExponential(OS_KNOTS)
    density = log_mixture_density(
        PROPORTION,
        LOG_RATIO,
        np.zeros(time.size, dtype=int),
        baseline.log_hazard(LOG_HAZARD, time, np),
        baseline.cumulative_hazard(LOG_HAZARD, time, np),
        event,
        np,
    )
    return float(np.sum(weight * density))


@pytest.fixture
def patients():
    rng = np.random.default_rng(SEED)
    return PseudoIPD(np.sort(rng.uniform(0.01, 36, 5000)), rng.random(5000) < 0.6)


def on_grid(patients, step):
    grid = TimeGrid.regular(step, 36, OS_KNOTS)
    cells = grid_patients([patients], grid)
    return log_likelihood(cells.time, cells.event, cells.weight)


def test_grid_agrees_with_the_sum_over_patients(patients):
    exact = log_likelihood(patients.time, patients.event.astype(int), 1.0)
    assert on_grid(patients, 0.25) == pytest.approx(exact, rel=1e-6)


def test_grid_is_exact_when_patients_sit_at_their_cells_mean(patients):
    grid = TimeGrid.regular(0.25, 36, OS_KNOTS)
    cell = np.searchsorted(grid.edges, patients.time, side="left") * 2 + patients.event
    mean = np.bincount(cell, patients.time) / np.maximum(np.bincount(cell), 1)
    moved = PseudoIPD(mean[cell], patients.event)
    exact = log_likelihood(moved.time, moved.event.astype(int), 1.0)
    assert on_grid(moved, 0.25) == pytest.approx(exact, rel=1e-10)


def test_cost_does_not_grow_with_the_number_of_patients(patients):
    grid = TimeGrid.regular(0.5, 36, OS_KNOTS)
    many = PseudoIPD(np.repeat(patients.time, 100), np.repeat(patients.event, 100))
    few_rows = len(grid_patients([patients], grid).time)
    rows = grid_patients([many], grid)
    assert len(rows.time) == few_rows
    assert rows.weight.sum() == 500_000


def test_midpoints_would_be_wrong(patients):
    """Negative control: a cell's midpoint instead of its mean time moves the log density."""
    grid = TimeGrid.regular(0.5, 36, OS_KNOTS)
    cells = grid_patients([patients], grid)
    left = grid.edges[np.searchsorted(grid.edges, cells.time, side="left") - 1]
    right = grid.edges[np.searchsorted(grid.edges, cells.time, side="left")]
    exact = log_likelihood(patients.time, patients.event.astype(int), 1.0)
    midpoint = log_likelihood((left + right) / 2, cells.event, cells.weight)
    assert abs(midpoint - exact) > 5 * abs(on_grid(patients, 0.5) - exact)


def test_a_grid_without_every_knot_is_refused():
    grid = TimeGrid(np.arange(0, 30.0, 1.0))
    with pytest.raises(InputError, match=r"knots at 1\.5 months"):
        grid.require(OS_KNOTS)
