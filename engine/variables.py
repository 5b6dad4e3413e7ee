"""Stand-in until the real file lands."""

from __future__ import annotations

from typing import Any


class VariableError(ValueError):
    """An expression that cannot be worked out."""


def environment(variables: Any, settings: Any, arguments: Any) -> dict[str, int | float]:
    """Return the names an expression may use."""
    return {**variables, **settings, **arguments}


def evaluate(text: str, variables: Any) -> int | float:
    """Return the value of an expression."""
    return eval(text.lstrip("="), {}, dict(variables))


def resolve_params(spec: Any, params: Any, variables: Any) -> Any:
    """Return the settings with expressions worked out."""
    return {
        k: evaluate(v, variables) if isinstance(v, str) and v.startswith("=") else v
        for k, v in params.items()
    }
