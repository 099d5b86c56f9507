"""Hash of the models' source: a kept fit is that of one version of its model, and no other is taken for it."""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import models


@cache
def models_digest(*modules: str) -> str:
    """Hash of the source of some modules of `models` and of all they import from it.

    A changed model is fitted anew, one that has nothing to do with it is not. Without a name: of all modules.
    """
    folder = Path(models.__path__[0])
    if not modules:
        return source_digest(folder.rglob("*.py"))
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        tree = ast.parse((folder / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8"))
        waiting += [
            node.module.removeprefix("models.")
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("models.")
        ]
    return source_digest(folder / f"{name.replace('.', '/')}.py" for name in found)


def source_digest(paths: Iterable[Path]) -> str:
    """Hash of some files and their names."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
