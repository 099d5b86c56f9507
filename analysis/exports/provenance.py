"""Where an export comes from and what its user has to know before using it."""

import hashlib
import json
from importlib.metadata import version

import pandas as pd

from analysis.exports.life_table import LifeTable
from analysis.exports.request import ExportRequest
from analysis.figures.run_data import RunData
from analysis.report.content import present

BACKGROUND = {
    "max": "the fitted hazard never falls below the general population's (maximum of the two at every time; the "
    "fitted hazard counts deaths from every cause)",
    "sum": "beyond follow-up the general population's hazard is added to the fitted one; within follow-up it would "
    "be counted twice and is left out",
}
NOTES = (
    "Samples are posterior draws of a typical trial (trial effects 0, single-arm shift taken out): the shift c "
    "moves Delta, and through it only the triple's curve.",
    "OS and PFS come from separate fits: sample numbers of different endpoints, and of different scenarios, are "
    "not paired. A model that uses both must not read a correlation into equal numbers.",
    "Beyond follow-up the last interval's hazard and the hazard ratios are held constant: no waning, no cure.",
    "A population's survival is the mean over four strata, weighted by strata.share; it is not itself "
    "piecewise exponential. Averaging log rates over strata is wrong.",
    "hesim: params_surv(coefs = the columns log_rate_k + log_hr of one arm and stratum, one matrix a k, "
    "dist = \"pwexp\", aux = list(time = intervals.start_months)); strata.share is the patients' weight.",
    "Excel: S(t) of a stratum is EXP(-sum of EXP(log_rate + log_hr) x months spent in each interval).",
)  # fmt: skip


def provenance(
    run: RunData, request: ExportRequest, samples: dict[str, int], life_table: LifeTable | None
) -> pd.DataFrame:
    """Rows `item`, `value`: banners first, then the run, the choices and the notes."""
    manifest = run.manifest
    rows: list[tuple[str, object]] = []
    if run.banner:
        rows.append(
            ("HYPOTHETICAL", f"published numbers were changed: {run.banner}; nothing here is a result")
        )
    if manifest["preset"] != "standard":
        rows.append(
            ("PRESET", f"{manifest['preset']}: for trying a model out, not for numbers that leave the house")
        )
    rows += [
        ("question", manifest["question"]["text"]),
        ("index arm", f"{manifest['index']['trial']} / {manifest['index']['arm']}"),
        ("index arm, n and events", run.counts_sentence()),
        ("run created", manifest["created"]),
        ("run preset and seed", f"{manifest['preset']}, {manifest['seed']}"),
        ("reconstructions an arm", manifest["imputations"]),
        ("evidence, SHA-256 of all file hashes", _digest(manifest["evidence_sha256"])),
        ("manifest, SHA-256", hashlib.sha256((run.folder / "manifest.json").read_bytes()).hexdigest()),
        ("exported with", f"crosstrial {version('crosstrial')}"),
    ]
    for scenario in manifest["scenarios"]:
        for endpoint in run.survival_endpoints:
            if f"{endpoint} {scenario['id']}" in samples:
                rows.append((f"prior of c, {endpoint}, {scenario['id']}", scenario["c_prior"][endpoint]))
    for population in manifest["populations"]:
        shares = ", ".join(f"{name} {population[name]:.3g}" for name in ("liver", "pdl1_high", "tp", "asia"))
        rows.append((f"population {population['id']}", f"{population['label']}: {shares}"))
    for endpoint, horizon in manifest["horizons"].items():
        rows.append((f"horizon of the run, {endpoint}", horizon["rule"]))
    for name, count in samples.items():
        rows.append((f"samples, {name}", f"{count}, evenly spaced over all chains and reconstructions"))
    if life_table is None:
        rows.append(("general-population mortality", "none: long horizons are disease hazards carried on"))
    else:
        rows += [
            ("general-population mortality", BACKGROUND[request.background]),
            ("life table", f"{request.life_table.name if request.life_table else ''} ({life_table.measure})"),
            ("life table, SHA-256", life_table.sha256),
            ("cohort", f"{request.age:g} years at time 0, {request.male:.0%} men"),
        ]
    for row in run.table("proportional_hazards").to_dict("records"):
        rows.append((f"proportional hazards, {row['endpoint']}", row["sentence"]))
    required = (
        run.table("required_trials").drop_duplicates("trial") if present(run, "required_trials") else None
    )
    for row in [] if required is None else required.to_dict("records"):
        rows.append(("randomised evidence beside it", f"{row['trial']}: {row['comparison']}, {row['endpoint']} "
                     f"{row['measure']} {row['value']:.2f}; {row['reason']}"))  # fmt: skip
    rows += [(f"note {number}", note) for number, note in enumerate(NOTES, 1)]
    return pd.DataFrame([(item, str(value)) for item, value in rows], columns=["item", "value"])


def _digest(hashes: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()
