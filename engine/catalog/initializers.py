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
    notes=(
        "None, tanh, sigmoid, softmax: Glorot uniform. ReLU, its kin, ELU, GELU, SiLU: He normal. "
        "SELU: LeCun normal. ≠ PyTorch alone has one uniform rule for all: choose “PyTorch”."
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
)

PYTORCH = InitializerSpec(
    id="pytorch",
    title="PyTorch",
    group="Initializer",
    summary="Leaves weights and biases as PyTorch makes them.",
    keywords=("default", "none"),
    formula="±1/√fan_in for Dense and convolutions, biases too",
    notes="Take it to compare with plain PyTorch code.",
)
