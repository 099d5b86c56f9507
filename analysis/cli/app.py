"""Entrance of the `crosstrial` command: registers the subcommands and turns errors into exit codes."""

import os
import signal
import sys

import typer
from rich.console import Console

from analysis.cli import COMMANDS
from digitized.errors import CrosstrialError, InputError

# Exit code of a command ended by Ctrl-C, as shells have it (128 + SIGINT).
INTERRUPTED = 130

app = typer.Typer(
    name="crosstrial",
    help="Bayesian evidence synthesis and cross-trial comparison of published trials.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for register in COMMANDS:
    register(app)


def main() -> None:
    """Run the command line; bad input ends in sentences on standard error and exit code 2."""
    # A polite kill ends as Ctrl-C does, so that worker processes end too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stderr = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        app()
    except InputError as error:
        for fault in error.faults:
            stderr.print(f"error: {fault}", markup=False)
        sys.exit(2)
    except CrosstrialError as error:
        stderr.print(f"error: {error}", markup=False)
        sys.exit(2)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            stderr.print("interrupted; what was finished is kept, and the same command resumes it")
        raise
    except Exception as error:
        # A file that cannot be opened, whichever room asked for it.
        if isinstance(error, OSError) and error.filename is not None:
            stderr.print(f"error: {error.filename}: {error.strerror}", markup=False)
            sys.exit(2)
        # The last line of defence: a user is never shown a traceback unless asking for one.
        if os.environ.get("CROSSTRIAL_DEBUG"):
            raise
        stderr.print(
            f"internal error ({type(error).__name__}): {error}\n"
            "This is a fault of crosstrial, not of your input; set CROSSTRIAL_DEBUG=1 to see where.",
            markup=False,
        )
        sys.exit(1)
