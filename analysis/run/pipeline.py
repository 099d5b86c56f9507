"""The main job, step by step: evidence, patients, fits, tables, figures, report, folder."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from joblib import Parallel, delayed
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from analysis.class_benchmark import class_benchmark
from analysis.run.evidence_tables import evidence_tables
from analysis.run.fits import FitRecord, FitStore, ScenarioPosterior, fit_response, fit_survival
from analysis.run.folder import RunFolder, fingerprint
from analysis.run.increment import choose_horizon
from analysis.run.manifest import RunFacts, manifest
from analysis.run.populations import target_populations
from analysis.run.request import Preset, RunRequest
from analysis.run.results import EndpointResults
from analysis.run.tables import all_tables
from analysis.scenarios import Scenario
from analysis.workers import renewed_workers
from digitized.errors import InputError
from models.response import build_response, response_arms
from models.survival import ClassBenchmark, SurvivalOptions, build_survival, check_arms
from models.survival_design import Contrast
from trials import load, network, with_what_if
from trials.evidence import Evidence
from trials.network import Network, ResponseArm, SurvivalArm


@dataclass(frozen=True)
class EndpointTask:
    """The fits of one endpoint: what one process does."""

    endpoint: str
    arms: tuple[SurvivalArm, ...] | tuple[ResponseArm, ...]
    scenarios: tuple[Scenario, ...]
    benchmark: ClassBenchmark | None
    preset: Preset
    seed: int
    contrast: Contrast

    def fits(self) -> int:
        """Number of fits that the task keeps, if none has to be repeated."""
        if self.endpoint != "ORR":
            return self.preset.imputations
        return len({s.shift(self.endpoint) for s in self.scenarios if s.applies_to(self.endpoint)})


def run(request: RunRequest, console: Console) -> Path:
    """Do the main job; the folder at `request.out` is replaced only when everything has succeeded.

    Returns
    -------
    Path
        The run folder.

    Raises
    ------
    InputError
        If the evidence or the request is faulty; nothing is written then.
    OutputError
        If the folder cannot be written.
    """
    started = time.monotonic()
    evidence = load_evidence(request)
    contrast = question_contrast(evidence)
    populations = target_populations(evidence, request)
    benchmark = class_benchmark(evidence)
    folder = RunFolder(request.out)
    folder.prepare()
    with _progress(console) as progress:
        try:
            arms = _rebuild(evidence, request, progress)
            tasks = _checked(endpoint_tasks(arms, request, benchmark, contrast))
        except InputError:
            folder.forget()
            raise
        store = FitStore(folder.fits, fingerprint(request, evidence, arms))
        fitted = _fit_all(tasks, store, progress)
        step = progress.add_task("tables and figures", total=None)
        results = [
            _endpoint_results(task, posteriors) for task, (posteriors, _) in zip(tasks, fitted, strict=True)
        ]
        records = [record for _, found in fitted for record in found]
        tables = all_tables(results, records, populations) | evidence_tables(evidence)
        facts = RunFacts(
            request, evidence, populations, tuple(results), benchmark, time.monotonic() - started
        )
        folder.write(results, tables, manifest(facts, tables))
        progress.update(step, total=1, completed=1)
    return folder.publish()


def load_evidence(request: RunRequest) -> Evidence:
    """The evidence of a run with added trials and what-if changes."""
    evidence = load(request.evidence, extra=request.extra)
    for change in request.what_if:
        evidence = with_what_if(evidence, change)
    return evidence


def question_contrast(evidence: Evidence) -> Contrast:
    """The question's target contrast in the models' terms."""
    declared = evidence.question.contrast
    return Contrast(frozenset(declared.backbone), frozenset(declared.partner), frozenset(declared.added))


def endpoint_tasks(
    arms: Network, request: RunRequest, benchmark: ClassBenchmark | None, contrast: Contrast
) -> list[EndpointTask]:
    """One task an endpoint, of the arms that the question's contrast covers."""
    tasks = []
    for endpoint in request.endpoints:
        covered: tuple[SurvivalArm, ...] | tuple[ResponseArm, ...]
        if endpoint == "ORR":
            covered = response_arms(arms.response, contrast)
        else:
            covered = tuple(
                arm for arm in arms.survival if arm.endpoint == endpoint and contrast.covers(arm.components)
            )
        if not any(arm.index for arm in covered):
            raise InputError(f"--endpoints: the evidence has no {endpoint} of the index arm; expected some")
        preset = request.preset
        tasks.append(
            EndpointTask(endpoint, covered, request.scenarios, benchmark, preset, request.seed, contrast)
        )
    return tasks


def _checked(tasks: list[EndpointTask]) -> list[EndpointTask]:
    """The same tasks; arms that cannot be fitted are refused before any endpoint is sampled."""
    faults: list[str] = []
    for task in tasks:
        survival = [arm for arm in task.arms if isinstance(arm, SurvivalArm)]
        try:
            if survival:
                check_arms(survival)
                choose_horizon(survival, task.endpoint, task.contrast)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return tasks


def fit_task(task: EndpointTask, store: FitStore) -> tuple[list[ScenarioPosterior], list[FitRecord]]:
    """All fits of one endpoint, from the store where they exist."""
    if task.endpoint == "ORR":
        response = [arm for arm in task.arms if isinstance(arm, ResponseArm)]
        return fit_response(response, task.scenarios, task.preset, store, task.seed, task.contrast)
    survival = [arm for arm in task.arms if isinstance(arm, SurvivalArm)]
    return fit_survival(
        survival, task.scenarios, task.benchmark, task.preset, store, task.seed, task.contrast
    )


def _rebuild(evidence: Evidence, request: RunRequest, progress: Progress) -> Network:
    step = progress.add_task("pseudo-patients", total=None)
    arms = network(
        evidence,
        draws=request.preset.imputations,
        seed=request.seed,
        progress=lambda label: progress.update(step, advance=1, description=f"pseudo-patients: {label}"),
    )
    done = int(progress.tasks[step].completed)
    progress.update(step, total=done, description="pseudo-patients")
    return arms


def _fit_all(
    tasks: Sequence[EndpointTask], store: FitStore, progress: Progress
) -> list[tuple[list[ScenarioPosterior], list[FitRecord]]]:
    workers = max(1, min(len(tasks), os.cpu_count() or 1))
    cores = max(1, (os.cpu_count() or 1) // workers)
    shared = [
        replace(task, preset=replace(task.preset, sampler=replace(task.preset.sampler, cores=cores)))
        for task in tasks
    ]
    total = sum(task.fits() for task in tasks)
    step = progress.add_task("fits (the first compiles its model)", total=total)
    order = order_of_work([task.endpoint for task in tasks])
    with _watching(store, progress, step), renewed_workers():
        done = Parallel(n_jobs=workers)(delayed(fit_task)(shared[i], store) for i in order)
    by_task = dict(zip(order, done, strict=True))
    return [by_task[i] for i in range(len(tasks))]


def order_of_work(endpoints: Sequence[str]) -> list[int]:
    """Positions of the endpoints in the order in which their fits begin: one survival model, response, the rest.

    Two survival models begun together would both compile what they share; the one that begins later finds it in the
    compiler's cache.
    """
    survival = [i for i, endpoint in enumerate(endpoints) if endpoint != "ORR"]
    response = [i for i, endpoint in enumerate(endpoints) if endpoint == "ORR"]
    return survival[:1] + response + survival[1:]


def _endpoint_results(task: EndpointTask, posteriors: Sequence[ScenarioPosterior]) -> EndpointResults:
    response = [arm for arm in task.arms if isinstance(arm, ResponseArm)]
    survival = [arm for arm in task.arms if isinstance(arm, SurvivalArm)]
    if response:
        return EndpointResults(
            task.endpoint, build_response(response, contrast=task.contrast), tuple(posteriors), None
        )
    horizon = choose_horizon(survival, task.endpoint, task.contrast)
    options = SurvivalOptions(contrast=task.contrast)
    return EndpointResults(
        task.endpoint, build_survival(survival, options=options), tuple(posteriors), horizon
    )


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        yield progress


@contextmanager
def _watching(store: FitStore, progress: Progress, step: TaskID) -> Iterator[None]:
    """Fits run in other processes and are kept as files: their number is the progress."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.5):
            progress.update(step, completed=store.finished())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
        progress.update(step, completed=store.finished())
