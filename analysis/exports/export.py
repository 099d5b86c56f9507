"""Everything an economic model needs of a finished run, as CSV files and one workbook."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.exports.arms import arm_draws, spaced_posterior
from analysis.exports.dictionary import data_dictionary
from analysis.exports.life_table import LifeTable, read_life_table
from analysis.exports.provenance import provenance
from analysis.exports.request import ExportRequest
from analysis.exports.step_hazard import StepHazard
from analysis.exports.tables import Cell, banner, curves, intervals, parameters, restricted_means, strata
from analysis.exports.workbook import write_csv, write_workbook
from analysis.figures.run_data import RunData
from digitized.curve import Floats
from digitized.errors import InputError
from trials.covariates import TargetPopulation

WORKBOOK = "economic_model.xlsx"
# Five years: the shortest horizon at which most patients of the question have died.
DEFAULT_HORIZON = 60.0


@dataclass(frozen=True)
class Exported:
    """What was written, and what its user must be told.

    Attributes
    ----------
    files : tuple of Path
    warnings : tuple of str
    """

    files: tuple[Path, ...]
    warnings: tuple[str, ...]


def export_run(request: ExportRequest) -> Exported:
    """Write the tables of an export into `request.out`.

    `parameters_OS`, `curves_OS` (and PFS): draws, one row a sample; `curve_summary`, `rmst_draws`,
    `rmst_summary`, `strata`, `intervals`, `general_population` (with a life table), `provenance` and
    `data_dictionary`; the same as sheets of `economic_model.xlsx`.

    Raises
    ------
    InputError
        If the folder is not a run's, the run has no survival endpoint, or the request or life table is faulty;
        nothing is written then.
    """
    request.require()
    run = RunData(request.run)
    if not run.survival_endpoints:
        raise InputError(f"{request.run}: the run has neither OS nor PFS; expected a survival endpoint")
    asked = request.horizons or (DEFAULT_HORIZON,)
    taus = [float(run.manifest["horizons"][name]["tau"]) for name in run.survival_endpoints]
    longest = max(*asked, *taus)
    life_table = _life_table(request, longest)
    general = None
    if life_table is not None and request.age is not None and request.male is not None:
        general = life_table.cohort(request.age, request.male)
    cells = _cells(run, request, asked)
    content = _tables(cells, request, general, np.arange(0.0, np.floor(longest) + 1))
    samples = {f"{cell.endpoint} {cell.scenario}": cell.posterior.sizes["sample"] for cell in cells}
    content = {"provenance": provenance(run, request, samples, life_table), **content}
    if run.banner:
        content = {name: table.assign(hypothetical=run.banner) for name, table in content.items()}
    content |= {"data_dictionary": data_dictionary(content)}
    files = [request.out / f"{name}.csv" for name in content]
    for path, table in zip(files, content.values(), strict=True):
        write_csv(table, path)
    left_out = write_workbook(content, request.out / WORKBOOK)
    files.insert(0, request.out / WORKBOOK)
    return Exported(tuple(files), tuple(_warnings(run, request, cells, longest, left_out)))


def _life_table(request: ExportRequest, longest: float) -> LifeTable | None:
    if request.life_table is None or request.age is None or request.male is None:
        return None
    return read_life_table(request.life_table, request.age, request.male, longest)


def _cells(run: RunData, request: ExportRequest, asked: tuple[float, ...]) -> list[Cell]:
    """Every endpoint, scenario and population of the run."""
    cells = []
    for endpoint in run.survival_endpoints:
        horizons = tuple(sorted({float(run.manifest["horizons"][endpoint]["tau"]), *asked}))
        observed = _follow_up(run, endpoint)
        for scenario in run.manifest["scenarios"]:
            if not (run.folder / "posterior" / f"{endpoint}_{scenario['id']}.nc").exists():
                continue
            posterior = spaced_posterior(run, endpoint, scenario["id"], request.draws)
            for described in run.manifest["populations"]:
                population = TargetPopulation(**described)
                cells.append(
                    Cell(
                        endpoint,
                        scenario["id"],
                        scenario["c_prior"][endpoint],
                        population,
                        posterior,
                        arm_draws(posterior, endpoint, population),
                        observed,
                        horizons,
                    )
                )
    if not cells:
        raise InputError(f"{request.run}: no file in posterior/; expected the posteriors of a complete run")
    return cells


def _follow_up(run: RunData, endpoint: str) -> float:
    index = run.manifest["index"]
    curves = run.table("observed_curves")
    own = curves[
        (curves["endpoint"] == endpoint)
        & (curves["trial"] == index["trial"])
        & (curves["arm"] == index["arm"])
    ]
    return float(own["time"].max())


def _tables(
    cells: list[Cell], request: ExportRequest, general: StepHazard | None, months: Floats
) -> dict[str, pd.DataFrame]:
    """Tables by name; the draws of each endpoint in tables of their own, as their intervals differ."""
    found: dict[str, list[pd.DataFrame]] = {"rmst_summary": [], "curve_summary": [], "rmst_draws": []}
    for cell in cells:
        hazards = cell.hazards(request, general)
        wide, summary = curves(cell, hazards, months)
        draws, rows = restricted_means(cell, hazards)
        found["rmst_summary"].append(pd.DataFrame(rows))
        found["curve_summary"].append(summary)
        found["rmst_draws"].append(draws)
        found.setdefault(f"parameters_{cell.endpoint}", []).append(parameters(cell))
        found.setdefault(f"curves_{cell.endpoint}", []).append(wide)
    shares = {cell.population.id: (cell.population, cell.draws.share) for cell in cells}
    edges = {cell.endpoint: cell.draws.cuts for cell in cells}
    tables = {name: pd.concat(frames, ignore_index=True) for name, frames in found.items()}
    tables["strata"] = strata(list(shares.values()))
    tables["intervals"] = pd.concat([intervals(*item) for item in edges.items()], ignore_index=True)
    if general is not None:
        monthly = {
            "month": months,
            "hazard_per_month": general.at(months),
            "survival": general.survival(months),
        }
        tables["general_population"] = pd.DataFrame(monthly)
    return tables


def _warnings(
    run: RunData, request: ExportRequest, cells: list[Cell], longest: float, left_out: list[str]
) -> Iterator[str]:
    yield from run.marks
    observed = min(cell.observed for cell in cells)
    if longest > observed:
        yield banner(observed, longest)
    fewest = min(cell.posterior.sizes["sample"] for cell in cells)
    if fewest < request.draws:
        yield f"--draws {request.draws}: the run has {fewest} samples; all of them are exported"
    if request.life_table is None and longest > observed:
        yield "no --life-table: beyond follow-up the disease's hazard alone is carried on"
    for name in left_out:
        yield f"{WORKBOOK}: {name} has more rows than a sheet holds; it is in {name}.csv"
