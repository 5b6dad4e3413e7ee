"""Long statements of generated Python laid out in lines, as a formatter would lay them out."""

from __future__ import annotations

import ast

WIDTH = 100
STEP = "    "


def wrap(line: str) -> list[str]:
    """Return a statement as lines that fit, or as it is where there is nowhere to break it."""
    if len(line) <= WIDTH:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    code = line.strip()
    if code.startswith("def ") and code.endswith(":"):
        lines = _Lines(code[4:-1]).fit(indent, "def ", ":")
    else:
        lines = _statement(code, indent)
    return [f"{indent}{text}" for text in lines] if lines else [line]


def _statement(code: str, indent: str) -> list[str]:
    try:
        (statement,) = ast.parse(code).body
    except (SyntaxError, ValueError):
        return []
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr):
        return []
    start = len(code.encode()[: value.col_offset].decode())
    return _Lines(code[start:]).fit(indent, code[:start], "", loose=True)


class _Lines:
    """Lays out one expression."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.tree = ast.parse(code, mode="eval").body

    def fit(self, indent: str, before: str, after: str, *, loose: bool = False) -> list[str]:
        """Return the lines of the expression between two texts; `loose`: it may need brackets."""
        node = self.tree
        if loose and isinstance(node, ast.Tuple) and self.code[0] != "(":
            return self._rows(f"{before}(", list(node.elts), f"){after}", indent)
        if loose and isinstance(node, ast.BinOp):
            inner = self._node(node, indent + STEP, "", "")
            return [f"{before}(", *(STEP + line for line in inner), f"){after}"]
        return self._node(node, indent, before, after)

    def _text(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.code, node) or ""

    def _node(self, node: ast.AST, indent: str, before: str, after: str) -> list[str]:
        """Return a part of the expression in one line, or broken where it can be."""
        whole = f"{before}{self._text(node)}{after}"
        if len(indent) + len(whole) <= WIDTH:
            return [whole]
        match node:
            case ast.Starred(value=value):
                return self._node(value, indent, f"{before}*", after)
            case ast.keyword(arg=str(arg), value=value):
                return self._node(value, indent, f"{before}{arg}=", after)
            case _:
                return self._broken(node, indent, before, after)

    def _broken(self, node: ast.AST, indent: str, before: str, after: str) -> list[str]:
        """Return a part that is too long for a line, broken at its brackets or signs."""
        match node:
            case ast.Call(func=func, args=args, keywords=keywords):
                head, tail = f"{before}{self._text(func)}(", f"){after}"
                return self._call(head, [*args, *keywords], tail, indent)
            case ast.List(elts=elts):
                return self._rows(f"{before}[", list(elts), f"]{after}", indent)
            case ast.Tuple(elts=elts):
                return self._rows(f"{before}(", list(elts), f"){after}", indent)
            case ast.GeneratorExp() | ast.ListComp():
                left, right = ("(", ")") if isinstance(node, ast.GeneratorExp) else ("[", "]")
                inner = self._each(node, indent + STEP)
                return [f"{before}{left}", *inner, f"{right}{after}"]
            case ast.BinOp() if not before and not after:
                return self._sum(node, indent)
            case _:
                return [f"{before}{self._text(node)}{after}"]

    def _call(
        self, head: str, given: list[ast.expr | ast.keyword], tail: str, indent: str
    ) -> list[str]:
        inner = f"{STEP}{', '.join(self._text(part) for part in given)}"
        if len(given) == 1 and isinstance(given[0], ast.GeneratorExp):
            return [head, *self._each(given[0], indent + STEP), tail]
        if len(indent) + len(inner) <= WIDTH:
            return [head, inner, tail]
        return self._rows(head, given, tail, indent)

    def _each(self, node: ast.GeneratorExp | ast.ListComp, indent: str) -> list[str]:
        """Return a comprehension without its brackets, indented."""
        (loop,) = node.generators
        element = self._text(node.elt)
        over = f"for {self._text(loop.target)} in {self._text(loop.iter)}"
        if len(indent) + len(element) + len(over) + 1 <= WIDTH:
            return [f"{STEP}{element} {over}"]
        lines = [*self._node(node.elt, indent, "", ""), over]
        return [STEP + line for line in lines]

    def _rows(
        self,
        head: str,
        given: list[ast.expr] | list[ast.expr | ast.keyword],
        tail: str,
        indent: str,
    ) -> list[str]:
        """Return each part on lines of its own."""
        lines = [line for part in given for line in self._node(part, indent + STEP, "", ",")]
        return [head, *(STEP + line for line in lines), tail]

    def _sum(self, node: ast.BinOp, indent: str) -> list[str]:
        """Return the terms of a sum, each on its line behind its sign."""
        terms: list[ast.expr] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            terms.insert(0, left.right)
            left = left.left
        if not terms:
            return [self._text(node)]
        return [self._text(left), *(f"+ {self._text(term)}" for term in terms)]
