"""`crosstrial design`: the randomised trial that the evidence calls for, and what it would be worth."""

import typer

from analysis.cli import design_brief, design_decisions, design_size, design_trial

HELP = """Design the randomised trial: events, patients, time, chance of success, value.

Defaults: two-sided alpha .05, 1:1. No chance of success is quoted under the naive prior alone.
"""


def register(app: typer.Typer) -> None:
    """Add the group of commands to the application."""
    group = typer.Typer(name="design", help=HELP, no_args_is_help=True, rich_markup_mode="rich")
    design_size.register(group)
    design_decisions.register(group)
    design_trial.register(group)
    design_brief.register(group)
    app.add_typer(group)
