"""Survival figures drawn here in the styles of several programs, with the truth beside them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from digitized.curve import Floats
from digitized.figure.reading import ArmReading, PanelReading

SEED = 20240611


@dataclass(frozen=True)
class Arm:
    """Patients of one arm and their Kaplan-Meier estimate."""

    name: str
    time: Floats
    event: np.ndarray

    @property
    def drops(self) -> tuple[Floats, Floats]:
        times = np.unique(self.time[self.event])
        factors = [1 - (self.event & (self.time == t)).sum() / (self.time >= t).sum() for t in times]
        return times, np.cumprod(factors)

    @property
    def line(self) -> tuple[Floats, Floats]:
        times, survival = self.drops
        x = np.concatenate([[0.0], np.repeat(times, 2), [self.time.max()]])
        return x, np.repeat(np.concatenate([[1.0], survival]), 2)

    @property
    def censored(self) -> Floats:
        return np.unique(self.time[~self.event])

    def survival_at(self, at: Floats) -> Floats:
        times, survival = self.drops
        return np.concatenate([[1.0], survival])[np.searchsorted(times, at, side="right")]

    def at_risk(self, at: Floats) -> list[int]:
        return [int((self.time >= t).sum()) for t in at]


def simulate(name: str, n: int, median: float, seed: int) -> Arm:
    draw = np.random.default_rng(SEED + seed)
    death, leave = draw.exponential(median / np.log(2), n), draw.uniform(6, 36, n)
    return Arm(name, np.round(np.minimum(death, leave), 2), death <= leave)


@pytest.fixture(scope="session")
def two_arms() -> list[Arm]:
    return [simulate("Camrelizumab", 120, 17.0, 1), simulate("Placebo + chemo", 110, 11.0, 2)]


def save(figure: Figure, path: Path, letters: str = "none") -> Path:
    """Write a figure as SVG (letters as text or as outlines) or PDF."""
    with mpl.rc_context({"svg.fonttype": letters, "pdf.fonttype": 42, "svg.hashsalt": "fixed"}):
        canvas = FigureCanvasPdf(figure) if path.suffix == ".pdf" else FigureCanvasSVG(figure)
        canvas.print_figure(path)
    return path


def plain_axes(
    figure: Figure, *, position: tuple[float, float, float, float] = (0.12, 0.3, 0.8, 0.6)
) -> Axes:
    axes = figure.add_axes(position)
    axes.set(xlim=(0, 38), ylim=(0, 1.05), xticks=range(0, 37, 6), xlabel="Time (months)", ylabel="Survival")
    return axes


def drawn(arms: list[Arm], **style: str) -> Figure:
    """The arms on plain axes with a legend."""
    figure = Figure(figsize=(6, 5))
    axes = plain_axes(figure)
    for arm in arms:
        axes.plot(*arm.line, label=arm.name, **style)
    axes.legend()
    return figure


def falls(read: ArmReading) -> int:
    """Number of falls of a curve as read."""
    return int((np.diff(read.survival) < -1e-6).sum())


def check(panel: PanelReading, arms: list[Arm], *, limit: float = 0.001, names: bool = True) -> None:
    """Every arm has exactly its drops, at their times and heights; names and number of arms are right."""
    assert len(panel.arms) == len(arms)
    for arm in arms:
        read = match(panel, arm)
        if names:
            assert read.name == arm.name
        times, survival = arm.drops
        fall = np.flatnonzero(np.diff(read.survival) < -1e-6) + 1
        assert len(fall) == len(times), (arm.name, len(fall), len(times))
        assert np.abs(read.survival[fall] - survival).max() <= limit
        assert np.abs(read.time[fall] - times).max() <= 0.02
        assert read.time[-1] == pytest.approx(arm.time.max(), abs=0.02)


def match(panel: PanelReading, arm: Arm) -> ArmReading:
    at = np.linspace(0.5, 30, 80)

    def off(read: ArmReading) -> float:
        level = read.survival[np.searchsorted(read.time, at, side="right") - 1]
        return float(np.abs(level - arm.survival_at(at)).mean())

    return min(panel.arms, key=off)


@dataclass(frozen=True)
class Kit:
    """What tests draw and check with."""

    save: Callable[..., Path] = save
    axes: Callable[..., Axes] = plain_axes
    drawn: Callable[..., Figure] = drawn
    falls: Callable[[ArmReading], int] = falls
    check: Callable[..., None] = check
    match: Callable[[PanelReading, Arm], ArmReading] = match
    simulate: Callable[[str, int, float, int], Arm] = simulate


@pytest.fixture(scope="session")
def kit() -> Kit:
    return Kit()
