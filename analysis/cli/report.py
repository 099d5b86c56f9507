"""`crosstrial report`: what a finished run says."""

from pathlib import Path
from typing import Annotated

import typer

REPORT_EXAMPLES = (
    "Examples:\n\n  crosstrial report runs/standard\n\n"
    "  crosstrial report runs/standard --sensitivity runs/sensitivity --validation runs/validation"
)


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    sensitivity: Annotated[
        Path | None,
        typer.Option(help="Folder with sensitivity.csv; default: the run's own, or its folder sensitivity."),
    ] = None,
    validation: Annotated[
        Path | None, typer.Option(help="Folder with verdicts.json; default: the run's folder validation.")
    ] = None,
) -> None:
    """Rebuild report.html, report.docx, methods.txt and references.bib of a finished run."""
    from analysis.figures import draw_all
    from analysis.report import Attachments, write_report

    draw_all(folder)
    write_report(folder, Attachments(sensitivity, validation))
    for name in ("report.html", "report.docx", "methods.txt", "references.bib"):
        typer.echo(str(folder / name))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=REPORT_EXAMPLES)(report)
