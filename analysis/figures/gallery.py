"""The gallery page: every figure with the command that made it, small enough to live beside the text."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from analysis.figures.request import FigureSources, draw_requested
from analysis.figures.run_data import RunData
from analysis.figures.series import Selection
from digitized.errors import InputError
from digitized.output import replacing, write_text

COLOURS = 64
DEFAULTS = Selection()
HEAD = """# Gallery

Every figure with the command that made it; each command also writes SVG and PDF, the data as CSV and this caption as
text. `--run` repeated puts several runs into one figure, `--scenario`, `--population` and `--arm` what one run holds
(ladder, survival, hazards, rmst_by_horizon); `--style one-column` (85 mm) and `--style two-columns` (180 mm) set them
for print, `--style FILE.toml` in a style of your own (copy `analysis/figures/journal_styles.toml`).

Made by `crosstrial plot gallery --run {run}{rest} --out docs` from a run of preset {preset}, seed {seed}, of
{created}.
"""


@dataclass(frozen=True)
class Entry:
    """A figure of the gallery: its file, its title, the figure drawn and from what."""

    file: str
    title: str
    figure: str
    source: str = "run"
    selection: Selection = DEFAULTS

    @property
    def command(self) -> str:
        """The command that draws it, with the folders' usual names."""
        words = ["crosstrial plot", self.figure, SHOWN[self.source]]
        if self.figure == "contribution":
            # For the index trial's counts in its caption.
            words.insert(2, SHOWN["run"])
        for option, values in (
            ("scenario", self.selection.scenarios),
            ("population", self.selection.populations),
            ("arm", self.selection.arms),
        ):
            words += [f"--{option} {value}" for value in values]
        return " ".join(words)


SHOWN = {
    "run": "--run runs/PRESET",
    "validation": "--validation runs/validation",
    "sensitivity": "--sensitivity runs/sensitivity/sensitivity.csv",
}
ENTRIES = (
    Entry("ladder", "The ladder: how far the increment moves with the prior of c", "ladder"),
    Entry("survival_OS", "Overall survival: the model over the observed curves", "survival_OS"),
    Entry("survival_PFS", "Progression-free survival", "survival_PFS"),
    Entry("hazards", "Hazards over time", "hazards"),
    Entry("rmst_by_horizon", "Restricted mean survival difference by horizon", "rmst_by_horizon"),
    Entry("prior_posterior", "Prior against posterior, with contraction", "prior_posterior"),
    Entry("tipping", "The tipping surface: P(HR < 1) over the prior of c", "tipping"),
    Entry("leave_one_out", "Each trial predicted from the others", "leave_one_out", "validation"),
    Entry("contribution", "What each trial contributes to the increment", "contribution", "sensitivity"),
    Entry("subgroups", "Published subgroups beside the model", "subgroups"),
    Entry("covariates", "Covariate mix of every arm", "covariates"),
    Entry("network", "The network of evidence", "network"),
    Entry("arms_fit_OS", "The model over every arm's curve", "arms_fit_OS"),
    Entry(
        "compared_scenarios",
        "Scenarios side by side",
        "survival_OS",
        selection=Selection(("naive", "base", "pessimistic"), (), ("triple", "comparator")),
    ),
    Entry(
        "compared_populations",
        "Populations side by side",
        "hazards",
        selection=Selection(("base",), ("index", "phase3"), ("triple", "comparator")),
    ),
)


def write_gallery(sources: FigureSources, out: Path) -> list[Path]:
    """Write ``gallery.md`` and ``figures/*.png`` into `out`; figures whose source is not given are left out.

    Raises
    ------
    InputError
        If no run is given.
    """
    if len(sources.runs) != 1:
        raise InputError(f"gallery: {len(sources.runs)} runs given; expected one --run DIR")
    given = {"run"} | {name for name in ("validation", "sensitivity") if getattr(sources, name) is not None}
    run = RunData(sources.runs[0])
    page = [
        HEAD.format(
            run=SHOWN["run"].removeprefix("--run "),
            rest="".join(f" {SHOWN[name]}" for name in ("validation", "sensitivity") if name in given),
            preset=run.manifest["preset"],
            seed=run.manifest["seed"],
            created=run.manifest["created"][:10],
        )
    ]
    shown = [entry for entry in ENTRIES if entry.source in given]
    with tempfile.TemporaryDirectory() as made:
        # Everything is drawn before anything is replaced.
        for entry in shown:
            draw_requested(entry.figure, sources, entry.selection, Path(made) / entry.file)
        (out / "figures").mkdir(parents=True, exist_ok=True)
        for entry in shown:
            stem = Path(made) / entry.file / entry.figure
            caption = stem.with_suffix(".txt").read_text(encoding="utf-8").strip()
            shrink(stem.with_suffix(".png"), out / "figures" / f"{entry.file}.png")
            page.append(
                f"## {entry.title}\n\n`{entry.command}`\n\n![{entry.title}](figures/{entry.file}.png)\n\n{caption}\n"
            )
    text = "\n".join(page).replace("runs/PRESET", f"runs/{run.manifest['preset']}")
    write_text(out / "gallery.md", text)
    return [out / "gallery.md"]


def shrink(picture: Path, target: Path) -> None:
    """Write a picture with few colours, which a drawing hardly shows and its size does."""
    with Image.open(picture) as opened, replacing(target) as temporary:
        few = opened.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(temporary, format="PNG", optimize=True)
