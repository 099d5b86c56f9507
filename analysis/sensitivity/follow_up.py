"""What the answer owes to follow-up of the index arm and to the horizon: SA09, SA10, SA12."""

import math

import numpy as np
import pandas as pd
from scipy import stats

from analysis.bias_bounds import KAPPAS, crossing_kappa, early_losses, log_hazard_shift
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.line import RMST_DIFFERENCE, Line

LANDMARK = "s12_published"
CROSSED = (0.95, 0.8, 0.5)
HORIZONS = (12.0, 18.0, 24.0)
# Parameter name of the register of published quantities (priors.toml).
INDEPENDENT_REVIEW = "omega_inv"


def withdrawal(base: BaseCase) -> list[Line]:
    """SA09: the patients lost early had kappa times the hazard of those who stayed."""
    lines = []
    for endpoint in base.endpoints:
        heading = base.heading("SA09", endpoint)
        delta, index = base.draws(endpoint, "Delta"), base.index_arm(endpoint)
        lines.append(heading.ratio(delta, "base case: censored at random (kappa 1)", "run"))
        for withdrawn in early_losses(index[LANDMARK], int(index["n"])):
            for kappa in KAPPAS[1:]:
                shift = log_hazard_shift(index[LANDMARK], int(index["n"]), withdrawn, kappa)
                name = "events at time 0" if math.isinf(kappa) else f"kappa {kappa:g}"
                lines.append(heading.ratio(delta + shift, f"{withdrawn} lost, {name}", "closed form"))
    return lines


def kappa_crossings(base: BaseCase) -> pd.DataFrame:
    """The kappa at which P(HR < 1) falls to .95, .8 and .5.

    Infinite where no kappa takes it so low, empty where it is lower already at kappa = 1.
    """
    rows = []
    for endpoint in base.endpoints:
        index = base.index_arm(endpoint)
        for scenario in ("naive", "base", "pessimistic"):
            if base.posterior(endpoint, scenario) is None:
                continue
            delta = base.draws(endpoint, "Delta", scenario)
            for withdrawn in early_losses(index[LANDMARK], int(index["n"])):
                crossing = {
                    f"kappa_at_p_{level:g}": crossing_kappa(
                        delta, index[LANDMARK], int(index["n"]), withdrawn, level
                    )
                    for level in CROSSED
                }
                rows.append(
                    {
                        "endpoint": endpoint,
                        "scenario": scenario,
                        "c_prior": base.heading("SA09", endpoint, scenario).c_prior,
                        "withdrawn": withdrawn,
                        "p_benefit_kappa_1": float(np.mean(delta < 0)),
                        **crossing,
                    }
                )
    return pd.DataFrame(rows)


def assessor(base: BaseCase) -> list[Line]:
    """SA10: the index arm's progression had independent review judged it, in PFS."""
    if "PFS" not in base.endpoints:
        return []
    heading, delta = base.heading("SA10", "PFS"), base.draws("PFS", "Delta")
    lines = [heading.ratio(delta, "base case: as each trial assessed it", "run")]
    published = [row for row in base.evidence.prior_evidence if row.parameter == INDEPENDENT_REVIEW]
    if base.index_arm("PFS")["assessor"] != "investigator" or not published:
        return lines
    row = published[0]
    if row.value is None or row.lower is None or row.upper is None:
        return lines
    mean, sd = math.log(row.value), interval_sd(row.lower, row.upper)
    rng = np.random.default_rng([base.seed, 10])
    shifted = delta + rng.normal(mean, sd, delta.size)
    variant = f"index arm by independent review: hazard x exp(N({mean:.3f}, {sd:.3f}))"
    return [*lines, heading.ratio(shifted, variant, "closed form")]


def horizon(base: BaseCase) -> list[Line]:
    """SA12: restricted mean to 12, 18 and 24 months where the index arm was followed so long."""
    table = base.table("rmst_by_horizon")
    lines = []
    for endpoint in base.endpoints:
        chosen = table[
            (table["endpoint"] == endpoint)
            & (table["scenario"] == "base")
            & (table["population"] == base.population)
        ]
        rule = base.manifest["horizons"][endpoint]["tau"]
        for tau in HORIZONS:
            rows = chosen[chosen["horizon_months"] == tau].to_dict("records")
            if not rows:
                continue
            numbers = {name: float(rows[0][name]) for name in ("median", "lower", "upper", "p_benefit")}
            variant = f"tau {tau:g} months" + (" (base case)" if tau == rule else "")
            lines.append(base.heading("SA12", endpoint).summary(numbers, variant, "run", RMST_DIFFERENCE))
    return lines


def interval_sd(lower: float, upper: float, level: float = 0.95) -> float:
    """Standard error of a log ratio from its printed interval."""
    return math.log(upper / lower) / (2 * float(stats.norm.ppf(0.5 + level / 2)))
