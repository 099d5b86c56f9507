"""Refusals shared by every design calculation: one sentence that says what would work."""

from collections.abc import Sequence

from digitized.errors import InputError


def refuse(faults: Sequence[str]) -> None:
    """Raise all `faults` at once; nothing happens when there are none."""
    if faults:
        raise InputError(tuple(faults))


def hazard_ratio_faults(hazard_ratio: float) -> list[str]:
    """Why a hazard ratio cannot be the alternative of a superiority trial."""
    if not 0 < hazard_ratio < 1:
        return [
            f"hazard ratio {hazard_ratio:g}: no number of events shows superiority at it; "
            "give a hazard ratio above 0 and below 1, e.g. 0.75"
        ]
    return []


def power_faults(power: float, alpha: float) -> list[str]:
    """Why power or a two-sided alpha cannot be asked for."""
    faults = []
    if not 0 < alpha <= 0.5:
        faults.append(f"alpha {alpha:g}: expected a two-sided level above 0 and at most 0.5, e.g. 0.05")
    if 2 <= power <= 100:
        faults.append(f"power {power:g}: expected a share below 1, did you mean {power / 100:g}?")
    elif not power < 1:
        faults.append(f"power {power:g} needs infinitely many events; give a power below 1, e.g. 0.9")
    elif 0 < alpha <= 0.5 and not power > alpha / 2:
        faults.append(f"power {power:g}: expected above alpha / 2 = {alpha / 2:g} and below 1, e.g. 0.9")
    return faults


def positive_faults(**values: float) -> list[str]:
    """Every named value that is not a positive finite number."""
    return [
        f"{name.replace('_', ' ')} {value:g}: expected a number above 0"
        for name, value in values.items()
        if not 0 < value < float("inf")
    ]
