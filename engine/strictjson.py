"""JSON as our files use it: nothing doubtful is read, and what is written can be compared by line.

Knows nothing of projects. `parse` and `dump` raise `JSONError`, whose text is one sentence.
"""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    Parts = tuple[list[str], list[Any]]
    """The texts of what a container holds, and the values themselves."""

MAX_BYTES = 32 * 2**20
MAX_DEPTH = 100
_WIDTH = 100
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_ESCAPED = "\\ud"
_SURROGATE = re.compile("[\ud800-\udfff]")


class JSONError(ValueError):
    """Text that is not the JSON we take, or a value that JSON does not have."""


class _Doubtful(ValueError):
    """What Python's parser would take and a file of ours may not hold."""


def parse(data: bytes | str, name: str) -> Any:
    """Return what `data` holds, with every list as a tuple.

    Raises
    ------
    JSONError
        Not UTF-8, broken off, too large, nested too deep, a key twice, NaN or a number without a
        finite value. `name` stands in the message, with the line where there is one.
    """
    text = _decode(data, name)
    _scan(text, name)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}"
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            raise JSONError(f"{name} breaks off in {where}: it is truncated or empty.") from None
        raise JSONError(f"{name} is damaged in {where}: {error.msg}.") from None
    except _Doubtful as error:
        raise JSONError(f"{name} cannot be read: {error}") from None
    return _tuples(value)


def dump(value: Any) -> str:
    """Return the text of `value`; what holds only plain values stays on one line.

    Raises
    ------
    JSONError
        A value or a key is none that JSON has, such as NaN; the message names its place.
    """
    return _write(value, "", 0) + "\n"


def _decode(data: bytes | str, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise JSONError(f"{name} is larger than {MAX_BYTES // 2**20} MiB.")
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise JSONError(f"{name} is damaged in line {line}: it is not UTF-8 text.") from None


def _scan(text: str, name: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case string:
                _whole_characters(string, name)
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, token.start()) + 1
            raise JSONError(f"{name} is nested more than {MAX_DEPTH} deep in line {line}.")


def _whole_characters(string: str, name: str) -> None:
    if _ESCAPED not in string.lower():
        return
    with suppress(json.JSONDecodeError):
        if _SURROGATE.search(json.loads(string)):
            raise JSONError(f"{name} holds half a character: {string[:40]}.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Doubtful(f"the key {key!r} stands twice in one object.")
        found[key] = value
    return found


def _no_constant(word: str) -> NoReturn:
    raise _Doubtful(f"{word} is not a number that a file can hold.")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _Doubtful(f"the number {digits[:40]} is too large.")
    return value


def _whole(digits: str) -> int:
    if len(digits) > 40:
        raise _Doubtful(f"the number {digits[:40]}… is too large.")
    return int(digits)


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(item) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in cast("dict[str, Any]", value).items()}
    return value


def _write(value: Any, place: str, indent: int) -> str:
    container = _CONTAINERS.get(cast("Any", type(value)))
    if container is None:
        return _scalar(value, place)
    parts, items = container(value, place, indent + 2)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    line = opening + ", ".join(parts) + closing
    flat = all(type(item) not in _CONTAINERS for item in items)
    if flat and (len(line) + indent <= _WIDTH or not parts):
        return line
    pad = " " * (indent + 2)
    body = ",\n".join(pad + part for part in parts)
    return f"{opening}\n{body}\n{' ' * indent}{closing}"


def _object(value: dict[Any, Any], place: str, indent: int) -> Parts:
    parts: list[str] = []
    for key, item in value.items():
        here = f"{place}.{key}".removeprefix(".")
        if not isinstance(key, str):
            raise JSONError(f"{here}: a key must be text; received {key!r}.")
        parts.append(f"{json.dumps(key, ensure_ascii=False)}: {_write(item, here, indent)}")
    return parts, list(value.values())


def _array(value: list[Any] | tuple[Any, ...], place: str, indent: int) -> Parts:
    return [_write(item, f"{place}.{i}", indent) for i, item in enumerate(value)], list(value)


_CONTAINERS: dict[Any, Callable[[Any, str, int], Parts]] = {
    dict: _object,
    list: _array,
    tuple: _array,
}


def _scalar(value: Any, place: str) -> str:
    if value is None or isinstance(value, bool | int | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and math.isfinite(value):
        return json.dumps(value)
    raise JSONError(f"{place}: {value!r} cannot be written to a file.")
