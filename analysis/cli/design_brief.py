"""`crosstrial design brief`."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.design_options import (
    DROPOUT,
    Alpha,
    ControlMedian,
    Endpoint,
    Evidence,
    Ratio,
    Run,
    allocation,
    median_of,
    note,
)

HELP = """One page for a grant application or protocol: claim, unknowns, trial, chance of success, harms, cost.

With --run the priors are the run's posterior draws, without it the named ones, which are of the packaged
question only. Harms and the class benchmark are read from the evidence. The costs are your own unit costs;
without them they are left out.

Examples:

  crosstrial design brief --run runs/quick --out brief.pdf --cost-per-patient 40000 --cost-per-month 80000

  crosstrial design brief --hr 0.7 --ratio 2:1 --out brief.docx
"""
Cost = Annotated[float | None, typer.Option(help="Your own unit cost.")]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("brief", help=HELP)(brief)


def brief(
    out: Annotated[Path, typer.Option(help="brief.html, brief.docx or brief.pdf.")] = Path("brief.html"),
    run: Run = None,
    endpoint: Endpoint = "OS",
    hr: Annotated[float, typer.Option(help="Hazard ratio of the alternative.")] = 0.75,
    power: Annotated[float, typer.Option(help="Power.")] = 0.9,
    alpha: Alpha = 0.05,
    ratio: Ratio = "1:1",
    control_median: ControlMedian = None,
    accrual: Annotated[float, typer.Option(help="Months of uniform accrual.")] = 24.0,
    dropout: Annotated[
        float | None, typer.Option(help="Share lost a year; not given: 0.03 for OS, 0.1 for PFS.")
    ] = None,
    maturity: Annotated[float, typer.Option(help="Events over patients at the read-out.")] = 0.75,
    gain: Annotated[float, typer.Option(help="Months of RMST that justify adoption.")] = 1.5,
    cost_per_patient: Cost = None,
    cost_per_site: Cost = None,
    cost_per_month: Cost = None,
    sites: Annotated[int, typer.Option(help="Sites.")] = 40,
    currency: Annotated[str, typer.Option(help="Currency, for the text.")] = "",
    evidence: Evidence = None,
) -> None:
    """Compute and write the page."""
    from analysis.design.accrual import Period
    from analysis.design.brief import build_brief
    from analysis.design.brief_page import BriefRequest, UnitCosts
    from analysis.design.brief_writers import check_name, write_brief
    from analysis.design.question import need_own
    from analysis.design.rule import LogRankRule
    from analysis.design.sample_size import TrialDesign
    from analysis.design.value import AdoptionRule

    check_name(out)
    need_own(evidence, {"--run": run, "--control-median": control_median, "--dropout": dropout})
    rule, median = LogRankRule(alpha, allocation(ratio)), median_of(control_median, endpoint)
    lost = DROPOUT[endpoint] if dropout is None else dropout
    request = BriefRequest(
        TrialDesign(hr, power, rule, Period(accrual), median, lost, maturity),
        AdoptionRule(gain, median),
        UnitCosts(cost_per_patient, cost_per_site, cost_per_month, sites, currency),
        endpoint,
        run,
        evidence,
    )
    page = build_brief(request)
    write_brief(page, out)
    if run is not None:
        for prior in page.priors:
            if prior.draws is None and prior.name != "sceptical":
                note(f"note: {prior.name} is the named prior, read from OS; {run} has no posterior of it")
    note(f"wrote {out}")
