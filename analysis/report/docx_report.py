"""The report's core as DOCX: summary, question, evidence, ladder, figures, robustness, checklists, reproduction."""

from pathlib import Path

from docx import Document
from docx.document import Document as DocumentObject

from analysis.figures.run_data import RunData
from analysis.report import content, first_page, tables
from analysis.report.attachments import Attachments, sensitivity, validation
from analysis.report.checklists import checklists
from analysis.report.docx_layout import SMALL, add_bullets, add_frame, add_picture, add_table, set_page
from analysis.report.prior_pictures import prior_picture
from analysis.report.references import citation_list, methods_paragraph
from digitized.output import replacing

# Figures in the order of the report; any other stands after them.
FIGURE_ORDER = ("network", "survival", "hazards", "rmst", "prior_posterior", "tipping", "covariates")


def write_docx(run: RunData, path: Path, attached: Attachments) -> None:
    """Write the DOCX report of a run to `path`: landscape A4, as its tables are wide."""
    document = Document()
    set_page(document, run)
    _summary(document, run)
    _question(document, run)
    _evidence(document, run)
    _results(document, run)
    _robustness(document, run, attached)
    _checklists(document)
    _appendix(document, run)
    with replacing(path) as temporary:
        document.save(str(temporary))


def _summary(document: DocumentObject, run: RunData) -> None:
    document.add_heading(run.manifest["question"]["text"], level=0)
    if run.banner:
        document.add_paragraph(f"HYPOTHETICAL. Published numbers were changed: {run.banner}.")
    if run.manifest["preset"] != "standard":
        document.add_paragraph(
            f"Preset {run.manifest['preset']}: for looking, not for quoting. {first_page.sampler_sentence(run)}"
        )
    document.add_heading("Summary", level=1)
    document.add_paragraph(
        "The data identify Delta + c, the departure of the triple together with whatever flatters a single-arm "
        "trial. Every number carries its prior on the single-arm shift c."
    )
    scenarios = [scenario["id"] for scenario in run.manifest["scenarios"]]
    add_table(
        document,
        ("exp(Delta), median (95 %), P(benefit)", *scenarios),
        [
            (
                f"{row.endpoint}: {row.measure}",
                *(
                    f"{line.estimate}, P {line.p_benefit}; {line.c_prior}" if line else "not run"
                    for line in row.cells
                ),
            )
            for row in first_page.at_a_glance(run)
        ],
    )
    add_bullets(document, first_page.summary_sentences(run))
    for title, sentences in (
        ("Randomised benchmark", first_page.benchmark_sentences(run)),
        ("Harms of the index trial", first_page.harm_sentences(run)),
    ):
        if sentences:
            document.add_heading(title, level=2)
            add_bullets(document, sentences)
    surrogates = content.surrogates(run)
    document.add_paragraph(
        (f"{surrogates} is not survival benefit. " if surrogates else "")
        + "Certainty (GRADE), before an assessor signs: usually very low for the added "
        f"component, usually moderate or high for {run.component('partner')} against {run.component('backbone')} "
        f"alone. {content.sentence_case(run.counts_sentence())}."
    )


def _question(document: DocumentObject, run: RunData) -> None:
    document.add_heading("Question and estimands", level=1)
    rules = run.manifest["horizons"]
    rows = [(*row, rules[row[0]]["rule"] if row[0] in rules else "none") for row in content.estimands(run)]
    add_table(document, ("Endpoint", "Variable and intercurrent events", "Summary", "Horizon"), rows)
    add_bullets(document, [f"{p['label']}: {p['note']}" for p in run.manifest["populations"]])


def _evidence(document: DocumentObject, run: RunData) -> None:
    document.add_heading("Evidence", level=1)
    question = run.manifest["question"]
    document.add_paragraph(
        f"Search: {question['searched'].rstrip('.')}. Excluded: {question['excluded'].rstrip('.')}."
    )
    for title, name in (
        ("Trials: eligibility and role", "inventory"),
        ("Analyses used and not used", "choices"),
        ("Arms: published / rebuilt / fitted", "arms"),
        ("Covariates", "covariates"),
        ("Contradictions in the sources", "inconsistencies"),
    ):
        if content.present(run, name):
            document.add_heading(title, level=2)
            add_frame(document, tables.shown(run, name))
    if content.present(run, "trials"):
        document.add_heading("Designs as published", level=2)
        add_frame(document, tables.shown(run, "trials"))
    document.add_heading("Risk of bias: facts by domain, not assessed here", level=2)
    add_frame(document, tables.bias_table(run))


def _results(document: DocumentObject, run: RunData) -> None:
    document.add_heading("The ladder", level=1)
    header = ("Endpoint", "Scenario", "Prior of c", "exp(Delta), 95 %", "P(benefit)", "exp(Delta + c)",
              "Effective events")  # fmt: skip
    add_table(
        document,
        header,
        [
            (
                line.endpoint,
                line.scenario,
                line.c_prior,
                line.estimate,
                line.p_benefit,
                line.observed,
                line.effective_events,
            )
            for line in first_page.ladder_lines(run)
        ],
    )
    _verdicts(document, run)
    if content.present(run, "unadjusted"):
        document.add_heading("Unadjusted, adjusted, bias-adjusted (hazard ratios)", level=2)
        readings = content.three_readings(run)
        add_table(
            document,
            ("Endpoint", "Unadjusted", "Adjusted, no shift", "Bias-adjusted", "Proportional hazards"),
            [
                tuple(
                    row.get(k, "not run")
                    for k in ("endpoint", "unadjusted", "adjusted", "bias_adjusted", "verdict")
                )
                for row in readings
            ],
        )
    document.add_heading("Increment on every scale and population", level=2)
    add_frame(document, tables.shown(run, "increment"))
    document.add_heading("Figures", level=1)
    pictures = sorted((run.folder / "figures").glob("*.png"), key=_figure_position)
    for picture in pictures:
        add_picture(document, picture)


def _robustness(document: DocumentObject, run: RunData, attached: Attachments) -> None:
    document.add_heading("What could overturn it", level=1)
    _verdicts(document, run)
    for title, name in (("Unmeasured confounding", "e_values"), ("Early losses", "withdrawal")):
        if content.present(run, name):
            document.add_heading(title, level=2)
            add_frame(document, tables.shown(run, name))
    named = sensitivity(run, attached.sensitivity)
    if named is not None:
        document.add_heading("Named analyses", level=2)
        add_frame(document, tables.displayed(named, "sensitivity"))
    document.add_heading("Identifiability", level=1)
    weak = first_page.weak_parameters(run)
    document.add_paragraph(
        "Delta and c are told apart only by the prior of c. "
        + (f"Contracted by less than 25 %: {'; '.join(weak)}." if weak else "")
    )
    add_frame(document, tables.shown(run, "identified"))
    document.add_heading("Validation", level=1)
    checked = validation(run, attached.validation)
    if checked is None:
        document.add_paragraph("No verdicts attached (crosstrial validate --out DIR/validation).")
    else:
        if checked.same_evidence is False:
            document.add_paragraph(
                "The evidence of the validation is not that of this run: file hashes differ."
            )
        rows = [(check.id, check.verdict, check.sentence) for check in checked.verdicts]
        add_table(document, ("Check", "Verdict", "Finding"), rows)
    document.add_heading("Limits", level=1)
    add_bullets(document, content.limits(run))


def _checklists(document: DocumentObject) -> None:
    document.add_heading("Checklists", level=1)
    for checklist in checklists():
        document.add_heading(f"{checklist.title} ({checklist.citation})", level=2)
        rows = [
            (row.number, row.item, ": ".join(filter(None, (row.anchor, row.remark))))
            for row in checklist.rows
        ]
        add_table(document, ("No.", "Item", "Where"), rows)


def _appendix(document: DocumentObject, run: RunData) -> None:
    document.add_heading("Appendix", level=1)
    document.add_heading("Methods paragraph", level=2)
    document.add_paragraph(methods_paragraph(run))
    document.add_heading("Priors", level=2)
    document.add_paragraph("As call and interval; as pictures in the HTML report.")
    add_table(document, ("Endpoint", "Parameter", "Prior", "95 % interval", "Why"), _priors(run))
    document.add_heading("Prior of the single-arm shift c", level=2)
    add_bullets(document, content.shift_sentences(run))
    document.add_heading("Diagnostics", level=2)
    add_frame(document, tables.diagnostics_summary(run))
    document.add_heading("References of the evidence", level=2)
    for citation in citation_list(run):
        document.add_paragraph(citation, style="List Number").runs[0].font.size = SMALL
    document.add_heading("How to reproduce", level=2)
    document.add_paragraph(content.command(run))
    versions = run.manifest["versions"]
    add_table(document, list(versions), [list(versions.values())])
    document.add_paragraph("SHA-256 of every evidence file:")
    add_table(document, ("File", "SHA-256"), run.manifest["evidence_sha256"].items())


def _priors(run: RunData) -> list[tuple[str, ...]]:
    return [
        (
            endpoint,
            name,
            prior["prior"],
            prior_picture(name, prior["prior"], str(prior["scale"]).removeprefix("log ")).interval,
            prior["reason"],
        )
        for endpoint, priors in run.manifest["priors"].items()
        for name, prior in priors.items()
    ]


def _verdicts(document: DocumentObject, run: RunData) -> None:
    for endpoint in run.survival_endpoints:
        document.add_paragraph(f"Proportional hazards, {endpoint}: {content.index_verdict(run, endpoint)}.")


def _figure_position(picture: Path) -> tuple[int, str]:
    position = next(
        (k for k, name in enumerate(FIGURE_ORDER) if picture.stem.startswith(name)), len(FIGURE_ORDER)
    )
    return (-1 if picture.stem == "ladder" else position, picture.stem)
