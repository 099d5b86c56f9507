"""How strong must what nobody measured be: E-values, observed covariates, a simulated one (SA20)."""

import math

import numpy as np
import pandas as pd

from analysis.bias_bounds import e_value
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.line import Line
from models.covariate_mix import DEFAULT_PDL1_SHARE
from models.priors import UNPUBLISHED_LIVER_SHARE

# A favourable trait, commoner in the index trial: its hazard ratio, and its shares there and elsewhere.
UNMEASURED = ((0.67, 0.6, 0.4), (0.67, 0.7, 0.3), (0.5, 0.6, 0.4), (0.5, 0.7, 0.3))


def bias_factor(hazard_ratio: float, share: float, reference_share: float) -> float:
    """Hazard ratio between two mixes of a binary trait at t = 0, (1 + p (h - 1)) / (1 + p0 (h - 1)).

    The first-order factor of METHODS section 4; later selection by the trait only weakens it.
    """
    return (1 + share * (hazard_ratio - 1)) / (1 + reference_share * (hazard_ratio - 1))


def unmeasured(base: BaseCase) -> list[Line]:
    """SA20: Delta had a covariate not been adjusted for, and had an unmeasured one been adjusted for."""
    lines = []
    for endpoint in base.endpoints:
        heading, delta = base.heading("SA20", endpoint), base.draws(endpoint, "Delta")
        median, upper = np.exp(np.quantile(delta, [0.5, 0.975]))
        limit = 1.0 if upper >= 1 else e_value(float(upper))
        variant = f"base case: E-value {e_value(float(median)):.2f} (limit {limit:.2f})"
        lines.append(heading.ratio(delta, variant, "run"))
        for row in observed_covariates(base, endpoint).to_dict("records"):
            strength = f"E-value of its shift {row['e_value']:.2f}"
            variant = f"{row['covariate']} not adjusted for (x{row['shift_ratio']:.2f}; {strength})"
            lines.append(heading.ratio(delta + math.log(row["shift_ratio"]), variant, "closed form"))
        for ratio, share, reference in UNMEASURED:
            factor = bias_factor(ratio, share, reference)
            variant = (
                f"unmeasured trait, HR {ratio:g}, in {share:.0%} of the index trial and {reference:.0%} of "
                f"comparators (flatters by x{factor:.2f})"
            )
            lines.append(heading.ratio(delta - math.log(factor), variant, "closed form"))
    return lines


def observed_covariates(base: BaseCase, endpoint: str) -> pd.DataFrame:
    """What leaving out each measured covariate would shift, and the E-value of such a shift.

    The observed-covariate E-value (D'Agostino McGowan & Greevy 2020) puts a scale under the E-value of
    Delta: an unmeasured confounder would have to be that much stronger than the measured ones.
    """
    arms = base.table("covariates")
    index = arms[(arms["trial"] == base.index_trial) & (arms["arm"] == base.manifest["index"]["arm"])].iloc[0]
    randomised = arms[arms.groupby("trial")["arm"].transform("count") > 1]
    weight = randomised["n"] / randomised["n"].sum()
    unknown = {"liver": UNPUBLISHED_LIVER_SHARE.mean, "pdl1_high": DEFAULT_PDL1_SHARE}
    terms = {"liver": "beta_liver", "pdl1_high": "beta_pdl1", "tp": "beta_tp", "asia": "beta_asia"}
    titles = {
        "liver": "liver metastases",
        "pdl1_high": "PD-L1",
        "tp": "paclitaxel-platinum backbone",
        "asia": "region",
    }
    rows = []
    for name, term in terms.items():
        log_ratio = base.draws(endpoint, term) + base.draws(endpoint, f"{term}_ici")
        ratio = float(np.exp(np.median(log_ratio)))
        share = float(index[name]) if not np.isnan(index[name]) else unknown[name]
        column = randomised[name].fillna(unknown[name]) if name in unknown else randomised[name]
        reference = float((column * weight).sum())
        # Liver and PD-L1 are mixed within an arm; backbone and region enter the model by an arm's share.
        mixed = name in unknown
        factor = bias_factor(ratio, share, reference) if mixed else ratio ** (share - reference)
        rows.append(
            {
                "endpoint": endpoint,
                "covariate": titles[name],
                "hazard_ratio": ratio,
                "index_share": share,
                "comparator_share": reference,
                "shift_ratio": factor,
                "e_value": e_value(factor),
            }
        )
    return pd.DataFrame(rows)
