"""The tipping surface: how P(HR < 1), that is P(Delta < 0), falls as the prior on c moves."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.run_data import RunData
from analysis.figures.style import SCENARIO_MARKERS, panels
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.single_arm_shift import SHIFT_MEANS, SHIFT_SDS, tipping_surface
from digitized.curve import Floats

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def tipping(run: RunData) -> tuple[Figure, pd.DataFrame, str]:
    """The surface of SA02, from the run's own draws reweighted to each prior of c."""
    surface = tipping_surface(BaseCase(run.folder))
    endpoints = list(dict.fromkeys(surface["endpoint"]))
    figure, grid_of_panels = panels(len(endpoints), 3.4, share_y=True)
    for axes, endpoint in zip(grid_of_panels, endpoints, strict=True):
        grid = surface[surface["endpoint"] == endpoint].pivot(
            index="c_sd", columns="c_mean_ratio", values="p_benefit"
        )
        values = (grid.columns.to_numpy(), grid.index.to_numpy(), grid.to_numpy())
        axes.contourf(*values, levels=[0, *LEVELS, 1], cmap="Greys_r", vmin=0.0, vmax=1.0, alpha=0.55)
        lines = axes.contour(*values, levels=LEVELS, colors="black", linewidths=0.9)
        marks = _rungs(axes, run, endpoint)
        places = label_places(lines.allsegs, marks)
        axes.clabel(lines, fmt="P %.2f", fontsize=7, manual=places)
        axes.set(xlabel="Mean of c, as a hazard ratio", title=f"{endpoint}: P(HR < 1) by the prior on c")
        axes.set(xlim=(SHIFT_MEANS[0], SHIFT_MEANS[-1]), ylim=(SHIFT_SDS[0], SHIFT_SDS[-1]))
        axes.set_xticks([0.7, 0.8, 0.9, 1.0])
    # Outside the panels: inside, a narrow column has no room that a contour does not need.
    named = {
        label: handle
        for axes in grid_of_panels
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        list(named.values()), list(named), fontsize=6.5, loc="outside lower center", ncols=min(2, len(named))
    )
    grid_of_panels[0].set_ylabel("Sd of c, log hazard ratio")
    caption = (
        "P(HR < 1) of exp(Delta) over the mean (as a hazard ratio; 1: single arms are not flattered) and sd of the "
        "normal prior on the single-arm shift c: contours show where the answer tips, marks the scenarios of the "
        f"run. Each of {len(surface) // len(endpoints)} grid points is the run reweighted to that prior; the figure's "
        f"data hold exp(Delta), its interval and Pareto k. {run.counts_sentence(endpoints)}."
    )
    return figure, surface, caption


def label_places(
    segments: Sequence[Sequence[Floats]], marks: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """A point of each contour, as far as can be from the marks, the frame and the other labels.

    Parameters
    ----------
    segments : contours by level, each in pieces of (k, 2) points (mean of c, sd of c)
    marks : points to keep free

    Returns
    -------
    list of (mean, sd), one a level that has a contour
    """
    origin = np.array([SHIFT_MEANS[0], SHIFT_SDS[0]])
    span = np.array([SHIFT_MEANS[-1], SHIFT_SDS[-1]]) - origin
    taken = [(np.array(mark) - origin) / span for mark in marks]
    found = []
    for pieces in segments:
        if not sum(len(piece) for piece in pieces):
            continue
        points = np.concatenate([piece for piece in pieces if len(piece)])
        # Contours have few corners: points between them are as good.
        steps = np.linspace(0, len(points) - 1, 60)
        points = np.column_stack([np.interp(steps, np.arange(len(points)), points[:, i]) for i in (0, 1)])
        unit = (points - origin) / span
        frame = 2 * np.minimum(unit, 1 - unit).min(axis=1)
        room = np.min([frame, *(np.linalg.norm(unit - item, axis=1) for item in taken)], axis=0)
        best = int(np.argmax(room))
        taken.append(unit[best])
        found.append((float(points[best, 0]), float(points[best, 1])))
    return found


def _rungs(axes: Axes, run: RunData, endpoint: str) -> list[tuple[float, float]]:
    """Mark the run's own scenarios; those outside the grid, such as c = 0, are left out."""
    marks = []
    for item in run.manifest["scenarios"]:
        mean, sd = math.exp(item["shift"][endpoint]["mu"]), item["shift"][endpoint]["sd"]
        if item["class_benchmark"] or not (SHIFT_SDS[0] <= sd <= SHIFT_SDS[-1]):
            continue
        marker, priors = SCENARIO_MARKERS[item["id"]], item["c_prior"]
        shared = len({priors[name] for name in run.survival_endpoints}) == 1
        axes.plot(
            mean,
            sd,
            marker,
            color="white",
            markeredgecolor="black",
            label=priors[endpoint] if shared else f"{endpoint}: {priors[endpoint]}",
            zorder=5,
        )
        marks.append((mean, sd))
    return marks
