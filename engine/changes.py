"""What is different between two projects, in words: settings from and to, layers swapped or new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel

from engine.catalog import registry
from engine.catalog.spec import (
    InitializerSpec,
    OptimizerSpec,
    ScheduleSpec,
    SourceSpec,
    TechniqueSpec,
)
from engine.project import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.catalog.spec import Spec
    from engine.graph import Graph, Node
    from engine.project import Project


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `before` is empty for what is new, `after` for what goes."""

    place: str
    """Training, the phase's name, Data, or the network's title."""
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        """Return it as a line: `Training: Initializer: Automatic → He normal`."""
        if not self.before:
            return f"{self.place}: {self.what}: new, {self.after}"
        if not self.after:
            return f"{self.place}: {self.what}: goes ({self.before})"
        return f"{self.place}: {self.what}: {self.before} → {self.after}"


def differences(before: Project, after: Project) -> tuple[Change, ...]:
    """Return every difference between two projects but where things stand on the canvas."""
    found = list(_training(before, after))
    found += _models("Data", before.data, after.data)
    for key, graph in after.networks.items():
        old = before.networks.get(key)
        place = after.title_of(key)
        if old is None:
            found.append(Change(place, "Network", "", f"{len(graph.nodes)} layers"))
        elif old is not graph:
            found += _graphs(place, old, graph)
    gone = [key for key in before.networks if key not in after.networks]
    found += [Change(before.title_of(key), "Network", "removed", "") for key in gone]
    return tuple(found)


def _training(before: Project, after: Project) -> Iterator[Change]:
    yield from _models("Training", before.training, after.training, but=("phases",))
    old, new = before.training.phases, after.training.phases
    if len(old) != len(new):
        yield Change("Training", "Phases", str(len(old)), str(len(new)))
    for one, other in zip(old, new, strict=False):
        place = "Training" if len(new) == 1 else f"Phase {other.name}"
        yield from _models(place, one, other)


def _models(
    place: str, before: BaseModel, after: BaseModel, but: tuple[str, ...] = ()
) -> Iterator[Change]:
    for name in type(after).model_fields:
        one, other = getattr(before, name), getattr(after, name)
        if name in but or one == other:
            continue
        if isinstance(one, Choice) and isinstance(other, Choice):
            yield from _choices(place, name, one, other)
        elif isinstance(one, BaseModel) and isinstance(other, BaseModel):
            yield from _models(place, one, other)
        else:
            yield Change(place, label(name), _said(name, one), _said(name, other))


_CHOICES: dict[str, type[Spec]] = {
    "optimizer": OptimizerSpec,
    "schedule": ScheduleSpec,
    "source": SourceSpec,
    "initializer": InitializerSpec,
}
_LABELS = {
    "initializer": "Weights start from",
    "schedule": "Learning-rate schedule",
    "enabled": "Stop early",
    "scaling": "Scaling of inputs",
}


def label(name: str) -> str:
    """Return what a field of the project is called: by its entry, where there is one."""
    if name in _LABELS:
        return _LABELS[name]
    for entry in registry.of_kind(TechniqueSpec).values():
        for param in entry.params:
            if param.name == name:
                return param.label
    return name.replace("_", " ").capitalize()


def said(value: object) -> str:
    """Return a value as a person reads it."""
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return ", ".join(said(v) for v in value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value).items()
        return ", ".join(f"{name} {said(v)}" for name, v in pairs) or "none"
    return str(value)


def _said(name: str, value: object) -> str:
    entry = registry.of_kind(_CHOICES[name]).get(str(value)) if name in _CHOICES else None
    return entry.title if entry is not None else said(value)


def _choices(place: str, name: str, before: Choice, after: Choice) -> Iterator[Change]:
    known: Mapping[str, Spec] = registry.of_kind(_CHOICES.get(name, OptimizerSpec))
    old, new = known.get(before.id), known.get(after.id)
    if before.id != after.id or new is None:
        yield Change(place, label(name), _titled(before, old), _titled(after, new))
        return
    for param in new.params:
        one = before.params.get(param.name, param.default)
        other = after.params.get(param.name, param.default)
        if one != other:
            yield Change(place, f"{param.label} of {new.title}", said(one), said(other))


def _titled(choice: Choice, entry: Spec | None) -> str:
    if entry is None:
        return choice.id
    told = [
        f"{p.label} {said(choice.params[p.name])}"
        for p in entry.params
        if p.name in choice.params and choice.params[p.name] != p.default
    ]
    return entry.title + (f" ({', '.join(told)})" if told else "")


def _graphs(place: str, before: Graph, after: Graph) -> Iterator[Change]:
    for key, node in after.nodes.items():
        old = before.nodes.get(key)
        if old is None:
            yield Change(place, node.name, "", f"{title_of(node)}{_behind(after, key)}")
        elif old != node:
            yield from _nodes(place, old, node)
    for key, node in before.nodes.items():
        if key not in after.nodes:
            yield Change(place, node.name, title_of(node), "")
    if before.settings != after.settings:
        yield Change(place, "Settings", said(before.settings), said(after.settings))


def _behind(graph: Graph, node_id: str) -> str:
    sources = [graph.nodes[e.source].name for e in graph.edges if e.target == node_id]
    return f" behind {', '.join(sources)}" if sources else ""


def title_of(node: Node) -> str:
    """Return the title of a node's entry."""
    entry = registry.node(node.spec)
    return entry.title if entry else node.spec


def _nodes(place: str, before: Node, after: Node) -> Iterator[Change]:
    for what, one, other in node_changes(before, after):
        yield Change(place, f"{what} of {after.name}" if what else before.name, one, other)


def node_changes(before: Node, after: Node) -> Iterator[tuple[str, str, str]]:
    """Yield what differs between two states of a node but its name: what, before, after.

    Where it is of another kind altogether, `what` is empty.
    """
    if before.spec != after.spec:
        yield "", _whole(before), _whole(after)
    else:
        entry = registry.node(after.spec)
        for param in entry.params if entry else ():
            one = before.params.get(param.name, param.default)
            other = after.params.get(param.name, param.default)
            if one != other:
                yield param.label, said(one), said(other)
    for name in type(after).model_fields:
        if name in ("id", "spec", "params", "name"):
            continue
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            yield label(name), _node_said(name, one), _node_said(name, other)


def _whole(node: Node) -> str:
    """Return a layer with its settings that differ from the defaults."""
    entry = registry.node(node.spec)
    params: dict[str, Any] = node.params
    told = [
        f"{p.label} {said(params[p.name])}"
        for p in (entry.params if entry else ())
        if p.name in params and params[p.name] != p.default
    ]
    return title_of(node) + (f" ({', '.join(told)})" if told else "")


def _node_said(name: str, value: object) -> str:
    return "as the network’s" if name == "initializer" and not value else _said(name, value)
