"""The evidence behind a run as tables of its folder."""

from analysis.run.evidence_tables import evidence_tables
from trials import load


def test_designs_of_every_trial_stand_in_the_run_and_are_empty_where_no_source_gave_them():
    evidence = load(None)
    designs = evidence_tables(evidence)["trials"].set_index("trial")
    assert list(designs.index) == [trial.id for trial in evidence.trials]
    assert designs.loc["orient-15", "blinding"] == "double-blind"
    assert designs.loc["benmelstobart-anlotinib", "n"] == 50
    assert designs.loc["benmelstobart-anlotinib", "blinding"] == ""
