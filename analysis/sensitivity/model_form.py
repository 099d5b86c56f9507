"""What the answer owes to the form of the model: SA13, SA18."""

import numpy as np

from analysis.run.fits import reconstruction_share
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.line import RMST_DIFFERENCE, Line
from analysis.sensitivity.refits import Fitted, Titled
from analysis.sensitivity.variant import FitPlan, Variant
from models.baselines import FAMILIES
from models.prediction import COMPARATOR, TRIPLE, predict, rmst, time_averaged_hazard_ratio
from models.survival import SurvivalOptions
from models.time_varying import TimeVaryingEffect
from trials import target_population

TIME_AVERAGED = "HR_time_averaged"
CURVE_STEP = 0.25
TIME_VARYING = "effect of the added drug steps at 3, 6 and 12 months"


def model_forms(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA13: a time-varying effect, and every other family of baseline hazard."""
    return {
        "proportional hazards, piecewise baseline": Variant(endpoint),
        TIME_VARYING: Variant(endpoint, options=SurvivalOptions(time_varying=TimeVaryingEffect())),
        **{
            f"{name} baseline": Variant(endpoint, options=SurvivalOptions(baseline=family))
            for name, family in FAMILIES.items()
        },
    }


def model_form_lines(base: BaseCase, fitted: Fitted, endpoint: str) -> list[Line]:
    """Marginal measures to tau, the only ones that models of different form share."""
    population = target_population(base.evidence, base.population)
    tau = float(base.manifest["horizons"][endpoint]["tau"])
    times = np.round(np.arange(0, tau + CURVE_STEP / 2, CURVE_STEP), 9)
    heading = base.heading("SA13", endpoint)
    lines = []
    for title, variant in model_forms(base, fitted.plan, endpoint).items():
        posterior = fitted.posteriors[variant]
        curves = predict(fitted.plan.model(variant), posterior, population, times)
        ratio = np.log(time_averaged_hazard_ratio(curves, tau, TRIPLE, COMPARATOR).to_numpy().ravel())
        lines.append(heading.ratio(ratio, f"{title}, to {tau:g} months", "fit", measure=TIME_AVERAGED))
        area = rmst(curves, tau)
        gain = (area.sel(arm=TRIPLE) - area.sel(arm=COMPARATOR)).to_numpy().ravel()
        lines.append(heading.difference(gain, f"{title}, to {tau:g} months", "fit", RMST_DIFFERENCE))
        effect = variant.options.time_varying
        if effect is None:
            continue
        change = posterior[effect.parameter].transpose("chain", "draw", ...).to_numpy()
        for segment, start in enumerate((0.0, *effect.knots)):
            end = f"-{effect.knots[segment]:g}" if segment < len(effect.knots) else " and later"
            log_ratio = fitted.delta(variant) + change[..., segment].ravel()
            lines.append(heading.ratio(log_ratio, f"hazard ratio in months {start:g}{end}", "fit"))
    return lines


def reconstructions(base: BaseCase) -> list[Line]:
    """SA18: one reconstruction at a time, the pooled answer first."""
    lines = []
    for endpoint in base.endpoints:
        posterior = base.posterior(endpoint)
        assert posterior is not None
        heading = base.heading("SA18", endpoint)
        share = reconstruction_share(posterior)
        numbers = np.unique(posterior["imputation"].to_numpy())
        pooled = (
            f"base case: {numbers.size} reconstructions pooled, {share:.0%} of the variance lies between them"
        )
        lines.append(heading.ratio(base.draws(endpoint, "Delta"), pooled, "run"))
        for number in numbers if numbers.size > 1 else ():
            chosen = posterior["Delta"].isel(chain=posterior["imputation"].to_numpy() == number)
            draws = np.asarray(chosen.to_numpy(), dtype=float).ravel()
            lines.append(
                heading.ratio(draws, f"reconstruction {number + 1} of {numbers.max() + 1} alone", "run")
            )
    return lines
