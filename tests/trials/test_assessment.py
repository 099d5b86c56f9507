import shutil
from dataclasses import replace

import pytest

from digitized.errors import EvidenceError
from trials import load
from trials.assessment import FILE, scan_plans

HEADER = "trial,weeks,later_weeks,changes_at_weeks,basis,source,note\n"


@pytest.fixture(scope="module")
def evidence():
    return load()


def _with(evidence, folder, *rows):
    (folder / FILE).write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return replace(evidence, folder=folder)


def test_the_shipped_plans_name_every_base_trial_and_how_each_is_known(evidence):
    plans = {plan.trial: plan for plan in scan_plans(evidence)}
    base = [trial.id for trial in evidence.trials if evidence.question.role_of(trial.id).role == "base"]
    assert sorted(plans) == sorted(base)
    index = plans[evidence.question.info.index_trial]
    assert (index.weeks, index.later_weeks, index.changes_at_weeks) == (6, 9, 18)
    assert plans["keynote-590"].weeks == 9
    assert plans["alter-e002"].basis == "assumed"


def test_a_folder_without_the_file_has_no_plans(evidence, tmp_path):
    assert scan_plans(replace(evidence, folder=tmp_path)) == ()


def test_every_fault_is_named_at_once(evidence, tmp_path):
    faulty = _with(
        evidence,
        tmp_path,
        "checkmate-648,six,,,implied,figure-checkmate-648-pfs,",
        "jupiter-06,6,9,,implied,figure-jupiter-06-pfs,",
        "orient-15,6,,,guessed,figure-orient-15-pfs,",
        "escort-1st,6,,,implied,nobody,",
        "no-such-trial,6,,,implied,x,",
        "alter-e002,6,,,assumed,li-2022,",
        "alter-e002,6,,,assumed,li-2022,",
    )
    with pytest.raises(EvidenceError) as caught:
        scan_plans(faulty)
    told = caught.value.faults
    assert len(told) == 6
    for word in ("'six'", "later_weeks", "guessed", "nobody", "no-such-trial", "twice"):
        assert any(word in fault for fault in told), word


def test_a_copied_folder_keeps_its_plans(evidence, tmp_path):
    shutil.copy(evidence.folder / FILE, tmp_path / FILE)
    assert scan_plans(replace(evidence, folder=tmp_path)) == scan_plans(evidence)
