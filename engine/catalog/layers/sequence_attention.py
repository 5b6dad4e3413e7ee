"""Attention by itself, masks that say who may see whom, and positions by turning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import features
from engine.catalog.layers.attention import MASK, looked_up, query_features, sides
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _key_features(*received: TensorSpec) -> int:
    return sides(*received)[1].shape[-1]


def _attention(
    values: Mapping[str, Any],
    query: TensorSpec,
    key: TensorSpec | None = None,
    value: TensorSpec | None = None,
    mask: TensorSpec | None = None,
) -> str | None:
    keys = query if key is None else key
    if values["score"] in _ALIKE and query.shape[2] != keys.shape[2]:
        return (
            f"The score “{values['score']}” compares vectors of one size; its queries are {query} "
            f"and its keys {keys}. Take “general” or “additive”, or a Dense in front."
        )
    return looked_up(query, key, value, mask)


def _pairs(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if received.shape[2] % 2:
        return f"It turns pairs of features; {received} has {received.shape[2]}, an odd number."
    return None


def _bool(values: Mapping[str, Any], target: TensorSpec, mask: TensorSpec) -> str | None:
    if mask.dtype != "bool":
        return f"Its mask must be true or false (bool); {mask.dtype} comes. Take Padding mask."
    return None


def _length(received: TensorSpec) -> int:
    return received.shape[1]


_ALIKE = ("scaled_dot", "dot", "cosine")

ATTENTION = LayerSpec(
    id="attention",
    title="Attention",
    group="Attention",
    covers=("LAY-40", "LAY-42"),
    target="engine.modules.attention.Attention",
    summary="Looks values up by how well a query fits their keys; puts out what it looked at too.",
    keywords=(
        "scaled dot product",
        "additive",
        "bahdanau",
        "luong",
        "general",
        "cosine",
        "global",
        "local",
        "window",
        "alignment",
        "score",
        "weights",
    ),
    formula="y = Σ aₛ·vₛ, a = softmax(score(q, kₛ)/τ)",
    notes=(
        "One lookup without projections of its own; put Dense in front of query, key and value for "
        "those. scaled_dot: q·k/√d, dot: q·k, cosine: of the angle between them, general: qᵀW k "
        "(Luong), additive: vᵀtanh(W q + U k) (Bahdanau). Global sees every key; a window of w "
        "only those at most w steps from the query's own place. Wire “weights” to Show images to "
        "see which key each query takes. With the query alone it is self-attention."
    ),
    pitfalls=(
        "Without the root of d, products of long vectors drive the softmax to one key and its "
        "gradient to nothing; a cosine of at most 1 does the opposite, so that the weights hardly "
        "differ: lower the temperature to 0.1. A query whose keys are all masked finds zeros. "
        "Dropout acts on what is taken, not on the weights shown."
    ),
    inputs=(
        Port(name="query", axes="N L C", doc="The steps that look."),
        Port(name="key", axes="N S C", optional=True, doc="The steps looked at; else the query."),
        Port(name="value", axes="N S C", optional=True, doc="What is taken up; else the key."),
        MASK,
    ),
    outputs=(
        Port(name="out", axes="N L C", doc="What each query finds."),
        Port(name="weights", axes="N L S", doc="How much each query takes of each key."),
    ),
    forward=("{out}, {weights} = {self}({query}, {key}, {value}, {mask})",),
    inferred={"query_size": query_features, "key_size": _key_features},
    check=_attention,
    gaps=True,
    activation="linear",
    initialize=True,
    face=lambda v: (
        v["score"].replace("_", " "),
        f"window {v['window']}" if v["window"] else "",
        "causal" if v["causal"] else "",
    ),
    params=(
        Param(
            name="score",
            default="scaled_dot",
            choices=("scaled_dot", "dot", "cosine", "general", "additive"),
            doc="How a query is compared to a key.",
        ),
        Param(
            name="units",
            default=32,
            ge=1,
            le=100_000,
            advanced=True,
            doc="Hidden units of the additive score.",
        ),
        Param(
            name="temperature",
            title="Temperature (τ)",
            default=1.0,
            ge=1e-3,
            le=1e3,
            doc="Below 1 it takes fewer keys, above 1 it spreads over more.",
        ),
        Param(
            name="causal",
            default=False,
            doc="Each step sees only itself and what came before.",
        ),
        Param(
            name="window",
            default=0,
            ge=0,
            le=1_000_000,
            unit="steps",
            doc="How far from its own place a query sees; 0 is everything (global attention).",
        ),
        Param(
            name="dropout",
            default=0.0,
            ge=0,
            lt=1,
            doc="Share of the attention that is dropped while training.",
        ),
    ),
    examples=(
        ((2, 5, 8),),
        ((2, 5, 8), (2, 7, 8)),
        ((2, 5, 8), (2, 7, 8), (2, 7, 3), (2, 7)),
        ((2, 5, 8), (2, 7, 8), (2, 7, 3), (2, 5, 7)),
    ),
    example_dtypes=("float32", "float32", "float32", "bool"),
)

CAUSAL_MASK = LayerSpec(
    id="causal_mask",
    title="Causal mask",
    group="Attention",
    covers=("LAY-42",),
    summary="Lets each step of a sequence see itself and what came before, nothing later.",
    keywords=("look-ahead", "autoregressive", "future", "transformer", "triangle"),
    formula="seen(i, j) = (j ≤ i)",
    notes=(
        "For the mask of attention. Of its input it takes the length only. Multiply joins two "
        "masks: what both let through. ≠ True says “may be seen”, as in PyTorch's scaled dot "
        "product; its nn.MultiheadAttention means the opposite."
    ),
    pitfalls=(
        "The setting Causal of an attention layer does the same without a wire. Left out of one "
        "layer of several, the future leaks in: the loss falls far below what the text allows."
    ),
    inputs=(
        Port(name="in", axes="N L ...", dtype="any", still=True, doc="The sequence that looks."),
    ),
    outputs=(Port(name="out", axes="N L L", dtype="any"),),
    forward=(
        "{out} = torch.ones({in}.shape[1], {in}.shape[1], dtype=torch.bool, device={in}.device)",
        "{out} = {out}.tril().expand({in}.shape[0], -1, -1)",
    ),
    face=lambda v: (),
    examples=(((2, 5, 8),), ((2, 4),)),
)

ENCODER_DECODER_MASK = LayerSpec(
    id="encoder_decoder_mask",
    title="Encoder-decoder mask",
    group="Attention",
    covers=("LAY-42",),
    target="engine.modules.attention.CrossMask",
    summary="Says which steps of a source each step of a target may see.",
    keywords=("cross-attention", "padding", "memory", "seq2seq", "transformer", "window"),
    formula="seen(i, j) = mask(j), and |j − i·S/T| ≤ w",
    notes=(
        "For attention from a decoder to an encoder's result: no step looks at padding of the "
        "source, and with a window each looks near the place that is as far along. Without a "
        "window the source's padding mask alone does the same."
    ),
    pitfalls=(
        "A window that is too narrow hides what a step needs; texts whose order differs from their "
        "translation's need a wide one. The mask is of the source, not of the target."
    ),
    inputs=(
        Port(name="target", axes="N T ...", dtype="any", still=True, doc="The steps that look."),
        Port(name="mask", axes="N S", dtype="any", still=True, doc="The source's padding mask."),
    ),
    outputs=(Port(name="out", axes="N T S", dtype="any"),),
    check=_bool,
    face=lambda v: (f"window {v['window']}" if v["window"] else "",),
    params=(
        Param(
            name="window",
            default=0,
            ge=0,
            le=1_000_000,
            unit="steps",
            doc="How far from the place that is as far along a step sees; 0 is everything.",
        ),
    ),
    examples=(((2, 4, 8), (2, 6)), ((2, 4), (2, 6))),
    example_dtypes=("float32", "bool"),
)

ROTARY_POSITION = LayerSpec(
    id="rotary_position",
    title="Rotary position",
    group="Attention",
    covers=("LAY-43",),
    target="engine.modules.attention.RotaryPosition",
    summary="Turns pairs of features by the position, so that products tell the distance.",
    keywords=("rope", "relative", "transformer", "order", "query", "key"),
    formula="(a, b) → (a cos pθ − b sin pθ, a sin pθ + b cos pθ), θ = 10000^(−2i/C)",
    notes=(
        "Stands in front of an attention layer's query and key, not of its value; after that "
        "q·k depends on how far apart they are, wherever they stand. Multi-head attention turns "
        "its own heads, behind their projections: switch Rotary positions on there. Lengths stay."
    ),
    pitfalls=(
        "Turning the values too mixes places into the content. In front of Dense, which mixes the "
        "pairs, the distance is lost again."
    ),
    inputs=(Port(name="in", axes="N L C", doc="Queries or keys."),),
    outputs=(Port(name="out", axes="N L C"),),
    inferred={"length": _length, "features": features},
    check=_pairs,
    face=lambda v: (),
    params=(
        Param(
            name="base",
            default=10000.0,
            gt=1,
            le=1e9,
            advanced=True,
            doc="How much slower the last pair turns than the first.",
        ),
    ),
    examples=(((2, 5, 8),), ((2, 4, 2),)),
)
