"""Reading by hand, driven headless through the window's own events."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backend_bases import KeyEvent, MouseEvent

from digitized.errors import FigureRefused
from digitized.figure import interactive
from digitized.figure.interactive import Clicks, panel_from_clicks, read_interactively
from digitized.figure.raster import ocr
from digitized.figure.reading import ReadingOptions


@pytest.fixture(autouse=True)
def without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "ocr_available", lambda: False)


@pytest.fixture
def drawn_file(tmp_path: Path) -> tuple[Path, list[tuple[float, float]]]:
    """A figure with a blue and a red curve, and where the ends of its axes and its curves are in pixels."""
    figure, axes = plt.subplots(figsize=(6, 4), dpi=100)
    axes.step([0, 5, 10, 20, 30], [1, 0.8, 0.6, 0.5, 0.5], where="post", color="tab:blue", lw=2)
    axes.step([0, 4, 8, 12, 30], [1, 0.7, 0.4, 0.2, 0.2], where="post", color="tab:red", lw=2)
    axes.set_xlim(0, 30)
    axes.set_ylim(0, 1.05)
    figure.savefig(tmp_path / "figure.png")

    def pixel(x: float, y: float) -> tuple[float, float]:
        across, up = axes.transData.transform((x, y))
        return float(across) - 0.5, figure.bbox.height - float(up) - 0.5

    clicks = [pixel(0, 0), pixel(30, 0), pixel(0, 0), pixel(0, 1), pixel(15, 0.6), pixel(20, 0.2)]
    plt.close(figure)
    return tmp_path / "figure.png", clicks


def press(clicks: Clicks, points: list[tuple[float, float]]) -> None:
    canvas = clicks.axes.figure.canvas
    for point in points:
        x, y = clicks.axes.transData.transform(point)
        canvas.callbacks.process("button_press_event", MouseEvent("button_press_event", canvas, x, y, 1))


def key(clicks: Clicks, name: str) -> None:
    canvas = clicks.axes.figure.canvas
    canvas.callbacks.process("key_press_event", KeyEvent("key_press_event", canvas, name))


def opened(path: Path) -> Clicks:
    _, axes = plt.subplots(figsize=(9, 6))
    axes.imshow(plt.imread(path))
    clicks = Clicks(axes)
    clicks.connect()
    return clicks


def test_clicks_on_axes_and_curves_read_the_figure(
    drawn_file: tuple[Path, list[tuple[float, float]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, points = drawn_file
    windows: list[Clicks] = []

    class Watched(Clicks):
        def connect(self) -> None:
            super().connect()
            windows.append(self)

    def user() -> None:
        press(windows[0], points)
        key(windows[0], "enter")

    monkeypatch.setattr(interactive, "Clicks", Watched)
    monkeypatch.setattr(plt, "show", user)
    reading = read_interactively(
        path, ReadingOptions(x_range=(0.0, 30.0), arms=("blue", "red"), unit="months")
    )
    plt.close("all")
    upper, lower = reading.panels[0].arms
    assert (upper.name, lower.name) == ("blue", "red")
    for arm, at, expected in ((upper, 7, 0.8), (upper, 25, 0.5), (lower, 6, 0.7), (lower, 20, 0.2)):
        index = np.searchsorted(arm.time, at, side="right") - 1
        assert arm.survival[index] == pytest.approx(expected, abs=0.005)


def test_backspace_takes_a_click_back_and_enter_waits_for_a_curve(
    drawn_file: tuple[Path, list[tuple[float, float]]],
) -> None:
    path, points = drawn_file
    clicks = opened(path)
    press(clicks, [points[0], points[5]])
    key(clicks, "backspace")
    key(clicks, "enter")
    assert not clicks.done
    assert "last tick of the time axis" in clicks.prompt
    press(clicks, points[1:5])
    key(clicks, "enter")
    assert clicks.done
    plt.close("all")


def test_missing_range_closed_window_and_bad_clicks_are_refused(
    drawn_file: tuple[Path, list[tuple[float, float]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, points = drawn_file
    with pytest.raises(FigureRefused, match="--x-range"):
        read_interactively(path, ReadingOptions())
    monkeypatch.setattr(plt, "show", lambda: None)
    with pytest.raises(FigureRefused, match="closed before Enter"):
        read_interactively(path, ReadingOptions(x_range=(0.0, 30.0)))
    plt.close("all")
    pixels = np.full((200, 300, 3), 255, dtype=np.uint8)
    with pytest.raises(FigureRefused, match="too close"):
        panel_from_clicks(pixels, [points[0]] * 5, ReadingOptions(x_range=(0.0, 30.0)))
