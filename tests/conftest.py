"""Makers of arms that every part of the suite shares: a test names only what it is about."""

from dataclasses import replace

import pytest

from digitized.curve import Grade, PseudoIPD
from trials.network import SurvivalArm


@pytest.fixture(scope="session")
def survival_arm():
    """Make an arm of the given patients: OS, paclitaxel in Asia, no covariate published; fields by name."""

    def make(trial: str, arm: str, components: list[str], ipd: PseudoIPD, **fields: object) -> SurvivalArm:
        made = SurvivalArm(
            trial=trial,
            arm=arm,
            endpoint="OS",
            label=f"{trial} {arm}",
            components=frozenset(components),
            randomised=True,
            index=False,
            tp_share=1.0,
            asia_share=1.0,
            liver=None,
            pdl1=None,
            n=ipd.n,
            events=ipd.events,
            population="all",
            cutoff="",
            assessor="",
            source="simulated",
            grade=Grade.PATIENTS,
            published=(),
            ipd=(ipd,),
        )
        return replace(made, **fields)

    return make
