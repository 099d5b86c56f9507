"""What the design commands share: lists, ratios, defaults by endpoint, and the two ways of printing."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from digitized.errors import InputError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON only.")]
Alpha = Annotated[float, typer.Option(help="Two-sided level.")]
Ratio = Annotated[str, typer.Option(help="Experimental to control, e.g. 1:1 or 2:1.")]
Run = Annotated[Path | None, typer.Option(help="Folder of a run whose posterior is the prior.")]
# Only log hazard ratios: the increment in response is a log odds ratio.
Endpoint = Annotated[
    Literal["OS", "PFS"], typer.Option(help="Endpoint of the trial and the run's posterior.")
]
Evidence = Annotated[Path | None, typer.Option(help="Evidence folder; the packaged one when not given.")]
# Medians of immunochemotherapy in first-line disease (METHODS, section 9), months; yearly dropout. They are of the
# packaged question: `analysis.design.question.need_own` keeps them from any other.
MEDIANS = {"OS": 15.2, "PFS": 6.5}
DROPOUT = {"OS": 0.03, "PFS": 0.10}
ControlMedian = Annotated[
    float | None, typer.Option(help="Control median, months; not given: 15.2 for OS, 6.5 for PFS.")
]


def median_of(given: float | None, endpoint: str) -> float:
    """The control median given, else the endpoint's."""
    return MEDIANS[endpoint] if given is None else given


def numbers(text: str, option: str, example: str) -> tuple[float, ...]:
    """Comma-separated finite numbers."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = (math.nan,)
    if not all(map(math.isfinite, values)):
        raise InputError(f"{option} {text!r}: expected numbers separated by commas, e.g. {example}")
    return values


def allocation(text: str) -> float:
    """Experimental patients for one control patient from ``2:1`` or ``2``."""
    left, _, right = text.partition(":")
    try:
        ratio = float(left) / float(right or 1)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"--ratio {text!r}: expected experimental:control, e.g. 1:1 or 2:1") from error
    if not 0 < ratio < float("inf"):
        raise InputError(f"--ratio {text!r}: expected experimental:control, e.g. 1:1 or 2:1")
    return ratio


def show(result: dict[str, Any], lines: Sequence[str], as_json: bool, run: Path | None = None) -> None:
    """Print the result as JSON, or its lines for a reader, with what must stand beside numbers of the run."""
    marks = run_marks(run)
    if as_json:
        print(json.dumps({"marks": marks, **result} if marks else result, indent=2, allow_nan=False))
    else:
        print("\n".join([*marks, *lines]))


def run_marks(run: Path | None) -> tuple[str, ...]:
    """What must stand beside every number of a run, where one is used."""
    from analysis.figures.run_data import RunData

    return () if run is None else RunData(run).marks


def note(sentence: str) -> None:
    """A sentence on standard error."""
    typer.echo(sentence, err=True)
