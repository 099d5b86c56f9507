"""The command reference as Markdown, made from the commands themselves: docs/commands.md.

python -m analysis.cli.reference > docs/commands.md
"""

import re
from collections.abc import Iterator
from typing import Any

import typer

from analysis.cli.app import app

# Styles of the terminal, e.g. [bold].
MARKUP = re.compile(r"\[/?bold\]")
HEADING = """# Command reference

Made from the code by `python -m analysis.cli.reference`; a test holds it up to date. Every command takes `--help`.
Exit code 0: done; 2: bad input, with one sentence a fault on standard error and nothing half-written; 130:
interrupted, and the same command resumes where it can.
"""


def command_reference() -> str:
    """Every command with its arguments, options, defaults and examples."""
    root = typer.main.get_command(app)
    return HEADING + "".join(_section(name, command) for name, command in commands(root, "crosstrial"))


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command below `command` with its full name, in the order in which they are registered."""
    inner = getattr(command, "commands", {})
    if not inner:
        yield name, command
    for word, child in inner.items():
        yield from commands(child, f"{name} {word}")


def _section(name: str, command: Any) -> str:
    help_text, _, own_examples = (command.help or "").partition("Examples:")
    lines = [f"\n## {name}\n", _prose(help_text)]
    rows = [row for parameter in command.params if (row := _row(parameter))]
    if rows:
        lines += ["\n| Argument or option | Default | Meaning |", "|---|---|---|", *rows]
    words = f"{own_examples}\n{command.epilog or ''}".replace("\x08", "").splitlines()
    examples = [line.strip() for line in words if line.strip() and line.strip() != "Examples:"]
    if examples:
        lines += ["\n```text", *examples, "```"]
    return "\n".join(lines) + "\n"


def _row(parameter: Any) -> str:
    if getattr(parameter, "hidden", False) or parameter.name == "help":
        return ""
    named = ", ".join((*parameter.opts, *parameter.secondary_opts))
    if parameter.param_type_name == "argument":
        named = (parameter.name or "").upper()
    default = parameter.default
    shown = "required" if parameter.required else "" if default in (None, False, (), []) else f"`{default}`"
    words = _prose(getattr(parameter, "help", None)).replace("|", "\\|")
    return f"| `{named}` | {shown} | {words} |"


def _prose(text: str | None) -> str:
    return " ".join(MARKUP.sub("", text or "").replace("\x08", "").split())


if __name__ == "__main__":
    print(command_reference(), end="")
