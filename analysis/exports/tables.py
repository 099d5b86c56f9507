"""The tables of an export, one row a sample where they hold draws."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from analysis.exports.arms import ARMS, ArmDraws, with_background
from analysis.exports.request import ExportRequest
from analysis.exports.step_hazard import StepHazard
from analysis.run.increment import summarise
from digitized.curve import Floats
from models.prediction import COMPARATOR, TRIPLE
from trials.covariates import TargetPopulation

# Short names of `covariate_mix.STRATA`, in its order, for column names.
STRATUM_NAMES = ("no_liver_pdl1_low", "no_liver_pdl1_high", "liver_pdl1_low", "liver_pdl1_high")
DIFFERENCE = "difference"


@dataclass(frozen=True)
class Cell:
    """One endpoint, scenario and population of an export, with its draws.

    Attributes
    ----------
    endpoint, scenario, c_prior : str
    population : TargetPopulation
    posterior : Dataset
        The chosen samples.
    draws : ArmDraws
    observed : float
        Months to which the index arm was followed.
    horizons : tuple of float
        Months of the restricted means, ascending.
    """

    endpoint: str
    scenario: str
    c_prior: str
    population: TargetPopulation
    posterior: xr.Dataset
    draws: ArmDraws
    observed: float
    horizons: tuple[float, ...]

    @property
    def labels(self) -> dict[str, str]:
        """The columns that every row of the cell begins with."""
        return {
            "endpoint": self.endpoint,
            "scenario": self.scenario,
            "c_prior": self.c_prior,
            "population": self.population.id,
        }

    def hazards(self, request: ExportRequest, general: StepHazard | None) -> list[StepHazard]:
        """Hazards (D, 4, M) of triple and comparator, with general-population mortality where it is given.

        General-population mortality joins PFS too: death ends it.
        """
        fitted = [self.draws.hazard(arm) for arm in range(len(ARMS))]
        if general is None:
            return fitted
        return [with_background(hazard, general, request.background, self.observed) for hazard in fitted]


def parameters(cell: Cell) -> pd.DataFrame:
    """One row a sample: log rates of the reference and log hazard ratios of every arm and stratum."""
    columns: dict[str, Floats] = {
        f"log_rate_{interval + 1}": cell.draws.log_rate[:, interval]
        for interval in range(len(cell.draws.cuts))
    }
    for position, arm in enumerate(ARMS):
        for stratum, name in enumerate(STRATUM_NAMES):
            columns[f"log_hr_{arm}_{name}"] = cell.draws.log_ratio[:, position, stratum]
    columns["Delta"] = cell.posterior["Delta"].to_numpy()
    frame = pd.DataFrame(columns)
    return _labelled(cell, frame.assign(sample=np.arange(1, len(frame) + 1)), ["sample", *columns])


def curves(cell: Cell, hazards: Sequence[StepHazard], months: Floats) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Survival draws, one row a sample and arm, and their summary, one row a month and arm."""
    wide, summaries = [], []
    drawn = [cell.draws.mixed(hazard.survival(months)) for hazard in hazards]
    names = [f"S_{month:g}" for month in months]
    for arm, values in zip(ARMS, drawn, strict=True):
        frame = pd.DataFrame(values, columns=names).assign(arm=arm, sample=np.arange(1, len(values) + 1))
        wide.append(_labelled(cell, frame, ["arm", "sample", *names]))
    for arm, values in zip((*ARMS, DIFFERENCE), [*drawn, drawn[0] - drawn[1]], strict=True):
        lower, median, upper = np.quantile(values, [0.025, 0.5, 0.975], axis=0)
        band = {"mean": values.mean(axis=0), "median": median, "lower": lower, "upper": upper}
        frame = pd.DataFrame({"arm": arm, "month": months, **band, "extrapolated": months > cell.observed})
        summaries.append(_labelled(cell, frame, list(frame.columns)))
    return pd.concat(wide, ignore_index=True), pd.concat(summaries, ignore_index=True)


def restricted_means(
    cell: Cell, hazards: Sequence[StepHazard]
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """RMST draws, one row a sample and horizon, and the rows of their summary.

    The horizon of infinity is the mean survival time.
    """
    frames, rows = [], []
    within = [cell.draws.mixed(hazard.area(cell.observed)) for hazard in hazards]
    for horizon in (*cell.horizons, np.inf):
        area = {
            arm: cell.draws.mixed(hazard.area(horizon)) for arm, hazard in zip(ARMS, hazards, strict=True)
        }
        area[DIFFERENCE] = area[TRIPLE] - area[COMPARATOR]
        frame = pd.DataFrame(area).assign(horizon_months=horizon, sample=np.arange(1, len(area[TRIPLE]) + 1))
        frames.append(_labelled(cell, frame, ["horizon_months", "sample", *area]))
        beyond = bool(horizon > cell.observed)
        for position, (arm, values) in enumerate(area.items()):
            summary: dict[str, object] = dict(summarise(values, null=0.0, lower_is_better=False))
            summary["p_benefit"] = summary["p_benefit"] if arm == DIFFERENCE else np.nan
            share = np.nan
            if arm != DIFFERENCE:
                share = float(within[position].mean() / values.mean()) if beyond else 1.0
            rows.append(
                {
                    **cell.labels,
                    "arm": arm,
                    "quantity": "mean" if np.isinf(horizon) else "RMST",
                    "horizon_months": horizon,
                    **summary,
                    "sd": float(values.std()),
                    "observed_until_months": cell.observed,
                    "area_observed": share,
                    "area_extrapolated": 1 - share,
                    "extrapolated": beyond,
                    "banner": banner(cell.observed, horizon) if beyond else "",
                }
            )
    return pd.concat(frames, ignore_index=True), rows


def banner(observed: float, horizon: float) -> str:
    """What stands beside every number beyond follow-up."""
    reach = "a lifetime" if np.isinf(horizon) else f"{horizon:g} months"
    return (
        f"EXTRAPOLATED: {reach} from {observed:g} months of follow-up of the index arm; the last hazard and "
        "the effect are held constant"
    )


def strata(populations: Sequence[tuple[TargetPopulation, Floats]]) -> pd.DataFrame:
    """Share of each stratum in each population: weights of patient groups in a model by stratum."""
    return pd.DataFrame(
        [
            {
                "population": population.id,
                "stratum": name,
                "share": float(part),
                "liver_metastases": position >= 2,
                "pdl1_high": bool(position % 2),
            }
            for population, share in populations
            for position, (name, part) in enumerate(zip(STRATUM_NAMES, share, strict=True))
        ]
    )


def intervals(endpoint: str, cuts: Floats) -> pd.DataFrame:
    """Edges of the intervals in which the hazard is constant."""
    return pd.DataFrame(
        {
            "endpoint": endpoint,
            "interval": np.arange(1, len(cuts) + 1),
            "start_months": cuts,
            "end_months": np.append(cuts[1:], np.inf),
        }
    )


def _labelled(cell: Cell, frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return frame.assign(**cell.labels)[[*cell.labels, *columns]]
