"""Ready sub-networks. Here stand their words; each is a file of `resources/blocks`."""

from __future__ import annotations

from engine.catalog.spec import BlockSpec

_SAME = "Give it the same channels as what comes in; otherwise take the version that shrinks."

RESIDUAL_BASIC = BlockSpec(
    id="residual_basic",
    title="Residual block",
    group="Blocks",
    covers=("LAY-50",),
    summary="Two 3 × 3 convolutions whose result is added to what came in (ResNet-18, -34).",
    keywords=("resnet", "skip", "shortcut", "basic"),
    formula="y = ReLU(x + F(x))",
    notes=f"{_SAME} Repeat it for a stage of a ResNet.",
    pitfalls=(
        "With other channels than come in, the sum does not fit. A ReLU on the shortcut would stop "
        "the gradient that the block is for."
    ),
)
RESIDUAL_BASIC_DOWN = BlockSpec(
    id="residual_basic_down",
    title="Residual block, smaller",
    group="Blocks",
    covers=("LAY-50",),
    summary="A residual block that halves the image and changes the channels.",
    keywords=("resnet", "skip", "shortcut", "basic", "downsample", "projection"),
    formula="y = ReLU(W x + F(x))",
    notes="Opens each stage of a ResNet but the first: the shortcut is a 1 × 1 convolution.",
    pitfalls="Two of them in a row halve the image twice: small images are soon 1 × 1.",
)
RESIDUAL_BOTTLENECK = BlockSpec(
    id="residual_bottleneck",
    title="Bottleneck block",
    group="Blocks",
    covers=("LAY-50",),
    summary="A residual block that works on a quarter of the channels (ResNet-50 and deeper).",
    keywords=("resnet", "skip", "shortcut"),
    formula="1 × 1 to C, 3 × 3, 1 × 1 to 4C, plus x",
    notes="What comes in must have four times its channels.",
    pitfalls=(
        "In a shallow network with few channels the narrow middle throws away more than it saves."
    ),
)
RESIDUAL_BOTTLENECK_DOWN = BlockSpec(
    id="residual_bottleneck_down",
    title="Bottleneck block, smaller",
    group="Blocks",
    covers=("LAY-50",),
    summary="A bottleneck block that shrinks the image by its stride and changes the channels.",
    keywords=("resnet", "skip", "shortcut", "downsample", "projection"),
    formula="1 × 1 to C, 3 × 3 with stride, 1 × 1 to 4C, plus W x",
    notes=(
        "Opens each stage of a ResNet-50; with a stride of 1 the first. ≠ The paper strides in the "
        "first convolution; here it is the second, as everyone does now."
    ),
    pitfalls=(
        "A stride of 2 in the first stage, behind a stem that has shrunk the image already, leaves "
        "little of it."
    ),
)
RESIDUAL_PREACTIVATION = BlockSpec(
    id="residual_preactivation",
    title="Pre-activation block",
    group="Blocks",
    covers=("LAY-50",),
    summary="A residual block with norm and ReLU in front of each convolution (ResNet V2).",
    keywords=("resnet", "skip", "shortcut", "v2", "identity"),
    formula="y = x + F(x), F = norm, ReLU, conv, norm, ReLU, conv",
    notes=f"Nothing stands on the shortcut, so very deep networks train well. {_SAME}",
    pitfalls=(
        "The last block leaves its sum without norm and activation: put both behind it, or the "
        "head sees wild numbers."
    ),
)
DENSE_BLOCK = BlockSpec(
    id="dense_block",
    title="Dense block",
    group="Blocks",
    covers=("LAY-50",),
    summary="Adds a few new channels beside all that came in (DenseNet); repeat it.",
    keywords=("densenet", "concatenate", "growth", "skip"),
    formula="y = [x, F(x)]",
    notes="Repeated n times the channels grow by n · growth, and every copy sees all before it.",
    pitfalls=(
        "Memory grows with the square of the repeats, as each copy keeps all channels before it. A "
        "1 × 1 convolution between blocks brings them down."
    ),
)
INCEPTION = BlockSpec(
    id="inception",
    title="Inception block",
    group="Blocks",
    covers=("LAY-50",),
    summary="Convolutions of three sizes and a pooling side by side (GoogLeNet).",
    keywords=("googlenet", "branches", "parallel", "multi-scale"),
    formula="y = [1 × 1, 3 × 3, 5 × 5, pooling]",
    notes=(
        "As large as inception 3a to begin with: 256 channels. ≠ With batch norms, which the first "
        "paper had not."
    ),
    pitfalls=(
        "The channels that come out are the sum of the branches: what stands behind must expect "
        "that number."
    ),
)
DEPTHWISE_SEPARABLE = BlockSpec(
    id="depthwise_separable",
    title="Depthwise separable",
    group="Blocks",
    covers=("LAY-12", "LAY-50"),
    summary="A convolution in two cheap steps: over space, then over channels (MobileNet).",
    keywords=("mobilenet", "xception", "pointwise", "light"),
    formula="3 × 3 for each channel, then 1 × 1",
    notes="About a ninth of the work of a 3 × 3 convolution.",
    pitfalls=(
        "Fewer parameters, not as much less time: depthwise filters are bound by memory. With very "
        "few channels it loses accuracy."
    ),
)
INVERTED_RESIDUAL = BlockSpec(
    id="inverted_residual",
    title="Inverted residual",
    group="Blocks",
    covers=("LAY-50",),
    summary="Widens, filters each channel, narrows, and adds what came in (MobileNet V2).",
    keywords=("mobilenet", "expansion", "linear bottleneck", "skip"),
    formula="y = x + narrow(depthwise(widen(x)))",
    notes="Give it the same channels as what comes in. The narrow end has no activation.",
    pitfalls=(
        "An activation at its narrow end would destroy what it carries; there is none on purpose. "
        "With a stride the shortcut does not fit."
    ),
)
SQUEEZE_EXCITE = BlockSpec(
    id="squeeze_excite",
    title="Squeeze and excite",
    group="Blocks",
    covers=("LAY-50",),
    summary="Weighs each channel by what the whole image says (SENet).",
    keywords=("attention", "channel", "senet", "gate"),
    formula="y = x · σ(W₂ ReLU(W₁ mean(x)))",
    notes="Give it the same channels as what comes in. Stands behind any convolution.",
    pitfalls=(
        "With few channels the squeezed layer has one or two units and gates everything alike. A "
        "gate near 0 stops the gradient of its channel."
    ),
)
TRANSFORMER_ENCODER = BlockSpec(
    id="transformer_encoder",
    title="Transformer encoder block",
    group="Blocks",
    covers=("LAY-44",),
    summary="Self-attention and two Dense layers, each with a norm in front and a shortcut.",
    keywords=("attention", "pre-norm", "vision", "bert", "self-attention"),
    formula="x + attention(norm x), then x + MLP(norm x)",
    notes=(
        "Give it the width of what comes in, a multiple of the heads. Repeat it; behind the last "
        "one belongs a Layer norm."
    ),
    pitfalls=(
        "Without positions in front it knows no order. Width must be a multiple of the heads. Long "
        "sequences cost with their square."
    ),
)
TRANSFORMER_ENCODER_MASKED = BlockSpec(
    id="transformer_encoder_masked",
    title="Transformer encoder block, masked",
    group="Blocks",
    covers=("LAY-44", "LAY-42"),
    summary="A transformer encoder block that does not look at padding.",
    keywords=("attention", "pre-norm", "text", "padding", "mask"),
    formula="x + attention(norm x, mask), then x + MLP(norm x)",
    notes="The mask comes from Padding mask; repeated, every copy gets the same one.",
    pitfalls=(
        "A sample of padding alone leaves attention nothing to look at. The mask must be as long "
        "as the sequence, class token included."
    ),
)
TRANSFORMER_ENCODER_POSTNORM = BlockSpec(
    id="transformer_encoder_postnorm",
    title="Transformer encoder block, post-norm",
    group="Blocks",
    covers=("LAY-44",),
    summary="The encoder block of the first paper: the norms stand behind the sums.",
    keywords=("attention", "post-norm", "original"),
    formula="norm(x + attention(x)), then norm(x + MLP(x))",
    notes="Deep stacks of it need a warm-up of the learning rate; with norms in front they do not.",
    pitfalls="Without a warm-up a stack of six or more often diverges in the first hundred steps.",
)
TRANSFORMER_DECODER = BlockSpec(
    id="transformer_decoder",
    title="Transformer decoder block",
    group="Blocks",
    covers=("LAY-44",),
    summary="Causal self-attention, attention to an encoder's result, and two Dense layers.",
    keywords=("cross-attention", "translation", "seq2seq", "memory"),
    formula="x + self(norm x), x + cross(norm x, memory), x + MLP(norm x)",
    notes="Memory is what the encoder puts out; repeated, every copy gets the same one.",
    pitfalls=(
        "If its first attention were not causal it would read the answer; it is. In use it must be "
        "run step by step, as the answer is not there yet."
    ),
)
TRANSFORMER_CAUSAL = BlockSpec(
    id="transformer_causal",
    title="Causal transformer block",
    group="Blocks",
    covers=("LAY-44",),
    summary="A transformer block that sees only what came before: language models are made of it.",
    keywords=("gpt", "decoder-only", "language model", "autoregressive"),
    formula="x + attention(norm x) without the future, then x + MLP(norm x)",
    notes="Repeat it behind an embedding with positions; behind the last one belongs a Layer norm.",
    pitfalls=(
        "A target that is not shifted by one step lets it copy, and the loss falls to nothing. It "
        "can be asked for no more steps than it has positions."
    ),
)
