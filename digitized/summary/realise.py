"""One reconstruction of a figure: a solution turned into whole patients with the printed hazard ratios."""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats
from digitized.kaplan_meier import cox_two_arms
from digitized.summary.anchors import ratio_targets
from digitized.summary.counts import Counts, other_counts, whole_counts
from digitized.summary.fit import Belief, Draw, Problem, draw, solve
from digitized.summary.patients import Flags, place

Patients = dict[str, tuple[Floats, Flags]]
CLOSE = 0.007  # error of a hazard ratio at which a reconstruction is good enough
FAR = 0.02  # error from which single patients are moved to mend it
TRIES = 6


@dataclass(frozen=True)
class _Candidate:
    patients: Patients
    counts: dict[str, Counts]
    error: Floats  # of each log hazard ratio
    size: Floats  # the printed hazard ratios

    @property
    def worst(self) -> float:
        missed = self.size * np.abs(np.expm1(self.error))
        return float(np.max(missed, initial=0.0)) if np.all(np.isfinite(missed)) else np.inf

    @property
    def rank(self) -> tuple[int, float]:
        """Broken numbers first, then the error of the hazard ratios."""
        return sum(item.broken for item in self.counts.values()), self.worst


def realised(belief: Belief, rng: np.random.Generator | None) -> Patients:
    """Patients of every arm: of the best fit (no `rng`), or of a random draw around it."""
    if rng is None:
        problem, mode = belief.problems[belief.likeliest], belief.modes[belief.likeliest]
        solution = Draw(mode.theta, problem.prior.mean, problem.targets()[0])
        return _matched(problem, solution, None).patients
    chosen = int(rng.choice(len(belief.probability), p=belief.probability))
    problem, mode = belief.problems[chosen], belief.modes[chosen]
    solution = draw(problem, mode, rng)
    jitter = int(rng.integers(2**62))
    nearest = _matched(problem, solution, jitter)
    for share in (0.5, 0.8):
        if not nearest.rank[0]:
            break
        # No whole patients nearby meet the printed numbers: move towards the best fit.
        theta = (1 - share) * solution.theta + share * mode.theta
        pulled = Draw(theta, (1 - share) * solution.centre + share * problem.prior.mean, solution.targets)
        nearest = min(nearest, _matched(problem, pulled, jitter), key=lambda item: item.rank)
    return nearest.patients


def _matched(problem: Problem, solution: Draw, jitter: int | None) -> _Candidate:
    """Whole patients near a solution, its targets moved until their hazard ratios are the printed ones."""
    theta, targets = solution.theta, solution.targets.copy()
    nearest = _candidate(problem, theta, jitter)
    current = nearest
    if not problem.ratios:
        return nearest
    for _ in range(TRIES):
        if current.worst < CLOSE or not np.isfinite(current.worst):
            break
        targets[-len(problem.ratios) :] -= current.error
        theta = solve(problem, theta, solution.centre, targets, steps=3).theta
        current = _candidate(problem, theta, jitter)
        nearest = min(nearest, current, key=lambda item: item.rank)
    if FAR < nearest.worst < np.inf:
        nearest = _mended(problem, theta, nearest, jitter)
    return nearest


def _candidate(problem: Problem, theta: Floats, jitter: int | None) -> _Candidate:
    paths = problem.paths(theta)
    counts = {name: whole_counts(path, problem.arm(name), problem.grid) for name, path in paths.items()}
    return _placed(problem, theta, counts, jitter)


def _placed(problem: Problem, theta: Floats, counts: dict[str, Counts], jitter: int | None) -> _Candidate:
    patients: Patients = {}
    for number, (name, path) in enumerate(problem.paths(theta).items()):
        rng = None if jitter is None else np.random.default_rng([jitter, number])
        patients[name] = place(counts[name], path, problem.arm(name), problem.grid, rng)
    error = [
        cox_two_arms(*patients[ratio.versus], *patients[ratio.arm]).log_hazard_ratio - ratio_targets(ratio)[0]
        for ratio in problem.ratios
    ]
    size = np.array([ratio.estimate.value for ratio in problem.ratios])
    return _Candidate(patients, counts, np.array(error, dtype=float), size)


def _mended(problem: Problem, theta: Floats, nearest: _Candidate, jitter: int | None) -> _Candidate:
    """Move single patients, in small arms the only way to a hazard ratio that whole patients can have."""
    paths = problem.paths(theta)
    for _ in range(4):
        before = nearest.rank
        for name, path in paths.items():
            for counts in other_counts(nearest.counts[name], path, problem.arm(name), problem.grid):
                moved = _placed(problem, theta, {**nearest.counts, name: counts}, jitter)
                nearest = min(nearest, moved, key=lambda item: item.rank)
                if nearest.rank < (0, CLOSE):
                    return nearest
        if nearest.rank >= before:
            break
    return nearest
