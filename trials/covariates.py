"""What is known of an arm's patients: liver metastases, PD-L1, backbone and region."""

from collections.abc import Sequence
from dataclasses import dataclass

from trials.evidence import Evidence, Trial
from trials.facts import Baseline
from trials.network import PdL1Share, Share
from trials.question import PopulationInfo

# A class that the question has not: nobody is in it.
NOBODY = PdL1Share(Share(0.0), "exact", 0, "not in the question")
# Used where neither a row nor the regimen says more; shown in the inventory as an assumption.
UNKNOWN_SHARE = 0.5


@dataclass(frozen=True)
class CovariateMix:
    """Shares of an arm's (or target population's) patients, 0-1; None where unpublished.

    `tp` is the share on a paclitaxel-platinum backbone, `asia` the share enrolled in Asia; `assumed` names
    the covariates whose share nobody published.
    """

    liver: Share | None
    pdl1: PdL1Share | None
    tp: float
    asia: float
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class TargetPopulation:
    """A named covariate mix that results are reported for; all shares 0-1."""

    id: str
    label: str
    liver: float
    pdl1_high: float
    tp: float
    asia: float
    note: str


def covariate_row(trial: Trial, arm: str, covariate: str, population: str) -> Baseline | None:
    """The row of a covariate: the arm's before the whole trial's, the population's before "all"."""
    rows = [
        row
        for row in trial.baseline
        if row.covariate == covariate and row.arm in (arm, "all") and row.population in (population, "all")
    ]
    rows.sort(key=lambda row: (row.arm != arm, row.population != population))
    return rows[0] if rows else None


def share(row: Baseline) -> Share:
    """The proportion of a baseline row, with its counts where printed."""
    if row.count is not None and row.n:
        return Share(row.count / row.n, row.count, row.n)
    return Share((row.percent or 0.0) / 100, None, row.n)


def covariate_mix(trial: Trial, arm: str, population: str) -> CovariateMix:
    """Everything that is known of the mix of one arm in one population.

    A covariate that the question has not is at its reference: nobody in the class, every patient in the share.
    """
    liver = covariate_row(trial, arm, "liver", population)
    pdl1 = covariate_row(trial, arm, "pdl1", population)
    assumed = [
        name
        for name in trial.covariates
        if (row := covariate_row(trial, arm, name, population)) is None or row.basis == "assumed"
    ]
    return CovariateMix(
        liver=_class_share(liver) if "liver" in trial.covariates else NOBODY.high,
        pdl1=_marker_share(pdl1) if "pdl1" in trial.covariates else NOBODY,
        tp=_share_or(covariate_row(trial, arm, "tp", population), _backbone_share(trial, arm))
        if "tp" in trial.covariates
        else 1.0,
        asia=_share_or(covariate_row(trial, arm, "asia", population), _region_share(trial))
        if "asia" in trial.covariates
        else 1.0,
        assumed=tuple(assumed),
    )


def target_population(evidence: Evidence, name: str) -> TargetPopulation:
    """A target population of the question with its pooled shares.

    Raises
    ------
    KeyError
        Naming the populations that exist.
    """
    for info in evidence.question.population:
        if info.id == name:
            return _target(evidence, info)
    known = [info.id for info in evidence.question.population]
    raise KeyError(f"no population {name!r}; the question has {known}")


def _target(evidence: Evidence, info: PopulationInfo) -> TargetPopulation:
    mixes: list[tuple[int, CovariateMix]] = []
    for trial in evidence.trials:
        if trial.id not in info.pool:
            continue
        choice = next(iter(evidence.choices(trial.id)), None)
        if choice is None:
            continue
        for arm in choice.arms:
            size = trial.size_of(arm, choice.population) or 0
            mixes.append((size, covariate_mix(trial, arm, choice.population)))

    used = evidence.covariates
    at_reference = {"liver": 0.0, "pdl1": 0.0, "tp": 1.0, "asia": 1.0}

    def pooled(values: Sequence[tuple[int, float]]) -> float:
        total = sum(weight for weight, _ in values)
        return sum(weight * value for weight, value in values) / total if total else UNKNOWN_SHARE

    comparable = [
        (n, mix.pdl1.high.proportion)
        for n, mix in mixes
        if mix.pdl1 is not None
        and (mix.pdl1.scale == "exact" or (mix.pdl1.scale, mix.pdl1.cut) == ("CPS", 10))
    ]
    liver = [(n, mix.liver.proportion) for n, mix in mixes if mix.liver is not None]
    published = {
        "liver": liver,
        "pdl1": comparable,
        "tp": [(n, mix.tp) for n, mix in mixes],
        "asia": [(n, mix.asia) for n, mix in mixes],
    }
    shares: dict[str, float] = {}
    for name, values in published.items():
        own = info.share(name)
        shares[name] = at_reference[name] if name not in used else pooled(values) if own is None else own
    return TargetPopulation(
        id=info.id,
        label=info.label,
        liver=shares["liver"],
        pdl1_high=shares["pdl1"],
        tp=shares["tp"],
        asia=shares["asia"],
        note=info.note,
    )


def _class_share(row: Baseline | None) -> Share | None:
    return None if row is None else share(row)


def _marker_share(row: Baseline | None) -> PdL1Share | None:
    if row is None or row.scale is None or (row.cut is None and row.scale != "exact"):
        return None
    return PdL1Share(share(row), row.scale, row.cut or 0, row.assay or "not stated")


def _share_or(row: Baseline | None, default: float) -> float:
    return default if row is None else share(row).proportion


def _backbone_share(trial: Trial, arm: str) -> float:
    """Share on paclitaxel-platinum when only the regimen's name is known."""
    text = trial.arm_named(arm).backbone.lower()
    taxane = "taxel" in text or "taxane" in text
    fluoropyrimidine = any(
        name in text for name in ("fluorouracil", "5-fu", "fluoropyrimidine", "capecitabine")
    )
    if taxane == fluoropyrimidine:
        return UNKNOWN_SHARE if taxane else 0.0
    return float(taxane)


def _region_share(trial: Trial) -> float:
    text = trial.info.region.lower()
    if "global" in text or "multinational" in text:
        return UNKNOWN_SHARE
    return float(any(name in text for name in ("china", "japan", "korea", "asia", "taiwan")))
