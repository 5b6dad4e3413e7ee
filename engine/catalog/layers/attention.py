"""Attention, positions, masks and what else transformers are made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.catalog.checks import features
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def sides(*received: TensorSpec) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
    """Return what arrives as query, key and value; a mask is known by its type or its axes."""
    query, *rest = [r for r in received if r.dtype != "bool" and len(r.shape) == 3]
    key = rest[0] if rest else query
    return query, key, rest[1] if len(rest) > 1 else key


def query_features(*received: TensorSpec) -> int:
    """Return the number of features of a query."""
    return received[0].shape[-1]


def _key_features(*received: TensorSpec) -> int:
    query, key, _ = sides(*received)
    return 0 if key is query else key.shape[-1]


def _value_features(*received: TensorSpec) -> int:
    _, key, value = sides(*received)
    return 0 if value is key else value.shape[-1]


def looked_up(
    query: TensorSpec, key: TensorSpec | None, value: TensorSpec | None, mask: TensorSpec | None
) -> str | None:
    """Return what is wrong with what attention receives, or None."""
    keys = query if key is None else key
    values = keys if value is None else value
    if keys.shape[1] != values.shape[1]:
        return f"Each key needs a value; its keys are {keys} and its values {values}."
    if mask is None:
        return None
    if len(mask.shape) == 3 and mask.shape[1] != query.shape[1]:
        return (
            f"Its mask needs a row for each of the {query.shape[1]} steps of the query; it is "
            f"{mask}."
        )
    return marks(keys, mask, "keys")


def _attention(
    values: Mapping[str, Any],
    query: TensorSpec,
    key: TensorSpec | None = None,
    value: TensorSpec | None = None,
    mask: TensorSpec | None = None,
) -> str | None:
    heads, size = values["num_heads"], query.shape[-1]
    if size % heads:
        return (
            f"Its {heads} heads must divide the {size} features of the query ({query}). "
            "Take another number of heads."
        )
    if values["rotary"] and size // heads % 2:
        return (
            f"Rotary positions turn pairs of features, and each of its {heads} heads has "
            f"{size // heads}. Take another number of heads or features."
        )
    return looked_up(query, key, value, mask)


def _mask(values: Mapping[str, Any], received: TensorSpec, mask: TensorSpec) -> str | None:
    return marks(received, mask, "steps")


def marks(received: TensorSpec, mask: TensorSpec, what: str) -> str | None:
    """Return what is wrong with the mask of a sequence, or None."""
    if mask.shape[-1] != received.shape[1]:
        return f"Its mask needs a mark for each of the {received.shape[1]} {what}; it is {mask}."
    if mask.dtype != "bool":
        return f"Its mask must be true or false (bool); {mask.dtype} comes. Take Padding mask."
    return None


def _length(received: TensorSpec) -> int:
    return received.shape[1]


_SEQUENCE = (Port(name="in", axes="N L C", doc="Samples, steps, features."),)
_SEQUENCES = (Port(name="out", axes="N L C"),)
MASK = Port(
    name="mask",
    axes="N ... S",
    dtype="any",
    optional=True,
    doc="True where a key may be seen: N × S from Padding mask, or N × L × S for each query.",
)
_STEPS = Port(
    name="mask",
    axes="N L",
    dtype="any",
    optional=True,
    doc="From Padding mask: true where there is something to see.",
)

MULTI_HEAD_ATTENTION = LayerSpec(
    id="multi_head_attention",
    title="Multi-head attention",
    group="Attention",
    covers=("LAY-41", "LAY-42", "LAY-43"),
    target="engine.modules.attention.MultiHeadAttention",
    summary="Every step looks at all steps and takes up what fits, with several heads at once.",
    keywords=("transformer", "self-attention", "cross", "scaled dot product", "causal", "mask"),
    formula="softmax(QKᵀ/√d) V for each head, side by side, then Wₒ",
    notes=(
        "With the query alone it is self-attention; wire an encoder's result to the key for "
        "cross-attention. A key left out is the query, a value left out is the key. Causal hides "
        "the future, as a language model needs. It knows no order: add positions before it, or let "
        "Rotary positions turn its heads. Wired, “weights” costs a second look in every step; "
        "Show images shows it."
    ),
    pitfalls=(
        "Time and memory grow with the square of the length. Without positions it cannot tell an "
        "order from another; without the causal setting a language model reads its own answer and "
        "its loss falls to almost nothing at once. A row whose keys are all masked has nothing to "
        "look at."
    ),
    inputs=(
        Port(name="query", axes="N L C", doc="The steps that look."),
        Port(name="key", axes="N L C", optional=True, doc="The steps looked at."),
        Port(name="value", axes="N L C", optional=True, doc="What is taken up of them."),
        MASK,
    ),
    outputs=(
        *_SEQUENCES,
        Port(
            name="weights",
            axes="N ... L S",
            lazy=True,
            doc="How much each query takes of each key, the mean of the heads or head by head.",
        ),
    ),
    forward=(
        "{out} = {self}({query}, {key}, {value}, {mask})",
        "{weights} = {self}.weights({query}, {key}, {mask}, {p.each_head})",
    ),
    inferred={"embed_dim": query_features, "kdim": _key_features, "vdim": _value_features},
    check=_attention,
    gaps=True,
    activation="linear",
    initialize=True,
    face=lambda v: (
        f"{v['num_heads']} heads",
        "causal" if v["causal"] else "",
        "rotary" if v["rotary"] else "",
    ),
    params=(
        Param(
            name="num_heads",
            title="Heads",
            default=4,
            ge=1,
            le=1024,
            doc="How many lookups side by side; they share the features among them.",
        ),
        Param(
            name="dropout",
            default=0.0,
            ge=0,
            lt=1,
            doc="Share of the attention that is dropped while training.",
        ),
        Param(name="bias", default=True, advanced=True, doc="Adds learned numbers to Q, K, V, O."),
        Param(
            name="causal",
            default=False,
            doc="Each step sees only itself and what came before.",
        ),
        Param(
            name="rotary",
            title="Rotary positions",
            default=False,
            advanced=True,
            doc="Turns queries and keys by their places, so that distance counts.",
        ),
        Param(
            name="each_head",
            title="Weights of each head",
            default=False,
            argument=False,
            advanced=True,
            doc="The output “weights” is N × heads × L × S, not the mean of the heads.",
        ),
    ),
    examples=(
        ((2, 5, 8),),
        ((2, 5, 8), (2, 7, 6)),
        ((2, 5, 8), (2, 7, 6), (2, 7, 3), (2, 7)),
        ((2, 5, 8), (2, 7, 6), (2, 7, 3), (2, 5, 7)),
    ),
    example_dtypes=("float32", "float32", "float32", "bool"),
)

POSITIONAL_ENCODING = LayerSpec(
    id="positional_encoding",
    title="Positional encoding",
    group="Attention",
    covers=("LAY-43",),
    target="engine.modules.attention.PositionalEncoding",
    summary="Adds waves that tell each step its place; nothing is learned.",
    keywords=("transformer", "sinusoidal", "sine", "order", "position"),
    formula="x + PE, PE(pos, 2i) = sin(pos/10000^(2i/C)), PE(pos, 2i+1) = cos(…)",
    notes=(
        "Stands behind an embedding, whose size it should match: the waves reach ±1. A shorter "
        "sequence than the one it was built for takes the first positions."
    ),
    pitfalls=(
        "Behind an embedding of small numbers the waves of ±1 drown the words; scale the embedding "
        "up. With few features the slow waves hardly move."
    ),
    inputs=_SEQUENCE,
    outputs=_SEQUENCES,
    inferred={"length": _length, "features": features},
    params=(
        Param(
            name="base",
            default=10000.0,
            gt=1,
            le=1e9,
            advanced=True,
            doc="How much longer the longest wave is than the shortest.",
        ),
    ),
    examples=(((2, 5, 8),), ((2, 4, 3),)),
)

LEARNED_POSITION = LayerSpec(
    id="learned_position",
    title="Learned position",
    group="Attention",
    covers=("LAY-43",),
    target="engine.modules.attention.LearnedPosition",
    summary="Adds a learned vector for each place in the sequence.",
    keywords=("transformer", "embedding", "order", "vision", "gpt", "bert"),
    formula="x + P[position]",
    notes="Cannot go beyond the length it was built for; a shorter sequence takes the first ones.",
    pitfalls=(
        "A sequence longer than the one it was built for is refused. Places that training never "
        "showed keep their random vectors."
    ),
    inputs=_SEQUENCE,
    outputs=_SEQUENCES,
    inferred={"length": _length, "features": features},
    params=(
        Param(
            name="std",
            title="Start deviation",
            default=0.02,
            ge=0,
            le=10,
            advanced=True,
            doc="Deviation of the normal distribution that the vectors are drawn from.",
        ),
    ),
    examples=(((2, 5, 8),),),
)

CLASS_TOKEN = LayerSpec(
    id="class_token",
    title="Class token",
    group="Attention",
    covers=("NET-06",),
    target="engine.modules.attention.ClassToken",
    summary="Puts a learned vector in front of a sequence, to read the answer from later.",
    keywords=("transformer", "vision", "cls", "prepend", "bos"),
    formula="N × L × C → N × (L + 1) × C",
    notes="Behind the transformer, Select takes step 0. The mean over all steps does as well.",
    pitfalls=(
        "The sequence is one step longer behind it: masks and positions must be too. Taking the "
        "wrong step afterwards trains, but badly."
    ),
    inputs=_SEQUENCE,
    outputs=_SEQUENCES,
    inferred={"features": features},
    params=(
        Param(
            name="std",
            title="Start deviation",
            default=0.02,
            ge=0,
            le=10,
            advanced=True,
            doc="Deviation of the normal distribution that the vector is drawn from.",
        ),
    ),
    examples=(((2, 5, 8),),),
)

PADDING_MASK = LayerSpec(
    id="padding_mask",
    title="Padding mask",
    group="Attention",
    covers=("LAY-42",),
    summary="Marks the tokens that are real, so that attention does not look at padding.",
    keywords=("tokens", "transformer", "text", "ignore"),
    formula="y = token ≠ padding",
    notes="Wire it to the tokens, beside the embedding, and to the mask of attention and mean.",
    pitfalls=(
        "If the padding number is a real token too, that token is never seen. A sample of padding "
        "alone leaves attention nothing to look at."
    ),
    inputs=(Port(name="in", axes="N L", dtype="int", doc="Token numbers."),),
    outputs=(Port(name="out", axes="N L", dtype="any"),),
    forward=("{out} = {in} != {p.padding}",),
    params=(
        Param(
            name="padding",
            title="Padding token",
            default=0,
            ge=0,
            argument=False,
            doc="The number that stands for nothing.",
        ),
    ),
    examples=(((2, 7),),),
    example_dtypes=("int64",),
)

MASKED_MEAN = LayerSpec(
    id="masked_mean",
    title="Masked mean",
    group="Attention",
    covers=("LAY-15", "LAY-42"),
    summary="The mean over the steps of a sequence that are real.",
    keywords=("pooling", "average", "text", "padding", "tokens"),
    formula="y = Σ mask · x / Σ mask",
    notes="Makes one vector of a sequence. A sample without any real step gives zeros.",
    pitfalls=(
        "Without the right mask, padding counts as content, and short samples come out close to "
        "each other. Order is lost."
    ),
    inputs=(*_SEQUENCE, replace(_STEPS, optional=False)),
    outputs=(Port(name="out", axes="N C"),),
    forward=(
        "{out} = ({in} * {mask}.unsqueeze(-1)).sum(dim=1)",
        "{out} = {out} / {mask}.sum(dim=1, keepdim=True).clamp(min=1)",
    ),
    check=_mask,
    examples=(((2, 5, 8), (2, 5)),),
    example_dtypes=("float32", "bool"),
)
