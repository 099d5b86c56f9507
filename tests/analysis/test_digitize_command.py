"""`crosstrial digitize` from a drawn figure to its files."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image
from typer.testing import CliRunner

from analysis.cli.app import app
from digitized.errors import FigureRefused, InputError

RUNNER = CliRunner()
STEPS = {"Active": ([0, 3, 3, 9, 9, 15, 15, 24], [1, 1, 0.9, 0.9, 0.7, 0.7, 0.6, 0.6])}
STEPS["Control"] = ([0, 2, 2, 5, 5, 12, 12, 20], [1, 1, 0.8, 0.8, 0.55, 0.55, 0.3, 0.3])


def figure(*, labels: bool = True) -> Figure:
    drawn = Figure(figsize=(6, 4))
    axes = drawn.add_axes((0.15, 0.3, 0.8, 0.6))
    for (name, (x, y)), colour in zip(STEPS.items(), ("#1f77b4", "#d62728"), strict=True):
        axes.plot(x, y, color=colour, label=name)
    axes.set(xlim=(0, 26), ylim=(0, 1.05), xticks=range(0, 25, 6), xlabel="Months")
    for k, counts in enumerate(((10, 9, 8, 6, 1), (10, 6, 4, 2, 0))):
        for t, n in zip(range(0, 25, 6), counts, strict=True):
            axes.text(t, -0.35 - 0.1 * k, str(n), ha="center")
    axes.legend()
    if not labels:
        axes.tick_params(labelbottom=False, labelleft=False)
    return drawn


@pytest.fixture
def svg(tmp_path: Path) -> Path:
    path = tmp_path / "os.svg"
    FigureCanvasSVG(figure()).print_figure(path)
    return path


def test_files_and_summary(svg: Path, tmp_path: Path):
    out = tmp_path / "read"
    result = RUNNER.invoke(app, ["digitize", str(svg), "--out", str(out), "--json"])
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    assert summary["grade"] == "vector"
    assert [a["drops"] for a in summary["panels"][0]["arms"]] == [3, 3]
    curves = pd.read_csv(out / "os.curves.csv")
    assert list(curves.columns) == ["arm", "time", "survival"]
    for name, (x, y) in STEPS.items():
        arm = curves[curves.arm == name]
        np.testing.assert_allclose(arm.time, x, atol=0.01)
        np.testing.assert_allclose(arm.survival, y, atol=0.001)
    at_risk = pd.read_csv(out / "os.at_risk.csv")
    assert list(at_risk.columns) == ["arm", "time", "n_risk"]
    assert at_risk[at_risk.arm == "Control"].n_risk.tolist() == [10, 6, 4, 2, 0]
    assert list(pd.read_csv(out / "os.censor_marks.csv").columns) == ["arm", "time"]
    record = tomllib.loads((out / "os.toml").read_text())
    assert record["unit"] == "months"
    assert record["sha256"] == summary["sha256"]
    assert [a["name"] for a in record["arm"]] == ["Active", "Control"]
    pixels = np.asarray(Image.open(out / "os.overlay.png").convert("RGB")).reshape(-1, 3)
    for contrast in ((0xE6, 0x00, 0x7E), (0x00, 0xA6, 0x50)):
        assert (np.abs(pixels.astype(int) - contrast).max(axis=1) < 40).sum() > 100


def test_a_calibration_is_kept_and_used_again(svg: Path, tmp_path: Path):
    kept, out = tmp_path / "journal.toml", tmp_path / "read"
    first = ["digitize", str(svg), "--out", str(out), "--calibration", str(kept), "--unit", "weeks"]
    assert RUNNER.invoke(app, first).exit_code == 0
    assert tomllib.loads(kept.read_text())["x_range"] == [0, 24]
    bare = tmp_path / "next.svg"
    FigureCanvasSVG(figure(labels=False)).print_figure(bare)
    with pytest.raises(FigureRefused, match="--x-range"):
        RUNNER.invoke(app, ["digitize", str(bare), "--out", str(out)], catch_exceptions=False)
    again = RUNNER.invoke(app, ["digitize", str(bare), "--out", str(out), "--calibration", str(kept)])
    assert again.exit_code == 0
    curves = pd.read_csv(out / "next.curves.csv")
    arm = curves[curves.arm == "Active"]
    np.testing.assert_allclose(arm.time, STEPS["Active"][0], atol=0.01)
    assert tomllib.loads((out / "next.toml").read_text())["unit"] == "weeks"


def test_a_picture_within_a_pdf_is_traced(tmp_path: Path):
    canvas = FigureCanvasAgg(figure())
    canvas.figure.set_dpi(200)
    canvas.print_png(tmp_path / "scan.png")
    Image.open(tmp_path / "scan.png").convert("RGB").save(tmp_path / "scan.pdf", resolution=200)
    options = ["--x-range", "0,24", "--y-range", "0,1", "--arms", "Active,Control", "--unit", "months"]
    result = RUNNER.invoke(app, ["digitize", str(tmp_path / "scan.pdf"), "--out", str(tmp_path), *options])
    assert result.exit_code == 0
    assert "raster" in result.stdout
    curves = pd.read_csv(tmp_path / "scan.curves.csv")
    assert set(curves.arm) == {"Active", "Control"}
    arm = curves[curves.arm == "Active"]
    assert np.interp(12, arm.time, arm.survival) == pytest.approx(0.7, abs=0.01)


def test_all_faults_of_the_options_at_once(svg: Path, tmp_path: Path):
    wrong = ["--x-range", "0", "--y-range", "a,b", "--colour", "reddish", "--arms", "0", "--crop", "1,2"]
    with pytest.raises(InputError) as caught:
        RUNNER.invoke(app, ["digitize", str(svg), *wrong], catch_exceptions=False)
    assert len(caught.value.faults) == 5
    with pytest.raises(InputError, match="No such file"):
        RUNNER.invoke(app, ["digitize", str(tmp_path / "none.pdf")], catch_exceptions=False)
    assert not list(tmp_path.glob("*.csv"))


def test_colour_picks_a_curve(svg: Path, tmp_path: Path):
    result = RUNNER.invoke(app, ["digitize", str(svg), "--colour", "#d62728", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert set(pd.read_csv(tmp_path / "os.curves.csv").arm) == {"Control"}


@pytest.mark.parametrize(
    "wrong",
    [
        ("--x-range", "0,nan"),
        ("--y-range", "0,inf"),
        ("--crop", "0,0,nan,1"),
        ("--colour", "none"),
        ("--arms", "2.5"),
        ("--arms", "0"),
        ("--arms", "A,A"),
    ],
)
def test_an_option_that_means_nothing_is_refused(svg: Path, wrong: tuple[str, str], tmp_path: Path):
    with pytest.raises(InputError, match=wrong[0]):
        RUNNER.invoke(
            app, ["digitize", str(svg), *wrong, "--out", str(tmp_path / "out")], catch_exceptions=False
        )
    assert not (tmp_path / "out").exists()
