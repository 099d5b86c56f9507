"""Which form of hazard the patients bear out (SA13): PSIS-LOO, fit of the index arm, and what lies beyond.

Every form is fitted to the first reconstruction of every arm, and judged on those patients.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr

from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.line import Line
from analysis.sensitivity.model_form import model_forms
from analysis.sensitivity.refits import Fitted
from digitized.curve import Floats, PseudoIPD
from digitized.kaplan_meier import kaplan_meier
from models.fitting import ROUNDING
from models.pointwise import LeftOut, leave_one_out, log_density
from models.prediction import CHEMO, TRIPLE, predict, predict_arm, rmst
from models.survival import SurvivalModel
from trials import target_population
from trials.evidence import Evidence
from trials.selection import other_numbers

# Months to which the forms are drawn beyond the data: a lifetime is out of reach of all of them.
HORIZON = 60.0
STEP = 0.5
# Differences within so many standard errors are no preference (Sivula, Magnusson & Vehtari 2020).
STANDARD_ERRORS = 2.0
FEW_AT_RISK = 10
# Chains further apart than this have not found the same posterior; the verdict on a quotable fit is V7's.
LARGEST_RHAT = 1.1


@dataclass(frozen=True)
class FormFit:
    """One form of an endpoint: its model and the draws that belong to the first reconstruction."""

    endpoint: str
    title: str
    survival: SurvivalModel
    posterior: xr.Dataset

    @property
    def arms(self) -> list[int]:
        """Positions of the arms that have patients in the fit."""
        return [position for position, arm in enumerate(self.survival.arms) if arm.source != "simulated"]

    def patients(self, position: int) -> PseudoIPD:
        """Patients of an arm in the first reconstruction."""
        return self.survival.arms[position].ipd[0]


@dataclass(frozen=True)
class Comparison:
    """Tables and curves of the forms of every endpoint.

    Attributes
    ----------
    forms : DataFrame
        One row an endpoint and form, best expected log predictive density first.
    arms : DataFrame
        The same by arm, against the best form.
    beyond : DataFrame
        Fitted survival against rates published at a later cut-off of the same trials.
    curves : DataFrame
        Curves of the figure: observed and fitted index arm, chemotherapy in the run's population.
    """

    forms: pd.DataFrame
    arms: pd.DataFrame
    beyond: pd.DataFrame
    curves: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by file name."""
        return {
            "baseline_comparison": self.forms,
            "baseline_comparison_by_arm": self.arms,
            "extrapolation": self.beyond,
        }


def compare_forms(base: BaseCase, fitted: Fitted) -> Comparison:
    """Compare every form that SA13 fits, endpoint by endpoint."""
    forms, arms, beyond, curves = [], [], [], []
    for endpoint in base.endpoints:
        fits = form_fits(base, fitted, endpoint)
        left_out = {fit.title: _left_out(fit) for fit in fits}
        by_arm = _by_arm(fits, left_out)
        later = pd.DataFrame([row for fit in fits for row in later_rates(fit, base.evidence)])
        drawn = pd.concat([_curves(base, fit) for fit in fits], ignore_index=True)
        forms.append(_forms(base, fits, left_out, by_arm, later, drawn))
        arms.append(by_arm)
        beyond.append(later)
        curves += [_observed(fits[0]), drawn]
    return Comparison(*(pd.concat(parts, ignore_index=True) for parts in (forms, arms, beyond, curves)))


def with_verdicts(lines: Sequence[Line], compared: Comparison) -> list[Line]:
    """The lines of SA13, each with what PSIS-LOO says of its form: a form that fits badly flips conclusions."""
    said = {
        (row["endpoint"], row["form"]): f"PSIS-LOO {row['difference']:.0f} (se {row['se_difference']:.0f}), "
        f"{row['verdict']}{'; ' * bool(row['reservation'])}{row['reservation']}"
        for row in compared.forms.to_dict("records")
    }
    found = []
    for line in lines:
        words = (
            text
            for (endpoint, form), text in said.items()
            if line.endpoint == endpoint and line.variant.startswith(form)
        )
        text = next(words, None)
        found.append(line if text is None else replace(line, variant=f"{line.variant}; {text}"))
    return found


def form_fits(base: BaseCase, fitted: Fitted, endpoint: str) -> list[FormFit]:
    """The forms of SA13 with the draws of the first reconstruction."""
    found = []
    for title, variant in model_forms(base, fitted.plan, endpoint).items():
        posterior = fitted.posteriors[variant]
        first = posterior.isel(chain=posterior["imputation"].to_numpy() == 0)
        found.append(FormFit(endpoint, title, fitted.plan.model(variant), first))
    return found


def preference(difference: float, standard_error: float) -> str:
    """What a difference of expected log predictive density to the best form says."""
    if difference == 0:
        return "best"
    if -difference <= STANDARD_ERRORS * standard_error:
        return "compatible with the best"
    return "worse than the best"


def reservation(rhat: float, tau_u: float, tau_u_limit: float) -> str:
    """Why a form's Delta may not be read off, empty if it may.

    A spread of trial baselines beyond its prior's 95 % range means that the trials' departures do the
    baseline's work; the typical trial, from which the index trial is predicted, is then a fiction.
    """
    found = []
    if rhat > LARGEST_RHAT:
        found.append(f"chains disagree (R-hat {rhat:.2f})")
    if tau_u > tau_u_limit:
        found.append(f"trial departures do the baseline's work (tau_u {tau_u:.2f})")
    return ", ".join(found)


def later_rates(fit: FormFit, evidence: Evidence) -> list[dict[str, object]]:
    """Fitted S(t) against rates of a later cut-off, beyond the fitted patients' own follow-up where possible.

    The band holds the posterior and the sampling of as many patients as the arm has.
    """
    rows: list[dict[str, object]] = []
    rng = np.random.default_rng(len(fit.title))
    for position in fit.arms:
        arm, patients = fit.survival.arms[position], fit.patients(position)
        choice = next(c for c in evidence.choices(arm.trial) if c.endpoint == fit.endpoint)
        later = [
            row
            for row in other_numbers(evidence[arm.trial], arm.arm, choice)
            if row.quantity == "rate" and row.time is not None and row.value is not None
        ]
        if not later:
            continue
        times = np.array([row.time for row in later], dtype=float)
        fitted = predict_arm(fit.survival, fit.posterior, position, times)
        replicated = rng.binomial(patients.n, np.clip(fitted, 0, 1)) / patients.n
        lower, upper = np.quantile(replicated, [0.025, 0.975], axis=0)
        for column, row in enumerate(later):
            rows.append(
                {
                    "endpoint": fit.endpoint,
                    "form": fit.title,
                    "trial": arm.trial,
                    "arm": arm.arm,
                    "chemo": not (fit.survival.design.ici[position] or fit.survival.design.added[position]),
                    "later_analysis": row.analysis,
                    "month": row.time,
                    "at_risk_then": int(np.sum(patients.time >= times[column])),
                    "published": row.value,
                    "fitted": float(np.median(fitted[:, column])),
                    "lower": float(lower[column]),
                    "upper": float(upper[column]),
                    "inside": bool(lower[column] <= float(row.value or 0.0) <= upper[column]),
                }
            )
    return rows


def _left_out(fit: FormFit) -> dict[int, tuple[LeftOut, LeftOut]]:
    """By arm: its patients left out one by one, and the arm as one point."""
    found = {}
    for position in fit.arms:
        density = log_density(fit.survival, fit.posterior, position, fit.patients(position))
        found[position] = leave_one_out(density), leave_one_out(density.sum(axis=1, keepdims=True))
    return found


def _by_arm(
    fits: list[FormFit], left_out: Mapping[str, Mapping[int, tuple[LeftOut, LeftOut]]]
) -> pd.DataFrame:
    best = _best(left_out)
    rows = []
    for fit in fits:
        for position in fit.arms:
            patients, whole = left_out[fit.title][position]
            difference = patients.elpd - left_out[best][position][0].elpd
            arm = fit.survival.arms[position]
            rows.append(
                {
                    "endpoint": fit.endpoint,
                    "form": fit.title,
                    "trial": arm.trial,
                    "arm": arm.arm,
                    "index": arm.index,
                    "patients": fit.patients(position).n,
                    "elpd_loo": float(patients.elpd.sum()),
                    "difference": float(difference.sum()),
                    "se_difference": _sum_error(difference),
                    "worst_k_patient": float(patients.pareto_k.max()),
                    "patients_rejected": patients.rejected,
                    "elpd_without_the_arm": float(whole.elpd[0]),
                    "k_arm": float(whole.pareto_k[0]),
                    "arm_rejected": bool(whole.rejected),
                }
            )
    return pd.DataFrame(rows)


def _forms(
    base: BaseCase,
    fits: list[FormFit],
    left_out: Mapping[str, Mapping[int, tuple[LeftOut, LeftOut]]],
    by_arm: pd.DataFrame,
    later: pd.DataFrame,
    drawn: pd.DataFrame,
) -> pd.DataFrame:
    best = _best(left_out)
    rows = []
    for fit in fits:
        own = by_arm[by_arm["form"] == fit.title]
        elpd = _patients(left_out[fit.title])
        difference = elpd - _patients(left_out[best])
        error = _sum_error(difference)
        total = float(difference.sum())
        checked = later[later["form"] == fit.title] if len(later) else later
        rhat = _rhat(fit)
        tau_u = float(fit.posterior["tau"].sel(spread="tau_u").median())
        chemo = drawn[(drawn["form"] == fit.title) & (drawn["curve"] == CHEMO)].set_index("month")["survival"]
        rows.append(
            {
                "endpoint": fit.endpoint,
                "form": fit.title,
                "elpd_loo": float(elpd.sum()),
                "se": _sum_error(elpd),
                "difference": total,
                "se_difference": error,
                "verdict": preference(total, error),
                "reservation": reservation(rhat, tau_u, fit.survival.priors.tau_u.interval()[1]),
                "rhat": rhat,
                "tau_u": tau_u,
                "effective_parameters": float(
                    sum((patients.lppd - patients.elpd).sum() for patients, _ in left_out[fit.title].values())
                ),
                "worst_k_patient": float(own["worst_k_patient"].max()),
                "patients_rejected": int(own["patients_rejected"].sum()),
                "worst_k_arm": float(own["k_arm"].max()),
                "arms_rejected": int(own["arm_rejected"].sum()),
                "index_largest_gap": _index_gap(fit),
                "later_rates_inside": int(checked["inside"].sum()) if len(checked) else 0,
                "later_rates": len(checked),
                "chemo_s24": float(chemo.loc[24.0]),
                "chemo_s60": float(chemo.loc[HORIZON]),
                "area_observed": _area_observed(base, fit),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values("elpd_loo", ascending=False, kind="stable", ignore_index=True)


def _best(left_out: Mapping[str, Mapping[int, tuple[LeftOut, LeftOut]]]) -> str:
    return max(left_out, key=lambda title: float(_patients(left_out[title]).sum()))


def _patients(by_arm: Mapping[int, tuple[LeftOut, LeftOut]]) -> Floats:
    return np.concatenate([patients.elpd for patients, _ in by_arm.values()])


def _rhat(fit: FormFit) -> float:
    """Largest R-hat of Delta, the baseline and the spreads; what the comparison rests on.

    A baseline's parameter that its form fixes has none.
    """
    return max(
        float(az.rhat(values.where(values.std(["chain", "draw"]) > ROUNDING, drop=True)).max())
        for values in fit.posterior[["Delta", fit.survival.baseline.parameter, "tau"]].data_vars.values()
    )


def _sum_error(points: Floats) -> float:
    """Standard error of a sum of independent points."""
    return float(np.sqrt(points.size * points.var(ddof=1)))


def _index_position(fit: FormFit) -> int:
    return next(position for position, arm in enumerate(fit.survival.arms) if arm.index)


def last_supported(patients: PseudoIPD) -> float:
    """Last month with `FEW_AT_RISK` patients still at risk."""
    ordered = np.sort(patients.time)[::-1]
    return float(ordered[min(FEW_AT_RISK, ordered.size) - 1])


def _index_gap(fit: FormFit) -> float:
    """Largest gap between the index arm's observed and fitted (posterior mean) survival, while supported."""
    position = _index_position(fit)
    patients = fit.patients(position)
    times = np.arange(STEP, last_supported(patients) + STEP / 2, STEP)
    fitted = predict_arm(fit.survival, fit.posterior, position, times).mean(axis=0)
    observed = kaplan_meier(patients.time, patients.event).at(times)
    return float(np.max(np.abs(observed - fitted)))


def _area_observed(base: BaseCase, fit: FormFit) -> float:
    """Share of the triple's mean survival to `HORIZON` that lies within the index arm's follow-up."""
    population = target_population(base.evidence, base.population)
    times = _grid()
    curves = predict(fit.survival, fit.posterior, population, times).sel(arm=[TRIPLE])
    end = last_supported(fit.patients(_index_position(fit)))
    reached = float(times[times <= end][-1])
    return float(rmst(curves, reached).mean() / rmst(curves, HORIZON).mean())


def _grid() -> Floats:
    return np.round(np.arange(0.0, HORIZON + STEP / 2, STEP), 9)


def _curves(base: BaseCase, fit: FormFit) -> pd.DataFrame:
    """Posterior mean curves: the index arm as fitted, and chemotherapy in the run's population."""
    times = _grid()
    population = target_population(base.evidence, base.population)
    chemo = predict(fit.survival, fit.posterior, population, times).sel(arm=CHEMO).mean(("chain", "draw"))
    index = predict_arm(fit.survival, fit.posterior, _index_position(fit), times).mean(axis=0)
    parts = [
        pd.DataFrame({"curve": name, "month": times, "survival": np.asarray(values)})
        for name, values in (("index arm", index), (CHEMO, chemo.to_numpy()))
    ]
    return pd.concat(parts, ignore_index=True).assign(endpoint=fit.endpoint, form=fit.title)


def _observed(fit: FormFit) -> pd.DataFrame:
    """Kaplan-Meier of the index arm, and where `FEW_AT_RISK` remain at risk in it and in any chemotherapy arm."""
    patients = fit.patients(_index_position(fit))
    observed = kaplan_meier(patients.time, patients.event)
    times = np.concatenate(([0.0], observed.time, [observed.last]))
    chemo = [
        last_supported(fit.patients(position))
        for position in fit.arms
        if not fit.survival.design.ici[position] and not fit.survival.design.added[position]
    ]
    ends = {"index arm": last_supported(patients), CHEMO: max(chemo, default=0.0)}
    parts = [pd.DataFrame({"curve": "index arm", "month": times, "survival": observed.at(times)})]
    parts += [
        pd.DataFrame({"curve": f"{name}: last {FEW_AT_RISK} at risk", "month": [end], "survival": [np.nan]})
        for name, end in ends.items()
    ]
    return pd.concat(parts, ignore_index=True).assign(endpoint=fit.endpoint, form="observed")
