"""A second, synthetic disease through the same commands: its evidence folder is all that differs."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pymc as pm
import pytest

from analysis.question_defaults import chosen_endpoints, chosen_rungs
from analysis.run.pipeline import question_contrast
from analysis.scenarios import DEFAULT_SCENARIOS
from digitized.curve import Grade
from digitized.errors import EvidenceError, InputError
from models.covariate_mix import PdL1Mapping, add_arm_mixture, trial_mixes
from models.priors import survival_priors
from models.survival import SurvivalOptions, build_survival
from trials import load, network, target_population

HERE = Path(__file__).parent
EVIDENCE = HERE / "evidence"
CROSSTRIAL = Path(sys.executable).with_name("crosstrial")
SEED = 1


@pytest.fixture(scope="module")
def simulate():
    found = importlib.util.spec_from_file_location("simulate_second_disease", HERE / "simulate.py")
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def arms():
    return network(load(EVIDENCE), draws=1, seed=SEED)


@pytest.fixture
def own_folder(tmp_path):
    """A copy to spoil."""
    return Path(shutil.copytree(EVIDENCE, tmp_path / "evidence"))


def test_the_folder_is_what_the_simulation_writes(simulate, tmp_path):
    simulate.write(tmp_path / "evidence")
    names = sorted(path.name for path in EVIDENCE.iterdir())
    assert sorted(path.name for path in (tmp_path / "evidence").iterdir()) == names
    for name in names:
        assert (tmp_path / "evidence" / name).read_text() == (EVIDENCE / name).read_text(), name


def test_every_file_says_that_it_is_synthetic():
    for path in EVIDENCE.glob("*.toml"):
        assert path.read_text(encoding="utf-8").startswith("# SYNTHETIC")


def test_the_network_has_its_own_components_endpoints_and_patients(arms):
    assert {arm.endpoint for arm in arms.survival} == {"OS", "EFS"}
    assert {arm.trial for arm in arms.survival if not arm.randomised} == {"nova-mono", "nova-triple"}
    grades = {(arm.arm, arm.endpoint): arm.grade for arm in arms.survival if arm.trial == "nova-triple"}
    assert grades == {("triple", "OS"): Grade.PATIENTS, ("triple", "EFS"): Grade.SUMMARY}
    assert len(arms.response) == 6


def test_given_patients_enter_as_they_are_in_months(arms):
    given = pd.read_csv(EVIDENCE / "nova-triple-os.csv")
    arm = next(arm for arm in arms.endpoint("OS") if arm.index)
    assert arm.events == int(given["event"].sum())
    assert np.sort(arm.ipd[0].time) == pytest.approx(np.sort(given["time"]) * 12 / 365.25)


def test_covariates_that_the_question_has_not_are_at_their_reference(arms):
    assert {(arm.tp_share, arm.asia_share) for arm in arms.survival} == {(1.0, 1.0)}
    population = target_population(load(EVIDENCE), "randomised")
    assert (population.tp, population.asia) == (1.0, 1.0)
    assert 0.3 < population.liver < 0.6


def test_a_marker_known_without_error_needs_no_assay(arms):
    published = {arm.pdl1.scale for arm in arms.survival}
    assert published == {"exact"}


def test_a_class_that_the_question_has_not_has_nobody_in_it(own_folder):
    question = own_folder / "question.toml"
    text = question.read_text().replace('pdl1 = "tumour marker positive"\n', "")
    question.write_text("\n".join(line for line in text.splitlines() if not line.startswith("pdl1_high")))
    for path in own_folder.glob("*a*-*.toml"):
        path.write_text(path.read_text().replace('covariate = "pdl1"\nscale = "exact"\n', ""))
    evidence = load(own_folder)
    arms = network(evidence, draws=1, seed=SEED).endpoint("OS")
    membership = np.array([[arm.trial == trial.trial for trial in trial_mixes(arms)] for arm in arms], float)
    with pm.Model():
        proportion = add_arm_mixture(trial_mixes(arms), membership, PdL1Mapping.ASSAY, survival_priors("OS"))
    assert not proportion.eval()[:, [1, 3]].any()
    model = build_survival(arms, options=SurvivalOptions(contrast=question_contrast(evidence))).model
    point = model.initial_point()
    assert np.isfinite(model.compile_logp(mode="FAST_COMPILE")(point))
    assert np.isfinite(model.compile_dlogp(mode="FAST_COMPILE")(point)).all()


def test_a_row_of_a_covariate_that_the_question_has_not_is_refused(own_folder):
    question = own_folder / "question.toml"
    question.write_text(question.read_text().replace('liver = "visceral metastases"\n', ""))
    with pytest.raises(EvidenceError) as refused:
        load(own_folder)
    faults = "\n".join(refused.value.faults)
    assert "aurora-1.toml" in faults
    assert "no covariate liver" in faults
    assert "population index: gives a share of liver" in faults


def test_an_endpoint_that_the_question_has_not_is_refused():
    with pytest.raises(InputError, match="--endpoints 'PFS': expected some of OS, EFS, ORR"):
        chosen_endpoints(load(EVIDENCE), ("efs", "PFS"))


def test_an_endpoint_is_spelt_as_in_the_question():
    assert chosen_endpoints(load(EVIDENCE), ("efs",)) == ("EFS",)


def test_the_class_rung_needs_a_class_benchmark():
    with pytest.raises(InputError, match="no trial of the evidence has the role class_benchmark"):
        chosen_rungs(load(EVIDENCE), ("leap_class", "base"), DEFAULT_SCENARIOS)


def test_without_a_class_benchmark_no_rung_claims_one():
    assert "leap_class" in chosen_rungs(load(), (), DEFAULT_SCENARIOS)
    assert "leap_class" not in chosen_rungs(load(EVIDENCE), (), DEFAULT_SCENARIOS)


@pytest.mark.e2e
def test_check_finds_no_fault():
    words = [CROSSTRIAL, "evidence", "--check", "--json", "--evidence", EVIDENCE]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"faults": [], "trials": 4}


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("second-disease")
    words = [
        "--preset",
        "smoke",
        "--endpoints",
        "EFS,ORR",
        "--scenarios",
        "naive,base",
        "--evidence",
        EVIDENCE,
    ]
    done = subprocess.run(
        [CROSSTRIAL, "run", *words, "--out", "run"], cwd=place, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return place / "run"


@pytest.mark.e2e
def test_the_run_recovers_what_the_data_identify(run_folder, simulate):
    """exp(Delta + c), which the data identify, covers its truth; Delta alone is the prior's business."""
    truth = simulate.TRUTH["EFS"]
    identified = pd.read_csv(run_folder / "tables" / "identified.csv")
    row = identified[
        (identified["endpoint"] == "EFS")
        & (identified["scenario"] == "base")
        & (identified["quantity"] == "exp(Delta + c)")
    ].iloc[0]
    assert row["lower"] < np.exp(truth["nova"] + truth["single_arm"]) < row["upper"]
    assert row["median"] < 0.75


@pytest.mark.e2e
def test_tables_and_manifest_speak_of_the_second_disease(run_folder):
    arms = pd.read_csv(run_folder / "tables" / "arms.csv")
    assert set(arms.loc[arms["ici"], "arm"]) == {"cdk-endo", "triple"}
    manifest = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["endpoints"] == ["EFS", "ORR"]
    assert manifest["covariates"] == {"liver": "visceral metastases", "pdl1": "tumour marker positive"}
    assert manifest["components"]["added"] == ["novatinib, a targeted agent that does not exist"]
    ladder = pd.read_csv(run_folder / "tables" / "ladder.csv")
    assert set(ladder["scenario"]) == {"naive", "base"}


@pytest.mark.e2e
def test_figures_do_not_speak_of_the_shipped_disease(run_folder):
    captions = " ".join(
        path.read_text(encoding="utf-8") for path in (run_folder / "figures").glob("*.txt")
    ) + (run_folder / "figures" / "covariates.svg").read_text(encoding="utf-8")
    for word in ("anlotinib", "LEAP-014", "Liver", "Paclitaxel", "Asia"):
        assert word not in captions
