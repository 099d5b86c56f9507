"""What an evidence folder asks: disease, components, target contrast, populations, chosen analyses."""

from typing import Annotated, Literal

from pydantic import Field

from trials.facts import Assessor, Flag, Row, Text

Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Events = Annotated[float, Field(gt=0)]
RoleName = Literal["base", "sensitivity", "class_benchmark", "validation", "inventory"]


class HarmInfo(Row):
    """A harm to watch for, and the words by which the evidence's events and their notes speak of it."""

    name: Text
    words: Annotated[tuple[Text, ...], Field(min_length=1)]

    def said_in(self, text: str) -> bool:
        """Whether one of the words stands in a text, in either case."""
        return any(word.lower() in text.lower() for word in self.words)


# Always watched for; and what a question that names no harms watches for.
FATAL = HarmInfo(name="grade 5 event", words=("grade 5",))
UNNAMED = HarmInfo(name="death", words=("death",))


class QuestionInfo(Row):
    """The question in words, the arm whose increment is asked for, and how the evidence was found."""

    id: Text
    disease: Text
    text: Text
    index_trial: Text
    index_arm: Text
    endpoints: Annotated[tuple[Text, ...], Field(min_length=1)]
    other_endpoints: tuple[Text, ...] = ()
    searched: Text
    search_date: Text | None = None
    excluded: Text
    harms: tuple[HarmInfo, ...] = ()

    def is_harm(self, event: str, note: str | None = None) -> bool:
        """Whether an event of the index arm, or the note on it, is of a harm to watch for."""
        watched = (FATAL, *(self.harms or (UNNAMED,)))
        return any(harm.said_in(f"{event} {note or ''}") for harm in watched)


class ContrastInfo(Row):
    """Components of the comparison: `backbone` alone, its `partner`, and what is `added`."""

    backbone: tuple[Text, ...]
    partner: tuple[Text, ...]
    added: tuple[Text, ...]


class CovariatesInfo(Row):
    """What the model's four covariates mean in this question; one that is not named is not in the question.

    `liver` and `pdl1` are classes of patients: prognostic, and (`pdl1`) modifying the partner's effect. `tp` and
    `asia` are shares of an arm: of its backbone, and of its region. They carry the names of the shipped question.
    """

    liver: Text | None = None
    pdl1: Text | None = None
    tp: Text | None = None
    asia: Text | None = None

    @property
    def labels(self) -> dict[str, str]:
        """Meaning by covariate, of those that the question has."""
        return self.model_dump(exclude_none=True)


COVARIATES = tuple(CovariatesInfo.model_fields)


class PopulationInfo(Row):
    """A target population: given shares (0-1), the others pooled over the trials of `pool`."""

    id: Text
    label: Text
    liver: Share | None = None
    pdl1_high: Share | None = None
    tp: Share | None = None
    asia: Share | None = None
    pool: tuple[Text, ...] = ()
    note: Text

    def share(self, covariate: str) -> float | None:
        """The share given of a covariate, None where it is pooled."""
        return {"liver": self.liver, "pdl1": self.pdl1_high, "tp": self.tp, "asia": self.asia}[covariate]


class Required(Row):
    """A trial that may not be left out, and why."""

    trial: Text
    reason: Text


class Role(Row):
    """What a trial is for; `needs_curve` keeps its arms out of the models until a curve has been read.

    `assumed_events` (least, most) stands for the precision of a class benchmark whose interval nobody printed; the
    reason says where it comes from.
    """

    trial: Text
    role: RoleName
    needs_curve: Flag = False
    assumed_events: Annotated[tuple[Events, Events], Field()] | None = None
    analyses: tuple[Text, ...] = ()
    reason: Text


class Kept(Row):
    """Another analysis of the same curve, kept as a check."""

    analysis: Text
    reason: Text


class Choice(Row):
    """The one analysis of a trial and endpoint that feeds the models.

    `prefer` orders the sources where several print the same number; `follow_up_population` names the
    population whose follow-up is used when the chosen one has none of its own.
    """

    trial: Text
    endpoint: Text
    analysis: Text
    population: Text
    follow_up_population: Text | None = None
    assessor: Assessor | None = None
    confirmed: Flag | None = None
    arms: tuple[Text, ...]
    prefer: tuple[Text, ...] = ()
    kept: tuple[Kept, ...] = ()
    note: Text | None = None


class Ongoing(Row):
    """A registered trial without results."""

    text: Text
    design: Text
    source: Text


class PriorEvidence(Row):
    """A published quantity behind a default prior; `standing` says how it was read."""

    parameter: Text
    quantity: Text
    value: Annotated[float, Field(strict=True)]
    lower: Annotated[float, Field(strict=True)] | None = None
    upper: Annotated[float, Field(strict=True)] | None = None
    spread: Annotated[float, Field(strict=True)] | None = None
    source: Text
    standing: Text
