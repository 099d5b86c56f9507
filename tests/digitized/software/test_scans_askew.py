"""Scans that lie askew: straightened, read, and said to be."""

import io
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitized.figure.outputs import write_reading
from digitized.figure.raster.frames import luminance
from digitized.figure.raster.image import picture_from
from digitized.figure.raster.ocr import ocr_available
from digitized.figure.raster.tilt import fine_tilt
from digitized.figure.read import read_figure
from digitized.figure.reading import ArmReading, ReadingOptions

needs_ocr = pytest.mark.skipif(not ocr_available(), reason="the extra ocr is not installed")


def scan(figure: Any, angle: float) -> Image.Image:
    """The figure lying askew: its level lines fall to the right by `angle` degrees."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130, facecolor=figure.get_facecolor())
    image = Image.open(buffer).convert("RGB")
    return image.rotate(-angle, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def rmse(arm: ArmReading, truth: Any) -> float:
    grid = np.linspace(0, truth.last, 400)
    level = arm.survival[np.clip(np.searchsorted(arm.time, grid, side="right") - 1, 0, None)]
    return float(np.sqrt(np.mean((level - truth.at(grid)) ** 2)))


@pytest.mark.parametrize("angle", [0.0, 0.12, 0.33, -0.87, 2.24, -4.6])
@pytest.mark.parametrize("style", ["base R", "survminer", "percent from 20, 60 months"])
def test_the_angle_is_found_to_a_few_hundredths_of_a_degree(
    style: str, angle: float, styles: Mapping[str, Callable[[], Any]]
) -> None:
    image = scan(styles[style]().figure, angle)
    assert fine_tilt(luminance(picture_from(np.asarray(image)))) == pytest.approx(angle, abs=0.03)


@needs_ocr
@pytest.mark.parametrize(
    ("style", "angle", "form"),
    [("SAS", -0.7, "png"), pytest.param("Stata", 1.6, "jpg", marks=pytest.mark.slow)],
)
def test_a_scan_askew_is_read_and_its_turn_is_kept(
    style: str, angle: float, form: str, styles: Mapping[str, Callable[[], Any]], tmp_path: Path
) -> None:
    drawn = styles[style]()
    path = tmp_path / f"scan.{form}"
    scan(drawn.figure, angle).save(path, quality=80)
    reading = read_figure(path)
    (panel,) = reading.panels
    assert any("askew" in warning for warning in panel.warnings)
    assert len(panel.arms) == len(drawn.panels[0])
    for arm in drawn.panels[0]:
        read = min(panel.arms, key=lambda r, arm=arm: rmse(r, arm.truth))
        assert read.name == arm.name
        assert rmse(read, arm.truth) < 0.006
        found = dict(zip(read.at_risk_time.tolist(), read.at_risk.tolist(), strict=True))
        right = [found.get(t) == n for t, n in zip(drawn.ticks, arm.at_risk(drawn.ticks), strict=True)]
        assert np.mean(right) >= 0.85
    write_reading(reading, tmp_path / "out")
    kept = tomllib.loads((tmp_path / "out" / "scan.toml").read_text())
    assert kept["straightened"]["degrees"] == pytest.approx(angle, abs=0.03)
    assert kept["straightened"]["about"] == pytest.approx(list(panel.pivot), abs=0.01)


def test_coordinates_turned_back_lie_where_they_are_seen_in_the_file(
    styles: Mapping[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The corner of the axes of a straight picture, found on the scan through the turn that is kept."""
    monkeypatch.setattr("digitized.figure.raster.ocr.ocr_available", lambda: False)
    figure, angle = styles["base R"]().figure, 1.3
    boxes = {}
    for name, image in (("straight", scan(figure, 0.0)), ("askew", scan(figure, angle))):
        image.save(tmp_path / f"{name}.png")
        crop = (10.0, 10.0, image.width - 10.0, image.height - 10.0)
        options = ReadingOptions(x_range=(0, 35), y_range=(0, 1), crop=crop)
        (boxes[name],) = read_figure(tmp_path / f"{name}.png", options).panels
        middle = np.array([image.width - 1, image.height - 1]) / 2
        turn = np.radians(angle if name == "askew" else 0.0)
        panel = boxes[name]
        corner = np.array([panel.box[0], panel.box[3]])
        back = np.radians(panel.tilt)
        x, y = corner - panel.pivot
        seen = np.array(
            [np.cos(back) * x - np.sin(back) * y, np.sin(back) * x + np.cos(back) * y]
        ) + np.array(panel.pivot)
        if name == "straight":
            assert not panel.tilt
            expected = corner - middle
        else:
            away = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ expected
            assert seen == pytest.approx(middle + away, abs=0.6)
