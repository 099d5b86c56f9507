"""Figures by their structure: what is drawn, from which data, with which caption."""

import json
import shutil
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from analysis.cli.app import main
from analysis.figures import draw, drawings
from analysis.figures.comparison import compare
from analysis.figures.network import links, network
from analysis.figures.run_data import RunData
from analysis.figures.series import run_labels
from analysis.figures.style import SETTINGS
from analysis.figures.target_draws import population_survival, thinned_posterior
from analysis.run_files import MANIFEST_KEYS
from digitized.errors import InputError
from trials.covariates import TargetPopulation

FIGURES = {
    "ladder", "prior_posterior", "network", "survival_OS", "survival_PFS", "arms_fit_OS", "arms_fit_PFS",
    "hazards", "rmst_by_horizon", "covariates", "tipping",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(drawn_run):
    return RunData(drawn_run)


def test_every_figure_comes_in_every_format_with_data_and_caption(run):
    assert set(drawings(run)) == FIGURES
    for name in FIGURES:
        for ending in ("svg", "pdf", "png", "csv", "txt"):
            assert (run.folder / "figures" / f"{name}.{ending}").stat().st_size > 0
        caption = (run.folder / "figures" / f"{name}.txt").read_text(encoding="utf-8")
        assert "n = 50, 19 events (OS)" in caption or "n = 50, 23 events (PFS)" in caption
        assert len(pd.read_csv(run.folder / "figures" / f"{name}.csv")) > 0


@pytest.mark.parametrize("name", ["ladder", "hazards", "tipping"])
def test_the_same_run_gives_the_same_file(run, name, tmp_path):
    draw(run, name, drawings(run)[name], tmp_path)
    for ending in ("svg", "pdf", "png", "csv"):
        first = (run.folder / "figures" / f"{name}.{ending}").read_bytes()
        assert (tmp_path / f"{name}.{ending}").read_bytes() == first


def test_drawing_leaves_the_global_style_alone(run, tmp_path):
    before = {name: mpl.rcParams[name] for name in SETTINGS}
    draw(run, "ladder", drawings(run)["ladder"], tmp_path)
    assert {name: mpl.rcParams[name] for name in SETTINGS} == before
    assert any(before[name] != value for name, value in SETTINGS.items())


def test_ladder_draws_each_interval_with_its_prior_on_the_line(run):
    figure, _, _ = drawings(run)["ladder"](run)
    table = run.table("ladder")
    for axes, endpoint in zip(figure.axes, ("OS", "PFS"), strict=True):
        rows = table[table["endpoint"] == endpoint]
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels == [f"{r['scenario']}\n{r['c_prior']}" for r in rows.to_dict("records")]
        drawn = [tuple(line.get_xdata()) for line in axes.lines[0:-1:2]]
        assert drawn == list(zip(rows["lower"], rows["upper"], strict=True))


def test_survival_median_stops_where_the_index_trial_does(run):
    figure, _, caption = drawings(run)["survival_OS"](run)
    triple = next(line for line in figure.axes[0].lines if line.get_label() == "triple, model")
    assert max(triple.get_xdata()) == 30.0
    assert "extrapolated" in caption
    texts = {text.get_text() for text in figure.axes[1].texts}
    assert {"index arm", "50", "300"} <= texts


def test_hazards_of_the_figure_are_those_of_the_posterior(run):
    table = pd.read_csv(run.folder / "figures" / "hazards.csv")
    population = TargetPopulation(**run.manifest["populations"][0])
    posterior = thinned_posterior(run, "OS", "base", 400)
    edges = np.array([11.0, 12.0])
    survival = population_survival(posterior, "OS", population, edges)
    hazard = np.log(survival[..., 0] / survival[..., 1])
    shown = table[(table["endpoint"] == "OS") & (table["time"] == 11.5)].set_index("arm")["median"]
    assert shown["triple"] == pytest.approx(np.median(hazard[:, 0]))
    assert shown["comparator"] == pytest.approx(np.median(hazard[:, 1]))
    # Without effects of its own the made posterior's comparator keeps the baseline of 0.045 a month.
    assert shown["comparator"] == pytest.approx(0.045, rel=0.05)


def test_tipping_falls_as_more_is_put_on_c(run):
    surface = pd.read_csv(run.folder / "figures" / "tipping.csv")
    own = surface[(surface["endpoint"] == "OS") & (surface["c_sd"] == 0.25)].set_index("c_mean_ratio")
    assert own["p_benefit"].is_monotonic_increasing
    ladder = run.table("ladder").set_index(["endpoint", "scenario"])
    assert own.loc[0.86, "p_benefit"] == pytest.approx(ladder.loc[("OS", "base"), "p_benefit"], abs=0.03)


def test_network_shows_the_triple_without_a_randomised_line(run):
    _, table, _ = network(run)
    triple = table[table["treatment"] == "chemo + pdl1 + drug"]
    assert triple["kind"].tolist() == ["single arm"]
    assert (table["trial"] == "other-trial").sum() == 0
    assert table[table["trial"] == "class-trial"]["kind"].tolist() == ["randomised, class benchmark"]
    assert table[table["trial"] == "choice-trial"]["kind"].tolist() == ["concurrent, not randomised"]


def test_a_regimen_is_said_in_the_questions_words(tmp_path):
    labels = {"component_labels": {"chemo": "chemotherapy, any", "pdl1": "PD-L1 antibody"}}
    manifest = dict.fromkeys(MANIFEST_KEYS, "") | labels
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert RunData(tmp_path).regimen("chemo + pdl1 + drug") == "chemotherapy\n+ PD-L1 antibody\n+ drug"


def test_network_leaves_out_arms_that_no_model_has(run):
    table = links(run.table("inventory"), {("index-trial", "triple-arm"), ("rct-a", "chemo")})
    assert "chemo + pdl1" not in set(table["treatment"])
    assert table[table["trial"] == "rct-a"][["treatment", "kind"]].values.tolist() == [
        ["chemo", "single arm"]
    ]


def test_several_runs_meet_in_one_figure(run, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(run.folder, other)
    for name in ("ladder", "rmst_by_horizon", "survival_PFS"):
        compare([run, RunData(other)], name, tmp_path)
        data = pd.read_csv(tmp_path / f"{name}.csv")
        assert data["run"].nunique() == 2
        assert "other" in (tmp_path / f"{name}.txt").read_text(encoding="utf-8")


def test_runs_of_one_name_are_told_apart_by_their_path(tmp_path):
    assert run_labels([tmp_path / "a" / "run", tmp_path / "b" / "run"]) == ["a/run", "b/run"]
    with pytest.raises(InputError, match="given twice"):
        run_labels([tmp_path, tmp_path])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["laddr", "--run", "RUN"], "no figure 'laddr'; expected one of ladder"),
        (["laddr"], "no figure 'laddr'; expected one of ladder"),
        (["survival_ORR", "--run", "RUN"], "has no figure 'survival_ORR'"),
        (["ladder"], "expected --run DIR"),
        (["ladder", "--run", "nowhere"], "no manifest.json"),
        (["covariates", "--run", "RUN", "--run", "OTHER"], "not drawn with several runs"),
        (["ladder", "--run", "RUN", "--run", "RUN"], "given twice"),
        (["ladder", "--run", "RUN", "--out", "RUN/manifest.json"], "is a file"),
    ],
)
def test_wrong_plots_are_one_clear_sentence(run, words, says, tmp_path, monkeypatch, capsys):
    other = tmp_path / "other"
    shutil.copytree(run.folder, other)
    monkeypatch.chdir(tmp_path)
    words = [word.replace("RUN", str(run.folder)).replace("OTHER", str(other)) for word in words]
    monkeypatch.setattr(sys, "argv", ["crosstrial", "plot", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert says in capsys.readouterr().err


def test_a_common_beginning_draws_all_of_a_kind(run, tmp_path, monkeypatch, capsys):
    words = ["plot", "survival", "--run", str(run.folder), "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["crosstrial", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    assert {path.stem for path in tmp_path.glob("*.svg")} == {"survival_OS", "survival_PFS"}
    assert capsys.readouterr().out.split() == [str(tmp_path / f"survival_{e}.svg") for e in ("OS", "PFS")]
