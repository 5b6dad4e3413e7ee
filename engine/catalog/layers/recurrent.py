"""Recurrent layers: a state carried along a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog import faces
from engine.catalog.checks import features
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _first_features(*received: TensorSpec) -> int:
    return features(received[0])


def _recurrent(
    values: Mapping[str, Any],
    received: TensorSpec,
    state: TensorSpec | None = None,
    cell: TensorSpec | None = None,
) -> str | None:
    if values.get("dropout") and values["num_layers"] == 1:
        return "Dropout acts between stacked layers, and there is one; set it to 0 or add a layer."
    if values.get("forget_bias") is not None and not values["bias"]:
        return "It has no biases, so the forget gate cannot start at one; switch Bias on."
    given = state or cell
    if values["stateful"] and given is not None:
        return (
            "A stateful layer starts from the state it kept; take the wire to its state away, or "
            "switch Stateful off."
        )
    if given is None:
        return None
    ways = 2 if values.get("bidirectional") else 1
    wanted = values.get("num_layers", 1) * ways * values["hidden_size"]
    for what, found in (("state", state), ("cell", cell)):
        if found is not None and found.shape[1] != wanted:
            return (
                f"Its {what} must hold {wanted} numbers for each sample, the units of every layer "
                f"and direction; {found} comes. Put a Dense of {wanted} units in between."
            )
    return None


_SEQUENCE = Port(name="in", axes="N L C", doc="Samples, steps in time, features.")
_STATE = Port(
    name="state",
    axes="N C",
    optional=True,
    doc="What it starts from, the units of every layer and direction side by side; else zeros.",
)
_CELL = Port(
    name="cell", axes="N C", optional=True, doc="The long-term memory it starts from; else zeros."
)
_OUTPUTS = (
    Port(name="sequence", axes="N L C", doc="The top layer's state at every step."),
    Port(name="last", axes="N C", doc="The top layer's final state, both directions side by side."),
    Port(
        name="final_state",
        title="state",
        axes="N C",
        doc="The final state of every layer and direction.",
    ),
)
_FINAL_CELL = Port(
    name="final_cell",
    title="cell",
    axes="N C",
    doc="The final long-term memory of every layer and direction.",
)
_ONE = "{sequence}, {last}, {final_state} = {self}({in}, {state})"
_BOTH = "{sequence}, {last}, {final_state}, {final_cell} = {self}({in}, {state}, {cell})"
_UNITS = Param(
    name="hidden_size",
    title="Units",
    default=64,
    ge=1,
    le=100_000,
    doc="Length of the state.",
)
_BIAS = Param(
    name="bias", default=True, advanced=True, doc="Adds learned numbers inside the gates."
)
_STATEFUL = Param(
    name="stateful",
    default=False,
    advanced=True,
    doc="Each sample goes on where the one in its place in the batch before ended.",
)
_FORGET = Param(
    name="forget_bias",
    title="Forget-gate bias",
    default=None,
    kind="float",
    ge=-100,
    le=100,
    optional=True,
    doc="Where the forget gate starts; 1 or 2 keeps the memory open at first. Empty: drawn.",
)
_SETTINGS = (
    _UNITS,
    Param(
        name="num_layers",
        title="Layers",
        default=1,
        ge=1,
        le=64,
        doc="How many stand on top of each other, each reading the one below.",
    ),
    _BIAS,
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
    _STATEFUL,
)
_NOTES = (
    "Take “last” to classify or forecast from the whole sequence, “sequence” to stack or to label "
    "each step, “state” to start another layer from it, as an encoder does a decoder. Long "
    "sequences can still explode: clip the gradient. Weights keep PyTorch's start, uniform in "
    "±1/√units. "
)
_CARRIED = (
    " Stateful: an epoch begins at zeros, and its batches come in order, each row of them a "
    "stretch of the data; nothing is learned across two batches. Figures are taken in that order "
    "too. It suits samples that follow one another: a text whose stride is its window, a series "
    "with a window of 1; windows that overlap are read over and over."
)
_WORDS = ("recurrent", "rnn", "sequence", "time series", "text", "memory", "stateful", "state")
_EXAMPLES = (((2, 5, 3),), ((3, 2, 1),), ((2, 5, 3), (2, 64)))


SIMPLE_RNN = LayerSpec(
    id="rnn",
    title="Simple RNN",
    group="Recurrent",
    covers=("LAY-30", "LAY-32"),
    target="engine.modules.recurrent.RNN",
    outline="engine.modules.outlines.RNN",
    summary="Reads a sequence step by step; each state comes of the input and the state before.",
    keywords=(*_WORDS, "elman", "vanilla", "tanh", "relu"),
    formula="h = tanh(U x + W h₋₁ + b)",
    notes=_NOTES + "For short sequences and for seeing why gates were invented." + _CARRIED,
    pitfalls=(
        "Gradients shrink or grow with every step: beyond some twenty steps it hardly learns what "
        "came first. With ReLU the states can grow without bound; a loss of NaN is the sign, a "
        "smaller learning rate and clipping the remedy."
    ),
    inputs=(_SEQUENCE, _STATE),
    outputs=_OUTPUTS,
    forward=(_ONE,),
    inferred={"input_size": _first_features},
    check=_recurrent,
    gaps=True,
    activation="tanh",
    face=faces.recurrent,
    params=(
        *_SETTINGS[:2],
        Param(
            name="nonlinearity",
            title="Activation",
            default="tanh",
            choices=("tanh", "relu"),
            doc="What each new state goes through.",
        ),
        *_SETTINGS[2:],
    ),
    examples=_EXAMPLES,
)

LSTM = LayerSpec(
    id="lstm",
    title="LSTM",
    group="Recurrent",
    covers=("LAY-30", "LAY-31", "LAY-32"),
    target="engine.modules.recurrent.LSTM",
    outline="engine.modules.outlines.LSTM",
    summary="Reads a sequence step by step with a gated long-term memory.",
    keywords=(*_WORDS, "forget gate"),
    formula="c = f·c₋₁ + i·tanh(…), h = o·tanh(c)",
    notes=_NOTES
    + "≠ Many start the forget gate's bias at 1 or 2; PyTorch draws it like the rest, unless one "
    "is set here. ≠ Where a text lets the gates see c₋₁, take Peephole LSTM." + _CARRIED,
    pitfalls=(
        "Long sequences still forget their start and train slowly, step by step. A loss that jumps "
        "means exploding gradients: clip the norm at 1. Padding at the end is read like content "
        "and washes out the last state."
    ),
    inputs=(_SEQUENCE, _STATE, _CELL),
    outputs=(*_OUTPUTS, _FINAL_CELL),
    forward=(_BOTH,),
    inferred={"input_size": _first_features},
    check=_recurrent,
    gaps=True,
    activation="tanh",
    face=faces.recurrent,
    params=(*_SETTINGS[:-1], _FORGET, _STATEFUL),
    examples=(*_EXAMPLES, ((2, 5, 3), (2, 64), (2, 64))),
)

GRU = LayerSpec(
    id="gru",
    title="GRU",
    group="Recurrent",
    covers=("LAY-30", "LAY-32"),
    target="engine.modules.recurrent.GRU",
    outline="engine.modules.outlines.GRU",
    summary="Reads a sequence step by step; simpler and faster than an LSTM.",
    keywords=(*_WORDS, "gated"),
    formula="h = (1 − z)·n + z·h₋₁",
    notes=_NOTES
    + "≠ In PyTorch z keeps the old state, in many texts the new one; and the reset gate acts "
    "behind the weights of the state, not in front." + _CARRIED,
    pitfalls=(
        "Like an LSTM it forgets over hundreds of steps. Weights carried over from another library "
        "do not fit one to one, as the gates are defined differently. A loss that jumps means "
        "exploding gradients: clip the norm at 1."
    ),
    inputs=(_SEQUENCE, _STATE),
    outputs=_OUTPUTS,
    forward=(_ONE,),
    inferred={"input_size": _first_features},
    check=_recurrent,
    gaps=True,
    activation="tanh",
    face=faces.recurrent,
    params=_SETTINGS,
    examples=_EXAMPLES,
)

PEEPHOLE_LSTM = LayerSpec(
    id="peephole_lstm",
    title="Peephole LSTM",
    group="Recurrent",
    covers=("LAY-31", "LAY-32"),
    target="engine.modules.recurrent.PeepholeLSTM",
    outline="engine.modules.outlines.PeepholeLSTM",
    summary="An LSTM whose gates also look at the long-term memory.",
    keywords=(*_WORDS, "peephole", "timing", "gates"),
    formula="i, f, o = σ(U x + W h₋₁ + V c₋₁ + b), c = f·c₋₁ + i·g, h = o·tanh(c)",
    notes=(
        "Helps where the exact length of a pause matters. “matrix” gives every gate a full V, as "
        "the formula is written; “vector” lets each unit's gates see its own memory only. ≠ In "
        "Gers and Schmidhuber (2000) V is a vector and the output gate sees the new c; here all "
        "three see c₋₁. g = tanh(U x + W h₋₁ + b)." + _CARRIED
    ),
    pitfalls=(
        "It goes through the steps in Python and is several times slower than LSTM. Where the "
        "figures are no better than an LSTM's, take that one. With “matrix” a quarter of its "
        "weights or more sit in the peepholes, and few data are overfitted sooner."
    ),
    inputs=(_SEQUENCE, _STATE, _CELL),
    outputs=(*_OUTPUTS, _FINAL_CELL),
    forward=(_BOTH,),
    inferred={"input_size": _first_features},
    check=_recurrent,
    gaps=True,
    activation="tanh",
    face=lambda v: (
        f"{v['hidden_size']} units",
        "own cell only" if v["peepholes"] == "vector" else "",
        "stateful" if v["stateful"] else "",
    ),
    params=(
        _UNITS,
        Param(
            name="peepholes",
            default="matrix",
            choices=("matrix", "vector"),
            doc="“matrix”: a gate sees the memory of all units; “vector”: of its own unit.",
        ),
        _FORGET,
        _BIAS,
        _STATEFUL,
    ),
    examples=(((2, 5, 3),), ((3, 2, 1),), ((2, 5, 3), (2, 64), (2, 64))),
)
