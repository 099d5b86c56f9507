"""How patients enter: shapes over a stated period, or sites opening and recruiting at a rate."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.stats import norm

from analysis.design.checks import positive_faults, refuse
from digitized.curve import Floats

Shape = Literal["uniform", "ramp", "early"]
_QUANTILES = (np.arange(1000) + 0.5) / 1000


@dataclass(frozen=True)
class Period:
    """Accrual over a stated number of months.

    `shape` is "uniform" (constant rate), "ramp" (rate growing from 0) or "early" (rate falling to 0).
    """

    months: float
    shape: Shape = "uniform"

    def __post_init__(self) -> None:
        faults = positive_faults(accrual=self.months)
        if self.shape not in ("uniform", "ramp", "early"):
            faults.append(f"accrual shape {self.shape!r}: expected uniform, ramp or early")
        refuse(faults)

    def __str__(self) -> str:
        return f"{self.shape} accrual over {self.months:g} months"

    def entries(self, n: int) -> Floats:
        """(1000,) entry times, months: equally likely quantiles of the entry distribution."""
        if self.shape == "ramp":
            return self.months * np.sqrt(_QUANTILES)
        if self.shape == "early":
            return self.months * (1 - np.sqrt(1 - _QUANTILES))
        return self.months * _QUANTILES

    def duration(self, n: int) -> float:
        """Months until the last of `n` patients enters."""
        return self.months


@dataclass(frozen=True)
class Sites:
    """Sites that open evenly over `opening` months and then recruit `rate` patients a month each.

    `rate_cv` is the coefficient of variation of the rate that the planner is unsure of (log-normal).
    """

    sites: int
    rate: float
    opening: float = 0.0
    rate_cv: float = 0.0

    def __post_init__(self) -> None:
        faults = positive_faults(sites=self.sites, rate=self.rate)
        if self.opening < 0:
            faults.append(f"opening {self.opening:g}: expected months of at least 0")
        if not 0 <= self.rate_cv <= 2:
            faults.append(f"rate cv {self.rate_cv:g}: expected from 0 to 2, e.g. 0.3")
        refuse(faults)

    def __str__(self) -> str:
        return f"{self.sites} sites opening over {self.opening:g} months, {self.rate:g} patients a site-month"

    def _time_of(self, patients: Floats) -> Floats:
        total = self.sites * self.rate
        if self.opening == 0:
            return patients / total
        during = total * self.opening / 2
        return np.where(
            patients <= during,
            np.sqrt(2 * self.opening * patients / total),
            patients / total + self.opening / 2,
        )

    def entries(self, n: int) -> Floats:
        """(1000,) entry times, months: equally likely quantiles of the entry distribution."""
        return self._time_of(n * _QUANTILES)

    def duration(self, n: int) -> float:
        """Months until the last of `n` patients enters."""
        return float(self._time_of(np.array([float(n)]))[0])

    def at_quantile(self, probability: float) -> "Sites":
        """The same sites at a quantile of the uncertain rate, known from there on."""
        sd = math.sqrt(math.log1p(self.rate_cv**2))
        factor = math.exp(sd * float(norm.ppf(probability)) - sd**2 / 2)
        return replace(self, rate=self.rate * factor, rate_cv=0.0)


Accrual = Period | Sites
