"""The run folder: built beside its place and moved there whole; what was fitted survives an interruption."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

import pandas as pd
import xarray as xr

from analysis.run.request import RunRequest
from analysis.run.results import EndpointResults
from digitized.errors import OutputError
from digitized.output import write_text
from models.fitting import named_parameters
from trials.evidence import Evidence
from trials.network import Network

PARTS = (
    "manifest.json",
    "tables",
    "figures",
    "posterior",
    "report.html",
    "report.docx",
    "methods.txt",
    "references.bib",
)


def fingerprint(request: RunRequest, evidence: Evidence, arms: Network) -> str:
    """Hash of everything that decides a fit besides its endpoint, reconstruction and prior of c.

    The patients are hashed themselves: the same evidence rebuilt by another version is another fit.
    """
    patients = hashlib.sha256()
    for arm in arms.survival:
        for ipd in arm.ipd:
            patients.update(ipd.time.tobytes() + ipd.event.tobytes())
    described = {
        "evidence": dict(evidence.hashes),
        "hypothetical": list(evidence.hypothetical),
        "patients": patients.hexdigest(),
        "seed": request.seed,
        "preset": asdict(request.preset),
    }
    return hashlib.sha256(json.dumps(described, sort_keys=True, default=str).encode()).hexdigest()


def marked(table: pd.DataFrame, changes: str) -> pd.DataFrame:
    """The table with a column `hypothetical` that says what was changed, if anything was: no file is taken for real."""
    return table.assign(hypothetical=changes) if changes else table


class RunFolder:
    """Where a run writes.

    Parameters
    ----------
    out : Path
        The folder that the user asked for; until `publish`, all is written to `out`.unfinished beside it.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.staging = out.with_name(f"{out.name}.unfinished")

    @property
    def fits(self) -> Path:
        """Keyed files of finished fits."""
        return self.staging / "fits"

    def prepare(self) -> None:
        """Make the staging folder, or say why it cannot be.

        Raises
        ------
        OutputError
            If `out` is a file or its parent cannot be written, before any work is done.
        """
        if self.out.exists() and not self.out.is_dir():
            raise OutputError(f"--out {self.out}: is a file; expected a folder")
        if self.out.is_dir() and any(self.out.iterdir()) and not (self.out / "manifest.json").exists():
            raise OutputError(
                f"--out {self.out}: holds files that are not a run's; expected an empty or a run folder"
            )
        try:
            self.fits.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"--out {self.out}: cannot be written ({error.strerror})") from error
        if self.out.is_dir() and not os.access(self.out, os.W_OK):
            raise OutputError(f"--out {self.out}: cannot be written (permission denied)")

    def forget(self) -> None:
        """Remove a staging folder that holds no finished fit."""
        if not any(self.fits.iterdir()):
            shutil.rmtree(self.staging)

    def write(
        self,
        results: Sequence[EndpointResults],
        tables: Mapping[str, pd.DataFrame],
        manifest: Mapping[str, object],
    ) -> None:
        """Write manifest, tables, posteriors, figures and report into the staging folder."""
        from analysis.figures import draw_all
        from analysis.report import write_report

        for part in ("tables", "figures", "posterior"):
            shutil.rmtree(self.staging / part, ignore_errors=True)
            (self.staging / part).mkdir()
        changes = "; ".join(map(str, cast("list[str]", manifest["hypothetical"])))
        for name, table in tables.items():
            marked(table, changes).to_csv(self.staging / "tables" / f"{name}.csv", index=False)
        for result in results:
            for scenario in result.scenarios:
                named = named_parameters(scenario.posterior)
                if changes:
                    named = named.assign_attrs(hypothetical=changes)
                tree = xr.DataTree.from_dict({"posterior": named})
                name = f"{result.endpoint}_{scenario.scenario.id}.nc"
                tree.to_netcdf(self.staging / "posterior" / name, engine="h5netcdf")
        write_text(self.staging / "manifest.json", json.dumps(manifest, indent=1, default=str) + "\n")
        draw_all(self.staging)
        write_report(self.staging)

    def publish(self) -> Path:
        """Put the finished parts in place of the previous run's and drop the fits."""
        self.out.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            target, fresh = self.out / part, self.staging / part
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)
            if fresh.exists():
                fresh.replace(target)
        shutil.rmtree(self.staging)
        return self.out
