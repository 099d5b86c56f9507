"""The Methods paragraph and the bibliography of a run, made from its manifest and the sources of its evidence."""

import hashlib
import json
import re
from importlib.resources import files
from typing import Any

import pandas as pd

from analysis.figures.run_data import RunData
from analysis.report.content import present, sentence_case

SPECIAL = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$"}


def bibliography(run: RunData) -> str:
    """BibTeX: the methods and software that a run uses, its own software with version, every evidence source."""
    known = (files("analysis.report") / "parts" / "references.bib").read_text(encoding="utf-8")
    versions = run.manifest["versions"]
    software = [
        _entry(name, {"title": f"{{{name}}}, version {versions[name]}", "note": "Software"})
        for name in ("crosstrial", "nutpie")
        if name in versions
    ]
    sources = [
        _entry(
            source_key(row),
            {
                "title": f"{{{_escaped(str(row['citation']))}}}",
                "doi": _text(row["doi"]),
                "url": _text(row["read_at"]) if _text(row["read_at"]).startswith("http") else "",
                "note": f"Evidence of trial {_escaped(str(row['trial']))}",
            },
        )
        for row in _sources(run)
    ]
    return known + "\n".join([*software, *dict.fromkeys(sources)]) + "\n"


def source_key(row: dict[str, Any]) -> str:
    """Key of an evidence source: trial and source, letters, digits and hyphens only."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", f"{row['trial']}-{row['source']}")


def methods_paragraph(run: RunData) -> str:
    """What was done, in one paragraph with citation keys of `bibliography`; every number from the manifest."""
    manifest = run.manifest
    arms = run.table("arms")
    trials = arms["trial"].drop_duplicates()
    randomised = arms[arms["randomised"]]["trial"].nunique()
    versions, sampler = manifest["versions"], manifest.get("sampler")
    digest = hashlib.sha256(json.dumps(manifest["evidence_sha256"], sort_keys=True).encode()).hexdigest()
    sentences = [
        f"We asked: {manifest['question']['text']}",
        f"Evidence on {manifest['question']['disease']} came from {len(trials)} trials, {randomised} of them "
        f"randomised; the index arm is {manifest['index']['trial']}. {sentence_case(run.counts_sentence())}.",
        "Estimands follow ICH E9(R1) [@iche9r1]; the horizons of restricted means were set from numbers at risk "
        "before any fit: " + "; ".join(item["rule"] for item in manifest["horizons"].values()) + "."
        if manifest["horizons"]
        else "Estimands follow ICH E9(R1) [@iche9r1].",
        "Patients were rebuilt from published curves and numbers at risk, or from printed summaries where no curve "
        f"could be read [after @guyot2012], {run.reconstructions} an arm, pooled over draws.",
        "Survival was modelled by a hierarchical piecewise-exponential model with the exact mixture over liver "
        "metastases and PD-L1 class, response by a logistic model over the same mixture, both with a shift c for "
        "single-arm trials.",
        "Results are given under every prior of c: "
        + "; ".join(
            f"{scenario['id']}, {endpoint}: {prior}"
            for scenario in manifest["scenarios"]
            for endpoint, prior in scenario["c_prior"].items()
        )
        + ".",
        f"Posteriors were sampled with PyMC {versions.get('pymc', 'of unknown version')} [@pymc]"
        + (
            f" by nutpie [@nutpie], {sampler['chains']} chains of {sampler['draws']} draws after {sampler['tune']} "
            f"tuning steps a fit, target acceptance {sampler['target_accept']:g}"
            if sampler
            else ""
        )
        + f", seed {manifest['seed']}; the scenarios of a survival endpoint come from one fit of each reconstruction "
        "under a wide prior of c: the departures of the single arms are weighted by Pareto-smoothed importance "
        "sampling [@vehtari2024], their parts (c among them) drawn anew given their sum; diagnostics by ArviZ "
        "[@arviz], arrays by NumPy [@numpy] and SciPy [@scipy].",
        "Unmeasured confounding is bounded by E-values [@vanderweele2017]. Reporting follows PRISMA-NMA "
        "[@hutton2015], BARG [@kruschke2021], the NICE real-world evidence framework [@nice2022] and GRADE "
        "[@guyatt2008]; domains of bias are those of RoB 2 [@sterne2019] and ROBINS-I [@sterne2016].",
        f"The analysis is crosstrial {versions.get('crosstrial', 'of unknown version')} [@crosstrial], preset "
        f"{manifest['preset']}, on evidence with SHA-256 {digest[:16]} (all file hashes), run {manifest['created']}.",
    ]
    return " ".join([*(f"{mark}." for mark in run.marks), *sentences])


def citation_list(run: RunData) -> list[str]:
    """Sources of the evidence as printed references, each once, in the order of the evidence."""
    found: dict[str, None] = {}
    for row in _sources(run):
        doi = _text(row["doi"])
        found[f"{row['citation']}" + (f", doi:{doi}" if doi else "")] = None
    return list(found)


def _sources(run: RunData) -> list[dict[str, Any]]:
    rows = run.table("sources").to_dict("records") if present(run, "sources") else []
    return [{str(name): value for name, value in row.items()} for row in rows]


def _entry(key: str, fields: dict[str, str]) -> str:
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


def _escaped(text: str) -> str:
    return "".join(SPECIAL.get(letter, letter) for letter in text).replace("{", "").replace("}", "")


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
