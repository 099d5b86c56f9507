"""What the user asks of an export."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from digitized.errors import InputError

LONGEST_HORIZON = 1200.0


@dataclass(frozen=True)
class ExportRequest:
    """One export of a finished run.

    Attributes
    ----------
    run : Path
        Folder of a finished run.
    out : Path
        Folder that receives the files.
    draws : int
        Samples of each endpoint and scenario; the run's own number where that is fewer.
    horizons : tuple of float
        Months of the restricted means, beside the run's own; curves go to the largest.
    life_table : Path, optional
        General-population mortality (see `life_table.read_life_table`), with `age` and `male`.
    age, male : float, optional
        Age in years and share of men (0-1) of the cohort at time 0.
    background : {"max", "sum"}
        How general-population mortality is joined (see `arms.with_background`).
    """

    run: Path
    out: Path
    draws: int = 500
    horizons: tuple[float, ...] = ()
    life_table: Path | None = None
    age: float | None = None
    male: float | None = None
    background: Literal["max", "sum"] = "max"

    def require(self) -> None:
        """Refuse what cannot be exported, all faults at once.

        Raises
        ------
        InputError
        """
        faults = []
        if self.draws < 1:
            faults.append(f"--draws {self.draws}: expected 1 or more")
        faults += [
            f"--horizon {months:g}: expected months above 0 and at most {LONGEST_HORIZON:g}"
            for months in self.horizons
            if not 0 < months <= LONGEST_HORIZON
        ]
        if self.out.exists() and not self.out.is_dir():
            faults.append(f"--out {self.out}: is a file; expected a folder")
        if self.life_table is None:
            faults += [
                f"--{name}: given without --life-table; expected both or neither"
                for name, value in (("age", self.age), ("male", self.male))
                if value is not None
            ]
        else:
            if self.age is None:
                faults.append("--age: missing; --life-table needs the cohort's age in years at time 0")
            elif not 0 <= self.age <= 120:
                faults.append(f"--age {self.age:g}: expected 0 to 120 years")
            if self.male is None:
                faults.append("--male: missing; --life-table needs the cohort's share of men, 0 to 1")
            elif not 0 <= self.male <= 1:
                faults.append(f"--male {self.male:g}: expected a share from 0 to 1")
        if faults:
            raise InputError(faults)
