"""Projects whose networks stand in each other, for tests of the window."""

from __future__ import annotations

from typing import Any

from engine.graph import Graph
from engine.project import Project


def block() -> Graph:
    """Return x -> relu(W x) + x, called Block."""
    graph, _ = Graph(settings={"width": 64}, title="Block").add("input", "x", "i")
    graph, _ = graph.add("dense", node_id="d", out_features="=width")
    graph, _ = graph.add("relu", node_id="r")
    graph, _ = graph.add("add", node_id="a")
    graph, _ = graph.add("output", "y", "o")
    graph = graph.connect("i", "d").connect("d", "r").connect("i", "a").connect("r", "a")
    return graph.connect("a", "o")


def tower(**params: Any) -> Graph:
    """Return a place of Block, a Dense layer, and two outputs."""
    graph, _ = Graph(title="Tower").add("input", "picture", "i")
    graph, _ = graph.add("network", "block", "p", network="block", **params)
    graph, _ = graph.add("dense", node_id="d", out_features=64)
    graph, _ = graph.add("output", "features", "o")
    graph, _ = graph.add("output", "raw", "q")
    graph = graph.connect("i", "p", "out", "i").connect("p", "d", "o").connect("d", "o")
    return graph.connect("p", "q", "o")


def project() -> Project:
    """Return two towers that share weights, six blocks in a row, and a loss.

    `main`: x -> t1, t2 (Tower, shared) -> s (add) -> b (Block, six times) -> h (Dense) -> l.
    """
    graph, _ = Graph().add("input", node_id="x", field="pixels")
    graph, _ = graph.add("network", "tower", "t1", network="tower", weights="shared")
    graph, _ = graph.add("network", "tower", "t2", network="tower", weights="shared")
    graph, _ = graph.add("add", node_id="s")
    graph, _ = graph.add("network", "deep", "b", network="block", times=6)
    graph, _ = graph.add("dense", node_id="h", out_features=10)
    graph, _ = graph.add("cross_entropy", node_id="l")
    for tower_id in ("t1", "t2"):
        graph = graph.connect("x", tower_id, "out", "i").connect(tower_id, "s", "o")
    graph = graph.connect("s", "b", "out", "i").connect("b", "h", "o")
    graph = graph.connect("h", "l", target_port="prediction")
    networks = {"main": graph, "tower": tower(times=3), "block": block()}
    made = Project(networks=networks)
    return made.place({"x": (0, 0), "t1": (320, 0), "t2": (320, 200), "s": (640, 0)}).place(
        {"b": (960, 0), "h": (1280, 0), "l": (1600, 0)}
    )
