"""Pictures as other programs draw them, and as files come: read without any option, or refused with a reason."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitized.figure.raster import read_raster
from digitized.figure.raster.ocr import ocr_available
from digitized.figure.raster_file import decode_image
from digitized.figure.reading import ArmReading, ReadingOptions

NO_OPTION = ReadingOptions()
needs_ocr = pytest.mark.skipif(not ocr_available(), reason="the extra ocr is not installed")
#: Each reads something that the others do not: turned labels and a black legend box; a tinted ground and a table;
#: a table within the plot and a legend below it; a light legend box on a gridline; rising curves.
QUICK = ("base R", "SAS", "dark")
SLOW = (
    "Stata", "cumulative incidence", "survminer", "ggplot2, three arms, no table", "fivethirtyeight", "seaborn",
    "Prism, triangles", "Prism, plus", "percent from 20, 60 months", "days, four arms", "separate dashes",
    "two panels", "greys",
)  # fmt: skip


def pixels_of(figure: Any, dpi: int = 110) -> np.ndarray:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, facecolor=figure.get_facecolor())
    return decode_image(buffer.getvalue(), Path("drawn.png"))


def rmse(arm: ArmReading, truth: Any, lowest: float) -> float:
    grid = np.linspace(0, truth.last, 400)
    level = arm.survival[np.clip(np.searchsorted(arm.time, grid, side="right") - 1, 0, None)]
    return float(np.sqrt(np.mean((np.maximum(level, lowest) - np.maximum(truth.at(grid), lowest)) ** 2)))


@needs_ocr
@pytest.mark.parametrize("style", [*QUICK, *(pytest.param(s, marks=pytest.mark.slow) for s in SLOW)])
def test_without_options(style: str, styles: Mapping[str, Callable[[], Any]]) -> None:
    drawn = styles[style]()
    panels = read_raster(pixels_of(drawn.figure), NO_OPTION)
    assert len(panels) == len(drawn.panels)
    errors, right, cells = [], 0, 0
    for panel, arms in zip(panels, drawn.panels, strict=True):
        assert len(panel.arms) == len(arms)
        assert panel.unit == drawn.unit
        for arm in arms:
            read = min(panel.arms, key=lambda r, arm=arm: rmse(r, arm.truth, drawn.lowest))
            assert read.name == arm.name
            errors.append(rmse(read, arm.truth, drawn.lowest))
            if drawn.ticks:
                found = dict(zip(read.at_risk_time.tolist(), read.at_risk.tolist(), strict=True))
                right += sum(
                    found.get(t) == n for t, n in zip(drawn.ticks, arm.at_risk(drawn.ticks), strict=True)
                )
                cells += len(drawn.ticks)
    assert np.mean(errors) < 0.0075
    assert right >= 0.85 * cells


@pytest.mark.parametrize(
    "form", ["alpha", "palette", "transparent palette", "grey", "16-bit grey", "tiff, lzw", "bit"]
)
def test_whatever_the_file_stores_the_same_is_seen(form: str) -> None:
    """Black strokes on paper in every way that a file can store them; what is transparent is paper."""
    grey = np.full((40, 60), 255, dtype=np.uint8)
    grey[10:30, 20] = grey[29, 20:50] = 0
    image = Image.fromarray(grey)
    extra: dict[str, Any] = {}
    if form == "alpha":
        image = Image.merge("LA", (Image.new("L", image.size, 0), Image.fromarray(255 - grey))).convert(
            "RGBA"
        )
    elif form == "palette":
        image = image.convert("RGB").quantize(4)
    elif form == "transparent palette":
        image = image.convert("P")
        extra["transparency"] = 255
    elif form == "16-bit grey":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    elif form == "bit":
        image = image.convert("1")
    elif form == "tiff, lzw":
        extra["compression"] = "tiff_lzw"
    buffer = io.BytesIO()
    image.save(buffer, "TIFF" if form.startswith("tiff") else "PNG", **extra)
    seen = decode_image(buffer.getvalue(), Path(f"{form}.png"))
    assert seen.shape == (40, 60, 3)
    assert np.abs(seen.astype(int) - grey[..., None]).max() <= 3


@pytest.mark.slow
def test_a_huge_picture_is_reduced_and_read_in_the_files_own_pixels(
    styles: Mapping[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitized.figure.raster.ocr.ocr_available", lambda: False)
    drawn = styles["base R"]()
    pixels = pixels_of(drawn.figure, dpi=500)
    assert max(pixels.shape) == 3000
    options = ReadingOptions(x_range=(0, 35), y_range=(0, 1), crop=(300, 100, 3000, 2200))
    (panel,) = read_raster(pixels, options)
    assert panel.box == pytest.approx((420, 200, 2820, 2150), abs=6)
    for arm in drawn.panels[0]:
        assert min(rmse(read, arm.truth, 0.0) for read in panel.arms) < 0.004
