"""Survival figures drawn with matplotlib in many styles, with their truth."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from digitized.kaplan_meier import KaplanMeier, kaplan_meier, number_at_risk

SEED = 40117
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Style:
    """How a figure is drawn; the defaults are a plain journal figure with two coloured arms."""

    n: tuple[int, ...] = (180, 175)
    median: tuple[float, ...] = (16.0, 10.0)
    colours: tuple[str, ...] = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd")
    dashes: tuple[str, ...] = ("-", "-", "-", "-")
    names: tuple[str, ...] = ("Drug A", "Placebo", "Drug C", "Drug D")
    x_max: float = 36.0
    step: float = 6.0
    unit: str = "months"
    percent: bool = False
    y_low: float = 0.0
    marks: str = "|"
    bands: bool = False
    grid: bool = False
    legend: str | None = "upper right"
    spines: tuple[str, ...] = ("left", "bottom")
    at_risk: bool = False
    median_lines: bool = False
    sheet: str = "default"
    panels: int = 1
    size: tuple[float, float] = (6.5, 4.6)
    dpi: int = 110
    width: float = 1.6
    quality: int | None = None
    margin: bool = False


@dataclass(frozen=True)
class Drawn:
    """A figure's pixels and the truth behind it, per panel and arm name."""

    pixels: Pixels
    truth: tuple[dict[str, KaplanMeier], ...]
    at_risk: tuple[dict[str, list[tuple[float, int]]], ...] = field(default=())


def draw(style: Style, seed: int = SEED) -> Drawn:
    """Draw one figure."""
    rng = np.random.default_rng(seed)
    with plt.style.context(style.sheet):
        figure, all_axes = plt.subplots(
            1, style.panels, figsize=(style.size[0] * style.panels, style.size[1]), squeeze=False
        )
        truth, risk = [], []
        for axes in all_axes[0]:
            arms, counts = _draw_panel(axes, style, rng)
            truth.append(arms)
            risk.append(counts)
        figure.subplots_adjust(bottom=0.32 if style.at_risk else 0.13, left=0.2 if style.at_risk else 0.12)
        buffer = io.BytesIO()
        figure.savefig(buffer, dpi=style.dpi, format="png", facecolor=figure.get_facecolor())
        plt.close(figure)
    image = Image.open(buffer).convert("RGB")
    if style.quality is not None:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=style.quality)
        image = Image.open(buffer).convert("RGB")
    return Drawn(np.asarray(image, dtype=np.uint8), tuple(truth), tuple(risk))


def _draw_panel(
    axes: plt.Axes, style: Style, rng: np.random.Generator
) -> tuple[dict[str, KaplanMeier], dict[str, list[tuple[float, int]]]]:
    scale = 100.0 if style.percent else 1.0
    truth: dict[str, KaplanMeier] = {}
    risk: dict[str, list[tuple[float, int]]] = {}
    for index, (n, median) in enumerate(zip(style.n, style.median, strict=True)):
        name, colour = style.names[index], style.colours[index]
        latent = rng.weibull(1.15, n) * median / np.log(2) ** (1 / 1.15)
        censor = rng.uniform(0.35, 0.95, n) * style.x_max
        time, event = np.minimum(latent, censor), latent <= censor
        km = kaplan_meier(time, event)
        truth[name] = km
        x = np.concatenate(([0.0], np.repeat(km.time, 2), [km.last]))
        y = scale * np.concatenate(([1.0, 1.0], np.repeat(km.survival, 2)))
        axes.plot(x, y, color=colour, ls=style.dashes[index], lw=style.width, label=name)
        if style.marks:
            at = np.sort(time[~event])
            axes.plot(at, scale * km.at(at), style.marks, color=colour, ms=6, mew=1.0, mfc="none")
        if style.bands:
            half = scale * 1.96 * km.survival * np.sqrt(np.cumsum(km.events / km.at_risk**2))
            axes.fill_between(
                km.time,
                scale * km.survival - half,
                scale * km.survival + half,
                step="post",
                color=colour,
                alpha=0.25,
                lw=0,
            )
        if style.median_lines:
            axes.plot([km.median, km.median], [0, 0.5 * scale], ls="--", color="black", lw=0.9)
        ticks = np.arange(0, style.x_max + 1e-9, style.step)
        counts = number_at_risk(time, ticks)
        risk[name] = [(float(t), int(c)) for t, c in zip(ticks, counts, strict=True)]
        if style.at_risk:
            for t, c in risk[name]:
                axes.text(
                    t,
                    -0.3 - 0.07 * index,
                    str(c),
                    transform=axes.get_xaxis_transform(),
                    ha="center",
                    fontsize=9,
                )
            axes.text(-0.04, -0.3 - 0.07 * index, name, transform=axes.transAxes, ha="right", fontsize=9)
    if style.median_lines:
        axes.axhline(0.5 * scale, ls="--", color="black", lw=0.9)
    if style.at_risk:
        axes.text(
            -0.04, -0.22, "No. at risk", transform=axes.transAxes, ha="right", fontsize=9, weight="bold"
        )
    axes.set_xticks(np.arange(0, style.x_max + 1e-9, style.step))
    axes.set_xlim(-0.04 * style.x_max if style.margin else 0, style.x_max * (1.04 if style.margin else 1))
    axes.set_ylim(
        scale * style.y_low - (0.04 * scale if style.margin else 0), scale * (1.04 if style.margin else 1.02)
    )
    axes.set_xlabel(f"Time ({style.unit})")
    axes.set_ylabel("Overall survival (%)" if style.percent else "Survival probability")
    for side in ("left", "bottom", "top", "right"):
        axes.spines[side].set_visible(side in style.spines)
    axes.grid(style.grid)
    if style.legend:
        axes.legend(loc=style.legend, frameon=False)
    return truth, risk


@pytest.fixture(scope="session")
def drawing() -> Callable[..., Drawn]:
    """`drawing(percent=True, ...)` draws a figure of that style."""

    def drawn(seed: int = SEED, **style: Any) -> Drawn:
        return draw(Style(**style), seed)

    return drawn
