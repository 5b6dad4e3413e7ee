"""What is said of a node: its shapes, its parameters, its help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer import theme
from designer.words import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.catalog.spec import LayerSpec
    from engine.shapes import NodeInfo


def facts(info: NodeInfo | None, titles: Mapping[str, str] | None = None) -> str:
    """Return the shapes in and out of a node and its parameters, as rich text.

    `titles` are what its outputs are called.
    """
    if info is None:
        return "<i>No shapes yet: something before this layer is missing.</i>"
    rows: list[tuple[str, str]] = []
    if info.inputs:
        rows.append(("In", "<br>".join(escape(str(s)) for s in info.inputs)))
    many = len(info.outputs) > 1
    told = titles or {}
    outputs = [
        f"{s}" + (f"  ({told.get(name, name)})" if many else "") for name, s in info.outputs.items()
    ]
    if outputs:
        rows.append(("Out", "<br>".join(escape(o) for o in outputs)))
    rows.append(("Parameters", f"{info.parameters:,}" if info.seen else "not known"))
    if info.flops:
        rows.append(("FLOPs", f"{info.flops:,} a sample"))
    muted = theme.theme().text_muted
    cells = "".join(
        f'<tr><td style="color:{muted}; padding-right:14px">{k}</td><td>{v}</td></tr>'
        for k, v in rows
    )
    return f"<table cellspacing='0' cellpadding='1'>{cells}</table>"


def about(spec: LayerSpec) -> str:
    """Return the help of an entry as rich text."""
    muted = theme.theme().text_muted
    parts = [f"<p style='margin:0 0 6px 0'>{escape(spec.summary)}</p>"]
    if spec.formula:
        parts.append(f"<p style='margin:0 0 6px 0'><code>{escape(spec.formula)}</code></p>")
    if spec.notes:
        parts.append(f"<p style='margin:0 0 6px 0; color:{muted}'>{escape(spec.notes)}</p>")
    if spec.help_url:
        parts.append(f"<a href='{spec.help_url}'>PyTorch’s page on {escape(spec.target)}</a>")
    return "".join(parts)


def can_pass_on(info: NodeInfo | None) -> bool:
    """Return whether a layer could leave what it receives unchanged: a weight of equal size."""
    if info is None or len(info.inputs) != 1 or list(info.outputs.values()) != [info.inputs[0]]:
        return False
    shapes = dict(info.weights)
    return len(shapes.get("weight", ())) >= 2 and shapes.keys() <= {"weight", "bias"}
