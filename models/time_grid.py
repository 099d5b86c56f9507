"""Patients summarised on a time grid, so that the likelihood costs the same for any number of them.

Within a cell of the grid the baseline hazard is constant when the grid's edges include every knot; patients
of one arm and one status in a cell then share the cell's **mean time**, which is exact without a covariate
mixture and second order in the cell's width with one. (Midpoints shift the log density by about 1.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats, Ints, PseudoIPD
from digitized.errors import InputError

OS_KNOTS = (1.5, 3.0, 6.0, 9.0, 12.0, 18.0, 24.0)
# PFS hazards follow the six-weekly scans; coarse knots move the PFS ladder by 5-6 %.
PFS_KNOTS = (1.4, 2.8, 4.2, 5.6, 7.0, 8.4, 12.0, 18.0, 24.0)


def default_knots(endpoint: str) -> tuple[float, ...]:
    """Knots (months) of the piecewise-constant baseline hazard of an endpoint."""
    return OS_KNOTS if endpoint == "OS" else PFS_KNOTS


@dataclass(frozen=True)
class TimeGrid:
    """Ascending edges in months from 0; every knot of the baseline is an edge."""

    edges: Floats

    @classmethod
    def regular(cls, step: float, end: float, knots: Sequence[float]) -> "TimeGrid":
        """Edges every `step` months up to `end`, with the knots put between them."""
        regular = np.arange(0.0, end + step, step)
        return cls(np.unique(np.round(np.concatenate((regular, np.asarray(knots, dtype=float))), 9)))

    def require(self, knots: Sequence[float]) -> None:
        """Refuse a grid that does not have every knot among its edges.

        Raises
        ------
        InputError
            Naming the knots that are missing: cells that straddle a knot put the likelihood off by tens.
        """
        missing = [knot for knot in knots if not np.any(np.isclose(self.edges, knot, atol=1e-9))]
        if missing:
            listed = ", ".join(f"{knot:g}" for knot in missing)
            raise InputError(
                f"time grid: knots at {listed} months are not edges of the grid; expected every knot"
            )


@dataclass(frozen=True)
class GriddedPatients:
    """Non-empty cells of several arms.

    Attributes
    ----------
    arm : (R,) int
        Position of the arm.
    time : (R,) float
        Mean time of the cell's patients, months.
    event : (R,) int
        1 for events, 0 for censorings.
    weight : (R,) float
        Number of patients in the cell.
    """

    arm: Ints
    time: Floats
    event: Ints
    weight: Floats


def grid_patients(arms: Sequence[PseudoIPD], grid: TimeGrid) -> GriddedPatients:
    """Count the patients of each arm by cell and status; times beyond the last edge share its last cell."""
    rows: list[tuple[int, float, float, float]] = []
    for position, ipd in enumerate(arms):
        # Cells are (left, right]: an event at a knot belongs to the interval that ends there.
        cell = np.searchsorted(grid.edges, ipd.time, side="left")
        key = cell * 2 + ipd.event
        for value in np.unique(key):
            inside = key == value
            rows.append((position, float(ipd.time[inside].mean()), float(value % 2), float(inside.sum())))
    table = np.array(rows, dtype=float).reshape(-1, 4)
    arm, event = table[:, 0].astype(np.int64), table[:, 2].astype(np.int64)
    return GriddedPatients(arm, table[:, 1], event, table[:, 3])
