"""Tables of the parameters: sampler diagnostics, prior against posterior, posterior densities."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from analysis.run.fits import FitRecord, reconstruction_share
from analysis.run.increment import summarise
from analysis.run.results import EndpointResults
from digitized.curve import Floats
from models.fitting import named_parameters
from models.priors import Normal
from models.response import RESPONSE_EFFECTS, ResponseModel
from models.survival import SurvivalModel
from models.survival_predictor import FIXED_EFFECTS

KEY_PARAMETERS = ("delta_anlo", "gamma", "c_sat", "Delta")
DENSITY_POINTS = 200


def diagnostics(results: Sequence[EndpointResults], records: Sequence[FitRecord]) -> pd.DataFrame:
    """Sampler diagnostics of every fit, then Pareto k and reconstruction share of every scenario."""
    rows: list[dict[str, object]] = [
        {
            "model": f"{r.endpoint}, reconstruction {r.imputation}, {r.c_prior}",
            "endpoint": r.endpoint,
            "imputation": r.imputation,
            "c_prior": r.c_prior,
            "rhat": r.diagnostics.worst_rhat,
            "rhat_parameter": r.diagnostics.worst_rhat_parameter,
            "ess_bulk": r.diagnostics.least_ess_bulk,
            "ess_tail": r.diagnostics.least_ess_tail,
            "divergences": r.diagnostics.divergences,
            "divergent_share": r.divergent_share,
            "e_bfmi": r.diagnostics.e_bfmi,
            "faults": "; ".join(r.diagnostics.faults()),
        }
        for r in records
    ]
    for result in results:
        for scenario in result.scenarios:
            row = {
                "model": f"{result.endpoint}, pooled, {scenario.scenario.id}",
                "endpoint": result.endpoint,
                "c_prior": scenario.scenario.c_prior(result.endpoint),
                "draws": scenario.posterior.sizes["chain"] * scenario.posterior.sizes["draw"],
                "pareto_k": scenario.pareto_k,
                "reconstruction_share": reconstruction_share(scenario.posterior),
            }
            # Of a randomised 1:1 trial with as wide a log hazard ratio; a log odds ratio has no such reading.
            if isinstance(result.model, SurvivalModel):
                row["effective_events"] = float(4 / scenario.posterior["Delta"].var())
            rows.append(row)
    return pd.DataFrame(rows)


def prior_table(result: EndpointResults) -> pd.DataFrame:
    """Prior and posterior of every scalar parameter in every scenario, with contraction."""
    names = RESPONSE_EFFECTS if isinstance(result.model, ResponseModel) else FIXED_EFFECTS
    rows = []
    for scenario in result.scenarios:
        named = named_parameters(scenario.posterior)
        shift = scenario.scenario.shift(result.endpoint)
        priors = {name: getattr(result.model.priors, name) for name in names}
        draws = {name: named[name].to_numpy().ravel() for name in names}
        draws |= {
            "c_sat": scenario.index_shift.to_numpy().ravel(),
            "Delta": named["Delta"].to_numpy().ravel(),
        }
        delta, gamma = priors["delta_anlo"], priors["gamma"]
        priors |= {
            "c_sat": Normal(shift.mu, shift.sd),
            "Delta": Normal(delta.mu + gamma.mu, np.hypot(delta.sd, gamma.sd)),
        }
        for name, prior in priors.items():
            lower, upper = prior.interval() if prior.sd > 0 else (prior.mu, prior.mu)
            posterior = summarise(draws[name], null=0.0, lower_is_better=result.endpoint != "ORR")
            rows.append(
                {
                    "endpoint": result.endpoint,
                    "scenario": scenario.scenario.id,
                    "c_prior": scenario.scenario.c_prior(result.endpoint),
                    "parameter": name,
                    "prior": str(prior) if prior.sd > 0 else f"fixed at {prior.mu:g}",
                    "prior_mean": prior.mu,
                    "prior_sd": prior.sd,
                    "prior_lower_ratio": np.exp(lower),
                    "prior_upper_ratio": np.exp(upper),
                    "posterior_mean": posterior["mean"],
                    "posterior_sd": float(draws[name].std()),
                    "posterior_lower": posterior["lower"],
                    "posterior_upper": posterior["upper"],
                    "contraction": 1 - draws[name].std() / prior.sd if prior.sd > 0 else np.nan,
                }
            )
    return pd.DataFrame(rows)


def density_table(result: EndpointResults) -> pd.DataFrame:
    """Densities of the key parameters' posteriors, for prior-against-posterior figures."""
    frames = []
    for scenario in result.scenarios:
        named = named_parameters(scenario.posterior)
        for name in KEY_PARAMETERS:
            values = (scenario.index_shift if name == "c_sat" else named[name]).to_numpy().ravel()
            if values.std() == 0:
                continue
            labels = {"endpoint": result.endpoint, "scenario": scenario.scenario.id, "parameter": name}
            frames.append(smoothed_density(values).assign(**labels)[[*labels, "value", "density"]])
    return pd.concat(frames, ignore_index=True)


def smoothed_density(values: Floats) -> pd.DataFrame:
    """Density of draws by a Gaussian kernel, wide as Silverman's rule has it for their number.

    Parameters
    ----------
    values : (D,) float
        Draws that are not all the same.

    Returns
    -------
    DataFrame with `value`, from beyond the least draw to beyond the greatest, and `density`
    """
    kernel = stats.gaussian_kde(values, bw_method="silverman")
    margin = 3 * kernel.factor * values.std()
    grid = np.linspace(values.min() - margin, values.max() + margin, DENSITY_POINTS)
    return pd.DataFrame({"value": grid, "density": kernel(grid)})
