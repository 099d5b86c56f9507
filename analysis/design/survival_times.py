"""How the treatment changes a control curve, and when the patients of a simulated trial have the event."""

from dataclasses import dataclass

import numpy as np

from analysis.design.checks import refuse
from analysis.design.controls import Control
from analysis.design.priors import DesignPrior
from digitized.curve import Floats
from digitized.errors import InputError


@dataclass(frozen=True)
class Effect:
    """Treatment effect: hazard ratio `early` until `change` months, `late` after, and a share cured.

    `late = None` takes the trial's own drawn hazard ratio. Cured patients never have the event; the hazards
    are those of the others.
    """

    early: float | None = None
    late: float | None = None
    change: float = 0.0
    cured: float = 0.0
    cured_control: float = 0.0

    def __post_init__(self) -> None:
        # Early and late are often one number: said once.
        faults = [
            f"hazard ratio {value:g}: expected above 0, e.g. 0.7"
            for value in dict.fromkeys((self.early, self.late))
            if value is not None and not 0 < value < float("inf")
        ]
        if not self.change >= 0:
            faults.append(f"change at {self.change:g} months: expected at least 0")
        faults += [
            f"cured share {value:g}: expected from 0 to below 1, e.g. 0.1"
            for value in (self.cured, self.cured_control)
            if not 0 <= value < 1
        ]
        refuse(faults)

    def __str__(self) -> str:
        late = "HR drawn from the prior" if self.late is None else f"HR {self.late:g}"
        text = late
        if self.change > 0:
            early = "HR drawn from the prior" if self.early is None else f"HR {self.early:g}"
            text = f"{early} until month {self.change:g}, then {late}"
        if self.cured or self.cured_control:
            text += f", cured {self.cured:.0%} against {self.cured_control:.0%}"
        return text

    def hazard_ratios(self, drawn: Floats) -> tuple[Floats, Floats]:
        """(trials, 1) hazard ratios before and after the change; `drawn` where the effect states none."""
        early, late = (
            drawn[:, None] if stated is None else np.full((drawn.size, 1), stated)
            for stated in (self.early, self.late)
        )
        return early, late


@dataclass(frozen=True)
class Survival:
    """How patients fare: control, effect and the prior from which each trial draws its hazard ratio."""

    control: Control
    effect: Effect
    prior: DesignPrior | None = None

    def __str__(self) -> str:
        return f"{self.control}; {self.effect}" + (f"; {self.prior}" if self.prior else "")

    def hazard_ratios(self, trials: int, rng: np.random.Generator) -> Floats:
        """(trials,) hazard ratios."""
        if self.prior is None:
            if self.effect.late is None:
                raise InputError("no hazard ratio: give --hr, or --prior to draw one for each trial")
            return np.full(trials, self.effect.late)
        return np.exp(self.prior.sample(trials, rng))

    def hazard_ratios_at(self, scores: Floats) -> Floats:
        """(trials,) hazard ratios at standard normal scores of the prior; the effect's own without a prior."""
        if self.prior is None:
            return self.hazard_ratios(scores.size, np.random.default_rng(0))
        return np.exp(self.prior.at(scores))


@dataclass(frozen=True)
class Drawn:
    """What each trial drew: its hazard ratio and the position of its control curve, (trials,)."""

    hazard_ratio: Floats
    position: Floats


def survival_times(unit: Floats, experimental: np.ndarray, survival: Survival, drawn: Drawn) -> Floats:
    """(trials, n) months to the event, infinite for the cured.

    Parameters
    ----------
    unit : (trials, n)
        Unit exponential draws: cumulative hazards at the event.
    experimental : (n,) or (trials, n) bool
    """
    control, effect = survival.control, survival.effect
    early, late = effect.hazard_ratios(drawn.hazard_ratio)
    cured = np.where(experimental, effect.cured, effect.cured_control)
    own = unit
    if effect.cured or effect.cured_control:
        # S = cured + (1 - cured) S_u, inverted: S_u = (U - cured) / (1 - cured), infinite below the plateau.
        uniform = np.exp(-unit)
        with np.errstate(divide="ignore"):
            own = -np.log(np.maximum((uniform - cured) / (1 - cured), 0.0))
    if effect.change > 0:
        turn = control.cumulative_hazard(np.array([effect.change]), drawn.position)
        before = own / early
        treated = np.where(before < turn, before, turn + (own - early * turn) / late)
    else:
        treated = own / late
    cumulative = np.where(experimental, treated, own)
    finite = np.isfinite(cumulative)
    times = control.times(np.where(finite, cumulative, 0.0), drawn.position)
    return np.where(finite, times, np.inf)


def cumulative_hazard(months: Floats, experimental: bool, survival: Survival, drawn: Drawn) -> Floats:
    """(trials, months) cumulative hazard of one arm at (months,): what `survival_times` inverts."""
    control, effect = survival.control, survival.effect
    total = control.cumulative_hazard(months, drawn.position)
    if experimental:
        early, late = effect.hazard_ratios(drawn.hazard_ratio)
        turn = control.cumulative_hazard(np.array([effect.change]), drawn.position)
        total = early * np.minimum(total, turn) + late * np.maximum(total - turn, 0.0)
    cured = effect.cured if experimental else effect.cured_control
    return -np.log(cured + (1 - cured) * np.exp(-total)) if cured else total
