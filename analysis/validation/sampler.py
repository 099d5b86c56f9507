"""V7: may the draws of the base fits be used?"""

import pandas as pd

from analysis.validation import drawing
from analysis.validation.fits import base_fit, diagnostics_of
from analysis.validation.study import ENDPOINTS, Study
from analysis.validation.verdict import Bounds, CheckResult, Verdict

# METHODS section 8: strictly under 1.01, over 400 and over .3.
RHAT, ESS, E_BFMI = 1.01, 400.0, 0.3


def check(study: Study) -> CheckResult:
    """V7: R-hat, effective sample sizes, divergences and E-BFMI of the base fits, every named parameter."""
    fits = study.results("base fits", [base_fit(study, endpoint) for endpoint in ENDPOINTS])
    rows = []
    for endpoint, posterior in zip(ENDPOINTS, fits, strict=True):
        found = diagnostics_of(posterior)
        rows.append(
            {
                "model": f"{endpoint} base",
                "rhat": float(found.worst_rhat),
                "rhat_parameter": found.worst_rhat_parameter,
                "ess_bulk": float(found.least_ess_bulk),
                "ess_tail": float(found.least_ess_tail),
                "divergences": int(found.divergences),
                "e_bfmi": float(found.e_bfmi),
                "faults": "; ".join(found.faults(rhat=RHAT, ess=ESS, e_bfmi=E_BFMI)),
            }
        )
    table = pd.DataFrame(rows)
    value = {
        "worst R-hat": float(table["rhat"].max()),
        "least bulk ESS": float(table["ess_bulk"].min()),
        "least tail ESS": float(table["ess_tail"].min()),
        "divergences": float(table["divergences"].sum()),
        "least E-BFMI": float(table["e_bfmi"].min()),
    }
    limit = {
        "worst R-hat": Bounds(at_most=RHAT),
        "least bulk ESS": Bounds(at_least=ESS),
        "least tail ESS": Bounds(at_least=ESS),
        "divergences": Bounds(at_most=0),
        "least E-BFMI": Bounds(at_least=E_BFMI),
    }
    sampler = study.scale.base
    sentence = (
        f"base fits of {' and '.join(ENDPOINTS)}, {sampler.chains} chains x {sampler.draws} draws: worst "
        f"R-hat {value['worst R-hat']:.4f}, least ESS bulk {value['least bulk ESS']:.0f} and tail "
        f"{value['least tail ESS']:.0f}, {value['divergences']:.0f} divergences, least E-BFMI "
        f"{value['least E-BFMI']:.2f}."
    )
    return CheckResult(Verdict("V7", value, limit, sentence), table, drawing.sampler_lines)
