"""Draw one reconstruction with its draws over the simulated truth: docs/figures/reconstruction-draws.png.

    python tests/benchmarks/reconstruction_figure.py [OUT.png]

The truth is simulated here from a fixed seed: 120 patients, every high step and half of the others clicked
with noise, once with numbers at risk and events told, once with nothing but N.
"""

import sys
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from digitized.curve import Curve, Floats
from digitized.kaplan_meier import kaplan_meier, number_at_risk
from digitized.reconstruction import reconstruct

SEED = 2012
PATIENTS = 120
DRAWS = 101
NOISE = 0.006
HIGH_STEP = 0.012  # steps that nobody overlooks; half of the smaller ones are clicked
BLUE, BLACK, VERMILION = "#0072B2", "#000000", "#D55E00"


def simulated() -> tuple[Floats, np.ndarray, Curve]:
    """True times and events, and the clicks with numbers at risk every six months."""
    rng = np.random.default_rng(SEED)
    died = 14 * rng.weibull(1.3, PATIENTS)
    left = np.minimum(rng.uniform(10, 32, PATIENTS), rng.exponential(90, PATIENTS))
    time, event = np.minimum(died, left), died <= left
    km = kaplan_meier(time, event)
    before = np.concatenate(([1.0], km.survival[:-1]))
    seen = (rng.random(km.time.size) < 0.5) | (before - km.survival > HIGH_STEP)
    x = np.append(np.repeat(km.time[seen], 2), time.max())
    y = np.append(np.column_stack((before, km.survival))[seen].ravel(), km.survival[-1])
    x = np.maximum(x + rng.normal(0, 0.05, x.size), 0)
    y = np.clip(y + rng.normal(0, NOISE, y.size), 0, 1)
    grid = np.arange(0.0, time.max(), 6.0)
    told = Curve(np.append(0, x), np.append(1, y), grid, number_at_risk(time, grid), None, PATIENTS,
                 int(event.sum()))  # fmt: skip
    return time, event, told


def panel(pair: tuple[Axes, Axes], title: str, curve: Curve, time: Floats, event: np.ndarray) -> None:
    """Survival above, numbers at risk below: draws, best, truth, points."""
    above, below = pair
    grid = np.linspace(0, time.max(), 600)
    result = reconstruct(curve, draws=DRAWS, seed=SEED)
    draws = [kaplan_meier(one.time, one.event).at(grid) for one in result.ipd[1:]]
    risk = [number_at_risk(one.time, grid) for one in result.ipd[1:]]
    best, truth = result.ipd[0], kaplan_meier(time, event)
    for axes, many, one, true in (
        (above, draws, kaplan_meier(best.time, best.event).at(grid), truth.at(grid)),
        (below, risk, number_at_risk(best.time, grid), number_at_risk(time, grid)),
    ):
        low, high = np.quantile(many, [0.05, 0.95], axis=0)
        axes.fill_between(
            grid, low, high, step="post", color=BLUE, alpha=0.25, lw=0, label="90 % of 100 draws"
        )
        axes.step(grid, true, where="post", color=BLACK, lw=1.4, label="truth")
        axes.step(
            grid, one, where="post", color=VERMILION, lw=1.0, ls=(0, (4, 1.5)), label="best reconstruction"
        )
    above.plot(curve.time, curve.survival, ".", ms=3.5, color=BLACK, alpha=0.6, label="clicks")
    below.plot(
        curve.at_risk_time, curve.at_risk, "o", ms=4, mfc="white", color=BLACK, label="printed at risk"
    )
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    held = float(np.mean((truth.at(grid) >= low - 1e-9) & (truth.at(grid) <= high + 1e-9)))
    gap = kaplan_meier(best.time, best.event).at(grid) - truth.at(grid)
    above.set_title(title, fontsize=9, loc="left")
    above.text(0.98, 0.95, f"RMSE of the best {np.sqrt(np.mean(gap**2)):.4f}\nband holds {held:.0%} of times",
               transform=above.transAxes, ha="right", va="top", fontsize=8)  # fmt: skip
    below.set_xlabel("months")


def main() -> None:
    """Write the picture."""
    mpl.use("Agg")
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/figures/reconstruction-draws.png")
    time, event, told = simulated()
    bare = replace(told, at_risk_time=np.empty(0), at_risk=np.empty(0, dtype=np.int64), events=None)
    figure = Figure(figsize=(8.6, 5.6), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(2.2, 1))
    panel((axes[0, 0], axes[1, 0]), "numbers at risk and events told", told, time, event)
    panel((axes[0, 1], axes[1, 1]), "nothing told but N", bare, time, event)
    axes[0, 0].set_ylabel("survival")
    axes[1, 0].set_ylabel("at risk")
    axes[0, 0].legend(frameon=False, fontsize=8, loc="lower left")
    figure.savefig(out, dpi=130)


if __name__ == "__main__":
    main()
