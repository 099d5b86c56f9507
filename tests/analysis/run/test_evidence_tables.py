"""The evidence behind a run as tables of its folder."""

import pandas as pd

from analysis.run.evidence_tables import evidence_tables
from trials import load


def test_designs_of_every_trial_stand_in_the_run_and_are_empty_where_no_source_gave_them():
    evidence = load(None)
    designs = evidence_tables(evidence)["trials"].set_index("trial")
    assert list(designs.index) == [trial.id for trial in evidence.trials]
    assert designs.loc["orient-15", "blinding"] == "double-blind"
    assert designs.loc["benmelstobart-anlotinib", "n"] == 50
    assert designs.loc["benmelstobart-anlotinib", "blinding"] == ""


def test_shares_that_nobody_published_are_named_beside_the_mix():
    table = evidence_tables(load(None))["covariates"].set_index(["trial", "arm"])
    assert table.loc[("checkmate-648", "nivo-chemo"), ["asia", "assumed"]].tolist() == [0.7, "asia"]
    assert table.loc[("rationale-306", "chemo"), ["tp", "assumed"]].tolist() == [0.5, "tp"]
    assert table.loc[("benmelstobart-anlotinib", "benm-anlo-chemo"), "assumed"] == ""
    # A class that nobody published is empty, not assumed.
    assert pd.isna(table.loc[("rationale-306", "chemo"), "liver"])


def test_covariates_are_of_the_arms_that_the_models_have():
    evidence = load(None)
    table = evidence_tables(evidence)["covariates"]
    assert ("checkmate-648", "nivo-ipi") not in set(zip(table["trial"], table["arm"], strict=True))
    roles = {evidence.question.role_of(name).role for name in table["trial"]}
    assert roles == {"base"}
