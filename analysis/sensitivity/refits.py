"""Analyses that need fits of their own: which variants each fits, under which title."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.line import Heading, Line
from analysis.sensitivity.variant import FitPlan, Variant
from digitized.curve import Floats
from models.assessment import WEEKS_PER_MONTH, AssessmentSchedule, ScanInterval
from models.covariate_mix import PdL1Mapping
from models.priors import BASE
from models.survival import SurvivalOptions
from trials.assessment import scan_plans

INDEPENDENT = (0.0, 0.5)
WIDTHS = (0.5, 2.0)
DELAYS = (2.0, 4.0)
# A trial matches the index trial's backbone or region when this share of its patients does.
MATCHING = 0.9
# A trial without a row in the evidence's scan plans is taken to scan as often as most of this field.
USUAL_WEEKS = 6.0
COHORT_2 = "cohort 2, simulated"
Titled = dict[str, Variant]


@dataclass(frozen=True)
class Fitted:
    """Posteriors of the variants of a job, by variant."""

    plan: FitPlan
    posteriors: Mapping[Variant, xr.Dataset]

    def delta(self, variant: Variant) -> Floats:
        """Draws (D,) of Delta."""
        return np.asarray(self.posteriors[variant]["Delta"].to_numpy(), dtype=float).ravel()

    def lines(self, heading: Heading, titled: Titled) -> list[Line]:
        """One line of exp(Delta) a variant, each with its own prior of c."""
        return [
            heading.ratio(self.delta(variant), title, "fit", c_prior=variant.shift.on_ratio_scale)
            for title, variant in titled.items()
        ]


@dataclass(frozen=True)
class Refit:
    """An analysis by fits: the variants of an endpoint by title, and their lines.

    `lines` None words one line of exp(Delta) a variant under the base case's.
    """

    variants: Callable[[BaseCase, FitPlan, str], Titled]
    lines: Callable[[BaseCase, Fitted, str], list[Line]] | None = None

    def answer(self, base: BaseCase, fitted: Fitted, analysis: str, endpoint: str) -> list[Line]:
        """Lines of one endpoint."""
        titled = self.variants(base, fitted.plan, endpoint)
        if not titled:
            return []
        heading = base.heading(analysis, endpoint)
        lines = [heading.ratio(base_delta(base, fitted.plan, endpoint), "base case", "run")]
        if self.lines is not None:
            return lines + self.lines(base, fitted, endpoint)
        return lines + fitted.lines(heading, titled)


def base_delta(base: BaseCase, plan: FitPlan, endpoint: str) -> Floats:
    """Draws of the base case's Delta over the same reconstructions that the variants are fitted to."""
    posterior = base.posterior(endpoint)
    assert posterior is not None
    same = posterior["imputation"].to_numpy() < plan.imputations
    return np.asarray(posterior["Delta"].transpose("chain", "draw").to_numpy()[same], dtype=float).ravel()


def independent_shifts(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA04: single arms need not be flattered alike."""
    return {
        f"correlation {correlation:g} between the single arms' c": Variant(
            endpoint, replace(BASE, correlation=correlation)
        )
        for correlation in INDEPENDENT
    }


def matching_comparators(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA05: only randomised trials that share the index trial's backbone, then its region."""
    arms = [arm for arm in plan.arms if arm.endpoint == endpoint and arm.randomised]
    found: Titled = {}
    for title, share in {
        "paclitaxel-platinum trials only": {arm.trial: arm.tp_share for arm in arms},
        "Asian trials only": {arm.trial: arm.asia_share for arm in arms},
    }.items():
        without = tuple(trial for trial, value in share.items() if value < MATCHING)
        if without and len(without) < len(share):
            found[f"{title} (without {', '.join(without)})"] = Variant(endpoint, without=without)
    return found


def one_trial_left_out(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA06: every trial but the index trial in turn."""
    trials = dict.fromkeys(arm.trial for arm in plan.arms if arm.endpoint == endpoint)
    return {
        f"without {trial}": Variant(endpoint, without=(trial,))
        for trial in trials
        if trial != base.index_trial
    }


def pdl1_mapping(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA08: bounds on what the PD-L1 map does."""
    titles = {
        PdL1Mapping.UNMAPPED: "observed class taken as CPS 10",
        PdL1Mapping.ALL_LOW: "untested patients all PD-L1 low",
        PdL1Mapping.ALL_HIGH: "untested patients all PD-L1 high",
    }
    return {
        title: Variant(endpoint, options=SurvivalOptions(pdl1_mapping=mapping))
        for mapping, title in titles.items()
    }


def later_index_date(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA11: the index arm's clock starts later, which takes its first, event-poor weeks away."""
    return {
        f"index arm counted from {weeks:g} weeks later": Variant(
            endpoint, index_delay=weeks / WEEKS_PER_MONTH
        )
        for weeks in DELAYS
    }


def prior_widths(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA14: every scale at once, that of c included."""
    return {
        f"every prior scale x {factor:g}, c included": Variant(
            endpoint, replace(BASE, sd=BASE.sd * factor), priors=base.priors(endpoint).widened(factor)
        )
        for factor in WIDTHS
    }


def second_cohort(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA17: what the unpublished cohort would add, on simulated patients: never a result."""
    arms = [arm for arm in plan.further.get(COHORT_2, ()) if arm.endpoint == endpoint]
    if not arms:
        return {}
    title = f"ILLUSTRATION: {arms[0].n} simulated patients without the added drug join the index trial"
    return {title: Variant(endpoint, further=COHORT_2)}


def interval_censored(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA23: the event lies between the scan before its record and the record (deaths are taken alike).

    Needs the evidence's scan plans (`trials.assessment`); without them it does not apply.
    """
    plans = scan_plans(base.evidence) if endpoint == "PFS" else ()
    if not plans:
        return {}
    fitted = {arm.trial for arm in plan.arms if arm.endpoint == endpoint}
    usual = sorted(fitted - {item.trial for item in plans})
    schedule = AssessmentSchedule(
        ScanInterval("usual", USUAL_WEEKS),
        tuple(
            ScanInterval(item.trial, item.weeks, item.later_weeks, item.changes_at_weeks or np.inf)
            for item in plans
            if item.trial in fitted
        ),
    )
    taken = f" ({', '.join(usual)} taken to scan every {USUAL_WEEKS:g} weeks)" if usual else ""
    variant = Variant(endpoint, options=SurvivalOptions(assessment=schedule))
    return {f"progression between two scans of each trial's plan{taken}": variant}


REFITS: dict[str, Refit] = {
    "SA04": Refit(independent_shifts),
    "SA05": Refit(matching_comparators),
    "SA06": Refit(one_trial_left_out),
    "SA11": Refit(later_index_date),
    "SA14": Refit(prior_widths),
    "SA17": Refit(second_cohort),
    "SA23": Refit(interval_censored),
}
