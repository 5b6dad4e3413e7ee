"""Sequences made of sequences: a decoder that writes, several tokens ahead, targets to match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import features
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _memory_features(*received: TensorSpec) -> int:
    return features(received[0])


def _tokens(values: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the special tokens, or None."""
    for name in ("start", "end", "padding"):
        if values[name] >= values["vocabulary"]:
            return (
                f"Its {name} token {values[name]} is not among the {values['vocabulary']} tokens, "
                f"0 to {values['vocabulary'] - 1}. Take another number or a larger vocabulary."
            )
    if values["end"] == values["padding"]:
        return "The end token and the padding token must differ."
    return None


def _wired(
    values: Mapping[str, Any],
    memory: TensorSpec,
    state: TensorSpec | None,
    mask: TensorSpec | None,
    cell: TensorSpec | None,
) -> str | None:
    """Return what is wrong with what is wired, or None."""
    units, attention = values["hidden_size"], values["attention"]
    if cell is not None and values["cell"] == "gru":
        return "A GRU has no cell; take the wire to it away, or choose lstm."
    if attention == "none" and state is None:
        return "Without attention it learns of the source from its state alone; wire a state to it."
    for what, found in (("state", state), ("cell", cell)):
        if found is not None and found.shape[1] != units:
            return (
                f"Its first {what} must have its {units} units; {found} comes. "
                f"Put a Dense of {units} in between."
            )
    if attention == "scaled_dot" and memory.shape[2] != units:
        return (
            f"The scaled dot compares its {units} units with the memory's {memory.shape[2]} "
            "features, which must be as many. Take general or additive."
        )
    if mask is not None and (mask.dtype != "bool" or mask.shape != memory.shape[:2]):
        return f"Its mask must be true or false for each step of the memory {memory}; it is {mask}."
    return None


def _decoder(
    values: Mapping[str, Any],
    memory: TensorSpec,
    target: TensorSpec | None = None,
    state: TensorSpec | None = None,
    mask: TensorSpec | None = None,
    cell: TensorSpec | None = None,
) -> str | None:
    return _tokens(values) or _wired(values, memory, state, mask, cell)


def _number(name: str, title: str, default: int, doc: str) -> Param:
    return Param(
        name=name, title=title, default=default, ge=0, le=10_000_000, advanced=True, doc=doc
    )


VOCABULARY = Param(
    name="vocabulary",
    default=64,
    ge=2,
    le=10_000_000,
    doc="How many different tokens there are: 0 up to one less than this.",
)

SEQUENCE_DECODER = LayerSpec(
    id="sequence_decoder",
    title="Decoder (seq2seq)",
    group="Recurrent",
    covers=("LAY-34",),
    target="engine.modules.decoder.SequenceDecoder",
    summary="Writes a sequence token by token from what an encoder has read.",
    keywords=(
        "seq2seq",
        "encoder-decoder",
        "translation",
        "teacher forcing",
        "beam search",
        "greedy",
        "attention",
        "bahdanau",
        "luong",
        "bos",
        "eos",
    ),
    formula="yₜ ~ softmax(W[hₜ; cₜ]), hₜ = cell([E yₜ₋₁; cₜ], hₜ₋₁), cₜ = Σ aₜₛ·mₛ",
    notes=(
        "Wire the encoder's sequence to the memory, its state to the state, and an Input that "
        "reads the target field to the target. In training each step reads the right token before "
        "it with the chance Teacher forcing, else its own likeliest. In evaluation it reads only "
        "its own: of the target just the length counts. A beam above 1 keeps that many ways of "
        "going on; the scores are those along the best, in which the tokens chosen come first. "
        "The first step reads the start token; behind the end token comes padding. Without "
        "attention everything passes through the state; then a source read backwards is learned "
        "sooner, as its beginning is nearer."
    ),
    pitfalls=(
        "With forcing at 1 it never sees its own mistakes in training: if the loss is low there "
        "and sequences are wrong in evaluation, lower it to 0.5 to 0.9. The loss in evaluation is "
        "of its own way of going on and higher than that of training; compare exact sequences. "
        "The target must hold the end token, and padding behind it should be the loss's ignored "
        "class. Wide beams cost as many times the work and rarely help beyond 5."
    ),
    inputs=(
        Port(name="memory", axes="N S C", doc="What the encoder has read, step by step."),
        Port(
            name="target",
            axes="N T",
            dtype="int",
            optional=True,
            doc="The right tokens with the end token, without the start; from an Input.",
        ),
        Port(name="state", axes="N C", optional=True, doc="The first state; else zeros."),
        Port(
            name="mask",
            axes="N S",
            dtype="any",
            optional=True,
            doc="From Padding mask: true where the memory is real.",
        ),
        Port(name="cell", axes="N C", optional=True, doc="An LSTM's first cell; else zeros."),
    ),
    outputs=(
        Port(name="scores", axes="N T V", doc="A score for each token at each step."),
        Port(name="weights", axes="N T S", doc="How much each step looked at each of the memory."),
    ),
    forward=("{scores}, {weights} = {self}({memory}, {target}, {state}, {mask}, {cell})",),
    inferred={"memory_size": _memory_features},
    check=_decoder,
    gaps=True,
    activation="linear",
    face=lambda v: (
        f"{v['hidden_size']} units",
        f"{v['attention'].replace('_', ' ')} attention" if v["attention"] != "none" else "",
        f"beam {v['beam']}" if v["beam"] != 1 else "",
    ),
    params=(
        VOCABULARY,
        Param(
            name="hidden_size",
            title="Units",
            default=64,
            ge=1,
            le=100_000,
            doc="Length of the state.",
        ),
        Param(
            name="embedding_dim",
            title="Embedding",
            default=32,
            ge=1,
            le=100_000,
            doc="Length of the vector that stands for each token read.",
        ),
        Param(name="cell", default="gru", choices=("gru", "lstm"), doc="What carries the state."),
        Param(
            name="attention",
            default="additive",
            choices=("additive", "general", "scaled_dot", "none"),
            doc="How a state is compared to the memory; “none” passes on the state alone.",
        ),
        Param(
            name="forcing",
            title="Teacher forcing",
            default=1.0,
            ge=0,
            le=1,
            doc="How often a training step reads the right token, not its own.",
        ),
        Param(
            name="beam",
            default=1,
            ge=1,
            le=64,
            doc="Ways of going on that evaluation keeps; 1 is greedy.",
        ),
        Param(
            name="length",
            default=16,
            ge=1,
            le=10_000,
            unit="tokens",
            advanced=True,
            doc="How much it writes where no target is wired.",
        ),
        _number("start", "Start token", 1, "What the first step reads (BOS)."),
        _number("end", "End token", 2, "What ends a sequence (EOS)."),
        _number("padding", "Padding token", 0, "What stands behind the end."),
    ),
    examples=(
        ((2, 5, 6),),
        ((2, 5, 6), (2, 4)),
        ((2, 5, 6), (2, 4), (2, 64)),
        ((2, 5, 6), (2, 4), (2, 64), (2, 5)),
    ),
    example_dtypes=("float32", "int64", "float32", "bool"),
)

MULTI_TOKEN_HEAD = LayerSpec(
    id="multi_token_head",
    title="Multi-token head",
    group="Attention",
    covers=("LAY-35",),
    target="engine.modules.decoder.MultiTokenHead",
    summary="Predicts several tokens to come at once from one trunk.",
    keywords=("language model", "mtp", "future", "next", "ahead", "transformer"),
    formula="sₖ = Wₒ(x + GELU(Wₖ x + bₖ)), k = 1 … n",
    notes=(
        "Behind a language model's trunk, in place of the last Dense. Select along axis 2 takes "
        "one of the places: 0 is the next token. Future tokens makes the targets that match: all "
        "at once for one loss, or selected for a loss each, so that every head's is plotted. The "
        "further heads make the trunk look ahead; at use they can be left out."
    ),
    pitfalls=(
        "Farther tokens are harder to tell, and with little data or a small trunk their losses "
        "only take strength from the first: give them smaller weights. A target shifted too little "
        "is one the network has already read: its loss falls to zero at once."
    ),
    inputs=(Port(name="in", axes="N L C", doc="What the trunk makes of each step."),),
    outputs=(Port(name="out", axes="N L K V", doc="Scores by place to come and token."),),
    inferred={"features": features},
    activation="linear",
    initialize=True,
    face=lambda v: (f"{v['tokens']} ahead", f"{v['vocabulary']:,} tokens"),
    params=(
        Param(
            name="tokens",
            title="Tokens ahead",
            default=3,
            ge=1,
            le=64,
            doc="How many tokens to come are predicted.",
        ),
        VOCABULARY,
    ),
    examples=(((2, 5, 8),),),
)

FUTURE_TOKENS = LayerSpec(
    id="future_tokens",
    title="Future tokens",
    group="Attention",
    covers=("LAY-35",),
    summary="Puts the tokens that follow beside each, as targets of a multi-token head.",
    keywords=("shift", "target", "next", "ahead", "language model", "mtp"),
    formula="y[t, k] = x[t + k], k = 0 … n − 1; −100 beyond the end",
    notes=(
        "Of the field of next tokens: place 0 is the next one, place 1 the one after. The loss "
        "leaves −100 out, so that the end of a window, whose future is not known, does not count."
    ),
    pitfalls=(
        "Wired to the tokens that are read, not to the next ones, place 0 is the token itself. A "
        "loss whose ignored class is another number stops at −100."
    ),
    inputs=(Port(name="in", axes="N L", dtype="int", doc="The next token of each step."),),
    outputs=(Port(name="out", axes="N L K", dtype="any"),),
    forward=(
        "{out} = nn.functional.pad({in}, (0, {p.tokens} - 1), value=-100)",
        "{out} = {out}.unfold(1, {p.tokens}, 1)",
    ),
    face=lambda v: (f"{v['tokens']} ahead",),
    params=(
        Param(
            name="tokens",
            title="Tokens ahead",
            default=3,
            ge=1,
            le=64,
            argument=False,
            doc="How many tokens to come stand beside each.",
        ),
    ),
    examples=(((2, 7),),),
    example_dtypes=("int64",),
)
