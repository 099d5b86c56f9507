"""V7: may the draws of the base fits be used?"""

import pandas as pd

from analysis.validation import drawing
from analysis.validation.base_fits import base_fits
from analysis.validation.fits import diagnostics_of, divergent_share, randomised_fit
from analysis.validation.keyed_work import read
from analysis.validation.leave_one_out import randomised_trials
from analysis.validation.study import ENDPOINTS, Study
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from models.fitting import MOST_DIVERGENT

# METHODS section 8: strictly under 1.01, over 400 and over .3.
RHAT, ESS, E_BFMI = 1.01, 400.0, 0.3


def check(study: Study) -> CheckResult:
    """V7: R-hat, effective sample sizes, divergences and E-BFMI of the base fits, every named parameter."""
    fits = base_fits(study)
    rows = []
    for endpoint, posterior in fits.items():
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
    elsewhere = _elsewhere(study)
    sampler = study.scale.base
    divergent = elsewhere["divergent_share"] > MOST_DIVERGENT
    named = f" ({', '.join(elsewhere['model'][divergent])}: left out)" if divergent.any() else ""
    sentence = (
        f"base fits of {', '.join(fits)}, {sampler.chains} chains x {sampler.draws} draws: worst "
        f"R-hat {value['worst R-hat']:.4f}, least ESS bulk {value['least bulk ESS']:.0f} and tail "
        f"{value['least tail ESS']:.0f}, {value['divergences']:.0f} divergences, least E-BFMI "
        f"{value['least E-BFMI']:.2f}; of {len(elsewhere)} fits of the randomised trials that other checks have "
        f"made, {divergent.sum()} diverge in more than {MOST_DIVERGENT:.1%} of their draws{named}."
    )
    others = {"elsewhere": elsewhere}
    return CheckResult(Verdict("V7", value, limit, sentence), table, drawing.sampler_lines, others)


def _elsewhere(study: Study) -> pd.DataFrame:
    """Fits of the randomised trials that V1-V5 have kept so far; each was run again if it diverged at all."""
    tasks = [
        randomised_fit(study, endpoint, without)
        for endpoint in ENDPOINTS
        for without in (None, *randomised_trials(study, endpoint))
    ]
    rows = []
    for task in tasks:
        if not study.path(task).exists():
            continue
        posterior = read(study.path(task))
        found = diagnostics_of(posterior)
        rows.append(
            {
                "model": f"{task.endpoint} {task.label}",
                "rhat": float(found.worst_rhat),
                "ess_bulk": float(found.least_ess_bulk),
                "ess_tail": float(found.least_ess_tail),
                "divergent_share": divergent_share(posterior),
            }
        )
    return pd.DataFrame(rows, columns=["model", "rhat", "ess_bulk", "ess_tail", "divergent_share"])
