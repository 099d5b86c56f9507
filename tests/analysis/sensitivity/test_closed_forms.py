import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from analysis.sensitivity.answers import CLOSED, FITTED
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.catalogue import CATALOGUE, IDS
from analysis.sensitivity.figures import movement_figure, movement_table
from analysis.sensitivity.job import run_analyses
from analysis.sensitivity.prior_choices import added_effects
from analysis.sensitivity.subgroups import subgroup_evidence, subgroup_pairs
from digitized.errors import InputError

COLUMNS = [
    "id",
    "endpoint",
    "population",
    "measure",
    "c_prior",
    "median",
    "lower",
    "upper",
    "p_benefit",
    "conclusion",
]
WORDED = re.compile(
    r"compatible with (benefit and with no benefit|benefit|harm): the interval (holds|excludes) [\d.]+ "
    r"\(probability of benefit \d\.\d\d\)(; (as|not as) in the base case)?"
)
# Answered without any fit.
INSTANT = ("SA01", "SA02", "SA03", "SA07", "SA09", "SA10", "SA12", "SA15", "SA16", "SA18", "SA20", "SA22")


@pytest.fixture(scope="module")
def answered(base_case, tmp_path_factory):
    out = tmp_path_factory.mktemp("sensitivity")
    chosen = [analysis for analysis in CATALOGUE if analysis.id in INSTANT]
    table = run_analyses(chosen, base_case, None, out, Console(file=io.StringIO()))
    return table, out


def test_every_id_is_answered_by_something():
    assert set(CLOSED) | set(FITTED) == set(IDS)


def test_each_instant_analysis_has_lines_in_the_printed_columns(answered):
    table, out = answered
    written = pd.read_csv(out / "sensitivity.csv")
    assert list(written.columns[: len(COLUMNS)]) == COLUMNS
    assert set(written["id"]) == set(INSTANT)
    assert len(written) == len(table)
    numbers = written[["median", "lower", "upper", "p_benefit"]].to_numpy()
    assert np.isfinite(numbers).all()
    assert (written["lower"] <= written["median"]).all()
    assert (written["median"] <= written["upper"]).all()


def test_every_line_carries_its_prior_of_c_and_claims_no_more_than_compatibility(answered):
    table, _ = answered
    assert table["c_prior"].str.startswith("c ").all()
    assert table["conclusion"].map(WORDED.fullmatch).map(bool).all()


def test_a_conclusion_that_does_not_survive_is_said(answered):
    """c = 0 makes of the base case's open interval one that excludes 1 (PFS)."""
    table, _ = answered
    naive = table[
        (table["id"] == "SA01") & (table["endpoint"] == "PFS") & (table["c_prior"] == "c = 0")
    ].iloc[0]
    assert naive["upper"] < 1
    assert naive["conclusion"].endswith("not as in the base case")


def test_side_tables_and_figures_stand_beside_the_lines(answered):
    _, out = answered
    surface = pd.read_csv(out / "tipping_surface.csv")
    assert len(surface) == 2 * 8 * 7
    crossings = pd.read_csv(out / "kappa_crossings.csv")
    assert {"kappa_at_p_0.95", "kappa_at_p_0.8", "kappa_at_p_0.5"} <= set(crossings.columns)
    safety = pd.read_csv(out / "safety.csv")
    assert safety.iloc[0]["trial"] == "benmelstobart-anlotinib"
    for name in ("sensitivity", "tipping_surface"):
        for ending in ("svg", "pdf", "png", "csv"):
            assert (out / "figures" / f"{name}.{ending}").stat().st_size > 0


def test_the_figure_says_in_words_what_is_not_a_hazard_ratio(answered):
    """SA12 is in months: in its row, not on the axis of hazard ratios; no line strikes words through."""
    table, _ = answered
    moved = movement_table(table)
    assert {"SA12", "SA01"} <= set(moved["id"])
    figure = movement_figure(moved, {"OS": 0.7, "PFS": 0.6}, "")
    for axes in figure.axes:
        words = [text for text in axes.texts if text.get_text().startswith("restricted mean")]
        assert len(words) == 1
        assert "24: +2.4 (-2.4 to +7.2)" in words[0].get_text()
        boxed = [text for text in axes.texts if "does not apply" in text.get_text()] + words
        assert all(text.get_bbox_patch().get_facecolor()[:3] == (1, 1, 1) for text in boxed)
        drawn = moved[(moved["measure"] != "RMST_difference")]
        assert axes.get_xlim()[1] < 1.1 * drawn["upper"].max()


def test_a_panel_of_words_alone_has_an_axis(answered):
    table, _ = answered
    moved = movement_table(table[table["id"] == "SA12"])
    for axes in movement_figure(moved, {"OS": 0.8, "PFS": 0.6}, "").figure.axes:
        assert np.isfinite(axes.get_xlim()).all()


def test_a_kappa_is_empty_where_the_probability_is_lower_without_it(answered):
    _, out = answered
    crossings = pd.read_csv(out / "kappa_crossings.csv")
    for level in (0.95, 0.8, 0.5):
        low = crossings["p_benefit_kappa_1"] < level
        assert crossings.loc[low, f"kappa_at_p_{level:g}"].isna().all()
        assert (crossings.loc[~low, f"kappa_at_p_{level:g}"] >= 1).all()
    assert crossings["kappa_at_p_0.95"].isna().any()


def test_more_shift_leaves_less_to_the_drug(answered):
    _, out = answered
    surface = pd.read_csv(out / "tipping_surface.csv")
    for _, cell in surface.groupby(["endpoint", "c_sd"]):
        ordered = cell.sort_values("c_mean_ratio")["median"].to_numpy()
        assert np.all(np.diff(ordered) < 0.02)


def test_a_closer_class_pulls_harder_towards_its_randomised_test(answered):
    table, _ = answered
    rows = table[(table["id"] == "SA15") & table["variant"].str.startswith("base c with")]
    by_spread = {row["variant"].rsplit("N(0, ")[1]: row["median"] for row in rows.to_dict("records")}
    assert by_spread["0.1)"] > by_spread["0.2)"] > by_spread["0.4)"]


def test_only_whole_splits_speak_and_each_silence_has_its_reason(base_case):
    pairs = {(pair.trial, pair.split) for pair in subgroup_pairs(base_case, "OS")}
    assert pairs == {("astrum-007", "liver metastases")}
    table = subgroup_evidence(base_case).set_index(["endpoint", "trial", "population", "analysis"])
    assert "no interval" in table.loc[("OS", "rationale-306", "TAP<10", "interim"), "use"]
    assert "other half" in table.loc[("OS", "checkmate-648", "PD-L1 TPS>=1", "primary"), "use"]
    assert (
        "in place of the trial"
        in table.loc[("OS", "astrum-007", "liver metastases: yes", "liver-post-hoc"), "use"]
    )


def test_borrowed_effects_are_of_the_added_component_alone(base_case):
    found = {trial for trial, _ in added_effects(base_case, "PFS")}
    assert found <= {"eter701", "alter1102"}
    assert found


def test_a_run_from_other_evidence_is_refused(base_case, tmp_path):
    other = BaseCase(base_case.folder)
    other.__dict__["manifest"] = base_case.manifest | {"evidence_sha256": {"question.toml": "0"}}
    with pytest.raises(InputError, match="other evidence"):
        _ = other.evidence
    with pytest.raises(InputError, match=r"manifest\.json"):
        replace(base_case, folder=tmp_path).check()
