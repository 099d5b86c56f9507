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
