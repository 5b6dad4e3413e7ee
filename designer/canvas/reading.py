"""Which field of the data a node reads."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from engine.analysis import field_of
from engine.catalog import registry
from engine.catalog.spec import LayerSpec, LossSpec

if TYPE_CHECKING:
    from designer.document import Document
    from engine.graph import Node


def field_read(document: Document, node: Node) -> str:
    """Return the data field that an input or a loss reads; nothing where a wire is read."""
    spec = _reader(node.spec)
    if spec is None:
        return ""
    if node.spec == "input" and not node.params.get("field") and document.trail:
        return ""
    if any((e.target, e.target_port) == (node.id, "target") for e in document.graph.edges):
        return ""
    found = field_of(node, spec, document.info.fields) if document.info else None
    return found.name if found else str(node.params.get("field") or "")


@lru_cache(maxsize=4096)
def _reader(spec_id: str) -> LayerSpec | LossSpec | None:
    """Return an entry whose nodes may read a field of the data; None for any other."""
    spec = registry.node(spec_id)
    return spec if spec_id == "input" or isinstance(spec, LossSpec) else None
