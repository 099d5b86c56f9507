"""Design priors on the log hazard ratio: named, given as a call, or the posterior draws of a run."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import norm

from analysis.run_files import read_posterior
from digitized.curve import Floats
from digitized.errors import InputError

LADDER = ("base", "pessimistic", "leap-class")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_CALL = re.compile(
    rf"\s*normal\(\s*(log\s*\(?\s*)?({_NUMBER})\s*\)?\s*,\s*({_NUMBER})\s*\)\s*", re.IGNORECASE
)
_GRID = np.linspace(-8.0, 8.0, 801)


@dataclass(frozen=True)
class DesignPrior:
    """Belief about the true log hazard ratio.

    Attributes
    ----------
    name : str
    mu, sd : float
        Mean and standard deviation on the log scale; `sd` infinite is the flat (improper) prior.
    draws, weights : (n,) float
        Posterior draws of a run with their weights (sum 1); empty for a normal prior.
    """

    name: str
    mu: float
    sd: float
    draws: Floats | None = None
    weights: Floats | None = None

    def __str__(self) -> str:
        if math.isinf(self.sd):
            return f"{self.name}: flat on the log hazard ratio"
        kind = "N" if self.draws is None else f"{self.draws.size} draws, about N"
        return f"{self.name}: {kind}(log {math.exp(self.mu):.3f}, {self.sd:.3f})"

    @property
    def proper(self) -> bool:
        """Whether the prior integrates to one."""
        return math.isfinite(self.sd)

    def nodes(self) -> tuple[Floats, Floats]:
        """Points on the log scale and their weights (sum 1) for integrals over the prior.

        Raises
        ------
        InputError
            For the flat prior, over which no expectation exists.
        """
        if self.draws is not None and self.weights is not None:
            return self.draws, self.weights
        if not self.proper:
            raise InputError(
                "prior 'flat' has no expectation; give a proper one, e.g. --prior reference or "
                "--prior 'normal(0,1)'"
            )
        weights = norm.pdf(_GRID)
        return self.mu + self.sd * _GRID, weights / weights.sum()

    def probability_below(self, threshold: float, noise_variance: float = 0.0) -> float:
        """P(theta + noise < threshold), noise normal with mean 0 (log hazard ratio scale).

        The flat prior gives its limit, 0.5.
        """
        if self.draws is not None and self.weights is not None:
            if noise_variance == 0:
                return float(self.weights[self.draws < threshold].sum())
            return float(self.weights @ norm.cdf((threshold - self.draws) / math.sqrt(noise_variance)))
        return float(norm.cdf((threshold - self.mu) / math.hypot(self.sd, math.sqrt(noise_variance))))

    def quantile(self, probability: float) -> float:
        """Quantile of the log hazard ratio."""
        return float(self.at(np.array([norm.ppf(probability)]))[0])

    def at(self, scores: Floats) -> Floats:
        """Log hazard ratios at standard normal scores, so that two priors can be drawn together."""
        if self.draws is not None and self.weights is not None:
            order = np.argsort(self.draws)
            middle = np.cumsum(self.weights[order]) - self.weights[order] / 2
            return np.interp(norm.cdf(scores), middle, self.draws[order])
        if not self.proper:
            self.nodes()
        return self.mu + self.sd * scores

    def posterior(self, estimate: float, variance: float) -> "DesignPrior":
        """After an estimated log hazard ratio with known variance (conjugate, or reweighted draws)."""
        if self.draws is not None and self.weights is not None:
            exponent = -0.5 * (estimate - self.draws) ** 2 / variance
            weights = self.weights * np.exp(exponent - exponent.max())
            return _weighted(self.name, self.draws, weights / weights.sum())
        precision = 1 / self.sd**2 + 1 / variance
        mean = (self.mu / self.sd**2 + estimate / variance) / precision
        return DesignPrior(self.name, mean, precision**-0.5)

    def sample(self, size: int, rng: np.random.Generator) -> Floats:
        """(size,) log hazard ratios."""
        if self.draws is not None and self.weights is not None:
            return rng.choice(self.draws, size=size, p=self.weights)
        if not self.proper:
            self.nodes()
        return rng.normal(self.mu, self.sd, size)


# OS of the kept run of preset standard (tests/docs/standard_run/ladder.csv): median and P(HR < 1) by scenario.
STANDARD_RUN = {
    "naive": (0.69, 0.94),
    "base": (0.82, 0.76),
    "pessimistic": (0.90, 0.64),
    "leap-class": (0.91, 0.70),
}
# The ladder's rows are normal readings of the published medians and hazard ratios; the others are the field's
# conventional sceptic and enthusiast (Spiegelhalter, Freedman & Parmar 1994). All are judgements, printed.
NAMED: Mapping[str, DesignPrior] = {
    prior.name: prior
    for prior in (
        DesignPrior("naive", math.log(0.63), 0.194),
        DesignPrior("base", math.log(0.778), 0.2625),
        DesignPrior("pessimistic", math.log(0.87), 0.280),
        DesignPrior("leap-class", math.log(0.90), 0.169),
        DesignPrior("sceptical", 0.0, 0.147),
        DesignPrior("enthusiastic", math.log(0.70), 0.182),
        DesignPrior("reference", 0.0, 0.35),
        DesignPrior("flat", 0.0, math.inf),
    )
}


def _ladder_reading() -> str:
    pairs = ", ".join(
        f"{name} {math.exp(NAMED[name].mu):.2f} ({NAMED[name].probability_below(0.0):.2f}) and {median:.2f} ({p:.2f})"
        for name, (median, p) in STANDARD_RUN.items()
    )
    return (
        "the ladder's are normal readings of published OS medians and hazard ratios, not posteriors of this program; "
        f"median HR and P(HR < 1) as named and in the kept standard run of OS: {pairs}; "
        "--run DIR takes a run's own posterior draws"
    )


# What whoever uses the named ladder must be told.
LADDER_READING = _ladder_reading()


def parse_prior(text: str) -> DesignPrior:
    """A named prior, or ``normal(mu,sd)`` on the log hazard ratio, or ``normal(log 0.9, 0.2)``.

    Raises
    ------
    InputError
        Naming the priors that exist.
    """
    name = text.strip().lower().replace("_", "-")
    if name == "skeptical":
        name = "sceptical"
    if name in NAMED:
        return NAMED[name]
    match = _CALL.fullmatch(text)
    if match is None:
        raise InputError(
            f"unknown prior {text!r}: expected one of {', '.join(NAMED)}, or normal(mu,sd) on the log hazard "
            "ratio, e.g. normal(-0.1,0.2) or normal(log 0.9, 0.2)"
        )
    value, sd = float(match[2]), float(match[3])
    if match[1] and value <= 0:
        raise InputError(f"prior {text!r}: log of {value:g} does not exist; expected a ratio above 0")
    if sd <= 0:
        raise InputError(f"prior {text!r}: standard deviation {sd:g}; expected above 0, e.g. 0.2")
    return DesignPrior(text.strip(), math.log(value) if match[1] else value, sd)


def run_prior(folder: Path, scenario: str, endpoint: str = "OS") -> DesignPrior:
    """Posterior draws of the increment of one scenario of a run.

    Parameters
    ----------
    folder : Path
        A run's folder, with posterior/{endpoint}_{scenario}.nc (variable `Delta`, log hazard ratio).
    scenario : str
        E.g. "base"; hyphens and underscores are the same.
    endpoint : str

    Raises
    ------
    InputError
        Naming the scenarios that the run has for the endpoint.
    """
    path = folder / "posterior" / f"{endpoint}_{scenario.replace('-', '_')}.nc"
    if not path.is_file():
        raise InputError(
            f"{folder}: no posterior of {endpoint} under scenario {scenario!r}; "
            f"the run has {', '.join(run_scenarios(folder, endpoint))}"
        )
    draws = np.asarray(read_posterior(path, variables=("Delta",))["Delta"].values, dtype=float).ravel()
    if draws.size == 0 or not np.all(np.isfinite(draws)):
        raise InputError(f"{path}: Delta has no draws or non-finite ones; expected finite log hazard ratios")
    return _weighted(scenario.replace("_", "-"), draws, np.full(draws.size, 1 / draws.size))


def run_scenarios(folder: Path, endpoint: str = "OS") -> list[str]:
    """Scenarios of a run that have a posterior of the endpoint.

    Raises
    ------
    InputError
        If the folder is no run's, or the run has nothing of the endpoint.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such run folder; expected one written by `crosstrial run --out`")
    stem = f"{endpoint}_"
    files = sorted((folder / "posterior").glob(f"{stem}*.nc"))
    if not files:
        raise InputError(
            f"{folder}: no posterior/{stem}SCENARIO.nc; expected a run of {endpoint} written by "
            "`crosstrial run --out`"
        )
    return [path.stem.removeprefix(stem).replace("_", "-") for path in files]


def choose_prior(text: str, folder: Path | None = None, endpoint: str = "OS") -> DesignPrior:
    """The prior asked for: from the run when it has that scenario, else by name or as a call.

    A scenario of the ladder that the run lacks is refused, never silently replaced.
    """
    if folder is None:
        return parse_prior(text)
    held = run_scenarios(folder, endpoint)
    name = text.strip().lower().replace("_", "-")
    if name in held or name in ("naive", *LADDER):
        return run_prior(folder, name, endpoint)
    return parse_prior(text)


def ladder(folder: Path | None = None, endpoint: str = "OS") -> tuple[DesignPrior, ...]:
    """Base, pessimistic and class-effect priors, beside any other; the run's own where it has them."""
    return tuple(held_or_named(name, folder, endpoint) for name in LADDER)


def held_or_named(name: str, folder: Path | None = None, endpoint: str = "OS") -> DesignPrior:
    """The run's posterior of a scenario where it has one, else the named prior."""
    if folder is not None and name in run_scenarios(folder, endpoint):
        return run_prior(folder, name, endpoint)
    return NAMED[name]


def _weighted(name: str, draws: Floats, weights: Floats) -> DesignPrior:
    mean = float(weights @ draws)
    return DesignPrior(name, mean, float(weights @ (draws - mean) ** 2) ** 0.5, draws, weights)
