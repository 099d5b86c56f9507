"""V3: the class benchmark's triple arm without its randomised control, against its randomised answer."""

import numpy as np
import pandas as pd

from analysis.validation import drawing
from analysis.validation.arm_as_triple import COLUMNS, Case, rows_as_triple
from analysis.validation.fits import built, randomised_fit
from analysis.validation.study import Study
from analysis.validation.unseen_arms import arm_outside, fitted_draws
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from digitized.curve import Grade
from digitized.errors import InputError
from digitized.summary import ArmSummary, Estimate, FigureSummary, HazardRatio, Rate, rebuild
from models.priors import BASE, NAIVE
from trials.covariates import covariate_mix
from trials.evidence import Trial
from trials.network import SurvivalArm

ENDPOINT, POPULATION = "OS", "all"
# The readings whose interval must hold the randomised ratio.
LIMITED = (NAIVE, BASE)
# Other randomised tests of the component outside this disease: shown, never pooled.
SHOWN = ("eter701", "alter1102")


def benchmark_arm(study: Study) -> tuple[SurvivalArm, float]:
    """The benchmark's experimental arm, rebuilt with its control, and the randomised hazard ratio.

    Arm sizes are not published: half of those randomised are taken, and the sentence says so.

    Raises
    ------
    InputError
        If the evidence has no class benchmark with a hazard ratio.
    """
    for trial in study.evidence.trials:
        if study.evidence.question.role_of(trial.id).role != "class_benchmark":
            continue
        effect = next(
            (
                e
                for e in trial.effect
                if (e.endpoint, e.measure, e.population) == (ENDPOINT, "HR", POPULATION)
            ),
            None,
        )
        if effect is not None:
            return _rebuilt(trial, effect.arm, effect.versus, effect.value, study.seed), effect.value
    raise InputError(
        "V3: no trial of role class_benchmark with an overall-survival hazard ratio; expected one"
    )


def check(study: Study) -> CheckResult:
    """V3: does the unanchored interval hold the randomised hazard ratio?"""
    arm, randomised = benchmark_arm(study)
    fit = randomised_fit(study, ENDPOINT)
    (posterior,) = study.results("randomised trials", [fit])
    fitted = fitted_draws(built(study.arms(ENDPOINT)), posterior)
    added = arm_outside(fitted, arm, np.random.default_rng([study.seed, 4]))
    rows = rows_as_triple(study, [Case(fitted, added, arm, truth=randomised)])
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    value, limit = {"randomised HR": randomised}, {}
    interval = table.set_index("scenario")[["lower", "upper"]].reindex([shift.name for shift in LIMITED])
    for name, lower, upper in interval.itertuples():
        # The interval holds the randomised ratio when it is at least the lower and at most the upper limit.
        value[f"{name}: randomised HR over lower limit"] = randomised / lower
        value[f"{name}: randomised HR over upper limit"] = randomised / upper
        limit[f"{name}: randomised HR over lower limit"] = Bounds(at_least=1.0)
        limit[f"{name}: randomised HR over upper limit"] = Bounds(at_most=1.0)
    value["worst Pareto k of the integration"] = float(table["pareto_k"].max())
    listed = "; ".join(
        f"{r['scenario']} ({r['c_prior']}) {r['median']:.2f} ({r['lower']:.2f}-{r['upper']:.2f}; {r['by']})"
        for r in table.to_dict("records")
    )
    sentence = (
        f"{arm.trial}'s triple arm without its control: {listed}; randomised {randomised:.2f} "
        f"(a randomised arm carries no single-arm shift: the naive line is the fair one). Arm of {arm.n} "
        f"assumed, half of those randomised; rebuilt from median, landmarks and hazard ratio; liver and "
        "PD-L1 shares by default."
    )
    others = {"elsewhere": _shown(study)}
    return CheckResult(Verdict("V3", value, limit, sentence), table, drawing.intervals, others)


def _rebuilt(trial: Trial, arm: str, versus: str, hazard_ratio: float, seed: int) -> SurvivalArm:
    randomised = next(row.count for row in trial.baseline if row.variable == "n_randomised" and row.count)
    size = randomised // 2
    summaries = tuple(_summary(trial, name, size) for name in (arm, versus))
    figure = FigureSummary(
        f"{trial.id} {ENDPOINT}", summaries, (HazardRatio(arm, versus, Estimate(hazard_ratio)),)
    )
    patients = rebuild(figure, seed=seed).patients[arm]
    mix = covariate_mix(trial, arm, POPULATION)
    return SurvivalArm(
        trial=trial.id,
        arm=arm,
        endpoint=ENDPOINT,
        label=trial.arm_named(arm).label,
        components=frozenset(trial.arm_named(arm).components),
        randomised=False,
        index=False,
        tp_share=mix.tp,
        asia_share=mix.asia,
        liver=mix.liver,
        pdl1=mix.pdl1,
        n=size,
        events=patients[0].events,
        population=POPULATION,
        cutoff="",
        assessor="",
        source="rebuilt without its control",
        grade=Grade.SUMMARY,
        published=(),
        ipd=patients,
    )


def _summary(trial: Trial, arm: str, size: int) -> ArmSummary:
    rows = [r for r in trial.survival if (r.arm, r.endpoint, r.population) == (arm, ENDPOINT, POPULATION)]
    medians = [Estimate(row.value) for row in rows if row.quantity == "median" and row.value is not None]
    rates = tuple(
        Rate(row.time, Estimate(row.value))
        for row in rows
        if row.quantity == "rate" and row.time is not None and row.value is not None
    )
    return ArmSummary(arm, size, median=medians[0] if medians else None, rates=rates)


def _shown(study: Study) -> pd.DataFrame:
    """Randomised hazard ratios of the component in other settings, as published."""
    known = {trial.id: trial for trial in study.evidence.trials}
    return pd.DataFrame(
        [
            {
                "trial": name,
                "setting": known[name].info.setting,
                "endpoint": row.endpoint,
                "hazard_ratio": row.value,
                "lower": row.lower,
                "upper": row.upper,
            }
            for name in SHOWN
            if name in known
            for row in known[name].effect
            if row.measure == "HR" and row.population == "all"
        ],
        columns=["trial", "setting", "endpoint", "hazard_ratio", "lower", "upper"],
    )
