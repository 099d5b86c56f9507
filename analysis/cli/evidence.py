"""`crosstrial evidence`: what is published, what is missing, which analysis is used."""

from pathlib import Path
from typing import Annotated, Literal

import typer

HELP = """Show, check or extend the published evidence.

Without options: the trials with their arms, the analysis that feeds the models for each endpoint (and which
are kept as checks), what is missing, and what the sources contradict.

Examples:

  crosstrial evidence

  crosstrial evidence escort-1st

  crosstrial evidence --check

  crosstrial evidence --json > inventory.json

  crosstrial evidence --copy my-evidence

  crosstrial evidence --evidence my-evidence --attach keynote-590 pembro-chemo OS curves.csv
"""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""

    @app.command("evidence", help=HELP)
    def evidence(
        trials: Annotated[
            list[str] | None, typer.Argument(metavar="[TRIAL]...", help="Show only these trials.")
        ] = None,
        folder: Annotated[
            Path | None, typer.Option("--evidence", help="Evidence folder; the packaged one when not given.")
        ] = None,
        add: Annotated[
            list[Path] | None, typer.Option("--add", help="Trial file to add to the folder's.")
        ] = None,
        check: Annotated[bool, typer.Option("--check", help="Only check; every fault, exit code 2.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
        copy: Annotated[
            Path | None, typer.Option("--copy", help="Copy the folder to a new one that may be changed.")
        ] = None,
        attach: Annotated[
            tuple[str, str, str, Path] | None,
            typer.Option(
                "--attach", help="Attach a digitised curve.", metavar="TRIAL ARM ENDPOINT CURVES.csv"
            ),
        ] = None,
        at_risk: Annotated[
            Path | None, typer.Option("--at-risk", help="Numbers at risk of the attached curve: time,n_risk.")
        ] = None,
        unit: Annotated[
            Literal["days", "weeks", "months", "years"],
            typer.Option("--unit", help="Unit of the curve's time."),
        ] = "months",
    ) -> None:
        """Do one of: copy, attach, check, show."""
        from analysis.cli.evidence_actions import attach_and_report, check_and_report, copy_and_report, show

        if copy is not None:
            copy_and_report(copy, folder)
        elif attach is not None:
            attach_and_report(folder, attach, at_risk=at_risk, unit=unit, as_json=as_json)
        elif check:
            check_and_report(folder, tuple(add or ()), as_json=as_json)
        else:
            show(folder, tuple(add or ()), tuple(trials or ()), as_json=as_json)
