"""The entrance: one arm's curve in, pseudo-patients out."""

import numpy as np

from digitized.curve import Curve, PseudoIPD
from digitized.kaplan_meier import kaplan_meier
from digitized.reconstruction.agreement import agreement
from digitized.reconstruction.constrained import ConstrainedArm
from digitized.reconstruction.guyot import reconstruct_guyot
from digitized.reconstruction.points import Points, prepare
from digitized.reconstruction.result import Constraints, Method, Reconstruction
from digitized.reconstruction.risk_table import risk_table

SEED = 20261123
NO_CONSTRAINTS = Constraints()
# Without numbers at risk nothing holds the censoring, and the mean of the counts may leave the tail of the
# curve: the best single reconstruction is then the plausible one that stays nearest to the points.
UNTABLED_CANDIDATES = 60


def reconstruct(
    curve: Curve,
    *,
    method: Method = Method.CONSTRAINED,
    draws: int = 1,
    seed: int = SEED,
    constraints: Constraints = NO_CONSTRAINTS,
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
        Of the plausible ones, and without numbers at risk of the best one too, which is chosen among them.
    constraints : Constraints
        Published median and landmark rates to meet as well.
    figure, arm : str
        Names for messages and the agreement table.

    Raises
    ------
    InputError
        Every impossible thing about the input, naming figure, arm and time.
    """
    label = f"figure {figure}, arm {arm}" if figure else f"arm {arm}" if arm else "curve"
    points = prepare(curve, label)
    table, notes = risk_table(curve, label)
    if method is Method.GUYOT:
        if draws > 1:
            notes = (*notes, f"{label}: the reference method gives one reconstruction; draws were not made")
        rebuilt = [reconstruct_guyot(curve, points, table)]
    else:
        task = ConstrainedArm(curve, points, table)
        fit = task.estimate()
        untabled = curve.at_risk.size == 0
        wanted = max(draws - 1, UNTABLED_CANDIDATES if untabled else 0)
        drawn = task.draws(fit, wanted, np.random.default_rng(seed))
        best = task.best(fit)
        if untabled:
            best = min((best, *drawn), key=lambda one: distance_to_points(one, points))
        rebuilt = [best, *drawn[: draws - 1]]
    ipd = tuple(PseudoIPD(one.time, one.event, draw) for draw, one in enumerate(rebuilt))
    return Reconstruction(ipd, agreement(ipd[0], curve, points, table, constraints, (figure, arm)), notes)


def distance_to_points(patients: PseudoIPD, points: Points) -> float:
    """Root mean square distance of the rebuilt curve to the points, in survival."""
    estimate = kaplan_meier(patients.time, patients.event)
    return float(np.sqrt(np.mean((estimate.at(points.time) - points.survival) ** 2)))
