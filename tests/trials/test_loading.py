"""The packaged evidence, a second disease without a change of code, and what is added to a folder."""

import shutil
from pathlib import Path

import pytest

import trials
from trials.covariates import covariate_mix
from trials.inventory import count_facts, trial_record
from trials.question import Choice
from trials.selection import chosen_curve, chosen_effects, survival_choices


@pytest.fixture(scope="module")
def packaged() -> trials.Evidence:
    return trials.load()


def choice_of(evidence: trials.Evidence, trial: str, endpoint: str) -> Choice:
    return next(item for item in evidence.choices(trial) if item.endpoint == endpoint)


def test_the_packaged_evidence_is_sound_and_whole(packaged: trials.Evidence) -> None:
    base = [trial.id for trial in packaged.trials if packaged.question.role_of(trial.id).role == "base"]
    assert base == [
        "benmelstobart-anlotinib", "checkmate-648", "keynote-590", "jupiter-06", "escort-1st", "alter-e002",
        "orient-15", "rationale-306",
    ]  # fmt: skip
    assert len(packaged.trials) == 19
    assert len(packaged.ongoing) == 6
    assert len(packaged.prior_evidence) == 8
    assert sum(len(row.n) for trial in packaged.trials for row in trial.at_risk) == 232
    assert sum(len(trial.inconsistency) for trial in packaged.trials) == 34
    assert sum(count_facts(trial) for trial in packaged.trials) > 1100
    assert not packaged.hypothetical


def test_keynote_590_is_used_in_its_escc_population(packaged: trials.Evidence) -> None:
    trial = packaged["keynote-590"]
    for choice in survival_choices(packaged, trial.id):
        assert choice.population == "ESCC"
        assert [chosen_curve(trial, arm, choice).n for arm in choice.arms] == [274, 274]
        assert chosen_curve(trial, "chemo", choice).at_risk is None, (
            "the printed numbers at risk are all histologies"
        )


def test_the_mix_shown_is_of_the_population_chosen_whatever_its_name(
    packaged: trials.Evidence, tmp_path: Path
) -> None:
    shown = trial_record(packaged, packaged["keynote-590"])["arms"]
    copy = Path(shutil.copytree(packaged.folder, tmp_path / "copy"))
    for name in ("question.toml", "keynote-590.toml"):
        text = (copy / name).read_text(encoding="utf-8").replace('"ESCC"', '"squamous"')
        (copy / name).write_text(text, encoding="utf-8")
    renamed = trials.load(copy)
    assert trial_record(renamed, renamed["keynote-590"])["arms"] == shown
    # Without its population the arm would show no share at all.
    assert shown[0]["mix"]["pdl1_high"] is not None
    assert covariate_mix(packaged["keynote-590"], shown[0]["id"], "all").pdl1 is None


def test_cut_offs_are_not_mixed_in_escort_1st(packaged: trials.Evidence) -> None:
    trial, choice = packaged["escort-1st"], choice_of(packaged, "escort-1st", "OS")
    for arm, events in (("camre-chemo", 135), ("placebo-chemo", 174)):
        curve = chosen_curve(trial, arm, choice)
        found = {(row.quantity, row.time): row.value for row in curve.numbers}
        assert found["events", None] == events
        assert sorted(time for quantity, time in found if quantity == "rate") == [6, 12, 18]
        assert curve.at_risk is not None
        assert curve.at_risk.time[-1] == 18
    final = [row.value for row in trial.survival if row.analysis == "final" and row.quantity == "events"]
    assert final == [214, 250]
    assert [kept.analysis for kept in choice.kept] == ["final"]


def test_levels_other_than_95_percent_are_kept(packaged: trials.Evidence) -> None:
    trial = packaged["checkmate-648"]
    (effect,) = chosen_effects(trial, choice_of(packaged, trial.id, "OS"))
    assert (effect.value, effect.lower, effect.upper, effect.level) == (0.74, 0.58, 0.96, 0.991)
    (effect,) = chosen_effects(trial, choice_of(packaged, trial.id, "PFS"))
    assert effect.level == 0.985


def test_target_populations(packaged: trials.Evidence) -> None:
    index = trials.target_population(packaged, "index")
    assert (index.liver, index.pdl1_high, index.tp, index.asia) == (0.14, 0.105, 1.0, 1.0)
    phase3 = trials.target_population(packaged, "phase3")
    # Published CPS 10 counts: KEYNOTE-590 286 of 548, JUPITER-06 212 of 514, ORIENT-15 381 of 659.
    assert phase3.pdl1_high == pytest.approx((286 + 212 + 381) / (548 + 514 + 659))
    with pytest.raises(KeyError, match="index"):
        trials.target_population(packaged, "moon")


def test_a_mirror_always_stands_beside_its_publisher(packaged: trials.Evidence) -> None:
    mirrors = [source for trial in packaged.trials for source in trial.source if source.kind == "mirror"]
    assert mirrors
    assert all(source.doi or source.publisher_page or source.publisher_page_unknown for source in mirrors)


def test_another_disease_needs_no_change_of_code(evidence_folder: Path) -> None:
    evidence = trials.load(evidence_folder)
    network = trials.network(evidence, draws=2, seed=7)
    arms = {arm.arm: arm for arm in network.endpoint("OS")}
    assert list(arms) == ["triple", "both", "alone"]
    assert arms["triple"].components == {"doxo", "primer", "blocker"}
    assert [arm.index for arm in arms.values()] == [True, False, False]
    assert arms["triple"].ipd[0].events == 33
    assert all(len(arm.ipd) == 2 for arm in arms.values())
    assert {(arm.arm, arm.responders, arm.n) for arm in network.response} == {
        ("both", 90, 150),
        ("alone", 60, 150),
    }


def test_a_missing_trial_is_answered_with_those_that_exist(evidence_folder: Path) -> None:
    with pytest.raises(KeyError, match="solo"):
        trials.load(evidence_folder)["duo"]


def test_an_added_file_brings_its_own_choice(evidence_folder: Path, tmp_path: Path) -> None:
    text = (
        (evidence_folder / "solo.toml")
        .read_text(encoding="utf-8")
        .replace('id = "solo"', 'id = "second-solo"')
    )
    extra = tmp_path / "second.toml"
    choice = '\n[[choice]]\nendpoint = "OS"\nanalysis = "primary"\npopulation = "all"\narms = ["triple"]\n'
    extra.write_text(text + choice, encoding="utf-8")
    evidence = trials.load(evidence_folder, extra=(extra,))
    assert evidence.question.role_of("second-solo").role == "base"
    arms = trials.network(evidence, draws=1, seed=1).endpoint("OS")
    assert [(arm.trial, arm.index) for arm in arms][-1] == ("second-solo", False)
    assert len(evidence.hashes) == 5


def test_what_leaves_nothing_to_choose_need_not_be_chosen(evidence_folder: Path, tmp_path: Path) -> None:
    text = (evidence_folder / "solo.toml").read_text(encoding="utf-8").replace('id = "solo"', 'id = "plain"')
    (tmp_path / "plain.toml").write_text(text, encoding="utf-8")
    evidence = trials.load(evidence_folder, extra=(tmp_path / "plain.toml",))
    assert [(item.endpoint, item.arms) for item in evidence.choices("plain")] == [
        ("OS", ("triple",)),
        ("ORR", ("triple",)),
    ]


def test_what_could_be_chosen_otherwise_is_left_to_a_person(evidence_folder: Path, tmp_path: Path) -> None:
    text = (evidence_folder / "pair.toml").read_text(encoding="utf-8").replace('id = "pair"', 'id = "plain"')
    (tmp_path / "plain.toml").write_text(text, encoding="utf-8")
    evidence = trials.load(evidence_folder, extra=(tmp_path / "plain.toml",))
    assert [item.endpoint for item in evidence.choices("plain")] == ["ORR"]


def test_every_file_that_decides_a_result_is_hashed_readings_and_scan_plans_too() -> None:
    hashes = trials.load(None).hashes
    for name in ("question.toml", "assessment.csv", "readings/jupiter-06_os.curves.csv"):
        assert len(hashes[name]) == 64
    assert "readings/jupiter-06_os.at_risk.csv" in hashes
