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


def make_problem(
    summary: FigureSummary,
    grid: Grid,
    smoothness: Smoothness,
    follow_up_is_plain: bool,
    events: dict[str, Floats],
) -> Problem:
    """Prior and anchors of a figure; `events`, the expected events a cell, scale the sampling noise."""
    prior = make_prior(summary, grid, smoothness, events)
    anchors = {arm.arm: arm_anchors(arm, grid, follow_up_is_plain) for arm in summary.arms}
    return Problem(summary, grid, prior, anchors, summary.hazard_ratios)


@dataclass(frozen=True)
class Solution:
    """A solved problem: theta, and the misfit of the observations in standard deviations (root mean
    square).
    """

    theta: Floats
    misfit: float
    objective: float


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
        return Solution(centre, 0.0, 0.0)
    penalty = 0.0
    residual = np.zeros(len(targets))
    for step in range(steps):
        values, jacobian = problem.measure(theta)
        spread = covariance @ jacobian.T
        residual = targets - values
        known = jacobian @ spread
        factor = cho_factor(known + np.diag(sd**2))
        weights = cho_solve(factor, residual + jacobian @ (theta - centre))
        penalty = float(weights @ known @ weights)
        move = centre + spread @ weights - theta
        largest = float(np.max(np.abs(move)))
        theta = theta + move * min(1.0, 1.5 / max(largest, 1e-12))
        if largest < 2e-3 and step:
            break
    misfit = residual / sd
    return Solution(theta, float(np.sqrt(np.mean(misfit**2))), float(misfit @ misfit) + penalty)


def best(
    summary: FigureSummary, grid: Grid, smoothness: Smoothness, follow_up_is_plain: bool
) -> tuple[Problem, Solution]:
    """Posterior mode of a figure, the sampling noise scaled by a first fit."""
    few = {arm.arm: np.full(grid.cells[arm.arm], 0.5 * arm.n / grid.cells[arm.arm]) for arm in summary.arms}
    problem = make_problem(summary, grid, smoothness, follow_up_is_plain, few)
    first = solve(problem, problem.prior.mean, problem.prior.mean, problem.targets()[0])
    events = {name: path.events for name, path in problem.paths(first.theta).items()}
    problem = make_problem(summary, grid, smoothness, follow_up_is_plain, events)
    centre = problem.prior.mean
    return problem, solve(problem, first.theta, centre, problem.targets()[0])


def draw(problem: Problem, mode: Solution, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """One posterior draw: theta, the prior draw it came from, and its perturbed targets."""
    targets, sd = problem.targets()
    root = cholesky(problem.prior.covariance, lower=True)
    centre = problem.prior.mean + root @ rng.standard_normal(len(problem.prior.mean))
    noisy = targets + sd * rng.standard_normal(len(targets))
    return solve(problem, mode.theta, centre, noisy, steps=12).theta, centre, noisy
