"""What an interrupted, killed or failed run leaves behind, and that the same command goes on from there."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.run import fits
from analysis.run.folder import RunFolder
from analysis.run.request import PRESETS
from analysis.scenarios import choose_scenarios
from digitized.errors import OutputError
from models.fitting import Diagnostics, Fit, Sampler
from models.survival_design import Contrast
from trials.network import ResponseArm

CROSSTRIAL = Path(sys.executable).with_name("crosstrial")
CONTRAST = Contrast(frozenset({"chemo"}), frozenset({"pd1", "pdl1"}), frozenset({"anlotinib"}))


def _arm(trial, name, components, n, responders):
    return ResponseArm(
        trial=trial,
        arm=name,
        label=name,
        components=frozenset(components),
        randomised=trial == "rct",
        index=trial == "index",
        tp_share=1.0,
        asia_share=1.0,
        liver=None,
        pdl1=None,
        n=n,
        responders=responders,
        categories=None,
        confirmed=None,
        assessor="",
        source="",
    )


ARMS = (
    _arm("rct", "chemo", ["chemo"], 300, 150),
    _arm("rct", "ici", ["chemo", "pd1"], 300, 195),
    _arm("index", "triple", ["chemo", "pdl1", "anlotinib"], 50, 36),
)


@pytest.fixture
def store(tmp_path):
    return fits.FitStore(tmp_path / "fits", "fingerprint")


def test_a_finished_fit_is_never_fitted_again(store, monkeypatch):
    scenarios = choose_scenarios(("naive", "base"), None)
    preset = replace(PRESETS["smoke"], sampler=Sampler(draws=50, tune=100, chains=2))

    def once():
        return fits.fit_response(ARMS, scenarios, preset, store, 1, CONTRAST)[0]

    first = once()
    assert store.finished() == 2
    monkeypatch.setattr(fits, "clean_fit", lambda *_, **__: pytest.fail("fitted twice"))
    for before, after in zip(first, once(), strict=True):
        assert before.posterior["Delta"].equals(after.posterior["Delta"])


KILLED_RUN = """
import os, sys, time
from pathlib import Path
from joblib import Parallel, delayed
from analysis.run.fits import FitStore

def sample_for_hours(store, folder, worker):
    store.end_with_owner()
    (folder / f"worker-{worker}").write_text(str(os.getpid()))
    time.sleep(600)

folder = Path(sys.argv[1])
store = FitStore(folder / "fits", "fingerprint")
Parallel(n_jobs=2)(delayed(sample_for_hours)(store, folder, worker) for worker in range(2))
"""


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A dead process stays in the table until its new parent collects it.
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def _wait_until(true, seconds):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_workers_end_with_a_run_that_is_killed_outright(tmp_path):
    said = [tmp_path / f"worker-{worker}" for worker in range(2)]
    with subprocess.Popen([sys.executable, "-c", KILLED_RUN, str(tmp_path)]) as run:
        try:
            _wait_until(lambda: all(path.exists() and path.read_text(encoding="utf-8") for path in said), 240)
            workers = [int(path.read_text(encoding="utf-8")) for path in said]
            assert all(_alive(worker) for worker in workers)
        finally:
            run.kill()
    _wait_until(lambda: not any(_alive(worker) for worker in workers), 60)


class _Sampled:
    """A compiled model whose fits have the verdicts given, one after the other."""

    def __init__(self, *verdicts):
        self.verdicts = list(verdicts)
        self.asked = []

    def fit(self, sampler, data):
        self.asked.append(sampler)
        fit = Fit(None, self.verdicts.pop(0))
        object.__setattr__(fit, "thinned", lambda step: (fit, step))
        return fit


GOOD = Diagnostics(1.001, "gamma", 900.0, 900.0, 0, 0.9)
SAMPLER = Sampler(draws=100, tune=50, target_accept=0.95)


def test_a_fit_that_meets_its_verdict_is_sampled_once():
    compiled = _Sampled(GOOD)
    fits.clean_fit(compiled, SAMPLER, {}, insists=True)
    assert compiled.asked == [SAMPLER]


def test_a_fit_that_diverges_is_sampled_again_with_smaller_steps():
    compiled = _Sampled(replace(GOOD, divergences=3), GOOD)
    fits.clean_fit(compiled, SAMPLER, {})
    assert [s.target_accept for s in compiled.asked] == [0.95, 0.99]


def test_a_fit_that_has_not_converged_is_sampled_longer_where_the_preset_insists():
    poor = replace(GOOD, worst_rhat=1.02)
    _, step = fits.clean_fit(compiled := _Sampled(poor, GOOD), SAMPLER, {}, insists=True)
    assert compiled.asked[1].draws == step * SAMPLER.draws
    fits.clean_fit(compiled := _Sampled(poor), SAMPLER, {})
    assert len(compiled.asked) == 1


def test_a_folder_that_is_no_run_is_refused_and_kept(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(OutputError, match="not a run's"):
        RunFolder(tmp_path / "mine").prepare()
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


@pytest.mark.e2e
def test_an_interrupted_run_keeps_its_fits_and_the_results_before_it(tmp_path):
    before = tmp_path / "run"
    before.mkdir()
    (before / "manifest.json").write_text("{}", encoding="utf-8")
    words = ["run", "--preset", "smoke", "--endpoints", "ORR", "--out", "run"]
    process = subprocess.Popen([CROSSTRIAL, *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    kept = tmp_path / "run.unfinished" / "fits"

    def kept_one():
        assert process.poll() is None, process.stderr.read()
        return list(kept.glob("[!.]*.nc"))

    _wait_until(kept_one, 240)
    # SIGTERM takes the way of Ctrl-C, so this holds both.
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130, said
    assert "the same command resumes it" in said
    assert "Traceback" not in said
    assert list(kept.glob("[!.]*.nc"))
    assert [path.name for path in before.iterdir()] == ["manifest.json"]
    assert (before / "manifest.json").read_text(encoding="utf-8") == "{}"


def test_a_finished_run_leaves_nothing_of_its_staging_folder_behind(tmp_path):
    """Whatever a run writes has a place in the published folder: a part that is forgotten is lost in silence."""
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    parts = ["manifest.json", "report.html", "report.docx", "methods.txt", "references.bib"]
    for name in parts:
        (folder.staging / name).write_text(name, encoding="utf-8")
    assert sorted(path.name for path in folder.publish().iterdir()) == sorted(parts)
    assert not folder.staging.exists()
