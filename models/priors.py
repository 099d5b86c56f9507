"""Priors as values: each prints as a call and as an interval, with its published reason."""

import math
import re
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pymc as pm
from scipy import stats

from digitized.curve import Floats
from digitized.errors import InputError


@dataclass(frozen=True)
class Normal:
    """Normal prior, on the log scale where the parameter is a log hazard or log odds ratio."""

    mu: float
    sd: float

    def __str__(self) -> str:
        return f"Normal({self.mu:.3g}, {self.sd:.3g})"

    def random_variable(self, name: str, **dims: Any) -> Any:
        """The PyMC variable of this prior, inside a model context; `dims` as PyMC takes them."""
        return pm.Normal(name, self.mu, self.sd, **dims)

    def interval(self, probability: float = 0.95) -> tuple[float, float]:
        """Central interval of the given probability, on the parameter's own scale."""
        return _interval(stats.norm(self.mu, self.sd), probability)

    def widened(self, factor: float) -> "Normal":
        """The same prior with its standard deviation times `factor`."""
        return replace(self, sd=self.sd * factor)


@dataclass(frozen=True)
class HalfNormal:
    """Half-normal prior of a scale."""

    sd: float

    def __str__(self) -> str:
        return f"HalfNormal({self.sd:.3g})"

    def random_variable(self, name: str, **dims: Any) -> Any:
        """The PyMC variable of this prior, inside a model context; `dims` as PyMC takes them."""
        return pm.HalfNormal(name, self.sd, **dims)

    def interval(self, probability: float = 0.95) -> tuple[float, float]:
        """Central interval of the given probability, on the parameter's own scale."""
        return _interval(stats.halfnorm(scale=self.sd), probability)

    def widened(self, factor: float) -> "HalfNormal":
        """The same prior with its scale times `factor`."""
        return replace(self, sd=self.sd * factor)


@dataclass(frozen=True)
class Beta:
    """Beta prior of a share."""

    a: float
    b: float

    def __str__(self) -> str:
        return f"Beta({self.a:.4g}, {self.b:.4g})"

    def random_variable(self, name: str, **dims: Any) -> Any:
        """The PyMC variable of this prior, inside a model context; `dims` as PyMC takes them."""
        return pm.Beta(name, self.a, self.b, **dims)

    def interval(self, probability: float = 0.95) -> tuple[float, float]:
        """Central interval of the given probability, on the parameter's own scale."""
        return _interval(stats.beta(self.a, self.b), probability)

    @property
    def mean(self) -> float:
        """Mean of the share."""
        return self.a / (self.a + self.b)


Prior = Normal | HalfNormal | Beta


def _interval(distribution: Any, probability: float) -> tuple[float, float]:
    lower, upper = distribution.interval(probability)
    return float(lower), float(upper)


def beta_between(lower: float, upper: float) -> Beta:
    """The Beta prior whose mean is the middle of (lower, upper) and whose 95 % range is that wide.

    The standard deviation is matched as (upper - lower) / (2 * 1.96), which for shares between .1 and .9 and
    widths under .2 puts the 2.5 and 97.5 % points within .005 of the limits.
    """
    mean = (lower + upper) / 2
    sd = (upper - lower) / (2 * stats.norm.ppf(0.975))
    size = mean * (1 - mean) / sd**2 - 1
    return Beta(mean * size, (1 - mean) * size)


UNPUBLISHED_LIVER_SHARE = beta_between(0.18, 0.24)


@dataclass(frozen=True)
class SingleArmShift:
    """Prior of `c_sat`, the shift of a single-arm trial, on the benefit scale of its model.

    For survival `mu` and `sd` are on the log hazard ratio (negative flatters the single arm), for response on
    the log odds ratio (positive flatters). `sd = 0` with `mu = 0` is the naive reading. `correlation` is that
    between the single-arm trials.
    """

    name: str
    mu: float
    sd: float
    correlation: float = 0.9

    def covariance(self, trials: int) -> Floats:
        """Prior covariance (K, K) of the shifts of K single-arm trials."""
        return self.sd**2 * (np.eye(trials) * (1 - self.correlation) + self.correlation)

    def __str__(self) -> str:
        if self.sd == 0:
            return f"c = {self.mu:.3g}" if self.mu else "c = 0"
        return f"c ~ Normal({self.mu:.3g}, {self.sd:.3g})"

    @property
    def on_ratio_scale(self) -> str:
        """The prior as a call on the ratio scale, e.g. ``c ~ N(log 0.86, 0.25)``."""
        if self.sd == 0:
            return f"c = log {math.exp(self.mu):.2f}" if self.mu else "c = 0"
        centre = f"log {math.exp(self.mu):.2f}" if self.mu else "0"
        return f"c ~ N({centre}, {self.sd:.2f})"


NAIVE = SingleArmShift("naive", 0.0, 0.0)
OPTIMISTIC = SingleArmShift("optimistic", 0.0, 0.15)
BASE = SingleArmShift("base", math.log(0.86), 0.25)
PESSIMISTIC = SingleArmShift("pessimistic", math.log(0.74), 0.30)

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CALL = re.compile(
    rf"\s*n(?:ormal)?\(\s*(l(?:og|n)\s*\(?\s*)?({_NUMBER})\s*\)?\s*,\s*({_NUMBER})\s*\)\s*", re.IGNORECASE
)


def parse_shift(text: str) -> SingleArmShift:
    """A user's own prior of c from ``normal(mu,sd)`` on the log hazard ratio, or ``normal(log 0.86, 0.25)``.

    Raises
    ------
    InputError
        If the text is not such a call, or its values are not on the scale of a log hazard ratio.
    """
    match = _CALL.fullmatch(text)
    if match is None:
        raise InputError(
            f"--c-prior {text!r}: expected normal(mu,sd) on the log hazard ratio, e.g. normal(-0.15,0.25) "
            "or normal(log 0.86, 0.25)"
        )
    value, sd = float(match[2]), float(match[3])
    if match[1] and value <= 0:
        raise InputError(f"--c-prior {text!r}: log of {value:g} does not exist; expected a ratio above 0")
    mu = math.log(value) if match[1] else value
    faults = []
    if sd < 0:
        faults.append(f"--c-prior {text!r}: sd is {sd:g}; expected 0 or more")
    if sd > 3:
        faults.append(f"--c-prior {text!r}: sd {sd:g} of a log hazard ratio; did you mean {sd / 100:g}?")
    if abs(mu) > 3:
        faults.append(
            f"--c-prior {text!r}: mean {mu:g} of a log hazard ratio is a ratio of {math.exp(mu):.3g}; "
            "did you give a hazard ratio? write normal(log 0.86, 0.25)"
        )
    if faults:
        raise InputError(faults)
    return SingleArmShift("user", mu, sd)


@dataclass(frozen=True)
class SurvivalPriors:
    """Default priors of the survival model on the log hazard ratio scale unless said otherwise."""

    log_h0: Normal
    rw_sd: HalfNormal = HalfNormal(0.3)
    tau_u: HalfNormal = HalfNormal(0.20)
    beta_ici: Normal = Normal(0.0, 0.5)
    tau_ici: HalfNormal = HalfNormal(0.15)
    bme_dev: Normal = Normal(0.0, 0.15)
    beta_liver: Normal = Normal(math.log(1.7), 0.3)
    beta_liver_ici: Normal = Normal(0.0, 0.15)
    beta_liver_anlo: Normal = Normal(0.0, 0.3)
    beta_pdl1: Normal = Normal(0.0, 0.2)
    beta_pdl1_ici: Normal = Normal(-0.32, 0.15)
    beta_tp: Normal = Normal(-0.15, 0.15)
    beta_tp_ici: Normal = Normal(-0.1, 0.15)
    beta_asia: Normal = Normal(0.0, 0.2)
    beta_asia_ici: Normal = Normal(0.0, 0.1)
    delta_anlo: Normal = Normal(0.0, 0.35)
    gamma: Normal = Normal(0.0, 0.20)
    e_sat: Normal = Normal(0.0, 0.10)
    liver_share: Beta = UNPUBLISHED_LIVER_SHARE

    def widened(self, factor: float) -> "SurvivalPriors":
        """Every scale prior times `factor` (SA14)."""
        scales = {
            field.name: getattr(self, field.name).widened(factor)
            for field in fields(self)
            if not isinstance(getattr(self, field.name), Beta)
        }
        return replace(self, **scales)

    @staticmethod
    def reason(name: str) -> str:
        """Why a parameter has its prior, on the hazard ratio scale."""
        return REASONS.get(name, "a judgement")


# Of the survival models; those of the response model stand beside its priors, on the odds ratio scale.
REASONS = {
    "log_h0": "log hazard per month in the first interval; medians of 1.7-85 (OS) and 0.8-43 (PFS) months",
    "rw_sd": "random-walk step between intervals; the hazard may move by about 80 % an interval",
    "tau_u": "spread of trial baselines; leave-one-out spread .02-.11 (chemotherapy), .17-.18 (ICI)",
    "beta_ici": "ICI on chemotherapy; the randomised data dominate",
    "tau_ici": "spread of that effect between agents",
    "bme_dev": "index trial's own partner minus the mean of the partners; no randomised trial of it",
    "beta_liver": "prognosis of liver metastases; never from the index trial's seven alone",
    "beta_liver_ici": "modification of the ICI effect by liver metastases; randomised trials show none",
    "beta_liver_anlo": "modification of the added component's effect by liver metastases",
    "beta_pdl1": "prognosis of high PD-L1, so that the mixture does not push it into modification",
    "beta_pdl1_ici": "modification of the ICI effect, high against low CPS 10: .60/.83",
    "beta_tp": "paclitaxel-platinum against fluoropyrimidine-platinum: .83",
    "beta_tp_ici": "the same backbone contrast under ICI",
    "beta_asia": "patients in Asia against outside it",
    "beta_asia_ici": "modification of the ICI effect by region; no effect modification seen",
    "delta_anlo": "added component on the backbone alone, .50-1.99: indifferent",
    "gamma": "interaction of partner and added component, .68-1.48; additive is 0",
    "e_sat": "residual of each single arm",
    "liver_share": "share with liver metastases where unpublished: 18-24 % across similar studies",
    "c_sat": "single-arm shift: a judgement between the external-control bias of 14 lung trials (.907) and, "
    "as an outer bound, the 26-27 % by which randomised phase 2 exceeded phase 3; --c-prior replaces it",
}


def survival_priors(endpoint: str) -> SurvivalPriors:
    """Default priors of a survival endpoint: only the baseline's level differs (median OS 12, else 6)."""
    median = 12.0 if endpoint == "OS" else 6.0
    return SurvivalPriors(log_h0=Normal(math.log(math.log(2) / median), 1.0))
