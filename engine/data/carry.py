"""What an exported script carries to make the same parts without us: functions and two lines."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.data import loaders, preparation
from engine.data.dataset import prepare_arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.project import DataRecipe

IMPORTS = (
    "from __future__ import annotations",
    "from collections.abc import Callable",
    "from pathlib import Path",
    "from typing import Any",
    "import numpy as np",
)
"""What the annotations of carried functions name."""


def functions(recipe: DataRecipe) -> list[Callable[..., Any]]:
    """Return the functions that `lines` calls, helpers first."""
    loader = registry.source(recipe.source.id).target.rpartition(".")[2]
    names = (*loaders.CARRIES.get(loader, ()), loader)
    own: list[Callable[..., Any]] = [getattr(loaders, name) for name in names]
    return own + [getattr(preparation, name) for name in preparation.CARRIED]


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
