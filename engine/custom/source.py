"""What can be said of a custom layer's text without running it: its mistakes, classes and names."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST = 200_000
"""Characters of a text; longer ones are not read."""

TEMPLATE = '''\
import torch
from torch import nn


class Custom(nn.Module):
    """Scales every feature by a number that is learned."""

    def __init__(self, features: int):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(features))

    def forward(self, x):
        return x * self.scale
'''
"""The text of a new layer."""
INPUTS = ("in: N ... C",)
OUTPUTS = ("out: N ... C",)
SETTINGS = ("features = C",)


@dataclass(frozen=True, slots=True)
class Outline:
    """A text as far as it can be read."""

    problem: str = ""
    """What is wrong with it, as a sentence; nothing if it is Python with a class."""
    line: int = 0
    """Where, counted from 1; 0 where that is not known."""
    classes: tuple[str, ...] = ()
    """The classes at its top level, in order."""
    modules: tuple[str, ...] = ()
    """Those of them that say they are modules."""
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """What its top level defines: name -> what an import stands for, nothing for other things."""

    def chosen(self, name: str = "") -> str:
        """Return the class that is the layer: the named one, or the last module there is."""
        return name or next(reversed(self.modules or self.classes), "")


@lru_cache(maxsize=256)
def outline(text: str) -> Outline:
    """Return what a text holds. It is parsed and compiled, never run."""
    if len(text) > LONGEST:
        return Outline(f"The text is longer than {LONGEST:,} characters.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            compile(text, "<custom layer>", "exec", dont_inherit=True)
    except SyntaxError as error:
        line = error.lineno or 0
        return Outline(f"Line {line} is no Python: {error.msg}.", line)
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return Outline(f"The text is no Python: {error or 'it is nested too deeply'}.")
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return Outline(
                f"Line {node.lineno}: leave out `from __future__`; exported code carries the text "
                "where such a line cannot stand.",
                node.lineno,
            )
    classes = [n for n in tree.body if isinstance(n, ast.ClassDef)]
    found = Outline(
        classes=tuple(n.name for n in classes),
        modules=tuple(n.name for n in classes if any(map(_is_module, n.bases))),
        names=top_names(tree),
    )
    if not classes:
        return Outline("The text defines no class; write one that is an nn.Module.")
    return found


def problem_of(text: str, class_name: str = "") -> tuple[str, int]:
    """Return what is wrong with a text and in which line; nothing if it may be run."""
    found = outline(text)
    if found.problem:
        return found.problem, found.line
    if class_name and class_name not in found.classes:
        known = ", ".join(found.classes)
        return f"The text defines no class {class_name!r}; it has {known}.", 0
    return "", 0


def unseen(text: str) -> str:
    """Return a sentence about characters that a person does not see, or nothing.

    Such characters can make a text read otherwise than it runs.
    """
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        for char in line:
            if not char.isprintable() and char != "\t":
                return (
                    f"Line {number} holds the invisible character U+{ord(char):04X}; the text may "
                    "do other things than it seems to."
                )
    return ""


def _is_module(base: ast.expr) -> bool:
    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
    return name == "Module"


def top_names(tree: ast.Module) -> dict[str, str]:
    """Return the names that the statements of a module bind, imports with what they stand for."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= _imported(node)
            continue
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = ""
            continue
        found |= dict.fromkeys(_stored(ast.walk(node)), "")
    return found


def _stored(nodes: Iterable[ast.AST]) -> list[str]:
    """Return the names that statements set; definitions inside of an `if` count too."""
    names: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.append(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names += _imported(node)
    return names


def _imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    above = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
    found: dict[str, str] = {}
    for alias in node.names:
        if above or alias.asname:
            found[alias.asname or alias.name] = above + alias.name
        else:
            root = alias.name.partition(".")[0]
            found[root] = root
    return found
