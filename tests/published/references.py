"""Published analyses of other software, repeated with the models of this product on the same public data.

    python tests/published/references.py FOLDER [--only survextrap] [--out tests/published/kept]

FOLDER holds the data sets as their packages ship them, one folder a package: flexsurv-bc/bc.csv,
rbest-map/AS.csv, multinma-blocker/blocker.csv, netmeta-cnma/Linde2016.csv with expected.json (no printed output
of netmeta exists: computed with its algorithm), survextrap-cetux/cetux.csv. Each reference is a list of
numbers with tolerance and citation; `test_kept_references.py` reads the tables kept beside this file.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import reference_responses
import reference_survival
from test_parametric_survival import maximum_likelihood

from analysis.model_source import models_digest
from analysis.validation.gold_number import GoldNumber
from analysis.validation.random_effects import Contrast, cochran_q, component_network, fit_at, moment_tau


def flexsurv_bc(folder: Path) -> list[GoldNumber]:
    """Breast cancer by prognostic group; the log-normal and log-logistic fits there are not proportional hazards."""
    data = pd.read_csv(folder / "flexsurv-bc" / "bc.csv")
    years, event = data["recyrs"].to_numpy(), data["censrec"].to_numpy() == 1
    groups = [(data["group"] == name).to_numpy(dtype=float) for name in ("Medium", "Poor")]
    section = "flexsurv / R survival 3.x, survreg, bc by group"
    # Published: family, start, log likelihood, survreg's coefficients of Medium and Poor, its scale.
    published = (
        ("exponential", [-2.0], -831.10612545, (-0.8180219, -1.5375232), 1.0),
        ("Weibull", [-2.0, 0.2], -811.94190653, (-0.61358917, -1.21221372), 0.72482058),
    )
    found = []
    for name, start, log_likelihood, coefficients, scale in published:
        maximum, where = maximum_likelihood(name, start, years, event, groups)
        found.append(GoldNumber(section, f"{name}: log likelihood", log_likelihood, maximum, 1e-4))
        for group, coefficient, ratio in zip(("Medium", "Poor"), coefficients, where[-2:], strict=True):
            title = f"{name}: log hazard ratio of {group}"
            found.append(GoldNumber(section, title, -coefficient / scale, float(ratio), 1e-3))
    return found


def netmeta_linde(folder: Path) -> list[GoldNumber]:
    """Depression in primary care: 93 trials, 22 treatments, as a network of treatments and of components."""
    data = pd.read_csv(folder / "netmeta-cnma" / "Linde2016.csv")
    expected = json.loads((folder / "netmeta-cnma" / "expected.json").read_text())
    found: list[GoldNumber] = []
    for name, separator in (("standard", None), ("additive", " + ")):
        section = f"netmeta algorithm (Ruecker 2020), Linde 2016, {name} network"
        contrasts = [
            Contrast(
                str(row.id),
                _parts(row.treat1, separator),
                _parts(row.treat2, separator),
                row.lnOR,
                row.selnOR,
            )
            for row in data.itertuples()
        ]
        components = sorted(frozenset().union(*(c.arm | c.versus for c in contrasts)))
        network = component_network(contrasts, components)
        statistic, spare = cochran_q(network)
        q, degrees, _ = expected[f"Q_{name}"]
        tau = moment_tau(network)
        found += [
            GoldNumber(section, "Q", q, statistic, 1e-5),
            GoldNumber(section, "degrees of freedom", degrees, spare, 0),
            GoldNumber(section, "tau", expected[f"tau_{name}"], tau, 1e-6),
        ]
        for kind, spread in (("common", 0.0), ("random", tau)):
            fitted = fit_at(spread, network)
            published = expected["results"][f"{name}_{kind}"]
            ratios = published["logOR" if name == "additive" else "logOR_vs_placebo"]
            errors = np.sqrt(np.diag(fitted.covariance))
            for position, component in enumerate(components):
                title = f"{kind}: log odds ratio of {component}"
                found += [
                    GoldNumber(section, title, ratios[component], float(fitted.coefficients[position]), 1e-6),
                    GoldNumber(
                        section,
                        f"{title}, standard error",
                        published["se"][component],
                        errors[position],
                        1e-6,
                    ),
                ]
    return found


def _parts(treatment: str, separator: str | None) -> frozenset[str]:
    if treatment == "Placebo":
        return frozenset()
    return frozenset(treatment.split(separator) if separator else [treatment])


@dataclass(frozen=True)
class Package:
    """What is repeated of one package, and the data set of the folder that it takes."""

    repeat: Callable[[Path], list[GoldNumber]]
    data: str


PACKAGES: Mapping[str, Package] = {
    "flexsurv": Package(flexsurv_bc, "flexsurv-bc/bc.csv"),
    "netmeta": Package(netmeta_linde, "netmeta-cnma/Linde2016.csv"),
    "RBesT": Package(reference_responses.rbest_ankylosing_spondylitis, "rbest-map/AS.csv"),
    "multinma": Package(reference_responses.multinma_blocker, "multinma-blocker/blocker.csv"),
    "survextrap": Package(reference_survival.survextrap_cetuximab, "survextrap-cetux/cetux.csv"),
}


def main() -> None:
    """Repeat the packages, print what is off, keep one table a package."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=sorted(PACKAGES))
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    for name in [asked.only] if asked.only else PACKAGES:
        package = PACKAGES[name]
        numbers = package.repeat(asked.folder)
        table = pd.DataFrame([vars(number) | {"met": number.met} for number in numbers])
        print(table.to_string(index=False, max_colwidth=60))
        print(f"{name}: {int(table['met'].sum())} of {len(table)} numbers within tolerance", flush=True)
        if asked.out:
            data = (asked.folder / package.data).read_bytes()
            record = {"data": package.data, "data_sha256": hashlib.sha256(data).hexdigest()}
            record |= {"models_sha256": models_digest()}
            asked.out.mkdir(parents=True, exist_ok=True)
            table.to_csv(asked.out / f"{name}.csv", index=False)
            (asked.out / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
