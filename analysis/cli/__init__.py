"""The `crosstrial` command: one module a subcommand, each thin over the library.

A command module has `register(app)` and imports heavy libraries (pymc, arviz, matplotlib) inside its
function, so that `crosstrial --help` answers at once.
"""

from collections.abc import Callable

import typer

from analysis.cli import (
    design,
    digitize,
    evidence,
    export,
    plot,
    reconstruct,
    report,
    run,
    sensitivity,
    summary_ipd,
    validate,
)

COMMANDS: tuple[Callable[[typer.Typer], None], ...] = (
    run.register,
    evidence.register,
    digitize.register,
    reconstruct.register,
    summary_ipd.register,
    sensitivity.register,
    design.register,
    validate.register,
    report.register,
    plot.register,
    export.register,
)
