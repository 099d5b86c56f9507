"""The sensitivity analyses by their stable names: what each is called and what it changes."""

from dataclasses import dataclass

from digitized.errors import InputError


@dataclass(frozen=True)
class Analysis:
    """One sensitivity analysis: its stable id, a title, and what it changes against the base case."""

    id: str
    title: str
    changes: str


CATALOGUE = (
    Analysis("SA01", "Naive reading", "the single-arm shift c is fixed at 0; e_sat stays"),
    Analysis(
        "SA02",
        "Ladder and heat map of c",
        "the prior of c: every rung of the ladder, and a surface over its mean (HR 0.65-1) and sd (0.1-0.4)",
    ),
    Analysis("SA03", "Interaction of ICI and the added drug", "sd of gamma's prior: 0, 0.1, 0.2, 0.4"),
    Analysis(
        "SA04",
        "Independent single-arm shifts",
        "c of the index trial and of the other single arms: correlation 0 and 0.5 instead of 0.9",
    ),
    Analysis(
        "SA05", "Matching comparators only", "randomised trials on paclitaxel-platinum only, then Asian only"
    ),
    Analysis("SA06", "Leave one trial out", "the patients of one trial at a time are left out"),
    Analysis(
        "SA07", "Liver metastases", "the prior of their prognosis (HR 1.3, 2.5), and no liver term at all"
    ),
    Analysis(
        "SA08",
        "PD-L1 mapping",
        "the observed class taken as it is, the untested all low, the untested all high",
    ),
    Analysis(
        "SA09",
        "Patients lost early",
        "k early withdrawals of the index arm with kappa times its hazard; the kappa at which P falls",
    ),
    Analysis(
        "SA10",
        "Assessor of progression",
        "the published ratio of independent to investigator review on the index arm's hazard (PFS only)",
    ),
    Analysis(
        "SA11", "Index date", "the index arm counted from 2 and 4 weeks later (time before that is lost)"
    ),
    Analysis("SA12", "Time horizon", "restricted mean to 12, 18 and 24 months where observed"),
    Analysis(
        "SA13",
        "Shape of hazard and effect",
        "a time-varying effect of the added drug (knots 3, 6, 12), and other families of baseline hazard",
    ),
    Analysis("SA14", "Width of every prior", "every scale times 1/2 and times 2: together, then one by one"),
    Analysis("SA15", "Randomised test of the class", "the class benchmark enters the likelihood (OS only)"),
    Analysis(
        "SA16",
        "Concurrent groups chosen by patients",
        "NCT04471480 as a likelihood of Delta, as published and with a shift for selection (PFS only)",
    ),
    Analysis(
        "SA17",
        "Second cohort of the index trial",
        "30 simulated patients on the index ICI + chemotherapy join the index trial: an illustration",
    ),
    Analysis("SA18", "Reconstruction", "one reconstruction of the curves at a time"),
    Analysis("SA19", "Cut instead of joint model", "single arms do not inform the randomised contrasts"),
    Analysis(
        "SA20",
        "Unmeasured confounding",
        "E-values, the shifts of the observed covariates, and a simulated unmeasured one",
    ),
    Analysis(
        "SA21",
        "Borrowed effect of the added drug",
        "the prior of delta from its randomised trials in other settings, with between-setting spread 0.2",
    ),
    Analysis("SA22", "Shifted nulls", "P(HR < 1, 0.9, 0.8, 0.7) of exp(Delta) instead of P(HR < 1) alone"),
    Analysis(
        "SA23",
        "Assessment schedule",
        "progression known only to lie between two scans of the trial's schedule (PFS only)",
    ),
)
IDS = tuple(analysis.id for analysis in CATALOGUE)


def choose(names: tuple[str, ...], *, everything: bool) -> tuple[Analysis, ...]:
    """The named analyses in the catalogue's order.

    Raises
    ------
    InputError
        If a name is unknown, or neither or both of names and `everything` are given.
    """
    wanted = {name.upper() for name in names}
    unknown = sorted(wanted - set(IDS))
    known = ", ".join(IDS)
    if unknown:
        listed = ", ".join(unknown)
        raise InputError(f"sensitivity analysis {listed}: not known; expected some of {known}")
    if everything and wanted:
        raise InputError(f"--all and {', '.join(sorted(wanted))}: expected one or the other")
    if not everything and not wanted:
        raise InputError(f"no sensitivity analysis is named; expected some of {known}, or --all, or --list")
    return tuple(analysis for analysis in CATALOGUE if everything or analysis.id in wanted)
