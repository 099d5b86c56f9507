"""Figures of a run, each drawn from the run's tables and written with its data and caption."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from joblib import Parallel, delayed
from matplotlib.figure import Figure

from analysis.figures.arms_fit import arms_fit
from analysis.figures.hazards import hazards
from analysis.figures.ladder import ladder
from analysis.figures.network import network
from analysis.figures.parameters import covariates, prior_posterior, rmst_by_horizon
from analysis.figures.run_data import RunData
from analysis.figures.style import SETTINGS, save
from analysis.figures.survival import survival
from analysis.figures.tipping import tipping
from analysis.workers import renewed_workers

Drawn = tuple[Figure, pd.DataFrame, str]
Drawing = Callable[[RunData], Drawn]


def drawings(run: RunData) -> dict[str, Drawing]:
    """Figures that a run can draw, by name."""
    found: dict[str, Drawing] = {"ladder": ladder, "prior_posterior": prior_posterior, "network": network}
    if run.survival_endpoints:
        found |= {f"survival_{name}": partial(survival, endpoint=name) for name in run.survival_endpoints}
        found |= {f"arms_fit_{name}": partial(arms_fit, endpoint=name) for name in run.survival_endpoints}
        found |= {"hazards": hazards, "rmst_by_horizon": rmst_by_horizon}
        if run.covariates:
            found["covariates"] = covariates
        if "base" in {scenario["id"] for scenario in run.manifest["scenarios"]}:
            found["tipping"] = tipping
    return found


def draw_all(folder: Path) -> None:
    """Draw every figure of a run into its `figures` folder, as many at a time as there are processors."""
    # Workers may have been begun in another working folder.
    place = folder.resolve()
    with renewed_workers():
        Parallel(n_jobs=-1)(delayed(_draw_named)(place, name) for name in drawings(RunData(folder)))


def _draw_named(folder: Path, name: str) -> None:
    run = RunData(folder)
    draw(run, name, drawings(run)[name], folder / "figures")


def draw(run: RunData, name: str, drawing: Drawing, out: Path) -> None:
    """Draw one figure into `out` as SVG, PDF, PNG, CSV and caption."""
    with mpl.rc_context(SETTINGS):
        figure, data, caption = drawing(run)
    if run.banner:
        figure.suptitle(f"HYPOTHETICAL: {run.banner}", color="#B00000", fontsize=8)
        caption = f"HYPOTHETICAL ({run.banner}). {caption}"
        data = data.assign(hypothetical=run.banner)
    save(figure, out / name, data, caption)
