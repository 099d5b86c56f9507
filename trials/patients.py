"""Pseudo-patients of the chosen analyses: patient data, else a read curve, else the published summary."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from digitized.choices import DAYS_PER_MONTH
from digitized.curve import Agreement, Grade, PseudoIPD
from digitized.summary import ArmSummary, AtRisk, Estimate, FigureSummary, HazardRatio, Rate, Shape, rebuild
from trials.curves import curve_file, curve_of, of_choice
from trials.evidence import Trial
from trials.facts import Survival, month_date
from trials.given_patients import patients_of
from trials.question import Choice
from trials.selection import ChosenCurve, chosen_curve, chosen_effects


@dataclass(frozen=True)
class ArmPatients:
    """Rebuilt patients of one arm with their grade, agreement with the published numbers, and notes."""

    arm: str
    curve: ChosenCurve
    grade: Grade
    source: str
    ipd: tuple[PseudoIPD, ...]
    agreement: tuple[Agreement, ...] = ()
    notes: tuple[str, ...] = ()


def pseudo_patients(
    trial: Trial, choice: Choice, *, draws: int, seed: int, shape: Shape | None = None
) -> tuple[ArmPatients, ...]:
    """Patients of every arm of one chosen analysis, at the best grade that the evidence allows.

    Arms without any curve are rebuilt together from the published summary, so that the printed hazard ratio
    between them is met; `shape` is the pooled shape for arms whose only anchor says nothing about shape.
    """
    done: dict[str, ArmPatients] = {}
    curves = {arm: chosen_curve(trial, arm, choice) for arm in choice.arms}
    for arm, curve in curves.items():
        given = patients_of(trial, arm, choice)
        if given is not None:
            done[arm] = ArmPatients(arm, curve, Grade.PATIENTS, given.source, each_draw(given.ipd, draws))
            continue
        read = curve_of(trial, curve, choice)
        if read is not None:
            from digitized.reconstruction import Constraints, reconstruct

            median = next((row.value for row in curve.numbers if row.quantity == "median"), None)
            landmarks = tuple(
                (row.time, row.value)
                for row in curve.numbers
                if row.quantity == "rate" and row.time is not None and row.value is not None
            )
            rebuilt = reconstruct(
                read, draws=draws, seed=seed,
                constraints=Constraints(median=median, landmarks=landmarks),
                figure=f"{trial.id} {choice.endpoint}",
                arm=arm,
            )  # fmt: skip
            done[arm] = ArmPatients(
                arm,
                curve,
                read.grade,
                read.provenance.source,
                each_draw(rebuilt.ipd, draws),
                rebuilt.agreement,
                rebuilt.notes,
            )
    missing = [curves[arm] for arm in choice.arms if arm not in done]
    if missing:
        summary = figure_summary(trial, choice, missing)
        rebuilt_summary = rebuild(
            summary, draws=draws, seed=arm_seed(seed, trial.id, choice.endpoint, "summary"), shape=shape
        )
        for curve in missing:
            done[curve.arm] = ArmPatients(
                arm=curve.arm,
                curve=curve,
                grade=Grade.SUMMARY,
                source=next((row.source for row in curve.numbers), ""),
                ipd=rebuilt_summary.patients[curve.arm],
                agreement=tuple(row for row in rebuilt_summary.agreement if row.arm == curve.arm),
                notes=rebuilt_summary.notes,
            )
    return tuple(done[arm] for arm in choice.arms)


def each_draw(ipd: tuple[PseudoIPD, ...], draws: int) -> tuple[PseudoIPD, ...]:
    """As many reconstructions as asked for; where fewer differ, they come again in turn."""
    return tuple(replace(ipd[draw % len(ipd)], draw=draw) for draw in range(draws))


def has_single_anchor(trial: Trial, choice: Choice) -> bool:
    """Whether an arm has no curve, no numbers at risk, and fewer than two points of its survival function."""
    for arm in choice.arms:
        if of_choice(trial.patients, arm, choice) or curve_file(trial, arm, choice):
            continue
        curve = chosen_curve(trial, arm, choice)
        anchors = [row for row in curve.numbers if row.quantity in ("median", "rate")]
        if curve.at_risk is None and len(anchors) < 2:
            return True
    return False


def arm_seed(seed: int, *names: str) -> int:
    """A seed of its own for each named thing, so that adding a trial does not change the others."""
    digest = hashlib.sha256("/".join((str(seed), *names)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def figure_summary(trial: Trial, choice: Choice, curves: Sequence[ChosenCurve]) -> FigureSummary:
    """The published numbers of one analysis in the form that the summary reconstruction takes."""
    effects = chosen_effects(trial, choice)
    names = {curve.arm for curve in curves}
    ratios = tuple(
        HazardRatio(
            effect.arm,
            effect.versus,
            Estimate(effect.value, effect.lower, effect.upper, effect.level or 0.95),
        )
        for effect in effects
        if {effect.arm, effect.versus} <= names
    )
    arms = tuple(arm_summary(trial, choice, curve) for curve in curves)
    return FigureSummary(f"{trial.id} {choice.endpoint}", arms, ratios)


def arm_summary(trial: Trial, choice: Choice, curve: ChosenCurve) -> ArmSummary:
    """One arm's published numbers; accrual and the longest follow-up come from the trial's dates."""
    median = next((row for row in curve.numbers if row.quantity == "median"), None)
    events = next((row.value for row in curve.numbers if row.quantity == "events"), None)
    follow_up: dict[str, float | None] = {row.quantity: row.value for row in curve.follow_up}
    accrual, longest = observation_window(trial, choice, follow_up)
    return ArmSummary(
        arm=curve.arm,
        n=curve.n or 0,
        events=None if events is None else int(events),
        median=None if median is None else estimate(median),
        rates=tuple(
            Rate(row.time, estimate(row))
            for row in sorted(curve.numbers, key=lambda row: row.time or 0.0)
            if row.quantity == "rate" and row.time is not None
        ),
        at_risk=tuple(AtRisk(time, n) for time, n in zip(curve.at_risk.time, curve.at_risk.n, strict=True))
        if curve.at_risk
        else (),
        follow_up_median=follow_up.get("follow_up_median"),
        max_follow_up=longest,
        accrual_months=accrual,
    )


def estimate(row: Survival) -> Estimate:
    """A printed number with its interval; a median that was not reached is infinite."""
    value = math.inf if row.not_reached or row.value is None else row.value
    return Estimate(value, row.lower, row.upper, row.level or 0.95)


def observation_window(
    trial: Trial, choice: Choice, follow_up: dict[str, float | None]
) -> tuple[float | None, float | None]:
    """Length of recruitment and longest possible follow-up, in months, where the evidence gives them."""
    start, end = _date(trial.info.enrolment_start), _date(trial.info.enrolment_end)
    analysis = next((item for item in trial.analysis if item.id == choice.analysis), None)
    cutoff = _date(analysis.data_cutoff) if analysis else None
    accrual = months_between(start, end) if start and end else None
    longest = follow_up.get("max_follow_up")
    if longest is None and start and cutoff:
        longest = months_between(start, cutoff)
    if longest is None and accrual is not None and (least := follow_up.get("follow_up_minimum")) is not None:
        longest = accrual + least
    if accrual is not None and longest is not None:
        accrual = min(accrual, longest)
    return accrual, longest


def months_between(start: date, end: date) -> float:
    """Months from start to end."""
    return (end - start).days / DAYS_PER_MONTH


def _date(text: str | None) -> date | None:
    return None if text is None else month_date(text)
