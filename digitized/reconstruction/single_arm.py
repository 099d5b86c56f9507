"""The entrance: one arm's curve in, pseudo-patients out."""

import zlib

import numpy as np

from digitized.choices import Method
from digitized.curve import Curve, PseudoIPD
from digitized.reconstruction.agreement import agreement
from digitized.reconstruction.constrained import ConstrainedArm
from digitized.reconstruction.contradictions import across_edges, beyond_the_end, of_counts, of_events
from digitized.reconstruction.guyot import reconstruct_guyot
from digitized.reconstruction.points import prepare
from digitized.reconstruction.result import Constraints, Reconstruction, arm_label
from digitized.reconstruction.risk_table import risk_table
from digitized.reconstruction.steering import steered, tilted
from digitized.reconstruction.step_by_step import plausible_patients
from digitized.reconstruction.untabled import UntabledArm

SEED = 20261123
NO_CONSTRAINTS = Constraints()


def reconstruct(
    curve: Curve,
    *,
    method: Method = Method.CONSTRAINED,
    draws: int = 1,
    seed: int = SEED,
    constraints: Constraints = NO_CONSTRAINTS,
    tilt: float = 0.0,
    figure: str = "",
    arm: str = "",
) -> Reconstruction:
    """Rebuild the patients of one arm from points of its Kaplan-Meier curve.

    Parameters
    ----------
    curve : Curve
        Points as read, with any of: numbers at risk, N, total events, censor ticks.
    method : Method
        `CONSTRAINED` or the reference method `GUYOT`.
    draws : int
        Reconstructions wanted; the first is the best single one, the others are plausible ones.
    seed : int
        Of the plausible ones, which depend on it and on the names `figure` and `arm`.
    constraints : Constraints
        Published median and landmark rates: they pull the points within their noise (see `steering`).
    tilt : float
        Further shift of the points along a change of the hazard, in units of their noise, upward where
        positive: how two arms meet a published hazard ratio (see `pair`).
    figure, arm : str
        Names for messages and the agreement table. Arms of one figure share, draw for draw, what is drawn for a
        trial as a whole: the law of censoring where nothing was printed that tells.

    Raises
    ------
    InputError
        Every impossible thing about the input, naming figure, arm and time.
    """
    label = arm_label(figure, arm)
    points = prepare(curve, label, thin=method is not Method.GUYOT)
    table, notes = risk_table(curve, label)
    read = points
    points, contradictions = steered(tilted(points, tilt), table.n, constraints, label)
    curve, beyond = beyond_the_end(curve, read.end, label)
    notes = (*notes, *contradictions, *beyond)
    if method is Method.GUYOT:
        if draws > 1:
            notes = (*notes, f"{label}: the reference method gives one reconstruction; draws were not made")
        rebuilt = [reconstruct_guyot(curve, points, table)]
    else:
        rng = _stream(seed, figure, arm)
        if not np.any(table.time > 0):
            untabled = UntabledArm(curve, points, table.n)
            notes = (*notes, *of_events(curve.events, table.n, untabled.lowest, untabled.noise, label))
            rebuilt = [untabled.best(), *untabled.draws(draws - 1, rng, _stream(seed, figure))]
        else:
            task = ConstrainedArm(curve, points, table)
            fit = task.estimate()
            moved = across_edges(fit.time, fit.smooth, task.table.time)
            notes = (*notes, *of_counts(fit.intervals, fit.deaths, fit.goal, moved, task.table, label))
            rebuilt = [task.best(fit), *plausible_patients(task, fit, draws - 1, rng)]
    ipd = tuple(PseudoIPD(one.time, one.event, draw) for draw, one in enumerate(rebuilt))
    return Reconstruction(ipd, agreement(ipd[0], curve, read, table, constraints, (figure, arm)), notes)


def _stream(seed: int, *names: str) -> np.random.Generator:
    """Random numbers of their own for each named thing."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])
