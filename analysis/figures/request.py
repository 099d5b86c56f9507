"""One request for figures: from a run, from several, from a validation or from a sensitivity table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import matplotlib as mpl

from analysis.figures import Drawn, draw, drawings
from analysis.figures.comparison import compare
from analysis.figures.influence import contribution, leave_one_out
from analysis.figures.run_data import RunData
from analysis.figures.series import Selection
from analysis.figures.style import SETTINGS, save
from analysis.figures.subgroups import subgroups
from digitized.errors import InputError


@dataclass(frozen=True)
class FigureSources:
    """Where figures come from; None or empty where not given."""

    runs: tuple[Path, ...] = ()
    validation: Path | None = None
    sensitivity: Path | None = None
    evidence: Path | None = None

    def outside(self) -> dict[str, Callable[[], Drawn]]:
        """Figures that need no run, by name, as far as their source is given."""
        found: dict[str, Callable[[], Drawn]] = {}
        if self.validation is not None:
            found["leave_one_out"] = partial(leave_one_out, self.validation)
        if self.sensitivity is not None:
            run = RunData(self.runs[0]) if self.runs else None
            found["contribution"] = partial(contribution, self.sensitivity, run)
        return found


NEEDS = {
    "leave_one_out": "--validation DIR, a folder of `crosstrial validate V1`",
    "contribution": "--sensitivity FILE, a sensitivity.csv with lines of SA06",
}

# Beginnings of the names of the figures that a run's folder is enough for.
OF_A_RUN = ("ladder", "survival", "hazards", "rmst_by_horizon", "prior_posterior", "tipping", "covariates",
            "network", "arms_fit", "subgroups")  # fmt: skip


def draw_requested(
    name: str, sources: FigureSources, selection: Selection, out: Path | None = None
) -> list[Path]:
    """Draw every figure whose name is `name` or begins with ``name_``.

    Returns
    -------
    list of Path
        The SVG files.

    Raises
    ------
    InputError
        If a source is missing, or has no such figure.
    """
    if name == "gallery":
        from analysis.figures.gallery import write_gallery

        return write_gallery(sources, out or Path("docs"))
    if name in NEEDS:
        if name not in sources.outside():
            raise InputError(f"{name}: expected {NEEDS[name]}")
        with mpl.rc_context(SETTINGS):
            figure, data, caption = sources.outside()[name]()
        place = _folder(out or Path("figures"))
        save(figure, place / name, data, caption)
        return [place / f"{name}.svg"]
    if not any(name == known or name.startswith(f"{known}_") for known in OF_A_RUN):
        raise InputError(f"no figure {name!r}; expected one of {', '.join((*OF_A_RUN, *NEEDS))}, or gallery")
    if not sources.runs:
        raise InputError(f"{name}: expected --run DIR, the folder of a finished run")
    runs = [RunData(folder) for folder in sources.runs]
    chosen: dict[str, None] = {}
    faults = []
    for folder in runs:
        known = (*drawings(folder), "subgroups")
        found = [title for title in known if title == name or title.startswith(f"{name}_")]
        chosen |= dict.fromkeys(found)
        if not found:
            faults.append(
                f"{folder.folder}: has no figure {name!r}; expected one of {', '.join((*known, *NEEDS))}"
            )
    if faults:
        raise InputError(faults)
    several = len(runs) > 1 or not selection.empty
    place = _folder(out or (runs[0].folder / "figures" if len(runs) == 1 else Path("figures")))
    for title in chosen:
        if several:
            compare(runs, title, place, selection)
        elif title == "subgroups":
            draw(runs[0], title, partial(subgroups, evidence=sources.evidence), place)
        else:
            draw(runs[0], title, drawings(runs[0])[title], place)
    return [place / f"{title}.svg" for title in chosen]


def _folder(place: Path) -> Path:
    if place.exists() and not place.is_dir():
        raise InputError(f"--out {place}: is a file; expected a folder")
    place.mkdir(parents=True, exist_ok=True)
    return place
