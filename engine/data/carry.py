"""What an exported script carries to make the same parts without us: functions and two lines."""

from __future__ import annotations

import dis
import inspect
from types import CodeType
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.data import preparation
from engine.data.dataset import prepare_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.project import DataRecipe

IMPORTS = (
    "from __future__ import annotations",
    "from collections.abc import Callable, Iterator",
    "from pathlib import Path",
    "from typing import Any",
    "import numpy as np",
)
"""What the annotations of carried functions name."""


def functions(recipe: DataRecipe) -> list[Callable[..., Any]]:
    """Return the functions that `lines` calls, each behind those it calls itself."""
    found: dict[Callable[..., Any], None] = {}
    for start in (load_target(registry.source(recipe.source.id).target), preparation.prepare):
        _collect(start, found)
    return list(found)


def _collect(function: Any, found: dict[Callable[..., Any], None]) -> None:
    for name in _globals_read(function.__code__):
        called = function.__globals__.get(name)
        if inspect.isfunction(called) and called not in found:
            _collect(called, found)
    found[function] = None


def _globals_read(code: CodeType) -> Iterator[str]:
    """Yield the names that a function and those within it take from their module, in order."""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            yield instruction.argval
        elif isinstance(instruction.argval, CodeType):
            yield from _globals_read(instruction.argval)


def source(recipe: DataRecipe) -> str:
    """Return the source of those functions, as it would stand in a script."""
    return "\n\n".join(inspect.getsource(function) for function in functions(recipe))


def lines(recipe: DataRecipe) -> list[str]:
    """Return the lines that make `parts` (part -> field -> array) and `scales`."""
    spec = registry.source(recipe.source.id)
    values = spec.values(recipe.source.params)
    loader = spec.target.rpartition(".")[2]
    given = ", ".join(f"{name}={value!r}" for name, value in values.items())
    prepared = [f"    {name}={value!r}," for name, value in prepare_arguments(recipe).items()]
    return [f"data = {loader}({given})", "parts, scales = prepare(", "    data,", *prepared, ")"]
