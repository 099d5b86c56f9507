"""Write the SYNTHETIC evidence folder of a disease that does not exist, from patients with a known truth.

    python tests/analysis/second_disease/simulate.py FOLDER

Every number of the folder is what a publication would print of simulated patients; nothing in it is about a real
disease, drug or trial. The truth is `TRUTH`.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitized.kaplan_meier import cox_two_arms, kaplan_meier, number_at_risk

SEED = 20260301
DAYS = 365.25 / 12
# Log hazard ratios; `single_arm` flatters every single-arm trial (the models call it c).
TRUTH = {
    "OS": {
        "median": 30.0,
        "shape": 1.15,
        "cdk": np.log(0.75),
        "nova": np.log(0.80),
        "single_arm": np.log(0.86),
    },
    "EFS": {
        "median": 11.0,
        "shape": 1.10,
        "cdk": np.log(0.60),
        "nova": np.log(0.60),
        "single_arm": np.log(0.86),
    },
}
VISCERAL, MARKER_UNDER_CDK = np.log(1.6), np.log(0.8)
RESPONSE = {"intercept": -1.1, "cdk": 0.6, "nova": 0.5, "single_arm": 0.2}
LANDMARKS = {"OS": (12, 24), "EFS": (6, 12, 24)}
RISK_TIMES = (0, 6, 12, 18, 24, 30, 36)


@dataclass(frozen=True)
class MadeUpTrial:
    """A trial to simulate: arms by id (components, n), its covariate mix and dates."""

    id: str
    name: str
    arms: dict[str, tuple[tuple[str, ...], int]]
    visceral: float
    marker: float
    start: str
    end: str
    cutoff: str
    window: tuple[float, float]
    own_patients: bool = False

    @property
    def randomised(self) -> bool:
        return len(self.arms) > 1


TRIALS = (
    MadeUpTrial("aurora-1", "AURORA-1", {"cdk-endo": (("endo", "cdk"), 240), "endo": (("endo",), 240)},
                0.50, 0.30, "2017-01", "2018-12", "2021-06-30", (24.0, 54.0)),
    MadeUpTrial("borealis-3", "BOREALIS-3", {"cdk-endo": (("endo", "cdk"), 200), "endo": (("endo",), 200)},
                0.42, 0.36, "2018-03", "2019-08", "2022-03-31", (18.0, 49.0)),
    MadeUpTrial("nova-mono", "NOVA-201", {"nova-endo": (("endo", "nova"), 70)},
                0.40, 0.33, "2018-06", "2019-12", "2022-06-30", (19.0, 49.0)),
    MadeUpTrial("nova-triple", "NOVA-202", {"triple": (("endo", "cdk", "nova"), 64)},
                0.30, 0.28, "2019-01", "2020-06", "2022-12-31", (18.0, 48.0), own_patients=True),
)  # fmt: skip
BACKBONE = "daily endocrine therapy"
NAMES = {"endo": "endocrine therapy", "cdk": "CDK inhibitor", "nova": "novatinib"}

QUESTION = """# SYNTHETIC: a disease, drugs and trials that do not exist, simulated by simulate.py beside this folder.
[question]
id = "synthetic-second-disease"
disease = "SYNTHETIC advanced glandular carcinoma (simulated, not a real disease)"
text = "What does adding novatinib to a CDK inhibitor plus endocrine therapy change?"
index_trial = "nova-triple"
index_arm = "triple"
endpoints = ["OS", "EFS", "ORR"]
searched = "Nothing: every trial of this folder is simulated, with a truth that tests know"
excluded = "Nothing"

[components]
endo = "endocrine therapy"
cdk = "CDK inhibitor"
nova = "novatinib, a targeted agent that does not exist"

[contrast]
backbone = ["endo"]
partner = ["cdk"]
added = ["nova"]

[covariates]
liver = "visceral metastases"
pdl1 = "tumour marker positive"

[[population]]
id = "index"
label = "Index trial's mix"
liver = {index_visceral}
pdl1_high = {index_marker}
note = "as in NOVA-202"

[[population]]
id = "randomised"
label = "Pooled randomised mix"
pool = ["aurora-1", "borealis-3"]
note = "pooled over the two randomised trials"
"""


def write(folder: Path) -> None:
    """Write the whole folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    index_shares = (0.0, 0.0)
    for trial in TRIALS:
        visceral, marker = {}, {}
        lines = [_heading(trial)]
        patients: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {"OS": {}, "EFS": {}}
        for arm, (components, n) in trial.arms.items():
            in_visceral, in_marker = rng.random(n) < trial.visceral, rng.random(n) < trial.marker
            visceral[arm], marker[arm] = int(in_visceral.sum()), int(in_marker.sum())
            follow_up = rng.uniform(*trial.window, n)
            for endpoint in TRUTH:
                patients[endpoint][arm] = _times(
                    rng, endpoint, components, trial.randomised, in_visceral, in_marker, follow_up
                )
            lines += _arm(trial, arm, components, n, visceral[arm], marker[arm])
            lines.append(_response(rng, arm, components, n, trial.randomised))
        for endpoint, arms in patients.items():
            if trial.own_patients and endpoint == "OS":
                arm, (time, event) = next(iter(arms.items()))
                lines.append(_own_patients(folder, trial, arm, endpoint, time, event))
            else:
                lines += [_summary(endpoint, arm, *values, trial.randomised) for arm, values in arms.items()]
            if trial.randomised:
                lines.append(_effect(endpoint, *arms.items()))
        lines += [_role(trial), *(_choice(trial, endpoint) for endpoint in ("OS", "EFS", "ORR"))]
        (folder / f"{trial.id}.toml").write_text("\n".join(lines), encoding="utf-8")
        if trial.own_patients:
            (arm, (_, n)) = next(iter(trial.arms.items()))
            index_shares = (visceral[arm] / n, marker[arm] / n)
    question = QUESTION.format(
        index_visceral=round(index_shares[0], 3), index_marker=round(index_shares[1], 3)
    )
    (folder / "question.toml").write_text(question, encoding="utf-8")


def _times(rng, endpoint, components, randomised, in_visceral, in_marker, follow_up):
    truth = TRUTH[endpoint]
    log_ratio = VISCERAL * in_visceral
    if "cdk" in components:
        log_ratio = log_ratio + truth["cdk"] + MARKER_UNDER_CDK * in_marker
    if "nova" in components:
        log_ratio = log_ratio + truth["nova"]
    if not randomised:
        log_ratio = log_ratio + truth["single_arm"]
    # Weibull with proportional hazards; the median is that of a patient with neither class on endocrine therapy.
    scale = truth["median"] / np.log(2) ** (1 / truth["shape"])
    event_time = scale * (rng.exponential(size=len(in_visceral)) / np.exp(log_ratio)) ** (1 / truth["shape"])
    return np.minimum(event_time, follow_up), event_time <= follow_up


def _heading(trial: MadeUpTrial) -> str:
    design = "randomised 1:1, open-label" if trial.randomised else "single arm"
    return f'''# SYNTHETIC: simulated, not a real trial.
[trial]
id = "{trial.id}"
name = "{trial.name} (synthetic)"
phase = "{3 if trial.randomised else 2}"
design = "{design}"
region = "invented"
setting = "advanced"
enrolment_start = "{trial.start}"
enrolment_end = "{trial.end}"

[[source]]
id = "simulation"
kind = "assumption"
citation = "Simulated by simulate.py; not a publication"

[[analysis]]
id = "primary"
data_cutoff = "{trial.cutoff}"
label = "Primary analysis"
'''


def _arm(trial, arm, components, n, visceral, marker) -> list[str]:
    label = " + ".join(NAMES[name] for name in reversed(components))
    named = ", ".join(f'"{name}"' for name in components)
    return [
        f'[[arm]]\nid = "{arm}"\nlabel = "{label[0].upper() + label[1:]}"\ncomponents = [{named}]\n'
        f'backbone = "{BACKBONE}"\nn = {n}\nsource = "simulation"\n',
        f'[[baseline]]\narm = "{arm}"\nvariable = "visceral_metastases"\ncount = {visceral}\nn = {n}\n'
        'covariate = "liver"\nsource = "simulation"\n',
        f'[[baseline]]\narm = "{arm}"\nvariable = "tumour_marker_positive"\ncount = {marker}\nn = {n}\n'
        'covariate = "pdl1"\nscale = "exact"\nsource = "simulation"\n',
    ]


def _response(rng, arm, components, n, randomised) -> str:
    log_odds = RESPONSE["intercept"] + sum(RESPONSE[name] for name in ("cdk", "nova") if name in components)
    log_odds += 0.0 if randomised else RESPONSE["single_arm"]
    count = int(rng.binomial(n, 1 / (1 + np.exp(-log_odds))))
    return (
        f'[[response]]\narm = "{arm}"\ncategory = "ORR"\ncount = {count}\nn = {n}\n'
        'assessor = "investigator"\nconfirmed = true\nsource = "simulation"\n'
    )


def _summary(endpoint, arm, time, event, with_risk_table) -> str:
    curve = kaplan_meier(time, event)
    heading = f'arm = "{arm}"\nendpoint = "{endpoint}"\npopulation = "all"\n'
    rows = [
        f'[[survival]]\n{heading}quantity = "events"\nvalue = {float(event.sum())}\nsource = "simulation"\n'
    ]
    if np.isfinite(curve.median):
        rows.append(
            f'[[survival]]\n{heading}quantity = "median"\nvalue = {curve.median:.1f}\nsource = "simulation"\n'
        )
    rows += [
        f'[[survival]]\n{heading}quantity = "rate"\ntime = {at}.0\nvalue = {float(curve.at(at)):.3f}\n'
        'source = "simulation"\n'
        for at in LANDMARKS[endpoint]
    ]
    if with_risk_table:
        at_risk = ", ".join(str(int(n)) for n in number_at_risk(time, np.array(RISK_TIMES, dtype=float)))
        times = ", ".join(f"{at}.0" for at in RISK_TIMES)
        rows.append(f'[[at_risk]]\n{heading}time = [{times}]\nn = [{at_risk}]\nsource = "simulation"\n')
    return "\n".join(rows)


def _effect(endpoint, treated, control) -> str:
    (arm, (time, event)), (versus, (control_time, control_event)) = treated, control
    cox = cox_two_arms(control_time, control_event, time, event)
    lower, upper = np.exp(cox.log_hazard_ratio + np.array([-1.96, 1.96]) * cox.standard_error)
    return (
        f'[[effect]]\nendpoint = "{endpoint}"\narm = "{arm}"\nversus = "{versus}"\nmeasure = "HR"\n'
        f'population = "all"\nvalue = {np.exp(cox.log_hazard_ratio):.2f}\nlower = {lower:.2f}\n'
        f'upper = {upper:.2f}\nlevel = 0.95\nsource = "simulation"\n'
    )


def _own_patients(folder, trial, arm, endpoint, time, event) -> str:
    """The patients themselves, in days, as a sponsor would export them."""
    name = f"{trial.id}-{endpoint.lower()}.csv"
    rows = [f"{max(1, round(t * DAYS))},{int(d)}" for t, d in zip(time, event, strict=True)]
    (folder / name).write_text("time,event\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return (
        f'[[patients]]\narm = "{arm}"\nendpoint = "{endpoint}"\npopulation = "all"\nfile = "{name}"\n'
        'unit = "days"\nsource = "simulation"\n'
    )


def _role(trial: MadeUpTrial) -> str:
    what = "randomised" if trial.randomised else "single arm with novatinib"
    return f'[role]\nrole = "base"\nreason = "{what}"\n'


def _choice(trial: MadeUpTrial, endpoint: str) -> str:
    arms = ", ".join(f'"{arm}"' for arm in trial.arms)
    return (
        f'[[choice]]\nendpoint = "{endpoint}"\nanalysis = "primary"\npopulation = "all"\narms = [{arms}]\n'
        + ('assessor = "investigator"\n' if endpoint != "OS" else "")
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
