"""One setting of a catalogue entry: its kind, its bounds, and the sentence for a wrong value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Value: TypeAlias = (
    "bool | int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | None"
)
Kind: TypeAlias = Literal[
    "bool",
    "int",
    "float",
    "choice",
    "ints",
    "floats",
    "text",
    "field",
    "path",
    "names",
    "network",
    "code",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One setting of an entry. Its kind follows from the default unless stated.

    `ints` is a tuple of `length` whole numbers (one number stands for all of them);
    `floats` is the same of decimal numbers; `field` names a field of the data; `names` is a
    tuple of strings; `network` names a network of the project; `code` is the user's own Python.
    """

    name: str
    default: Value
    doc: str
    title: str = ""
    kind: Kind | Literal[""] = ""
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    length: int | None = None
    optional: bool = False
    argument: bool = True
    """False: no constructor argument of the target; the forward line or the engine reads it."""
    advanced: bool = False
    folder: bool = False
    """For a path: it may lead to a folder too, or to an archive of one."""

    @property
    def type(self) -> Kind:
        """Return the kind, stated or taken from the default."""
        if self.kind:
            return self.kind
        if self.choices:
            return "choice"
        match self.default:
            case bool():
                return "bool"
            case int():
                return "int"
            case float():
                return "float"
            case tuple():
                return "floats" if any(isinstance(v, float) for v in self.default) else "ints"
            case _:
                return "text"

    @property
    def label(self) -> str:
        """Return the words a form shows."""
        return self.title or self.name.replace("_", " ").capitalize()

    def check(self, value: object) -> Value:
        """Return `value` in its canonical form.

        Raises
        ------
        ValueError
            A sentence that names the setting, what was received and what is allowed.
        """
        if value is None and (self.optional or self.default is None):
            return None
        return _CHECKS[self.type](self, value)

    def _range(self, value: float) -> None:
        bounds = (
            (self.ge, value.__ge__, "at least"),
            (self.gt, value.__gt__, "more than"),
            (self.le, value.__le__, "at most"),
            (self.lt, value.__lt__, "less than"),
        )
        for bound, holds, words in bounds:
            if bound is not None and not holds(type(value)(bound)):
                raise ValueError(f"{self.label} must be {words} {bound:g}; received {value:g}.")


def _bool(param: Param, value: object) -> Value:
    if isinstance(value, bool):
        return value
    raise ValueError(f"{param.label} must be true or false; received {value!r}.")


def _int(param: Param, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise ValueError(f"{param.label} must be a whole number; received {value!r}.")
    if abs(value) > 2**53:
        raise ValueError(f"{param.label} must be a smaller number; received {value!r}.")
    param._range(int(value))  # pyright: ignore[reportPrivateUsage]
    return int(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _float(param: Param, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise ValueError(f"{param.label} must be a finite number; received {value!r}.")
    param._range(float(value))  # pyright: ignore[reportPrivateUsage]
    return float(value)


def _choice(param: Param, value: object) -> Value:
    if isinstance(value, str) and value in param.choices:
        return value
    raise ValueError(
        f"{param.label} must be one of {', '.join(param.choices)}; received {value!r}."
    )


def _text(param: Param, value: object) -> Value:
    if isinstance(value, str):
        return value
    raise ValueError(f"{param.label} must be text; received {value!r}.")


def _items(param: Param, value: object, words: str) -> Sequence[object]:
    if isinstance(value, int | float):
        value = (value,) * (param.length or 1)
    if not isinstance(value, list | tuple):
        raise ValueError(f"{param.label} must be {words}; received {value!r}.")
    items = cast("Sequence[object]", value)
    if param.length is not None and len(items) != param.length:
        raise ValueError(f"{param.label} must be {param.length} {words}; received {value!r}.")
    return items


def _ints(param: Param, value: object) -> Value:
    if isinstance(value, str) and value in param.choices:
        return value
    return tuple(_int(param, item) for item in _items(param, value, "whole numbers"))


def _floats(param: Param, value: object) -> Value:
    return tuple(_float(param, item) for item in _items(param, value, "decimal numbers"))


def _names(param: Param, value: object) -> Value:
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        if all(isinstance(item, str) for item in items):
            return tuple(str(item) for item in items)
    raise ValueError(f"{param.label} must be a list of names; received {value!r}.")


_CHECKS: dict[Kind, Callable[[Param, object], Value]] = {
    "bool": _bool,
    "int": _int,
    "float": _float,
    "choice": _choice,
    "ints": _ints,
    "floats": _floats,
    "text": _text,
    "field": _text,
    "path": _text,
    "names": _names,
    "network": _text,
    "code": _text,
}
