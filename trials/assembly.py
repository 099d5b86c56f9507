"""From evidence to the network that the models see."""

from collections.abc import Callable, Mapping, Sequence

from digitized.curve import Grade
from digitized.summary import Shape, pooled_shape
from trials.covariates import covariate_mix
from trials.evidence import Evidence, Trial
from trials.facts import Response
from trials.network import Network, Published, ResponseArm, SurvivalArm
from trials.patients import ArmPatients, has_single_anchor, pseudo_patients
from trials.question import Choice
from trials.selection import chosen_effects, chosen_responses, response_choice, survival_choices

# Arms with fewer events say little about shape.
LEAST_EVENTS = 30
CATEGORIES = ("CR", "PR", "SD", "PD", "NE")


def network(
    evidence: Evidence,
    *,
    draws: int,
    seed: int,
    trials: Sequence[str] | None = None,
    progress: Callable[[str], None] = lambda label: None,
) -> Network:
    """The arms of the base case (or of the named trials) with components, mixes and pseudo-patients.

    Parameters
    ----------
    evidence : Evidence
    draws : int
        Reconstructions an arm, at least 1; draw 0 is the best single one.
    seed : int
        Each arm's draws depend on the seed and the arm's own names, so another trial changes nothing; only
        arms with a single anchor borrow the pooled shape of the others of their endpoint.
    trials : sequence of str or None
        Trial ids; None takes every trial of role "base" (one that waits for a curve joins when it has one).
    progress : callable
        Called with "trial endpoint" after each reconstruction.

    Raises
    ------
    KeyError
        If a trial is not in the evidence.
    """
    wanted = base_trials(evidence) if trials is None else [evidence[name] for name in trials]
    survival: list[SurvivalArm] = []
    response: list[ResponseArm] = []
    rebuilt = _rebuilt(evidence, wanted, draws, seed, progress)
    for trial in wanted:
        for choice in survival_choices(evidence, trial.id):
            patients = rebuilt[trial.id, choice.endpoint]
            waits = waits_for_a_curve(evidence, trial, [item.grade for item in patients])
            if trials is not None or not waits:
                survival += [survival_arm(evidence, trial, choice, item) for item in patients]
        chosen = response_choice(evidence, trial.id)
        if chosen is not None:
            arms = (response_arm(evidence, trial, chosen, arm) for arm in chosen.arms)
            response += [arm for arm in arms if arm is not None]
    return Network(tuple(survival), tuple(response))


def waits_for_a_curve(evidence: Evidence, trial: Trial, grades: Sequence[Grade]) -> bool:
    """Whether a trial stays out of the models until all curves of a pair, of these grades, have been read."""
    return evidence.question.role_of(trial.id).needs_curve and Grade.SUMMARY in grades


def _rebuilt(
    evidence: Evidence, wanted: Sequence[Trial], draws: int, seed: int, progress: Callable[[str], None]
) -> dict[tuple[str, str], tuple[ArmPatients, ...]]:
    """Patients by trial and endpoint; arms with a single anchor last, shaped like the others."""
    jobs = [(trial, choice) for trial in wanted for choice in survival_choices(evidence, trial.id)]
    jobs.sort(key=lambda job: has_single_anchor(*job))
    done: dict[tuple[str, str], tuple[ArmPatients, ...]] = {}
    for trial, choice in jobs:
        shape = _shape(evidence, trial, choice, done) if has_single_anchor(trial, choice) else None
        done[trial.id, choice.endpoint] = pseudo_patients(trial, choice, draws=draws, seed=seed, shape=shape)
        progress(f"{trial.id} {choice.endpoint}")
    return done


def _shape(
    evidence: Evidence,
    trial: Trial,
    choice: Choice,
    done: Mapping[tuple[str, str], tuple[ArmPatients, ...]],
) -> Shape | None:
    """Pooled shape of the endpoint's arms of the same components, of all its arms where there are none.

    The index arm lends its shape to nobody: it is the arm that is asked about.
    """
    own = {frozenset(trial.arm_named(arm).components) for arm in choice.arms}
    lenders = [
        (frozenset(evidence[name].arm_named(item.arm).components), item)
        for (name, endpoint), arms in done.items()
        if endpoint == choice.endpoint and not has_single_anchor(*_chosen(evidence, name, endpoint))
        for item in arms
        if not is_index(evidence, evidence[name], item.arm)
    ]
    alike = [item for components, item in lenders if components in own] or [item for _, item in lenders]
    usable = [item.ipd for item in alike if any(ipd.events >= LEAST_EVENTS for ipd in item.ipd)]
    return pooled_shape(usable) if len(usable) > 1 else None


def _chosen(evidence: Evidence, trial: str, endpoint: str) -> tuple[Trial, Choice]:
    choice = next(item for item in evidence.choices(trial) if item.endpoint == endpoint)
    return evidence[trial], choice


def base_trials(evidence: Evidence) -> list[Trial]:
    """Trials of role "base", in the order of the evidence."""
    return [trial for trial in evidence.trials if evidence.question.role_of(trial.id).role == "base"]


def survival_arm(evidence: Evidence, trial: Trial, choice: Choice, item: ArmPatients) -> SurvivalArm:
    """One arm of the network from its chosen analysis and rebuilt patients."""
    arm = trial.arm_named(item.arm)
    mix = covariate_mix(trial, item.arm, choice.population)
    events = next((row.value for row in item.curve.numbers if row.quantity == "events"), None)
    analysis = next(entry for entry in trial.analysis if entry.id == choice.analysis)
    return SurvivalArm(
        trial=trial.id,
        arm=item.arm,
        endpoint=choice.endpoint,
        label=arm.label,
        components=frozenset(arm.components),
        randomised=trial.info.randomised,
        index=is_index(evidence, trial, item.arm),
        tp_share=mix.tp,
        asia_share=mix.asia,
        liver=mix.liver,
        pdl1=mix.pdl1,
        n=item.ipd[0].n,
        events=item.ipd[0].events if events is None else int(events),
        population=choice.population,
        cutoff=analysis.data_cutoff or analysis.label,
        assessor=choice.assessor or ("" if choice.endpoint == "OS" else "not stated"),
        source=item.source,
        grade=item.grade,
        published=published_numbers(trial, choice, item),
        ipd=item.ipd,
    )


def published_numbers(trial: Trial, choice: Choice, item: ArmPatients) -> tuple[Published, ...]:
    """Numbers that the rebuilt patients are checked against."""
    numbers = [
        Published(row.quantity, row.value, row.source, row.time, row.lower, row.upper, row.level)
        for row in item.curve.numbers
        if row.quantity in ("median", "rate", "events") and row.value is not None
    ]
    risk = item.curve.at_risk
    if risk is not None:
        numbers += [
            Published("at_risk", float(n), risk.source, time)
            for time, n in zip(risk.time, risk.n, strict=True)
        ]
    numbers += [
        Published(
            "hazard_ratio", row.value, row.source, None, row.lower, row.upper, row.level, versus=row.versus
        )
        for row in chosen_effects(trial, choice)
        if row.arm == item.arm
    ]
    return tuple(numbers)


def response_arm(evidence: Evidence, trial: Trial, choice: Choice, name: str) -> ResponseArm | None:
    """One arm's response, or None where no response rate with a denominator is published."""
    rows = chosen_responses(trial, name, choice)
    rate = rows.get("ORR")
    size = None if rate is None else rate.n or trial.size_of(name, choice.population)
    responders = None if rate is None else patients_with(rate, size)
    if rate is None or size is None or responders is None:
        return None
    arm = trial.arm_named(name)
    mix = covariate_mix(trial, name, choice.population)
    counts = {key: patients_with(rows[key], size) for key in CATEGORIES if key in rows}
    complete = len(counts) == len(CATEGORIES) and None not in counts.values()
    return ResponseArm(
        trial=trial.id,
        arm=name,
        label=arm.label,
        components=frozenset(arm.components),
        randomised=trial.info.randomised,
        index=is_index(evidence, trial, name),
        tp_share=mix.tp,
        asia_share=mix.asia,
        liver=mix.liver,
        pdl1=mix.pdl1,
        n=size,
        responders=responders,
        categories={key: value for key, value in counts.items() if value is not None} if complete else None,
        confirmed=rate.confirmed,
        assessor=rate.assessor or "not stated",
        source=rate.source,
    )


def patients_with(row: Response, size: int | None) -> int | None:
    """The count of a response row, from its percentage of `size` patients where the count is not printed."""
    if row.count is not None:
        return row.count
    if row.percent is None or size is None:
        return None
    return round(row.percent / 100 * size)


def is_index(evidence: Evidence, trial: Trial, arm: str) -> bool:
    """Whether this is the arm whose increment is asked for."""
    info = evidence.question.info
    return (trial.id, arm) == (info.index_trial, info.index_arm)
