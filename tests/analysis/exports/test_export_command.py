"""`crosstrial export` on the made run: draws agree with the run's, every column is described, nothing unsaid."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from analysis.cli.app import app
from analysis.exports import ExportRequest, export_run
from analysis.exports.arms import spaced_posterior
from analysis.figures.run_data import RunData
from analysis.figures.target_draws import population_survival
from digitized.errors import InputError
from trials.covariates import TargetPopulation

DRAWS = 12


@pytest.fixture(scope="module")
def exported(made_run, tmp_path_factory):
    out = tmp_path_factory.mktemp("exported")
    result = export_run(ExportRequest(made_run, out, draws=DRAWS, horizons=(36.0,)))
    assert all(path.exists() for path in result.files)
    return out, result


def table(exported, name):
    return pd.read_csv(exported[0] / f"{name}.csv", keep_default_na=False, na_values=[""])


def test_curves_are_those_of_the_runs_posterior(made_run, exported):
    run = RunData(made_run)
    population = TargetPopulation(**run.manifest["populations"][0])
    months = np.arange(0, 37.0)
    for endpoint in ("OS", "PFS"):
        found = table(exported, f"curves_{endpoint}")
        for scenario in ("naive", "base"):
            posterior = spaced_posterior(run, endpoint, scenario, DRAWS)
            wanted = population_survival(posterior, endpoint, population, months)
            for position, arm in enumerate(("triple", "comparator")):
                rows = found[(found["scenario"] == scenario) & (found["arm"] == arm)]
                drawn = rows[[f"S_{month:g}" for month in months]].to_numpy()
                assert drawn == pytest.approx(wanted[:, position], abs=1e-7)


def test_parameters_rebuild_the_curves(exported):
    """What the notes tell a user to do in hesim or Excel gives the exported curves."""
    cuts = table(exported, "intervals").query("endpoint == 'OS'")
    strata = table(exported, "strata").set_index("stratum")["share"]
    assert strata.sum() == pytest.approx(1)
    row = table(exported, "parameters_OS").query("scenario == 'base' and sample == 7").iloc[0]
    curve = table(exported, "curves_OS").query("scenario == 'base' and sample == 7").set_index("arm")
    spent = np.clip(20.0 - cuts["start_months"], 0, cuts["end_months"] - cuts["start_months"])
    rates = np.exp([float(row[f"log_rate_{interval}"]) for interval in cuts["interval"]])
    for arm in ("triple", "comparator"):
        by_stratum = [
            np.exp(-np.sum(rates * spent) * np.exp(row[f"log_hr_{arm}_{name}"])) for name in strata.index
        ]
        assert np.dot(strata, by_stratum) == pytest.approx(curve.loc[arm, "S_20"], abs=1e-6)


def test_the_effect_is_the_ladders(made_run, exported):
    run = RunData(made_run)
    for row in run.table("ladder").to_dict("records"):
        every = spaced_posterior(run, row["endpoint"], row["scenario"], 10_000)["Delta"]
        assert np.exp(np.median(every)) == pytest.approx(row["median"])
        some = spaced_posterior(run, row["endpoint"], row["scenario"], DRAWS)["Delta"]
        found = table(exported, f"parameters_{row['endpoint']}").query("scenario == @row['scenario']")
        assert found["Delta"].to_numpy() == pytest.approx(some.to_numpy(), abs=1e-7)
        assert set(found["c_prior"]) == {row["c_prior"]}


def test_every_row_of_an_increment_has_its_prior(exported):
    for name in ("parameters_OS", "curves_PFS", "curve_summary", "rmst_draws", "rmst_summary"):
        assert table(exported, name)["c_prior"].notna().all()


def test_restricted_means_are_the_areas_of_the_curves(exported):
    draws = table(exported, "rmst_draws").query("endpoint == 'OS' and scenario == 'base'")
    at_24 = draws[draws["horizon_months"] == 24].set_index("sample")
    curve = table(exported, "curves_OS").query("scenario == 'base' and arm == 'triple'").set_index("sample")
    monthly = curve[[f"S_{month}" for month in range(25)]].to_numpy()
    assert at_24["triple"].to_numpy() == pytest.approx(np.trapezoid(monthly, axis=1), rel=2e-3)
    difference = at_24["triple"] - at_24["comparator"]
    assert difference.to_numpy() == pytest.approx(at_24["difference"].to_numpy(), abs=2e-6)
    summary = table(exported, "rmst_summary").query(
        "endpoint == 'OS' and scenario == 'base' and arm == 'difference'"
    )
    shown = summary.set_index("horizon_months").loc[24]
    assert shown["mean"] == pytest.approx(at_24["difference"].mean())
    assert shown["p_benefit"] == pytest.approx((at_24["difference"] > 0).mean())


def test_nothing_beyond_follow_up_without_its_banner(exported):
    summary = table(exported, "rmst_summary")
    beyond = summary["horizon_months"] > 30
    assert set(summary["horizon_months"]) == {24, 36, np.inf}
    assert summary.loc[beyond, "banner"].str.startswith("EXTRAPOLATED").all()
    assert summary.loc[~beyond, "banner"].isna().all()
    arms = summary[summary["arm"] != "difference"]
    assert (arms["area_observed"] + arms["area_extrapolated"]).to_numpy() == pytest.approx(1)
    assert (arms.loc[arms["horizon_months"] > 30, "area_observed"] < 1).all()
    assert (arms.loc[arms["horizon_months"] < 30, "area_observed"] == 1).all()
    curve = table(exported, "curve_summary")
    assert (curve["extrapolated"] == (curve["month"] > 30)).all()
    assert any("EXTRAPOLATED" in warning for warning in exported[1].warnings)


def test_every_column_is_in_the_dictionary_with_its_meaning(exported):
    listed = table(exported, "data_dictionary")
    assert listed["meaning"].notna().all()
    for path in exported[0].glob("*.csv"):
        columns = pd.read_csv(path, nrows=0).columns
        assert list(listed.loc[listed["table"] == path.stem, "column"]) == list(columns)
    assert set(listed["table"]) == {path.stem for path in exported[0].glob("*.csv")}


def test_the_workbook_is_the_csv_files(exported):
    book = load_workbook(exported[0] / "economic_model.xlsx", read_only=True)
    assert set(book.sheetnames) == {path.stem for path in exported[0].glob("*.csv")}
    for name in ("rmst_summary", "strata", "parameters_OS"):
        rows = list(book[name].iter_rows(values_only=True))
        written = table(exported, name)
        assert list(rows[0]) == list(written.columns)
        assert len(rows) == len(written) + 1
        numbers = written.select_dtypes("number").columns[-1]
        position = list(rows[0]).index(numbers)
        assert rows[1][position] == pytest.approx(written[numbers].iloc[0])


def test_provenance_names_run_priors_benchmark_and_limits(made_run, exported):
    rows = table(exported, "provenance").set_index("item")["value"]
    assert rows["prior of c, OS, base"] == "c ~ N(log 0.86, 0.25)"
    assert "class-trial" in rows["randomised evidence beside it"]
    assert "proportional hazards" in rows["proportional hazards, OS"]
    assert rows["PRESET"].startswith("quick")
    assert "not paired" in " ".join(rows)


def test_a_life_table_lowers_the_mean_and_is_recorded(made_run, exported, tmp_path):
    ages = "".join(f"{age},{sex},{0.3}\n" for age in range(50, 101) for sex in ("male", "female"))
    (tmp_path / "life.csv").write_text("age,sex,rate\n" + ages, encoding="utf-8")
    request = ExportRequest(
        made_run, tmp_path / "out", DRAWS, (36.0,), tmp_path / "life.csv", age=60, male=0.8, background="sum"
    )
    export_run(request)
    keys = ["endpoint", "scenario", "arm", "quantity", "horizon_months"]
    plain = table(exported, "rmst_summary").set_index(keys)["mean"]
    joined = pd.read_csv(tmp_path / "out" / "rmst_summary.csv", keep_default_na=False).set_index(keys)["mean"]
    means = [key for key in plain.index if key[3] == "mean" and key[2] != "difference"]
    assert (joined[means] < plain[means]).all()
    observed = [key for key in plain.index if key[4] == 24]
    assert joined[observed].to_numpy() == pytest.approx(plain[observed].to_numpy())
    rows = pd.read_csv(tmp_path / "out" / "provenance.csv").set_index("item")["value"]
    assert rows["cohort"] == "60 years at time 0, 80% men"
    assert (tmp_path / "out" / "general_population.csv").exists()


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--draws", "0"], "--draws 0"),
        (["--horizon", "-1"], "--horizon -1"),
        (["--age", "60"], "--age: given without --life-table"),
        (["--life-table", "absent.csv", "--age", "60", "--male", "80"], "--male 80"),
        (["--life-table", "absent.csv"], "--age: missing"),
        (["--life-table", "absent.csv", "--age", "60", "--male", "0.8"], "absent.csv: no such file"),
    ],
)
def test_bad_requests_write_nothing(made_run, tmp_path, words, fault):
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["export", str(made_run), "--out", str(out), *words])
    assert isinstance(result.exception, InputError)
    assert any(fault in line for line in result.exception.faults)
    assert not out.exists()


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no manifest.json"):
        export_run(ExportRequest(tmp_path, tmp_path / "out"))


def test_a_run_of_response_alone_has_nothing_to_export(made_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(made_run, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "endpoints": ["ORR"]}), encoding="utf-8")
    with pytest.raises(InputError, match="neither OS nor PFS"):
        export_run(ExportRequest(folder, tmp_path / "out"))
