"""`crosstrial digitize`: a figure to curves, numbers at risk and censor marks."""

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from digitized.errors import InputError

HELP = """Read the Kaplan-Meier curves of a figure: PDF, SVG, PNG, JPEG or TIFF.

Paths of a PDF or SVG are read exactly; pictures are traced. Writes for each panel STEM.curves.csv
([bold]arm,time,survival[/bold]; time in the axis's own unit, survival 0-1), STEM.at_risk.csv
([bold]arm,time,n_risk[/bold]), STEM.censor_marks.csv ([bold]arm,time[/bold]), STEM.toml (unit, calibration,
colours, confidences, hash of the source) and STEM.overlay.png: look at it. With several panels STEM becomes
STEM.1, STEM.2 ... Every option overrides what the reader would find by itself. A figure that is no survival
curve is refused with the reason (exit code 2); doubts are said as warnings.

Examples:

  crosstrial digitize figure2.pdf --out readings

  crosstrial digitize paper.pdf --page 5 --panel 2 --arms "Camrelizumab,Placebo"

  crosstrial digitize scan.png --x-range 0,36 --y-range 0,100 --unit months

  crosstrial digitize os.png --interactive --calibration journal.toml
"""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""

    @app.command("digitize", help=HELP)
    def digitize(
        figure: Annotated[Path, typer.Argument(help="The figure, or a PDF with the figure in it.")],
        page: Annotated[int | None, typer.Option(help="Page of a PDF or TIFF, counted from 1.")] = None,
        panel: Annotated[int | None, typer.Option(help="Read only this panel, counted from 1.")] = None,
        x_range: Annotated[
            str | None,
            typer.Option(metavar="A,B", help="Values at the time axis's first and last tick."),
        ] = None,
        y_range: Annotated[
            str | None, typer.Option(metavar="A,B", help="The same for the survival axis (0,1 or 0,100).")
        ] = None,
        arms: Annotated[
            str | None, typer.Option(metavar="N|NAMES", help="Number of arms, or their names, legend order.")
        ] = None,
        colour: Annotated[
            list[str] | None, typer.Option(help="Colour of a curve, #rrggbb; repeat for each curve.")
        ] = None,
        unit: Annotated[str | None, typer.Option(help="Unit of the time axis, for example months.")] = None,
        crop: Annotated[
            str | None, typer.Option(metavar="L,T,R,B", help="Read only this box (points or pixels).")
        ] = None,
        interactive: Annotated[bool, typer.Option(help="Click axes and curves in a window.")] = False,
        calibration: Annotated[
            Path | None,
            typer.Option(
                help="Ranges, unit, colours, names: taken from this file if it exists, else kept in it."
            ),
        ] = None,
        out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path(),
        as_json: Annotated[bool, typer.Option("--json", help="Nothing but JSON on standard output.")] = False,
    ) -> None:
        """Read, write, say what was doubtful."""
        from rich.console import Console

        from digitized.figure.calibration import save_calibration, with_calibration
        from digitized.figure.outputs import doubts, write_reading
        from digitized.figure.read import read_figure
        from digitized.figure.reading import ReadingOptions

        stderr = Console(stderr=True, highlight=False, soft_wrap=True)
        faults: list[str] = []
        options = ReadingOptions(
            page=page,
            panel=panel,
            x_range=_pair("--x-range", x_range, faults),
            y_range=_pair("--y-range", y_range, faults),
            arms=_arms(arms, faults),
            colours=_colours(colour, faults),
            unit=unit,
            crop=_box(crop, faults),
        )
        if faults:
            raise InputError(faults)
        reuse = calibration is not None and calibration.exists()
        if calibration is not None and reuse:
            options = with_calibration(options, calibration)
        if interactive:
            from digitized.figure.interactive import read_interactively

            reading = read_interactively(figure, options)
        else:
            reading = read_figure(figure, options)
        written = write_reading(reading, out)
        if calibration is not None and not reuse:
            written.append(save_calibration(reading, calibration))
        for doubt in doubts(reading):
            stderr.print(f"warning: {doubt}", markup=False)
        summary = [
            {
                "panel": p.name,
                "unit": p.unit,
                "arms": [
                    {
                        "name": a.name,
                        "colour": a.colour,
                        "points": len(a.time),
                        "drops": int((a.survival[1:] < a.survival[:-1]).sum()),
                        "numbers_at_risk": len(a.at_risk),
                        "censor_marks": len(a.censor_marks),
                        "confidence": a.confidence,
                    }
                    for a in p.arms
                ],
                "warnings": list(p.warnings),
            }
            for p in reading.panels
        ]
        if as_json:
            print(
                json.dumps(
                    {
                        "source": figure.name,
                        "sha256": reading.sha256,
                        "grade": str(reading.grade),
                        "page": reading.page,
                        "panels": summary,
                        "files": [str(path) for path in written],
                    },
                    indent=2,
                )
            )
            return
        for p in reading.panels:
            where = f"panel {p.name}: " if p.name else ""
            for a in p.arms:
                print(
                    f"{where}{a.name}: {len(a.time)} points to {a.time[-1]:.4g} {p.unit or 'units'}, "
                    f"{len(a.at_risk)} numbers at risk, {len(a.censor_marks)} censor marks, "
                    f"confidence {a.confidence:.2f} ({reading.grade})"
                )
        for path in written:
            stderr.print(f"wrote {path}", markup=False)


def _numbers(name: str, text: str, count: int, faults: list[str]) -> tuple[float, ...] | None:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != count or not all(math.isfinite(value) for value in values):
        faults.append(f"{name} {text!r}: {count} numbers with commas between them were expected")
        return None
    return values


def _pair(name: str, text: str | None, faults: list[str]) -> tuple[float, float] | None:
    values = _numbers(name, text, 2, faults) if text is not None else None
    return (values[0], values[1]) if values else None


def _box(text: str | None, faults: list[str]) -> tuple[float, float, float, float] | None:
    values = _numbers("--crop", text, 4, faults) if text is not None else None
    return (values[0], values[1], values[2], values[3]) if values else None


def _arms(text: str | None, faults: list[str]) -> int | tuple[str, ...] | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        if number < 1 or not number.is_integer():
            faults.append(f"--arms {text}: a whole number from 1 on, or names, was expected")
            return None
        return int(number)
    names = tuple(name.strip() for name in text.split(","))
    if not all(names) or len(set(names)) < len(names):
        faults.append(f"--arms {text!r}: different names with commas between them were expected")
    return names


def _colours(texts: list[str] | None, faults: list[str]) -> tuple[str, ...] | None:
    if not texts:
        return None
    from matplotlib.colors import is_color_like, to_hex

    def is_colour(text: str) -> bool:
        # To matplotlib "none" is a colour; to a reader of curves it is not.
        return is_color_like(text) and text.lower() != "none"

    colours = [c for text in texts for c in text.split(",")]
    faults += [f"--colour {c!r}: a colour such as #1f77b4 was expected" for c in colours if not is_colour(c)]
    return tuple(to_hex(c) for c in colours if is_colour(c))
