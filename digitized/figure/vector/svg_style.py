"""Style of SVG elements: presentation attributes, style sheets with simple selectors, inheritance."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL.ImageColor import colormap, getrgb

from digitized.figure.vector.drawing import hex_colour

#: Properties that a child takes over from its parent.
INHERITED = (
    "stroke", "fill", "stroke-width", "stroke-dasharray", "stroke-opacity", "fill-opacity", "visibility",
    "font-size", "font", "text-anchor", "color", "dominant-baseline",
)  # fmt: skip
_PROPERTIES = (*INHERITED, "opacity", "display", "clip-path", "alignment-baseline", "baseline-shift")
_UNITS = {"px": 1.0, "": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Z%]*)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"([.#]?)([\w-]+)")


@dataclass(frozen=True)
class Rule:
    """A style rule: the chain of compound selectors (ancestors first) and its declarations."""

    chain: tuple[str, ...]
    declarations: Mapping[str, str]

    @property
    def weight(self) -> tuple[int, int, int]:
        """Specificity: ids, classes, names."""
        parts = [m.group(1) for link in self.chain for m in _SIMPLE.finditer(link)]
        return parts.count("#"), parts.count("."), parts.count("")


def style_rules(sheet: str) -> list[Rule]:
    """Rules of a style sheet, weakest first; selectors beyond names, classes and ids are skipped."""
    rules = []
    for selectors, body in _RULE.findall(_COMMENT.sub("", sheet)):
        for selector in selectors.split(","):
            chain = tuple(selector.replace(">", " ").split())
            if chain and all(re.fullmatch(r"(\*|[.#]?[\w-]+)([.#][\w-]+)*", link) for link in chain):
                rules.append(Rule(chain, declarations(body)))
    return sorted(rules, key=lambda rule: rule.weight)


def declarations(body: str) -> dict[str, str]:
    """Properties of a style attribute or a rule's body."""
    pairs = (item.split(":", 1) for item in body.split(";") if ":" in item)
    return {name.strip().lower(): value.replace("!important", "").strip() for name, value in pairs}


@dataclass(frozen=True)
class Names:
    """What selectors can match of one element."""

    tag: str
    identity: str
    classes: frozenset[str]


def _matches(link: str, names: Names) -> bool:
    for kind, word in _SIMPLE.findall(link):
        if kind == "#" and word != names.identity:
            return False
        if kind == "." and word not in names.classes:
            return False
        if not kind and word.lower() != names.tag.lower():
            return False
    return True


def _applies(rule: Rule, path: Sequence[Names]) -> bool:
    """Whether a rule selects the last element of a path of nested elements."""
    if not _matches(rule.chain[-1], path[-1]):
        return False
    wanted = list(rule.chain[:-1])
    for names in reversed(path[:-1]):
        if wanted and _matches(wanted[-1], names):
            wanted.pop()
    return not wanted


def resolve(
    attributes: Mapping[str, str], path: Sequence[Names], rules: Sequence[Rule], parent: Mapping[str, str]
) -> dict[str, str]:
    """Properties of an element: inherited, then attributes, then rules, then its own style attribute."""
    style = {name: value for name, value in parent.items() if name in INHERITED}
    own = {name: attributes[name] for name in _PROPERTIES if name in attributes}
    for rule in rules:
        if _applies(rule, path):
            own.update(rule.declarations)
    own.update(declarations(attributes.get("style", "")))
    if "font" in own and "font-size" not in own:
        size = re.search(r"([\d.]+(?:px|pt|em|mm|%))", own["font"])
        if size:
            own["font-size"] = size.group(1)
    if "font-size" in own:
        own["font-size"] = str(length(own["font-size"], length(parent.get("font-size", "16"), 16.0)))
    style.update({name: value for name, value in own.items() if value != "inherit"})
    return style


def length(text: str, whole: float = 0.0) -> float:
    """Length in user units; a percentage is of `whole`, and so is an em."""
    match = _LENGTH.match(text or "")
    if not match:
        return 0.0
    number, unit = float(match.group(1)), match.group(2).lower()
    if unit == "%":
        return number / 100 * whole
    if unit in {"em", "ex", "rem"}:
        return number * (whole or 16.0) * (0.5 if unit == "ex" else 1.0)
    return number * _UNITS.get(unit, 1.0)


def numbers(text: str) -> list[float]:
    """All numbers of a list."""
    return [float(n) for n in re.findall(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", text or "")]


def colour(text: str | None, current: str = "#000000") -> str:
    """Hex colour of a paint, empty for none; a gradient or pattern counts as grey."""
    plain = (text or "").strip().lower()
    if plain in {"", "none", "transparent"}:
        return ""
    if plain == "currentcolor":
        return current
    if plain.startswith("url("):
        rest = plain.split(")", 1)[1].strip()
        return colour(rest, current) if rest else "#808080"
    if plain.startswith("#"):
        digits = plain[1:]
        if len(digits) in (3, 4):
            digits = "".join(2 * d for d in digits[:3])
        return f"#{digits[:6]}" if re.fullmatch(r"[0-9a-f]{6,8}", digits) else "#000000"
    if plain.startswith("rgb"):
        parts = re.findall(r"([\d.]+)(%?)", plain)
        if len(parts) > 3 and float(parts[3][0]) == 0:
            return ""
        values = [float(n) * (2.55 if percent else 1.0) for n, percent in parts[:3]]
        return hex_colour(*values) if len(values) == 3 else "#000000"
    return hex_colour(*getrgb(plain)[:3]) if plain in colormap else "#000000"
