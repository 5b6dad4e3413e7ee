"""A training step of our compiled module over the same module written by hand, small to deep.

The case `nested1000` is 50 placed sub-networks of 20 layers over the same layers side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from engine.catalog.spec import Field
from engine.compile import compile_graph
from engine.graph import Edge, Graph, Node
from engine.scope import Scope
from tests.bench.common import Row, one_thread, pairs, row

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = ("chain10", "chain100", "chain1000", "dag1000", "nested1000")
PLACES = 50
WIDTH = 64
BATCH = 32


class HandDag(nn.Module):
    """Dense and ReLU beside a shortcut, again and again."""

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.dense = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(blocks))
        self.relu = nn.ModuleList(nn.ReLU() for _ in range(blocks))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for dense, relu in zip(self.dense, self.relu, strict=True):
            x = relu(dense(x)) + x
        return x


def hand(case: str) -> nn.Module:
    """Return the module a person would write."""
    depth = size(case)
    if case.startswith("dag"):
        return HandDag(depth // 3)
    pairs_ = [[nn.Linear(WIDTH, WIDTH), nn.ReLU()] for _ in range(depth // 2)]
    return nn.Sequential(*(layer for pair in pairs_ for layer in pair))


def size(case: str) -> int:
    """Return the number of layers in a case's name."""
    return int(case.strip("abcdefghijklmnopqrstuvwxyz"))


def graph(case: str) -> Graph:
    """Return the same network as a graph."""
    nodes = [Node(id="x", spec="input", name="x")]
    edges: list[Edge] = []

    def put(spec: str, *sources: str) -> str:
        node = Node(
            id=f"n{len(nodes)}", spec=spec, name=f"{spec}{len(nodes)}", params=_PARAMS[spec]
        )
        nodes.append(node)
        port = "prediction" if spec == "cross_entropy" else "in"
        edges.extend(Edge(source=s, target=node.id, target_port=port) for s in sources)
        return node.id

    last = "x"
    dag = case.startswith("dag")
    for _ in range(size(case) // (3 if dag else 2)):
        relu = put("relu", put("dense", last))
        last = put("add", relu, last) if dag else relu
    put("cross_entropy", last)
    return Graph(nodes={n.id: n for n in nodes}, edges=tuple(edges))


_PARAMS: dict[str, dict[str, object]] = {
    "dense": {"out_features": WIDTH},
    "relu": {},
    "add": {},
    "cross_entropy": {},
}


def nested(places: int, layers: int) -> tuple[Graph, Scope]:
    """Return a network of placed blocks in a row, each of so many layers, and its scope."""
    block = graph(f"chain{layers}")
    (last,) = [e.source for e in block.edges if e.target_port == "prediction"]
    (loss,) = [e.target for e in block.edges if e.target_port == "prediction"]
    block, _ = block.remove([loss]).add("output", node_id="y")
    block = block.connect(last, "y")
    outer, _ = Graph().add("input", node_id="x")
    feed, port = "x", "out"
    for _ in range(places):
        outer, place = outer.add("network", network="block")
        outer = outer.connect(feed, place, port, "x")
        feed, port = place, "y"
    outer, end = outer.add("cross_entropy")
    outer = outer.connect(feed, end, port, "prediction")
    return outer, Scope(fields(), {"main": outer, "block": block})


def fields() -> dict[str, Field]:
    """Return the fields of the random data."""
    classes = tuple(str(n) for n in range(WIDTH))
    target = Field(name="target", shape=(), dtype="int64", role="target", classes=classes)
    return {"features": Field(name="features", shape=(WIDTH,)), "target": target}


def steps_of(model: nn.Module, forward: Callable[..., torch.Tensor]) -> Callable[[int], None]:
    """Return a loop over one batch with this way to the loss."""
    x, y = torch.randn(BATCH, WIDTH), torch.randint(0, WIDTH, (BATCH,))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6, fused=True)

    def run(steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            forward(x, y).backward()
            optimizer.step()

    return run


def rows(cases: tuple[str, ...], *, quick: bool = False) -> list[Row]:
    """Return, for each depth, the ratio to the hand-written module and the cost of a layer."""
    one_thread()
    found: list[Row] = []
    for case in cases:
        torch.manual_seed(0)
        rounds, seconds = (3, 0.02) if quick else (15, 0.3)
        if case.startswith("nested"):
            found.append(row(case, "ratio_to_inlined", _nested(size(case), rounds, seconds)))
            continue
        model, ours = hand(case), compile_graph(graph(case), fields())
        base = steps_of(model, lambda x, y, model=model: functional.cross_entropy(model(x), y))
        mine = steps_of(ours, lambda x, y, ours=ours: ours.train_forward(x, y)[0])
        found.append(row(case, "ratio_to_hand", pairs(base, mine, rounds=rounds, seconds=seconds)))
        found.append(row(case, "us_per_layer", _layer_us(mine, size(case), rounds, seconds)))
    return found


def _nested(layers: int, rounds: int, seconds: float) -> list[float]:
    outer, scope = nested(PLACES, layers // PLACES)
    models = (compile_graph(graph(f"chain{layers}"), fields()), compile_graph(outer, scope))
    inlined, placed = (steps_of(m, lambda x, y, m=m: m.train_forward(x, y)[0]) for m in models)
    return pairs(inlined, placed, rounds=rounds, seconds=seconds)


def _layer_us(run: Callable[[int], None], layers: int, rounds: int, seconds: float) -> list[float]:
    import time

    begin = time.thread_time()
    run(2)
    steps = max(2, int(seconds * 2 / (time.thread_time() - begin)))
    found: list[float] = []
    for _ in range(rounds):
        begin = time.thread_time()
        run(steps)
        found.append((time.thread_time() - begin) / steps / layers * 1e6)
    return found
