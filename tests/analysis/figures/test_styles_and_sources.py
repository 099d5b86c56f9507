"""Journal styles, figures from other sources than a run, and several things in one figure."""

import json
import math
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from PIL import Image

import trials
from analysis.cli.app import main
from analysis.figures import drawings, gallery
from analysis.figures.influence import contribution, leave_one_out
from analysis.figures.journal import current, drawn_in, find_style
from analysis.figures.request import FigureSources, draw_requested
from analysis.figures.run_data import RunData
from analysis.figures.series import Selection
from analysis.figures.style import SETTINGS
from analysis.figures.subgroups import subgroup_table
from analysis.figures.tipping import label_places
from analysis.run_files import MANIFEST_KEYS
from analysis.sensitivity.base import BaseCase
from digitized.errors import InputError

ROOT = Path(__file__).parents[3]


def v1_row(trial: str, error: float, covered: bool) -> dict[str, object]:
    return {
        "endpoint": "OS", "trial": trial, "arm": "chemo", "kind": "chemo", "grade": "raster", "n": 100, "events": 70,
        "log_hazard_ratio": error, "lower95": -0.3, "upper95": 0.3, "lower50": -0.1, "upper50": 0.1,
        "covered95": covered, "covered50": False,
    }  # fmt: skip


def line(variant: str, median: float) -> dict[str, object]:
    return {
        "id": "SA06", "endpoint": "OS", "population": "index", "measure": "HR", "c_prior": "c ~ N(log 0.86, 0.25)",
        "median": median, "lower": median / 1.5, "upper": median * 1.5, "p_benefit": 0.8, "variant": variant,
    }  # fmt: skip


def test_styles_set_width_and_type(drawn_run, tmp_path):
    for name, millimetres, smallest in (("one-column", 85, 5.5), ("two-columns", 180, 6.0)):
        style = find_style(name)
        with drawn_in(style), mpl.rc_context(SETTINGS):
            draw_requested("ladder", FigureSources((drawn_run,)), Selection(), tmp_path)
            figure, _, _ = drawings(RunData(drawn_run))["ladder"](RunData(drawn_run))
            style.apply(figure)
        with Image.open(tmp_path / "ladder.png") as picture:
            assert picture.width / style.dpi * 25.4 == pytest.approx(millimetres, abs=0.2)
        sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_text()]
        assert min(sizes) >= smallest
        assert max(sizes) <= style.font_size * 9.5 / 8.5 + 1e-9
    assert current() == find_style("screen")


def test_a_narrow_column_keeps_a_prior_on_one_line_and_refuses_what_cannot_be_read(drawn_run, tmp_path):
    style = find_style("one-column")
    assert style.wrapped("OS, c ~ N(log 0.86, 0.25) and more", 24) == "OS,\nc ~ N(log 0.86, 0.25)\nand more"
    with drawn_in(style), pytest.raises(InputError, match="85 mm are too narrow"):
        draw_requested("network", FigureSources((drawn_run,)), Selection(), tmp_path)


def test_a_style_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[thesis]\nwidth_mm = 140\nfont_size = 10\n", encoding="utf-8")
    assert (find_style(str(path)).width_mm, find_style(str(path)).font_size) == (140, 10)
    path.write_text("[thesis]\nwidth = 140\ndpi = -1\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        find_style(str(path))
    assert "'width'; expected dpi" in str(refused.value)
    assert "dpi is -1" in str(refused.value)
    with pytest.raises(InputError, match="screen, one-column, two-columns"):
        find_style("poster")


def test_leave_one_out_shows_every_arm_and_what_was_missed(tmp_path):
    (tmp_path / "tables").mkdir()
    rows = [v1_row("a", 0.05, True), v1_row("b", 0.5, False)]
    pd.DataFrame(rows).to_csv(tmp_path / "tables" / "V1.csv", index=False)
    figure, data, caption = leave_one_out(tmp_path)
    marks = [mark for mark in figure.axes[0].lines if mark.get_marker() == "o"]
    assert [mark.get_xdata()[0] for mark in marks] == pytest.approx([math.exp(0.05), math.exp(0.5)])
    assert [mark.get_markerfacecolor() == "white" for mark in marks] == [False, True]
    assert "OS 1 and 0 of 2" in caption
    assert "no prior of c" in caption
    assert len(data) == 2
    with pytest.raises(InputError, match="crosstrial validate V1"):
        leave_one_out(tmp_path / "none")


def test_contribution_is_the_answer_with_a_trial_over_that_without(made_run, tmp_path):
    path = tmp_path / "sensitivity.csv"
    lines = [line("base case", 0.8), line("without a", 0.9), line("without b", 0.75)]
    pd.DataFrame([*lines, line("without a", 0.1) | {"id": "SA05"}]).to_csv(path, index=False)
    figure, data, caption = contribution(path)
    assert data.set_index("trial")["factor"].to_dict() == pytest.approx({"a": 0.8 / 0.9, "b": 0.8 / 0.75})
    assert "c ~ N(log 0.86, 0.25)" in caption
    assert "n = 50" not in caption
    assert "n = 50, 19 events (OS)" in contribution(path, RunData(made_run))[2]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["without a", "without b"]
    pd.DataFrame(lines[1:]).to_csv(path, index=False)
    with pytest.raises(InputError, match="with their base case"):
        contribution(path)


class Fixed(BaseCase):
    """A base case whose draws are all one value."""

    def draws(self, endpoint, name, scenario="base"):
        return np.full(3, math.log(0.7) if name == "beta_ici" else 0.0)


def test_subgroups_of_a_model_without_modification_have_one_hazard_ratio(tmp_path):
    known = trials.load(None)
    manifest = dict.fromkeys(MANIFEST_KEYS, "") | {"endpoints": ["OS", "PFS"], "hypothetical": []}
    manifest |= {"evidence_sha256": dict(known.hashes)}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    table = subgroup_table(Fixed(tmp_path))
    assert table["model_median"].to_numpy() == pytest.approx(0.7)
    assert not table.duplicated(["endpoint", "trial", "population", "analysis"]).any()
    liver = table[(table["trial"] == "astrum-007") & (table["endpoint"] == "OS")].set_index("population")
    # Published: HR .68 (.43-1.11) with and .69 (.55-.87) without liver metastases.
    assert liver.loc["liver metastases: yes", ["hazard_ratio", "lower", "upper"]].tolist() == [
        0.68,
        0.43,
        1.11,
    ]
    assert liver.loc["liver metastases: no", "hazard_ratio"] == 0.69


def test_contour_labels_keep_clear_of_the_marks():
    # A level line through the mark at the middle of the surface.
    segment = np.column_stack([np.linspace(0.65, 1.0, 9), np.linspace(0.1, 0.4, 9)])
    (place,) = label_places([[segment], []], [(0.825, 0.25)])
    assert math.hypot((place[0] - 0.825) / 0.35, (place[1] - 0.25) / 0.3) > 0.25
    assert 0.65 < place[0] < 1.0


def plot(monkeypatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["crosstrial", "plot", *map(str, words)])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def test_scenarios_populations_and_arms_stand_side_by_side(drawn_run, tmp_path, monkeypatch, capsys):
    manifest = json.loads((drawn_run / "manifest.json").read_text(encoding="utf-8"))
    scenarios = [item["id"] for item in manifest["scenarios"]][:2]
    asked = [word for name in scenarios for word in ("--scenario", name)]
    common = ("--run", drawn_run, "--out", tmp_path)
    assert plot(monkeypatch, "survival_OS", *asked, "--arm", "triple", *common) == 0
    data = pd.read_csv(tmp_path / "survival_OS.csv")
    assert set(data["series"]) == set(scenarios)
    assert set(data["arm"]) == {"triple"}
    caption = (tmp_path / "survival_OS.txt").read_text(encoding="utf-8")
    assert "extrapolated" in caption
    assert "n = 50, 19 events (OS)" in caption
    assert plot(monkeypatch, "ladder", "--scenario", scenarios[0], *common) == 0
    assert set(pd.read_csv(tmp_path / "ladder.csv")["scenario"]) == {scenarios[0]}
    population = manifest["populations"][0]["id"]
    assert plot(monkeypatch, "hazards", "--population", population, *common) == 0
    assert set(pd.read_csv(tmp_path / "hazards.csv")["population"]) == {population}
    capsys.readouterr()
    for words, says in (
        (("survival_OS", "--scenario", "hopeful"), "has no scenario 'hopeful'"),
        (("survival_OS", "--arm", "placebo"), "no arm 'placebo'"),
        (("ladder", "--arm", "triple"), "leave out --arm"),
        (("tipping", "--scenario", scenarios[0]), "not drawn with several runs, scenarios"),
        (("leave_one_out",), "expected --validation DIR"),
        (("ladder", "--style", "poster"), "expected screen"),
    ):
        assert plot(monkeypatch, *words, *common) == 2
        assert says in capsys.readouterr().err
    assert plot(monkeypatch, "ladder", "--out", tmp_path) == 2
    assert "expected --run DIR" in capsys.readouterr().err


def test_gallery_is_a_page_of_commands_and_small_pictures(drawn_run, tmp_path, monkeypatch):
    few = tuple(entry for entry in gallery.ENTRIES if entry.figure in ("ladder", "leave_one_out"))
    monkeypatch.setattr(gallery, "ENTRIES", few)
    assert plot(monkeypatch, "gallery", "--run", drawn_run, "--out", tmp_path) == 0
    page = (tmp_path / "gallery.md").read_text(encoding="utf-8")
    assert "`crosstrial plot ladder --run runs/quick`" in page
    assert "leave_one_out" not in page
    large = (drawn_run / "figures" / "ladder.png").stat().st_size
    assert (tmp_path / "figures" / "ladder.png").stat().st_size < large


def test_the_gallery_of_the_docs_is_the_one_that_the_command_makes():
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    preset = "quick" if "runs/quick" in page else "standard"
    for entry in gallery.ENTRIES:
        assert f"`{entry.command}`".replace("runs/PRESET", f"runs/{preset}") in page
        assert f"![{entry.title}](figures/{entry.file}.png)" in page
        assert (ROOT / "docs" / "figures" / f"{entry.file}.png").stat().st_size < 150_000
