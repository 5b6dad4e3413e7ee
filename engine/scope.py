"""What a network may refer to: the data's fields, the project's other networks, named numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.catalog.spec import Field
    from engine.graph import Graph


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The surroundings in which a graph has shapes and can be compiled."""

    fields: Mapping[str, Field] = field(default_factory=dict[str, "Field"])
    networks: Mapping[str, Graph] = field(default_factory=dict[str, "Graph"])
    variables: Mapping[str, int | float] = field(default_factory=dict[str, "int | float"])

    @staticmethod
    def of(given: Scope | Mapping[str, Field]) -> Scope:
        """Return the scope; bare fields are a scope without networks and variables."""
        return given if isinstance(given, Scope) else Scope(given)

    def key_of(self, graph: Graph) -> str:
        """Return the key of a network of the project, or nothing for a graph that is none."""
        return next((key for key, known in self.networks.items() if known is graph), "")

    def title_of(self, key: str) -> str:
        """Return what a network is called."""
        graph = self.networks.get(key)
        return (graph.title if graph else "") or key
