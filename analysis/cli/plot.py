"""`crosstrial plot`: one figure of a run, or of several things beside each other."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """Examples:

  crosstrial plot ladder --run runs/standard --style one-column

  crosstrial plot survival_OS --run runs/standard --scenario base --scenario pessimistic --population index

  crosstrial plot ladder --run runs/a --run runs/b --out compared

  crosstrial plot leave_one_out --validation runs/validation --out figures

  crosstrial plot contribution --run runs/standard --sensitivity runs/sensitivity/sensitivity.csv --out figures

  crosstrial plot gallery --run runs/standard --validation runs/validation --out docs
"""


def plot(
    name: Annotated[
        str,
        typer.Argument(
            help="Figure, or the common beginning of several: ladder, survival, survival_OS, arms_fit, hazards, "
            "prior_posterior, tipping, rmst_by_horizon, covariates, network, subgroups, leave_one_out, "
            "contribution; or gallery: all of them with a page."
        ),
    ],
    run: Annotated[
        list[Path] | None, typer.Option(help="Run folder; repeated: all of them in one figure.")
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="Scenario, e.g. base; repeated: side by side.")
    ] = None,
    population: Annotated[
        list[str] | None, typer.Option(help="Population, e.g. phase3; repeated: side by side.")
    ] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(help="Arm of survival and hazards, e.g. triple; repeated: a panel each."),
    ] = None,
    validation: Annotated[
        Path | None, typer.Option(help="Folder of `crosstrial validate`, for leave_one_out.")
    ] = None,
    sensitivity: Annotated[
        Path | None, typer.Option(help="sensitivity.csv with lines of SA06, for contribution.")
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(help="Evidence folder of the run, for subgroups; the packaged one if not given."),
    ] = None,
    style: Annotated[
        str, typer.Option(help="screen, one-column (85 mm), two-columns (180 mm), or a style file FILE.toml.")
    ] = "screen",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the figure; default: the run's figures, else figures."),
    ] = None,
) -> None:
    """Draw a figure as SVG, PDF, PNG and CSV with its caption."""
    from analysis.figures.journal import drawn_in, find_style
    from analysis.figures.request import FigureSources, draw_requested
    from analysis.figures.series import Selection

    chosen = find_style(style)
    sources = FigureSources(tuple(run or ()), validation, sensitivity, evidence)
    selection = Selection(tuple(scenario or ()), tuple(population or ()), tuple(arm or ()))
    with drawn_in(chosen):
        for path in draw_requested(name, sources, selection, out):
            typer.echo(str(path))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=EXAMPLES)(plot)
