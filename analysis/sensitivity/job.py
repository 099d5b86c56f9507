"""A sensitivity job: from a finished run to sensitivity.csv, its side tables and its figures."""

import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from analysis.run.fits import FitStore
from analysis.run.pipeline import question_contrast
from analysis.run.request import Preset
from analysis.safety import safety_table
from analysis.sensitivity import cut, figures, harms
from analysis.sensitivity.answers import CLOSED, FITTED, OWN_FITS, SIDE_TABLES
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.baseline_comparison import Comparison, compare_forms, with_verdicts
from analysis.sensitivity.baseline_figure import baseline_figure
from analysis.sensitivity.catalogue import Analysis
from analysis.sensitivity.cohort import simulated_cohort
from analysis.sensitivity.line import Line, table
from analysis.sensitivity.refits import COHORT_2, Fitted
from analysis.sensitivity.variant import FitPlan, Variant, VariantStore, described, fit_group, missing
from analysis.workers import renewed_workers
from digitized.output import replacing
from models.response import response_arms
from trials import network

# Under this contraction a parameter is reported as prior-driven (METHODS section 8, V10).
PRIOR_DRIVEN = 0.25


def run_analyses(
    analyses: Sequence[Analysis], base: BaseCase, preset: Preset | None, out: Path, console: Console
) -> pd.DataFrame:
    """Answer the analyses and write `sensitivity.csv`, side tables and figures into `out`.

    Parameters
    ----------
    preset : Preset or None
        Sampling of further fits; None takes the run's.
    out : Path
        Fits are kept in its folder `fits`, so that the same job resumes where it was interrupted.

    Raises
    ------
    InputError
        If the run folder does not fit.
    OutputError
        If `out` cannot be written.
    """
    base.check()
    tables = {"identifiability": identifiability(base), "safety": safety_table(base.evidence)}
    lines: list[Line] = []
    compared: Comparison | None = None
    wanted = [analysis.id for analysis in analyses if analysis.id in FITTED]
    own_fits = [
        analysis.id
        for analysis in analyses
        if analysis.id in OWN_FITS and OWN_FITS[analysis.id].applies(base)
    ]
    fitted = None
    own_lines: dict[str, list[Line]] = {}
    if wanted or own_fits:
        plan = fit_plan(base, preset or base.preset)
        made_from = [base.manifest[name] for name in ("evidence_sha256", "seed", "imputations", "preset")]
        store = VariantStore(FitStore(out / "fits", json.dumps([made_from, asdict(plan.sampler)])))
        variants = [variant for name in wanted for variant in _variants(base, plan, name)]
        fit_all(variants, plan, store, console)
        fitted = Fitted(plan, {v: store.posterior(v, plan.imputations) for v in dict.fromkeys(variants)})
        tables["sensitivity_diagnostics"] = diagnostics(variants, plan, store)
        tables["safety_effect"] = harms.added_harm(base, plan, store.stores)
        for name in own_fits:
            own_lines[name], found_tables = OWN_FITS[name].answer(base, plan, store.stores)
            tables |= found_tables
    for analysis in analyses:
        if analysis.id in FITTED and fitted is not None:
            for endpoint in base.endpoints:
                lines += FITTED[analysis.id].answer(base, fitted, analysis.id, endpoint)
        if analysis.id in CLOSED:
            lines += CLOSED[analysis.id](base)
        lines += own_lines.get(analysis.id, [])
        if analysis.id == "SA13" and fitted is not None:
            compared = compare_forms(base, fitted)
            lines = with_verdicts(lines, compared)
            tables |= compared.tables()
        if analysis.id == "SA19" and fitted is not None:
            found = [cut.conflict_table(base, fitted, endpoint) for endpoint in base.endpoints]
            tables["prior_data_conflict"] = pd.concat(found, ignore_index=True)
        if analysis.id in SIDE_TABLES:
            name, make = SIDE_TABLES[analysis.id]
            tables[name] = make(base)
    answered = table(lines, base.verdicts())
    for name, content in {**tables, "sensitivity": answered}.items():
        with replacing(out / f"{name}.csv") as temporary:
            content.to_csv(temporary, index=False)
    caption = _caption(base, (preset or base.preset).name if wanted else None)
    draw(answered, tables.get("tipping_surface"), base, out / "figures", caption)
    if "safety_effect" in tables and len(tables["safety_effect"]):
        console.print(harms.harm_sentence(tables["safety_effect"]))
    if compared is not None:
        figure = baseline_figure(compared, caption)
        figures.write(figure, compared.curves, out / "figures", "baseline_comparison")
    return answered


def draw(
    answered: pd.DataFrame, surface: pd.DataFrame | None, base: BaseCase, folder: Path, caption: str
) -> None:
    """The movement figure, and the tipping surface where SA02 was asked for."""
    moved = figures.movement_table(answered)
    if len(moved):
        medians = {e: float(np.exp(np.median(base.draws(e, "Delta")))) for e in base.endpoints}
        figures.write(figures.movement_figure(moved, medians, caption), moved, folder, "sensitivity")
    if surface is not None:
        figures.write(figures.tipping_figure(surface, caption), surface, folder, "tipping_surface")


def _caption(base: BaseCase, further: str | None) -> str:
    """What every figure says of the index trial and the sampling; `further` is the preset of further fits."""
    arms = {endpoint: base.index_arm(endpoint) for endpoint in base.endpoints}
    events = ", ".join(f"{int(arm['events'])} {endpoint} events" for endpoint, arm in arms.items())
    size = int(next(iter(arms.values()))["n"])
    marks = "HYPOTHETICAL what-if run. " if base.manifest["hypothetical"] else ""
    presets = {f"Run: preset {base.manifest['preset']}": base.manifest["preset"]}
    if further is not None:
        presets[f"further fits: {further}"] = further
    few = " (too few draws to quote)"
    sampling = "; ".join(text + (few if name == "smoke" else "") for text, name in presets.items()) + ". "
    return (
        f"{marks}Index trial {base.index_trial}: one arm of {size}, {events}. Base case "
        f"{base.heading('', base.endpoints[0]).c_prior}. {sampling}"
        "Intervals are compatible with benefit or not; none shows it."
    )


def identifiability(base: BaseCase) -> pd.DataFrame:
    """Which parameters the data move in the base case: contraction 1 - posterior sd / prior sd, sorted."""
    table = base.table("priors")
    own = table[(table["scenario"] == "base") & table["endpoint"].isin(base.endpoints)]
    chosen = own[["endpoint", "parameter", "prior", "prior_sd", "posterior_sd", "contraction"]].copy()
    driven = chosen["contraction"] < PRIOR_DRIVEN
    chosen["verdict"] = np.where(driven, "driven by its prior", "moved by the data")
    return chosen.sort_values(["endpoint", "contraction"]).reset_index(drop=True)


def fit_plan(base: BaseCase, preset: Preset) -> FitPlan:
    """The run's network and a fifth of its reconstructions: between-variant contrasts need fewer."""
    made = int(base.manifest["imputations"])
    arms = network(base.evidence, draws=made, seed=base.seed)
    contrast = question_contrast(base.evidence)
    survival = tuple(arm for arm in arms.survival if contrast.covers(arm.components))
    imputations = max(1, min(made, preset.imputations) // 5)
    cohort = tuple(simulated_cohort(base, survival, endpoint, contrast) for endpoint in base.endpoints)
    return FitPlan(
        survival,
        {COHORT_2: cohort},
        imputations,
        preset.sampler,
        base.seed,
        contrast,
        base.preset.grid_step,
        response_arms(arms.response, contrast),
    )


def fit_all(variants: Sequence[Variant], plan: FitPlan, store: VariantStore, console: Console) -> None:
    """Every fit that is not kept yet: one process a model graph, as many at once as there are cores."""
    groups: dict[str, list[Variant]] = {}
    for variant in missing(variants, store, plan.imputations):
        groups.setdefault(variant.graph, []).append(variant)
    if not groups:
        return
    workers = min(len(groups), os.cpu_count() or 1)
    cores = max(1, (os.cpu_count() or 1) // workers)
    shared = replace(plan, sampler=replace(plan.sampler, cores=cores))
    total = sum(len(group) for group in groups.values()) * plan.imputations
    with _watching(store.stores, total, console), renewed_workers():
        Parallel(n_jobs=workers)(delayed(fit_group)(group, shared, store) for group in groups.values())


def diagnostics(variants: Sequence[Variant], plan: FitPlan, store: VariantStore) -> pd.DataFrame:
    """Sampler diagnostics of every fit of the job."""
    rows = []
    for variant in dict.fromkeys(variants):
        for imputation in range(plan.imputations):
            found = store.diagnostics(variant, imputation)
            if found is not None:
                fitted = {
                    "endpoint": variant.endpoint,
                    "imputation": imputation,
                    "variant": described(variant),
                }
                rows.append({**fitted, **asdict(found), "faults": "; ".join(found.faults())})
    return pd.DataFrame(rows)


def _variants(base: BaseCase, plan: FitPlan, analysis: str) -> list[Variant]:
    return [
        variant
        for endpoint in base.endpoints
        for variant in FITTED[analysis].variants(base, plan, endpoint).values()
    ]


@contextmanager
def _watching(store: FitStore, total: int, console: Console) -> Iterator[None]:
    """Fits are kept as files by other processes: their number is the progress."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    before, stop = store.finished(), threading.Event()
    with Progress(*columns, console=console) as progress:
        step = progress.add_task("sensitivity fits (each new model compiles first)", total=total)

        def watch() -> None:
            while not stop.wait(0.5):
                progress.update(step, completed=store.finished() - before)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            stop.set()
            watcher.join()
            progress.update(step, completed=store.finished() - before)
