"""A finished run as the figures and the report read it: manifest and tables, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.run_files import read_manifest, read_table
from digitized.errors import InputError

# Runs made before a question named its covariates were of this disease alone.
EARLIER_COVARIATES = {
    "liver": "Liver metastases",
    "pdl1": "PD-L1 high, own scale",
    "tp": "Paclitaxel-platinum",
    "asia": "In Asia",
}

# Tables without which a run has said nothing.
NEVER_EMPTY = ("ladder", "arms")
NAMELESS = {"added": "the added component", "partner": "the partner", "backbone": "the backbone"}


@dataclass(frozen=True)
class RunData:
    """Reads the files of a run folder on demand."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest.

        Raises
        ------
        InputError
            If the folder is not a run's, or the file is broken.
        """
        return read_manifest(self.folder)

    def has(self, name: str) -> bool:
        """Whether the run wrote a table."""
        return (self.folder / "tables" / f"{name}.csv").exists()

    def table(self, name: str) -> pd.DataFrame:
        """A table by file name without ending; texts that are empty stay empty texts."""
        path = self.folder / "tables" / f"{name}.csv"
        if not path.exists():
            raise InputError(f"{path}: missing; expected a table of a complete run")
        return read_table(path, rows=name in NEVER_EMPTY)

    @property
    def survival_endpoints(self) -> list[str]:
        """OS and PFS, as far as the run has them."""
        return [name for name in self.manifest["endpoints"] if name != "ORR"]

    @property
    def covariates(self) -> dict[str, str]:
        """What each covariate of the question means, by its name in the tables."""
        named: dict[str, str] = self.manifest.get("covariates", EARLIER_COVARIATES)
        return {name: text or name for name, text in named.items()}

    def component(self, part: str) -> str:
        """The question's `added`, `partner` or `backbone` in words; earlier runs did not keep them."""
        named = self.manifest.get("components", {}).get(part, [])
        return " or ".join(str(text).split(",")[0] for text in named) or NAMELESS[part]

    def regimen(self, components: str) -> str:
        """A treatment as ``chemo + pd1`` in the question's words, one component a line."""
        words: dict[str, str] = self.manifest.get("component_labels", {})
        return "\n+ ".join(words.get(name, name).split(",")[0] for name in components.split(" + "))

    def c_prior(self, endpoint: str, scenario: str) -> str:
        """Prior of c of a scenario, as printed."""
        found = next(item for item in self.manifest["scenarios"] if item["id"] == scenario)
        return str(found["c_prior"][endpoint])

    def c_priors(self, endpoints: Sequence[str], scenario: str) -> str:
        """Priors of c of several endpoints, said once where they are the same."""
        found = {endpoint: self.c_prior(endpoint, scenario) for endpoint in endpoints}
        if len(set(found.values())) == 1:
            return found[endpoints[0]]
        return "; ".join(f"{endpoint}: {prior}" for endpoint, prior in found.items())

    def index_counts(self, endpoint: str) -> str:
        """n and events of the index arm, for captions."""
        arms = self.table("arms")
        index = arms[
            (arms["trial"] == self.manifest["index"]["trial"]) & (arms["endpoint"] == endpoint)
        ].iloc[0]
        word = "responders" if endpoint == "ORR" else "events"
        return (
            f"index trial {index['trial']}: n = {int(index['n'])}, {int(index['events'])} {word} ({endpoint})"
        )

    def counts_sentence(self, endpoints: Sequence[str] | None = None) -> str:
        """n and events of the index arm for the endpoints (default: the run's), the trial and an equal n said once."""
        found = [self.index_counts(endpoint) for endpoint in endpoints or self.manifest["endpoints"]]
        heads, counts = zip(*(sentence.split(", ", 1) for sentence in found), strict=True)
        return ", ".join([heads[0], *counts]) if len(set(heads)) == 1 else "; ".join(found)

    @property
    def reconstructions(self) -> str:
        """How many reconstructions the run pools, in words."""
        count = self.manifest["imputations"]
        return f"{count} reconstruction{'s' if count != 1 else ''}"

    @property
    def banner(self) -> str:
        """What-if changes, empty for real evidence."""
        return "; ".join(self.manifest["hypothetical"])

    @property
    def marks(self) -> tuple[str, ...]:
        """What must stand beside every number of the run; nothing for a standard run of real evidence."""
        found = []
        if self.banner:
            found.append(
                f"HYPOTHETICAL: published numbers were changed ({self.banner}); nothing here is a result"
            )
        preset = self.manifest["preset"]
        if preset != "standard":
            found.append(
                f"NOT FOR QUOTING: preset {preset} is for a first look; numbers that leave the house need "
                "--preset standard"
            )
        return tuple(found)
