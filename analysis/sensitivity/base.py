"""The base case that a sensitivity analysis starts from: a finished run's folder."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.run.increment import summarise
from analysis.run.request import PRESETS, Preset
from analysis.run_files import read_manifest, read_posterior, read_table
from analysis.scenarios import LADDER
from analysis.sensitivity.line import Heading, verdict
from digitized.curve import Floats
from digitized.errors import InputError
from models.priors import SingleArmShift, SurvivalPriors, survival_priors
from models.survival import ClassBenchmark
from trials import load
from trials.evidence import Evidence

RUNGS = {scenario.id: scenario for scenario in LADDER}


@dataclass(frozen=True)
class BaseCase:
    """A finished run as the reference of every analysis.

    Attributes
    ----------
    folder : Path
    evidence_folder : Path or None
        None is the one shipped; it must be the evidence that the run was made from.
    extra : tuple of Path
        Further trial files of that run.
    """

    folder: Path
    evidence_folder: Path | None = None
    extra: tuple[Path, ...] = ()
    _posteriors: dict[tuple[str, str], xr.Dataset] = field(default_factory=dict, repr=False, compare=False)

    def check(self) -> None:
        """Refuse a folder that is not a finished run with a base case.

        Raises
        ------
        InputError
        """
        if not (self.folder / "manifest.json").is_file():
            raise InputError(f"--run {self.folder}: no manifest.json; expected the folder of a finished run")
        known = [scenario["id"] for scenario in self.manifest["scenarios"]]
        if "base" not in known:
            raise InputError(
                f"--run {self.folder}: its scenarios are {', '.join(known)}; expected base among them"
            )

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The run's manifest."""
        return read_manifest(self.folder)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Survival endpoints of the run."""
        return tuple(name for name in self.manifest["endpoints"] if name != "ORR")

    @property
    def population(self) -> str:
        """The run's primary population."""
        return str(self.manifest["populations"][0]["id"])

    @property
    def preset(self) -> Preset:
        """The run's preset."""
        return PRESETS[self.manifest["preset"]]

    @property
    def seed(self) -> int:
        """The run's seed."""
        return int(self.manifest["seed"])

    @property
    def index_trial(self) -> str:
        """Trial of the index arm."""
        return str(self.manifest["index"]["trial"])

    @cached_property
    def benchmark(self) -> ClassBenchmark | None:
        """The class benchmark that the run used."""
        found = self.manifest["class_benchmark"]
        if found is None:
            return None
        lower, upper = found["events"]
        return ClassBenchmark(found["trial"], found["log_hazard_ratio"], (lower, upper), found["spread"])

    @cached_property
    def evidence(self) -> Evidence:
        """The evidence of the run.

        Raises
        ------
        InputError
            If the evidence read is not the one that the run was made from.
        """
        evidence = load(self.evidence_folder, extra=self.extra)
        made_from = self.manifest["evidence_sha256"]
        changed = sorted(
            name
            for name in {*made_from, *evidence.hashes}
            if made_from.get(name) != evidence.hashes.get(name)
        )
        if changed or self.manifest["hypothetical"]:
            what = ", ".join(changed) if changed else "what-if changes"
            raise InputError(
                f"--run {self.folder}: was made from other evidence ({what}); expected the evidence given "
                "here (--evidence, --add), so repeat the run"
            )
        return evidence

    def priors(self, endpoint: str) -> SurvivalPriors:
        """Default priors of a survival endpoint, which every run uses."""
        return survival_priors(endpoint)

    def shift(self, endpoint: str, scenario: str = "base") -> SingleArmShift:
        """Prior of c of a rung."""
        return RUNGS[scenario].shift(endpoint)

    def posterior(self, endpoint: str, scenario: str = "base") -> xr.Dataset | None:
        """Draws of one endpoint and scenario, None where the run has none; dims (chain, draw, ...)."""
        path = self.folder / "posterior" / f"{endpoint}_{scenario}.nc"
        if not path.exists():
            return None
        if (endpoint, scenario) not in self._posteriors:
            self._posteriors[endpoint, scenario] = read_posterior(path, variables=("Delta",))
        return self._posteriors[endpoint, scenario]

    def draws(self, endpoint: str, name: str, scenario: str = "base") -> Floats:
        """Draws (D,) of a scalar parameter."""
        posterior = self.posterior(endpoint, scenario)
        if posterior is None:
            raise InputError(
                f"--run {self.folder}: has no {endpoint} posterior of scenario {scenario}; expected one"
            )
        return np.asarray(posterior[name].to_numpy(), dtype=float).ravel()

    def table(self, name: str) -> pd.DataFrame:
        """A table of the run."""
        return read_table(self.folder / "tables" / f"{name}.csv")

    def index_arm(self, endpoint: str) -> dict[str, Any]:
        """The index arm's row of arms.csv."""
        arms = self.table("arms")
        index = self.manifest["index"]
        chosen = (arms["trial"] == index["trial"]) & (arms["arm"] == index["arm"])
        row: dict[str, Any] = arms[chosen & (arms["endpoint"] == endpoint)].iloc[0].to_dict()
        return row

    def heading(self, analysis: str, endpoint: str, scenario: str = "base") -> Heading:
        """Heading of an analysis's lines for an endpoint."""
        prior = RUNGS[scenario].c_prior(endpoint)
        return Heading(analysis, endpoint, self.population, prior)

    def verdicts(self) -> dict[tuple[str, str], str]:
        """Verdict of the base case's exp(Delta) by endpoint and measure."""
        found = {}
        for endpoint in self.manifest["endpoints"]:
            survival = endpoint != "ORR"
            ratio = np.exp(self.draws(endpoint, "Delta"))
            numbers = summarise(ratio, null=1.0, lower_is_better=survival)
            worded = verdict(
                numbers["lower"],
                numbers["upper"],
                numbers["p_benefit"],
                null=1.0,
                lower_is_better=survival,
            )
            for measure in ("HR", "HR_time_averaged", "RMST_difference") if survival else ("OR",):
                found[endpoint, measure] = worded
        return found
