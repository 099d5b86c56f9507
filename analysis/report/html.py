"""Lays the report out as one self-contained HTML file: no network, no server."""

import json
import math
import re
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, select_autoescape

from analysis.figures.run_data import RunData
from analysis.report import content
from analysis.report.checklists import CHECKLISTS
from analysis.report.explorer import explorer


def render_html(run: RunData) -> str:
    """The report as HTML text."""
    environment = Environment(autoescape=select_autoescape(default=True), undefined=StrictUndefined)
    template = environment.from_string(_part("report.html.jinja"))
    figures = {path.stem: _figure(run, path.stem) for path in sorted((run.folder / "figures").glob("*.svg"))}
    panels = [explorer(run, endpoint) for endpoint in run.survival_endpoints] if _can_explore(run) else []
    return template.render(
        run=run,
        manifest=run.manifest,
        lines=content.ladder_lines(run),
        summary=content.summary_sentences(run),
        benchmark=content.benchmark_sentences(run),
        harms=content.harm_sentences(run),
        readings=content.three_readings(run) if run.has("unadjusted") else [],
        weak=content.weak_parameters(run),
        estimands=[row for row in content.ESTIMANDS if row[0] in run.manifest["endpoints"]],
        figures=figures,
        tables={name: _table(run, name) for name in _shown_tables(run)},
        checklists=CHECKLISTS,
        style=_part("report.css"),
        script=_part("explorer.js"),
        explorer_data=json.dumps(panels, separators=(",", ":")),
        explorer_panels=panels,
    )


def _can_explore(run: RunData) -> bool:
    return any(
        not item["class_benchmark"] and item["shift"][endpoint]["sd"] > 0
        for item in run.manifest["scenarios"]
        for endpoint in run.survival_endpoints
    )


def _shown_tables(run: RunData) -> list[str]:
    wanted = (
        "increment", "arms", "inventory", "choices", "covariates", "inconsistencies", "proportional_hazards",
        "withdrawal", "e_values", "priors", "diagnostics", "sources",
    )  # fmt: skip
    return [name for name in wanted if run.has(name)]


def _part(name: str) -> str:
    return (files("analysis.report") / "parts" / name).read_text(encoding="utf-8")


def _figure(run: RunData, stem: str) -> dict[str, str]:
    folder = run.folder / "figures"
    svg = (folder / f"{stem}.svg").read_text(encoding="utf-8")
    svg = svg[svg.index("<svg") :]
    # Identifiers of several inline figures must not meet each other in one document.
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{stem}-", svg)
    caption = (folder / f"{stem}.txt").read_text(encoding="utf-8").strip()
    return {"svg": svg, "caption": caption}


def _table(run: RunData, name: str) -> str:
    frame = run.table(name).drop(columns=["label"], errors="ignore").map(_cell)
    return str(frame.to_html(index=False, border=0, classes="data", escape=True))


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3g}"
    return value
