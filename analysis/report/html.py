"""Lays the report out as one self-contained HTML file: no network, no server."""

import json
import re
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from analysis.figures.run_data import RunData
from analysis.report import content, first_page, tables
from analysis.report.attachments import Attachments, sensitivity, validation
from analysis.report.checklists import checklists
from analysis.report.explorer import explorer
from analysis.report.prior_pictures import PriorPicture, prior_picture
from analysis.report.references import citation_list, methods_paragraph

# Beginnings of figure names and the section that shows them; any other figure stands in the appendix.
SECTIONS = {
    "network": "evidence",
    "arms_fit": "fits",
    "ladder": "ladder",
    "forest": "ladder",
    "prior_posterior": "identifiability",
    "contribution": "identifiability",
    "survival": "survival",
    "hazards": "survival",
    "rmst": "survival",
    "tipping": "sensitivity",
    "covariates": "covariates",
    "leave": "validation",
}


def render_html(run: RunData, attached: Attachments) -> str:
    """The report as HTML text.

    Raises
    ------
    InputError
        If a table of the run is missing or an attached folder is not what it should be.
    """
    environment = Environment(
        loader=PackageLoader("analysis.report", "parts"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["table"] = _table
    environment.filters["sentence"] = content.sentence_case
    panels = [explorer(run, endpoint) for endpoint in run.survival_endpoints] if _can_explore(run) else []
    attached_sensitivity = sensitivity(run, attached.sensitivity)
    return environment.get_template("report.html.jinja").render(
        run=run,
        manifest=run.manifest,
        lines=first_page.ladder_lines(run),
        glance=first_page.at_a_glance(run),
        summary=first_page.summary_sentences(run),
        benchmark=first_page.benchmark_sentences(run),
        harms=first_page.harm_sentences(run),
        surrogates=content.surrogates(run),
        readings=content.three_readings(run) if content.present(run, "unadjusted") else [],
        verdicts={endpoint: content.short_verdict(run, endpoint) for endpoint in run.survival_endpoints},
        sampler=first_page.sampler_sentence(run),
        weak=first_page.weak_parameters(run),
        estimands=content.estimands(run),
        figures=_figures(run),
        tables={name: tables.shown(run, name) for name in tables.COLUMNS if content.present(run, name)},
        has_trial_designs=content.present(run, "trials"),
        bias=tables.bias_table(run),
        diagnostics=tables.diagnostics_summary(run),
        sensitivity=None
        if attached_sensitivity is None
        else tables.displayed(attached_sensitivity, "sensitivity"),
        validation=validation(run, attached.validation),
        checklists=checklists(),
        pictures=_pictures(run),
        methods=methods_paragraph(run),
        limits=content.limits(run),
        shifts=content.shift_sentences(run),
        command=content.command(run),
        citations=citation_list(run),
        style=_part("report.css"),
        script=_part("explorer.js"),
        # "</" would end the script element early.
        explorer_data=json.dumps(panels, separators=(",", ":")).replace("</", "<\\/"),
        explorer_panels=panels,
    )


def _can_explore(run: RunData) -> bool:
    return any(
        not item["class_benchmark"] and item["shift"][endpoint]["sd"] > 0
        for item in run.manifest["scenarios"]
        for endpoint in run.survival_endpoints
    )


def _part(name: str) -> str:
    return (files("analysis.report") / "parts" / name).read_text(encoding="utf-8")


def _figures(run: RunData) -> dict[str, list[dict[str, str]]]:
    """Figures by section, in the order of `SECTIONS`."""
    found: dict[str, list[dict[str, str]]] = {section: [] for section in (*SECTIONS.values(), "appendix")}
    stems = sorted(path.stem for path in (run.folder / "figures").glob("*.svg"))
    order = list(SECTIONS)
    for stem in sorted(stems, key=lambda stem: order.index(_kind(stem)) if _kind(stem) else len(order)):
        found[SECTIONS.get(_kind(stem), "appendix")].append(_figure(run, stem))
    return found


def _kind(stem: str) -> str:
    return next((kind for kind in SECTIONS if stem.startswith(kind)), "")


def _figure(run: RunData, stem: str) -> dict[str, str]:
    folder = run.folder / "figures"
    svg = (folder / f"{stem}.svg").read_text(encoding="utf-8")
    svg = svg[svg.index("<svg") :]
    # Identifiers of several inline figures must not meet each other in one document.
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{stem}-", svg)
    caption = (folder / f"{stem}.txt").read_text(encoding="utf-8").strip()
    return {"name": stem, "svg": svg, "caption": caption}


def _pictures(run: RunData) -> dict[str, dict[str, PriorPicture]]:
    return {
        endpoint: {
            name: prior_picture(name, prior["prior"], str(prior["scale"]).removeprefix("log "))
            for name, prior in priors.items()
        }
        for endpoint, priors in run.manifest["priors"].items()
    }


def _table(frame: pd.DataFrame, classes: str = "data") -> Any:
    return frame.to_html(index=False, border=0, classes=classes, escape=True)
