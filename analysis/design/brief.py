"""The one-page brief of a randomised trial: every sentence and table computed from designs and evidence."""

from analysis.design import brief_sentences as say
from analysis.design.brief_page import Brief, BriefRequest, Section
from analysis.design.brief_tables import assurance_section, harms_section, options_section
from analysis.design.checks import refuse
from analysis.design.evidence import background
from analysis.design.priors import NAMED, DesignPrior, run_prior, run_scenarios
from analysis.design.question import ladder_of, naive_of, need_own, same_question
from analysis.design.sample_size import plan
from analysis.figures.run_data import RunData


def build_brief(request: BriefRequest) -> Brief:
    """Compute the brief.

    Raises
    ------
    InputError
        If the design is impossible, or the run or the evidence lacks what a brief must quote.
    """
    need_own(request.evidence, {"--run": request.run})
    same_question(request.run, request.evidence)
    facts = background(request.endpoint, request.evidence)
    rungs = _rungs(request)
    naive = naive_of(request.run, request.endpoint, request.evidence)
    base, priors = rungs[0], (*rungs, NAMED["sceptical"], naive)
    planned = plan(request.design)
    marks = () if request.run is None else RunData(request.run).marks
    sections = (
        Section("Claim", (" ".join([*(f"{mark}." for mark in marks), say.claim(facts, request, base)]),)),
        Section("What is unknown", (say.unknown(rungs[1:], naive),)),
        Section("Randomised evidence on the class", say.benchmarks(facts)),
        Section("The trial", (say.trial(request, planned),)),
        assurance_section(request, planned, priors),
        Section("What would change our mind", (say.change_of_mind(request, planned, base),)),
        harms_section(facts),
        options_section(request, planned, base, facts.index_events),
        Section("Sample size (SPIRIT item 14)", (say.sample_size_paragraph(request, planned, rungs),)),
    )
    return Brief(f"A randomised trial in {facts.disease}", sections, priors, request, planned)


def _rungs(request: BriefRequest) -> tuple[DesignPrior, ...]:
    """The ladder and the user's own rung, the base first; the named priors stand in for OS only."""
    rungs = ladder_of(request.run, request.endpoint, request.evidence)
    if request.run is not None and "user" in run_scenarios(request.run, request.endpoint):
        rungs = (*rungs, run_prior(request.run, "user", request.endpoint))
    if request.endpoint != "OS":
        rungs = tuple(prior for prior in rungs if prior.draws is not None)
    if len(rungs) < 2 or rungs[0].name != "base":
        refuse([f"a brief of {request.endpoint} needs --run with its base and pessimistic posteriors: the named "
                "priors are read from OS of the packaged question"])  # fmt: skip
    return rungs
