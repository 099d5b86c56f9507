"""Reading drawn figures without any option, against the patients that they were drawn from."""

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from digitized.figure.raster import read_raster
from digitized.figure.reading import ArmReading, PanelReading, ReadingOptions
from digitized.kaplan_meier import KaplanMeier

NO_OPTION = ReadingOptions()
STYLES: dict[str, dict[str, Any]] = {
    "coloured, boxed, grid": {"spines": ("left", "bottom", "top", "right"), "margin": True, "grid": True},
    "percent, plus marks, at risk": {"percent": True, "marks": "+", "at_risk": True},
    "bands": {"bands": True, "margin": True, "spines": ("left", "bottom", "top", "right")},
    "dark": {"sheet": "dark_background", "colours": ("#8dd3c7", "#feffb3")},
    "black, solid, dashed, dotted": {
        "n": (150, 150, 150),
        "median": (20.0, 12.0, 7.0),
        "colours": ("black",) * 3,
        "dashes": ("-", "--", ":"),
        "marks": "",
    },
    "circles, median lines": {"marks": "o", "median_lines": True},
    "two panels": {"panels": 2, "size": (5.5, 4.5), "dpi": 110},
    "grey panel without axis lines": {"sheet": "seaborn-v0_8-darkgrid", "spines": ()},
    "days": {"x_max": 1080.0, "step": 180.0, "unit": "days", "median": (480.0, 300.0)},
}
POOR: dict[str, dict[str, Any]] = {
    "small": {"dpi": 70},
    "jpeg": {"quality": 35},
}


def rmse(arm: ArmReading, truth: KaplanMeier) -> float:
    """Root mean square error of S(t) over the curve's own time."""
    grid = np.linspace(0, truth.last, 400)
    at = np.searchsorted(arm.time, grid, side="right") - 1
    return float(np.sqrt(np.mean((arm.survival[at] - truth.at(grid)) ** 2)))


def matched(panel: PanelReading, truth: dict[str, KaplanMeier]) -> dict[str, tuple[ArmReading, float]]:
    """Each true arm with the reading nearest to it."""
    assert len(panel.arms) == len(truth)
    found = {}
    for name, estimate in truth.items():
        arm = min(panel.arms, key=lambda a: rmse(a, estimate))
        found[name] = (arm, rmse(arm, estimate))
    assert len({id(arm) for arm, _ in found.values()}) == len(truth)
    return found


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_style_is_read_without_options(style: dict[str, Any], drawing: Callable[..., Any]) -> None:
    drawn = drawing(**style)
    panels = read_raster(drawn.pixels, NO_OPTION)
    assert len(panels) == len(drawn.truth)
    errors = []
    for panel, truth, at_risk in zip(panels, drawn.truth, drawn.at_risk, strict=True):
        assert panel.unit == style.get("unit", "months")
        for name, (arm, error) in matched(panel, truth).items():
            errors.append(error)
            assert arm.time[-1] == pytest.approx(truth[name].last, abs=0.02 * truth[name].last)
            if style.get("at_risk"):
                assert list(zip(arm.at_risk_time, arm.at_risk, strict=True)) == at_risk[name]
    assert np.mean(errors) < 0.006
    assert max(errors) < 0.012


@pytest.mark.parametrize("style", POOR.values(), ids=POOR.keys())
def test_poor_pictures_are_read(style: dict[str, Any], drawing: Callable[..., Any]) -> None:
    drawn = drawing(**style)
    (panel,) = read_raster(drawn.pixels, NO_OPTION)
    assert max(error for _, error in matched(panel, drawn.truth[0]).values()) < 0.012


def test_arms_are_named_by_the_legend(drawing: Callable[..., Any]) -> None:
    drawn = drawing()
    (panel,) = read_raster(drawn.pixels, NO_OPTION)
    assert {name: arm.name for name, (arm, _) in matched(panel, drawn.truth[0]).items()} == {
        "Drug A": "Drug A",
        "Placebo": "Placebo",
    }


def test_censor_marks_are_found_not_followed(drawing: Callable[..., Any]) -> None:
    drawn = drawing(n=(30,), median=(40.0,), marks="|")
    (panel,) = read_raster(drawn.pixels, NO_OPTION)
    marks = panel.arms[0].censor_marks
    assert 8 <= marks.size <= 30
    # A mark stands where somebody was censored; drawn without marks, none is found.
    plain = read_raster(drawing(n=(30,), median=(40.0,), marks="").pixels, NO_OPTION)
    assert plain[0].arms[0].censor_marks.size == 0


def test_drops_close_together_are_no_censor_marks(drawing: Callable[..., Any]) -> None:
    (panel,) = read_raster(drawing(marks="").pixels, NO_OPTION)
    assert [arm.censor_marks.size for arm in panel.arms] == [0, 0]


def test_a_last_drop_to_zero_is_read() -> None:
    figure, axes = plt.subplots(figsize=(6, 4), dpi=110)
    axes.plot([0, 5, 5, 12, 12, 20, 20], [1, 1, 0.7, 0.7, 0.4, 0.4, 0.0], color="navy")
    axes.set(xlim=(0, 30), ylim=(-0.03, 1.03), xlabel="Months")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
    plt.close(figure)
    (panel,) = read_raster(pixels, NO_OPTION)
    arm = panel.arms[0]
    assert arm.time[-1] == pytest.approx(20.0, abs=0.1)
    assert arm.survival[-1] == pytest.approx(0.0, abs=0.01)
    before = arm.survival[arm.time < 19.5]
    assert before[-1] == pytest.approx(0.4, abs=0.01)
