"""Arithmetic with named numbers: `"=width * 2"`.

An expression is read as a tree of which only arithmetic is let through; nothing is ever run.
"""

from __future__ import annotations

import ast
import difflib
import math
import operator
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeGuard, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Number = int | float
    Names = Mapping[str, int | float]

_LONGEST = 200
_LARGEST = 2**63
_DIGITS = 20
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-"})
_ALLOWED = re.compile(r"[\w\s.+\-*/%(),]*")
_NUMERALS = re.compile(r"(?<![\w.])\.?\d(?:[eE][+-]?\d|[\w.])*")
_NUMERAL = re.compile(r"(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?")


class VariableError(ValueError):
    """An expression that cannot be worked out, or a name that cannot be used: one sentence."""


def is_expression(value: object) -> TypeGuard[str]:
    """Return whether a setting's value is to be worked out."""
    return isinstance(value, str) and value.startswith("=")


def has_expression(value: object) -> bool:
    """Return whether a setting's value, or one of its items, is to be worked out."""
    if isinstance(value, list | tuple):
        return any(map(is_expression, cast("Sequence[object]", value)))
    return is_expression(value)


def evaluate(text: str, variables: Names) -> Number:
    """Return the value of an expression, with or without `=` before it.

    Allowed are numbers, names, `+ - * / // % **`, parentheses, and the functions `min`, `max`,
    `round` and `int`. Whole numbers stay whole except where `/` parts them.

    Raises
    ------
    VariableError
        A sentence: it cannot be read, names what is not there, divides by zero or grows too large.
    """
    source = plain(text)
    tree = _parse(source)
    try:
        return _work(tree, variables)
    except ZeroDivisionError:
        raise VariableError(f"“{source}” divides by zero.") from None
    except OverflowError:
        raise VariableError(f"“{source}” is too large a number.") from None
    except RecursionError:
        raise VariableError(f"“{source}” is nested too deeply.") from None


def names_in(text: str) -> frozenset[str]:
    """Return the variables an expression uses; none for one that cannot be read."""
    try:
        tree = _parse(plain(text))
    except VariableError:
        return frozenset()
    return frozenset(name.id for name in _variables(tree))


def renamed(text: str, old: str, new: str) -> str:
    """Return an expression with one variable called otherwise; the rest stays as written."""
    source = plain(text)
    if old not in names_in(source):
        return text
    raw = source.encode()
    for name in sorted(_variables(_parse(source)), key=lambda n: -n.col_offset):
        if name.id == old and name.end_col_offset is not None:
            raw = raw[: name.col_offset] + new.encode() + raw[name.end_col_offset :]
    return f"={raw.decode()}"


def plain(text: str) -> str:
    """Return what is to be worked out: without `=`, on one line, with the signs of a keyboard."""
    return " ".join(text.strip().removeprefix("=").split()).translate(_SIGNS)


# -- reading


@lru_cache(4096)
def _parse(source: str) -> ast.expr:
    """Return the tree of an expression; VariableError if it is none."""
    if not source:
        raise VariableError("Nothing stands after “=”; write a number or a name.")
    if len(source) > _LONGEST:
        raise VariableError(f"An expression has at most {_LONGEST} characters.")
    strange = [n for n in _NUMERALS.findall(source) if not _NUMERAL.fullmatch(n)]
    if strange:
        raise VariableError(f"“{strange[0]}” is neither a number nor a name.")
    if _ALLOWED.fullmatch(source):
        try:
            return ast.parse(source, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
    raise _unreadable(source)


def _unreadable(source: str) -> VariableError:
    known = ", ".join(FUNCTIONS)
    return VariableError(
        f"“{source}” cannot be worked out. Use numbers, names, + - * / // % **, parentheses "
        f"and {known}."
    )


def _variables(tree: ast.expr) -> list[ast.Name]:
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    return [n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called]


# -- working out


def _power(base: Number, exponent: Number) -> Number:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and exponent > 0 and abs(base) > 1 and exponent > _LARGEST.bit_length():
        raise OverflowError
    result: object = base**exponent
    if isinstance(result, complex):
        raise VariableError(f"{base:g} has no power of {exponent:g}.")
    return cast("Number", result)


def _round(value: Number, digits: Number | None = None) -> Number:
    if digits is None:
        return round(value)
    if digits != int(digits) or abs(digits) > _DIGITS:
        raise VariableError(f"“round” keeps 0 to {_DIGITS} digits; it is told {digits:g}.")
    return round(value, int(digits))


FUNCTIONS: Mapping[str, tuple[Callable[..., int | float], int, int]] = {
    "min": (min, 2, _LONGEST),
    "max": (max, 2, _LONGEST),
    "round": (_round, 1, 2),
    "int": (int, 1, 1),
}
"""Name -> function, and how many numbers it takes at least and at most."""
_COUNTS = {(2, _LONGEST): "2 numbers or more", (1, 2): "1 or 2 numbers", (1, 1): "1 number"}
_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], int | float]] = cast(
    "Any",
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
        ast.Mod: operator.mod,
        ast.Pow: _power,
    },
)
_UNARY: Mapping[type[ast.unaryop], Callable[[Any], int | float]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def _work(node: ast.expr, names: Names) -> Number:
    """Return the value of a tree. Every step on the way is bounded."""
    worker = _WORKERS.get(type(node))
    if worker is None:
        raise _unreadable(ast.unparse(node))
    value = worker(node, names)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise OverflowError
    elif abs(value) > _LARGEST:
        raise OverflowError
    return value


def _constant(node: ast.Constant, _names: Names) -> Number:
    value: object = node.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise _unreadable(ast.unparse(node))


def _name(node: ast.Name, names: Names) -> Number:
    if node.id in names:
        return names[node.id]
    if node.id in FUNCTIONS:
        raise VariableError(
            f"“{node.id}” is a function: write the numbers behind it, {node.id}(…)."
        )
    raise VariableError(missing(node.id, names))


def missing(name: str, names: Names) -> str:
    """Return the sentence for a variable that is not there."""
    near = difflib.get_close_matches(name, names, 1)
    if near:
        return f"There is no variable “{name}”. Do you mean “{near[0]}”?"
    if names:
        return f"There is no variable “{name}”. There are {', '.join(sorted(names))}."
    return f"There is no variable “{name}”; the project has none yet."


def _unary(node: ast.UnaryOp, names: Names) -> Number:
    operation = _UNARY.get(type(node.op))
    if operation is None:
        raise _unreadable(ast.unparse(node))
    return operation(_work(node.operand, names))


def _binary(node: ast.BinOp, names: Names) -> Number:
    operation = _BINARY.get(type(node.op))
    if operation is None:
        raise _unreadable(ast.unparse(node))
    return operation(_work(node.left, names), _work(node.right, names))


def _call(node: ast.Call, names: Names) -> Number:
    name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
    if name not in FUNCTIONS or node.keywords:
        raise VariableError(f"There is no function “{name}”. There are {', '.join(FUNCTIONS)}.")
    function, least, most = FUNCTIONS[name]
    given = [_work(argument, names) for argument in node.args]
    if not least <= len(given) <= most:
        wanted = _COUNTS[least, most]
        raise VariableError(f"“{name}” takes {wanted}; it is given {len(given)}.")
    return function(*given)


_WORKERS: Mapping[type[ast.expr], Callable[[Any, Any], int | float]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Call: _call,
}
