"""Random-effects synthesis of published log ratios, the classical way, for one effect or a network of components.

Everything is one linear model, y ~ Normal(X b, V + tau^2 S): V the printed errors, S what heterogeneity adds.
A pairwise meta-analysis has one column of ones; in a component network (Welton 2009, Ruecker 2020) a row is a
contrast of two arms and a column a component. A normal prior of a coefficient is one more row without
heterogeneity: its mean as estimate, its sd as error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.linalg import block_diag
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from digitized.curve import Floats
from digitized.errors import InputError


@dataclass(frozen=True)
class LogRatios:
    """M published log ratios and what they are made of.

    Attributes
    ----------
    estimate : (M,) float
    covariance, heterogeneity : (M, M) float
        V and S.
    design : (M, P) float
        X, of full column rank.
    """

    estimate: Floats
    covariance: Floats
    heterogeneity: Floats
    design: Floats

    def with_prior(self, mean: float, sd: float) -> "LogRatios":
        """The same with Normal(mean, sd) for the only coefficient."""
        return LogRatios(
            np.append(self.estimate, mean),
            block_diag(self.covariance, sd**2),
            block_diag(self.heterogeneity, 0.0),
            np.vstack((self.design, [[1.0]])),
        )


@dataclass(frozen=True)
class Contrast:
    """Log ratio of two arms of one trial, each a set of components; a placebo is the empty set."""

    trial: str
    arm: frozenset[str]
    versus: frozenset[str]
    estimate: float
    standard_error: float


@dataclass(frozen=True)
class Fitted:
    """Coefficients (P,) with their covariance (P, P) at a between-trial standard deviation."""

    coefficients: Floats
    covariance: Floats
    tau: float


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate with its standard error and the between-study standard deviation."""

    estimate: float
    standard_error: float
    tau: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Wald interval of the pooled mean."""
        half = float(norm.ppf(0.5 + level / 2)) * self.standard_error
        return self.estimate - half, self.estimate + half


def studies(estimates: Floats, errors: Floats) -> LogRatios:
    """One effect, estimated by J independent studies with their standard errors."""
    size = len(estimates)
    return LogRatios(np.asarray(estimates), np.diag(errors**2), np.eye(size), np.ones((size, 1)))


def component_network(contrasts: Sequence[Contrast], components: Sequence[str]) -> LogRatios:
    """Additive components from the contrasts of several trials; an arm's effect is the sum of its parts.

    Parameters
    ----------
    contrasts : sequence of Contrast
        A trial of K arms prints all K (K - 1) / 2 of them.
    components : sequence of str
        The columns; a component that is none of them has no effect.

    Raises
    ------
    InputError
        If a trial prints some of its contrasts only: the errors that they share are then unknown.
    """
    by_trial: dict[str, list[Contrast]] = {}
    for contrast in contrasts:
        by_trial.setdefault(contrast.trial, []).append(contrast)
    parts = [_basic_contrasts(members) for members in by_trial.values()]
    rows = [
        [float(name in arm) - float(name in versus) for name in components]
        for _, _, pairs in parts
        for arm, versus in pairs
    ]
    # Arms of one trial share its departure: half of tau^2 between any two contrasts with a common arm.
    shared = [(np.eye(len(estimate)) + 1) / 2 for estimate, _, _ in parts]
    return LogRatios(
        np.concatenate([estimate for estimate, _, _ in parts]),
        block_diag(*(covariance for _, covariance, _ in parts)),
        block_diag(*shared),
        np.array(rows),
    )


def _basic_contrasts(
    members: Sequence[Contrast],
) -> tuple[Floats, Floats, list[tuple[frozenset[str], frozenset[str]]]]:
    """One trial's contrasts against its first arm, with their covariance from the arms' own variances."""
    arms = list(dict.fromkeys(arm for contrast in members for arm in (contrast.versus, contrast.arm)))
    signed: Mapping[tuple[frozenset[str], frozenset[str]], float] = {
        pair: sign * contrast.estimate
        for contrast in members
        for pair, sign in (((contrast.arm, contrast.versus), 1.0), ((contrast.versus, contrast.arm), -1.0))
    }
    pairs = list(combinations(arms, 2))
    if len(members) != len(pairs):
        raise InputError(
            f"{members[0].trial}: {len(members)} contrasts of {len(arms)} arms; expected all {len(pairs)}"
        )
    first, others = arms[0], arms[1:]
    estimate = np.array([signed[arm, first] for arm in others])
    if len(others) == 1:
        return estimate, np.array([[members[0].standard_error ** 2]]), [(others[0], first)]
    # var(i - j) = a_i + a_j for every pair of arms.
    ends = [(arms.index(contrast.arm), arms.index(contrast.versus)) for contrast in members]
    sums = np.array([[float(k in pair) for k in range(len(arms))] for pair in ends])
    own = np.linalg.lstsq(sums, [contrast.standard_error**2 for contrast in members], rcond=None)[0]
    return estimate, own[0] + np.diag(own[1:]), [(arm, first) for arm in others]


def fit_at(tau: float, ratios: LogRatios) -> Fitted:
    """Generalised least squares at a given between-trial standard deviation."""
    precision = np.linalg.inv(ratios.covariance + tau**2 * ratios.heterogeneity)
    covariance = np.linalg.inv(ratios.design.T @ precision @ ratios.design)
    return Fitted(covariance @ ratios.design.T @ precision @ ratios.estimate, covariance, tau)


def cochran_q(ratios: LogRatios) -> tuple[float, int]:
    """Cochran's Q about the common-effect fit, and its degrees of freedom."""
    residual = ratios.estimate - ratios.design @ fit_at(0.0, ratios).coefficients
    statistic = residual @ np.linalg.solve(ratios.covariance, residual)
    return float(statistic), len(residual) - int(np.linalg.matrix_rank(ratios.design))


def restricted_log_likelihood(tau: float, ratios: LogRatios) -> float:
    """Log likelihood of tau with the coefficients integrated out under flat priors (Harville 1977)."""
    fitted = fit_at(tau, ratios)
    total = ratios.covariance + tau**2 * ratios.heterogeneity
    residual = ratios.estimate - ratios.design @ fitted.coefficients
    deviance = residual @ np.linalg.solve(total, residual) + np.linalg.slogdet(total)[1]
    return float(-0.5 * (deviance - np.linalg.slogdet(fitted.covariance)[1]))


def moment_tau(ratios: LogRatios) -> float:
    """Tau by the method of moments (DerSimonian & Laird 1986; for designs Jackson, White & Riley 2013).

    0 without degrees of freedom.
    """
    precision = np.linalg.inv(ratios.covariance)
    explained = precision @ ratios.design @ fit_at(0.0, ratios).covariance @ ratios.design.T @ precision
    statistic, spare = cochran_q(ratios)
    if spare == 0:
        return 0.0
    excess = (statistic - spare) / np.trace((precision - explained) @ ratios.heterogeneity)
    return float(np.sqrt(max(0.0, excess)))


def restricted_tau(ratios: LogRatios) -> float:
    """Tau by restricted maximum likelihood (Viechtbauer 2005); 0 without degrees of freedom: it is flat there."""
    if cochran_q(ratios)[1] == 0:
        return 0.0
    upper = 10 * float(np.std(ratios.estimate) + np.sqrt(ratios.covariance.max()))
    found = minimize_scalar(
        lambda tau: -restricted_log_likelihood(tau, ratios),
        bounds=(0.0, upper),
        method="bounded",
        options={"xatol": 1e-8},
    )
    # A bounded search never returns the boundary itself.
    at_zero = restricted_log_likelihood(0.0, ratios)
    return 0.0 if at_zero >= -float(found.fun) else float(found.x)


def reml(estimates: Floats, errors: Floats) -> Pooled:
    """One effect with tau by restricted maximum likelihood.

    Parameters
    ----------
    estimates, errors : (J,) float
        Study estimates and their standard errors, same scale.
    """
    ratios = studies(estimates, errors)
    return _pooled(restricted_tau(ratios), ratios)


def dersimonian_laird(estimates: Floats, errors: Floats) -> Pooled:
    """One effect with tau by the method of moments."""
    ratios = studies(estimates, errors)
    return _pooled(moment_tau(ratios), ratios)


def _pooled(tau: float, ratios: LogRatios) -> Pooled:
    fitted = fit_at(tau, ratios)
    return Pooled(float(fitted.coefficients[0]), float(fitted.covariance[0, 0] ** 0.5), tau)
