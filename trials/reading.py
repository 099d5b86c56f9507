"""From TOML text to validated rows: every fault of a file becomes one sentence, none hides another."""

import hashlib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from trials.facts import Row

# Keys that tell a reader which row of a table is meant.
NAMING = ("trial", "id", "arm", "endpoint", "quantity", "kind", "variable", "category", "event", "item")
EXPECTED = {
    "greater_than": "above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "below {lt}",
    "less_than_equal": "at most {le}",
    "float_type": "a number",
    "int_type": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "string_too_short": "text that is not empty",
    "finite_number": "a finite number",
    "tuple_type": "a list",
    "too_short": "more values",
    "too_long": "fewer values",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
    "string_pattern_mismatch": "a DOI, e.g. 10.1056/NEJMoa2111380",
}


@dataclass
class Faults:
    """Sentences collected while files are read and checked.

    `refused` holds what a sentence has already refused, as (file, table, id): whatever refers to it is then not
    said to be missing. The file of a refused trial is "".
    """

    sentences: list[str] = field(default_factory=list)
    refused: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, sentence: str) -> None:
        """Add a sentence once."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)


def read_toml(path: Path, faults: Faults) -> dict[str, Any] | None:
    """The tables of a TOML file, or None after a sentence about why it cannot be read."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        faults.add(f"{path.name}: no such file in {path.parent}")
        return None
    except OSError as error:
        faults.add(f"{path.name}: cannot be read ({error.strerror or error})")
        return None
    if not raw.strip():
        faults.add(f"{path.name}: the file is empty, expected tables")
        return None
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        faults.add(f"{path.name}: not UTF-8 text (byte {error.start}); save the file as UTF-8")
    except tomllib.TOMLDecodeError as error:
        faults.add(f"{path.name}: not valid TOML: {error}")
    return None


def expected(found: object, known: Iterable[str]) -> str:
    """The names that exist, the one probably meant first: for the end of a sentence about an unknown name."""
    names = list(known)
    lower = {name.lower(): name for name in names}
    close = get_close_matches(str(found).lower(), lower, n=1)
    meant = f"did you mean {lower[close[0]]!r}? " if close else ""
    return f"{meant}expected one of {', '.join(names)}" if names else "there is none"


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rows[R: Row](model: type[R], table: str, content: object, place: str, faults: Faults) -> tuple[R, ...]:
    """The valid rows of a `[[table]]`; each broken one leaves its sentences in `faults`."""
    if not isinstance(content, list):
        faults.add(f"{place}: [{table}] is one table, expected a list of tables [[{table}]]")
        return ()
    found = []
    for number, item in enumerate(content, 1):
        valid = row(model, f"{place}, {table} {number}", item, faults)
        if valid is not None:
            found.append(valid)
        elif isinstance(item, dict) and "id" in item:
            faults.refused.add((place, table, str(item["id"])))
    return tuple(found)


def row[R: Row](model: type[R], place: str, content: object, faults: Faults) -> R | None:
    """One validated row, or None after its sentences."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        where = f"{place}{_name(content)}"
        known = tuple(model.model_fields)
        for item in error.errors(include_url=False):
            faults.add(f"{where}: {_sentence(item, known)}")
        return None


def unknown_tables(content: Mapping[str, Any], known: Collection[str], place: str, faults: Faults) -> None:
    """A sentence for each table that the format does not have."""
    for table in content:
        if table not in known:
            faults.add(f"{place}: table [{table}] is not known; {expected(table, known)}")


def _name(content: object) -> str:
    if not isinstance(content, dict):
        return ""
    named = [f"{key} {content[key]!r}" for key in NAMING if isinstance(content.get(key), str)]
    return f" ({', '.join(named)})" if named else ""


def _sentence(item: Any, known: tuple[str, ...]) -> str:
    field_name = ".".join(str(part) for part in item["loc"]) or "row"
    kind, found = item["type"], item.get("input")
    if kind == "missing":
        if field_name == "source":
            return "source is missing; every number names the source it was read in"
        return f"{field_name} is missing"
    if kind == "extra_forbidden":
        return f"key {field_name!r} is not known; {expected(field_name, known)}"
    context = item.get("ctx", {})
    if kind == "literal_error":
        # pydantic quotes the words it expects: 'a', 'b' or 'c'.
        words = context["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        return f"{field_name} is {found!r}; {expected(found, words)}"
    if kind in EXPECTED:
        return f"{field_name} is {found!r}, expected {EXPECTED[kind].format(**context)}"
    return f"{field_name} is {found!r}: {item['msg'].removeprefix('Value error, ')}"
