"""Recurrent layers: a state carried along a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import features
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _recurrent(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if values["dropout"] and values["num_layers"] == 1:
        return "Dropout acts between stacked layers, and there is one; set it to 0 or add a layer."
    return None


_SEQUENCE = (Port(name="in", axes="N L C", doc="Samples, steps in time, features."),)
_OUTPUTS = (
    Port(name="sequence", axes="N L C", doc="The top layer's state at every step."),
    Port(name="last", axes="N C", doc="The top layer's final state, both directions side by side."),
)
_LAST = "{last} = {last}.unflatten(0, ({p.num_layers}, -1))[-1].transpose(0, 1).flatten(1)"
_SETTINGS = (
    Param(
        name="hidden_size",
        title="Units",
        default=64,
        ge=1,
        le=100_000,
        doc="Length of the state.",
    ),
    Param(
        name="num_layers",
        title="Layers",
        default=1,
        ge=1,
        le=64,
        doc="How many stand on top of each other, each reading the one below.",
    ),
    Param(name="bias", default=True, advanced=True, doc="Adds learned numbers inside the gates."),
    Param(
        name="dropout",
        default=0.0,
        ge=0,
        lt=1,
        doc="Share dropped between stacked layers; needs two layers or more.",
    ),
    Param(
        name="bidirectional",
        default=False,
        doc="Reads the sequence from both ends; the output is twice as wide.",
    ),
)
_NOTES = (
    "Take “last” to classify or forecast from the whole sequence, “sequence” to stack or to label "
    "each step. Long sequences can still explode: clip the gradient. Weights keep PyTorch's start, "
    "uniform in ±1/√units. "
)

LSTM = LayerSpec(
    id="lstm",
    title="LSTM",
    group="Recurrent",
    covers=("LAY-30",),
    target="torch.nn.LSTM",
    summary="Reads a sequence step by step with a gated long-term memory.",
    keywords=("recurrent", "rnn", "sequence", "time series", "text", "memory"),
    formula="c = f·c₋₁ + i·tanh(…), h = o·tanh(c)",
    notes=_NOTES + "≠ Many start the forget gate's bias at 1 or 2; PyTorch draws it like the rest.",
    inputs=_SEQUENCE,
    outputs=_OUTPUTS,
    forward=("{sequence}, ({last}, _) = {self}({in})", _LAST),
    inferred={"input_size": features},
    fixed={"batch_first": True},
    check=_recurrent,
    activation="tanh",
    params=_SETTINGS,
    examples=(((2, 5, 3),), ((3, 2, 1),)),
)

GRU = LayerSpec(
    id="gru",
    title="GRU",
    group="Recurrent",
    covers=("LAY-30",),
    target="torch.nn.GRU",
    summary="Reads a sequence step by step; simpler and faster than an LSTM.",
    keywords=("recurrent", "rnn", "gated", "sequence", "time series", "text", "memory"),
    formula="h = (1 − z)·n + z·h₋₁",
    notes=_NOTES
    + "≠ In PyTorch z keeps the old state, in many texts the new one; and the reset gate acts "
    "behind the weights of the state, not in front.",
    inputs=_SEQUENCE,
    outputs=_OUTPUTS,
    forward=("{sequence}, {last} = {self}({in})", _LAST),
    inferred={"input_size": features},
    fixed={"batch_first": True},
    check=_recurrent,
    activation="tanh",
    params=_SETTINGS,
    examples=(((2, 5, 3),), ((3, 2, 1),)),
)
