"""Details of figures that a reader stumbles over: labels, ends of lines, what is assumed, counts in captions."""

import json
import shutil

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from analysis.figures import drawings
from analysis.figures.comparison import compare
from analysis.figures.journal import drawn_in, find_style
from analysis.figures.parameters import contraction_words, covariates
from analysis.figures.run_data import RunData
from analysis.figures.series import Selection
from analysis.figures.style import SETTINGS
from analysis.run.parameter_tables import smoothed_density

SEED = 20261129


@pytest.fixture(scope="module")
def run(drawn_run):
    return RunData(drawn_run)


def shown_month_labels(axes) -> list[str]:
    return [label.get_text() for label in axes.get_xticklabels() if label.get_visible() and label.get_text()]


def test_the_lowest_panel_of_every_column_has_months(run):
    figure, _, _ = drawings(run)["arms_fit_OS"](run)
    figure.draw_without_rendering()
    drawn = [axes for axes in figure.axes if axes.axison]
    lowest: dict[int, object] = {}
    for axes in drawn:
        lowest[axes.get_subplotspec().colspan.start] = axes
    # Five arms in four columns: three columns end in the first row.
    assert len(lowest) == 4
    assert all(shown_month_labels(axes) == ["0", "12", "24", "36"] for axes in lowest.values())
    assert shown_month_labels(drawn[0]) == []


def test_medians_go_on_dotted_as_far_as_their_bands(run):
    figure, table, caption = drawings(run)["survival_OS"](run)
    dotted = [line for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    assert len(dotted) == 2
    for line in dotted:
        assert (min(line.get_xdata()), max(line.get_xdata())) == (30.0, table["time"].max())
    assert "medians dotted" in caption


def test_words_stay_inside_the_axes_in_a_narrow_column(run):
    style = find_style("one-column")
    with drawn_in(style), mpl.rc_context(SETTINGS):
        figure, _, _ = drawings(run)["survival_PFS"](run)
        style.apply(figure)
        figure.draw_without_rendering()
    axes = figure.axes[0]
    (words,) = [text for text in axes.texts if "follow-up" in text.get_text()]
    inside, around = words.get_window_extent(), axes.get_window_extent()
    assert around.x0 <= inside.x0
    assert inside.x1 <= around.x1


@pytest.mark.parametrize(
    ("contraction", "words"),
    [
        (0.247, "24.7 %: prior-driven"),
        (0.2497, "24.97 %: prior-driven"),
        (0.12, "12 %: prior-driven"),
        (0.25, "25 %: partly informed"),
        (0.286, "29 %: partly informed"),
    ],
)
def test_a_contraction_is_printed_on_its_own_side_of_the_limit(contraction, words):
    assert contraction_words(contraction) == words


def test_densities_are_smooth_whole_and_of_every_draw():
    draws = np.random.default_rng(SEED).normal(1.8, 0.4, 4000)
    density = smoothed_density(draws)
    rising = np.sign(np.diff(density["density"]))
    assert np.trapezoid(density["density"], density["value"]) == pytest.approx(1, abs=0.002)
    assert density["value"].max() > draws.max()
    # From the shoulder to the top it climbs, then it falls: no teeth.
    middle = np.abs(density["value"].to_numpy()[1:] - 1.8) < 0.8
    assert (np.diff(rising[middle]) != 0).sum() == 1


def test_captions_count_the_endpoints_shown(run, tmp_path):
    for name in ("prior_posterior", "hazards", "rmst_by_horizon", "tipping"):
        caption = drawings(run)[name](run)[2]
        assert caption.endswith("n = 50, 19 events (OS), 23 events (PFS).")
    compare([run], "survival_PFS", tmp_path, Selection(("naive", "base"), (), ("triple",)))
    caption = (tmp_path / "survival_PFS.txt").read_text(encoding="utf-8")
    assert "23 events (PFS)" in caption
    assert "(OS)" not in caption


def test_responders_are_not_counted_where_no_response_is_drawn(run, tmp_path):
    folder = tmp_path / "with-orr"
    shutil.copytree(run.folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["endpoints"] = ["OS", "PFS", "ORR"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    arms = pd.read_csv(folder / "tables" / "arms.csv")
    response = arms[(arms["trial"] == "index-trial") & (arms["endpoint"] == "OS")].assign(
        endpoint="ORR", events=36
    )
    pd.concat([arms, response]).to_csv(folder / "tables" / "arms.csv", index=False)
    caption = drawings(RunData(folder))["rmst_by_horizon"](RunData(folder))[2]
    assert "responders" not in caption


def test_assumed_shares_are_hollow_and_no_marker_is_cut(run, tmp_path):
    folder = tmp_path / "assumed"
    shutil.copytree(run.folder, folder)
    table = pd.read_csv(folder / "tables" / "covariates.csv")
    table["assumed"] = np.where(table["trial"] == "rct-b", "asia", "")
    table.to_csv(folder / "tables" / "covariates.csv", index=False)
    figure, _, caption = covariates(RunData(folder))
    asia = figure.axes[3]
    hollow = [line for line in asia.lines if line.get_markerfacecolor() == "white"]
    assert [list(line.get_ydata()) for line in hollow] == [[3, 4]]
    assert not any(line.get_clip_on() for axes in figure.axes for line in axes.lines)
    assert "hollow" in caption
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["published", "assumed, nobody published it"]


def test_the_tipping_surface_has_no_legend_on_its_contours(run):
    figure, _, caption = drawings(run)["tipping"](run)
    assert all(axes.get_legend() is None for axes in figure.axes)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "c ~ N(log 0.86, 0.25)",
        "c ~ N(log 0.74, 0.30)",
    ]
    assert "P(HR < 1)" in caption
    assert "P(Delta < 1)" not in caption
