"""`crosstrial design simulate|brief`."""

import typer


def register(group: typer.Typer) -> None:
    """Add the commands."""
