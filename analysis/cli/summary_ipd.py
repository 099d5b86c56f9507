"""`crosstrial summary-ipd`: a published summary to pseudo-patients."""

from pathlib import Path
from typing import Annotated

import typer

HELP = """Rebuild pseudo-patients from published numbers, where no figure can be read.

SUMMARY.csv has one number a row: [bold]figure,arm,quantity,time,value,lower,upper,level,versus[/bold]
(figure, level and versus are optional). Quantities: n (required), events, median, rate, at_risk,
follow_up_median, max_follow_up, accrual_months, hazard_ratio. A median without a value was not reached. The
reference of a hazard ratio is the figure's only arm without one, else versus. Rates are probabilities or
percentages; times are in one unit, usually months.

Writes figure,arm,draw,time,event and, beside it, STEM.agreement.csv: every printed number against the
rebuilt one.

Examples:

  crosstrial summary-ipd jupiter-06.csv --out jupiter-06.ipd.csv

  crosstrial summary-ipd trials.csv --draws 20 --seed 7 --out trials.ipd.csv
"""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""

    @app.command("summary-ipd", help=HELP)
    def summary_ipd(
        summary: Annotated[Path, typer.Argument(help="Table of published numbers.")],
        draws: Annotated[
            int, typer.Option(min=1, help="Reconstructions an arm; draw 0 is the best single one.")
        ] = 1,
        seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
        out: Annotated[Path, typer.Option(help="Pseudo-patients to write.")] = Path("ipd.csv"),
    ) -> None:
        """Read, rebuild, write, show."""
        from rich.console import Console
        from rich.progress import Progress

        from digitized.agreement_table import agreement_frame, write_results
        from digitized.summary import read_summary
        from digitized.summary.batch import agreement_rows, patient_frame, rebuild_all

        stderr = Console(stderr=True, highlight=False, soft_wrap=True)
        table = read_summary(summary)
        for warning in table.warnings:
            stderr.print(f"warning: {warning}", markup=False)
        with Progress(console=stderr, transient=True) as progress:
            task = progress.add_task("rebuilding", total=len(table.figures))
            results = rebuild_all(table.figures, draws=draws, seed=seed, done=lambda: progress.advance(task))
        for result in results:
            for note in result.notes:
                stderr.print(f"note: figure {result.figure!r}: {note}", markup=False)
        agreement = agreement_frame(agreement_rows(results))
        written = write_results(patient_frame(results), agreement, out)
        print(agreement.to_string(index=False, float_format=lambda value: f"{value:.4g}", na_rep=""))
        missed = int((~agreement["met"]).sum())
        stderr.print(
            f"{len(agreement) - missed} of {len(agreement)} printed numbers met in every draw", markup=False
        )
        for path in written:
            stderr.print(f"wrote {path}", markup=False)
