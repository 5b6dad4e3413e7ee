"""A node's settings, shape and count in a few words, as its face shows them. No Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.words import amount
from engine.catalog.spec import BATCH, LayerSpec, LossSpec, TensorSpec
from engine.graph import NETWORK, slug

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.analysis import Analysis
    from engine.catalog.spec import Value
    from engine.graph import Node

    Values = Mapping[str, Value]

THIN = "\u2009"


def settings(
    spec: LayerSpec | None,
    node: Node,
    field: str = "",
    title: str = "",
    known: Values | None = None,
) -> str:
    """Return the settings that matter: `32 filters, 3×3, same`.

    Parameters
    ----------
    field
        The data field that it reads.
    title
        The name of the network that is placed, if one is.
    known
        The settings as numbers, where expressions have been worked out.
    """
    if spec is None:
        return f"Unknown layer “{node.spec}”"
    if spec.id == NETWORK:
        return _place(node, title)
    told = _told(spec, node, known or _safe_values(spec, node))
    loss = isinstance(spec, LossSpec)
    if field and (not loss or any(port.name == "target" for port in spec.inputs)):
        told.insert(0, f"{'target' if loss else 'reads'} “{field}”")
    if node.frozen:
        told.append("frozen")
    if node.bypassed:
        told.insert(0, "passed over")
    if not told and display_name(node, spec) != spec.title:
        told = [spec.title]
    return ", ".join(told) or spec.group


def _told(spec: LayerSpec, node: Node, values: Values) -> list[str]:
    words = spec.face or (_loss if isinstance(spec, LossSpec) else None)
    if words is None:
        return _changed(spec, node)
    try:
        return [part for part in words(values) if part]
    except (ValueError, TypeError, KeyError):
        # An expression that nobody could work out yet stands where a number should.
        return _changed(spec, node)


def display_name(node: Node, spec: LayerSpec | None, title: str = "") -> str:
    """Return a node's name; one that was made from the entry's title reads like the title.

    For a placed network, `title` is the network's.
    """
    if spec is None:
        return node.name
    full = title or spec.title
    base, name = slug(full), slug(node.name)
    if node.name not in (name, full) or not name.startswith(base):
        return node.name
    rest = name[len(base) :].lstrip("_")
    return full if not rest else f"{full} {rest}" if rest.isdigit() else node.name


def _place(node: Node, title: str) -> str:
    """Return what is special about a placed network, and its title unless the name says it."""
    if not title:
        return "No network chosen"
    spoken = slug(node.name).startswith(slug(title))
    told = [] if spoken else [title]
    told += [text for name, text in _PLACED.items() if node.params.get(name)]
    told += [f"{name} {times(value)}" for name, value in node.arguments.items()]
    if node.frozen:
        told.append("frozen")
    if node.bypassed:
        told.insert(0, "passed over")
    return ", ".join(told) or (
        "Shared" if node.params.get("weights") == "shared" else "Sub-network"
    )


_PLACED = {"tied": "copies share weights", "each": "for each item", "file": "trained before"}


def place_help(node: Node, title: str, copies: int) -> str:
    """Return the tooltip of a placed network."""
    own = "Shares its weights with every other place that does."
    if node.params.get("weights") != "shared":
        own = "Has weights of its own."
    row = f" {copies} copies stand in a row." if copies > 1 else ""
    return f"The network “{title}”.{row} {own}\nDouble-click to open it."


def result(analysis: Analysis, outputs: tuple[str, ...]) -> str:
    """Return what arrives at the first output of a placed network."""
    info = analysis.nodes.get(outputs[0]) if outputs else None
    return shape(info.inputs[0]) if info is not None and info.inputs else ""


def cost(flops: int) -> str:
    """Return the operations of one sample: `3.2 M FLOPs`."""
    return f"{amount(flops)} FLOPs" if flops else ""


def shape(tensor: TensorSpec, *, batch: bool = True) -> str:
    """Return a shape with thin spaces: `N × 32 × 28 × 28`, with or without batch."""
    axes = tensor.shape if batch or len(tensor.shape) < 2 else tensor.shape[1:]
    return f"{THIN}×{THIN}".join("N" if n == BATCH else str(n) for n in axes) or "scalar"


def tight(text: str) -> str:
    """Return a shape in as little room as can be, without its batch: `32×28×28`."""
    return text.replace(THIN, "").removeprefix("N×")


def count(parameters: int) -> str:
    """Return a number of parameters with its unit: `1,280 params`."""
    return f"{parameters:,} param{'' if parameters == 1 else 's'}" if parameters else ""


def times(value: Value) -> str:
    """Return `3×3` for (3, 3)."""
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _safe_values(spec: LayerSpec, node: Node) -> Values:
    try:
        return spec.values(node.params)
    except ValueError:
        return {**{p.name: p.default for p in spec.params}, **node.params}


def _changed(spec: LayerSpec, node: Node) -> list[str]:
    defaults = {p.name: p for p in spec.params}
    return [
        f"{defaults[name].label.lower()} {times(value)}"
        for name, value in node.params.items()
        if name in defaults and value != defaults[name].default
    ]


def _loss(values: Values) -> tuple[str, ...]:
    weight = values.get("weight", 1)
    return ("" if weight == 1 else f"weight {weight:g}",)
