"""The ladder's scenarios: which prior of the single-arm shift, with or without the class benchmark."""

from dataclasses import dataclass

from digitized.errors import InputError
from models.priors import BASE, NAIVE, OPTIMISTIC, PESSIMISTIC, SingleArmShift
from models.response import RESPONSE_BASE, RESPONSE_NAIVE, RESPONSE_OPTIMISTIC, RESPONSE_PESSIMISTIC


@dataclass(frozen=True)
class Scenario:
    """One rung of the ladder.

    Attributes
    ----------
    id : str
        Stable name, used in files and tables.
    title : str
        What a reader sees.
    survival_shift, response_shift : SingleArmShift
        Prior of c on the log hazard ratio and on the log odds ratio.
    class_benchmark : bool
        Whether the randomised test of a sister drug enters (overall survival only).
    """

    id: str
    title: str
    survival_shift: SingleArmShift
    response_shift: SingleArmShift
    class_benchmark: bool = False

    def shift(self, endpoint: str) -> SingleArmShift:
        """Prior of c on the scale of an endpoint's model."""
        return self.response_shift if endpoint == "ORR" else self.survival_shift

    def applies_to(self, endpoint: str) -> bool:
        """Whether the scenario says something about an endpoint; the class benchmark reports only OS."""
        return endpoint == "OS" or not self.class_benchmark

    def c_prior(self, endpoint: str) -> str:
        """The prior of c as printed on every line."""
        text = self.shift(endpoint).on_ratio_scale
        return f"{text} + class benchmark" if self.class_benchmark else text


LADDER = (
    Scenario("naive", "naive: no single-arm shift", NAIVE, RESPONSE_NAIVE),
    Scenario("optimistic", "optimistic shift", OPTIMISTIC, RESPONSE_OPTIMISTIC),
    Scenario("base", "base case", BASE, RESPONSE_BASE),
    Scenario("pessimistic", "pessimistic shift", PESSIMISTIC, RESPONSE_PESSIMISTIC),
    Scenario("leap_class", "pessimistic + class benchmark", PESSIMISTIC, RESPONSE_PESSIMISTIC, True),
)
# The rung of a prior of c that the user brings.
USER = "user"
DEFAULT_SCENARIOS = ("naive", "base", "pessimistic", "leap_class")


def choose_scenarios(names: tuple[str, ...], user_shift: SingleArmShift | None) -> tuple[Scenario, ...]:
    """The named rungs in the ladder's order, and the user's own prior of c where given.

    The user's prior is on the log hazard ratio; response keeps its base prior, which is another scale.

    Raises
    ------
    InputError
        If a name is not a rung, or only the naive one is asked for.
    """
    known = {scenario.id: scenario for scenario in LADDER}
    faults = [
        f"--scenarios: {name!r} is not a scenario; expected some of {', '.join(known)}"
        for name in names
        if name not in known
    ]
    if not faults and set(names) == {"naive"} and user_shift is None:
        faults.append("--scenarios: the naive reading is never reported alone; add base or pessimistic")
    if faults:
        raise InputError(faults)
    chosen = [scenario for scenario in LADDER if scenario.id in names]
    if user_shift is not None:
        chosen.append(Scenario(USER, "your own prior", user_shift, RESPONSE_BASE))
    return tuple(chosen)
