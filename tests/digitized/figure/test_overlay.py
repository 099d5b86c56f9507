"""The overlay lies on the figure, whatever unit its axes have."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitized.curve import Grade
from digitized.figure.overlay import draw_overlay
from digitized.figure.reading import ArmReading, Axis, FigureReading, PanelReading


@pytest.mark.parametrize(("top", "rising"), [(1.0, False), (100.0, False), (100.0, True)])
def test_a_curve_is_drawn_where_it_was_read(top: float, rising: bool, tmp_path: Path) -> None:
    """A level curve at one half, on an axis of proportions or of percent from row 20 (all) to row 120 (none)."""
    source = tmp_path / "figure.png"
    Image.new("RGB", (200, 140), "white").save(source)
    y_axis = Axis(1.2 * top, -top / 100, ((20.0, top), (120.0, 0.0)), "ocr")
    x_axis = Axis(-2.0, 0.1, ((20.0, 0.0), (180.0, 16.0)), "ocr")
    arm = ArmReading("A", "#000000", np.array([0.0, 16.0]), np.array([0.5, 0.5]), rising=rising)
    panel = PanelReading("", x_axis, y_axis, (20.0, 20.0, 180.0, 120.0), (arm,), "months")
    draw_overlay(FigureReading(source, "", Grade.RASTER, (panel,)), panel, tmp_path / "overlay.png")
    seen = np.asarray(Image.open(tmp_path / "overlay.png").convert("RGB")).astype(int)
    # View: 22 % of the plot to the left, 8 % to the right, 10 % above; 1170 pixels across.
    pixel = 1170 / (1.3 * 160)
    row = round((70 - (20 - 0.1 * 100)) * pixel)
    column = round((100 - (20 - 0.22 * 160)) * pixel)
    near = seen[row - 8 : row + 9, column]
    assert (np.abs(near - (0xE6, 0x00, 0x7E)).max(axis=1) < 40).any()
