"""Fit of a figure's expected paths to all its anchors, and draws around it.

The best fit is the posterior mode by Gauss-Newton steps in observation space; a draw is the same solution
from a prior draw and perturbed observations (randomised maximum likelihood: Oliver, He & Reynolds 1996),
which is exact for a linear model.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky

from digitized.curve import Floats
from digitized.summary.anchors import Anchor, arm_anchors, ratio_targets
from digitized.summary.expected import Expected, expected_cox, expected_path
from digitized.summary.grid import Grid
from digitized.summary.prior import Prior, Smoothness, make_prior
from digitized.summary.quantities import ArmSummary, FigureSummary, HazardRatio
from digitized.summary.shape import Shape

# Multiples of the usual smoothness with their prior weights: some curves plateau or fall on scan days.
SCALES = ((0.8, 0.2), (1.3, 0.4), (2.0, 0.3), (3.0, 0.1))
PLAIN_READING = 1.0  # log evidence by which the plain reading of a median follow-up must win


@dataclass(frozen=True)
class Problem:
    """A figure with its grid, prior and anchors, ready to be solved."""

    summary: FigureSummary
    grid: Grid
    prior: Prior
    anchors: dict[str, list[Anchor]]
    ratios: tuple[HazardRatio, ...]

    def arm(self, name: str) -> ArmSummary:
        """The arm's published summary."""
        return next(arm for arm in self.summary.arms if arm.arm == name)

    def paths(self, theta: Floats) -> dict[str, Expected]:
        """Expected paths of all arms."""
        return {arm.arm: expected_path(theta[self.prior.where[arm.arm]], arm.n) for arm in self.summary.arms}

    def targets(self) -> tuple[Floats, Floats]:
        """Targets and standard deviations of all observations; hazard ratios come last, in their order."""
        rows = [(a.target, a.sd) for arm in self.summary.arms for a in self.anchors[arm.arm]]
        widths, values = [], []
        for ratio in self.ratios:
            value, sd, error, error_sd = ratio_targets(ratio)
            values.append((value, sd))
            if error is not None:
                widths.append((error, error_sd))
        table = np.array(rows + widths + values, dtype=float).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def measure(self, theta: Floats) -> tuple[Floats, Floats]:
        """Values of all observations at theta, (M,), and their derivatives, (M, P)."""
        paths = self.paths(theta)
        values: list[float] = []
        rows: list[Floats] = []
        for arm in self.summary.arms:
            for anchor in self.anchors[arm.arm]:
                value, gradient = anchor.measure(paths[arm.arm])
                row = np.zeros(len(theta))
                row[self.prior.where[arm.arm]] = gradient
                values.append(value)
                rows.append(row)
        late: list[tuple[float, Floats]] = []
        for ratio in self.ratios:
            cox = expected_cox(paths[ratio.versus], paths[ratio.arm])
            row, error = np.zeros(len(theta)), np.zeros(len(theta))
            for name, by_ratio, by_error in zip(
                (ratio.versus, ratio.arm), cox.ratio_gradient, cox.error_gradient, strict=True
            ):
                row[self.prior.where[name]] = by_ratio
                error[self.prior.where[name]] = by_error
            if ratio_targets(ratio)[2] is not None:
                values.append(cox.log_standard_error)
                rows.append(error)
            late.append((cox.log_hazard_ratio, row))
        values.extend(value for value, _ in late)
        rows.extend(row for _, row in late)
        return np.array(values), np.array(rows).reshape(len(values), len(theta))


@dataclass(frozen=True)
class Solution:
    """A solved problem: theta, and its log marginal likelihood by Laplace's approximation (up to a
    constant).
    """

    theta: Floats
    log_evidence: float


def solve(problem: Problem, start: Floats, centre: Floats, targets: Floats, steps: int = 40) -> Solution:
    """Minimise |theta - centre|^2 in the prior's metric plus squared misfits, by damped Gauss-Newton steps.

    Parameters
    ----------
    start, centre : (P,) float
        First iterate, and the prior mean (best fit) or a prior draw (a draw).
    targets : (M,) float
        Observations, perturbed for a draw.
    steps : int
        Largest number of steps.
    """
    sd = problem.targets()[1]
    covariance = problem.prior.covariance
    theta = start
    if not len(targets):
        return Solution(centre, 0.0)
    log_evidence = 0.0
    for step in range(steps):
        values, jacobian = problem.measure(theta)
        spread = covariance @ jacobian.T
        residual = targets - values
        known = jacobian @ spread
        factor = cho_factor(known + np.diag(sd**2))
        surprise = residual + jacobian @ (theta - centre)
        weights = cho_solve(factor, surprise)
        log_evidence = -0.5 * float(surprise @ weights) - float(np.log(np.diag(factor[0])).sum())
        move = centre + spread @ weights - theta
        largest = float(np.max(np.abs(move)))
        theta = theta + move * min(1.0, 1.5 / max(largest, 1e-12))
        if largest < 2e-3 and step:
            break
    return Solution(theta, log_evidence)


@dataclass(frozen=True)
class Belief:
    """What the numbers of a figure leave open: problems of several smoothness, their modes and
    probabilities.
    """

    problems: tuple[Problem, ...]
    modes: tuple[Solution, ...]
    probability: Floats
    follow_up_is_plain: bool

    def fitted(self) -> dict[tuple[str, str, float | None], float]:
        """Values of the best fit by (arm, quantity, time), as they stand in an agreement table."""
        problem = self.problems[self.likeliest]
        paths = problem.paths(self.modes[self.likeliest].theta)
        values: dict[tuple[str, str, float | None], float] = {}
        for arm in problem.summary.arms:
            path = paths[arm.arm]
            values[arm.arm, "events", None] = float(path.events.sum())
            if arm.median is not None and np.isfinite(arm.median.value):
                half = np.interp(np.log(2), path.hazard, problem.grid.edges[: path.cells + 1], right=np.inf)
                values[arm.arm, "median", None] = float(half)
            for rate in arm.rates:
                values[arm.arm, "rate", rate.time] = float(path.survival[problem.grid.edge(rate.time)])
            for count in arm.at_risk:
                edge = min(problem.grid.edge(count.time), path.cells)
                values[arm.arm, "at_risk", count.time] = float(path.at_risk[edge])
        for ratio in problem.ratios:
            cox = expected_cox(paths[ratio.versus], paths[ratio.arm])
            values[ratio.arm, "hazard_ratio", None] = float(np.exp(cox.log_hazard_ratio))
            values[ratio.arm, "hazard_ratio_se", None] = float(np.exp(cox.log_standard_error))
        return values

    @property
    def likeliest(self) -> int:
        """Index of the most probable problem."""
        return int(np.argmax(self.probability))


def believe(summary: FigureSummary, grid: Grid, shape: Shape | None) -> Belief:
    """Solve a figure for each scale of smoothness and each reading of its median follow-up.

    The reading (reverse Kaplan-Meier, or plain median of observed times) is the one with the higher evidence;
    the scales are weighed by evidence and a prior.
    """
    usual = Smoothness()
    plain = False
    if any(arm.follow_up_median is not None for arm in summary.arms):
        reverse = _solved(summary, grid, usual, False, shape)[1].log_evidence
        plain = _solved(summary, grid, usual, True, shape)[1].log_evidence > reverse + PLAIN_READING
    solved = [_solved(summary, grid, usual.scaled(factor), plain, shape) for factor, _ in SCALES]
    evidence = np.array([mode.log_evidence for _, mode in solved]) + np.log([weight for _, weight in SCALES])
    weights = np.exp(evidence - evidence.max())
    problems, modes = tuple(item[0] for item in solved), tuple(item[1] for item in solved)
    return Belief(problems, modes, weights / weights.sum(), plain)


def _solved(
    summary: FigureSummary, grid: Grid, smoothness: Smoothness, plain: bool, shape: Shape | None
) -> tuple[Problem, Solution]:
    """Problem and posterior mode of a figure, the sampling noise scaled by a first fit."""
    anchors = {arm.arm: arm_anchors(arm, grid, plain) for arm in summary.arms}
    events = {
        arm.arm: np.full(grid.cells[arm.arm], 0.5 * arm.n / grid.cells[arm.arm]) for arm in summary.arms
    }
    prior = make_prior(summary, grid, smoothness, events, shape)
    problem = Problem(summary, grid, prior, anchors, summary.hazard_ratios)
    first = solve(problem, prior.mean, prior.mean, problem.targets()[0])
    events = {name: path.events for name, path in problem.paths(first.theta).items()}
    prior = make_prior(summary, grid, smoothness, events, shape)
    problem = Problem(summary, grid, prior, anchors, summary.hazard_ratios)
    return problem, solve(problem, first.theta, prior.mean, problem.targets()[0])


@dataclass(frozen=True)
class Draw:
    """One posterior draw: theta, with the prior draw and the perturbed targets that it solves."""

    theta: Floats
    centre: Floats
    targets: Floats


def draw(problem: Problem, mode: Solution, rng: np.random.Generator) -> Draw:
    """Draw from the posterior of one problem."""
    targets, sd = problem.targets()
    root = cholesky(problem.prior.covariance, lower=True)
    centre = problem.prior.mean + root @ rng.standard_normal(len(problem.prior.mean))
    noisy = targets + sd * rng.standard_normal(len(targets))
    return Draw(solve(problem, mode.theta, centre, noisy, steps=12).theta, centre, noisy)
