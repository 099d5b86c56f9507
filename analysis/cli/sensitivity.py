"""`crosstrial sensitivity`: the named sensitivity analyses."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

EXAMPLES = """
Examples:

  crosstrial sensitivity --list

  crosstrial sensitivity SA01 SA02 SA09 --run runs/latest

  crosstrial sensitivity --all --run runs/latest --out runs/latest-sensitivity

  crosstrial sensitivity SA05 SA13 --preset smoke
"""


def sensitivity(
    analyses: Annotated[
        list[str] | None, typer.Argument(help="Ids SA01 to SA23.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every analysis.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the analyses and what each changes.")] = False,
    run: Annotated[
        Path | None, typer.Option(help="Folder of a finished run, the base case; default: one is made.")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(help="smoke, quick or standard: sampling of further fits; default: the run's."),
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="Evidence folder of the run; default: the one shipped.")
    ] = None,
    add: Annotated[list[Path] | None, typer.Option(help="A further trial file that the run had.")] = None,
    out: Annotated[Path, typer.Option(help="Where the tables and figures go.")] = Path("runs/sensitivity"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Every "and if?" as one comparable line: how far does the increment move, which conclusion survives?"""
    from dataclasses import asdict

    from analysis.sensitivity.catalogue import CATALOGUE, choose

    if listing:
        if as_json:
            print(json.dumps([asdict(analysis) for analysis in CATALOGUE], indent=1))
        else:
            for analysis in CATALOGUE:
                typer.echo(f"{analysis.id}  {analysis.title}: {analysis.changes}")
        return
    chosen = choose(tuple(analyses or ()), everything=everything)

    from analysis.run.request import PRESETS, RunRequest
    from analysis.sensitivity.base import BaseCase
    from digitized.errors import InputError

    if preset is not None and preset not in PRESETS:
        raise InputError(f"--preset {preset!r}: expected one of {', '.join(PRESETS)}")

    from analysis.run.pipeline import run as run_main_job
    from analysis.sensitivity.console import show_lines
    from analysis.sensitivity.job import run_analyses

    console = Console(stderr=True, highlight=False)
    extra = tuple(add or ())
    folder = run
    if folder is None:
        folder = out / "run"
        if not (folder / "manifest.json").exists():
            sampling = PRESETS[preset or "quick"]
            run_main_job(RunRequest(folder, sampling, evidence=evidence, extra=extra), console)
    answered = run_analyses(
        chosen, BaseCase(folder, evidence, extra), PRESETS[preset] if preset else None, out, console
    )
    if as_json:
        print(answered.to_json(orient="records", indent=1))
    else:
        show_lines(answered, out, Console(highlight=False))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=EXAMPLES)(sensitivity)
