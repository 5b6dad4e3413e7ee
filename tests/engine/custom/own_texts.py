"""Projects and texts with layers of the user's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.custom import loading, probing, source, trust
from engine.custom.probing import Found, Wanted
from engine.graph import Graph
from engine.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from engine.catalog.spec import Field

FLOW = ((-1, 5, 8), "float32")
QUESTION = Wanted(
    source.TEMPLATE, "Custom", (("features", 8),), source.INPUTS, source.OUTPUTS, (FLOW,)
)


def around(code: str = source.TEMPLATE, **params: Any) -> Project:
    """Return a project with a custom layer between two dense ones."""
    graph, first = Graph().add("input")
    graph, dense = graph.add("dense", out_features=8)
    graph, own = graph.add("custom", "own", "own", code=code, **params)
    graph, last = graph.add("dense", out_features=10)
    graph, loss = graph.add("cross_entropy")
    graph = graph.connect(first, dense).connect(dense, own).connect(own, last)
    graph = graph.connect(last, loss, target_port="prediction")
    return Project().with_graph(graph).with_training(epochs=1, seed=3, threads=1)


def text_of(body: str, init: str = "", head: str = "") -> str:
    """Return a text whose forward has this body."""
    return (
        f"import torch\nfrom torch import nn\n{head}\n\nclass Own(nn.Module):\n"
        f"    def __init__(self):\n        super().__init__()\n        {init}\n"
        f"    def forward(self, x, *more):\n        {body}\n"
    )


def asked(body: str, **changes: Any) -> Found:
    """Return what a trusted text with this forward makes of a tensor, tried out right here."""
    code = text_of(body, changes.pop("init", ""), changes.pop("head", ""))
    trust.trust(code)
    made = replace(QUESTION, code=code, class_name="", arguments=())
    with loading.opened():
        return probing.probe(replace(made, **changes))


def marking(marker: Path) -> str:
    """Return a text that leaves a file behind when it runs."""
    return f"import pathlib\npathlib.Path({str(marker)!r}).write_text('ran')\n{source.TEMPLATE}"


def digits() -> dict[str, Field]:
    """Return the fields of the data that `around` reads."""
    return {f.name: f for f in registry.source("digits").fields}
