"""Priors as an interval on a scale that readers know, and as a small picture."""

import re
from dataclasses import dataclass

import numpy as np
from scipy import stats

from digitized.curve import Floats
from models.priors import Beta, HalfNormal, Normal

WIDTH, HEIGHT = 120.0, 26.0
RATIO_LIMITS = (-2.3, 2.3)


@dataclass(frozen=True)
class PriorPicture:
    """A prior's 95 % interval in words and its density as inline SVG; both empty where it is fixed."""

    interval: str
    svg: str


def prior_picture(name: str, call: str, ratio: str) -> PriorPicture:
    """Interval and picture of a prior that prints as `call`.

    Parameters
    ----------
    name : str
        Parameter; `log_h0` is a log hazard per month and is shown as a median survival time.
    call : str
        ``Normal(mean, sd)``, ``HalfNormal(sd)`` or ``Beta(a, b)``.
    ratio : str
        "hazard ratio" or "odds ratio", what exp() of the parameter is.
    """
    found = re.fullmatch(r"(Normal|HalfNormal|Beta)\(([^)]*)\)", call)
    if found is None:
        return PriorPicture("", "")
    values = [float(value) for value in found[2].split(",")]
    if found[1] == "Normal":
        if values[1] == 0:
            return PriorPicture(f"fixed at {ratio} {np.exp(values[0]):.3g}", "")
        return _normal(name, values[0], values[1], ratio)
    if found[1] == "HalfNormal":
        lower, upper = HalfNormal(values[0]).interval()
        grid = np.linspace(0, RATIO_LIMITS[1], 61)
        words = f"sd {lower:.2f} to {upper:.2f}, a factor of up to {np.exp(upper):.2f}"
        return PriorPicture(words, _svg(grid, stats.halfnorm(scale=values[0]).pdf(grid), RATIO_LIMITS))
    beta = stats.beta(*values)
    lower, upper = Beta(*values).interval()
    grid = np.linspace(0, 1, 61)[1:-1]
    return PriorPicture(f"share {lower:.2f} to {upper:.2f}", _svg(grid, beta.pdf(grid), (0.0, 1.0)))


def _normal(name: str, mean: float, sd: float, ratio: str) -> PriorPicture:
    lower, upper = Normal(mean, sd).interval()
    if name == "log_h0" and ratio == "hazard ratio":
        words = f"median {np.log(2) / np.exp(upper):.2g} to {np.log(2) / np.exp(lower):.2g} months"
        limits = (mean - 3 * sd, mean + 3 * sd)
    elif name == "log_h0" or name == "intercept":
        words, limits = f"log odds {lower:.2f} to {upper:.2f}", (mean - 3 * sd, mean + 3 * sd)
    else:
        words, limits = f"{ratio} {np.exp(lower):.2f} to {np.exp(upper):.2f}", RATIO_LIMITS
    grid = np.linspace(*limits, 61)
    return PriorPicture(words, _svg(grid, stats.norm(mean, sd).pdf(grid), limits))


def _svg(grid: Floats, density: Floats, limits: tuple[float, float]) -> str:
    """Density over a line; a tick where the ratio is 1 (or at the middle of a share)."""
    left, right = limits
    x = WIDTH * (grid - left) / (right - left)
    y = HEIGHT - 3 - (HEIGHT - 6) * density / density.max()
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    tick = WIDTH * (0 - left) / (right - left) if left < 0 < right else WIDTH / 2
    return (
        f'<svg class="prior" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}" '
        'aria-hidden="true">'
        f'<path d="M0 {HEIGHT - 3:g}H{WIDTH:g}" stroke="#999" fill="none"/>'
        f'<path d="M{tick:.1f} 2V{HEIGHT:g}" stroke="#999" stroke-dasharray="2 2" fill="none"/>'
        f'<polyline points="{line}" fill="none" stroke="#0072B2" stroke-width="1.5"/></svg>'
    )
