"""The published numbers of one figure, as a paper prints them: what a summary reconstruction starts from."""

import math
from dataclasses import dataclass
from itertools import pairwise

from digitized.errors import InputError


@dataclass(frozen=True)
class Estimate:
    """A printed number with its interval.

    Attributes
    ----------
    value : float
        The number; infinite for a median that was not reached.
    lower, upper : float or None
        Limits; None where not printed or not estimable.
    level : float
        Confidence level of the interval, 0-1 (mind 0.991, 0.985 ...).
    """

    value: float
    lower: float | None = None
    upper: float | None = None
    level: float = 0.95


@dataclass(frozen=True)
class Rate:
    """A landmark survival probability: `estimate` is S(time) on the 0-1 scale, `time` in months."""

    time: float
    estimate: Estimate


@dataclass(frozen=True)
class AtRisk:
    """`n` patients at risk just before `time` (months)."""

    time: float
    n: int


@dataclass(frozen=True)
class ArmSummary:
    """What is published of one arm's curve; times in months (or any one unit used throughout).

    Attributes
    ----------
    arm : str
    n : int
        Patients analysed.
    events : int or None
    median : Estimate or None
        Infinite value: not reached.
    rates : tuple of Rate
    at_risk : tuple of AtRisk
    follow_up_median : float or None
        By reverse Kaplan-Meier or as the plain median of observed times: the reading that fits the rest is
        used.
    max_follow_up : float or None
        Last observed time.
    accrual_months : float or None
        Length of recruitment: administrative censoring is uniform over the last `accrual_months` of
        follow-up.
    """

    arm: str
    n: int
    events: int | None = None
    median: Estimate | None = None
    rates: tuple[Rate, ...] = ()
    at_risk: tuple[AtRisk, ...] = ()
    follow_up_median: float | None = None
    max_follow_up: float | None = None
    accrual_months: float | None = None

    @property
    def dated(self) -> bool:
        """Whether anything published of the arm has a time."""
        lengths = (self.follow_up_median, self.max_follow_up, self.accrual_months)
        reached = self.median is not None and math.isfinite(self.median.value)
        followed = any(count.time > 0 for count in self.at_risk)
        return reached or followed or bool(self.rates) or any(length is not None for length in lengths)


@dataclass(frozen=True)
class HazardRatio:
    """Cox hazard ratio of `arm` against `versus`."""

    arm: str
    versus: str
    estimate: Estimate


@dataclass(frozen=True)
class FigureSummary:
    """The arms of one figure (one trial, one endpoint, one analysis) and the hazard ratios between them."""

    figure: str
    arms: tuple[ArmSummary, ...]
    hazard_ratios: tuple[HazardRatio, ...] = ()


def require_sound(summary: FigureSummary) -> None:
    """Raise with every fault of a summary at once.

    Raises
    ------
    InputError
        One sentence a fault: impossible counts, rates outside 0-1, rates or numbers at risk that rise with
        time, intervals that do not hold their value, numbers beyond the follow-up, hazard ratios of unknown
        arms.
    """
    faults: list[str] = []
    names = [arm.arm for arm in summary.arms]
    where = f"figure {summary.figure!r}"
    if not names:
        faults.append(f"{where}: no arm is given, at least one is needed")
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.append(f"{where}: arm {name!r} is given {names.count(name)} times, expected once")
    for arm in summary.arms:
        faults.extend(_arm_faults(f"{where}, arm {arm.arm!r}", arm))
    for ratio in summary.hazard_ratios:
        place = f"{where}, hazard ratio of {ratio.arm!r} against {ratio.versus!r}"
        faults.extend(
            f"{place}: arm {name!r} is not among {names}"
            for name in (ratio.arm, ratio.versus)
            if name not in names
        )
        if ratio.arm == ratio.versus:
            faults.append(f"{place}: an arm cannot be its own reference")
        if not (math.isfinite(ratio.estimate.value) and ratio.estimate.value > 0):
            faults.append(f"{place}: the value is {ratio.estimate.value:g}, expected above 0")
        faults.extend(_interval_faults(place, ratio.estimate))
    if faults:
        raise InputError(faults)


def _interval_faults(place: str, estimate: Estimate) -> list[str]:
    faults = []
    if not 0 < estimate.level < 1:
        faults.append(
            f"{place}: level is {estimate.level:g}, expected between 0 and 1 (0.95, or 95 for percent)"
        )
    for side, limit, outside in (
        ("lower", estimate.lower, estimate.lower is not None and estimate.lower > estimate.value + 1e-12),
        ("upper", estimate.upper, estimate.upper is not None and estimate.upper < estimate.value - 1e-12),
    ):
        if limit is not None and (not math.isfinite(limit) or limit < 0):
            faults.append(f"{place}: {side} limit is {limit:g}, expected a finite number of at least 0")
        elif outside:
            faults.append(f"{place}: {side} limit {limit:g} does not hold the value {estimate.value:g}")
    return faults


def _arm_faults(place: str, arm: ArmSummary) -> list[str]:
    faults = []
    if arm.n < 1:
        faults.append(f"{place}: n is {arm.n}, expected at least 1")
    if arm.events is not None and not 0 <= arm.events <= arm.n:
        faults.append(f"{place}: {arm.events} events among n = {arm.n} patients, expected 0 to {arm.n}")
    for label, value in (
        ("follow_up_median", arm.follow_up_median),
        ("max_follow_up", arm.max_follow_up),
        ("accrual_months", arm.accrual_months),
    ):
        if value is not None and not (math.isfinite(value) and value > 0):
            faults.append(f"{place}: {label} is {value:g}, expected a finite time above 0")
    if arm.median is not None:
        if not arm.median.value > 0:
            faults.append(f"{place}: median is {arm.median.value:g}, expected above 0 (or not reached)")
        faults.extend(_interval_faults(f"{place}, median", arm.median))
    for rate in arm.rates:
        spot = f"{place}, rate at {rate.time:g}"
        if not (math.isfinite(rate.time) and rate.time > 0):
            faults.append(f"{spot}: time is {rate.time:g}, expected above 0")
        if not 0 <= rate.estimate.value <= 1:
            faults.append(f"{spot}: survival is {rate.estimate.value:g}, expected 0 to 1")
        faults.extend(_interval_faults(spot, rate.estimate))
    for count in arm.at_risk:
        if not (math.isfinite(count.time) and count.time >= 0):
            faults.append(f"{place}, number at risk: time is {count.time:g}, expected 0 or later")
        if not 0 <= count.n <= arm.n:
            faults.append(
                f"{place}, at risk at {count.time:g}: {count.n} of n = {arm.n}, expected 0 to {arm.n}"
            )
    faults.extend(_order_faults(place, arm))
    if arm.max_follow_up is not None:
        faults.extend(_horizon_faults(place, arm, arm.max_follow_up))
    return faults


def _order_faults(place: str, arm: ArmSummary) -> list[str]:
    faults = []
    for label, series in (
        ("survival", sorted((rate.time, rate.estimate.value) for rate in arm.rates)),
        ("number at risk", sorted((count.time, float(count.n)) for count in arm.at_risk)),
    ):
        for (before, high), (after, low) in pairwise(series):
            if before == after and high != low:
                faults.append(
                    f"{place}: two values of {label} at {after:g} ({high:g} and {low:g}), expected one"
                )
            elif low > high:
                faults.append(f"{place}: {label} rises from {high:g} at {before:g} to {low:g} at {after:g}")
    if arm.median is not None and arm.median.value > 0:
        for rate in arm.rates:
            early = rate.time < arm.median.value and rate.estimate.value < 0.5 - 0.005
            late = rate.time > arm.median.value and rate.estimate.value > 0.5 + 0.005
            if early or late:
                median = arm.median.value
                faults.append(
                    f"{place}: S({rate.time:g}) = {rate.estimate.value:g} contradicts the median "
                    + ("that was not reached" if math.isinf(median) else f"of {median:g}")
                )
    return faults


def _horizon_faults(place: str, arm: ArmSummary, end: float) -> list[str]:
    beyond = [f"rate at {rate.time:g}" for rate in arm.rates if rate.time > end]
    beyond += [
        f"{count.n} at risk at {count.time:g}" for count in arm.at_risk if count.time > end and count.n
    ]
    if arm.median is not None and math.isfinite(arm.median.value) and arm.median.value > end:
        beyond.append(f"median of {arm.median.value:g}")
    if arm.follow_up_median is not None and arm.follow_up_median > end:
        beyond.append(f"median follow-up of {arm.follow_up_median:g}")
    if arm.accrual_months is not None and arm.accrual_months > end + 1e-9:
        beyond.append(f"accrual of {arm.accrual_months:g} months")
    return [f"{place}: {what} lies beyond the maximum follow-up of {end:g}" for what in beyond]
