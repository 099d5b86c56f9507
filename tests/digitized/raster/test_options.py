"""What the user says overrides the reader; what is no survival plot is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitized.errors import FigureRefused
from digitized.figure.raster import ocr, read_raster
from digitized.figure.reading import ReadingOptions

WITH_RANGES = ReadingOptions(x_range=(0.0, 36.0), y_range=(0.0, 1.0), unit="months")


@pytest.fixture
def without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "ocr_available", lambda: False)


@pytest.mark.usefixtures("without_ocr")
def test_ranges_replace_the_text(drawing: Callable[..., Any]) -> None:
    drawn = drawing()
    (panel,) = read_raster(drawn.pixels, WITH_RANGES)
    assert panel.x_axis.origin == panel.y_axis.origin == "option"
    truth = sorted(km.median for km in drawn.truth[0].values())
    read = sorted(arm.time[np.flatnonzero(arm.survival <= 0.5)[0]] for arm in panel.arms)
    np.testing.assert_allclose(read, truth, atol=0.3)


@pytest.mark.usefixtures("without_ocr")
def test_without_text_and_ranges_it_is_refused(drawing: Callable[..., Any]) -> None:
    with pytest.raises(FigureRefused, match="--x-range"):
        read_raster(drawing().pixels, ReadingOptions())


@pytest.mark.usefixtures("without_ocr")
def test_names_colours_and_crop(drawing: Callable[..., Any]) -> None:
    drawn = drawing()
    height, width = drawn.pixels.shape[:2]
    options = ReadingOptions(
        x_range=(0.0, 36.0),
        y_range=(0.0, 1.0),
        arms=("upper", "lower"),
        colours=("#1f77b4", "#d62728"),
        crop=(20, 10, width, height),
    )
    whole = read_raster(drawn.pixels, WITH_RANGES)[0]
    cropped = read_raster(drawn.pixels, options)[0]
    assert [arm.name for arm in cropped.arms] == ["upper", "lower"]
    assert cropped.box == pytest.approx(whole.box, abs=1.0)
    assert float(cropped.x_axis.value(np.array(cropped.box[0]))) == pytest.approx(0, abs=0.2)


@pytest.mark.usefixtures("without_ocr")
def test_missing_panel_is_named(drawing: Callable[..., Any]) -> None:
    with pytest.raises(FigureRefused, match="panel 3 was asked for, 1 found"):
        read_raster(drawing().pixels, ReadingOptions(x_range=(0, 36), y_range=(0, 1), panel=3))


def test_noise_and_blank_paper_are_refused() -> None:
    rng = np.random.default_rng(40118)
    noise = rng.integers(0, 255, (300, 400, 3), dtype=np.uint8)
    for pixels in (noise, np.full((300, 400, 3), 255, dtype=np.uint8)):
        with pytest.raises(FigureRefused):
            read_raster(pixels, ReadingOptions(x_range=(0, 36), y_range=(0, 1)))


def test_tiny_pictures_are_refused() -> None:
    with pytest.raises(FigureRefused, match="at least"):
        read_raster(np.zeros((20, 30, 3), dtype=np.uint8), ReadingOptions())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.75", 0.75),
        ("·5", 0.5),
        ("100%", 100.0),
        ("O", 0.0),
        ("1,0", 1.0),
        ("1,200", 1200.0),
        ("Arm", None),
    ],
)
def test_numbers_of_labels(text: str, value: float | None) -> None:
    assert ocr.as_number(text) == value
