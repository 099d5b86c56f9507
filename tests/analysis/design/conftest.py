"""A small run folder in the shape that `crosstrial run` writes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.run_files import MANIFEST_KEYS

SEED = 4471
MANIFEST = {key: [] for key in MANIFEST_KEYS} | {"preset": "standard"}
SCENARIOS = {"naive": -0.45, "base": -0.20, "pessimistic": -0.08, "leap_class": -0.09}


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Posterior draws of Delta and the comparator's curve for four scenarios of OS."""
    folder = tmp_path_factory.mktemp("design") / "run"
    (folder / "posterior").mkdir(parents=True)
    (folder / "tables").mkdir()
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    rng = np.random.default_rng(SEED)
    time = np.arange(0, 30.5, 0.5)
    frames = []
    for name, mean in SCENARIOS.items():
        # A run has no class benchmark of PFS.
        for endpoint, median in (("OS", 15.2), ("PFS", 6.5)):
            if (endpoint, name) == ("PFS", "leap_class"):
                continue
            draws = xr.Dataset({"Delta": (("chain", "draw"), rng.normal(mean, 0.25, (4, 500)))})
            xr.DataTree.from_dict({"posterior": draws}).to_netcdf(
                folder / "posterior" / f"{endpoint}_{name}.nc", engine="h5netcdf"
            )
            curve = {
                arm: np.exp(-np.log(2) / median * np.exp(shift) * time)
                for arm, shift in (("comparator", 0.0), ("triple", mean))
            }
            frames += [
                pd.DataFrame(
                    {
                        "endpoint": endpoint,
                        "scenario": name,
                        "c_prior": "c",
                        "population": "index",
                        "arm": arm,
                        "time": time,
                        "median": values,
                        "lower": values ** np.exp(0.2),
                        "upper": values ** np.exp(-0.2),
                        "extrapolated": time > 24,
                    }
                )
                for arm, values in curve.items()
            ]
    pd.concat(frames).to_csv(folder / "tables" / "target_curves.csv", index=False)
    return folder
