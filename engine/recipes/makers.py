"""The recipes. Each takes a project and what its data holds, and returns the changed project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.graph import NETWORK
from engine.project import Choice
from engine.recipes import rewriting
from engine.recipes.rewriting import RecipeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.analysis import NodeInfo
    from engine.catalog.spec import Field
    from engine.project import Project

SWAPPED = frozenset(
    {
        *("relu", "relu6", "leaky_relu", "prelu", "rrelu", "elu", "celu", "selu", "gelu", "silu"),
        *("mish", "hard_swish", "softplus", "softsign", "tanh", "hard_tanh"),
    }
)
"""Activations of hidden layers, of which one stands for another. Gates and ends are not among."""
NORMS = frozenset(
    {
        *("batch_norm1d", "batch_norm2d", "batch_norm3d", "layer_norm", "group_norm", "rms_norm"),
        *("instance_norm1d", "instance_norm2d", "instance_norm3d"),
    }
)
_SWAP_DROPOUT = frozenset({"dropout"})
_BEHIND = {
    "conv1d": "batch_norm1d",
    "depthwise_conv1d": "batch_norm1d",
    "conv_transpose1d": "batch_norm1d",
    "conv2d": "batch_norm2d",
    "depthwise_conv2d": "batch_norm2d",
    "conv_transpose2d": "batch_norm2d",
    "conv3d": "batch_norm3d",
    "conv_transpose3d": "batch_norm3d",
    "dense": "batch_norm1d",
}
"""Which norm stands behind a layer; behind a Dense only where it puts out N × C."""
_TOPS = {
    "nesterov": Choice(id="sgd", params={"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "rmsprop": Choice(id="rmsprop", params={"lr": 0.003}),
    "nadam": Choice(id="nadam", params={"lr": 0.005}),
}
"""Optimizers whose learning rate is the top of a cycle."""
_ALPHA_DROPOUT = 0.1
_PATIENCE = 10


def deep_network(
    project: Project,
    fields: Mapping[str, Field],
    *,
    activation: str = "elu",
    normalize: bool = True,
    optimizer: str = "nesterov",
) -> Project:
    """Return the project as the default deep network: He, ELU or ReLU, batch norm, one cycle."""
    root = rewriting.single_phase(project)
    keys = rewriting.reached(project, root)
    project = _activations(project, keys, root, activation)
    if normalize:
        project = _batch_norms(project, fields, keys, root)
    project = rewriting.plain_initializers(project, keys)
    return _one_cycle(
        project.with_training(initializer="he_normal", initializer_params={}), optimizer
    )


def self_normalizing(
    project: Project, fields: Mapping[str, Field], *, optimizer: str = "nesterov"
) -> Project:
    """Return the project as a self-normalising network: LeCun, SELU, alpha dropout, no norms."""
    root = rewriting.single_phase(project)
    keys = rewriting.reached(project, root)
    project = _activations(project, keys, root, "selu")
    for key, node_id in list(rewriting.nodes(project, keys, NORMS)):
        project = rewriting.remove(project, key, [node_id])
    if registry.node("alpha_dropout") is not None:
        for key, node_id in list(rewriting.nodes(project, keys, _SWAP_DROPOUT)):
            node = project.networks[key].nodes[node_id]
            rate = node.params.get("p", 0.5)
            kept = min(rate, _ALPHA_DROPOUT) if isinstance(rate, int | float) else _ALPHA_DROPOUT
            project = rewriting.swap(project, key, node_id, "alpha_dropout", p=kept)
    project = rewriting.plain_initializers(project, keys)
    project = project.with_data(scaling="standardize")
    return _one_cycle(
        project.with_training(initializer="lecun_normal", initializer_params={}), optimizer
    )


def transformer(
    project: Project,
    fields: Mapping[str, Field],
    *,
    lr: float = 1e-3,
    warmup: int = 100,
    smoothing: float = 0.1,
) -> Project:
    """Return the project with what transformers are trained with: AdamW, warm-up, cosine, clip."""
    root = rewriting.single_phase(project)
    params = {"lr": lr, "betas": (0.9, 0.98), "weight_decay": 0.01}
    project = project.with_phase(
        optimizer=Choice(id="adamw", params=params),
        schedule=Choice(id="cosine"),
        clip_norm=1.0,
        decay_biases=False,
        warmup_steps=warmup,
    )
    for key in rewriting.reached(project, root):
        graph = project.networks[key]
        for node in graph.nodes.values():
            entry = registry.node(node.spec)
            if entry is not None and any(p.name == "label_smoothing" for p in entry.params):
                graph = graph.set_params(node.id, {"label_smoothing": smoothing})
        project = project.with_graph(graph, key)
    return project


def transfer(project: Project, fields: Mapping[str, Field], *, lr: float = 1e-4) -> Project:
    """Return the project in which only the head learns, gently: a frozen base, a small rate."""
    root = rewriting.single_phase(project)
    graph = project.networks[root]
    told = rewriting.known(project, fields, root)
    learners = [n for n in graph.nodes if _learns(project, root, n, told)]
    heads = _heads(project, root, set(learners))
    base = [n for n in learners if n not in heads]
    if not base:
        raise RecipeError(
            "There is no layer with weights in front of the head, so there is nothing to freeze. "
            "Place the network that has learned already in front of it."
        )
    for node_id in graph.nodes:
        if node_id in learners and graph.nodes[node_id].frozen != (node_id in base):
            graph = graph.change(node_id, frozen=node_id in base)
    project = project.with_graph(graph, root)
    optimizer = project.phase.optimizer
    params = {**optimizer.params, "lr": lr}
    return _stopping(project.with_phase(optimizer=optimizer.but(params=params)))


def _learns(
    project: Project, key: str, node_id: str, told: Mapping[tuple[str, str], NodeInfo]
) -> bool:
    info = told.get((key, node_id))
    if info is not None:
        return info.parameters > 0
    node = project.networks[key].nodes[node_id]
    entry = registry.node(node.spec)
    return node.spec == NETWORK or (entry is not None and entry.initialize)


def _heads(project: Project, key: str, learners: set[str]) -> set[str]:
    """Return the layers with weights that are nearest to a loss: the last ones of each way."""
    graph = project.networks[key]
    return {n for n in learners if not (graph.downstream(n) & learners)}


def _activations(project: Project, keys: list[str], root: str, wanted: str) -> Project:
    for key, node_id in list(rewriting.nodes(project, keys, SWAPPED - {wanted})):
        if rewriting.hidden(project.networks[key], node_id, inner=key != root):
            project = rewriting.swap(project, key, node_id, wanted)
    return project


def _batch_norms(
    project: Project, fields: Mapping[str, Field], keys: list[str], root: str
) -> Project:
    """Return the project with a batch norm between each layer and its activation."""
    told = rewriting.known(project, fields, root)
    for key, node_id in list(rewriting.nodes(project, keys, frozenset(_BEHIND))):
        graph = project.networks[key]
        following = rewriting.followers(graph, node_id)
        if len(following) != 1 or graph.nodes[following[0]].spec not in SWAPPED:
            continue
        after = rewriting.followers(graph, following[0])
        if any(graph.nodes[n].spec in NORMS for n in after):
            continue
        spec = graph.nodes[node_id].spec
        if spec == "dense":
            info = told.get((key, node_id))
            shapes = list(info.outputs.values()) if info else []
            if not shapes or len(shapes[0].shape) != 2:
                continue
        project = rewriting.insert_behind(project, key, node_id, _BEHIND[spec])
    return project


def _one_cycle(project: Project, optimizer: str) -> Project:
    if optimizer in _TOPS:
        project = project.with_phase(optimizer=_TOPS[optimizer])
    return _stopping(project.with_phase(schedule=Choice(id="one_cycle")))


def _stopping(project: Project) -> Project:
    stopping = project.training.early_stopping
    if stopping.enabled:
        return project
    # Far enough to let a cycle fall: most of what it gains comes at its end.
    patience = max(_PATIENCE, project.training.epochs // 3)
    changed = stopping.but(enabled=True, patience=patience, restore_best=True)
    return project.with_training(early_stopping=changed)
