"""Vector figures as other programs draw them, read without any option: every drop, name and number at risk."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from digitized.figure.read import read_figure
from digitized.figure.reading import ArmReading, PanelReading

STYLES = (
    "survminer", "ggplot2, three arms, no table", "base R", "fivethirtyeight", "seaborn", "SAS", "Stata",
    "Prism, triangles", "Prism, plus", "percent from 20, 60 months", "days, four arms", "cumulative incidence",
    "two panels", "dark", "greys",
)  # fmt: skip


def by_name(panel: PanelReading, name: str) -> ArmReading:
    return next(arm for arm in panel.arms if arm.name == name)


def check(panel: PanelReading, drawn: Any, arms: Any) -> None:
    """Names, every visible drop, its place, the censor marks' places, every number at risk."""
    assert {arm.name for arm in panel.arms} == {arm.name for arm in arms}
    for arm in arms:
        read, km = by_name(panel, arm.name), arm.truth
        fall = np.flatnonzero(np.diff(read.survival) < -1e-6) + 1
        seen = (np.diff(np.append(1.0, km.survival)) < 0) & (km.survival > drawn.lowest)
        assert (read.survival[fall] > drawn.lowest + 1e-6).sum() == seen.sum()
        fall = fall[read.survival[fall] > drawn.lowest + 1e-6]
        assert np.abs(read.survival[fall] - km.survival[seen]).max() < 0.001
        assert np.abs(read.time[fall] - km.time[seen]).max() < 0.001 * km.last
        assert read.time[0] == 0.0
        if drawn.ticks:
            assert read.at_risk_time.tolist() == list(drawn.ticks)
            assert read.at_risk.tolist() == arm.at_risk(drawn.ticks)


@pytest.mark.parametrize("form", ["svg", "pdf"])
@pytest.mark.parametrize("style", STYLES)
def test_without_options(
    style: str, form: str, styles: Mapping[str, Callable[[], Any]], tmp_path: Path
) -> None:
    drawn = styles[style]()
    path = tmp_path / f"figure.{form}"
    with mpl.rc_context({"svg.fonttype": "none", "pdf.fonttype": 42}):
        drawn.figure.savefig(path, facecolor=drawn.figure.get_facecolor())
    reading = read_figure(path)
    assert len(reading.panels) == len(drawn.panels)
    for panel, arms in zip(reading.panels, drawn.panels, strict=True):
        assert panel.unit == drawn.unit
        check(panel, drawn, arms)
        rising = style == "cumulative incidence"
        assert all(arm.rising is rising for arm in panel.arms)
        assert any("one minus survival" in warning for warning in panel.warnings) is rising


@pytest.mark.parametrize(
    "style", ["survminer", "SAS", "Prism, triangles", "Prism, plus", "two panels", "greys"]
)
def test_marks_of_every_shape(style: str, styles: Mapping[str, Callable[[], Any]], tmp_path: Path) -> None:
    drawn = styles[style]()
    with mpl.rc_context({"svg.fonttype": "none"}):
        drawn.figure.savefig(tmp_path / "figure.svg")
    for panel, arms in zip(read_figure(tmp_path / "figure.svg").panels, drawn.panels, strict=True):
        for arm in arms:
            marks = by_name(panel, arm.name).censor_marks
            assert len(marks) == pytest.approx(len(arm.censored), abs=1)
            assert np.abs(marks[:, None] - arm.censored[None, :]).min(axis=1).max() < 0.03


@pytest.mark.parametrize("style", ["base R", "cumulative incidence", "days, four arms", "separate dashes"])
def test_ticks_and_dashes_are_no_censor_marks(
    style: str, styles: Mapping[str, Callable[[], Any]], tmp_path: Path
) -> None:
    drawn = styles[style]()
    drawn.figure.savefig(tmp_path / "figure.pdf")
    (panel,) = read_figure(tmp_path / "figure.pdf").panels
    assert [len(arm.censor_marks) for arm in panel.arms] == [0] * len(drawn.panels[0])


@pytest.mark.parametrize("form", ["svg", "pdf"])
def test_every_dash_a_path_of_its_own(
    form: str, styles: Mapping[str, Callable[[], Any]], tmp_path: Path
) -> None:
    """Drops inside one gap cannot be told apart; everything drawn is read where it is."""
    drawn = styles["separate dashes"]()
    path = tmp_path / f"dashes.{form}"
    with mpl.rc_context({"svg.fonttype": "none", "pdf.fonttype": 42}):
        drawn.figure.savefig(path)
    (panel,) = read_figure(path).panels
    assert {arm.name for arm in panel.arms} == {arm.name for arm in drawn.panels[0]}
    for arm in drawn.panels[0]:
        read, km = by_name(panel, arm.name), arm.truth
        at = np.linspace(0.01, km.last - 0.5, 500)
        level = read.survival[np.searchsorted(read.time, at, side="right") - 1]
        assert np.sqrt(np.mean((level - km.at(at)) ** 2)) < 0.002
        drops = int((np.diff(read.survival) < -1e-6).sum())
        assert drops == pytest.approx((np.diff(np.append(1.0, km.survival)) < 0).sum(), rel=0.08)
        assert read.time[-1] == pytest.approx(km.last, abs=0.4)
