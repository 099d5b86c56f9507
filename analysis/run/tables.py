"""Every table of a run folder, computed from the pooled posteriors and nothing else."""

from collections.abc import Sequence

import pandas as pd

from analysis.run.arms import arms_table, fitted_curves, response_table
from analysis.run.fits import FitRecord
from analysis.run.increment import identified_rows, increment_rows, ladder_row, response_rows
from analysis.run.parameter_tables import density_table, diagnostics, prior_table
from analysis.run.results import EndpointResults
from analysis.run.survival_tables import survival_tables
from models.response import ResponseModel
from models.survival import SurvivalModel
from trials.covariates import TargetPopulation


def all_tables(
    results: Sequence[EndpointResults], records: Sequence[FitRecord], populations: Sequence[TargetPopulation]
) -> dict[str, pd.DataFrame]:
    """Tables by file name without ending."""
    survival = [(r, r.model) for r in results if isinstance(r.model, SurvivalModel)]
    fitted = {r.endpoint: fitted_curves(model, r.headline) for r, model in survival}
    arms = [row for r, model in survival for row in arms_table(model, fitted[r.endpoint])]
    for result in results:
        if isinstance(result.model, ResponseModel):
            arms += response_table(result.model.arms, result.model.contrast)
    tables = {
        "increment": pd.DataFrame([row for r in results for row in _increments(r, populations)]),
        "ladder": pd.DataFrame([row for r in results for row in _ladder(r, populations[0])]),
        "identified": pd.DataFrame([row for r in results for s in r.scenarios for row in identified_rows(s)]),
        "arms": pd.DataFrame(arms),
        "diagnostics": diagnostics(results, records),
        "priors": pd.concat([prior_table(r) for r in results], ignore_index=True),
        "density": pd.concat([density_table(r) for r in results], ignore_index=True),
    }
    if survival:
        tables |= survival_tables(survival, fitted, populations)
    return tables


def _increments(result: EndpointResults, populations: Sequence[TargetPopulation]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for scenario in result.scenarios:
        for population in populations:
            if isinstance(result.model, ResponseModel):
                rows += response_rows(result.model, scenario, population)
            elif result.horizon is not None:
                rows += increment_rows(result.model, scenario, population, result.horizon)
    return rows


def _ladder(result: EndpointResults, population: TargetPopulation) -> list[dict[str, object]]:
    prior = result.model.priors
    sd = {"gamma": prior.gamma.sd}
    return [ladder_row(s, result.scenario("naive"), population, sd) for s in result.scenarios]
