"""`crosstrial export`: survival draws of a finished run for economic models."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = (
    "Examples:\n\n  crosstrial export runs/standard\n\n"
    "  crosstrial export runs/standard --draws 1000 --horizon 60 --horizon 240 --out model_inputs\n\n"
    "  crosstrial export runs/standard --horizon 240 --life-table china.csv --age 63 --male 0.8\n\n"
    "The life table is a CSV with columns age (whole years), sex (male, female) and qx (probability of dying "
    "within the year) or rate (deaths per person-year)."
)


class Background(StrEnum):
    """How general-population mortality is joined."""

    MAX = "max"
    SUM = "sum"


def export(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the files; default: economic_model in the run's folder.")
    ] = None,
    draws: Annotated[int, typer.Option(help="Samples of each endpoint and scenario.")] = 500,
    horizon: Annotated[
        list[float] | None,
        typer.Option(
            help="Months of the restricted means, beside the run's own; may be repeated. Default 60."
        ),
    ] = None,
    life_table: Annotated[
        Path | None, typer.Option(help="CSV age,sex,qx (or rate): general-population mortality.")
    ] = None,
    age: Annotated[float | None, typer.Option(help="With --life-table: the cohort's age at time 0.")] = None,
    male: Annotated[float | None, typer.Option(help="With --life-table: the cohort's share of men.")] = None,
    background: Annotated[
        Background,
        typer.Option(
            help="max: the hazard is at least the general population's, at any time. sum: beyond follow-up the "
            "general population's hazard is added."
        ),
    ] = Background.MAX,
) -> None:
    """Write survival parameters, curves and restricted means of a run for an economic model (CSV and XLSX)."""
    from analysis.exports import ExportRequest, export_run

    request = ExportRequest(
        run=folder,
        out=out or folder / "economic_model",
        draws=draws,
        horizons=tuple(horizon or ()),
        life_table=life_table,
        age=age,
        male=male,
        background="sum" if background is Background.SUM else "max",
    )
    exported = export_run(request)
    for warning in exported.warnings:
        typer.echo(f"warning: {warning}", err=True)
    for path in exported.files:
        typer.echo(str(path))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=EXAMPLES)(export)
