"""Filled marks that cover most of a curve: its level is the middle of their height."""

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from digitized.figure.raster import read_raster
from digitized.figure.raster.ocr import ocr_available
from digitized.figure.reading import ReadingOptions

pytestmark = pytest.mark.skipif(not ocr_available(), reason="the extra ocr is not installed")


def test_the_level_under_dense_triangles_is_the_middle_of_their_height() -> None:
    figure = Figure(figsize=(6.5, 4.5))
    axes = figure.add_axes((0.12, 0.14, 0.84, 0.8))
    time = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 12.0, 20.0, 36.0])
    survival = np.array([1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.5])
    axes.step(time, survival, where="post", color="#d62728", linewidth=2.4)
    rng = np.random.default_rng(7)
    marks = np.sort(rng.uniform(5.5, 35.5, 75))
    axes.plot(
        marks, survival[np.searchsorted(time, marks, side="right") - 1], "v", color="#d62728", markersize=8
    )
    axes.set(xlim=(0, 37), ylim=(0, 1.02), xlabel="Months", ylabel="Survival", xticks=range(0, 37, 6))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    (panel,) = read_raster(np.asarray(Image.open(buffer).convert("RGB")), ReadingOptions())
    (arm,) = panel.arms
    for at, level in ((9.0, 0.7), (16.0, 0.6), (28.0, 0.5)):
        read = arm.survival[np.searchsorted(arm.time, at, side="right") - 1]
        assert read == pytest.approx(level, abs=0.004)
