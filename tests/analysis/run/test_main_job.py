"""One short end-to-end run of the main job, as a user starts it, and wrong input as a user gives it."""

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.cli.app import main
from analysis.report.explorer import SCALE

CROSSTRIAL = Path(sys.executable).with_name("crosstrial")
INCREMENT = [
    "endpoint",
    "scenario",
    "population",
    "measure",
    "horizon_months",
    "c_prior",
    "mean",
    "median",
    "lower",
    "upper",
    "p_benefit",
    "p_hr_below_0_8",
]
LADDER = [
    "endpoint",
    "population",
    "scenario",
    "c_prior",
    "naive_hr",
    "median",
    "lower",
    "upper",
    "p_benefit",
    "p_hr_below_0_8",
    "contraction_c",
    "contraction_gamma",
]


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Run the command in this process and return what it said; it must end with exit code 2."""

    def call(*words):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["crosstrial", "run", *words])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == 2
        return capsys.readouterr().err

    return call


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("main-job")
    words = ["--preset", "smoke", "--endpoints", "OS,ORR", "--c-prior", "normal(log 0.9, 0.2)"]
    done = subprocess.run(
        [CROSSTRIAL, "run", *words, "--out", "run"], cwd=place, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "prior" in done.stdout
    return place / "run"


@pytest.fixture(scope="module")
def ladder(run_folder):
    return pd.read_csv(run_folder / "tables" / "ladder.csv")


@pytest.mark.e2e
def test_tables_have_the_columns_of_the_contract(run_folder, ladder):
    increment = pd.read_csv(run_folder / "tables" / "increment.csv")
    assert list(increment.columns) == INCREMENT
    assert list(ladder.columns) == LADDER
    assert set(increment["measure"]) == {
        "HR",
        "RMST_difference",
        "survival_difference",
        "risk_difference",
        "OR",
    }
    assert increment["c_prior"].notna().all()
    assert increment.loc[increment["measure"] != "HR", "p_hr_below_0_8"].isna().all()
    assert (increment["lower"] < increment["upper"]).all()


@pytest.mark.e2e
def test_every_rung_states_its_prior_and_the_ladder_moves(ladder):
    survival = ladder[ladder["endpoint"] == "OS"].set_index("scenario")
    assert list(survival.index) == ["naive", "base", "pessimistic", "leap_class", "user"]
    assert survival.loc["base", "c_prior"] == "c ~ N(log 0.86, 0.25)"
    assert survival.loc["user", "c_prior"] == "c ~ N(log 0.90, 0.20)"
    assert survival.loc["naive", "median"] < survival.loc["base", "median"]
    assert survival.loc["base", "median"] < survival.loc["pessimistic", "median"]


@pytest.mark.e2e
def test_posterior_files_hold_the_draws_behind_the_ladder(run_folder, ladder):
    with xr.open_datatree(run_folder / "posterior" / "OS_base.nc", engine="h5netcdf") as tree:
        posterior = tree["posterior"].to_dataset().load()
    row = ladder[(ladder["endpoint"] == "OS") & (ladder["scenario"] == "base")].iloc[0]
    # The median of the ratios: between two middle draws it is not the ratio of the median.
    assert float(np.exp(posterior["Delta"]).median()) == pytest.approx(row["median"])
    for name in ("delta_anlo", "gamma", "beta_ici", "c_sat", "tau_u", "bme_dev", "u", "b"):
        assert name in posterior
    assert np.allclose(posterior["Delta"], posterior["delta_anlo"] + posterior["gamma"])


@pytest.mark.e2e
def test_every_rung_comes_from_the_one_wide_fit_of_each_reconstruction(run_folder):
    """The naive one too: c is 0 in every draw, and no fit was made for it."""
    with xr.open_datatree(run_folder / "posterior" / "OS_naive.nc", engine="h5netcdf") as tree:
        assert np.abs(tree["posterior"]["c_sat"].to_numpy()).max() < 1e-9
    table = pd.read_csv(run_folder / "tables" / "diagnostics.csv")
    fits = table[(table["endpoint"] == "OS") & table["rhat"].notna()]
    assert fits["c_prior"].unique().tolist() == ["c ~ N(log 0.86, 0.40)"]
    assert fits["imputation"].is_unique
    pooled = table[(table["endpoint"] == "OS") & table["draws"].notna()]
    assert (pooled["pareto_k"] < 0.7).all()


@pytest.mark.e2e
def test_events_that_no_source_prints_are_told_from_published_ones(run_folder):
    arms = pd.read_csv(run_folder / "tables" / "arms.csv").set_index(["trial", "arm", "endpoint"])
    index = arms.loc[("benmelstobart-anlotinib", "benm-anlo-chemo", "OS")]
    assert index["events"] == index["events_published"] == 19
    assert np.isnan(arms.loc[("keynote-590", "chemo", "OS"), "events_published"])


@pytest.mark.e2e
def test_manifest_names_what_is_needed_to_repeat_the_run(run_folder):
    manifest = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 20241107
    assert len(manifest["evidence_sha256"]) >= 18
    assert manifest["hypothetical"] == []
    assert [item["trial"] for item in manifest["required_trials"]] == ["leap-014"]
    assert manifest["versions"]["pymc"].startswith("6.")
    assert "set before the fit" in manifest["horizons"]["OS"]["rule"]


@pytest.mark.e2e
def test_report_and_figures_are_there(run_folder):
    assert (run_folder / "report.html").stat().st_size > 20_000
    assert {"report.docx", "methods.txt", "references.bib"} <= {path.name for path in run_folder.iterdir()}
    stems = {path.stem for path in (run_folder / "figures").glob("*.svg")}
    assert {"ladder", "prior_posterior", "covariates"} <= stems
    assert stems == {path.stem for path in (run_folder / "figures").glob("*.png")}
    assert not run_folder.with_name("run.unfinished").exists()


@pytest.fixture(scope="module")
def report_text(run_folder):
    return html.unescape((run_folder / "report.html").read_text(encoding="utf-8"))


@pytest.mark.e2e
def test_report_obeys_its_rules(report_text, ladder):
    for row in ladder.to_dict("records"):
        estimate = f"{row['median']:.2f} ({row['lower']:.2f}-{row['upper']:.2f})"
        line = re.search(rf"<tr><td>{row['endpoint']}</td><td>{row['scenario']}</td>.*?</tr>", report_text)
        assert line is not None
        assert row["c_prior"] in line[0]
        assert estimate in line[0]
    assert "leap-014" in report_text
    assert "0.92" in report_text
    assert "n = 50, 19 events (OS)" in report_text
    assert "proportional hazards" in report_text
    assert re.search(r"death due to AE: 4 of 50, 8 %", report_text)
    assert "prior-driven" in report_text.lower()
    assert not re.search(r"\b(proves|probability best|best treatment)\b", report_text)


@pytest.mark.e2e
def test_report_needs_no_network(report_text):
    document = re.sub(r'xmlns(:\w+)?="[^"]*"|<metadata>.*?</metadata>', "", report_text, flags=re.DOTALL)
    assert not re.search(r'(src|href)="https?:', document)
    assert "@import" not in document


@pytest.mark.e2e
def test_sliders_start_from_the_table(report_text, run_folder, ladder):
    found = re.search(r'id="explorer-data">(.*?)</script>', report_text, re.DOTALL)
    panel = json.loads(found[1])[0]
    row = ladder[(ladder["endpoint"] == "OS") & (ladder["scenario"] == panel["scenario"])].iloc[0]
    assert np.exp(np.median(panel["delta"])) == pytest.approx(row["median"], rel=0.05)
    curves = pd.read_csv(run_folder / "tables" / "target_curves.csv")
    curves = curves[(curves["scenario"] == panel["scenario"]) & (curves["population"] == "index")]
    liver, high = panel["liver"], panel["pdl1"]
    share = np.array([(1 - liver) * (1 - high), (1 - liver) * high, liver * (1 - high), liver * high])
    mixed = np.einsum("s,dst->dt", share, np.array(panel["triple"])) / SCALE
    at_year = np.median(mixed[:, panel["times"].index(12.0)])
    table = curves[(curves["arm"] == "triple") & (curves["time"] == 12.0)]["median"].iloc[0]
    assert at_year == pytest.approx(table, abs=0.02)


@pytest.mark.e2e
def test_every_figure_has_data_and_a_caption_with_counts(run_folder):
    for figure in (run_folder / "figures").glob("*.svg"):
        assert len(pd.read_csv(figure.with_suffix(".csv"))) > 0
        caption = figure.with_suffix(".txt").read_text(encoding="utf-8")
        assert "n = 50" in caption
        assert "events" in caption


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--preset", "slow"], "expected one of smoke, quick, standard"),
        (["--endpoints", "OS,DFS"], "expected some of OS, PFS, ORR"),
        (["--scenarios", "naive"], "never reported alone"),
        (["--scenarios", "base,rosy"], "'rosy' is not a scenario"),
        (["--c-prior", "normal(0.9,25)"], "did you mean"),
        (["--population", "nowhere"], "no such population"),
        (["--population", "nowhere.toml"], "cannot be read"),
        (["--evidence", "nowhere"], "no such evidence folder"),
        (["--add", "nowhere.toml"], "nowhere.toml"),
        (["--add", "."], "Is a directory"),
        (["--what-if", "checkmate-648/nivo-chemo/OS/rate@12=1.4"], "1.4"),
        (["--out", "occupied"], "is a file"),
    ],
)
def test_wrong_input_is_one_clear_sentence(words, says, tmp_path, refused):
    (tmp_path / "occupied").write_text("mine", encoding="utf-8")
    said = refused(*words)
    assert says in said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["occupied"]


def test_all_faults_are_named_at_once(refused):
    assert refused("--preset", "x", "--endpoints", "y", "--seed", "-1").count("error:") == 3


def test_population_shares_must_sum_to_one(tmp_path, refused):
    (tmp_path / "mine.toml").write_text(
        "liver = {yes = 0.2, no = 0.7}\npdl1_high = 14\ntp = 1\nasia = 1\n", encoding="utf-8"
    )
    said = refused("--population", "mine.toml")
    assert "sum to 0.9" in said
    assert "14 % is 0.14" in said


FEW = """
[trial]
id = "tiny"
name = "Tiny trial"
phase = "2"
design = "randomised 1:1"
randomised = true
region = "China"
setting = "first line"
[[source]]
id = "paper"
kind = "publisher"
citation = "Author A, et al. Journal 2024;1:1"
doi = "10.1000/example"
[[analysis]]
id = "interim"
data_cutoff = "2023-06-30"
label = "Interim analysis"
[[arm]]
id = "new"
label = "New"
components = ["chemo", "pd1"]
backbone = "paclitaxel + cisplatin"
n = 6
source = "paper"
[[patients]]
arm = "new"
endpoint = "OS"
population = "all"
analysis = "interim"
file = "few.csv"
source = "paper"
[[choice]]
endpoint = "OS"
analysis = "interim"
population = "all"
arms = ["new"]
[role]
role = "base"
reason = "randomised"
"""


def test_an_arm_with_too_few_events_is_refused_before_sampling(tmp_path, refused):
    (tmp_path / "few.toml").write_text(FEW, encoding="utf-8")
    (tmp_path / "few.csv").write_text("time,event\n1,1\n2,1\n3,1\n4,0\n5,0\n6,0\n", encoding="utf-8")
    said = refused("--preset", "smoke", "--add", "few.toml", "--out", "run")
    assert "tiny, arm new, OS: 3 events; expected 5 or more" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few.csv", "few.toml"]
