"""What the answer owes to the prior of the single-arm shift c: SA01, SA02, SA15, SA22."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.reweighting import PARETO_K_LIMIT, class_log_likelihood
from analysis.scenarios import LADDER
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.line import Line
from analysis.sensitivity.new_prior import POINT_SD, Answered, NormalPrior, with_likelihood, with_prior
from digitized.curve import Floats
from models.priors import SingleArmShift
from models.survival import ClassBenchmark

# The heat map of METHODS section 7: mean of c as a hazard ratio, and its sd on the log scale.
SHIFT_MEANS = (0.65, 0.70, 0.75, 0.80, 0.86, 0.90, 0.95, 1.0)
SHIFT_SDS = (0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40)
# Between-drug spread of the class effect: nearly the same drug, and hardly a class.
CLASS_SPREADS = (0.10, 0.40)
NULLS = (1.0, 0.9, 0.8, 0.7)
# Scenarios whose draws may be reweighted, the one to prefer first.
SOURCES = ("base", "pessimistic", "optimistic", "naive")


def naive(base: BaseCase) -> list[Line]:
    """SA01: c = 0."""
    lines = []
    for endpoint in base.manifest["endpoints"]:
        lines.append(base.heading("SA01", endpoint).ratio(base.draws(endpoint, "Delta"), "base case", "run"))
        answered = under_shift(base, endpoint, RUNG["naive"].shift(endpoint))
        heading = base.heading("SA01", endpoint, "naive")
        lines.append(heading.ratio(answered.delta, "c = 0, e_sat kept", answered.method))
    return lines


def ladder(base: BaseCase) -> list[Line]:
    """SA02: every rung that only changes the prior of c, and the corners of the heat map."""
    lines = []
    for endpoint in base.manifest["endpoints"]:
        for rung in LADDER:
            if rung.class_benchmark:
                continue
            answered = under_shift(base, endpoint, rung.shift(endpoint))
            heading = base.heading("SA02", endpoint, rung.id)
            lines.append(heading.ratio(answered.delta, rung.title, answered.method))
    for endpoint in base.endpoints:
        for mean in (SHIFT_MEANS[0], SHIFT_MEANS[-1]):
            for sd in (SHIFT_SDS[0], SHIFT_SDS[-1]):
                shift = SingleArmShift("heat map", np.log(mean), sd)
                answered = under_shift(base, endpoint, shift)
                heading = base.heading("SA02", endpoint)
                variant = f"corner of the heat map: mean {mean:g}, sd {sd:g}"
                lines.append(
                    heading.ratio(answered.delta, variant, answered.method, c_prior=shift.on_ratio_scale)
                )
    return lines


def tipping_surface(base: BaseCase) -> pd.DataFrame:
    """exp(Delta) and P(HR < 1) over the mean and sd of c's prior, one row a cell."""
    rows = []
    for endpoint in base.endpoints:
        for mean in SHIFT_MEANS:
            for sd in SHIFT_SDS:
                shift = SingleArmShift("heat map", float(np.log(mean)), sd)
                answered = under_shift(base, endpoint, shift)
                lower, median, upper = np.exp(np.quantile(answered.delta, [0.025, 0.5, 0.975]))
                rows.append(
                    {
                        "endpoint": endpoint,
                        "c_mean_ratio": mean,
                        "c_sd": sd,
                        "c_prior": shift.on_ratio_scale,
                        "median": float(median),
                        "lower": float(lower),
                        "upper": float(upper),
                        "p_benefit": float(np.mean(answered.delta < 0)),
                        "method": answered.method,
                        "pareto_k": answered.pareto_k,
                    }
                )
    return pd.DataFrame(rows)


def class_benchmark(base: BaseCase) -> list[Line]:
    """SA15: the randomised test of a sister drug as a likelihood of Delta, under base and pessimistic c.

    Under base c also with sister drugs held more and less alike than the run takes them: sd of lambda.
    """
    benchmark = base.benchmark
    if benchmark is None or "OS" not in base.endpoints:
        return []
    lines = [base.heading("SA15", "OS").ratio(base.draws("OS", "Delta"), "base case", "run")]
    for scenario in ("base", "pessimistic"):
        lines.append(_with_benchmark(base, scenario, benchmark))
    for spread in CLASS_SPREADS:
        lines.append(_with_benchmark(base, "base", replace(benchmark, spread=spread)))
    return lines


def _with_benchmark(base: BaseCase, scenario: str, benchmark: ClassBenchmark) -> Line:
    shifted = under_shift(base, "OS", RUNG[scenario].shift("OS")).delta
    rng = _rng(base, f"SA15{scenario}{benchmark.spread}")
    answered = with_likelihood(shifted, class_log_likelihood(shifted, benchmark), rng)
    heading = base.heading("SA15", "OS", scenario)
    basis = "an assumption" if benchmark.assumed else "from its interval"
    variant = (
        f"{scenario} c with {benchmark.trial} (HR {np.exp(benchmark.log_hazard_ratio):.2f}; "
        f"{'-'.join(f'{n:g}' for n in benchmark.events)} events, {basis}), "
        f"lambda ~ N(0, {benchmark.spread:g})"
    )
    c_prior = f"{heading.c_prior} + class benchmark"
    return heading.ratio(answered.delta, variant, answered.method, c_prior=c_prior)


def shifted_nulls(base: BaseCase) -> list[Line]:
    """SA22: how probable is more than a little."""
    lines = []
    for endpoint in base.endpoints:
        for scenario in ("naive", "base", "pessimistic"):
            answered = under_shift(base, endpoint, RUNG[scenario].shift(endpoint))
            heading = base.heading("SA22", endpoint, scenario)
            for null in NULLS:
                variant = f"{scenario} c, null {null:g}: P(HR < {null:g})"
                lines.append(heading.ratio(answered.delta, variant, answered.method, null=null))
    return lines


def under_shift(base: BaseCase, endpoint: str, shift: SingleArmShift) -> Answered:
    """Delta under another prior of c, from the run's own scenario where it has it.

    Else from the fitted scenario whose importance weights behave, base first; else by the normal update.
    """
    fitted = [scenario for scenario in SOURCES if base.posterior(endpoint, scenario) is not None]
    for scenario in fitted:
        if base.shift(endpoint, scenario) == shift:
            return Answered(base.draws(endpoint, "Delta", scenario), "run", float("nan"))
    found = [_reweighted(base, endpoint, s, shift) for s in fitted if base.shift(endpoint, s).sd > 0]
    return next((answer for answer in found if answer.pareto_k < PARETO_K_LIMIT), found[0])


def shift_prior(shift: SingleArmShift, trials: int) -> NormalPrior:
    """Joint prior of the shifts of the single-arm trials."""
    spread = replace(shift, sd=max(shift.sd, POINT_SD))
    return NormalPrior(np.full(trials, shift.mu), spread.covariance(trials))


def shift_draws(base: BaseCase, endpoint: str, scenario: str) -> Floats:
    """Draws (D, K) of c."""
    posterior = base.posterior(endpoint, scenario)
    assert posterior is not None
    values = posterior["c_sat"].transpose("chain", "draw", ...).to_numpy()
    return np.asarray(values, dtype=float).reshape(-1, values.shape[-1])


def _reweighted(base: BaseCase, endpoint: str, scenario: str, shift: SingleArmShift) -> Answered:
    c_sat = shift_draws(base, endpoint, scenario)
    trials = c_sat.shape[1]
    fitted = shift_prior(base.shift(endpoint, scenario), trials)
    wanted = shift_prior(shift, trials)
    return with_prior(
        base.draws(endpoint, "Delta", scenario), c_sat, fitted, wanted, _rng(base, f"{endpoint}{shift}")
    )


def _rng(base: BaseCase, name: str) -> np.random.Generator:
    return np.random.default_rng([base.seed, *name.encode()])


RUNG = {scenario.id: scenario for scenario in LADDER}
