"""`crosstrial reconstruct`: points of Kaplan-Meier curves to pseudo-patients."""

from pathlib import Path
from typing import Annotated

import typer

from digitized.choices import Kind, Method, Scale, Unit

HELP = """Rebuild pseudo-patients from points read off Kaplan-Meier curves.

CURVES.csv has one point a row: [bold]figure,arm,time,survival[/bold] (figure optional; surv for survival).
Points stay in the order of reading, both corners of a step if they were clicked. The more is known, the
better: numbers at risk ([bold]figure,arm,time,n_risk[/bold], optionally the cumulative number
[bold]n_censored[/bold]), totals ([bold]figure,arm,n,events[/bold], events may be empty) and censor ticks
([bold]figure,arm,time[/bold]). Numbers at risk and events are met exactly wherever the inputs do not
contradict each other. A median, landmark rates and the hazard ratio of a pair that were published beside the
figure ([bold]--published[/bold]: figure,arm,quantity,time,value,lower,upper,versus as for summary-ipd) pull the
curves within their reading noise; what contradicts them is named. The files that `crosstrial digitize` writes
are read as they are.

Writes figure,arm,draw,time,event and, beside it, STEM.agreement.csv.

Examples:

  crosstrial reconstruct fig2.curves.csv --at-risk fig2.at_risk.csv --out fig2.ipd.csv

  crosstrial reconstruct clicks.csv --at-risk at_risk.csv --totals totals.csv --draws 100 --seed 7

  crosstrial reconstruct fig2.curves.csv --at-risk fig2.at_risk.csv --published fig2.published.csv

  crosstrial reconstruct clicks.csv --totals totals.csv --method guyot --unit days
"""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""

    @app.command("reconstruct", help=HELP)
    def reconstruct(
        curves: Annotated[Path, typer.Argument(help="Points: [figure,]arm,time,survival.")],
        at_risk: Annotated[
            Path | None, typer.Option(help="Numbers at risk: [figure,]arm,time,n_risk[,n_censored].")
        ] = None,
        totals: Annotated[Path | None, typer.Option(help="Totals: [figure,]arm,n[,events].")] = None,
        censor_marks: Annotated[Path | None, typer.Option(help="Censor ticks: [figure,]arm,time.")] = None,
        published: Annotated[
            Path | None,
            typer.Option(help="Published numbers: [figure,]arm,quantity,time,value,lower,upper,versus."),
        ] = None,
        method: Annotated[Method, typer.Option(help="constrained, or the reference method of 2012.")] = (
            Method.CONSTRAINED
        ),
        draws: Annotated[
            int, typer.Option(min=1, help="Reconstructions an arm; draw 0 is the best single one.")
        ] = 1,
        seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
        scale: Annotated[Scale, typer.Option(help="Scale of the survival column.")] = Scale.AUTO,
        kind: Annotated[Kind, typer.Option(help="Survival, or cumulative incidence 1 - S.")] = Kind.AUTO,
        unit: Annotated[
            Unit | None, typer.Option(help="Unit of every time given; times are written in months.")
        ] = None,
        out: Annotated[Path, typer.Option(help="Pseudo-patients to write.")] = Path("ipd.csv"),
    ) -> None:
        """Read, rebuild, write, show."""
        from rich.console import Console
        from rich.progress import Progress

        from digitized.agreement_table import agreement_frame, write_results
        from digitized.reconstruction.batch import agreement_rows, patient_frame, reconstruct_all
        from digitized.reconstruction.published import NOTHING_PUBLISHED, read_published
        from digitized.reconstruction.soundness import require_sound
        from digitized.reconstruction.tables import Reading, Sources, read_curves

        stderr = Console(stderr=True, highlight=False, soft_wrap=True)
        sources = Sources(curves, at_risk, totals, censor_marks)
        table = read_curves(sources, Reading(scale, kind, unit))
        curves_read, numbers = table.curves, NOTHING_PUBLISHED
        if published is not None:
            numbers, curves_read = read_published(published, table.curves, unit.months if unit else 1.0)
        for note in (*table.notes, *numbers.notes):
            stderr.print(f"note: {note}", markup=False)
        require_sound(curves_read, sources, published)
        with Progress(console=stderr, transient=True) as progress:
            task = progress.add_task("rebuilding", total=len(curves_read))
            results = reconstruct_all(
                curves_read, method=method, draws=draws, seed=seed, published=numbers,
                done=lambda: progress.advance(task),
            )  # fmt: skip
        for result in results.values():
            for note in result.notes:
                stderr.print(f"note: {note}", markup=False)
        agreement = agreement_frame(agreement_rows(results))
        written = write_results(patient_frame(results), agreement, out)
        print(agreement.to_string(index=False, float_format=lambda value: f"{value:.4g}", na_rep=""))
        missed = int((~agreement["met"]).sum())
        stderr.print(f"{len(agreement) - missed} of {len(agreement)} quantities met", markup=False)
        for path in written:
            stderr.print(f"wrote {path}", markup=False)
