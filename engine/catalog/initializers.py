"""Initializers: what weights start from. Biases start at zero, except with PyTorch's own."""

from __future__ import annotations

from engine.catalog.spec import InitializerSpec, Param

_GAIN = Param(
    name="gain",
    default=1.0,
    gt=0,
    advanced=True,
    doc="Multiplies the deviation; 5/3 is often taken for tanh.",
)
_HE = (
    Param(
        name="mode",
        title="Fan",
        default="fan_in",
        choices=("fan_in", "fan_out"),
        advanced=True,
        doc="Keeps the variance of values going forward (in) or of gradients going back (out).",
    ),
    Param(
        name="a",
        title="Negative slope",
        default=0.0,
        ge=0,
        le=1,
        advanced=True,
        doc="Slope of the leaky ReLU that follows; 0 for ReLU.",
    ),
)

AUTO = InitializerSpec(
    id="auto",
    title="Automatic",
    group="Initializer",
    covers=("INI-01", "INI-02", "INI-03"),
    summary="Chooses by the activation that follows each layer.",
    keywords=("default", "activation"),
    formula="σ² = 1/fan_avg (Glorot), 2/fan_in (He), 1/fan_in (LeCun)",
    notes=(
        "None, tanh, sigmoid, softmax: Glorot uniform. ReLU, its kin, ELU, GELU, SiLU: He normal. "
        "SELU: LeCun normal. ≠ PyTorch alone has one uniform rule for all: choose “PyTorch”."
    ),
    pitfalls=(
        "It sees the activation directly behind a layer. Where a norm or a merge stands between, "
        "it looks through it if it can, else it takes Glorot: set the layer's own if you know "
        "better."
    ),
)

GLOROT_NORMAL = InitializerSpec(
    id="glorot_normal",
    title="Glorot normal",
    group="Initializer",
    covers=("INI-01",),
    target="torch.nn.init.xavier_normal_",
    summary="Normal numbers that keep the variance both forward and backward.",
    keywords=("xavier", "tanh", "sigmoid", "softmax"),
    formula="σ² = 1 / fan_avg, fan_avg = (fan_in + fan_out) / 2",
    notes="For layers before tanh, sigmoid, softmax or nothing. Also called Xavier.",
    pitfalls=(
        "In front of ReLU half of the variance is lost at each layer: activations fade with depth, "
        "and so do gradients."
    ),
    params=(_GAIN,),
)

GLOROT_UNIFORM = InitializerSpec(
    id="glorot_uniform",
    title="Glorot uniform",
    group="Initializer",
    covers=("INI-01",),
    target="torch.nn.init.xavier_uniform_",
    summary="Uniform numbers that keep the variance both forward and backward.",
    keywords=("xavier", "tanh", "sigmoid", "softmax"),
    formula="±r, r = √(3 / fan_avg)",
    notes="The same variance as Glorot normal, but with a limit.",
    pitfalls=(
        "In front of ReLU half of the variance is lost at each layer: activations fade with depth, "
        "and so do gradients."
    ),
    params=(_GAIN,),
)

HE_NORMAL = InitializerSpec(
    id="he_normal",
    title="He normal",
    group="Initializer",
    covers=("INI-02",),
    target="torch.nn.init.kaiming_normal_",
    summary="Normal numbers with twice the variance, as ReLU throws half of it away.",
    keywords=("kaiming", "relu", "elu", "gelu"),
    formula="σ² = 2 / fan_in",
    notes="For layers before ReLU, its leaky kin, ELU, GELU and SiLU. Also called Kaiming.",
    pitfalls=(
        "In front of tanh or sigmoid it is twice too much: deep units start near saturation. "
        "Before SELU it breaks the self-normalisation."
    ),
    params=_HE,
)

HE_UNIFORM = InitializerSpec(
    id="he_uniform",
    title="He uniform",
    group="Initializer",
    covers=("INI-02",),
    target="torch.nn.init.kaiming_uniform_",
    summary="Uniform numbers with twice the variance, as ReLU throws half of it away.",
    keywords=("kaiming", "relu", "elu", "gelu"),
    formula="±r, r = √(6 / fan_in)",
    notes="The same variance as He normal, but with a limit.",
    pitfalls=(
        "In front of tanh or sigmoid it is twice too much: deep units start near saturation. "
        "Before SELU it breaks the self-normalisation."
    ),
    params=_HE,
)

LECUN_NORMAL = InitializerSpec(
    id="lecun_normal",
    title="LeCun normal",
    group="Initializer",
    covers=("INI-03",),
    target="engine.modules.initializers.lecun_normal_",
    summary="Normal numbers that keep the variance forward; what SELU needs.",
    keywords=("selu", "self-normalizing"),
    formula="σ² = 1 / fan_in",
    notes="For layers before SELU. PyTorch has none of this name.",
    pitfalls=(
        "In front of ReLU the variance halves at each layer. For SELU it needs standardised inputs "
        "to do its work."
    ),
)

LECUN_UNIFORM = InitializerSpec(
    id="lecun_uniform",
    title="LeCun uniform",
    group="Initializer",
    covers=("INI-03",),
    target="engine.modules.initializers.lecun_uniform_",
    summary="Uniform numbers that keep the variance forward.",
    keywords=("selu",),
    formula="±r, r = √(3 / fan_in)",
    notes="The same variance as LeCun normal, but with a limit.",
    pitfalls=(
        "In front of ReLU the variance halves at each layer. The proof for SELU is about normal "
        "numbers of this variance."
    ),
)

ORTHOGONAL = InitializerSpec(
    id="orthogonal",
    title="Orthogonal",
    group="Initializer",
    covers=("INI-04",),
    target="torch.nn.init.orthogonal_",
    summary="Rows at right angles, so that lengths are kept.",
    keywords=("rotation", "recurrent"),
    formula="W Wᵀ = gain² · I",
    notes="Good for very deep chains and for recurrent weights.",
    pitfalls=(
        "Lengths are kept by the weights alone: a ReLU behind still takes half of their square, so "
        "raise the gain to √2. A kernel counts as one matrix of filters × the rest."
    ),
    params=(_GAIN,),
)

IDENTITY = InitializerSpec(
    id="identity",
    title="Identity",
    group="Initializer",
    covers=("INI-04",),
    target="engine.modules.initializers.identity_",
    summary="Passes everything on unchanged: a new layer of equal size alters nothing at first.",
    keywords=("dirac", "eye", "insert", "unchanged", "residual"),
    formula="W = I; a kernel is 1 at its middle and 0 around it",
    notes=(
        "For a Dense layer or a convolution put into a trained network: as wide as what comes in, "
        "stride 1, “same” padding. Where the sizes differ, what both have is passed on."
    ),
    pitfalls=(
        "All rows of a wider layer beyond the input's size are zero. Deep stacks of it start as "
        "one linear map and learn to differ slowly."
    ),
)

ZEROS = InitializerSpec(
    id="zeros",
    title="Zeros",
    group="Initializer",
    covers=("INI-04",),
    target="torch.nn.init.zeros_",
    summary="All zero: shows why that does not work.",
    keywords=("symmetry", "constant"),
    formula="W = 0",
    notes="Units that start equal get equal gradients and stay equal; nothing is learned.",
    pitfalls=(
        "All units of a layer stay the same for ever: their weights and gradients are equal, and "
        "the loss sticks at the guess of the mean."
    ),
)

ONES = InitializerSpec(
    id="ones",
    title="Ones",
    group="Initializer",
    covers=("INI-04",),
    target="torch.nn.init.ones_",
    summary="All one: for scales, and to show what equal weights do.",
    keywords=("symmetry", "constant"),
    formula="W = 1",
    notes="Every unit adds up all that comes in, and all units are the same.",
    pitfalls=(
        "As with zeros all units stay the same; besides, the sum grows with fan_in at each layer, "
        "so that a few layers end in infinity."
    ),
)

CONSTANT = InitializerSpec(
    id="constant",
    title="Constant",
    group="Initializer",
    covers=("INI-04",),
    target="torch.nn.init.constant_",
    summary="The same number everywhere.",
    keywords=("symmetry", "fixed"),
    formula="W = c",
    notes="For a layer with a single unit, or one whose weights are known.",
    pitfalls="All units of a layer stay the same for ever, whatever the number.",
    params=(Param(name="val", title="Value (c)", default=0.1, doc="What each weight starts at."),),
)

NORMAL = InitializerSpec(
    id="normal",
    title="Normal",
    group="Initializer",
    covers=("INI-04",),
    target="torch.nn.init.normal_",
    summary="Normal numbers of one deviation, whatever the size of the layer.",
    keywords=("gaussian", "random"),
    formula="W ~ N(μ, σ²)",
    notes="The way it was done before Glorot: 0.02 is still usual in transformers.",
    pitfalls=(
        "What comes out grows with √fan_in · σ: with a deviation of 1 sigmoid units of a wide "
        "layer start saturated and hardly learn. Look at the deviations layer by layer."
    ),
    params=(
        Param(name="mean", title="Mean (μ)", default=0.0, advanced=True, doc="The middle."),
        Param(name="std", title="Deviation (σ)", default=0.05, gt=0, doc="The spread."),
    ),
)

UNIFORM = InitializerSpec(
    id="uniform",
    title="Uniform",
    group="Initializer",
    covers=("INI-04",),
    target="torch.nn.init.uniform_",
    summary="Numbers spread evenly between two bounds, whatever the size of the layer.",
    keywords=("random", "flat"),
    formula="W ~ U(a, b), σ² = (b − a)² / 12",
    notes="For a variance of σ² around zero take ±√3·σ.",
    pitfalls=(
        "Bounds that are not around zero push all units the same way. What comes out grows with "
        "the root of fan_in."
    ),
    params=(
        Param(name="a", title="From (a)", default=-0.05, le=0, doc="The lower bound."),
        Param(name="b", title="To (b)", default=0.05, ge=0, doc="The upper bound."),
    ),
)

TRUNCATED_NORMAL = InitializerSpec(
    id="truncated_normal",
    title="Truncated normal",
    group="Initializer",
    covers=("INI-04",),
    target="engine.modules.initializers.truncated_normal_",
    summary="Normal numbers without the far ones.",
    keywords=("gaussian", "random", "cut off"),
    formula="W ~ N(0, σ²) with |W| ≤ cσ; at c = 2 the variance is 0.774·σ²",
    notes=(
        "No unit starts with a wild weight. The variance left is "
        "σ²(1 − 2cφ(c) / (2Φ(c) − 1)): for a variance of v at c = 2 take σ = √v / 0.88."
    ),
    pitfalls="The deviation you state is that before cutting; what you get is 12 % less at c = 2.",
    params=(
        Param(name="std", title="Deviation (σ)", default=0.05, gt=0, doc="Before cutting."),
        Param(
            name="bound",
            title="Cut at (c)",
            default=2.0,
            ge=0.1,
            le=10,
            doc="So many deviations from zero.",
        ),
    ),
)

SPARSE = InitializerSpec(
    id="sparse",
    title="Sparse",
    group="Initializer",
    covers=("INI-04",),
    target="engine.modules.initializers.sparse_",
    summary="Each unit starts with a few connections; the others are zero.",
    keywords=("martens", "few", "zero"),
    formula="each row: a share of zeros, the rest ~ N(0, σ²); variance (1 − share)·σ²",
    notes=(
        "Units differ more from each other than with dense weights. Zeros are no gaps: they learn "
        "like the others. ≠ PyTorch's own makes a share of each column zero, for matrices only."
    ),
    pitfalls=(
        "In a narrow layer a unit may be left with one input; at least one is kept. The deviation "
        "does not follow fan_in: mind the deviations layer by layer."
    ),
    params=(
        Param(
            name="sparsity",
            title="Zeros",
            default=0.9,
            ge=0,
            lt=1,
            doc="The share of a unit's weights that is zero.",
        ),
        Param(name="std", title="Deviation (σ)", default=0.1, gt=0, doc="Of the others."),
    ),
)

UNIT_VARIANCE = InitializerSpec(
    id="lsuv",
    title="Unit variance, layer by layer",
    group="Initializer",
    covers=("INI-06",),
    target="torch.nn.init.orthogonal_",
    summary="Orthogonal, then scaled on the first batch until each layer puts out variance 1.",
    keywords=("lsuv", "layer-sequential", "data-dependent", "variance"),
    formula="W orthogonal; from the first layer on: W = W / √Var(output) until |Var − 1| < 0.01",
    notes=(
        "Looks at data: the first batch runs through the network as it is when evaluated, once or "
        "twice a layer. Right for any activation, where no formula for the variance is known."
    ),
    pitfalls=(
        "Data that is not standardised makes the first layer's weights odd. A layer whose output "
        "does not vary on the first batch is left as it was. Gradients are not looked at."
    ),
)

PYTORCH = InitializerSpec(
    id="pytorch",
    title="PyTorch",
    group="Initializer",
    summary="Leaves weights and biases as PyTorch makes them.",
    keywords=("default", "none"),
    formula="±1/√fan_in for Dense and convolutions, biases too",
    notes="Take it to compare with plain PyTorch code.",
    pitfalls=(
        "Its deviation for Dense is 1/√(3·fan_in), which is less than any activation wants: deep "
        "plain ReLU networks start with fading signals."
    ),
)
