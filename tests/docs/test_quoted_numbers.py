"""What README and pages quote of the standard run and of the kept validation is what the tables hold."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
RUN = Path(__file__).with_name("standard_run")
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Validation verdicts quoted on their page: the check, a pattern of its sentence, and the same on the page.
QUOTED = [
    ("V1", r"(\d+) of 12 arms inside the 95 %", r"95 % intervals hold (\d+) of 12 arms"),
    ("V2", r"OS base (\d+\.\d)% \(±5", r"under base (\d+\.\d) ± 5\.\d % \(OS"),
    ("V5", r"OS naive (0\.\d\d)", r"naive P\(Delta < 1\) averages (0\.\d\d) \(OS\)"),
    ("V6", r"(\d+ of \d+) published numbers", r"\| (\d+ of \d+) published numbers"),
    ("V7", r"least ESS bulk (\d+)", r"least effective sample size (\d+)"),
    ("V8", r"(\d+ of 28) arms reach", r"\| (\d+ of 28) arms lie inside"),
    ("V9", r"(\d+ of \d+) published numbers", r"\| (\d+ of \d+) numbers"),
]


def test_the_readmes_ladder_is_that_of_the_standard_run():
    for row in pd.read_csv(RUN / "ladder.csv").to_dict("records"):
        measure = "OR" if row["endpoint"] == "ORR" else "HR"
        line = (
            f"| {row['endpoint']} | {row['scenario']} | {row['c_prior']} | {measure} {row['median']:.2f} "
            f"({row['lower']:.2f}-{row['upper']:.2f}) | {row['p_benefit']:.2f} |"
        )
        assert line in README, line
    assert README.count("| HR ") + README.count("| OR ") == len(pd.read_csv(RUN / "ladder.csv"))


def test_the_rungs_on_the_page_that_reads_them():
    """docs/read-the-ladder.md takes its lines from the standard run, and its warning from the first of them."""
    page = (ROOT / "docs" / "read-the-ladder.md").read_text(encoding="utf-8")
    ladder = pd.read_csv(RUN / "ladder.csv").set_index(["endpoint", "scenario"])
    rungs = re.findall(
        r"^> (\w+) · (\w+) · (.*) · (HR|OR) (.*) · P\(benefit\) (.*)$", page, flags=re.MULTILINE
    )
    assert rungs
    assert page.count("P(benefit) 0") == len(rungs)
    for endpoint, scenario, c_prior, measure, interval, probability in rungs:
        row = ladder.loc[(endpoint, scenario)]
        assert c_prior == row["c_prior"]
        assert measure == ("OR" if endpoint == "ORR" else "HR")
        assert interval == f"{row['median']:.2f} ({row['lower']:.2f}-{row['upper']:.2f})"
        assert probability == f"{row['p_benefit']:.2f}"
    first = ladder.loc[rungs[0][:2]]
    assert f"an interval from {first['lower']:.2f} to {first['upper']:.2f} is compatible with harm" in page


def test_what_the_readme_says_of_the_fits():
    record = json.loads((RUN / "record.json").read_text(encoding="utf-8"))
    assert f"crosstrial run --preset {record['preset']} --seed {record['seed']}" in README
    assert f"{record['imputations']} reconstructions an arm" in README
    fits = pd.read_csv(RUN / "diagnostics.csv").dropna(subset=["divergences"])
    assert fits["rhat"].max() < 1.01
    assert fits[["ess_bulk", "ess_tail"]].min().min() > 400
    assert fits["divergences"].sum() == 0
    assert f"All {len(fits)} fits" in README


def test_kappas_on_the_sensitivity_page():
    table = pd.read_csv(RUN / "kappa_crossings.csv").query("endpoint == 'OS' and scenario == 'base'")
    page = (ROOT / "docs" / "sensitivity.md").read_text(encoding="utf-8")
    *first, last = [f"{kappa:.1f}" for kappa in table["kappa_at_p_0.5"]]
    assert f"is {', '.join(first)} and {last} for 5, 7, 8, 9 and 11 patients lost" in page


@pytest.mark.parametrize(("check", "said", "quoted"), QUOTED, ids=[check for check, _, _ in QUOTED])
def test_verdicts_on_the_validation_page(check, said, quoted):
    verdicts = json.loads((ROOT / "tests/calibration/ci/verdicts.json").read_text(encoding="utf-8"))
    sentence = next(verdict["sentence"] for verdict in verdicts if verdict["id"] == check)
    if check == "V2":
        sentence = sentence[sentence.index("power") :]
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    line = next(row for row in page.splitlines() if row.startswith(f"| {check} |"))
    assert re.search(quoted, line)[1] == re.search(said, sentence)[1]
