"""Each row of the table on the sensitivity page, against the kept table of the standard run's analyses."""

import re
from pathlib import Path

import pandas as pd
import pytest

from trials import load

PAGE = (Path(__file__).parents[2] / "docs" / "sensitivity.md").read_text(encoding="utf-8")
ALL = pd.read_csv(Path(__file__).with_name("standard_run") / "sensitivity.csv")
TABLE = ALL[~ALL["variant"].str.contains("base case")]
ROWS = re.findall(
    r"^\| (SA\d\d)\*? ([^|]*?) \| ([^|]*?) \| ([^|]*?) \| ([^|]*?) \|$", PAGE, flags=re.MULTILINE
)


def analysed(identity: str, title: str, endpoint: str) -> pd.DataFrame:
    """What a row of the page speaks of."""
    rows = TABLE[(TABLE["id"] == identity) & (TABLE["endpoint"] == endpoint)]
    if identity == "SA13":  # forms of hazard that the patients bear out
        best = rows["variant"].str.contains("PSIS-LOO") & ~rows["variant"].str.contains("worse than the best")
        return rows[best]
    if identity == "SA21":
        tied = rows["variant"].str.contains("correlated")
        return rows[tied if "correlated" in title else ~tied]
    return rows


def spread(values: pd.Series, *, leading_zero: bool) -> str:
    texts = [f"{value:.2f}" for value in (values.min(), values.max())]
    if not leading_zero:
        texts = [text.removeprefix("0") for text in texts]
    return "-".join(dict.fromkeys(texts))


def test_the_page_has_every_analysis_of_a_hazard_ratio():
    assert {identity for identity, *_ in ROWS} == set(TABLE["id"])


@pytest.mark.parametrize(("identity", "title", "os", "pfs", "flips"), ROWS)
def test_a_row_says_what_the_analyses_found(identity, title, os, pfs, flips):
    for endpoint, said in (("OS", os), ("PFS", pfs)):
        rows = analysed(identity, title, endpoint)
        if identity == "SA22":
            nulls = rows[rows["variant"].str.startswith("base c") & ~rows["variant"].str.contains("null 1:")]
            assert said == ", ".join(f"{p:.2f}".removeprefix("0") for p in nulls["p_benefit"])
        elif rows.empty:
            assert said == "-"
        else:
            medians = spread(rows["median"], leading_zero=True)
            assert said == f"{medians}, {spread(rows['p_benefit'], leading_zero=False)}"
            excludes = ((rows["upper"] < 1) | (rows["lower"] > 1)).any()
            assert excludes == (f"{endpoint}:" in flips)


def test_the_base_case_on_the_page():
    for endpoint, pattern in (
        ("OS", r"OS ([\d.]+), ([\d.]+) to ([\d.]+), P\(HR < 1\) (\.\d\d)"),
        ("PFS", r"PFS\s([\d.]+), ([\d.]+) to ([\d.]+), P (\.\d\d)"),
    ):
        said = re.search(pattern, PAGE).groups()
        row = ALL[
            (ALL["id"] == "SA01") & (ALL["endpoint"] == endpoint) & (ALL["variant"] == "base case")
        ].iloc[0]
        found = [f"{row[name]:.2f}" for name in ("median", "lower", "upper", "p_benefit")]
        assert said == (*found[:3], found[3].removeprefix("0"))


def test_the_base_case_of_the_analyses_fitted_anew():
    said = re.search(r"their base case is (\d\.\d\d) and (\d\.\d\d)", PAGE).groups()
    rows = ALL[(ALL["id"] == "SA06") & (ALL["variant"] == "base case")].set_index("endpoint")["median"]
    assert said == (f"{rows['OS']:.2f}", f"{rows['PFS']:.2f}")


def test_the_limit_of_independent_shifts_in_the_text():
    rows = ALL[(ALL["id"] == "SA04") & ALL["variant"].str.startswith("correlation 0 ")].set_index("endpoint")
    said = re.search(r"correlation 0\) its upper limit is (\d\.\d\d)", PAGE)[1]
    assert said == f"{rows.loc['PFS', 'upper']:.2f}"


def test_the_page_says_whose_effect_each_line_of_sa21_borrows():
    """The trial behind a line and its setting, by the evidence: no trial gives a line that the page lends it."""
    evidence = load()
    borrowed = ALL[(ALL["id"] == "SA21") & ALL["variant"].str.contains(" from (?:eter701|alter1102)")]
    said = next(title for identity, title, *_ in ROWS if identity == "SA21" and "delta's prior" in title)
    for endpoint, variant in zip(borrowed["endpoint"], borrowed["variant"], strict=True):
        trial = variant.rsplit(" ", 1)[1]
        assert f"{evidence[trial].info.name} ({endpoint})" in said
    flips = next(row[-1] for row in ROWS if row[1] == said)
    # What flips is the line of PFS: ALTER1102, in this disease, after earlier treatment.
    assert "previously treated" in evidence["alter1102"].info.setting
    assert "ESCC" in evidence["alter1102"].info.setting
    assert "previously treated patients of this disease (ALTER1102)" in flips
    assert "lung" not in PAGE


def interval(row: pd.Series) -> str:
    return f"{row['lower']:.2f} to {row['upper']:.2f}"


@pytest.mark.parametrize(("identity", "title", "flips"), [(one[0], one[1], one[4]) for one in ROWS])
def test_an_interval_said_to_flip_is_one_that_does(identity, title, flips):
    for said in re.findall(r"\d\.\d\d to \d\.\d\d", flips):
        rows = analysed(identity, title, "PFS" if "PFS:" in flips else "OS")
        found = [interval(row) for _, row in rows.iterrows() if row["upper"] < 1 or row["lower"] > 1]
        assert said in found


def test_the_forms_of_hazard_in_the_text_are_those_of_the_table():
    """The paragraph under the picture of SA13."""
    text = " ".join(PAGE.split("## Forms of hazard (SA13)")[1].split("##")[0].split())
    rows = ALL[ALL["id"] == "SA13"]

    def of(endpoint: str, start: str) -> pd.Series:
        return rows[(rows["endpoint"] == endpoint) & rows["variant"].str.startswith(start)].iloc[0]

    spline, piecewise = "M-spline baseline", "proportional hazards, piecewise baseline"
    medians = [of("OS", form)["median"] for form in (spline, piecewise, "effect of the added drug steps")]
    assert "({:.2f}, {:.2f} and {:.2f} averaged".format(*medians) in text
    for months in ("months 0-3", "months 12 and later"):
        row = of("OS", f"hazard ratio in {months}")
        assert f"{months.replace('months 12', '12')}: {row['median']:.2f}, {interval(row)}" in text
    for form in (spline, piecewise):
        row = of("PFS", form)
        assert f"{row['median']:.2f}, {interval(row)})" in text
    behind, error = re.search(r"PSIS-LOO -(\d+) \(se (\d+)\)", of("PFS", piecewise)["variant"]).groups()
    assert f"by {behind} (se {error})" in text
