"""`crosstrial report` and `crosstrial plot`: what a finished run shows."""

from pathlib import Path
from typing import Annotated

import typer

REPORT_EXAMPLES = (
    "Examples:\n\n  crosstrial report runs/standard\n\n"
    "  crosstrial report runs/standard --sensitivity runs/sensitivity --validation runs/validation"
)
PLOT_EXAMPLES = (
    "Examples:\n\n  crosstrial plot ladder --run runs/standard\n\n  crosstrial plot ladder --run a --run b"
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
    evidence: Annotated[
        Path | None,
        typer.Option(help="Evidence folder of the run, for its trials' designs; default: the one shipped."),
    ] = None,
) -> None:
    """Rebuild report.html, report.docx, methods.txt and references.bib of a finished run."""
    from analysis.figures import draw_all
    from analysis.report import Attachments, write_report
    from analysis.report.trial_facts import add_trial_facts

    if not add_trial_facts(folder, evidence):
        typer.echo(
            "warning: the evidence folder is not that of the run (file hashes differ): the report lacks blinding, "
            "stratification and registration; name it with --evidence",
            err=True,
        )
    draw_all(folder)
    write_report(folder, Attachments(sensitivity, validation))
    for name in ("report.html", "report.docx", "methods.txt", "references.bib"):
        typer.echo(str(folder / name))


def plot(
    name: Annotated[
        str,
        typer.Argument(
            help="Figure, or the common beginning of several: ladder, survival, survival_OS, arms_fit, hazards, "
            "prior_posterior, tipping, rmst_by_horizon, covariates, network."
        ),
    ],
    run: Annotated[list[Path], typer.Option(help="Run folder; repeated: all of them in one figure.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the figure; default: the run's figures, with several runs: figures."),
    ] = None,
) -> None:
    """Draw one figure of a run, or of several runs together, as SVG, PDF, PNG and CSV."""
    from analysis.figures import draw, drawings
    from analysis.figures.comparison import compare
    from analysis.figures.run_data import RunData
    from digitized.errors import InputError

    runs = [RunData(folder) for folder in run]
    chosen: dict[str, None] = {}
    faults = []
    for data in runs:
        known = drawings(data)
        found = [figure for figure in known if figure == name or figure.startswith(f"{name}_")]
        chosen |= dict.fromkeys(found)
        if not found:
            faults.append(f"{data.folder}: has no figure {name!r}; expected one of {', '.join(known)}")
    if faults:
        raise InputError(faults)
    place = out or (runs[0].folder / "figures" if len(runs) == 1 else Path("figures"))
    if place.exists() and not place.is_dir():
        raise InputError(f"--out {place}: is a file; expected a folder")
    place.mkdir(parents=True, exist_ok=True)
    for figure in chosen:
        if len(runs) == 1:
            draw(runs[0], figure, drawings(runs[0])[figure], place)
        else:
            compare(runs, figure, place)
        typer.echo(str(place / f"{figure}.svg"))


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog=REPORT_EXAMPLES)(report)
    app.command(epilog=PLOT_EXAMPLES)(plot)
