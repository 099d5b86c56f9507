"""The qualification report: one HTML file with versions, hashes, seeds, verdicts and figures."""

import base64
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from analysis.validation.verdict import CheckResult

# Longer tables are only linked.
MOST_ROWS = 40


def validation_report(folder: Path, results: Sequence[CheckResult], described: Mapping[str, object]) -> str:
    """The report as one HTML page; figures are embedded, so that the file can be kept and signed alone."""
    template = (files("analysis.validation") / "report.html.jinja").read_text(encoding="utf-8")
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(template)
    checks = [
        {
            "verdict": result.verdict.as_json(),
            "broken": result.verdict.broken,
            "picture": base64.b64encode(
                (folder / "figures" / f"{result.verdict.id}.png").read_bytes()
            ).decode(),
            "shown": {
                name: Markup(table.to_html(index=False, border=0, na_rep="", float_format="{:.3g}".format))
                for name, table in result.others.items()
                if len(table) <= MOST_ROWS
            },
            "tables": [result.verdict.id, *(f"{result.verdict.id}_{name}" for name in result.others)],
        }
        for result in results
    ]
    counts = {
        name: sum(str(r.verdict.verdict) == name for r in results)
        for name in ("passed", "failed", "informational")
    }
    return page.render(checks=checks, record=described, counts=counts) + "\n"
