"""The files of a finished run, read in one place: a broken one is named in one sentence."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from digitized.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

MANIFEST = "manifest.json"
# What every command needs of a manifest; later additions have defaults where they are read.
MANIFEST_KEYS = ("endpoints", "scenarios", "populations", "index", "preset", "seed", "hypothetical")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run's folder.

    Raises
    ------
    InputError
        If there is none, or it is no manifest.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"{folder}: no {MANIFEST}; expected a folder that `crosstrial run` wrote")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start}); repeat the run") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: not valid JSON ({error}); repeat the run") from error
    missing = [key for key in MANIFEST_KEYS if not isinstance(content, dict) or key not in content]
    if missing:
        raise InputError(f"{path}: has no {', '.join(missing)}; expected the manifest of a run")
    return dict(content)


def read_table(path: Path, *, columns: Collection[str] = (), rows: bool = False) -> pd.DataFrame:
    """A table as crosstrial writes them.

    Parameters
    ----------
    path : Path
    columns : collection of str
        Columns that it must have.
    rows : bool
        Whether it must have rows.

    Raises
    ------
    InputError
        If the file is missing or is no such table.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        table = pd.read_csv(path)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start}); expected a CSV table") from error
    except pd.errors.EmptyDataError as error:
        raise InputError(f"{path}: the file is empty, expected a header and rows") from error
    except pd.errors.ParserError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read as a table ({reason})") from error
    if missing := [name for name in columns if name not in table.columns]:
        raise InputError(f"{path}: no column {', '.join(missing)}")
    if rows and table.empty:
        raise InputError(f"{path}: has no rows, expected a header and rows")
    return table


def read_posterior(path: Path, *, variables: Collection[str] = ()) -> "xr.Dataset":
    """Posterior draws of a run, dims (chain, draw, ...), in memory.

    Raises
    ------
    InputError
        If the file is no NetCDF, or lacks one of `variables`.
    """
    import xarray as xr

    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            group = tree["posterior"] if "posterior" in tree.children else tree
            posterior = group.to_dataset().load()
    # A file cut off in the middle of a variable is a RuntimeError or KeyError of HDF5, not an OSError.
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read as NetCDF ({reason})") from error
    if missing := [name for name in variables if name not in posterior.data_vars]:
        held = ", ".join(map(str, posterior.data_vars))
        raise InputError(f"{path}: no variable {', '.join(missing)}; it has {held}")
    return posterior
