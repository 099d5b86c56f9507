"""`crosstrial design simulate`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analysis.cli.design_options import Alpha, AsJson, Endpoint, Ratio, Run, allocation, note, numbers, show
from digitized.errors import InputError

if TYPE_CHECKING:
    from analysis.design.priors import DesignPrior
    from analysis.design.simulation import Survival
    from analysis.design.survival_times import Control

SIMULATE_HELP = """Simulate the trial: delayed or crossing hazards, a cure tail, looks, PFS before OS.

With --prior each trial draws its own hazard ratio; with --run it draws it, and the control's survival curve,
from the run's posterior, with gatekeeping of both endpoints. The Monte Carlo error is shown.

Examples:

  crosstrial design simulate --hr 0.7 --events 331 --n 442

  crosstrial design simulate --effect delayed --change 4 --hr 0.6 --events 331 --n 442 --looks 0.6,1

  crosstrial design simulate --run runs/quick --prior base --events 400 --n 600

  crosstrial design simulate --effect gatekeeping --hr 0.75 --events 508 --n 678 --pfs-hr 0.65

  crosstrial design simulate --effect gatekeeping --run runs/quick --events 508 --n 678
"""
# Square root of the trial-level R2 of .44 between PFS and OS effects in first-line ESCC.
TRIAL_CORRELATION = 0.66


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
    correlation: Annotated[float, typer.Option(help="Correlation of a patient's PFS and OS.")] = 0.6,
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
    from analysis.design import simulation as library
    from analysis.design.accrual import Period
    from analysis.design.boundaries import GroupSequentialRule, boundaries, efficacy_boundaries
    from analysis.design.priors import choose_prior
    from analysis.design.rule import LogRankRule
    from analysis.design.survival_times import Effect, ExponentialControl

    belief = choose_prior(prior or "base", run, endpoint) if prior or run else None
    if hr is None and belief is None:
        raise InputError("no hazard ratio: give --hr, or --prior (or --run) to draw one for each trial")
    if hr is not None and belief is not None:
        raise InputError("--hr and a prior (--prior or --run) exclude each other; leave one out")
    if effect == "gatekeeping" and (endpoint != "OS" or looks != "1" or futility_beta):
        raise InputError(
            "gatekeeping tests PFS once, then OS once: leave out --endpoint, --looks and --futility-beta"
        )
    arms = library.Arms(n, allocation(ratio), Period(accrual), dropout)
    control = _curve_of(run, belief.name, endpoint) if run and belief else ExponentialControl(control_median)
    if effect == "delayed":
        acts = Effect(1.0, hr, change)
    elif effect == "crossing":
        acts = Effect(early_hr, hr, change)
    elif effect == "cure-tail":
        acts = Effect(hr, hr, 0.0, cured, cured_control)
    else:
        acts = Effect(hr, hr)
    survival = library.Survival(control, acts, belief)
    rule = LogRankRule(alpha, allocation(ratio))
    if effect == "gatekeeping":
        first = _pfs(run, belief, pfs_hr, pfs_median)
        gated = library.simulate_gatekeeping(
            arms,
            library.Endpoint(first, pfs_events, rule.critical_value),
            library.Endpoint(survival, events, rule.critical_value),
            correlation,
            trial_correlation=trial_correlation,
            trials=trials,
            seed=seed,
        )
        lines = [
            *(f"{name}: {_described(part)}" for name, part in (("PFS", first), ("OS", survival))),
            f"PFS {gated.power_pfs:.3f} at month {gated.months_pfs:.1f}, OS after PFS {gated.power_os:.3f} "
            f"(Monte Carlo +-{2 * gated.standard_error:.3f}) at month {gated.months_os:.1f}, "
            f"OS alone {gated.power_os_ungated:.3f}; {trials} trials",
        ]
        described = {"pfs": _described(first), "os": _described(survival)}
        show({"effect": effect, "power": gated.power_os, **described, **asdict(gated)}, lines, as_json)
        return
    sequential = GroupSequentialRule(numbers(looks, "--looks"), alpha / 2, spending, futility_beta)
    counts = tuple(max(1, round(events * fraction)) for fraction in sequential.information)
    futility = boundaries(sequential, 1 - futility_beta).futility if futility_beta else (None,) * len(counts)
    plan = library.Looks(counts, efficacy_boundaries(sequential), futility)
    found = library.simulate(arms, survival, plan, trials=trials, seed=seed)
    result = {"effect": str(acts), "control": str(control), "prior": str(belief) if belief else None}
    word = "assurance" if belief else "power"
    lines = [
        _described(survival),
        str(plan),
        f"{word} {found.power:.3f} (Monte Carlo +-{2 * found.power_standard_error:.3f}, {trials} trials); "
        f"mean {found.mean_events:.0f} events, {found.mean_months:.1f} months, "
        f"median estimated HR {found.median_hazard_ratio:.3f}",
    ]
    if belief is None and effect == "proportional" and hr is not None:
        closed = rule.power(hr, events)
        unequal = (
            "" if rule.ratio == 1 else " (Schoenfeld's formula, an approximation with unequal allocation)"
        )
        lines.append(f"closed form without looks: {closed:.3f}{unequal}")
    if found.reached < 0.99:
        lines.append(f"only {found.reached:.0%} of the trials that went on reached {events} events")
    show({**result, **asdict(found), "looks": str(plan)}, lines, as_json)


def _described(survival: "Survival") -> str:
    """Control, effect and prior in one line."""
    return f"{survival.control}; {survival.effect}" + (f"; {survival.prior}" if survival.prior else "")


def _curve_of(run: Path, scenario: str, endpoint: str) -> "Control":
    """The run's comparator curve under the prior's scenario, its base scenario for any other prior."""
    from analysis.design.priors import run_scenarios
    from analysis.design.survival_times import run_control

    if scenario in run_scenarios(run, endpoint):
        return run_control(run, scenario, endpoint)
    note(f"note: {scenario} is no scenario of {run} for {endpoint}; the control is that of its base scenario")
    return run_control(run, "base", endpoint)


def _pfs(
    run: Path | None, belief: "DesignPrior | None", hazard_ratio: float | None, median: float | None
) -> "Survival":
    """PFS of the gatekeeping: what is given, else the run's posterior, else HR .7 and a median of 6.5."""
    from analysis.design.priors import run_prior, run_scenarios
    from analysis.design.simulation import Survival
    from analysis.design.survival_times import Effect, ExponentialControl

    name = belief.name if belief else ""
    if run and hazard_ratio is None and name not in run_scenarios(run, "PFS"):
        raise InputError(f"{run}: no posterior of PFS under {name!r}; give --pfs-hr, e.g. 0.7")
    drawn = run_prior(run, name, "PFS") if run and hazard_ratio is None else None
    fixed = None if drawn else (hazard_ratio or 0.7)
    control = _curve_of(run, name, "PFS") if run and median is None else ExponentialControl(median or 6.5)
    return Survival(control, Effect(fixed, fixed), drawn)
