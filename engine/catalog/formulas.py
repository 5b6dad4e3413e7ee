"""A small language for one value: arithmetic, comparisons and known functions of the inputs.

What is written is parsed, never run: the code that computes it is built anew, node by node, from
what the tree was understood to say. Anything else is refused with a sentence.
"""

from __future__ import annotations

import ast
import difflib
import math
import operator
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from engine.catalog.checks import axis_exists, merged
from engine.catalog.spec import TensorSpec
from engine.catalog.writing import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Shape = tuple[int, ...] | None

LETTERS = ("a", "b", "c", "d")
"""The names of the inputs."""
LONGEST = 300
_DEEPEST = 100
_LARGEST = 1e30
_TOO_LARGE = f"The expression holds a number beyond ±{_LARGEST:g}."
_HOLE = "port_"
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "²": "**2"})
_CONSTANTS = {"pi": math.pi, "e": math.e}
_ELEMENTWISE: Mapping[str, tuple[str, Callable[[float], float] | None]] = {
    "abs": ("torch.abs", abs),
    "atan": ("torch.atan", math.atan),
    "ceil": ("torch.ceil", math.ceil),
    "cos": ("torch.cos", math.cos),
    "cosh": ("torch.cosh", math.cosh),
    "erf": ("torch.erf", math.erf),
    "exp": ("torch.exp", math.exp),
    "expm1": ("torch.expm1", math.expm1),
    "floor": ("torch.floor", math.floor),
    "gelu": ("nn.functional.gelu", None),
    "log": ("torch.log", math.log),
    "log1p": ("torch.log1p", math.log1p),
    "relu": ("torch.relu", None),
    "round": ("torch.round", None),
    "sigmoid": ("torch.sigmoid", None),
    "sign": ("torch.sign", None),
    "silu": ("nn.functional.silu", None),
    "sin": ("torch.sin", math.sin),
    "sinh": ("torch.sinh", math.sinh),
    "softplus": ("nn.functional.softplus", None),
    "sqrt": ("torch.sqrt", math.sqrt),
    "square": ("torch.square", None),
    "tan": ("torch.tan", math.tan),
    "tanh": ("torch.tanh", math.tanh),
}
"""Name -> what computes it for a tensor, and for a number where that is allowed."""
_ALONG = {"cumsum": False, "mean": True, "softmax": False, "sum": True}
"""Functions along an axis, and whether they leave it with size 1."""
_OTHERS = ("max", "min", "where")
FUNCTIONS = tuple(sorted((*_ELEMENTWISE, *_ALONG, *_OTHERS)))


def _divided(left: float, right: float) -> float:
    return left / right


_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divided,
    ast.Pow: math.pow,
}
_COMPARED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


class FormulaError(ValueError):
    """What is written cannot be used: one sentence."""


@dataclass(frozen=True, slots=True)
class Formula:
    """What was understood: code with a hole for each input, `{a} * 2`, and the inputs it uses."""

    code: str
    uses: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the code that is built."""

    tree: ast.expr
    kind: Literal["number", "tensor", "truth"]
    shape: Shape = None
    number: float = 0.0


@lru_cache(1024)
def understand(text: str) -> Formula:
    """Return what a formula says.

    Raises
    ------
    FormulaError
        It cannot be read, uses what is not allowed, or uses no input.
    """
    return _write(text, None)


def shape_of(text: str, inputs: Mapping[str, TensorSpec]) -> None:
    """Check a formula against the shapes of its inputs, by letter. FormulaError says what is wrong.

    Samples must stay apart: no axis that is the batch may be worked along or repeated.
    """
    _write(text, inputs)


def _write(text: str, inputs: Mapping[str, TensorSpec] | None) -> Formula:
    writer = _Writer(inputs)
    piece = _tensor(writer.visit(_parse(text), 0))
    if not writer.uses:
        raise FormulaError("The expression uses no input; write a, b, c or d where one is meant.")
    code = re.sub(rf"\b{_HOLE}([abcd])\b", r"{\1}", text_of(piece.tree))
    return Formula(code, frozenset(writer.uses))


def _parse(text: str) -> ast.expr:
    source = " ".join(text.split()).removeprefix("=").strip().translate(_SIGNS)
    if not source:
        raise FormulaError("The expression is empty; write for example a * sigmoid(b).")
    if len(source) > LONGEST:
        raise FormulaError(f"The expression has {len(source)} characters; {LONGEST} are allowed.")
    try:
        return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError(f"“{source[:60]}” cannot be read as an expression.") from None


def _called(name: str, *arguments: ast.expr, **named: ast.expr) -> ast.expr:
    first, *rest = name.split(".")
    function: ast.expr = ast.Name(first)
    for part in rest:
        function = ast.Attribute(function, part)
    keywords = [ast.keyword(key, value) for key, value in named.items()]
    return ast.Call(function, list(arguments), keywords)


def _literal(value: float) -> _Piece:
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise FormulaError(_TOO_LARGE)
    whole = int(value) if value == int(value) and abs(value) < 2**53 else value
    tree: ast.expr = ast.Constant(abs(whole))
    if math.copysign(1, value) < 0:
        tree = ast.UnaryOp(ast.USub(), tree)
    return _Piece(tree, "number", (), value)


def _tensor(piece: _Piece) -> _Piece:
    """Return a piece that can be calculated with: a truth counts 1 or 0."""
    if piece.kind != "truth":
        return piece
    return _Piece(ast.Call(ast.Attribute(piece.tree, "float"), [], []), "tensor", piece.shape)


def _both(first: Shape, second: Shape) -> Shape:
    if first is None or second is None:
        return None
    both = second if first == () else first if second == () else merged(first, second)
    if both is None:
        raise FormulaError(
            f"{TensorSpec(first)} and {TensorSpec(second)} do not go together: counted from the "
            "last axis, sizes must be equal or 1, and batch must meet batch."
        )
    return both


class _Writer:
    """Builds the code of a tree; notes the inputs it meets."""

    def __init__(self, inputs: Mapping[str, TensorSpec] | None) -> None:
        self.inputs = inputs
        self.uses: set[str] = set()

    def visit(self, node: ast.expr, depth: int) -> _Piece:
        """Return the code of a tree."""
        if depth > _DEEPEST:
            raise FormulaError(f"The expression is nested more than {_DEEPEST} levels deep.")
        worker = _WORKERS.get(type(node))
        if worker is None:
            raise _refused(node)
        return worker(self, node, depth + 1)

    def constant(self, node: ast.Constant, depth: int) -> _Piece:
        value: object = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _refused(node)
        if abs(value) > _LARGEST:
            raise FormulaError(_TOO_LARGE)
        return _literal(float(value))

    def name(self, node: ast.Name, depth: int) -> _Piece:
        if node.id in _CONSTANTS:
            return _literal(_CONSTANTS[node.id])
        if node.id not in LETTERS:
            raise _unknown(node.id)
        self.uses.add(node.id)
        shape: Shape = None
        if self.inputs is not None:
            if node.id not in self.inputs:
                raise FormulaError(f"The expression uses “{node.id}”, but nothing is wired to it.")
            shape = self.inputs[node.id].shape
        return _Piece(ast.Name(f"{_HOLE}{node.id}"), "tensor", shape)

    def unary(self, node: ast.UnaryOp, depth: int) -> _Piece:
        piece = self.visit(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return _Piece(ast.UnaryOp(ast.Invert(), self._truth(piece)), "truth", piece.shape)
        if not isinstance(node.op, ast.USub | ast.UAdd):
            raise _refused(node)
        if isinstance(node.op, ast.UAdd):
            return _tensor(piece)
        if piece.kind == "number":
            return _literal(-piece.number)
        piece = _tensor(piece)
        return _Piece(ast.UnaryOp(ast.USub(), piece.tree), "tensor", piece.shape)

    def binary(self, node: ast.BinOp, depth: int) -> _Piece:
        operation = _BINARY.get(type(node.op))
        if operation is None:
            raise _refused(node)
        left, right = (_tensor(self.visit(part, depth)) for part in (node.left, node.right))
        if left.kind == right.kind == "number":
            return _literal(_worked(node, operation, left.number, right.number))
        tree = ast.BinOp(left.tree, node.op, right.tree)
        return _Piece(tree, "tensor", _both(left.shape, right.shape))

    def comparison(self, node: ast.Compare, depth: int) -> _Piece:
        sides = [_tensor(self.visit(part, depth)) for part in (node.left, *node.comparators)]
        found: _Piece | None = None
        for sign, left, right in zip(node.ops, sides[:-1], sides[1:], strict=True):
            if not isinstance(sign, _COMPARED):
                raise _refused(node)
            if left.kind == right.kind == "number":
                raise FormulaError("The expression compares two numbers; one side needs an input.")
            tree = ast.Compare(left.tree, [sign], [right.tree])
            piece = _Piece(tree, "truth", _both(left.shape, right.shape))
            found = piece if found is None else self._joined(ast.BitAnd(), found, piece)
        assert found is not None
        return found

    def logic(self, node: ast.BoolOp, depth: int) -> _Piece:
        sign = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
        first, *rest = (self.visit(part, depth) for part in node.values)
        self._truth(first)
        for piece in rest:
            self._truth(piece)
            first = self._joined(sign, first, piece)
        return first

    def choice(self, node: ast.IfExp, depth: int) -> _Piece:
        return self._where(*(self.visit(p, depth) for p in (node.test, node.body, node.orelse)))

    def call(self, node: ast.Call, depth: int) -> _Piece:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS:
            raise _unknown(name) if name else _refused(node)
        if node.keywords:
            raise FormulaError(f"“{name}” takes its values in order, without names.")
        given = [self.visit(part, depth) for part in node.args]
        if name == "where":
            _count(name, given, 3)
            return self._where(*given)
        if name in ("max", "min"):
            _count(name, given, 2)
            return self._extreme(name, *map(_tensor, given))
        if name in _ALONG:
            _count(name, given, 1, 2)
            return self._along(name, *given)
        _count(name, given, 1)
        return self._each(node, name, _tensor(given[0]))

    def _each(self, node: ast.Call, name: str, piece: _Piece) -> _Piece:
        target, plain = _ELEMENTWISE[name]
        if piece.kind != "number":
            return _Piece(_called(target, piece.tree), "tensor", piece.shape)
        if plain is None:
            raise FormulaError(f"“{name}” needs an input in its parentheses, not a number alone.")
        return _literal(_worked(node, plain, piece.number))

    def _along(self, name: str, piece: _Piece, axis: _Piece | None = None) -> _Piece:
        if axis is not None and (axis.kind != "number" or axis.number != int(axis.number)):
            raise FormulaError(f"The axis of “{name}” must be a whole number, such as -1.")
        piece, dim = _tensor(piece), -1 if axis is None else int(axis.number)
        if piece.kind == "number":
            raise FormulaError(f"“{name}” needs an input in its parentheses, not a number alone.")
        shape = piece.shape
        if shape is not None:
            wrong = axis_exists(dim, TensorSpec(shape))
            if wrong:
                raise FormulaError(f"“{name}”: {wrong}")
            if _ALONG[name]:
                place = dim % len(shape)
                shape = (*shape[:place], 1, *shape[place + 1 :])
        named: dict[str, ast.expr] = {"dim": _literal(dim).tree}
        if _ALONG[name]:
            named["keepdim"] = ast.Constant(True)
        return _Piece(_called(f"torch.{name}", piece.tree, **named), "tensor", shape)

    def _extreme(self, name: str, left: _Piece, right: _Piece) -> _Piece:
        if left.kind == "number":
            left, right = right, left
        if left.kind == "number":
            raise FormulaError(f"“{name}” of two numbers is a number; write that.")
        shape = _both(left.shape, right.shape)
        if right.kind == "number":
            bound = "min" if name == "max" else "max"
            return _Piece(_called("torch.clamp", left.tree, **{bound: right.tree}), "tensor", shape)
        return _Piece(_called(f"torch.{name}imum", left.tree, right.tree), "tensor", shape)

    def _where(self, test: _Piece, then: _Piece, other: _Piece) -> _Piece:
        condition, then, other = self._truth(test), _tensor(then), _tensor(other)
        shape = _both(_both(test.shape, then.shape), other.shape)
        tree = _called("torch.where", condition, then.tree, other.tree)
        if then.kind == other.kind == "number":
            tree = ast.Call(ast.Attribute(tree, "float"), [], [])
        return _Piece(tree, "tensor", shape)

    def _truth(self, piece: _Piece) -> ast.expr:
        if piece.kind != "truth":
            text = text_of(piece.tree).replace(_HOLE, "")[:60]
            raise FormulaError(f"“{text}” stands where a comparison is needed, such as a > 0.")
        return piece.tree

    def _joined(self, sign: ast.operator, left: _Piece, right: _Piece) -> _Piece:
        tree = ast.BinOp(left.tree, sign, right.tree)
        return _Piece(tree, "truth", _both(left.shape, right.shape))


def _worked(node: ast.expr, function: Callable[..., float], *numbers: float) -> float:
    try:
        result = function(*numbers)
    except ZeroDivisionError:
        raise FormulaError(f"“{ast.unparse(node)}” divides by zero.") from None
    except (ValueError, OverflowError):
        raise FormulaError(f"“{ast.unparse(node)}” has no real, finite value.") from None
    return float(result)


def _count(name: str, given: list[_Piece], least: int, most: int = 0) -> None:
    if least <= len(given) <= (most or least):
        return
    wanted = f"{least} or {most} values" if most else f"{least} value{'' if least == 1 else 's'}"
    raise FormulaError(f"“{name}” takes {wanted}; it is given {len(given)}.")


def _unknown(name: str) -> FormulaError:
    if name in FUNCTIONS:
        return FormulaError(f"“{name}” is a function: write {name}(…).")
    known = (*LETTERS, *_CONSTANTS, *FUNCTIONS)
    near = difflib.get_close_matches(name, known, 1)
    hint = f" Do you mean “{near[0]}”?" if near else ""
    if name in LETTERS or name in _CONSTANTS:
        return FormulaError(f"“{name}” is a value, not a function.")
    return FormulaError(
        f"There is no “{name}”.{hint} There are the inputs a, b, c, d, the numbers pi and e, and "
        f"the functions {', '.join(FUNCTIONS)}."
    )


def _refused(node: ast.expr) -> FormulaError:
    try:
        text = ast.unparse(node)[:60]
    except (RecursionError, ValueError):
        text = type(node).__name__
    return FormulaError(
        f"“{text}” is not allowed. Use the inputs a, b, c, d, numbers, + - * / **, comparisons, "
        "and, or, not, “x if a > b else y”, and functions such as exp(a)."
    )


_WORKERS: Mapping[type[ast.expr], Callable[[_Writer, Any, int], _Piece]] = {
    ast.Constant: _Writer.constant,
    ast.Name: _Writer.name,
    ast.UnaryOp: _Writer.unary,
    ast.BinOp: _Writer.binary,
    ast.Compare: _Writer.comparison,
    ast.BoolOp: _Writer.logic,
    ast.IfExp: _Writer.choice,
    ast.Call: _Writer.call,
}
