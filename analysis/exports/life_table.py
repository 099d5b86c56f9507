"""General-population mortality from a user's life table."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.exports.step_hazard import StepHazard
from digitized.curve import Floats
from digitized.errors import InputError

SEXES = {"m": "male", "male": "male", "men": "male", "f": "female", "female": "female", "women": "female"}
MEASURES = ("qx", "rate")
LAST_MONTH = 1440


@dataclass(frozen=True)
class LifeTable:
    """Annual hazards by sex and whole year of age; the last age is open-ended.

    Attributes
    ----------
    first_age : int
    hazard : dict of str to (A,) array
        Hazard per year at ages first_age, first_age + 1, ... for "male" and "female"; -log(1 - qx) where the
        file gives probabilities.
    measure : str
        "qx" or "rate", as in the file.
    sha256 : str
        Of the file.
    """

    first_age: int
    hazard: dict[str, Floats]
    measure: str
    sha256: str

    def cohort(self, age: float, male: float) -> StepHazard:
        """Hazard per month of a closed cohort of one age and both sexes, month by month.

        Men and women age apart: the cohort's survival is male S_m(t) + (1 - male) S_f(t), and its hazard in
        a month is the fall of the log of that, so that survival is exact at whole months.
        """
        months = np.arange(LAST_MONTH + 1, dtype=float)
        survival = np.zeros(len(months))
        for sex, share in (("male", male), ("female", 1 - male)):
            if share > 0:
                survival += share * self._one_sex(sex, age).survival(months)
        alive = survival[:-1] > 0
        rate = np.full(LAST_MONTH, np.inf)
        with np.errstate(divide="ignore"):
            rate[alive] = np.log(survival[:-1][alive]) - np.log(survival[1:][alive])
        return StepHazard(months[:-1], rate)

    def _one_sex(self, sex: str, age: float) -> StepHazard:
        hazard = self.hazard[sex]
        start = int(np.floor(age))
        birthdays = 12 * (np.arange(start, self.first_age + len(hazard)) - age)
        return StepHazard(np.maximum(birthdays, 0.0), hazard[start - self.first_age :] / 12)


def read_life_table(path: Path, age: float, male: float, months: float) -> LifeTable:
    """Read a life table and require it to cover a cohort from `age` over `months`.

    Parameters
    ----------
    path : Path
        CSV with columns `age` (whole years), `sex` (male or female) and either `qx` (probability of dying
        within the year, 0-1) or `rate` (deaths per person-year).
    age, male : float
        Years and share of men at time 0.
    months : float
        Longest horizon asked for.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    frame = _read(path)
    measure = next(name for name in MEASURES if name in frame.columns)
    faults: list[str] = []
    ages = pd.to_numeric(frame["age"], errors="coerce")
    values = pd.to_numeric(frame[measure], errors="coerce")
    sexes = frame["sex"].astype(str).str.strip().str.lower().map(SEXES)
    for row in frame.index:
        line = f"{path}: line {row + 2}"
        if not ages[row] >= 0 or ages[row] % 1:
            faults.append(f"{line}: age {frame['age'][row]!s}; expected a whole number of years, 0 or more")
        if pd.isna(sexes[row]):
            faults.append(f"{line}: sex {frame['sex'][row]!s}; expected male or female")
        if not values[row] >= 0 or np.isinf(values[row]) or (measure == "qx" and values[row] > 1):
            wanted = "a probability from 0 to 1" if measure == "qx" else "a rate of 0 or more"
            faults.append(f"{line}: {measure} {frame[measure][row]!s}; expected {wanted}")
    if faults:
        raise InputError(faults)
    hazard, first_age = {}, int(ages.min())
    for sex, share in (("male", male), ("female", 1 - male)):
        own = pd.DataFrame({"age": ages, "value": values})[sexes == sex].sort_values("age")
        found = own["age"].astype(int).to_list()
        if share == 0 and not found:
            continue
        faults += _coverage(path, sex, found, age, months)
        with np.errstate(divide="ignore"):
            annual = -np.log1p(-own["value"].to_numpy()) if measure == "qx" else own["value"].to_numpy()
        # Tables of the two sexes may begin at different ages: each is filled from the first of both.
        lead = (found[0] if found else first_age) - first_age
        hazard[sex] = np.concatenate((np.full(lead, np.nan), annual))
    if faults:
        raise InputError(faults)
    return LifeTable(first_age, hazard, measure, hashlib.sha256(path.read_bytes()).hexdigest())


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"--life-table {path}: no such file; expected a CSV with age, sex and qx or rate")
    try:
        frame = pd.read_csv(path, comment="#", skipinitialspace=True)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path}: cannot be read as CSV ({error})") from error
    frame.columns = frame.columns.str.strip().str.lower()
    missing = [name for name in ("age", "sex") if name not in frame.columns]
    measures = [name for name in MEASURES if name in frame.columns]
    faults = [f"{path}: column {name} is missing; expected age, sex and qx or rate" for name in missing]
    if len(measures) != 1:
        faults.append(
            f"{path}: found {' and '.join(measures) or 'neither qx nor rate'}; expected one of them"
        )
    if not len(frame):
        faults.append(f"{path}: has no rows; expected one for each age and sex")
    if faults:
        raise InputError(faults)
    return frame


def _coverage(path: Path, sex: str, found: list[int], age: float, months: float) -> list[str]:
    if not found:
        return [f"{path}: no row for {sex}; expected every age of both sexes (or --male 0 or 1)"]
    faults = []
    twice = sorted({value for value in found if found.count(value) > 1})
    if twice:
        faults.append(f"{path}: {sex}, age {_listed(twice)}: more than one row; expected one")
    gaps = sorted(set(range(found[0], found[-1] + 1)) - set(found))
    if gaps:
        faults.append(f"{path}: {sex}, age {_listed(gaps)}: missing; expected every year of age")
    needed = int(np.ceil(age + months / 12)) - 1
    if found[0] > age or found[-1] < needed:
        faults.append(
            f"{path}: {sex}, ages {found[0]} to {found[-1]}; expected {int(age)} to {max(needed, int(age))} "
            f"for a cohort of {age:g} years over {months:g} months"
        )
    return faults


def _listed(values: list[int]) -> str:
    shown = ", ".join(str(value) for value in values[:5])
    return shown + (f" and {len(values) - 5} more" if len(values) > 5 else "")
