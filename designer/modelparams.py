"""Settings of our frozen models as `Param`s, so that one kind of form serves them too."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Literal, Union, cast, get_args, get_origin

from engine.catalog.spec import Param

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from engine.catalog.spec import Kind

_KINDS: dict[object, Kind] = {bool: "bool", int: "int", float: "float", str: "text"}


def params_of(
    model: type[BaseModel], words: Mapping[str, tuple[str, str]], advanced: tuple[str, ...] = ()
) -> tuple[Param, ...]:
    """Return a `Param` for each field named in `words` (name -> title and help), in that order.

    Kind, choices, range and default are read off the model, so a form cannot disagree with it.
    """
    fields = model.model_fields
    return tuple(
        _param(name, fields[name], title, doc, name in advanced)
        for name, (title, doc) in words.items()
    )


def _param(name: str, info: FieldInfo, title: str, doc: str, advanced: bool) -> Param:
    kind, optional = _plain(info.annotation)
    choices: tuple[str, ...] = get_args(kind) if get_origin(kind) is Literal else ()
    bounds: dict[str, float] = {}
    for mark in cast("list[object]", info.metadata):
        for side in ("ge", "gt", "le", "lt"):
            if (bound := getattr(mark, side, None)) is not None:
                bounds[side] = float(bound)
    return Param(
        name=name,
        default=info.default,
        doc=doc,
        title=title,
        kind="choice" if choices else _KINDS[kind],
        choices=choices,
        optional=optional,
        advanced=advanced,
        **cast("dict[str, Any]", bounds),
    )


def _plain(annotation: object) -> tuple[object, bool]:
    """Return an annotation without None, and whether None was allowed."""
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [a for a in get_args(annotation) if a is not type(None)]
        return parts[0], True
    return annotation, False
