"""Named numbers: the project's variables and the settings of networks, used in expressions."""

from engine.variables.expressions import (
    VariableError,
    evaluate,
    has_expression,
    is_expression,
    names_in,
)
from engine.variables.naming import Use, check_name, named, put, remove, rename, users, uses
from engine.variables.settings import (
    NUMERIC,
    environment,
    resolve,
    resolve_data,
    resolve_params,
    resolve_value,
)

__all__ = [
    "NUMERIC",
    "Use",
    "VariableError",
    "check_name",
    "environment",
    "evaluate",
    "has_expression",
    "is_expression",
    "named",
    "names_in",
    "put",
    "remove",
    "rename",
    "resolve",
    "resolve_data",
    "resolve_params",
    "resolve_value",
    "users",
    "uses",
]
