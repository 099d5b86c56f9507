"""What the design commands share: lists, ratios, and the two ways of printing."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from digitized.errors import InputError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON only.")]
Alpha = Annotated[float, typer.Option(help="Two-sided level.")]
Ratio = Annotated[str, typer.Option(help="Experimental to control, e.g. 1:1 or 2:1.")]
Run = Annotated[Path | None, typer.Option(help="Folder of a run whose posterior is the prior.")]
Endpoint = Annotated[str, typer.Option(help="Endpoint of the run's posterior.")]


def numbers(text: str, option: str) -> tuple[float, ...]:
    """Comma-separated numbers."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(
            f"{option} {text!r}: expected numbers separated by commas, e.g. 200,400,600"
        ) from error
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


def show(result: dict[str, Any], lines: Sequence[str], as_json: bool) -> None:
    """Print the result as JSON, or its lines for a reader."""
    if as_json:
        print(json.dumps(result, indent=2, allow_nan=False))
    else:
        print("\n".join(lines))


def note(sentence: str) -> None:
    """A sentence on standard error."""
    typer.echo(sentence, err=True)
