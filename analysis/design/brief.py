"""The one-page brief of a randomised trial: every sentence and table computed from designs and evidence."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.stats import beta

from analysis.design.accrual import Period
from analysis.design.assurance import FutilityRule, assurance, p_hr_below_1
from analysis.design.checks import refuse
from analysis.design.evidence import Background, background
from analysis.design.priors import NAMED, DesignPrior, choose_prior, ladder
from analysis.design.rule import LogRankRule
from analysis.design.sample_size import Plan, TrialDesign, plan
from analysis.design.value import AdoptionRule, concurrent_cohort, evpi, evsi, randomised_phase_2, value_of
from analysis.scenarios import LADDER

EVENT_GRID = (100, 150, 200, 300, 400, 500, 600, 800)
FUTILITY_LIMIT = 0.10
HARM_CERTAINTY = 0.90
PHASE_2_PATIENTS = 60
PHASE_2_ACCRUAL = 12.0
COHORT_2_PATIENTS = 30


@dataclass(frozen=True)
class UnitCosts:
    """The user's own unit costs, in one currency; None where not given."""

    patient: float | None = None
    site: float | None = None
    month: float | None = None
    sites: int = 40
    currency: str = ""

    def __post_init__(self) -> None:
        given = {"cost per patient": self.patient, "cost per site": self.site, "cost per month": self.month}
        faults = [
            f"{name} {value:g}: expected at least 0"
            for name, value in given.items()
            if value is not None and value < 0
        ]
        if self.sites < 1:
            faults.append(f"{self.sites} sites: expected at least 1")
        refuse(faults)

    def total(self, patients: int, months: float) -> float | None:
        """Cost of a trial; None when no unit cost is given."""
        parts = (self.patient, self.site, self.month)
        if all(part is None for part in parts):
            return None
        return (self.patient or 0) * patients + (self.site or 0) * self.sites + (self.month or 0) * months


@dataclass(frozen=True)
class BriefRequest:
    """What the brief is about: the trial, the priors' source, the adoption rule, the unit costs."""

    design: TrialDesign
    adoption: AdoptionRule
    costs: UnitCosts
    endpoint: str = "OS"
    run: Path | None = None
    evidence: Path | None = None


@dataclass(frozen=True)
class Table:
    """A small table, all cells as text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A titled part of the brief."""

    title: str
    paragraphs: tuple[str, ...]
    table: Table | None = None


@dataclass(frozen=True)
class Brief:
    """The page: title, sections, and what its figures draw."""

    title: str
    sections: tuple[Section, ...]
    priors: tuple[DesignPrior, ...]
    request: BriefRequest
    plan: Plan

    @property
    def text(self) -> str:
        """Everything that is said, as plain text."""
        parts = [self.title]
        for section in self.sections:
            parts += [section.title, *section.paragraphs]
            if section.table:
                parts += [" | ".join(row) for row in (section.table.head, *section.table.rows)]
        return "\n".join(parts)


def build_brief(request: BriefRequest) -> Brief:
    """Compute the brief.

    Raises
    ------
    InputError
        If the design is impossible, or the run or the evidence lacks what a brief must quote.
    """
    facts = background(request.endpoint, request.evidence)
    if not facts.benchmarks:
        refuse([f"the evidence has no {request.endpoint} hazard ratio of a trial that may not be left out; "
                "give --endpoint OS"])  # fmt: skip
    naive = choose_prior("naive", request.run, request.endpoint)
    priors = (*ladder(request.run, request.endpoint), NAMED["sceptical"], naive)
    planned = plan(request.design)
    sections = (
        Section("Claim", (_claim(facts, request, priors[0]),)),
        Section("What is unknown", _unknown(facts, priors, naive)),
        Section("Randomised evidence on the class", _benchmarks(facts)),
        Section("The trial", _trial(request, planned)),
        Section(
            "Chance of success (assurance)",
            ("Averaged over each named prior; no number of events lifts it above P(HR < 1).",),
            _assurance_table(request, planned, priors),
        ),
        Section("What would change our mind", _mind(request, planned, priors[0])),
        Section("Stopping rule for known harms", *_harms(facts)),
        Section(
            "Duration, cost and value per option",
            _option_notes(request, priors[0]),
            _options(request, priors[0], facts.index_events),
        ),
        Section("Sample size (SPIRIT item 14)", (sample_size_paragraph(request, planned, priors),)),
    )  # fmt: skip
    return Brief(f"A randomised trial in {facts.disease}", sections, priors, request, planned)


def sample_size_paragraph(request: BriefRequest, planned: Plan, priors: tuple[DesignPrior, ...]) -> str:
    """Text for the sample-size item of a protocol (SPIRIT 2013, item 14)."""
    design = request.design
    values = ", ".join(f"{assurance(p, planned.events, design.rule):.2f} ({p.name})" for p in priors[:3])
    return (
        f"The primary endpoint is {_endpoint(request.endpoint)}. {planned.events} events give {design.power:.0%} "
        f"power to detect a hazard ratio of {design.hazard_ratio:g} with a log-rank test at a two-sided "
        f"{design.rule.alpha:g} level and {design.rule.ratio:g}:1 allocation (Schoenfeld's formula). With "
        f"exponential survival, a control median of {design.control_median:g} months, {design.accrual}, "
        f"dropout of {design.dropout:.0%} a year and {design.maturity:.0%} of the patients with the event at the "
        f"analysis, {planned.n} patients ({planned.n_experimental} experimental, {planned.n_control} control) are "
        f"needed and the events are expected {planned.readout_months:.0f} months after the first patient enters. "
        f"Averaged over the current evidence the probability of success is {values}."
    )


def harm_limits(
    reference: float, patients: tuple[int, ...] = (20, 40, 60, 100, 150)
) -> list[tuple[int, int]]:
    """Events among the first patients at which P(rate > reference) exceeds .90, Jeffreys prior.

    Returns
    -------
    list of (patients, events)
    """
    limits = []
    for n in patients:
        counts = np.arange(n + 1)
        certain = beta.sf(reference, counts + 0.5, n - counts + 0.5) > HARM_CERTAINTY
        limits.append((n, int(counts[certain][0])))
    return limits


def _endpoint(name: str) -> str:
    return {"OS": "overall survival", "PFS": "progression-free survival"}.get(name, name)


def _interval(prior: DesignPrior) -> str:
    """Median and interval; a rung of the ladder carries its prior of the single-arm shift c."""
    low, high = (math.exp(prior.quantile(p)) for p in (0.025, 0.975))
    rung = next((rung for rung in LADDER if rung.id == prior.name.replace("-", "_")), None)
    shift = f"; {rung.c_prior('OS')}" if rung else ""
    return f"{math.exp(prior.quantile(0.5)):.2f} (95 % {low:.2f}-{high:.2f}{shift})"


def _claim(facts: Background, request: BriefRequest, base: DesignPrior) -> str:
    source = f"the synthesis in {request.run.name}" if request.run else "the named base prior"
    return (
        f"The published evidence ({facts.index_name}: one arm, n = {facts.index_n}, {facts.index_events} "
        f"{request.endpoint} events, compared across trials) is compatible with a hazard ratio of "
        f"{_interval(base)} for {_endpoint(request.endpoint)} when {facts.added} is added to "
        f"{facts.partner} plus chemotherapy, under {source}; only a randomised trial can settle it."
    )


def _unknown(facts: Background, priors: tuple[DesignPrior, ...], naive: DesignPrior) -> tuple[str, ...]:
    worse = ", ".join(f"{prior.name} {_interval(prior)}" for prior in priors[1:3])
    return (
        f"A single arm cannot separate the drug from the selection of patients, the centres and the era: that "
        f"part rests on a prior. The same data read otherwise: {worse}; without any such shift (naive) "
        f"{_interval(naive)}, a reading never to be quoted alone.",
    )


def _benchmarks(facts: Background) -> tuple[str, ...]:
    lines = []
    for item in facts.benchmarks:
        limits = f" ({item.lower:g}-{item.upper:g})" if item.lower and item.upper else ""
        outcome = "; not significant" if "not significant" in item.note else ""
        lines.append(
            f"{item.name}, randomised: {item.endpoint} hazard ratio {item.hazard_ratio:g}{limits}{outcome}. It is "
            f"quoted because {item.reason}."
        )
    return tuple(lines)


def _trial(request: BriefRequest, planned: Plan) -> tuple[str, ...]:
    design = request.design
    return (
        f"Two arms, {planned.n_experimental} with and {planned.n_control} without the added drug "
        f"({design.rule.ratio:g}:1), {planned.n} patients; {planned.events} {request.endpoint} events; last patient "
        f"in at month {planned.accrual_months:.0f}, read-out at month {planned.readout_months:.0f}. Success: "
        f"{design.rule}, which means an observed hazard ratio below "
        f"{math.exp(design.rule.critical_log_hazard_ratio(planned.events)):.3f}.",
    )


def _assurance_table(request: BriefRequest, planned: Plan, priors: tuple[DesignPrior, ...]) -> Table:
    rule = request.design.rule
    counts = (200, planned.events, 600)
    rows = tuple(
        (
            str(prior),
            *(f"{assurance(prior, count, rule):.2f}" for count in counts),
            f"{p_hr_below_1(prior):.2f}",
        )
        for prior in priors
    )
    return Table(("prior on the hazard ratio", *(f"{count} events" for count in counts), "P(HR < 1)"), rows)


def adoption_limit(prior: DesignPrior, events: float, rule: LogRankRule, adopt: AdoptionRule) -> float:
    """Observed hazard ratio at which the expected net gain after the trial is zero."""

    def gain(log_hr: float) -> float:
        theta, weight = prior.posterior(log_hr, rule.variance(events)).nodes()
        return float(weight @ adopt.net_gain(theta))

    return math.exp(float(brentq(gain, math.log(0.2), math.log(3.0), xtol=1e-4)))


def _mind(request: BriefRequest, planned: Plan, base: DesignPrior) -> tuple[str, ...]:
    rule, half = request.design.rule, planned.events // 2
    limits = [adoption_limit(p, planned.events, rule, request.adoption) for p in (base, NAMED["sceptical"])]
    futility = FutilityRule(FUTILITY_LIMIT, base)
    boundary = futility.boundary(half, planned.events, rule)
    return (
        f"An observed hazard ratio above {limits[0]:.2f} ({base.name} prior) or {limits[1]:.2f} (sceptical) after "
        f"{planned.events} events leaves the expected gain below {request.adoption.minimum_gain:g} months of "
        f"RMST-{request.adoption.horizon:g}: then the drug should not be added. Interim at {half} events: stop for "
        f"futility when predictive power is below {FUTILITY_LIMIT:g}, a hazard ratio above {boundary:.2f}.",
    )


def _harms(facts: Background) -> tuple[tuple[str, ...], Table]:
    said = "; ".join(
        f"{harm.event} {harm.count} of {harm.n} ({harm.count / harm.n:.0%})" + (f" [{harm.note}]" if harm.note else "")
        for harm in facts.harms
    )  # fmt: skip
    fatal = facts.fatal_known
    rows = []
    for name, count, n in facts.monitored:
        limits = harm_limits(count / n)
        rows.append((f"{name}: above {count}/{n}", *(str(events) for _, events in limits)))
    paragraphs = (
        f"In the index arm: {said}.{' ' + fatal if fatal else ''} Enrolment pauses for the safety committee when "
        f"P(rate in the experimental arm > the index arm's rate) exceeds {HARM_CERTAINTY:g} (Jeffreys prior), i.e. at "
        f"this many patients with the harm:",
    )
    heads = tuple(f"of {n}" for n, _ in harm_limits(0.5))
    return paragraphs, Table(("pause at", *heads), tuple(rows))


def _option_notes(request: BriefRequest, base: DesignPrior) -> tuple[str, ...]:
    rule = str(request.adoption)
    return (
        f"{rule[0].upper()}{rule[1:]}. Value: expected value of the trial's information under the {base.name} prior, "
        f"months of RMST a patient. Phase 2 and cohort 2 (no added drug, same centres; its value an upper bound) "
        f"enrol over {PHASE_2_ACCRUAL:g} months and wait equally long. {_cost_note(request)}",
    )


def _cost_note(request: BriefRequest) -> str:
    costs = request.costs
    if costs.total(1, 1) is None:
        return "Costs are left out: no unit costs were given."
    given = [
        f"{value:,.0f} a {name}"
        for name, value in (("patient", costs.patient), ("site", costs.site), ("month", costs.month))
        if value is not None
    ]
    where = f" ({costs.currency})" if costs.currency else ""
    return f"Unit costs as given: {', '.join(given)}{where}; {costs.sites} sites."


def _options(request: BriefRequest, base: DesignPrior, index_events: int) -> Table:
    design, adopt = request.design, request.adoption
    harder = min(0.95, round(design.hazard_ratio + 0.05, 3))
    other = 2.0 if design.rule.ratio == 1 else 1.0
    rows = []
    for option in (
        design,
        replace(design, hazard_ratio=harder),
        replace(design, rule=replace(design.rule, ratio=other)),
    ):
        name = f"HR {option.hazard_ratio:g}, {option.rule.ratio:g}:1"
        planned = plan(option)
        value = evsi(base, planned.events, adopt, option.rule)
        cost = request.costs.total(planned.n, planned.readout_months)
        rows.append(_option_row(name, planned.n, planned.events, planned.readout_months, cost, value))
    step = randomised_phase_2(PHASE_2_PATIENTS, design.maturity, design.rule)
    months = replace(design, accrual=Period(PHASE_2_ACCRUAL)).month_of_maturity(PHASE_2_PATIENTS)
    cost = request.costs.total(PHASE_2_PATIENTS, months)
    value = evsi(base, step.events, adopt, design.rule)
    rows.append(
        _option_row(
            f"phase 2, {PHASE_2_PATIENTS} patients", PHASE_2_PATIENTS, step.events, months, cost, value
        )
    )
    cohort = concurrent_cohort(index_events, COHORT_2_PATIENTS, design.maturity)
    value, name = value_of(cohort, base, adopt), f"cohort 2, {COHORT_2_PATIENTS} patients, not randomised"
    cost = request.costs.total(COHORT_2_PATIENTS, months)
    rows.append(_option_row(name, COHORT_2_PATIENTS, cohort.events, months, cost, value))
    rows.append(("perfect information", "", "", "", "", f"{evpi(base, adopt):.2f}"))
    head = (
        "option",
        "patients",
        "events",
        "months",
        "cost",
        "value",
    )
    return Table(head, tuple(rows))


def _option_row(
    name: str, n: int, events: float, months: float, cost: float | None, value: float
) -> tuple[str, ...]:
    return (
        name,
        str(n),
        f"{events:.0f}",
        f"{months:.0f}",
        "-" if cost is None else f"{cost:,.0f}",
        f"{value:.2f}",
    )
