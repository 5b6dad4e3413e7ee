"""The network offered for data nobody has built one for yet: small, dense, with good habits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.graph import Graph
from engine.project import Choice, EarlyStopping, Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.catalog.spec import Field
    from engine.project import DataRecipe

STEP = 288.0
"""Pixels from one node to the next."""


def chain(nodes: Sequence[tuple[str, str, Mapping[str, object]]]) -> Project:
    """Return a project of nodes (spec id, name, settings) wired one behind the other, in a row.

    Of a node with several outputs the last one is wired: the last state of a recurrent layer.
    """
    graph = Graph()
    where: dict[str, tuple[float, float]] = {}
    before = ""
    nodes_of = registry.nodes()
    for place, (spec, name, params) in enumerate(nodes):
        graph, node = graph.add(spec, name)
        graph = graph.set_params(node, params)
        where[node] = (place * STEP, 0.0)
        if before:
            outputs, inputs = nodes_of[nodes[place - 1][0]].outputs, nodes_of[spec].inputs
            graph = graph.connect(before, node, outputs[-1].name, inputs[0].name)
        before = node
    return Project(networks={"main": graph}).place(where)


def offer(recipe: DataRecipe, fields: Mapping[str, Field]) -> Project:
    """Return a project for a table: two hidden layers, and the loss that suits the target.

    Raises
    ------
    ValueError
        The data has nothing to learn from or nothing to predict.
    """
    target = next((f for f in fields.values() if f.role == "target"), None)
    given = next((f for f in fields.values() if f.role == "input"), None)
    if target is None or given is None:
        raise ValueError("The data needs a field to learn from and one to predict.")
    hidden: list[tuple[str, str, Mapping[str, object]]] = [("input", given.name, {})]
    if len(given.shape) > 1:
        hidden.append(("flatten", "flatten", {}))
    for number, width in enumerate((64, 32), 1):
        hidden += [
            ("dense", f"hidden{number}", {"out_features": width}),
            ("relu", f"relu{number}", {}),
        ]
    width = len(target.classes) or target.shape[0]
    loss = "cross_entropy" if target.classes else "mse"
    project = chain([*hidden, ("dense", "result", {"out_features": width}), (loss, "loss", {})])
    project = project.with_training(
        epochs=200, early_stopping=EarlyStopping(enabled=True, patience=20)
    ).with_phase(optimizer=Choice(id="adamw", params={"lr": 0.003, "weight_decay": 0.01}))
    return project.but(data=recipe.but(scale_target=not target.classes))
