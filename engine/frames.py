"""A graph as it is laid out at one place, and what is asked of it once. See `engine.plan`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine import emit
from engine.analysis import used
from engine.catalog.spec import LayerSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.analysis import Analysis
    from engine.graph import Edge, Graph


@dataclass(frozen=True, slots=True)
class Frame:
    """One graph as it is laid out: at a place, or by itself."""

    graph: Graph
    analysis: Analysis
    key: str
    """Key of the network that the weights of its own nodes belong to."""
    home: tuple[str, ...]
    ids: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    inputs: Mapping[str, str] | None = None
    """Input node -> variable; None for a network by itself."""
    like: str = ""
    frozen: bool = False


class Known:
    """What is asked of a graph once, however often it is placed."""

    def __init__(self, graph: Graph, networks: Mapping[str, Graph]) -> None:
        needed = used(graph, networks)
        self.order = [n for n in graph.order() if n in needed]
        self.wires: Mapping[str, tuple[Edge, ...]] = graph.wires_in()
        self.names = emit.node_names(graph)
        self.read: dict[str, set[str]] = {}
        """The ports of each node that a wire leaves."""
        for edge in graph.edges:
            self.read.setdefault(edge.source, set()).add(edge.source_port)


FOLD = LayerSpec(id="fold", title="", group="", summary="", forward=("{out} = {in}.flatten(0, 1)",))
UNFOLD = LayerSpec(
    id="unfold",
    title="",
    group="",
    summary="",
    forward=("{out} = {in}.unflatten(0, (-1, {p.items}))",),
)


def numbered(frame: Frame, number: int, *, tied: bool) -> Frame:
    """Return the frame of one copy of a repeat."""
    mark = f"#{number}"
    frame = replace(
        frame,
        path=(*frame.path[:-1], frame.path[-1] + mark),
        titles=(*frame.titles[:-1], f"{frame.titles[-1]}_{number + 1}"),
    )
    if tied:
        return frame
    return replace(
        frame,
        home=(*frame.home, str(number)),
        ids=(*frame.ids[:-1], frame.ids[-1] + mark),
    )
