"""A vector figure is read in less time than the numerical libraries take to load: they must stay unloaded."""

import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure

_WATCH = "import sys; heavy = sorted({'pandas', 'scipy', 'skimage', 'matplotlib', 'pymc'} & set(sys.modules))"


def _loaded(code: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{_WATCH}\nprint('loaded:', *heavy)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return run.stdout.splitlines()[-1]


def test_the_command_line_starts_without_numerical_libraries() -> None:
    assert _loaded("import analysis.cli.app") == "loaded:"


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_a_vector_figure_is_read_without_them(suffix: str, tmp_path: Path, kit, two_arms) -> None:
    drawing = Figure(figsize=(6, 5))
    axes = kit.axes(drawing)
    for arm in two_arms:
        axes.plot(*arm.line, label=arm.name)
    figure = kit.save(drawing, tmp_path / f"figure.{suffix}")
    code = (
        "from pathlib import Path\n"
        "from digitized.figure.outputs import write_reading\n"
        "from digitized.figure.read import read_figure\n"
        f"write_reading(read_figure(Path({str(figure)!r})), Path({str(tmp_path / 'out')!r}))"
    )
    assert _loaded(code) == "loaded:"
