"""The sentences of the brief, each from the design, the priors and the evidence."""

import math

from scipy.optimize import brentq

from analysis.design.assurance import FutilityRule, assurance
from analysis.design.brief_page import BriefRequest
from analysis.design.checks import refuse
from analysis.design.evidence import Background
from analysis.design.priors import NAMED, DesignPrior
from analysis.design.rule import LogRankRule
from analysis.design.sample_size import Plan
from analysis.design.value import AdoptionRule
from analysis.scenarios import LADDER

FUTILITY_LIMIT = 0.10
_ENDPOINTS = {"OS": "overall survival", "PFS": "progression-free survival"}


def interval(prior: DesignPrior) -> str:
    """Median and 95 % interval of the hazard ratio."""
    middle, low, high = (math.exp(prior.quantile(p)) for p in (0.5, 0.025, 0.975))
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def shift(prior: DesignPrior) -> str:
    """The prior of the single-arm shift c of a rung of the ladder; empty for any other prior."""
    rung = next((rung for rung in LADDER if rung.id == prior.name.replace("-", "_")), None)
    return rung.c_prior("OS") if rung else ""


def hazard_ratio(prior: DesignPrior) -> str:
    """Median and interval, on the same line as the prior of c."""
    known = f"; {shift(prior)}" if shift(prior) else ""
    return interval(prior).replace("(", "(95 % ").replace(")", f"{known})")


def claim(facts: Background, request: BriefRequest, base: DesignPrior) -> str:
    """What is claimed, in one sentence."""
    from_run = request.run is not None and base.draws is not None
    source = f"the synthesis in {request.run.name}" if from_run and request.run else "the named base prior"
    return (
        f"The published evidence ({facts.index_name}: one arm, n = {facts.index_n}, {facts.index_events} "
        f"{request.endpoint} events, compared across trials) is compatible with a hazard ratio of "
        f"{hazard_ratio(base)} for {_ENDPOINTS[request.endpoint]} when {facts.added} is added to "
        f"{facts.partner} plus {facts.backbone}, under {source}; only a randomised trial can settle it."
    )


def unknown(others: tuple[DesignPrior, ...], naive: DesignPrior) -> str:
    """What the evidence cannot tell, and how the answer moves with it."""
    worse = ", ".join(f"{prior.name} {hazard_ratio(prior)}" for prior in others)
    return (
        f"A single arm cannot separate the drug from the selection of patients, the centres and the era (the "
        f"shift c): that part rests on a prior. The same data read otherwise: {worse}; without any such shift "
        f"(naive) {hazard_ratio(naive)}, a reading never to be quoted alone."
    )


def benchmarks(facts: Background) -> tuple[str, ...]:
    """The randomised trials of the class that may not be left out."""
    if not facts.benchmarks:
        return ("The question names no randomised trial that a report may not leave out.",)
    lines = []
    for item in facts.benchmarks:
        limits = f" ({item.lower:g}-{item.upper:g})" if item.lower and item.upper else ""
        outcome = "; not significant" if "not significant" in item.note else ""
        lines.append(
            f"{item.name}, randomised: {item.endpoint} hazard ratio {item.hazard_ratio:g}{limits}{outcome}. It is "
            f"quoted because {item.reason}."
        )
    return tuple(lines)


def trial(request: BriefRequest, planned: Plan) -> str:
    """Arms, patients, events, time and the rule of success."""
    rule = request.design.rule
    return (
        f"Two arms, {planned.n_experimental} with and {planned.n_control} without the added drug "
        f"({rule.allocation}), {planned.n} patients; {planned.events} {request.endpoint} events; last patient "
        f"in at month {planned.accrual_months:.0f}, read-out at month {planned.readout_months:.0f}. Statistical "
        f"success: {rule}, which means an observed hazard ratio below "
        f"{math.exp(rule.critical_log_hazard_ratio(planned.events)):.3f}."
    )


def adoption_limit(prior: DesignPrior, events: float, rule: LogRankRule, adopt: AdoptionRule) -> float:
    """Observed hazard ratio at which the expected net gain after the trial is zero.

    Raises
    ------
    InputError
        If no observed hazard ratio justifies adoption, or every one does.
    """

    def gain(log_hr: float) -> float:
        theta, weight = prior.posterior(log_hr, rule.variance(events)).nodes()
        return float(weight @ adopt.net_gain(theta))

    low, high = math.log(0.2), math.log(3.0)
    if not gain(low) > 0 > gain(high):
        refuse(
            [
                f"gain {adopt.minimum_gain:g}: no observed hazard ratio decides on it after {events:g} events with a "
                f"control median of {adopt.control_median:g} months; give a smaller --gain"
            ]
        )
    return math.exp(float(brentq(gain, low, high, xtol=1e-4)))


def between(adoption: float, success: float, adopt: AdoptionRule) -> str:
    """What a result between the limits of adoption and of statistical success means; empty where they agree."""
    low, high = sorted((adoption, success))
    if f"{low:.2f}" == f"{high:.2f}":
        return ""
    meaning = (
        f"is a statistical success but no reason to add the drug: significance alone does not show the "
        f"{adopt.minimum_gain:g} months asked for"
        if adoption < success
        else "favours adding the drug on the expected gain, yet is no statistical success"
    )
    return f"An observed hazard ratio between {low:.2f} and {high:.2f} {meaning}. "


def change_of_mind(request: BriefRequest, planned: Plan, base: DesignPrior) -> str:
    """Which results would speak against the drug, at the end and at an interim."""
    rule, half = request.design.rule, planned.events // 2
    limits = [adoption_limit(p, planned.events, rule, request.adoption) for p in (base, NAMED["sceptical"])]
    success = math.exp(rule.critical_log_hazard_ratio(planned.events))
    boundary = FutilityRule(FUTILITY_LIMIT, base).boundary(half, planned.events, rule)
    return (
        f"An observed hazard ratio above {limits[0]:.2f} ({base.name} prior) or {limits[1]:.2f} (sceptical) after "
        f"{planned.events} events leaves the expected gain below {request.adoption.minimum_gain:g} months of "
        f"RMST-{request.adoption.horizon:g}: then the drug should not be added. "
        f"{between(limits[0], success, request.adoption)}Interim at {half} events: stop for "
        f"futility when predictive power is below {FUTILITY_LIMIT:g}, a hazard ratio above {boundary:.2f}."
    )


def sample_size_paragraph(request: BriefRequest, planned: Plan, priors: tuple[DesignPrior, ...]) -> str:
    """Text for the sample-size item of a protocol (SPIRIT 2013, item 14)."""
    design = request.design
    values = ", ".join(f"{assurance(p, planned.events, design.rule):.2f} ({p.name})" for p in priors)
    return (
        f"The primary endpoint is {_ENDPOINTS[request.endpoint]}. {planned.events} events give {design.power:.0%} "
        f"power to detect a hazard ratio of {design.hazard_ratio:g} with a log-rank test at a two-sided "
        f"{design.rule.alpha:g} level and {design.rule.allocation} allocation (Schoenfeld's formula). With "
        f"exponential survival, a control median of {design.control_median:g} months, {design.accrual}, "
        f"dropout of {design.dropout:.0%} a year and {design.maturity:.0%} of the patients with the event at the "
        f"analysis, {planned.n} patients ({planned.n_experimental} experimental, {planned.n_control} control) are "
        f"needed and the events are expected {planned.readout_months:.0f} months after the first patient enters. "
        f"Averaged over the current evidence the probability of success is {values}."
    )
