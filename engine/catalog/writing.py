"""A tree of code as text, in the style of the rest of the generated source."""

from __future__ import annotations

import ast
import re

_STYLE = (
    (re.compile(r"(?<=e)\+0*(?=\d)"), ""),
    (re.compile(r"\b([\w.]+) \*\* (-?[\w.]+)(?![\w.(])"), r"\1**\2"),
    (re.compile(r"(?<=\*\*)(\w+) \*\* (-?[\w.]+)(?![\w.(])"), r"\1**\2"),
    (re.compile(r"(?<![\w*])-([\w.]+\*\*[\w.]+)(?![\w.(*])"), r"-(\1)"),
)
"""How large numbers and powers of plain things are written."""


def text_of(tree: ast.expr) -> str:
    """Return the source of an expression."""
    code = ast.unparse(ast.fix_missing_locations(tree))
    for pattern, better in _STYLE:
        code = pattern.sub(better, code)
    return code
