"""`crosstrial validate`: the checks V1-V10, their verdicts, and the qualification report."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

EXAMPLES = """
Examples:

  crosstrial validate V6 V9

  crosstrial validate --json

  crosstrial validate --preset full --out qualification

  crosstrial validate --preset full --dask tcp://scheduler:8786 --out qualification

Exit code 1 when a check fails. Finished fits are kept in DIR/work: the same command resumes.
"""


def validate(
    checks: Annotated[list[str] | None, typer.Argument(help="V1 ... V10; all when none is named.")] = None,
    preset: Annotated[str, typer.Option(help="ci (minutes) or full (the qualification run, hours).")] = "ci",
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler, tcp://host:port.")] = None,
    processes: Annotated[int, typer.Option(help="Local processes; 0 takes one a core.")] = 0,
    evidence: Annotated[Path | None, typer.Option(help="Evidence folder; default: the one shipped.")] = None,
    out: Annotated[Path, typer.Option(help="Where verdicts, tables, figures and report go.")] = Path(
        "runs/validation"
    ),
    seed: Annotated[int, typer.Option(help="Seed of every random step.")] = 20241107,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
) -> None:
    """Point the machine at arms whose answer is known, and say where it is right and where not."""
    from analysis.validation.command import ValidateRequest, validate_all

    request = ValidateRequest(tuple(checks or ()), preset, out, dask, processes, evidence, seed)
    verdicts = validate_all(request, Console(stderr=True, highlight=False))
    if as_json:
        import json

        typer.echo(json.dumps([verdict.as_json() for verdict in verdicts], indent=1))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for verdict in verdicts:
            console.print(f"{verdict.id:>3}  {verdict.verdict:<13}  {verdict.sentence}", markup=False)
        console.print(f"report: {out / 'report.html'}", markup=False)
    if any(verdict.verdict == "failed" for verdict in verdicts):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=EXAMPLES)(validate)
