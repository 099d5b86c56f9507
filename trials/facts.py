"""What one row of an evidence file may say: one validated, immutable model a table of the file.

Every row that holds a number names its `source`, an id of the same file. Counts are patients, `percent` and
the limits beside it are percentages, survival rates are probabilities (0-1), times are months, `level` is the
confidence level of the interval beside it (0-1; mind 0.991 or 0.985).
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field


def month_date(text: str) -> date:
    """A date from "2021-09" (its first day) or "2021-09-30".

    Raises
    ------
    ValueError
        If the text is neither.
    """
    return date.fromisoformat(text if len(text) > len("2021-09") else f"{text}-01")


def date_as_text(value: object) -> object:
    """A date of TOML itself (2021-09-30 without quotes) as text; anything else as it is."""
    return value.isoformat() if isinstance(value, date) else value


def require_date(text: str) -> str:
    """The text, when it is a date as YYYY-MM or YYYY-MM-DD."""
    try:
        month_date(text)
    except ValueError:
        raise ValueError("expected a date as YYYY-MM or YYYY-MM-DD") from None
    return text


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0)]
Patients = Annotated[int, Field(strict=True, ge=1)]
Months = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Percent = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
Level = Annotated[float, Field(strict=True, gt=0, lt=1)]
Text = Annotated[str, Field(strict=True, min_length=1)]
Flag = Annotated[bool, Field(strict=True)]
Doi = Annotated[str, Field(strict=True, pattern=r"^10\.\d+/\S+$")]
Month = Annotated[str, BeforeValidator(date_as_text), Field(strict=True), AfterValidator(require_date)]
Assessor = Literal["investigator", "BICR", "BIRC", "IRC", "IRF", "IRRC", "central"]

# How a number came about: printed by the source, following from what the source says (a trial run in China),
# or assumed because nobody published it.
Basis = Literal["published", "implied", "assumed"]
Covariate = Literal["liver", "pdl1", "tp", "asia"]
SurvivalQuantity = Literal[
    "median",
    "rate",
    "events",
    "follow_up_median",
    "follow_up_minimum",
    "max_follow_up",
    "count_over",
]


class Row(BaseModel):
    """A row of an evidence file: unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Row):
    """Where numbers were read; a `mirror` of a publisher's page has a DOI or that page beside it.

    Where neither could be found, `publisher_page_unknown` says how it was looked for.
    """

    id: Text
    kind: Literal["publisher", "mirror", "report", "secondary", "registry", "figure", "assumption"] = "report"
    citation: Text
    doi: Doi | None = None
    publisher_page: Text | None = None
    publisher_page_unknown: Text | None = None
    read_at: Text | None = None
    data_cutoff: Month | None = None
    note: Text | None = None


class TrialInfo(Row):
    """The trial itself; fields that no source gave stay absent."""

    id: Text
    name: Text
    registration: Text | None = None
    phase: Text
    design: Text
    randomised: Flag
    blinding: Literal["open-label", "double-blind"] | None = None
    region: Text
    setting: Text
    enrolment_start: Month | None = None
    enrolment_end: Month | None = None
    n_randomised: Count | None = None
    source: Text | None = None
    primary_endpoints: tuple[Text, ...] = ()
    stratification: tuple[Text, ...] = ()
    pdl1_assay: Text | None = None
    note: Text | None = None


class Analysis(Row):
    """One data cut-off (or one published look) of the trial; survival numbers belong to exactly one."""

    id: Text
    data_cutoff: Month | None = None
    label: Text
    note: Text | None = None


class Arm(Row):
    """One arm; `n` is the whole randomised (or enrolled) arm."""

    id: Text
    label: Text
    components: tuple[Text, ...]
    backbone: Text
    n: Patients | None = None
    source: Text | None = None
    reported: Flag = True
    note: Text | None = None


class Size(Row):
    """Number of patients of an arm in a named population (ESCC, efficacy, safety, planned ...)."""

    arm: Text
    population: Text
    n: Patients
    source: Text
    note: Text | None = None


class Baseline(Row):
    """A baseline characteristic; with `covariate` it is also what the models know of that share.

    For `covariate = "pdl1"` the row names `scale`, `cut` and `assay`; a class that is known without error (a
    mutation, say) has `scale = "exact"` and neither.
    """

    arm: Text
    variable: Text
    population: Text = "all"
    count: Count | None = None
    n: Patients | None = None
    percent: Percent | None = None
    value: Number | None = None
    min: Number | None = None
    max: Number | None = None
    iqr: tuple[Number, Number] | None = None
    covariate: Covariate | None = None
    scale: Literal["CPS", "TPS", "TAP", "exact"] | None = None
    cut: Number | None = None
    assay: Text | None = None
    basis: Basis = "published"
    source: Text
    note: Text | None = None


class Survival(Row):
    """One number of one survival curve of one arm."""

    arm: Text
    endpoint: Text
    population: Text
    analysis: Text = "primary"
    quantity: SurvivalQuantity = Field(validation_alias=AliasChoices("quantity", "kind"))
    time: Months | None = None
    value: Number | None = None
    not_reached: Flag = False
    lower: Number | None = None
    upper: Number | None = None
    upper_not_estimable: Flag = Field(
        default=False, validation_alias=AliasChoices("upper_not_estimable", "upper_ne")
    )
    level: Level | None = None
    iqr: tuple[Number, Number] | None = None
    range: tuple[Number, Number] | None = None
    range_max_censored: Flag = False
    n: Patients | None = None
    percent: Percent | None = None
    assessor: Assessor | None = None
    confirmed: Flag | None = None
    order_ambiguous: Flag = False
    basis: Basis = "published"
    source: Text
    note: Text | None = None


class AtRiskRow(Row):
    """The numbers printed below one curve: `n` at risk at each of `time`, `censored` so far where printed."""

    arm: Text
    endpoint: Text
    population: Text
    analysis: Text = "primary"
    time: tuple[Months, ...]
    n: tuple[Count, ...]
    censored: tuple[Count, ...] | None = None
    source: Text
    note: Text | None = None


class Effect(Row):
    """A published contrast of two arms; `HR` below 1 favours `arm`, `RD` is a difference of proportions."""

    endpoint: Text
    arm: Text
    versus: Text
    measure: Literal["HR", "RD"]
    population: Text
    analysis: Text = "primary"
    value: Number
    lower: Number | None = None
    upper: Number | None = None
    level: Level | None = None
    assessor: Assessor | None = None
    randomised: Flag | None = None
    source: Text
    note: Text | None = None


class Prognostic(Row):
    """A hazard ratio between patients of one arm (not a treatment effect)."""

    endpoint: Text
    arm: Text
    contrast: Text
    measure: Literal["HR"] = "HR"
    population: Text = "all"
    value: Number
    lower: Number | None = None
    upper: Number | None = None
    level: Level | None = None
    source: Text
    note: Text | None = None


class Response(Row):
    """Best overall response or a count beside it; limits are percentages."""

    arm: Text
    category: Text
    population: Text = "all"
    analysis: Text = "primary"
    count: Count | None = None
    n: Patients | None = None
    percent: Percent | None = None
    lower: Percent | None = None
    upper: Percent | None = None
    level: Level | None = None
    assessor: Assessor | None = None
    confirmed: Flag | None = None
    source: Text
    note: Text | None = None


class Safety(Row):
    """Patients with an adverse event."""

    arm: Text
    event: Text
    population: Text = "all"
    count: Count | None = None
    n: Patients | None = None
    percent: Percent | None = None
    source: Text
    note: Text | None = None


class Disposition(Row):
    """What became of the patients; `percent_printed` keeps a percentage that contradicts its count."""

    arm: Text
    item: Text
    count: Count | None = None
    n: Patients | None = None
    percent: Percent | None = None
    percent_printed: Percent | None = None
    source: Text
    note: Text | None = None


class Subsequent(Row):
    """Treatment after the trial's own."""

    arm: Text
    item: Text
    count: Count | None = None
    n: Patients | None = None
    percent: Percent | None = None
    source: Text
    note: Text | None = None


class Exposure(Row):
    """Dose and duration; `rdi` is relative dose intensity in percent, durations are months."""

    arm: Text
    drug: Text
    phase: Text | None = None
    median: Number | None = None
    min: Number | None = None
    max: Number | None = None
    rdi_median_percent: Number | None = None
    rdi_min_percent: Number | None = None
    rdi_max_percent: Number | None = None
    duration_mean_months: Months | None = None
    duration_min: Months | None = None
    duration_max: Months | None = None
    source: Text


class Planning(Row):
    """A number of the trial's own sample-size calculation."""

    item: Text
    value: Number
    source: Text
    note: Text | None = None


class Test(Row):
    """A printed test statistic."""

    endpoint: Text
    contrast: Text
    statistic: Text
    value: Number
    source: Text


class Historical(Row):
    """What a paper says of other studies, as text."""

    text: Text
    source: Text


class Derived(Row):
    """Arithmetic on published numbers: shown, never an input."""

    what: Text
    value: Number
    lower: Number | None = None
    upper: Number | None = None
    se_log: Number | None = None
    note: Text | None = None


class Inconsistency(Row):
    """What sources contradict: `printed` as they print it, `finding` what that implies, both kept."""

    about: Text
    printed: Text
    finding: Text | None = None
    source: Text | None = None
