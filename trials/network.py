"""The network of one question, as the models see it: arms with components, covariate mixes and patients."""

from dataclasses import dataclass

from digitized.curve import Grade, PseudoIPD


@dataclass(frozen=True)
class Share:
    """A published share of an arm's patients: `count` of `n`, or only `proportion` (0-1)."""

    proportion: float
    count: int | None = None
    n: int | None = None


@dataclass(frozen=True)
class PdL1Share:
    """Share of PD-L1-high patients among those tested, on the trial's own scale, cut and assay.

    `scale` is "CPS", "TPS" or "TAP" and `cut` its threshold in percent; `assay` e.g. "22C3". A class that is
    known without error (the marker of another disease) has the scale "exact".
    """

    high: Share
    scale: str
    cut: float
    assay: str

    @property
    def name(self) -> str:
        """The class as printed, e.g. ``22C3 CPS >= 10``; empty for one that is known without error."""
        return "" if self.scale == "exact" else f"{self.assay} {self.scale} >= {self.cut:g}"


@dataclass(frozen=True)
class Published:
    """One published number of an arm or pair: `quantity` is median, rate, events, at_risk or hazard_ratio.

    `time` in months (rate, at_risk); limits and `level` where printed; `source` a source id of the trial.
    """

    quantity: str
    value: float
    source: str
    time: float | None = None
    lower: float | None = None
    upper: float | None = None
    level: float | None = None
    versus: str | None = None


@dataclass(frozen=True)
class SurvivalArm:
    """One arm of one trial for one endpoint: the single analysis that feeds the model.

    Attributes
    ----------
    trial, arm, endpoint : str
    label : str
        Short label for tables and figures.
    components : frozenset of str
        e.g. {"chemo", "pd1", "anlotinib"}.
    randomised : bool
        Whether the trial is randomised (a non-randomised arm carries the single-arm shift c).
    index : bool
        Whether this is the arm whose increment is asked for.
    tp_share, asia_share : float
        Shares (0-1) of paclitaxel-platinum backbone and of patients in Asia.
    liver : Share or None
        Liver metastases at baseline; None when unpublished.
    pdl1 : PdL1Share or None
    n, events : int
    population, cutoff, assessor, source : str
        Which analysis this is.
    grade : Grade
    published : tuple of Published
        Numbers the rebuilt patients are checked against.
    ipd : tuple of PseudoIPD
        Plausible reconstructions, draw 0 first; months.
    """

    trial: str
    arm: str
    endpoint: str
    label: str
    components: frozenset[str]
    randomised: bool
    index: bool
    tp_share: float
    asia_share: float
    liver: Share | None
    pdl1: PdL1Share | None
    n: int
    events: int
    population: str
    cutoff: str
    assessor: str
    source: str
    grade: Grade
    published: tuple[Published, ...]
    ipd: tuple[PseudoIPD, ...]


@dataclass(frozen=True)
class ResponseArm:
    """One arm's best overall response: `responders` (CR + PR) of `n`, with flags that forbid pooling.

    `categories` holds counts by CR, PR, SD, PD, NE where published; `confirmed` and `assessor` as published.
    """

    trial: str
    arm: str
    label: str
    components: frozenset[str]
    randomised: bool
    index: bool
    tp_share: float
    asia_share: float
    liver: Share | None
    pdl1: PdL1Share | None
    n: int
    responders: int
    categories: dict[str, int] | None
    confirmed: bool | None
    assessor: str
    source: str


@dataclass(frozen=True)
class Network:
    """The trials of one question for the models: which arms, with which patients."""

    survival: tuple[SurvivalArm, ...]
    response: tuple[ResponseArm, ...]

    def endpoint(self, endpoint: str) -> tuple[SurvivalArm, ...]:
        """The arms of one survival endpoint, in the order of the evidence.

        Raises
        ------
        KeyError
            Naming the endpoints that exist.
        """
        arms = tuple(arm for arm in self.survival if arm.endpoint == endpoint)
        if not arms:
            known = sorted({arm.endpoint for arm in self.survival})
            raise KeyError(f"no arm has endpoint {endpoint!r}; the network has {known}")
        return arms
