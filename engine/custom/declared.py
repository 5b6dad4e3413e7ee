"""What a custom layer says of itself as data: its ports with their axes, and its numbers."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BATCH = -1
Flow = tuple[tuple[int, ...], str]
"""Shape (the batch is -1) and element type of what flows on a wire."""
Number = bool | int | float
Sizes = dict[str, "int | tuple[int, ...]"]
"""What each axis of the inputs is; `...` stands for several."""

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_AXIS = re.compile(r"[A-Za-z][A-Za-z0-9_]*|[1-9][0-9]{0,8}|\.\.\.")
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_TAKEN = frozenset({"self", "inputs", "like"})
_TYPES = ("float", "int", "any")
USUAL = ("N", "...")


class DeclaredError(ValueError):
    """What is wrong with a declaration; one sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """One port: `image: N C H W`, `ids: N L int`; without axes it says nothing of them."""

    name: str
    axes: tuple[str, ...] = ()
    dtype: Literal["float", "int", "any"] = "float"

    def __str__(self) -> str:
        """Return the text that `place` reads."""
        words = [*self.axes, *([self.dtype] if self.dtype != "float" else [])]
        return f"{self.name}: {' '.join(words)}" if words else self.name


@dataclass(frozen=True, slots=True)
class Setting:
    """One argument of the constructor: a number, or an axis of the inputs whose size it gets."""

    name: str
    value: Number | str

    def __str__(self) -> str:
        """Return the text that `setting` reads."""
        return f"{self.name} = {self.value}"


def place(text: str) -> Place:
    """Return the port a text declares; DeclaredError says what is wrong with it."""
    name, _, rest = (part.strip() for part in text.partition(":"))
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise DeclaredError(
            "The name of a port must be small letters, digits and _, and none of self, inputs, "
            f"like; received {name!r}."
        )
    words = rest.split()
    dtype = words.pop() if words and words[-1] in _TYPES else "float"
    axes = tuple(words)
    wrong = [axis for axis in axes if not _AXIS.fullmatch(axis)]
    if wrong or axes.count("...") > 1:
        raise DeclaredError(
            f"The axes of the port {name!r} must be names, sizes and at most one ...; "
            f"received {' '.join(axes)!r}."
        )
    return Place(name, axes, dtype)  # pyright: ignore[reportArgumentType]


@lru_cache(maxsize=1024)
def places(texts: tuple[str, ...], word: str) -> tuple[Place, ...]:
    """Return the declared ports of one side; DeclaredError says what is wrong with them."""
    found = tuple(place(text) for text in texts)
    names = [p.name for p in found]
    if not found:
        raise DeclaredError(f"It has no {word}; name at least one.")
    for name in names:
        if names.count(name) > 1:
            raise DeclaredError(f"Two of its {word}s are called {name!r}; rename one.")
    return found


@lru_cache(maxsize=1024)
def readable(texts: tuple[str, ...]) -> tuple[Place, ...]:
    """Return those ports of one side that can be read, each name once."""
    found: dict[str, Place] = {}
    for text in texts:
        try:
            made = place(text)
        except DeclaredError:
            continue
        found.setdefault(made.name, made)
    return tuple(found.values())


def setting(text: str) -> Setting:
    """Return the argument a text declares; DeclaredError says what is wrong with it."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name.isidentifier() or keyword.iskeyword(name):
        raise DeclaredError(
            f"A number for the constructor is written `name = value`; received {text!r}."
        )
    found = _value(value)
    if found is None:
        raise DeclaredError(
            f"“{name}” must be a number, True or False, or the name of an axis of an input; "
            f"received {value!r}."
        )
    return Setting(name, found)


def _value(text: str) -> Number | str | None:
    if text in ("True", "False"):
        return text == "True"
    if _WHOLE.fullmatch(text):
        return int(text)
    if _AXIS.fullmatch(text) and text not in ("N", "inf", "nan", "infinity"):
        return None if text == "..." else text
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) <= 1e300 else None


@lru_cache(maxsize=1024)
def settings(texts: tuple[str, ...]) -> tuple[Setting, ...]:
    """Return the declared arguments; DeclaredError says what is wrong with them."""
    found = tuple(setting(text) for text in texts)
    names = [s.name for s in found]
    for name in names:
        if names.count(name) > 1:
            raise DeclaredError(f"The number “{name}” is given twice; leave one out.")
    return found


def arguments(
    given: Sequence[Setting], ports: Sequence[Place], incoming: Sequence[Flow]
) -> tuple[tuple[str, Number], ...]:
    """Return the constructor's arguments, with sizes read off what comes in."""
    if not any(isinstance(s.value, str) for s in given):
        return tuple((s.name, s.value) for s in given if not isinstance(s.value, str))
    sizes = bound(ports, incoming)
    found: list[tuple[str, Number]] = []
    for one in given:
        value = one.value
        if isinstance(value, str):
            size = sizes.get(value)
            if not isinstance(size, int) or size == BATCH:
                known = ", ".join(n for n in sizes if n not in ("N", "...")) or "no named axis"
                raise DeclaredError(
                    f"“{one.name}” should be the size of the axis {value}, which no input has; "
                    f"the inputs have {known}."
                )
            value = size
        found.append((one.name, value))
    return tuple(found)


def bound(ports: Sequence[Place], incoming: Sequence[Flow]) -> Sizes:
    """Return what each axis of the inputs is.

    Raises
    ------
    DeclaredError
        What comes in does not have the declared axes.
    """
    sizes: Sizes = {}
    for port, (shape, _) in zip(ports, incoming, strict=False):
        for axis, size in _pairs(port, shape):
            if axis.isdecimal():
                if int(axis) != size:
                    raise DeclaredError(
                        f"Its input “{port.name}” must be {' × '.join(port.axes)}; "
                        f"it receives {_words(shape)}."
                    )
                continue
            if sizes.setdefault(axis, size) != size:
                raise DeclaredError(
                    f"The axis {axis} of its input “{port.name}” is {_words(size)}, "
                    f"but {_words(sizes[axis])} at another input."
                )
    return sizes


def _pairs(port: Place, shape: tuple[int, ...]) -> list[tuple[str, int | tuple[int, ...]]]:
    axes = port.axes
    if not axes:
        return []
    rest = len(shape) - (len(axes) - 1 if "..." in axes else len(axes))
    if rest < 0 or (rest and "..." not in axes):
        raise DeclaredError(
            f"Its input “{port.name}” must have the axes {' '.join(axes)}; "
            f"it receives {_words(shape)}."
        )
    if "..." not in axes:
        return list(zip(axes, shape, strict=True))
    cut = axes.index("...")
    last = len(shape) - (len(axes) - cut - 1)
    return [
        *zip(axes[:cut], shape[:cut], strict=True),
        ("...", shape[cut:last]),
        *zip(axes[cut + 1 :], shape[last:], strict=True),
    ]


def stated(port: Place, sizes: Mapping[str, int | tuple[int, ...]]) -> Flow | None:
    """Return what a declared output is, or None where its axes do not tell."""
    if not port.axes:
        return None
    shape: list[int] = []
    for axis in port.axes:
        size = int(axis) if axis.isdecimal() else sizes.get(axis, BATCH if axis == "N" else None)
        if size is None:
            return None
        shape += [size] if isinstance(size, int) else size
    return tuple(shape), "int64" if port.dtype == "int" else "float32"


def contradiction(port: Place, flow: Flow, sizes: Mapping[str, int | tuple[int, ...]]) -> str:
    """Return what is wrong when an output is other than its declaration says, or nothing."""
    if not port.axes:
        return ""
    told = stated(port, sizes)
    shape = flow[0]
    least = sum(axis != "..." for axis in port.axes)
    fits = len(shape) >= least if "..." in port.axes else len(shape) == least
    if fits and (told is None or told[0] == shape):
        return ""
    said = _words(told[0]) if told is not None else " × ".join(port.axes)
    return (
        f"Its output “{port.name}” is declared as {said}, but its forward gives {_words(shape)}. "
        "Change the axes of the port or the text."
    )


def _words(size: int | tuple[int, ...]) -> str:
    if isinstance(size, int):
        return "N" if size == BATCH else str(size)
    return " × ".join(map(_words, size)) or "one number"
