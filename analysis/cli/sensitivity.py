"""`crosstrial sensitivity`: the named sensitivity analyses."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

# Columns of a table that goes to a file.
WIDE = 170
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

    from analysis.sensitivity.catalogue import choose
    from digitized.errors import InputError

    faults: list[str] = []
    try:
        # A list of nothing in particular is a list of everything.
        chosen = choose(tuple(analyses or ()), everything=everything or (listing and not analyses))
    except InputError as error:
        faults += error.faults

    if preset is not None:
        from analysis.run.request import PRESETS

        if preset not in PRESETS:
            faults.append(f"--preset {preset!r}: expected one of {', '.join(PRESETS)}")
    if run is not None and not (run / "manifest.json").is_file():
        faults.append(f"--run {run}: no manifest.json; expected the folder of a finished run")
    if faults:
        raise InputError(faults)
    if listing:
        if as_json:
            print(json.dumps([asdict(analysis) for analysis in chosen], indent=1))
        else:
            for analysis in chosen:
                typer.echo(f"{analysis.id}  {analysis.title}: {analysis.changes}")
        return

    from analysis.run.pipeline import run as run_main_job
    from analysis.run.request import PRESETS, RunRequest
    from analysis.sensitivity.base import BaseCase
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
        # Written to a file the table is not squeezed into eighty columns.
        show_lines(answered, out, Console(highlight=False, width=None if sys.stdout.isatty() else WIDE))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=EXAMPLES)(sensitivity)
