"""Numbers that come from nowhere: noise and constants, and noise added to what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.checks import times
from engine.catalog.spec import LayerSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _alike(
    values: Mapping[str, Any], mean: TensorSpec, log_variance: TensorSpec | None = None
) -> str | None:
    if log_variance is None or mean.shape == log_variance.shape:
        return None
    return f"Mean and log variance must have one shape; they are {mean} and {log_variance}."


def _sizes(values: Mapping[str, Any]) -> str | None:
    shape: tuple[int, ...] = values["shape"]
    if all(n >= 1 for n in shape):
        return None
    return f"Its shape {times(shape)} must be made of whole numbers of at least 1."


def _shape(default: tuple[int, ...], *, argument: bool) -> Param:
    return Param(
        name="shape",
        default=default,
        kind="ints",
        ge=1,
        le=1_000_000,
        argument=argument,
        doc="Shape of one sample, without the batch.",
    )


_OUT = (Port(name="out", axes="N ..."),)

NOISE = LayerSpec(
    id="noise",
    title="Noise",
    group="Source",
    covers=("LAY-01", "DAT-09"),
    target="engine.modules.random.Noise",
    summary="Draws fresh random numbers for every sample, in training and evaluation.",
    keywords=("random", "latent", "generator", "gan", "normal", "uniform", "gaussian"),
    formula="z ~ N(0, s²), or uniform in ±s",
    notes=(
        "What a generator starts from. As many samples as the batch has. The same seed draws the "
        "same numbers."
    ),
    pitfalls=(
        "Evaluation draws too, so figures differ from run to run unless the seed is the same. A "
        "noise vector that is much smaller than the data's variety limits what a generator can "
        "make."
    ),
    inputs=(),
    outputs=_OUT,
    forward=("{out} = {self}({like})",),
    check=_sizes,
    random=True,
    params=(
        _shape((64,), argument=True),
        Param(
            name="distribution",
            default="normal",
            choices=("normal", "uniform"),
            doc="“normal” has mean 0; “uniform” is the same everywhere between −s and s.",
        ),
        Param(
            name="scale",
            title="Scale (s)",
            default=1.0,
            gt=0,
            le=1e6,
            doc="The deviation of normal noise, the reach of uniform noise.",
        ),
    ),
    examples=((),),
)

CONSTANT = LayerSpec(
    id="constant",
    title="Constant",
    group="Source",
    covers=("LAY-01",),
    summary="One number in the shape of what comes in: a target of all ones, for instance.",
    keywords=("fill", "ones", "zeros", "label", "gan", "value", "real", "fake"),
    formula="y = c",
    notes=(
        "Of the input it takes the shape only; no gradient passes. As the target of a loss it says "
        "“real” (1) or “fake” (0) to a discriminator."
    ),
    pitfalls=(
        "As the target of a loss at exactly 1 it lets a discriminator become overconfident; 0.9 is "
        "gentler."
    ),
    inputs=(Port(name="in", still=True),),
    outputs=_OUT,
    forward=("{out} = torch.full_like({in}, {p.value})",),
    params=(
        Param(
            name="value",
            default=1.0,
            argument=False,
            doc="The number.",
        ),
    ),
    examples=(((2, 3),), ((2, 3, 4, 4),)),
)

CONSTANT_SOURCE = LayerSpec(
    id="constant_source",
    title="Constant source",
    group="Source",
    covers=("LAY-01",),
    summary="One number in a shape of your choice, for every sample.",
    keywords=("fill", "ones", "zeros", "value", "bias"),
    formula="y = c",
    notes="Needs no wire. Where it should have the shape of something else, take Constant.",
    pitfalls=(
        "It is the same for every sample: a network fed by nothing else gives one answer to all."
    ),
    inputs=(),
    outputs=_OUT,
    forward=("{out} = torch.full(({like}.shape[0], *{p.shape}), {p.value}, device={like}.device)",),
    check=_sizes,
    params=(
        _shape((1,), argument=False),
        Param(
            name="value",
            default=1.0,
            argument=False,
            doc="The number.",
        ),
    ),
    examples=((),),
)

ADD_NOISE = LayerSpec(
    id="add_noise",
    title="Add noise",
    group="Source",
    covers=("LAY-61",),
    target="engine.modules.random.AddNoise",
    summary="Adds fresh normal noise to every number.",
    keywords=("gaussian", "denoising", "autoencoder", "regularisation", "random", "augment"),
    formula="y = x + s · ε, ε ~ N(0, 1)",
    notes=(
        "In training only it makes a network calm about small changes. For a denoising "
        "autoencoder let it be noisy always, so that the figures are of noisy inputs too."
    ),
    pitfalls=(
        "In the units of what comes in: 0.1 is much for pixels from 0 to 1 and nothing for pixels "
        "up to 255. Set to “always”, evaluation figures are of noisy inputs."
    ),
    random=True,
    params=(
        Param(
            name="std",
            title="Deviation (s)",
            default=0.1,
            ge=0,
            le=1e6,
            doc="How strong the noise is, in the units of what comes in.",
        ),
        Param(
            name="when",
            default="training",
            choices=("training", "always"),
            doc="“training”: in evaluation it passes its input on. “always”: noisy there too.",
        ),
    ),
    examples=(((2, 3),), ((2, 3, 4, 4),)),
)

SAMPLE_NORMAL = LayerSpec(
    id="sample_normal",
    title="Sample normal",
    group="Source",
    covers=("LAY-49",),
    target="engine.modules.random.SampleNormal",
    summary="Draws a code from a mean and a variance that the network puts out.",
    keywords=(
        "vae",
        "variational",
        "reparameterisation",
        "latent",
        "gaussian",
        "random",
        "reparameterize",
    ),
    formula="z = μ + e^(½ log σ²) · ε, ε ~ N(0, 1)",
    notes=(
        "The middle of a variational autoencoder; gradients reach both inputs. Wire the same two "
        "to the loss KL to the standard normal. In evaluation it gives the mean."
    ),
    pitfalls=(
        "With too strong a KL loss the network ignores the code: the KL falls to 0, and every "
        "reconstruction is the mean of the data. A large log σ² overflows; start its layer near "
        "zero."
    ),
    inputs=(
        Port(name="mean", axes="N ...", doc="μ of each number of the code."),
        Port(name="log_variance", axes="N ...", doc="log σ² of each number of the code."),
    ),
    outputs=_OUT,
    check=_alike,
    activation="linear",
    examples=(((2, 3), (2, 3)),),
)
