"""`crosstrial report` and `crosstrial plot`: what a finished run shows."""

from pathlib import Path
from typing import Annotated

import typer

REPORT_EXAMPLES = "Example:\n\n  crosstrial report runs/standard"
PLOT_EXAMPLES = (
    "Examples:\n\n  crosstrial plot ladder --run runs/standard\n\n  crosstrial plot ladder --run a --run b"
)


def report(folder: Annotated[Path, typer.Argument(help="Folder of a finished run.")]) -> None:
    """Rebuild report.html and report.docx of a finished run."""
    from analysis.figures import draw_all
    from analysis.report import write_report

    draw_all(folder)
    write_report(folder)
    typer.echo(str(folder / "report.html"))


def plot(
    name: Annotated[str, typer.Argument(help="Figure: ladder, survival_OS, prior_posterior ...")],
    run: Annotated[list[Path], typer.Option(help="Run folder; may be repeated.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the figures; default: figures of each run.")
    ] = None,
) -> None:
    """Draw one figure of one or several runs as SVG, PDF, PNG and CSV."""
    from analysis.figures import draw, drawings
    from analysis.figures.run_data import RunData
    from digitized.errors import InputError

    runs = [RunData(folder) for folder in run]
    faults = [
        f"{data.folder}: has no figure {name!r}; expected one of {', '.join(drawings(data))}"
        for data in runs
        if name not in drawings(data)
    ]
    if faults:
        raise InputError(faults)
    for data in runs:
        place = (out / data.folder.name if len(runs) > 1 else out) if out else data.folder / "figures"
        place.mkdir(parents=True, exist_ok=True)
        draw(data, name, drawings(data)[name], place)
        typer.echo(str(place / f"{name}.svg"))


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog=REPORT_EXAMPLES)(report)
    app.command(epilog=PLOT_EXAMPLES)(plot)
