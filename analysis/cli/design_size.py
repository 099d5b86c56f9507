"""`crosstrial design index-trial|events|sample-size`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analysis.cli.design_options import Alpha, AsJson, Evidence, Ratio, allocation, note, numbers, show
from digitized.errors import InputError

if TYPE_CHECKING:
    from analysis.design.sample_size import Plan

INDEX_HELP = """The index trial's own sample size, by both formulas that fit it, and what its null costs.

The medians come from the evidence unless given. False positives: how often the trial "succeeds" without any
benefit when the comparator's true median is longer than the null.

Example: crosstrial design index-trial --comparator-medians 6.3,6.9,7.3
"""
EVENTS_HELP = """Events for a log-rank test, and its group-sequential boundaries.

Examples:

  crosstrial design events --hr 0.7 --power 0.9

  crosstrial design events --hr 0.7 --power 0.9 --ratio 2:1 --looks 0.6,1 --spending obrien-fleming --futility
"""
SIZE_HELP = """Patients, events and read-out.

Examples:

  crosstrial design sample-size --hr 0.7 --control-median 15.2 --dropout 0.03 --accrual 24 --maturity 0.75

  crosstrial design sample-size --hr 0.7 --sites 40 --rate 0.5 --rate-cv 0.3 --opening 6

  crosstrial design sample-size --hr 0.75 --pfs-hr 0.7 --pfs-share 0.2

  crosstrial design sample-size --hr 0.75 --readout 45
"""


# Medians of PFS under immunochemotherapy in trials of the packaged question, months.
COMPARATOR_MEDIANS = "6.3,6.9,7.3"


def register(group: typer.Typer) -> None:
    """Add the three commands."""
    group.command("index-trial", help=INDEX_HELP)(index_trial)
    group.command("events", help=EVENTS_HELP)(events)
    group.command("sample-size", help=SIZE_HELP)(sample_size)


def index_trial(
    comparator_medians: Annotated[
        str | None,
        typer.Option(
            help="True comparator medians to test the null against, months; of the packaged question 6.3,6.9,7.3."
        ),
    ] = None,
    null_median: Annotated[float | None, typer.Option(help="Months; from the evidence if not given.")] = None,
    median: Annotated[float | None, typer.Option(help="Months; from the evidence if not given.")] = None,
    accrual: Annotated[float, typer.Option(help="Months of enrolment.")] = 12.0,
    follow_up: Annotated[float, typer.Option(help="Months after the last patient.")] = 12.0,
    alpha: Alpha = 0.05,
    power: Annotated[float, typer.Option(help="Power.")] = 0.8,
    retention: Annotated[float, typer.Option(help="Share of the enrolled who are evaluable.")] = 0.8,
    evidence: Evidence = None,
    as_json: AsJson = False,
) -> None:
    """Reproduce the index trial's calculation."""
    from analysis.design import one_sample
    from analysis.design.evidence import planned_medians
    from analysis.design.question import need_own

    need_own(evidence, {"--comparator-medians": comparator_medians})
    if null_median is None or median is None:
        planned = planned_medians(evidence)
        null_median = planned[0] if null_median is None else null_median
        median = planned[1] if median is None else median
    design = one_sample.OneSampleDesign(null_median, median, accrual, follow_up, alpha, power, retention)
    sizes = {
        "log_hr": one_sample.log_hazard_ratio_size(design),
        "log_rank": one_sample.log_rank_size(design),
    }
    n = sizes["log_rank"].n
    wrong = {
        f"{value:g}": one_sample.success_probability(design, n, value)
        for value in numbers(
            comparator_medians or COMPARATOR_MEDIANS, "--comparator-medians", COMPARATOR_MEDIANS
        )
    }
    result = {
        "null_median": null_median,
        "median": median,
        "hazard_ratio": design.hazard_ratio,
        "p_event": design.p_event,
        **{name: asdict(size) for name, size in sizes.items()},
        "false_positive": {name: share for name, (share, _) in wrong.items()},
        "false_positive_standard_error": {name: error for name, (_, error) in wrong.items()},
    }
    lines = [
        f"null {null_median:g} against {median:g} months: HR {design.hazard_ratio:.4f}; "
        f"P(event) {design.p_event:.4f} with {accrual:g} + {follow_up:g} months"
    ]
    lines += [
        f"{label}: {size.events_exact:.2f} -> {size.events} events, {size.n_exact:.2f} -> {size.n} patients, "
        f"{size.enrolled} enrolled"
        for label, size in zip(
            ("one-sample log hazard ratio", "one-sample log-rank (Wu 2014)"), sizes.values(), strict=True
        )
    ]
    lines.append("The publication cannot tell the two formulas apart.")
    lines += [
        f"comparator median {name} months: {share:.1%} of such trials succeed without benefit "
        f"(+-{2 * error:.1%}, simulated)"
        for name, (share, error) in wrong.items()
    ]
    show(result, lines, as_json)


def events(
    hr: Annotated[float, typer.Option(help="Hazard ratio of the alternative, below 1.")],
    power: Annotated[float, typer.Option(help="Power.")] = 0.9,
    alpha: Alpha = 0.05,
    ratio: Ratio = "1:1",
    looks: Annotated[
        str | None, typer.Option(help="Information fractions of group-sequential looks, e.g. 0.6,1.")
    ] = None,
    spending: Annotated[
        Literal["obrien-fleming", "pocock"], typer.Option(help="Spending function of alpha (and beta).")
    ] = "obrien-fleming",
    futility: Annotated[bool, typer.Option("--futility", help="Spend beta on non-binding futility.")] = False,
    as_json: AsJson = False,
) -> None:
    """Schoenfeld's events."""
    from analysis.design.boundaries import GroupSequentialRule, sequential_plan
    from analysis.design.rule import LogRankRule, required_events

    rule = LogRankRule(alpha, allocation(ratio))
    needed = required_events(hr, power, rule)
    result = {
        "hazard_ratio": hr,
        "power": power,
        "alpha": alpha,
        "ratio": rule.ratio,
        "rule": str(rule),
        "events": needed.events,
        "events_exact": needed.exact,
    }
    asked = f"for HR {hr:g}, power {power:g}: {rule}"
    lines = [f"{needed.events} events ({needed.exact:.2f}) {asked}"]
    if looks is not None:
        sequential = GroupSequentialRule(
            numbers(looks, "--looks", "0.6,1"), alpha / 2, spending, 1 - power if futility else 0.0
        )
        planned = sequential_plan(hr, power, sequential, rule.ratio)
        result["sequential"] = {"rule": str(sequential), **asdict(planned)}
        # The looks cost events: what is asked for is what the last look needs.
        most, exact = planned.events[-1], planned.events_exact[-1]
        result |= {"events": most, "events_exact": exact}
        result |= {"events_without_looks": needed.events, "events_without_looks_exact": needed.exact}
        lines = [
            f"{most} events at most ({exact:.2f}) {asked}; without looks {needed.events} ({needed.exact:.2f})"
        ]
        lines.append(
            f"{sequential}; expected events at the alternative {planned.expected_events:.1f}, without effect "
            f"{planned.expected_events_without_effect:.1f}"
        )
        for count, z, bound, low, limit in zip(
            planned.events,
            planned.z,
            planned.hazard_ratio,
            planned.futility_z,
            planned.futility_hazard_ratio,
            strict=True,
        ):
            line = f"  {count} events: efficacy Z > {z:.4f} (HR < {bound:.3f})"
            lines.append(line if low is None else f"{line}, futility Z < {low:.4f} (HR > {limit:.3f})")
    show(result, lines, as_json)


def sample_size(
    hr: Annotated[float, typer.Option(help="Hazard ratio (of OS with --pfs-hr), below 1.")],
    power: Annotated[float, typer.Option(help="Power.")] = 0.9,
    alpha: Alpha = 0.05,
    ratio: Ratio = "1:1",
    accrual: Annotated[float, typer.Option(help="Months of accrual.")] = 24.0,
    accrual_shape: Annotated[
        Literal["uniform", "ramp", "early"], typer.Option(help="Shape of the accrual.")
    ] = "uniform",
    control_median: Annotated[float, typer.Option(help="Control median, months.")] = 15.2,
    dropout: Annotated[float, typer.Option(help="Share lost a year, e.g. 0.03.")] = 0.03,
    maturity: Annotated[float, typer.Option(help="Events over patients at the read-out.")] = 0.75,
    readout: Annotated[
        float | None, typer.Option(help="Month by which the events must be there, instead of --maturity.")
    ] = None,
    sites: Annotated[int | None, typer.Option(help="Accrual by sites instead of --accrual.")] = None,
    rate: Annotated[float, typer.Option(help="Patients a site and month.")] = 0.5,
    rate_cv: Annotated[float, typer.Option(help="Uncertainty of the rate (coefficient of variation).")] = 0.3,
    opening: Annotated[float, typer.Option(help="Months until all sites are open.")] = 6.0,
    pfs_hr: Annotated[float | None, typer.Option(help="Add PFS with this hazard ratio, alpha split.")] = None,
    pfs_share: Annotated[float, typer.Option(help="Share of alpha given to PFS.")] = 0.2,
    pfs_median: Annotated[float, typer.Option(help="Control median PFS, months.")] = 6.5,
    pfs_dropout: Annotated[float, typer.Option(help="Share lost to PFS a year.")] = 0.10,
    as_json: AsJson = False,
) -> None:
    """Patients, events and read-out months."""
    from analysis.design.accrual import Accrual, Period, Sites
    from analysis.design.rule import LogRankRule
    from analysis.design.sample_size import TrialDesign, for_readout, plan, split_alpha

    for option, value in (("--dropout", dropout), ("--pfs-dropout", pfs_dropout), ("--maturity", maturity)):
        if 2 <= value <= 100:
            raise InputError(f"{option} {value:g}: expected a share, did you mean {value / 100:g}?")
    entry: Accrual = Period(accrual, accrual_shape) if sites is None else Sites(sites, rate, opening, rate_cv)
    rule = LogRankRule(alpha, allocation(ratio))
    design = TrialDesign(hr, power, rule, entry, control_median, dropout, maturity)
    if readout is not None:
        if pfs_hr is not None:
            raise InputError("--readout and --pfs-hr exclude each other; give --maturity for two endpoints")
        design = for_readout(design, readout)
    if pfs_hr is None:
        planned = plan(design)
        result = {"design": str(design), **asdict(planned)}
        lines = [str(design), *_plan_lines(planned)]
        _say_early("", planned)
    else:
        pfs = TrialDesign(pfs_hr, power, rule, entry, pfs_median, pfs_dropout, maturity)
        first, second = split_alpha(pfs, design, pfs_share)
        result = {"n": second[1].n, "events": second[1].events, "readout_months": second[1].readout_months}
        lines = []
        for name, (part, planned) in (("pfs", first), ("os", second)):
            result[name] = {"design": str(part), "alpha": part.rule.alpha, **asdict(planned)}
            lines += [f"{name.upper()}: {part}", *_plan_lines(planned)]
            _say_early(f" of {name.upper()}", planned)
    show(result, lines, as_json)


def _say_early(endpoint: str, planned: "Plan") -> None:
    if planned.readout_months < planned.accrual_months:
        note(
            f"warning: the events{endpoint} are expected before accrual ends; fewer patients would do for them"
        )


def _plan_lines(planned: "Plan") -> list[str]:
    lines = [
        f"{planned.n} patients ({planned.n_experimental} and {planned.n_control}), {planned.events} events, "
        f"last patient in at {planned.accrual_months:.1f} months, "
        f"read-out at {planned.readout_months:.1f} months"
    ]
    if planned.accrual_interval and planned.readout_interval:
        a, r = planned.accrual_interval, planned.readout_interval
        lines.append(
            f"with the rate uncertain (95 %): last patient in {a[0]:.0f}-{a[1]:.0f}, "
            f"read-out {r[0]:.0f}-{r[1]:.0f} months"
        )
    return lines
