"""The basic layers in exported scripts: each trains to the same parameters as in the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.export.python import export
from engine.offer import chain
from engine.project import Choice, DataRecipe, Project
from tests.engine.exporting import is_clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IMAGE = ("input", "picture", {"field": "image"})
END: list[tuple[str, str, dict[str, Any]]] = [
    ("flatten", "flat", {}),
    ("dense", "scores", {"out_features": 10}),
    ("cross_entropy", "loss", {}),
]
CHAINS: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "images": [
        IMAGE,
        ("masking_noise", "mask", {"p": 0.1}),
        ("fixed_filter", "edges", {"kind": "gaussian", "size": 4, "border": "replicate"}),
        ("depthwise_conv2d", "depthwise", {"depth_multiplier": 4, "padding": "same"}),
        ("local_response_norm", "competition", {"depth_radius": 1, "alpha": 0.1}),
        ("rrelu", "rrelu", {}),
        ("pixel_unshuffle", "blocks", {}),
        ("instance_norm2d", "instance", {"affine": True}),
        ("depth_max_pool", "maxout", {"window": 2}),
        ("pixel_shuffle", "pixels", {}),
        ("spatial_dropout2d", "dropout", {"p": 0.1}),
        ("expression", "formula", {"expression": "a * sigmoid(1.5 * a) if a > -1 else sum(a, 1)"}),
        ("slice", "cut", {"dim": 2, "start": 1, "stop": -1}),
        ("pad", "rim", {"mode": "circular", "before": 2, "after": 0}),
        ("adaptive_max_pool2d", "pool", {"output_size": 3}),
        *END,
    ],
    "sequences": [
        IMAGE,
        ("squeeze", "rows", {"dim": 1}),
        ("reverse_sequence", "backwards", {}),
        ("shift_right", "delay", {}),
        ("conv_transpose1d", "wider", {"out_channels": 6, "stride": 2, "output_padding": 1}),
        ("mish", "mish", {}),
        ("depthwise_conv1d", "depthwise", {}),
        ("hard_swish", "hard_swish", {}),
        ("max_pool1d", "pool", {"ceil_mode": True}),
        ("rms_norm", "rms", {}),
        ("repeat", "twice", {"how": "each"}),
        ("geglu", "geglu", {"dim": 1}),
        ("swiglu", "swiglu", {"dim": 1, "beta": 1.5}),
        ("gumbel_softmax", "choice", {"tau": 2.0}),
        *END,
    ],
    "volumes": [
        IMAGE,
        ("unsqueeze", "volume", {"dim": 2}),
        ("conv3d", "conv", {"out_channels": 4, "kernel_size": (1, 3, 3)}),
        ("batch_norm3d", "norm", {}),
        ("step", "step", {"gradient": "clipped"}),
        ("conv_transpose3d", "wider", {"out_channels": 2, "stride": (1, 2, 2)}),
        ("avg_pool3d", "pool", {"kernel_size": (1, 2, 2)}),
        ("global_max_pool3d", "biggest", {"keepdim": True}),
        ("celu", "celu", {"alpha": 0.5}),
        *END,
    ],
}


def digits(nodes: list[tuple[str, str, dict[str, Any]]]) -> Project:
    project = chain(nodes).but(data=DataRecipe(source=Choice(id="digits")))
    return project.with_training(epochs=1, batch_size=100)


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_of_them_trains_to_the_same_parameters(
    name: str, same: Callable[..., Any], tmp_path: Path
) -> None:
    project = digits(CHAINS[name])
    same(project)
    is_clean(export(project), tmp_path / "clean.py")


def test_parts_and_products_train_to_the_same_parameters(same: Callable[..., Any]) -> None:
    project = digits(
        [
            ("input", "row", {"field": "pixels"}),
            ("input_dropout", "missing", {}),
            ("dense", "wide", {"out_features": 24}),
            ("split4", "parts", {"sizes": (6, 6, -1, 6)}),
        ]
    )
    graph = project.graph
    (parts,) = (n.id for n in graph.nodes.values() if n.spec == "split4")
    made = []
    for spec, ports in (("maximum", ("first", "third")), ("average", ("second", "third"))):
        graph, node = graph.add(spec)
        for port in ports:
            graph = graph.connect(parts, node, source_port=port)
        made.append(node)
    graph, dot = graph.add("dot", cosine=True)
    for node, port in zip(made, ("first", "second"), strict=True):
        graph = graph.connect(node, dot, target_port=port)
    graph, column = graph.add("unsqueeze", dim=-1)
    graph = graph.connect(dot, column)
    graph, formula = graph.add("expression", expression="a * b + max(c, 0)")
    for node, port in ((made[0], "a"), (column, "b"), (made[1], "c")):
        graph = graph.connect(node, formula, target_port=port)
    graph, scores = graph.add("dense", out_features=10)
    graph, loss = graph.add("cross_entropy")
    graph = graph.connect(formula, scores).connect(scores, loss, target_port="prediction")
    same(project.with_graph(graph))
