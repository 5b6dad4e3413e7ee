"""A value worked out from others by a formula that the user writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.formulas import LETTERS, FormulaError, shape_of, understand
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONG = 28


def _wrong(values: Mapping[str, Any], *received: TensorSpec | None) -> str | None:
    text = values["expression"]
    inputs = {name: spec for name, spec in zip(LETTERS, received, strict=False) if spec is not None}
    try:
        understand(text)
        shape_of(text, inputs)
    except FormulaError as error:
        return str(error)
    return None


def _lines(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"{{out}} = {understand(values['expression']).code}",)


def _face(values: Mapping[str, Any]) -> tuple[str, ...]:
    text = " ".join(str(values["expression"]).split())
    return (text if len(text) <= _LONG else f"{text[: _LONG - 1]}…",)


EXPRESSION = LayerSpec(
    id="expression",
    title="Expression",
    group="Core",
    covers=("LAY-07",),
    summary="Works a value out from up to four inputs by a formula of yours.",
    keywords=(
        "lambda",
        "formula",
        "function",
        "arithmetic",
        "calculate",
        "custom",
        "where",
        "math",
        "own formula",
    ),
    formula="y = a · σ(b) + c, or whatever you write",
    notes=(
        "Inputs are a, b, c and d. Allowed are numbers, pi and e, + − * / **, comparisons (1 where "
        "one holds, else 0), and, or, not, “x if a > 0 else y”, where, max, min, abs, exp, log, "
        "sqrt, square, sin, cos, tanh, sigmoid, relu, gelu, silu, softplus, erf, sign, round and "
        "their kin; sum(a, 1), mean, softmax and cumsum work along an axis, -1 if none is given, "
        "and sum and mean leave it with size 1. Axes of size 1 are repeated to fit. The text is "
        "parsed, never run: it can do nothing but calculate."
    ),
    pitfalls=(
        "log and sqrt of what may be 0 or less give NaN, and one NaN spoils all weights at once: "
        "write log(max(a, 1e-6)). Comparisons, round and sign have no gradient."
    ),
    inputs=(
        Port(name="a", axes="N ..."),
        *(Port(name=name, axes="N ...", optional=True) for name in LETTERS[1:]),
    ),
    outputs=(Port(name="out", axes="N ..."),),
    write=_lines,
    check=_wrong,
    gaps=True,
    face=_face,
    params=(
        Param(
            name="expression",
            default="a",
            argument=False,
            doc="The formula, such as a * sigmoid(b) or max(a, 0) ** 2.",
        ),
    ),
    examples=(((2, 3),), ((2, 3, 4, 4),)),
)
