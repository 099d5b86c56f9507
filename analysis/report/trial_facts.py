"""What the evidence says of each trial's design: the facts that a risk-of-bias assessment starts from."""

from pathlib import Path

import pandas as pd

from analysis.figures.run_data import RunData
from digitized.output import write_text
from trials import load
from trials.evidence import Evidence

TABLE = "trials"


def trial_facts(evidence: Evidence) -> pd.DataFrame:
    """One row a trial: registration, design, blinding, stratification, size, time and what was analysed.

    Fields that no source gave are empty.
    """
    rows = []
    for trial in evidence.trials:
        info = trial.info
        rows.append(
            {
                "trial": trial.id,
                "registration": info.registration or "",
                "phase": info.phase,
                "design": info.design,
                "randomised": info.randomised,
                "blinding": info.blinding or "",
                "stratification": "; ".join(info.stratification),
                "region": info.region,
                "setting": info.setting,
                "enrolment_start": str(info.enrolment_start or ""),
                "enrolment_end": str(info.enrolment_end or ""),
                "n": info.n_randomised or sum(arm.n or 0 for arm in trial.arm) or None,
                "primary_endpoints": "; ".join(info.primary_endpoints),
                "analyses": "; ".join(f"{analysis.id}: {analysis.label}" for analysis in trial.analysis),
                "note": info.note or "",
            }
        )
    return pd.DataFrame(rows)


def add_trial_facts(folder: Path, evidence: Path | None) -> bool:
    """Write the table into a run that lacks it, from the very evidence files of that run.

    Parameters
    ----------
    folder : Path
        A run's.
    evidence : Path, optional
        Evidence folder; default the one shipped.

    Returns
    -------
    bool
        Whether the run has the table now; False if the files' hashes are not those of the manifest.
    """
    run = RunData(folder)
    if run.has(TABLE):
        return True
    known = load(evidence)
    if dict(known.hashes) != run.manifest["evidence_sha256"]:
        return False
    write_text(folder / "tables" / f"{TABLE}.csv", trial_facts(known).to_csv(index=False))
    return True
