"""Survival figures as other programs draw them, drawn here, with the patients behind them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from digitized.curve import Floats
from digitized.kaplan_meier import KaplanMeier, kaplan_meier, number_at_risk

SEED = 771031
GGPLOT = ("#F8766D", "#00BFC4", "#7CAE00", "#C77CFF")
NAMES = ("Sintilimab", "Placebo", "Anlotinib", "Docetaxel")


@dataclass(frozen=True)
class Arm:
    """Patients of one arm and their Kaplan-Meier estimate."""

    name: str
    time: Floats
    event: npt.NDArray[np.bool_]

    @property
    def truth(self) -> KaplanMeier:
        return kaplan_meier(self.time, self.event)

    @property
    def line(self) -> tuple[Floats, Floats]:
        km = self.truth
        x = np.concatenate(([0.0], np.repeat(km.time, 2), [km.last]))
        return x, np.concatenate(([1.0, 1.0], np.repeat(km.survival, 2)))

    @property
    def censored(self) -> Floats:
        return np.unique(self.time[~self.event])

    def at_risk(self, at: Sequence[float]) -> list[int]:
        return [int(n) for n in number_at_risk(self.time, np.asarray(at, dtype=float))]


def simulate(count: int = 2, last: float = 36.0, n: int = 140) -> list[Arm]:
    """Arms of falling medians, followed up to `last`."""
    arms = []
    for k in range(count):
        rng = np.random.default_rng([SEED, k])
        latent = rng.weibull(1.1, n - 7 * k) * last * (0.62, 0.34, 0.2, 0.11)[k] / np.log(2) ** (1 / 1.1)
        leave = rng.uniform(0.3, 0.97, n - 7 * k) * last
        time = np.round(np.minimum(latent, leave), 2 if last < 100 else 0) + (0 if last < 100 else 1)
        arms.append(Arm(NAMES[k], time, latent <= leave))
    return arms


@dataclass(frozen=True)
class Drawn:
    """A figure, panel by panel the arms in it, and the times of its numbers at risk (none: no table)."""

    figure: Figure
    panels: tuple[tuple[Arm, ...], ...]
    ticks: tuple[float, ...] = ()
    unit: str = "months"
    lowest: float = 0.0


def _ticks(
    axes: Axes, ticks: Sequence[float], y: Sequence[float], labels: Sequence[str] | None = None
) -> None:
    axes.set_xticks(ticks)
    axes.set_yticks(y, labels)


def ggplot(count: int = 2, table: bool = True) -> Drawn:
    """survminer: grey panel, white grid, no axis lines, legend above, the table a panel of its own."""
    arms, ticks = simulate(count), tuple(range(0, 37, 6))
    figure = Figure(figsize=(7, 6))
    axes = figure.add_axes((0.17, 0.42, 0.79, 0.46))
    axes.set_facecolor("#EBEBEB")
    axes.set_axisbelow(True)
    axes.grid(True, color="white", linewidth=1.07)
    _ticks(axes, ticks, (0, 0.25, 0.5, 0.75, 1), ("0.00", "0.25", "0.50", "0.75", "1.00"))
    axes.set_xticks([t + 3 for t in ticks[:-1]], minor=True)
    axes.set_yticks((0.125, 0.375, 0.625, 0.875), minor=True)
    axes.grid(True, which="minor", color="white", linewidth=0.5)
    axes.tick_params(color="#333333", labelcolor="#4D4D4D", labelsize=9)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
    for arm, colour in zip(arms, GGPLOT, strict=False):
        x, y = arm.line
        axes.plot(x, y, color=colour, linewidth=1.6, label=arm.name)
        axes.plot(arm.censored, arm.truth.at(arm.censored), "+", color=colour, markersize=7)
    axes.set(xlim=(-1.8, 37.8), ylim=(-0.05, 1.05), xlabel="Time in months", ylabel="Survival probability")
    handles = [
        Line2D([], [], color=c, linewidth=1.6, label=a.name) for a, c in zip(arms, GGPLOT, strict=False)
    ]
    axes.legend(
        handles=handles, title="Strata", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=count, frameon=False,
        alignment="center",
    )  # fmt: skip
    if not table:
        return Drawn(figure, (tuple(arms),))
    below = figure.add_axes((0.17, 0.1, 0.79, 0.05 + 0.04 * count))
    below.set(xlim=(-1.8, 37.8), ylim=(count - 0.5, -0.5), xlabel="Time in months", xticks=ticks)
    below.set_yticks(range(count), [arm.name for arm in arms])
    below.spines[["top", "right"]].set_visible(False)
    below.set_title("Number at risk", loc="left", fontsize=11)
    for k, (arm, label) in enumerate(zip(arms, below.get_yticklabels(), strict=True)):
        label.set_color(GGPLOT[k])
        for t, n in zip(ticks, arm.at_risk(ticks), strict=True):
            below.text(t, k, str(n), ha="center", va="center", fontsize=9)
    return Drawn(figure, (tuple(arms),), ticks)


def base_r() -> Drawn:
    """plot.survfit: a box, ticks outwards, y labels turned, black lines of two dashes, a legend box."""
    arms = simulate()
    figure = Figure(figsize=(6, 5))
    axes = figure.add_axes((0.14, 0.14, 0.8, 0.78))
    for arm, dash in zip(arms, ("-", (0, (4, 4))), strict=True):
        axes.plot(*arm.line, color="black", linestyle=dash, linewidth=0.75, label=arm.name)
    axes.set(
        xlim=(-1.4, 37.4), ylim=(-0.04, 1.04), xlabel="Months", ylabel="Survival", title="Overall survival"
    )
    _ticks(axes, range(0, 36, 5), np.arange(0, 1.01, 0.2))
    axes.tick_params(axis="y", labelrotation=90, length=6)
    axes.tick_params(axis="x", length=6)
    axes.legend(loc="upper right", fancybox=False, edgecolor="black")
    return Drawn(figure, (tuple(arms),))


def fivethirtyeight() -> Drawn:
    """Grey paper, gridlines only, thick lines, no spines, no ticks, names beside the curves in their colours."""
    arms = simulate()
    figure = Figure(figsize=(7, 5), facecolor="#f0f0f0")
    axes = figure.add_axes((0.1, 0.14, 0.85, 0.75), facecolor="#f0f0f0")
    for arm, colour, at in zip(arms, ("#008fd5", "#fc4f30"), (30, 22), strict=True):
        axes.plot(*arm.line, color=colour, linewidth=3)
        axes.text(at, float(arm.truth.at(np.array([at]))[0]) + 0.06, arm.name, color=colour, fontsize=12)
    axes.grid(True, color="#cbcbcb", linewidth=1)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=12)
    axes.set(xlim=(-1, 37), ylim=(-0.04, 1.05), xlabel="Months since randomisation")
    _ticks(axes, range(0, 37, 6), (0, 0.25, 0.5, 0.75, 1), ("0", "25", "50", "75", "100%"))
    return Drawn(figure, (tuple(arms),))


def seaborn() -> Drawn:
    """Lavender panel, white gridlines, no spines, no ticks, shaded bands, a framed legend inside."""
    arms = simulate()
    figure = Figure(figsize=(6.5, 4.5))
    axes = figure.add_axes((0.12, 0.14, 0.84, 0.8), facecolor="#EAEAF2")
    for arm, colour in zip(arms, ("#4C72B0", "#DD8452"), strict=True):
        x, y = arm.line
        axes.plot(x, y, color=colour, linewidth=1.75, label=arm.name)
        half = 1.6 * np.sqrt(y * (1 - y) / 120)
        axes.fill_between(
            x, np.clip(y - half, 0, 1), np.clip(y + half, 0, 1), color=colour, alpha=0.25, linewidth=0
        )
    axes.grid(True, color="white", linewidth=1.2)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set(xlim=(-1.7, 37), ylim=(-0.03, 1.04), xlabel="timeline (months)")
    _ticks(axes, range(0, 36, 5), np.arange(0, 1.01, 0.2))
    axes.legend(loc="upper right", facecolor="#EAEAF2")
    return Drawn(figure, (tuple(arms),))


def sas() -> Drawn:
    """PROC LIFETEST: a box, plus marks, a key of "+ Censored" inside, the table inside, a legend box below."""
    arms, ticks = simulate(), tuple(range(0, 37, 6))
    colours = ("#445694", "#A23A2E")
    figure = Figure(figsize=(6.4, 4.8))
    axes = figure.add_axes((0.11, 0.22, 0.85, 0.64))
    for arm, colour in zip(arms, colours, strict=True):
        axes.plot(*arm.line, color=colour, linewidth=1.2, label=arm.name)
        axes.plot(arm.censored, arm.truth.at(arm.censored), "+", color=colour, markersize=6)
    axes.set(xlim=(-1.5, 37.5), ylim=(-0.25, 1.04), xlabel="Time (months)", ylabel="Survival Probability")
    _ticks(axes, ticks, np.arange(0, 1.01, 0.2))
    for k, (arm, colour) in enumerate(zip(arms, colours, strict=True)):
        for t, n in zip(ticks, arm.at_risk(ticks), strict=True):
            axes.text(t, -0.12 - 0.07 * k, str(n), ha="center", va="center", color=colour, fontsize=7.5)
        axes.text(-1.9, -0.12 - 0.07 * k, str(k + 1), ha="right", va="center", color=colour, fontsize=7.5)
    axes.text(0.99, 0.97, "+ Censored", transform=axes.transAxes, ha="right", va="top", fontsize=8)
    figure.text(0.53, 0.94, "Product-Limit Survival Estimates", ha="center")
    figure.text(0.53, 0.89, "With Number of Subjects at Risk", ha="center", fontsize=8)
    figure.legend(loc="lower center", ncols=2, title="Treatment", fancybox=False)
    return Drawn(figure, (tuple(arms),), ticks)


def stata() -> Drawn:
    """sts graph: tinted paper, white plot, level gridlines, turned y labels, table and legend box below."""
    arms, ticks = simulate(), tuple(range(0, 37, 6))
    figure = Figure(figsize=(6.5, 5.2), facecolor="#eaf2f3")
    axes = figure.add_axes((0.16, 0.4, 0.8, 0.5))
    for arm, colour in zip(arms, ("#1a476f", "#90353b"), strict=True):
        axes.plot(*arm.line, color=colour, linewidth=1.4, label=arm.name)
    axes.grid(True, axis="y", color="#eaf2f3", linewidth=1.2)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set(xlim=(-1, 37), ylim=(-0.03, 1.03), title="Kaplan-Meier survival estimates")
    axes.set_xlabel("analysis time (months)", labelpad=2)
    _ticks(axes, ticks, (0, 0.25, 0.5, 0.75, 1), ("0.00", "0.25", "0.50", "0.75", "1.00"))
    axes.tick_params(axis="y", labelrotation=90)
    axes.text(-5.5, -0.33, "Number at risk", fontsize=9)
    for k, arm in enumerate(arms):
        axes.text(-1.2, -0.43 - 0.1 * k, arm.name, ha="right", fontsize=9)
        for t, n in zip(ticks, arm.at_risk(ticks), strict=True):
            axes.text(t, -0.43 - 0.1 * k, str(n), ha="center", fontsize=9)
    figure.legend(loc="lower center", ncols=2, fancybox=False, edgecolor="black", facecolor="white")
    return Drawn(figure, (tuple(arms),), ticks)


def graphpad(marker: str = "v") -> Drawn:
    """Prism: thick axes and lines, ticks outwards, solid markers for censored, percent survival, key at the right."""
    arms = simulate()
    figure = Figure(figsize=(6, 4))
    axes = figure.add_axes((0.13, 0.16, 0.6, 0.76))
    for arm, colour in zip(arms, ("#000000", "#FF0000"), strict=True):
        x, y = arm.line
        axes.plot(x, 100 * y, color=colour, linewidth=2.4, label=arm.name)
        axes.plot(arm.censored, 100 * arm.truth.at(arm.censored), marker, color=colour, markersize=6, mew=1.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_linewidth(2)
    axes.tick_params(width=2, length=6)
    axes.set(xlim=(0, 40), ylim=(0, 103), xlabel="Months", ylabel="Percent survival")
    _ticks(axes, range(0, 41, 10), range(0, 101, 25))
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return Drawn(figure, (tuple(arms),))


def percent_sign() -> Drawn:
    """Percent signs on the labels, the axis from 20 %, a table with blanks left of it, months by six to 60."""
    arms, ticks = simulate(last=60), tuple(range(0, 61, 6))
    figure = Figure(figsize=(7.5, 5))
    axes = figure.add_axes((0.18, 0.34, 0.78, 0.6))
    for arm, colour in zip(arms, ("#0072B5", "#BC3C29"), strict=True):
        axes.plot(*arm.line, color=colour, linewidth=1.5, label=arm.name)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set(xlim=(0, 61), ylim=(0.2, 1.0), xlabel="Time, mo", ylabel="Progression-free survival")
    _ticks(axes, ticks, np.arange(0.2, 1.01, 0.2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f}%"))
    axes.text(-9.8, -0.02, "No. at risk", fontsize=9)
    for k, arm in enumerate(arms):
        axes.text(-9.8, -0.09 - 0.07 * k, arm.name, fontsize=9)
        for t, n in zip(ticks, arm.at_risk(ticks), strict=True):
            axes.text(t, -0.09 - 0.07 * k, str(n), ha="center", fontsize=9)
    axes.legend(loc="upper right", frameon=False)
    return Drawn(figure, (tuple(arms),), ticks, lowest=0.2)


def days() -> Drawn:
    """Days to 1500 with thousands set off by commas; four arms; ticks inwards on all sides."""
    arms, ticks = simulate(4, last=1500), tuple(range(0, 1501, 250))
    figure = Figure(figsize=(7, 5))
    axes = figure.add_axes((0.12, 0.14, 0.84, 0.8))
    for arm, colour in zip(arms, ("#1b9e77", "#d95f02", "#7570b3", "#e7298a"), strict=True):
        axes.plot(*arm.line, color=colour, linewidth=1.3, label=arm.name)
    axes.tick_params(direction="in", top=True, right=True)
    axes.set(xlim=(0, 1550), ylim=(0, 1.02), xlabel="Time since enrolment (days)", ylabel="Proportion alive")
    _ticks(axes, ticks, np.arange(0, 1.01, 0.25))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    axes.legend(loc="upper right")
    return Drawn(figure, (tuple(arms),), unit="days")


def incidence() -> Drawn:
    """Cumulative incidence, rising from 0; the axis ends at .8; three arms."""
    arms = simulate(3)
    figure = Figure(figsize=(6.5, 4.5))
    axes = figure.add_axes((0.12, 0.14, 0.84, 0.8))
    for arm, colour in zip(arms, ("#374E55", "#DF8F44", "#00A1D5"), strict=True):
        x, y = arm.line
        axes.plot(x, 1 - y, color=colour, linewidth=1.4, label=arm.name)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set(xlim=(0, 37), ylim=(0, 1.0), xlabel="Months", ylabel="Cumulative incidence of death")
    _ticks(axes, range(0, 37, 6), np.arange(0, 1.01, 0.2))
    axes.legend(loc="lower right", frameon=False)
    return Drawn(figure, (tuple(arms),))


def _dashes(
    x: Floats, y: Floats, on: float, off: float, scale: tuple[float, float]
) -> list[tuple[Floats, Floats]]:
    """The line cut into dashes of length `on` with gaps `off`, lengths measured after scaling."""
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x) * scale[0], np.diff(y) * scale[1]))))
    keep = np.concatenate(([True], np.diff(along) > 0))
    x, y, along = x[keep], y[keep], along[keep]
    parts = []
    for start in np.arange(0, along[-1], on + off):
        stop = min(start + on, along[-1])
        at = np.concatenate(([start], along[(along > start) & (along < stop)], [stop]))
        parts.append((np.interp(at, along, x), np.interp(at, along, y)))
    return parts


def separate_dashes() -> Drawn:
    """A solid and a dashed black curve, every dash a path of its own; the legend's key too."""
    arms = simulate()
    figure = Figure(figsize=(6.5, 4.5))
    axes = figure.add_axes((0.12, 0.14, 0.84, 0.8))
    axes.set(xlim=(0, 37), ylim=(0, 1.02), xlabel="Months", ylabel="Survival")
    axes.plot(*arms[0].line, color="black", linewidth=1.2)
    for x, y in _dashes(*arms[1].line, on=5, off=3, scale=(393 / 37, 259 / 1.02)):
        axes.plot(x, y, color="black", linewidth=1.2, solid_capstyle="butt")
    axes.plot([24, 27], [0.95, 0.95], color="black", linewidth=1.2)
    for x in np.arange(24, 27, 8 * 37 / 393):
        axes.plot([x, x + 5 * 37 / 393], [0.88, 0.88], color="black", linewidth=1.2, solid_capstyle="butt")
    for y, arm in zip((0.95, 0.88), arms, strict=True):
        axes.text(27.6, y, arm.name, va="center", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    _ticks(axes, range(0, 37, 6), np.arange(0, 1.01, 0.2))
    return Drawn(figure, (tuple(arms),))


def two_panels() -> Drawn:
    """Panels A and B side by side in a journal's manner, each with its table."""
    ticks = tuple(range(0, 37, 6))
    arms = simulate(4)
    panels = (tuple(arms[:2]), tuple(arms[2:]))
    figure = Figure(figsize=(11, 5))
    for k, pair in enumerate(panels):
        axes = figure.add_axes((0.12 + 0.49 * k, 0.36, 0.36, 0.54))
        for row, (arm, colour) in enumerate(zip(pair, ("#E64B35", "#4DBBD5"), strict=True)):
            x, y = arm.line
            axes.plot(x, 100 * y, color=colour, linewidth=1.5, label=arm.name)
            axes.plot(arm.censored, 100 * arm.truth.at(arm.censored), "|", color=colour, markersize=6)
            axes.text(-3, -42 - 9 * row, arm.name, ha="right", fontsize=8, color=colour)
            for t, n in zip(ticks, arm.at_risk(ticks), strict=True):
                axes.text(t, -42 - 9 * row, str(n), ha="center", fontsize=8)
        axes.text(-3, -33, "Number at risk", ha="right", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set(
            xlim=(0, 37), ylim=(0, 100), xlabel="Time (months)", ylabel=("Overall survival (%)", "PFS (%)")[k]
        )
        axes.set_title("AB"[k], loc="left", weight="bold")
        _ticks(axes, ticks, range(0, 101, 20))
        axes.legend(loc="upper right", frameon=False)
    return Drawn(figure, panels, ticks)


def dark() -> Drawn:
    """A slide: dark paper, bright lines, pale ticks, a tinted grid, three arms."""
    arms = simulate(3)
    figure = Figure(figsize=(7, 4.5), facecolor="#1c1c28")
    axes = figure.add_axes((0.1, 0.14, 0.86, 0.8), facecolor="#1c1c28")
    for arm, colour in zip(arms, ("#ffcc00", "#35d0ff", "#ff6fa5"), strict=True):
        axes.plot(*arm.line, color=colour, linewidth=2, label=arm.name)
    axes.grid(color="#3a3a4c", linewidth=0.8)
    axes.spines[:].set_color("#9a9aa8")
    axes.tick_params(colors="#d0d0d8")
    axes.set(xlim=(0, 36), ylim=(0, 1.02), ylabel="Survival")
    axes.set_xlabel("Months", color="#d0d0d8")
    axes.yaxis.label.set_color("#d0d0d8")
    _ticks(axes, range(0, 37, 6), np.arange(0, 1.01, 0.2))
    axes.legend(facecolor="#1c1c28", edgecolor="#9a9aa8", labelcolor="#d0d0d8", loc="upper right")
    return Drawn(figure, (tuple(arms),))


def greys() -> Drawn:
    """Grey shades only: black, mid-grey and pale lines, circles for censored, a median line."""
    arms = simulate(3)
    figure = Figure(figsize=(6.5, 4.5))
    axes = figure.add_axes((0.12, 0.14, 0.84, 0.8))
    for arm, colour in zip(arms, ("#000000", "#6e6e6e", "#b0b0b0"), strict=True):
        axes.plot(*arm.line, color=colour, linewidth=1.8, label=arm.name)
        axes.plot(arm.censored, arm.truth.at(arm.censored), "o", color=colour, markersize=3.5)
    axes.axhline(0.5, color="black", linewidth=0.6, linestyle=(0, (2, 2)))
    axes.spines[["top", "right"]].set_visible(False)
    axes.set(xlim=(0, 37), ylim=(0, 1.02), xlabel="Months", ylabel="Survival")
    _ticks(axes, range(0, 37, 6), np.arange(0, 1.01, 0.1))
    axes.legend(loc="upper right", frameon=False)
    return Drawn(figure, (tuple(arms),))


STYLES: dict[str, Callable[[], Drawn]] = {
    "survminer": ggplot,
    "ggplot2, three arms, no table": lambda: ggplot(3, table=False),
    "base R": base_r,
    "fivethirtyeight": fivethirtyeight,
    "seaborn": seaborn,
    "SAS": sas,
    "Stata": stata,
    "Prism, triangles": graphpad,
    "Prism, plus": lambda: graphpad("+"),
    "percent from 20, 60 months": percent_sign,
    "days, four arms": days,
    "cumulative incidence": incidence,
    "separate dashes": separate_dashes,
    "two panels": two_panels,
    "dark": dark,
    "greys": greys,
}


@pytest.fixture(scope="session")
def styles() -> Mapping[str, Callable[[], Drawn]]:
    """Functions that draw, by the name of the style; no corner left out, as matplotlib alone would."""

    def whole(make: Callable[[], Drawn]) -> Callable[[], Drawn]:
        def drawn() -> Drawn:
            with mpl.rc_context({"path.simplify": False}):
                return make()

        return drawn

    return {name: whole(make) for name, make in STYLES.items()}


@pytest.fixture(scope="session")
def arms() -> tuple[Arm, ...]:
    """Two arms for programs whose files are written as text."""
    return tuple(simulate())
