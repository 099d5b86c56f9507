"""The brief's three figures: assurance by events, the trial's own Kaplan-Meier curves, value by events."""

from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.design.assurance import assurance, p_hr_below_1
from analysis.design.brief_page import Brief
from analysis.design.conduct import Arms
from analysis.design.controls import Control, ExponentialControl, run_control
from analysis.design.simulation import predicted_curves
from analysis.design.survival_times import Effect, Survival
from analysis.design.value import evpi, evsi
from digitized.curve import Floats

COLOURS = ("#1f4e79", "#c2571a", "#4d7c3a", "#7a7f87", "#b8a038", "#7b4b94")
STYLES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (3, 1)))
EVENT_GRID = (100, 150, 200, 300, 400, 500, 600, 800)
SEED = 20260103
TRIALS = 200
CAPTION = (
    "Left: assurance by events under each prior; the short marks are its cap, P(HR < 1). Middle: Kaplan-Meier curves "
    "that the trial itself may show under the {prior} prior (median and 95 % predictive band of {trials} simulated "
    "trials; {control}). Right: expected value of the trial's information by events; the short marks are that of "
    "perfect information. Grey lines: the {events} events planned."
)


@dataclass(frozen=True)
class FigureData:
    """What is drawn, so that it can be checked: rows a prior, columns a number of events or a month."""

    events: Floats
    assurance: Floats
    cap: Floats
    evsi: Floats
    evpi: Floats
    months: Floats
    control: Floats
    experimental: Floats
    caption: str


def figure_data(brief: Brief) -> FigureData:
    """Compute the curves; Kaplan-Meier quantiles are (3, months): 2.5 %, median, 97.5 %."""
    request, rule = brief.request, brief.request.design.rule
    events = np.array(EVENT_GRID, dtype=float)
    base = brief.priors[0]
    control: Control = ExponentialControl(request.design.control_median)
    if request.run is not None:
        control = run_control(request.run, base.name, request.endpoint)
    months = np.linspace(0, min(36.0, brief.plan.readout_months), 73)
    arms = Arms(brief.plan.n, rule.ratio, request.design.accrual, request.design.dropout)
    survival = Survival(control, Effect(), base)
    curves = predicted_curves(arms, survival, brief.plan.events, months, trials=TRIALS, seed=SEED)
    quantiles = np.quantile(curves, [0.025, 0.5, 0.975], axis=1)
    return FigureData(
        events,
        np.array([[assurance(prior, count, rule) for count in events] for prior in brief.priors]),
        np.array([p_hr_below_1(prior) for prior in brief.priors]),
        np.array(
            [[evsi(prior, count, request.adoption, rule) for count in events] for prior in brief.priors]
        ),
        np.array([evpi(prior, request.adoption) for prior in brief.priors]),
        months,
        quantiles[:, 0],
        quantiles[:, 1],
        CAPTION.format(prior=base.name, trials=TRIALS, control=control, events=brief.plan.events),
    )


def draw(
    brief: Brief, data: FigureData, figure: Figure, height: tuple[float, float] = (0.26, 0.64)
) -> list[Axes]:
    """Draw the three panels into `figure`, between a bottom and of a height (figure fractions).

    The legend of the priors, common to the outer panels, stands below them.
    """
    axes = [figure.add_axes((left, height[0], 0.245, height[1])) for left in (0.08, 0.395, 0.71)]
    outer = ((axes[0], data.assurance, data.cap), (axes[2], data.evsi, data.evpi))
    for panel, curves, caps in outer:
        for row, prior in enumerate(brief.priors):
            look: dict[str, Any] = {"color": COLOURS[row], "linestyle": STYLES[row], "linewidth": 1.4}
            panel.plot(data.events, curves[row], label=prior.name, **look)
            panel.plot(data.events[-1] * np.array([1.03, 1.08]), [caps[row]] * 2, color=COLOURS[row], lw=1.8)
        panel.axvline(brief.plan.events, color="#9aa3ad", lw=0.7, zorder=0)
        panel.set(
            xlabel="events", xlim=(data.events[0], data.events[-1] * 1.09), xticks=np.arange(200, 801, 200)
        )
    axes[0].set(ylim=(0, 1), yticks=np.arange(0, 1.1, 0.2), ylabel="assurance", title="Chance of success")
    axes[2].set(ylabel="months of RMST a patient", title="Value of the trial")
    axes[2].set_ylim(bottom=0, top=max(0.05, float(data.evpi.max())) * 1.05)
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="upper center",
        bbox_to_anchor=(0.5, height[0] - 0.22 * height[1]),
        ncols=len(brief.priors),
        frameon=False,
        fontsize=6.5,
        handlelength=3.0,
    )
    arms = (("control", data.control, COLOURS[3], "--"), ("experimental", data.experimental, COLOURS[0], "-"))
    for label, curve, colour, style in arms:
        axes[1].fill_between(data.months, curve[0], curve[2], color=colour, alpha=0.25, lw=0)
        axes[1].plot(data.months, curve[1], color=colour, linestyle=style, lw=1.4, label=label)
    axes[1].set(
        ylim=(0, 1),
        xlim=(0, data.months[-1]),
        xticks=np.arange(0, data.months[-1] + 0.1, 6),
        xlabel="months",
        ylabel=brief.request.endpoint,
        title="Curves the trial may show",
    )
    axes[1].legend(frameon=False, fontsize=6.5)
    for item in axes:
        item.spines[["top", "right"]].set_visible(False)
        item.spines[["left", "bottom"]].set_color("#9aa3ad")
        item.tick_params(labelsize=6.5, length=2, color="#9aa3ad")
        item.title.set(fontsize=8, color="#1f4e79", weight="bold")
        item.xaxis.label.set_fontsize(7)
        item.yaxis.label.set_fontsize(7)
    return axes


def svg(brief: Brief, data: FigureData) -> str:
    """The three panels as an SVG element without XML header."""
    from io import StringIO

    with mpl.rc_context({"svg.hashsalt": "crosstrial", "svg.fonttype": "path"}):
        figure = Figure(figsize=(10.2, 2.7))
        draw(brief, data, figure)
        out = StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
