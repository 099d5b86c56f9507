"""`crosstrial run`: the main job."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

EXAMPLES = """
Examples:

  crosstrial run

  crosstrial run --preset standard --out runs/standard

  crosstrial run --endpoints OS --c-prior "normal(log 0.9, 0.2)"

  crosstrial run --what-if benmelstobart-anlotinib/benm-anlo-chemo/PFS/rate@12=0.50 --out runs/what-if
"""


def run(
    preset: Annotated[str, typer.Option(help="smoke, quick or standard: how much sampling.")] = "quick",
    endpoints: Annotated[
        str | None, typer.Option(help="Some of the question's, e.g. OS,PFS,ORR; default: all of them.")
    ] = None,
    scenarios: Annotated[
        str | None,
        typer.Option(
            help="Rungs of the ladder: some of naive,optimistic,base,pessimistic,leap_class; default: all but "
            "optimistic, leap_class where the evidence has a class benchmark."
        ),
    ] = None,
    population: Annotated[
        str | None,
        typer.Option(help="index, phase3 or a TOML file with liver, pdl1_high, tp and asia shares."),
    ] = None,
    c_prior: Annotated[
        str | None, typer.Option(help='Your own prior of the single-arm shift, e.g. "normal(-0.15,0.25)".')
    ] = None,
    evidence: Annotated[Path | None, typer.Option(help="Evidence folder; default: the one shipped.")] = None,
    add: Annotated[list[Path] | None, typer.Option(help="A further trial file; may be repeated.")] = None,
    what_if: Annotated[
        list[str] | None, typer.Option(help="TRIAL/ARM/ENDPOINT/QUANTITY[@MONTH]=VALUE; may be repeated.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Run folder.")] = Path("runs/latest"),
    seed: Annotated[int, typer.Option(help="Seed of every random step.")] = 20241107,
) -> None:
    """From published evidence to the posterior increment, with its bias ladder."""
    from analysis.question_defaults import chosen_endpoints, chosen_rungs
    from analysis.run.pipeline import run as run_main_job
    from analysis.run.request import PRESETS, RunRequest
    from analysis.scenarios import DEFAULT_SCENARIOS, choose_scenarios
    from digitized.errors import InputError
    from models.priors import parse_shift
    from trials import load

    faults: list[str] = []
    if preset not in PRESETS:
        faults.append(f"--preset {preset!r}: expected one of {', '.join(PRESETS)}")
    if endpoints is not None and not _names(endpoints):
        faults.append(f"--endpoints {endpoints!r}: expected some of the question's endpoints")
    if not out.name:
        faults.append(f"--out {str(out)!r}: expected the name of a folder")
    if population is not None and not population.strip():
        faults.append("--population '': expected a population of the question or a TOML file")
    if seed < 0:
        faults.append(f"--seed {seed}: expected 0 or more")
    shift = None
    try:
        shift = parse_shift(c_prior) if c_prior is not None else None
        choose_scenarios(_names(scenarios or ""), shift)
    except InputError as error:
        faults += error.faults
    wanted: tuple[str, ...] = ()
    rungs: tuple[str, ...] = DEFAULT_SCENARIOS
    try:
        question = load(evidence, extra=tuple(add or ()))
        wanted = chosen_endpoints(question, _names(endpoints or ""))
        rungs = chosen_rungs(question, _names(scenarios or ""), DEFAULT_SCENARIOS)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    as_file = Path(population) if population is not None else None
    own = as_file if as_file is not None and (as_file.suffix or as_file.exists()) else None
    request = RunRequest(
        out=out,
        preset=PRESETS[preset],
        endpoints=wanted,
        scenarios=choose_scenarios(rungs, shift),
        populations=(population,) if population is not None and own is None else (),
        population_file=own,
        evidence=evidence,
        extra=tuple(add or ()),
        what_if=tuple(what_if or ()),
        seed=seed,
    )
    console = Console(stderr=True, highlight=False)
    folder = run_main_job(request, console)
    from analysis.run.console import show_summary

    show_summary(folder, Console(highlight=False))


def _names(text: str) -> tuple[str, ...]:
    """Distinct names of a comma-separated list."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=EXAMPLES)(run)
