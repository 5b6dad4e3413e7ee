"""Generated Python made tidy: double quotes, lines of at most 100 characters, its imports."""

from __future__ import annotations

import ast
import builtins
import io
import symtable
import tokenize

from engine.export.wrap import wrap

STANDARD = {
    **{
        name: f"import {name}"
        for name in (
            "argparse",
            "copy",
            "hashlib",
            "itertools",
            "json",
            "math",
            "os",
            "sys",
            "time",
        )
    },
    **{
        name: f"from collections.abc import {name}"
        for name in ("Callable", "Collection", "Iterable", "Iterator", "Mapping", "Sequence")
    },
    "Path": "from pathlib import Path",
    "Any": "from typing import Any",
}
INSTALLED = {
    "np": "import numpy as np",
    "torch": "import torch",
    "functional": "from torch.nn import functional",
    "nn": "from torch import nn",
}


def tidy(text: str) -> str:
    """Return the text with double quotes where that needs no escape, and long calls in lines."""
    return "\n".join(part for line in _double_quotes(text).split("\n") for part in wrap(line))


def imports(body: str) -> str:
    """Return the import lines for the names that `body` uses and does not define."""
    wanted = missing(body)
    blocks = ["from __future__ import annotations"]
    for known in (STANDARD, INSTALLED):
        lines = {known[name] for name in wanted if name in known}
        lines = _joined(lines)
        if lines:
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _joined(lines: set[str]) -> list[str]:
    """Return import lines in order, those from one module as one line."""
    plain = sorted(line for line in lines if line.startswith("import "))
    modules: dict[str, list[str]] = {}
    for line in sorted(lines - set(plain)):
        _, module, _, name = line.split()
        modules.setdefault(module, []).append(name)
    return plain + [f"from {module} import {', '.join(names)}" for module, names in modules.items()]


def missing(body: str) -> set[str]:
    """Return the names that a module's text uses, in code or annotations, and does not define."""
    tree = ast.parse(body)
    used: set[str] = set()
    for node in ast.walk(tree):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(part, ast.AST):
                used |= {n.id for n in ast.walk(part) if isinstance(n, ast.Name)}
    top = symtable.symtable(body, "<export>", "exec")
    tables = [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        used |= {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (s.is_global() or table is top)
        }
    defined = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_namespace()}
    return used - defined - set(dir(builtins))


def _double_quotes(text: str) -> str:
    lines = text.split("\n")
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
        (row, start), (last, end) = token.start, token.end
        word = token.string
        if token.type != tokenize.STRING or row != last or not word.startswith("'"):
            continue
        if '"' not in word and not word.startswith("'''"):
            line = lines[row - 1]
            lines[row - 1] = f'{line[:start]}"{word[1:-1]}"{line[end:]}'
    return "\n".join(lines)
