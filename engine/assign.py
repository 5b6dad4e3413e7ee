"""One setting of a project changed by a written path, as the command line's `--set PATH=VALUE`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from engine import strictjson
from engine.catalog import registry
from engine.files import loads
from engine.variables import NUMERIC, has_expression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.catalog.spec import Spec
    from engine.project import Project

_SHORT: tuple[tuple[str, ...], ...] = (
    ("training",),
    ("training", "phases", "0"),
    ("training", "phases", "0", "optimizer", "params"),
    ("data",),
    ("variables",),
)
"""Where a path may start without saying so: `epochs`, `l2`, `lr`, `scaling`, `width`."""


def assign(project: Project, path: str, text: str) -> Project:
    """Return the project with the setting at `path` set to `text`, read as JSON where it is JSON.

    A path follows the file (`training.phases.0.optimizer.params.lr`) or is short for one: `lr`,
    `epochs`, a variable's name, or a node's name and its setting (`hidden1.out_features`).

    Raises
    ------
    ValueError
        There is no such setting, or the value does not suit it.
    """
    document: dict[str, Any] = project.model_dump(warnings=False)
    parts = _full(project, document, path.split("."))
    changed = _put(document, parts, _value(text), "")
    return loads(strictjson.dump(changed), f"--set {path}")


def _value(text: str) -> Any:
    try:
        return strictjson.parse(text, "value")
    except strictjson.JSONError:
        return text


def _full(project: Project, document: Mapping[str, Any], parts: list[str]) -> list[str]:
    """Return the path from the top of the file."""
    if parts[0] in document:
        return parts
    for node in project.graph.nodes.values():
        if parts[0] in (node.name, node.id) and len(parts) > 1:
            middle = (
                []
                if parts[1] in document["networks"][project.main]["nodes"][node.id]
                else ["params"]
            )
            return ["networks", project.main, "nodes", node.id, *middle, *parts[1:]]
    for start in _SHORT:
        found: Any = document
        for part in start:
            found = found[int(part)] if part.isdigit() else found[part]
        optimizer = start[-1] == "params" and _has(_optimizer(project), parts[0])
        if parts[0] in found or optimizer:
            return [*start, *parts]
    return parts


def _optimizer(project: Project) -> Spec | None:
    return _entry("optimizer", project.phase.optimizer.id)


def _entry(kind: str, spec_id: str) -> Spec | None:
    return registry.entries().get(f"{kind}/{spec_id}") or registry.node(spec_id)


def _has(spec: Spec | None, name: str) -> bool:
    return spec is not None and any(p.name == name for p in spec.params)


def _put(holder: Any, parts: Sequence[str], value: Any, place: str) -> Any:
    """Return a copy of `holder` with the value put at the end of the path."""
    if not parts:
        return value
    key, rest = parts[0], parts[1:]
    here = f"{place}.{key}".removeprefix(".")
    if isinstance(holder, tuple):
        items = list(cast("tuple[Any, ...]", holder))
        if not key.isdigit() or int(key) >= len(items):
            raise ValueError(f"There is no {here}: {place} has {len(items)} entries, from 0.")
        items[int(key)] = _put(items[int(key)], rest, value, here)
        return tuple(items)
    if not isinstance(holder, dict):
        raise ValueError(f"There is no {here}: {place} is a single value.")
    table = cast("dict[str, Any]", holder)
    if key == "initializer_params" and len(rest) == 1:
        chosen = {"id": table["initializer"]}
        checked = _checked(chosen, "initializer", rest[0], value)
        return {**table, key: {**table[key], rest[0]: checked}}
    if key == "params" and len(rest) == 1:
        return {**table, key: {**table[key], rest[0]: _checked(table, place, rest[0], value)}}
    if key not in table:
        raise ValueError(f"There is no {here}: {place or 'a project'} has {', '.join(table)}.")
    return {**table, key: _put(table[key], rest, value, here)}


def _checked(holder: Mapping[str, Any], place: str, name: str, value: Any) -> Any:
    """Return the value of a catalogue entry's setting; ValueError if the entry refuses it.

    An expression is worked out, and checked, wherever the project is used.
    """
    kind = place.rpartition(".")[2]
    spec_id = holder.get("spec", holder.get("id", ""))
    spec = _entry(kind, spec_id)
    if spec is None:
        raise ValueError(f"{place}: {spec_id!r} is unknown, so its settings cannot be changed.")
    if not _has(spec, name):
        known = ", ".join(p.name for p in spec.params) or "none"
        raise ValueError(
            f"There is no {place}.params.{name}: the settings of {spec.title} are {known}."
        )
    param = spec.param(name)
    if param.type in NUMERIC and has_expression(value):
        return value
    return param.check(value)
