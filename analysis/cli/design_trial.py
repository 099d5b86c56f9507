"""`crosstrial design simulate`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from analysis.cli.design_options import (
    Alpha,
    AsJson,
    ControlMedian,
    Endpoint,
    Ratio,
    Run,
    allocation,
    median_of,
    note,
    numbers,
    show,
)
from digitized.errors import InputError

if TYPE_CHECKING:
    from analysis.design.priors import DesignPrior

SIMULATE_HELP = """Simulate the trial: delayed or crossing hazards, a cure tail, looks, PFS before OS.

With --prior each trial draws its own hazard ratio; with --run it draws it, and the control's survival curve,
from the run's posterior, with gatekeeping of both endpoints. The Monte Carlo error is shown, and the ladder
(base, pessimistic, class effect) beside any prior.

Examples:

  crosstrial design simulate --hr 0.7 --events 331 --n 442

  crosstrial design simulate --effect delayed --change 4 --hr 0.6 --events 331 --n 442 --looks 0.6,1

  crosstrial design simulate --run runs/quick --prior base --events 400 --n 600

  crosstrial design simulate --effect gatekeeping --hr 0.75 --events 508 --n 678 --pfs-hr 0.65

  crosstrial design simulate --effect gatekeeping --run runs/quick --events 508 --n 678
"""
# Square root of the trial-level R2 of .44 between PFS and OS effects in first-line ESCC.
TRIAL_CORRELATION = 0.66
# Simulated trials under each prior of the ladder that stands beside the one asked for.
LADDER_TRIALS = 1000


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
    control_median: ControlMedian = None,
    accrual: Annotated[float, typer.Option(help="Months of uniform accrual.")] = 24.0,
    dropout: Annotated[float, typer.Option(help="Share lost a year.")] = 0.03,
    looks: Annotated[str, typer.Option(help="Information fractions of the analyses.")] = "1",
    spending: Annotated[
        Literal["obrien-fleming", "pocock"], typer.Option(help="Spending function of alpha.")
    ] = "obrien-fleming",
    futility_beta: Annotated[
        float, typer.Option(help="Type II error spent on non-binding futility at the looks, e.g. 0.1.")
    ] = 0.0,
    pfs_hr: Annotated[
        float | None,
        typer.Option(help="PFS hazard ratio, with gatekeeping; not given: the run's posterior, else 0.7."),
    ] = None,
    pfs_events: Annotated[int, typer.Option(min=1, help="PFS events, with gatekeeping.")] = 331,
    pfs_median: Annotated[
        float | None,
        typer.Option(help="Control median PFS, months; not given: the run's curve, else 6.5."),
    ] = None,
    correlation: Annotated[
        float,
        typer.Option(
            help="Of progression and death within patients: 0 independent, 1 in the same order; between, the "
            "share of patients with both at the same quantile."
        ),
    ] = 0.6,
    trial_correlation: Annotated[
        float, typer.Option(help="Correlation of the true log hazard ratios on PFS and OS, both drawn.")
    ] = TRIAL_CORRELATION,
    alpha: Alpha = 0.05,
    ratio: Ratio = "1:1",
    trials: Annotated[int, typer.Option(help="Simulated trials.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed.")] = 20260102,
    as_json: AsJson = False,
) -> None:
    """Operating characteristics by simulation."""
    from analysis.cli.design_gatekeeping import GatedTrial, curve_of, gatekeeping
    from analysis.design.accrual import Period
    from analysis.design.boundaries import GroupSequentialRule, boundaries, efficacy_boundaries
    from analysis.design.conduct import Arms
    from analysis.design.controls import ExponentialControl
    from analysis.design.gatekeeping import Dependence
    from analysis.design.priors import LADDER_READING, choose_prior
    from analysis.design.question import ladder_of
    from analysis.design.rule import LogRankRule
    from analysis.design.simulation import Looks
    from analysis.design.simulation import simulate as simulate_looks
    from analysis.design.survival_times import Effect, Survival

    belief = choose_prior(prior or "base", run, endpoint) if prior or run else None
    if hr is None and belief is None:
        raise InputError("no hazard ratio: give --hr, or --prior (or --run) to draw one for each trial")
    if hr is not None and belief is not None:
        raise InputError("--hr and a prior (--prior or --run) exclude each other; leave one out")
    if effect == "gatekeeping" and (endpoint != "OS" or looks != "1" or futility_beta):
        raise InputError(
            "gatekeeping tests PFS once, then OS once: leave out --endpoint, --looks and --futility-beta"
        )
    acts = Effect(hr, hr)
    if effect == "delayed":
        acts = Effect(1.0, hr, change)
    elif effect == "crossing":
        acts = Effect(early_hr, hr, change)
    elif effect == "cure-tail":
        acts = Effect(hr, hr, 0.0, cured, cured_control)
    rule = LogRankRule(alpha, allocation(ratio))
    arms = Arms(n, rule.ratio, Period(accrual), dropout)
    stated = ExponentialControl(median_of(control_median, endpoint))

    def under(item: "DesignPrior | None") -> Survival:
        return Survival(curve_of(run, item.name, endpoint) if run and item else stated, acts, item)

    survival, few = under(belief), min(trials, LADDER_TRIALS)
    # A chance of success under one prior is never quoted alone.
    others = [under(item) for item in ladder_of(run, endpoint) if belief and item.name != belief.name]
    if belief and run is None:
        note(f"note: priors are the named ones: {LADDER_READING}")
    if effect == "gatekeeping":
        dependence = Dependence(correlation, trial_correlation)
        gated = GatedTrial(arms, rule, pfs_events, events, pfs_hr, pfs_median, dependence, run)
        first = gated.simulate(survival, trials, seed)
        show(*gatekeeping(gated, survival, gated.beside(others, few, seed), first), as_json, run)
        return
    sequential = GroupSequentialRule(numbers(looks, "--looks", "0.6,1"), alpha / 2, spending, futility_beta)
    counts = tuple(max(1, round(events * fraction)) for fraction in sequential.information)
    futility = boundaries(sequential, 1 - futility_beta).futility if futility_beta else (None,) * len(counts)
    plan = Looks(counts, efficacy_boundaries(sequential), futility)
    found = simulate_looks(arms, survival, plan, trials=trials, seed=seed)
    beside = {
        other.prior.name: simulate_looks(arms, other, plan, trials=few, seed=seed)
        for other in others
        if other.prior
    }
    word = "assurance" if belief else "power"
    lines = [
        str(survival),
        str(plan),
        f"{word} {found.power:.3f} (Monte Carlo +-{2 * found.power_standard_error:.3f}, {trials} trials); "
        f"mean {found.mean_events:.0f} events, {found.mean_months:.1f} months, "
        f"median estimated HR {found.median_hazard_ratio:.3f}",
    ]
    lines += [
        f"beside it, {name}: {other.power:.2f} (+-{2 * other.power_standard_error:.2f}, {few} trials)"
        for name, other in beside.items()
    ]
    if belief is None and effect == "proportional" and hr is not None:
        unequal = (
            "" if rule.ratio == 1 else " (Schoenfeld's formula, an approximation with unequal allocation)"
        )
        lines.append(f"closed form without looks: {rule.power(hr, events):.3f}{unequal}")
    if found.reached < 0.99:
        lines.append(f"only {found.reached:.0%} of the trials that went on reached {events} events")
    result: dict[str, Any] = {
        "effect": str(acts),
        "control": str(survival.control),
        "prior": str(belief) if belief else None,
        **asdict(found),
        "looks": str(plan),
    }
    if belief:
        result["ladder"] = {name: asdict(other) for name, other in beside.items()}
    show(result, lines, as_json, run)
