"""Patients, events and read-out of an event-driven trial with exponential survival and dropout."""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from analysis.design.accrual import Accrual, Period, Sites
from analysis.design.checks import positive_faults, refuse
from analysis.design.rule import LogRankRule, required_events
from digitized.curve import Floats


@dataclass(frozen=True)
class TrialDesign:
    """One endpoint of a randomised trial.

    Attributes
    ----------
    hazard_ratio, power : float
        Alternative and power at it.
    rule : LogRankRule
    accrual : Accrual
    control_median : float
        Months.
    dropout : float
        Share of patients lost a year (0-1) for this endpoint.
    maturity : float
        Events over patients at the read-out (0-1).
    """

    hazard_ratio: float
    power: float
    rule: LogRankRule
    accrual: Accrual
    control_median: float
    dropout: float
    maturity: float

    def __post_init__(self) -> None:
        faults = positive_faults(control_median=self.control_median)
        if not 0 <= self.dropout < 1:
            faults.append(f"dropout {self.dropout:g} a year: expected a share from 0 to below 1, e.g. 0.1")
        if not 0 < self.maturity <= 1:
            faults.append(f"maturity {self.maturity:g}: expected a share above 0 and at most 1, e.g. 0.75")
        refuse(faults)
        self.events_needed()
        if self.maturity >= self.highest_maturity:
            reach = math.floor(self.highest_maturity * 100 - 1e-9) / 100
            refuse(
                [
                    f"maturity {self.maturity:g} is never reached: with control median "
                    f"{self.control_median:g} months and dropout {self.dropout:g} a year at most "
                    f"{self.highest_maturity:.1%} of the patients have the event; give a maturity of "
                    f"{reach:g} or less, or a lower dropout"
                ]
            )

    def __str__(self) -> str:
        return (
            f"HR {self.hazard_ratio:g}, power {self.power:g}, {self.rule}; control median "
            f"{self.control_median:g} months, dropout {self.dropout:.0%} a year, maturity "
            f"{self.maturity:.0%}, {self.accrual}"
        )

    @property
    def dropout_rate(self) -> float:
        """Dropout hazard, per month."""
        return -math.log1p(-self.dropout) / 12

    @property
    def rates(self) -> tuple[float, float]:
        """Hazards of control and experimental arm, per month."""
        control = math.log(2) / self.control_median
        return control, control * self.hazard_ratio

    @property
    def shares(self) -> tuple[float, float]:
        """Shares of the patients in control and experimental arm."""
        return 1 / (1 + self.rule.ratio), self.rule.ratio / (1 + self.rule.ratio)

    @property
    def highest_maturity(self) -> float:
        """Share of patients who have the event before dropping out, with unlimited follow-up."""
        return sum(s * r / (r + self.dropout_rate) for s, r in zip(self.shares, self.rates, strict=True))

    def events_needed(self) -> int:
        """Events that the power asks for."""
        return required_events(self.hazard_ratio, self.power, self.rule).events

    def expected_maturity(self, month: float, entries: Floats) -> float:
        """Expected events over patients at a calendar month, `entries` the (k,) entry quantiles."""
        followed = np.maximum(month - entries, 0.0)
        total = 0.0
        for share, rate in zip(self.shares, self.rates, strict=True):
            leaving = rate + self.dropout_rate
            total += share * rate / leaving * float(np.mean(-np.expm1(-leaving * followed)))
        return total

    def month_of_maturity(self, n: int) -> float:
        """Calendar month at which the design's maturity is expected among `n` patients."""
        return _month(self, self.accrual.entries(n), self.maturity)


@dataclass(frozen=True)
class Plan:
    """What a design needs; months from the first patient in, intervals 95 % over an uncertain rate."""

    events: int
    n: int
    n_experimental: int
    n_control: int
    accrual_months: float
    readout_months: float
    accrual_interval: tuple[float, float] | None = None
    readout_interval: tuple[float, float] | None = None


def plan(design: TrialDesign, n: int | None = None) -> Plan:
    """Patients for the maturity (or a given number `n`) and the month at which the events are expected.

    Raises
    ------
    InputError
        If `n` patients never yield the events.
    """
    events = design.events_needed()
    patients = math.ceil(events / design.maturity - 1e-9) if n is None else n
    if events >= patients * design.highest_maturity:
        enough = math.floor(events / design.highest_maturity) + 1
        refuse([f"{patients} patients never yield {events} events; give at least {enough} patients"])
    experimental = round(patients * design.shares[1])
    readout = _readout(design, patients, events)
    accrual_interval = readout_interval = None
    if isinstance(design.accrual, Sites) and design.accrual.rate_cv > 0:
        slow, fast = (
            replace(design, accrual=design.accrual.at_quantile(probability)) for probability in (0.025, 0.975)
        )
        accrual_interval = (fast.accrual.duration(patients), slow.accrual.duration(patients))
        readout_interval = (_readout(fast, patients, events), _readout(slow, patients, events))
    return Plan(
        events,
        patients,
        experimental,
        patients - experimental,
        design.accrual.duration(patients),
        readout,
        accrual_interval,
        readout_interval,
    )


def for_readout(design: TrialDesign, month: float) -> TrialDesign:
    """The design at the maturity that reads out in `month`: fewest patients, more of them sooner.

    Raises
    ------
    InputError
        If no number of patients yields the events by that month.
    """
    refuse(positive_faults(readout=month))
    events = design.events_needed()
    low = math.floor(events / design.highest_maturity) + 1
    soonest = _soonest_readout(design, low, events)
    if month < soonest:
        refuse(
            [
                f"read-out at month {month:g}: with {design.accrual} the events cannot come before month "
                f"{math.ceil(soonest)}; give that month or a later one, or faster accrual"
            ]
        )
    high = low
    while _readout(design, high, events) > month:
        high *= 2
    while high > low:
        middle = (low + high) // 2
        low, high = (low, middle) if _readout(design, middle, events) <= month else (middle + 1, high)
    return replace(design, maturity=events / high)


def split_alpha(
    pfs: TrialDesign, os: TrialDesign, pfs_share: float
) -> tuple[tuple[TrialDesign, Plan], tuple[TrialDesign, Plan]]:
    """Both endpoints of one trial, the two-sided alpha of `os.rule` split between them (Bonferroni).

    The number of patients is the larger of the two; each endpoint reads out at its own events, so that the
    other one's maturity is lower than asked for.
    """
    if not 0 < pfs_share < 1:
        refuse([f"alpha share of PFS {pfs_share:g}: expected between 0 and 1, e.g. 0.2 for .01 of .05"])
    alpha = os.rule.alpha
    first = replace(pfs, rule=replace(pfs.rule, alpha=alpha * pfs_share))
    second = replace(os, rule=replace(os.rule, alpha=alpha * (1 - pfs_share)))
    n = max(plan(first).n, plan(second).n)
    first, second = (replace(part, maturity=part.events_needed() / n) for part in (first, second))
    return (first, plan(first, n)), (second, plan(second, n))


def _soonest_readout(design: TrialDesign, n: int, events: int) -> float:
    """Month of the events when patients enter until then: beyond that, more patients come too late."""
    while design.accrual.duration(n) < _readout(design, n, events):
        n *= 2
    return design.accrual.duration(n) if isinstance(design.accrual, Period) else _readout(design, n, events)


def _readout(design: TrialDesign, n: int, events: int) -> float:
    return _month(design, design.accrual.entries(n), events / n)


def _month(design: TrialDesign, entries: Floats, target: float) -> float:
    upper = float(entries[-1]) + 12.0
    while design.expected_maturity(upper, entries) < target:
        upper *= 2
    return float(brentq(lambda t: design.expected_maturity(t, entries) - target, 0.0, upper, xtol=1e-6))
