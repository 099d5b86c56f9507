"""From one figure's published summary to pseudo-patients of all its arms, drawn several times."""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Agreement, Floats, PseudoIPD
from digitized.kaplan_meier import cox_two_arms
from digitized.summary.agreement import agreement_rows
from digitized.summary.anchors import ratio_targets
from digitized.summary.counts import whole_counts
from digitized.summary.fit import Problem, Solution, best, draw, solve
from digitized.summary.grid import make_grid
from digitized.summary.patients import place
from digitized.summary.prior import Smoothness
from digitized.summary.quantities import FigureSummary, require_sound
from digitized.summary.shape import Shape

Patients = dict[str, tuple[Floats, np.ndarray]]
CLOSE = 0.006  # log hazard ratio error at which a draw is good enough
TRIES = 8


@dataclass(frozen=True)
class SummaryReconstruction:
    """Pseudo-patients of one figure.

    Attributes
    ----------
    figure : str
    patients : dict of str to tuple of PseudoIPD
        By arm; draw 0 first, the best single reconstruction.
    agreement : tuple of Agreement
        Every printed quantity against the rebuilt one: the worst over the draws.
    notes : tuple of str
        What was assumed, one sentence each.
    """

    figure: str
    patients: dict[str, tuple[PseudoIPD, ...]]
    agreement: tuple[Agreement, ...]
    notes: tuple[str, ...]


def rebuild(
    summary: FigureSummary, *, draws: int = 1, seed: int, shape: Shape | None = None
) -> SummaryReconstruction:
    """Rebuild pseudo-patients of every arm of a figure from its published numbers.

    Parameters
    ----------
    summary : FigureSummary
    draws : int
        Number of reconstructions; draw 0 is the best single one, the others spread around it as the numbers
        allow.
    seed : int
    shape : Shape or None
        Pooled shape of arms of the same kind, for arms with a single anchor.

    Raises
    ------
    InputError
        Every fault of the summary at once.
    """
    require_sound(summary)
    grid = make_grid(summary)
    notes = [
        f"arm {name!r}: no maximum follow-up is published; observation is taken to end at {item.end:.3g}"
        for name, item in grid.horizons.items()
        if item.assumed
    ]
    problem, mode = best(summary, grid, Smoothness(), False)
    if any(arm.follow_up_median is not None for arm in summary.arms):
        rival, other = best(summary, grid, Smoothness(), True)
        plain = other.objective + 2.0 < mode.objective
        reading = "the plain median of observed times" if plain else "the reverse Kaplan-Meier median"
        notes.append(f"the median follow-up is read as {reading}, which fits the other numbers better")
        if plain:
            problem, mode = rival, other
    generator = np.random.default_rng(seed)
    collected: dict[str, list[PseudoIPD]] = {arm.arm: [] for arm in summary.arms}
    for index in range(draws):
        patients = _one(problem, mode, index, int(generator.integers(2**62)))
        for name, (times, flags) in patients.items():
            collected[name].append(PseudoIPD(times, flags, index))
    finished = {name: tuple(items) for name, items in collected.items()}
    return SummaryReconstruction(summary.figure, finished, agreement_rows(summary, finished), tuple(notes))


def _one(problem: Problem, mode: Solution, index: int, seed: int) -> Patients:
    """One reconstruction: the mode's (index 0) or a draw's, its hazard ratios brought to the printed ones."""
    rng = np.random.default_rng(seed)
    targets = problem.targets()[0]
    theta, centre = mode.theta, problem.prior.mean
    if index:
        theta, centre, targets = draw(problem, mode, rng)
    jitter = int(rng.integers(2**62)) if index else None
    patients = _placed(problem, theta, jitter, 0.0)
    if not problem.ratios:
        return patients
    wanted = np.array([ratio_targets(ratio)[0] for ratio in problem.ratios])
    nearest, least = patients, np.inf
    moved = targets.copy()
    for _ in range(TRIES):
        error = _ratios(problem, patients) - wanted
        worst = float(np.max(np.abs(error))) if np.all(np.isfinite(error)) else np.inf
        if worst < least:
            nearest, least = patients, worst
        if worst < CLOSE or not np.isfinite(worst):
            break
        moved[-len(wanted) :] -= error
        theta = solve(problem, theta, centre, moved, steps=3).theta
        patients = _placed(problem, theta, jitter, 0.0)
    return nearest


def _placed(problem: Problem, theta: Floats, jitter: int | None, tilt: float) -> Patients:
    placed: Patients = {}
    for number, (name, path) in enumerate(problem.paths(theta).items()):
        arm = problem.arm(name)
        rng = None if jitter is None else np.random.default_rng([jitter, number])
        placed[name] = place(whole_counts(path, arm, problem.grid), path, arm, problem.grid, rng, tilt)
    return placed


def _ratios(problem: Problem, patients: Patients) -> Floats:
    return np.array(
        [
            cox_two_arms(*patients[ratio.versus], *patients[ratio.arm]).log_hazard_ratio
            for ratio in problem.ratios
        ]
    )
