"""Figures of a run, each drawn from the run's tables and written with its data."""

from pathlib import Path


def draw_all(run: Path) -> None:
    """Draw every figure of a run into its `figures` folder."""
