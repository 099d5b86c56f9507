"""Agreement of rebuilt patients as a table, and the two files that leave a reconstruction."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from digitized.curve import Agreement
from digitized.output import replacing


def agreement_frame(rows: Iterable[Agreement]) -> pd.DataFrame:
    """One row a quantity: figure, arm, quantity, time, target, rebuilt, limit, met, reason."""
    columns = ["figure", "arm", "quantity", "time", "target", "rebuilt", "limit", "met", "reason"]
    return pd.DataFrame([[getattr(row, name) for name in columns] for row in rows], columns=columns)


def write_results(patients: pd.DataFrame, agreement: pd.DataFrame, out: Path) -> tuple[Path, Path]:
    """Write pseudo-patients to `out` and their agreement beside it as `<stem>.agreement.csv`."""
    beside = out.with_name(f"{out.stem}.agreement.csv")
    for frame, path in ((patients, out), (agreement, beside)):
        with replacing(path) as temporary:
            frame.to_csv(temporary, index=False)
    return out, beside
