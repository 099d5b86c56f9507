"""`crosstrial design simulate`."""

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from analysis.cli.design_options import Alpha, AsJson, Endpoint, Ratio, Run, allocation, numbers, show
from digitized.errors import InputError

SIMULATE_HELP = """Simulate the trial: delayed or crossing hazards, a cure tail, looks, PFS before OS.

With --prior each trial draws its own hazard ratio; with --run it draws it, and the control's survival curve,
from the run's posterior. The Monte Carlo error is shown.

Examples:

  crosstrial design simulate --hr 0.7 --events 331 --n 442

  crosstrial design simulate --effect delayed --change 4 --hr 0.6 --events 331 --n 442 --looks 0.6,1

  crosstrial design simulate --run runs/quick --prior base --events 400 --n 600

  crosstrial design simulate --effect gatekeeping --hr 0.75 --events 508 --n 678 --pfs-hr 0.65
"""


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("simulate", help=SIMULATE_HELP)(simulate)


def simulate(
    events: Annotated[int, typer.Option(min=1, help="Events at the final analysis.")],
    n: Annotated[int, typer.Option(help="Patients.")],
    effect: Annotated[
        Literal["proportional", "delayed", "crossing", "cure-tail", "gatekeeping"],
        typer.Option(help="How the treatment acts."),
    ] = "proportional",
    hr: Annotated[float | None, typer.Option(help="Hazard ratio (after --change).")] = None,
    early_hr: Annotated[float, typer.Option(help="Hazard ratio before --change, with crossing.")] = 1.3,
    change: Annotated[float, typer.Option(help="Month of change, with delayed and crossing.")] = 4.0,
    cured: Annotated[float, typer.Option(help="Share cured, with cure-tail.")] = 0.1,
    cured_control: Annotated[float, typer.Option(help="Share cured in the control arm.")] = 0.0,
    prior: Annotated[str | None, typer.Option(help="Draw each trial's hazard ratio from this prior.")] = None,
    run: Run = None,
    endpoint: Endpoint = "OS",
    control_median: Annotated[float, typer.Option(help="Control median, months (without --run).")] = 15.2,
    accrual: Annotated[float, typer.Option(help="Months of uniform accrual.")] = 24.0,
    dropout: Annotated[float, typer.Option(help="Share lost a year.")] = 0.03,
    looks: Annotated[str, typer.Option(help="Information fractions of the analyses.")] = "1",
    spending: Annotated[
        Literal["obrien-fleming", "pocock"], typer.Option(help="Spending function of alpha.")
    ] = "obrien-fleming",
    pfs_hr: Annotated[float, typer.Option(help="PFS hazard ratio, with gatekeeping.")] = 0.7,
    pfs_events: Annotated[int, typer.Option(help="PFS events, with gatekeeping.")] = 331,
    pfs_median: Annotated[float, typer.Option(help="Control median PFS, months.")] = 6.5,
    correlation: Annotated[float, typer.Option(help="Correlation of PFS and OS scores.")] = 0.6,
    alpha: Alpha = 0.05,
    ratio: Ratio = "1:1",
    trials: Annotated[int, typer.Option(help="Simulated trials.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed.")] = 20260102,
    as_json: AsJson = False,
) -> None:
    """Operating characteristics by simulation."""
    from analysis.design import simulation as library
    from analysis.design.accrual import Period
    from analysis.design.boundaries import GroupSequentialRule, efficacy_boundaries
    from analysis.design.priors import choose_prior
    from analysis.design.rule import LogRankRule
    from analysis.design.survival_times import Effect, ExponentialControl, run_control

    belief = choose_prior(prior or "base", run, endpoint) if prior or run else None
    if hr is None and belief is None:
        raise InputError("no hazard ratio: give --hr, or --prior (or --run) to draw one for each trial")
    if hr is not None and belief is not None:
        raise InputError("--hr and a prior (--prior or --run) exclude each other; leave one out")
    arms = library.Arms(n, allocation(ratio), Period(accrual), dropout)
    control = (
        run_control(run, belief.name, endpoint) if run and belief else ExponentialControl(control_median)
    )
    if effect == "delayed":
        acts = Effect(1.0, hr, change)
    elif effect == "crossing":
        acts = Effect(early_hr, hr, change)
    elif effect == "cure-tail":
        acts = Effect(hr, hr, 0.0, cured, cured_control)
    else:
        acts = Effect(hr, hr)
    survival = library.Survival(control, acts, belief)
    head = [f"{control}; {acts}" + (f"; {belief}" if belief else "")]
    rule = LogRankRule(alpha, allocation(ratio))
    if effect == "gatekeeping":
        pfs = library.Endpoint(
            library.Survival(ExponentialControl(pfs_median), Effect(pfs_hr, pfs_hr)),
            pfs_events,
            rule.critical_value,
        )
        os = library.Endpoint(survival, events, rule.critical_value)
        gated = library.simulate_gatekeeping(arms, pfs, os, correlation, trials=trials, seed=seed)
        lines = [
            *head,
            f"PFS {gated.power_pfs:.3f} at month {gated.months_pfs:.1f}, OS after PFS {gated.power_os:.3f} "
            f"(Monte Carlo +-{2 * gated.standard_error:.3f}) at month {gated.months_os:.1f}, "
            f"OS alone {gated.power_os_ungated:.3f}; {trials} trials",
        ]
        show({"effect": effect, "power": gated.power_os, **asdict(gated)}, lines, as_json)
        return
    sequential = GroupSequentialRule(numbers(looks, "--looks"), alpha / 2, spending)
    counts = tuple(max(1, round(events * fraction)) for fraction in sequential.information)
    plan = library.Looks(counts, efficacy_boundaries(sequential), (None,) * len(counts))
    found = library.simulate(arms, survival, plan, trials=trials, seed=seed)
    result = {"effect": str(acts), "control": str(control), "prior": str(belief) if belief else None}
    word = "assurance" if belief else "power"
    lines = [
        *head,
        str(plan),
        f"{word} {found.power:.3f} (Monte Carlo +-{2 * found.power_standard_error:.3f}, {trials} trials); "
        f"mean {found.mean_events:.0f} events, {found.mean_months:.1f} months, "
        f"median estimated HR {found.median_hazard_ratio:.3f}",
    ]
    if belief is None and effect == "proportional" and hr is not None:
        closed = rule.power(hr, events)
        lines.append(f"closed form without looks: {closed:.3f}")
    if found.reached < 0.99:
        lines.append(f"only {found.reached:.0%} of the trials that went on reached {events} events")
    show({**result, **asdict(found), "looks": str(plan)}, lines, as_json)
