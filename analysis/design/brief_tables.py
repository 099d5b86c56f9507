"""The tables of the brief: chance of success, pausing for harms, and what each option takes and is worth."""

from dataclasses import replace

import numpy as np
from scipy.stats import beta

from analysis.design.accrual import Period
from analysis.design.assurance import assurance, p_hr_below_1
from analysis.design.brief_page import BriefRequest, Section, Table
from analysis.design.brief_sentences import interval, shift
from analysis.design.evidence import Background
from analysis.design.priors import DesignPrior
from analysis.design.sample_size import Plan, plan
from analysis.design.value import NextStep, concurrent_cohort, evpi, evsi, randomised_phase_2, value_of

HARM_CERTAINTY = 0.90
PHASE_2_PATIENTS = 60
STEP_ACCRUAL = 12.0
COHORT_2_PATIENTS = 30


def assurance_section(request: BriefRequest, planned: Plan, priors: tuple[DesignPrior, ...]) -> Section:
    """Assurance under every prior at three numbers of events, beside its cap."""
    rule = request.design.rule
    counts = sorted({200, planned.events, 600})
    rows = tuple(
        (
            f"{prior.name}: {shift(prior) or 'no evidence, N(0, ' + format(prior.sd, '.2f') + ')'}",
            interval(prior),
            *(f"{assurance(prior, count, rule):.2f}" for count in counts),
            f"{p_hr_below_1(prior):.2f}",
        )
        for prior in priors
    )
    draws = next((prior.draws.size for prior in priors if prior.draws is not None), 0)
    source = f"{draws} posterior draws of the run where it has the prior" if draws else "named normal priors"
    note = (
        f"P(success) with {', '.join(map(str, counts))} events, averaged over each prior of the hazard ratio "
        f"({source}). No number of events lifts it above P(HR < 1)."
    )
    head = ("prior", "HR (95 %)", *map(str, counts), "P(HR < 1)")
    return Section("Chance of success (assurance)", (note,), Table(head, rows))


def harm_limits(
    reference: float, patients: tuple[int, ...] = (20, 40, 60, 100, 150)
) -> list[tuple[int, int | None]]:
    """Events among the first patients at which P(rate > reference) exceeds .90, Jeffreys prior.

    Returns
    -------
    list of (patients, events)
        None where no number of events says so: every rate exceeds 0, none exceeds 1.
    """
    limits: list[tuple[int, int | None]] = []
    for n in patients:
        counts = np.arange(n + 1)
        certain = beta.sf(reference, counts + 0.5, n - counts + 0.5) > HARM_CERTAINTY
        limits.append((n, int(counts[certain][0]) if 0 < reference < 1 and certain.any() else None))
    return limits


def harms_section(facts: Background) -> Section:
    """The harms of the index arm and when enrolment pauses for them."""
    title = "Stopping rule for known harms"
    missing = (
        f" Named by the question without a count: {', '.join(facts.uncounted)}." if facts.uncounted else ""
    )
    if not facts.harms:
        return Section(
            title, (f"No harms of the index arm are in the evidence, so no pausing rule is given.{missing}",)
        )
    said = "; ".join(
        f"{harm.event} {harm.count} of {harm.n} ({harm.count / harm.n:.0%})" + (f" [{harm.note}]" if harm.note else "")
        for harm in facts.harms
    )  # fmt: skip
    rows = tuple(
        (
            f"{name}: above {count}/{n}",
            *("-" if events is None else str(events) for _, events in harm_limits(count / n)),
        )
        for name, count, n in facts.monitored
    )
    dash = " (a dash: no number would show it)" if any("-" in row[1:] for row in rows) else ""
    text = (
        f"In the index arm: {said}.{' ' + facts.fatal_known if facts.fatal_known else ''}{missing} Enrolment pauses "
        f"for the safety committee when P(rate in the experimental arm > the index arm's rate) exceeds "
        f"{HARM_CERTAINTY:g} (Jeffreys prior), i.e. at this many patients with the harm{dash}:"
    )
    head = ("pause at", *(f"of {n}" for n, _ in harm_limits(0.5)))
    return Section(title, (text,), Table(head, rows))


def options_section(request: BriefRequest, planned: Plan, base: DesignPrior, index_events: int) -> Section:
    """Duration, cost and value of the trial, of its neighbours and of the cheaper next steps."""
    design, adopt = request.design, request.adoption
    harder = min(0.95, round(design.hazard_ratio + 0.05, 3))
    other = 2.0 if design.rule.ratio == 1 else 1.0
    rows = []
    for option in (
        design,
        replace(design, hazard_ratio=harder),
        replace(design, rule=replace(design.rule, ratio=other)),
    ):
        size = plan(option)
        value = evsi(base, size.events, adopt, option.rule)
        name = f"HR {option.hazard_ratio:g}, {option.rule.allocation}"
        rows.append(_row(request, planned, name, (size.n, size.events, size.readout_months, value)))
    wait = replace(design, accrual=Period(STEP_ACCRUAL)).month_of_maturity(PHASE_2_PATIENTS)
    steps: tuple[tuple[str, int, NextStep], ...] = (
        (
            f"phase 2, {PHASE_2_PATIENTS} patients",
            PHASE_2_PATIENTS,
            randomised_phase_2(PHASE_2_PATIENTS, design.maturity, design.rule),
        ),
        (
            f"cohort 2, {COHORT_2_PATIENTS} patients, not randomised",
            COHORT_2_PATIENTS,
            concurrent_cohort(index_events, COHORT_2_PATIENTS, design.maturity),
        ),
    )
    for name, n, step in steps:
        rows.append(_row(request, planned, name, (n, step.events, wait, value_of(step, base, adopt))))
    rows.append(("perfect information", "", "", "", "", f"{evpi(base, adopt):.2f}"))
    rule = str(adopt)
    note = (
        f"{rule[0].upper()}{rule[1:]}. Value: expected value of the trial's information under the {base.name} prior, "
        f"months of RMST a patient. Phase 2 and cohort 2 (no added drug, same centres; its value an upper bound) "
        f"enrol over {STEP_ACCRUAL:g} months and wait for the same share of events. {_cost_note(request)}"
    )
    head = ("option", "patients", "events", "months", "cost", "value")
    return Section("Duration, cost and value per option", (note,), Table(head, tuple(rows)))


def _cost_note(request: BriefRequest) -> str:
    costs = request.costs
    if not costs.given:
        return "Costs are left out: no unit costs were given."
    said = ", ".join(f"{value:,.0f} a {name}" for name, value in costs.given.items())
    where = f" ({costs.currency})" if costs.currency else ""
    return f"Unit costs as given: {said}{where}; {costs.sites} sites for the trial, others in proportion."


def _row(
    request: BriefRequest, planned: Plan, name: str, numbers: tuple[int, float, float, float]
) -> tuple[str, ...]:
    """One option: `numbers` are patients, events, months and value; the months printed are those paid for."""
    n, events, exact_months, value = numbers
    months = round(exact_months)
    cost = request.costs.total(n, months, n / planned.n)
    return (
        name,
        str(n),
        f"{events:.0f}",
        str(months),
        "-" if cost is None else f"{cost:,.0f}",
        f"{value:.2f}",
    )
