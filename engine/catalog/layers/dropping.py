"""Dropout of whole channels, for SELU, of inputs, and masking noise."""

from __future__ import annotations

from engine.catalog import faces
from engine.catalog.spec import LayerSpec, Param, Port

_FORMULA = "training: y = x · mask / (1 − p); evaluation: y = x"
_SPATIAL_NOTES = (
    "Neighbours inside a map say nearly the same, so dropping single numbers takes little away; "
    "this drops maps as a whole. Survivors are scaled by 1 / (1 − p), so nothing is scaled in "
    "evaluation. "
)
_SPATIAL_PITFALLS = (
    "With few channels, losing one is a lot: training becomes jumpy; take a smaller rate. "
)


def _rate(default: float, doc: str) -> Param:
    return Param(name="p", title="Rate (p)", default=default, ge=0, lt=1, doc=doc)


_CHANNELS = "The share of channels set to zero."

SPATIAL_DROPOUT1D = LayerSpec(
    id="spatial_dropout1d",
    title="Spatial dropout 1D",
    group="Normalization",
    covers=("LAY-60",),
    target="torch.nn.Dropout1d",
    summary="Sets whole channels of a sequence to zero while training.",
    keywords=("dropout1d", "channel", "feature map", "regularisation", "overfitting", "sequence"),
    formula=_FORMULA,
    notes=_SPATIAL_NOTES + "Behind Conv 1D; over an Embedding it drops features, not words.",
    pitfalls=_SPATIAL_PITFALLS
    + "It reads N × C × L: on a sequence N × L × C it drops steps, which is another thing.",
    inputs=(Port(name="in", axes="N C L"),),
    outputs=(Port(name="out", axes="N C L"),),
    face=faces.dropped,
    params=(_rate(0.2, _CHANNELS),),
    examples=(((4, 20, 3),),),
)

SPATIAL_DROPOUT2D = LayerSpec(
    id="spatial_dropout2d",
    title="Spatial dropout 2D",
    group="Normalization",
    covers=("LAY-60",),
    target="torch.nn.Dropout2d",
    summary="Sets whole feature maps of an image to zero while training.",
    keywords=("dropout2d", "channel", "feature map", "regularisation", "overfitting", "cnn"),
    formula=_FORMULA,
    notes=_SPATIAL_NOTES + "Between convolutions; Dropout suits the Dense layers at the top.",
    pitfalls=_SPATIAL_PITFALLS + "With batch norm behind it, the figures of evaluation shift.",
    inputs=(Port(name="in", axes="N C H W"),),
    outputs=(Port(name="out", axes="N C H W"),),
    face=faces.dropped,
    params=(_rate(0.2, _CHANNELS),),
    examples=(((4, 20, 3, 3),),),
)

SPATIAL_DROPOUT3D = LayerSpec(
    id="spatial_dropout3d",
    title="Spatial dropout 3D",
    group="Normalization",
    covers=("LAY-60",),
    target="torch.nn.Dropout3d",
    summary="Sets whole channels of a volume to zero while training.",
    keywords=("dropout3d", "channel", "feature map", "regularisation", "overfitting", "volume"),
    formula=_FORMULA,
    notes=_SPATIAL_NOTES + "Between 3D convolutions, where data are few and weights many.",
    pitfalls=_SPATIAL_PITFALLS,
    inputs=(Port(name="in", axes="N C D H W"),),
    outputs=(Port(name="out", axes="N C D H W"),),
    face=faces.dropped,
    params=(_rate(0.2, _CHANNELS),),
    examples=(((4, 20, 2, 2, 2),),),
)

ALPHA_DROPOUT = LayerSpec(
    id="alpha_dropout",
    title="Alpha dropout",
    group="Normalization",
    covers=("LAY-60",),
    target="torch.nn.AlphaDropout",
    summary="Dropout for SELU: keeps mean 0 and deviation 1.",
    keywords=("selu", "self-normalizing", "regularisation", "overfitting", "random"),
    formula="y = a · (x · mask + α′ · (1 − mask)) + b, α′ = −λα ≈ −1.7581",
    notes=(
        "Sets numbers to the lowest value of SELU in place of zero, then scales and shifts so that "
        "mean and variance stay as they were. It belongs to a self-normalising network; rates of "
        "0.05 to 0.1 are enough."
    ),
    pitfalls=(
        "Behind any other activation it shifts what it should keep. Plain Dropout behind SELU "
        "breaks the self-normalising instead: deviations drift from layer to layer."
    ),
    face=faces.dropped,
    params=(_rate(0.1, "The share of numbers set to the lowest value of SELU."),),
    examples=(((4, 50),), ((2, 3, 4, 4),)),
)

INPUT_DROPOUT = LayerSpec(
    id="input_dropout",
    title="Input dropout",
    group="Normalization",
    covers=("LAY-62",),
    target="torch.nn.Dropout",
    summary="Drops some of the inputs while training, so that no feature is relied on alone.",
    keywords=("feature", "missing", "regularisation", "overfitting", "random", "drop"),
    formula=_FORMULA,
    notes=(
        "The same as Dropout with a rate for inputs: 0.1 to 0.2, as inputs cannot stand in for "
        "each other the way hidden units do. At each step every input may be left out, never an "
        "output. Put it right behind the Input; it also prepares for missing values."
    ),
    pitfalls=(
        "Zero must mean “nothing”: standardise the inputs, else a dropped one reads as an extreme "
        "value. Above 0.5 little is left to learn from and the training loss stays high."
    ),
    face=faces.dropped,
    params=(_rate(0.2, "The share of inputs set to zero."),),
    examples=(((4, 50),), ((2, 3, 4, 4),)),
)

MASKING_NOISE = LayerSpec(
    id="masking_noise",
    title="Masking noise",
    group="Source",
    covers=("LAY-61",),
    target="engine.modules.noise.MaskingNoise",
    summary="Blanks random numbers, which a denoising autoencoder learns to fill in.",
    keywords=("denoising", "autoencoder", "blank", "salt", "corrupt", "random", "inpainting"),
    formula="y = value where chance < p, else x",
    notes=(
        "Unlike Dropout nothing is scaled: what is left looks as it always does, and the network "
        "must find out what is missing. Compare its output with the clean input."
    ),
    pitfalls=(
        "In training only, the figures of validation are of clean inputs and look too good; let it "
        "act always to judge the denoising."
    ),
    random=True,
    face=lambda v: (f"blanks {v['p'] * 100:g} %", "always" if v["when"] == "always" else ""),
    params=(
        _rate(0.3, "The share of numbers that are blanked."),
        Param(
            name="value",
            default=0.0,
            ge=-1e6,
            le=1e6,
            doc="What stands in place of a blanked number.",
        ),
        Param(
            name="when",
            default="training",
            choices=("training", "always"),
            doc="“training”: in evaluation it passes its input on. “always”: noisy there too.",
        ),
    ),
    examples=(((2, 30),), ((2, 3, 4, 4),)),
)
