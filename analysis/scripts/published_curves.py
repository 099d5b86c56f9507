"""One figure: progression-free survival of the index arm over the randomised immunochemotherapy arms.

Rebuilt patients only, no model: the unadjusted picture that every adjustment starts from. Run it with
`python analysis/scripts/published_curves.py [FILE.svg]`.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from digitized.kaplan_meier import kaplan_meier
from trials import load, network

ENDPOINT = "PFS"


def main(path: Path = Path("published_curves.svg")) -> Path:
    """Draw the figure and return where it was written."""
    arms = network(load(), draws=1, seed=1).endpoint(ENDPOINT)
    figure = Figure(figsize=(6.5, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for arm in arms:
        if not arm.index and "anlotinib" not in arm.components and len(arm.components) < 2:
            continue  # chemotherapy alone
        estimate = kaplan_meier(arm.ipd[0].time, arm.ipd[0].event)
        time = np.concatenate(([0.0], estimate.time, [estimate.last]))
        survival = np.concatenate(([1.0], estimate.survival, estimate.survival[-1:]))
        style = {"color": "black", "linewidth": 2.2} if arm.index else {"linewidth": 1.0}
        name = f"{arm.trial} {arm.arm} (n = {arm.n}, {arm.events} events, {arm.grade})"
        axes.step(time, survival, where="post", label=name, **style)
    axes.set(
        xlabel="Months since randomisation or enrolment",
        ylabel="Progression-free survival",
        xlim=(0, 30),
        ylim=(0, 1),
    )
    axes.legend(fontsize=6, frameon=False)
    figure.savefig(path)
    print(f"{path}: unadjusted; assessors differ between trials, see tables/arms.csv of a run")
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("published_curves.svg"))
