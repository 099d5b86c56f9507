"""`crosstrial design assurance|predictive-power|evsi|hybrid`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.cli.design_options import (
    Alpha,
    AsJson,
    ControlMedian,
    Endpoint,
    Evidence,
    Ratio,
    Run,
    allocation,
    median_of,
    note,
    numbers,
    show,
)

PriorName = Annotated[
    str,
    typer.Option(
        "--prior",
        help="naive, base, pessimistic, leap-class, sceptical, enthusiastic, reference, flat, or "
        "normal(mu,sd) on the log hazard ratio, e.g. 'normal(log 0.9, 0.2)'.",
    ),
]
ASSURANCE_HELP = """Chance of a successful trial, averaged over what is believed of the hazard ratio.

The ladder (base, pessimistic, class effect) is printed beside any prior, and the cap P(HR < 1).

Examples:

  crosstrial design assurance --events 200,400,600 --prior base

  crosstrial design assurance --events 400 --prior naive --run runs/quick
"""
POWER_HELP = """Chance of final success given an interim hazard ratio, and the futility boundary.

Example: crosstrial design predictive-power --interim-hr .75 --interim-events 200 --final-events 400
"""
EVSI_HELP = """What the trial's information is worth, in months of restricted mean survival per patient.

Example: crosstrial design evsi --prior base --events 150,300,600 --gain 1.5
"""
HYBRID_HELP = """Borrowing external controls: effective events and the map of the type I error.

Example: crosstrial design hybrid --experimental-events 211 --control-events 120 --tau 0.1,0.15,0.2
"""


def register(group: typer.Typer) -> None:
    """Add the four commands."""
    group.command("assurance", help=ASSURANCE_HELP)(assurance)
    group.command("predictive-power", help=POWER_HELP)(predictive_power)
    group.command("evsi", help=EVSI_HELP)(evsi)
    group.command("hybrid", help=HYBRID_HELP)(hybrid)


def assurance(
    events: Annotated[str, typer.Option(help="Numbers of events, separated by commas.")],
    prior: PriorName = "base",
    run: Run = None,
    endpoint: Endpoint = "OS",
    alpha: Alpha = 0.05,
    ratio: Ratio = "1:1",
    as_json: AsJson = False,
) -> None:
    """Assurance under the prior and the ladder."""
    from analysis.design import assurance as library
    from analysis.design.priors import choose_prior
    from analysis.design.question import ladder_of
    from analysis.design.rule import LogRankRule

    counts = numbers(events, "--events", "200,400,600")
    asked = choose_prior(prior, run, endpoint)
    rule = LogRankRule(alpha, allocation(ratio))

    rows: dict[str, dict[str, Any]] = {
        item.name: {
            "prior": str(item),
            "assurance": [library.assurance(item, count, rule) for count in counts],
            "p_hr_below_1": library.p_hr_below_1(item),
        }
        for item in (asked, *ladder_of(run, endpoint))
    }
    mine = rows[asked.name]
    beside = {name: row for name, row in rows.items() if name != asked.name}
    result: dict[str, Any] = {**mine, "events": list(counts), "rule": str(rule), "ladder": beside}
    heads = "  ".join(f"{count:>7g}" for count in counts)
    lines = [str(rule), f"{'events':<34}{heads}  P(HR < 1)"]
    lines += [
        f"{row['prior']:<34}"
        + "  ".join(f"{value:7.2f}" for value in row["assurance"])
        + f"  {row['p_hr_below_1']:9.2f}"
        for row in rows.values()
    ]
    lines.append("P(HR < 1) caps the assurance of any number of events.")
    if not asked.proper:
        note("note: the flat prior is improper; its assurance is the limit of an ever wider prior, one half")
    _say_sources(run, [asked, *ladder_of(run, endpoint)])
    show(result, lines, as_json, run)


def predictive_power(
    interim_hr: Annotated[float, typer.Option(help="Observed interim hazard ratio.")],
    interim_events: Annotated[float, typer.Option(help="Events at the interim.")],
    final_events: Annotated[float, typer.Option(help="Events at the end.")],
    prior: PriorName = "base",
    run: Run = None,
    endpoint: Endpoint = "OS",
    alpha: Alpha = 0.05,
    ratio: Ratio = "1:1",
    futility_limit: Annotated[float, typer.Option(help="Stop below this predictive power.")] = 0.10,
    planned_hr: Annotated[float, typer.Option(help="Hazard ratio of the conditional power.")] = 0.75,
    as_json: AsJson = False,
) -> None:
    """Predictive and conditional power."""
    from analysis.design import assurance as library
    from analysis.design.checks import hazard_ratio_faults, refuse
    from analysis.design.priors import choose_prior
    from analysis.design.question import ladder_of
    from analysis.design.rule import LogRankRule

    rule = LogRankRule(alpha, allocation(ratio))
    asked = choose_prior(prior, run, endpoint)
    interim = library.Interim(interim_hr, interim_events, final_events)
    faults = (
        []
        if 0 < futility_limit < 0.5
        else [f"futility limit {futility_limit:g}: expected above 0 and below 0.5, e.g. 0.1"]
    )
    refuse([*faults, *hazard_ratio_faults(planned_hr)])
    value = library.predictive_power(asked, interim, rule)
    futility = library.FutilityRule(futility_limit, asked)
    boundary = futility.boundary(interim_events, final_events, rule)
    conditional = library.conditional_power(planned_hr, interim, rule)
    beside = {
        item.name: library.predictive_power(item, interim, rule)
        for item in ladder_of(run, endpoint)
        if item.name != asked.name
    }
    result = {
        "prior": str(asked),
        "predictive_power": value,
        "ladder": beside,
        "conditional_power": conditional,
        "conditional_power_at_hr": planned_hr,
        "futility_rule": str(futility),
        "futility_hr": boundary,
        "stops": futility.stops(interim, rule),
    }
    lines = [
        f"{asked}: predictive power {value:.3f} at interim HR {interim_hr:g} "
        f"({interim_events:g} of {final_events:g} events)",
        "beside it: " + ", ".join(f"{name} {power:.3f}" for name, power in beside.items()),
        f"conditional power at HR {planned_hr:g}: {conditional:.3f}",
        f"{futility}: interim HR above {boundary:.3f}; here it {'stops' if result['stops'] else 'continues'}",
    ]
    _say_sources(run, [asked, *ladder_of(run, endpoint)])
    show(result, lines, as_json, run)


def evsi(
    events: Annotated[str, typer.Option(help="Numbers of events, separated by commas.")] = "150,300,600",
    prior: PriorName = "base",
    run: Run = None,
    endpoint: Endpoint = "OS",
    gain: Annotated[float, typer.Option(help="Months of RMST that justify adoption.")] = 1.5,
    control_median: ControlMedian = None,
    horizon: Annotated[float, typer.Option(help="RMST horizon, months.")] = 24.0,
    ratio: Ratio = "1:1",
    phase_2_patients: Annotated[int, typer.Option(help="Patients of a small randomised trial.")] = 60,
    cohort_patients: Annotated[int, typer.Option(help="Patients of cohort 2 of the index trial.")] = 30,
    step_maturity: Annotated[float, typer.Option(help="Events over patients in those two.")] = 0.75,
    evidence: Evidence = None,
    as_json: AsJson = False,
) -> None:
    """EVPI, EVSI, and the cheapest next step."""
    from analysis.design import value
    from analysis.design.evidence import index_events
    from analysis.design.priors import choose_prior
    from analysis.design.question import ladder_of, need_own, same_question
    from analysis.design.rule import LogRankRule

    need_own(evidence, {"--run": run, "--control-median": control_median})
    counts = numbers(events, "--events", "150,300,600")
    trial = LogRankRule(ratio=allocation(ratio))
    adopt = value.AdoptionRule(gain, median_of(control_median, endpoint), horizon)
    asked = choose_prior(prior, run, endpoint)
    same_question(run, evidence)
    ladder = ladder_of(run, endpoint, evidence)
    steps = (
        value.randomised_phase_2(phase_2_patients, step_maturity, trial),
        value.concurrent_cohort(index_events(endpoint, evidence), cohort_patients, step_maturity),
    )
    rows: dict[str, dict[str, Any]] = {
        item.name: {
            "prior": str(item),
            "evpi": value.evpi(item, adopt),
            "evsi": [value.evsi(item, count, adopt, trial) for count in counts],
            "next_steps": [{**asdict(step), "evsi": value.value_of(step, item, adopt)} for step in steps],
        }
        for item in (asked, *ladder)
    }
    result: dict[str, Any] = {
        **rows[asked.name],
        "events": list(counts),
        "rule": str(adopt),
        "ladder": {name: row for name, row in rows.items() if name != asked.name},
    }
    heads = "  ".join(f"{count:>6g}" for count in counts)
    lines = [f"{adopt}; months of RMST per patient", f"{'prior':<34}  EVPI  EVSI at {heads}"]
    for row in rows.values():
        lines.append(
            f"{row['prior']:<34}{row['evpi']:6.2f}          " + "  ".join(f"{v:6.2f}" for v in row["evsi"])
        )
        lines += [f"    {step['name']}: {step['evsi']:.2f}" for step in row["next_steps"]]
    lines += [f"{step.name}: {step.assumption}" for step in steps]
    _say_sources(run, [asked, *ladder])
    show(result, lines, as_json, run)


def hybrid(
    experimental_events: Annotated[
        float, typer.Option(help="Events expected in the experimental arm.")
    ] = 211,
    control_events: Annotated[float, typer.Option(help="Events expected in the randomised control.")] = 120,
    external_arms: Annotated[int, typer.Option(help="External control arms.")] = 6,
    tau: Annotated[str, typer.Option(help="Between-trial standard deviations to assume.")] = "0.1,0.15,0.2",
    drift: Annotated[
        str, typer.Option(help="Log hazard drifts of the external arms.")
    ] = "-0.2,-0.1,0,0.1,0.2",
    external_variance: Annotated[
        float, typer.Option(help="Sampling variance of the external mean.")
    ] = 0.0008,
    robust_weight: Annotated[float, typer.Option(help="Weight of a vague component, e.g. 0.2.")] = 0.0,
    hr: Annotated[float, typer.Option(help="Hazard ratio at which the power is shown.")] = 0.7,
    alpha: Alpha = 0.05,
    as_json: AsJson = False,
) -> None:
    """Type I error and power by drift."""
    from analysis.design.borrowing import HybridDesign, borrowing_warning, rejection_probability
    from analysis.design.checks import hazard_ratio_faults, refuse

    refuse(hazard_ratio_faults(hr))
    drifts = numbers(drift, "--drift", "0,0.1,0.2")
    level = f"one-sided type I error, nominal {alpha / 2:g}"
    rows, lines = [], [f"{'tau':>6}{'events':>8}  {level} (power at HR {hr:g}), by drift"]
    for value in numbers(tau, "--tau", "0.1,0.15,0.2"):
        design = HybridDesign(
            experimental_events,
            control_events,
            external_arms,
            value,
            external_variance,
            robust_weight,
            alpha / 2,
        )
        errors = [rejection_probability(design, item) for item in drifts]
        powers = [rejection_probability(design, item, hr) for item in drifts]
        warning = borrowing_warning(design)
        rows.append(
            {
                "tau": value,
                "effective_external_events": design.effective_external_events,
                "type_i_error": errors,
                "power": powers,
                "warning": warning,
            }
        )
        cells = "  ".join(
            f"{d:+g}: {e:.3f} ({p:.2f})" for d, e, p in zip(drifts, errors, powers, strict=True)
        )
        lines.append(f"{value:6g}{design.effective_external_events:8.0f}  {cells}")
        if warning:
            note(f"warning: {warning}")
    result = {
        "drift": list(drifts),
        "robust_weight": robust_weight,
        "nominal_one_sided": alpha / 2,
        "rows": rows,
    }
    show(result, lines, as_json)


def _say_sources(run: Path | None, priors: list[Any]) -> None:
    from analysis.design.priors import LADDER_READING

    if run is None:
        note(f"note: priors are the named ones: {LADDER_READING}")
        return
    for prior in {prior.name: prior for prior in priors}.values():
        if prior.draws is None:
            note(f"note: {prior.name} is the named prior, read from OS; {run} has no posterior of it")
