"""Losses of a generator and its judge, and what a penalty on the judge's gradient needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.loss_parts import WEIGHT
from engine.catalog.spec import LayerSpec, LossSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _kind(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (values["kind"],)


def _pair(
    values: Mapping[str, Any], real: TensorSpec, made: TensorSpec | None = None
) -> str | None:
    if made is None or real.shape == made.shape:
        return None
    return f"Real and made samples must have one shape; they are {real} and {made}."


CRITIC_LOSS = LossSpec(
    id="critic_loss",
    title="Judge's loss",
    group="Loss",
    task="",
    covers=("LOS-05",),
    target="engine.modules.losses.CriticLoss",
    summary="Makes a judge tell real samples from made ones: the half of a GAN that decides.",
    keywords=("gan", "adversarial", "discriminator", "critic", "wasserstein", "wgan", "lsgan"),
    formula=(
        "minimax: −log σ(r) − log(1 − σ(f)); least squares: ½(r − 1)² + ½f²; "
        "hinge: max(0, 1 − r) + max(0, 1 + f); Wasserstein: f − r; averaged"
    ),
    notes=(
        "Two places of one judge with shared weights score real samples (r) and made ones (f); put "
        "Detach behind the generator. The judge ends with Dense of one unit, no Sigmoid. "
        "Wasserstein needs a gradient penalty beside it and several steps of the judge for one of "
        "the generator. Minimax and non-saturating differ for the generator only."
    ),
    pitfalls=(
        "A minimax loss near 0 means that the judge has won and the generator learns little; near "
        "2 ln 2 = 1.39 it is guessing. The Wasserstein loss is no error: minus its value is the "
        "distance, and it runs away without a penalty."
    ),
    inputs=(
        Port(name="real", axes="N ...", doc="Raw scores of real samples."),
        Port(name="made", axes="N ...", doc="Raw scores of what the generator made."),
    ),
    forward=("{out} = {self}({real}, {made})",),
    activation="linear",
    applies="sigmoid",
    face=_kind,
    params=(
        WEIGHT,
        Param(
            name="kind",
            default="minimax",
            choices=("minimax", "least squares", "hinge", "wasserstein"),
            doc="What the two sides play for; choose the generator's to match.",
        ),
        Param(
            name="real",
            title="Goal for real",
            default=1.0,
            gt=0,
            le=1,
            advanced=True,
            doc="Minimax, least squares: 0.9 keeps the judge from being too sure.",
        ),
    ),
    examples=(((4, 1), (4, 1)), ((4,), (4,))),
)

GENERATOR_LOSS = LossSpec(
    id="generator_loss",
    title="Generator's loss",
    group="Loss",
    task="",
    covers=("LOS-05",),
    target="engine.modules.losses.GeneratorLoss",
    summary="Makes a generator fool its judge: the half of a GAN that makes samples.",
    keywords=("gan", "adversarial", "discriminator", "wasserstein", "wgan", "lsgan", "minimax"),
    formula=(
        "minimax: log(1 − σ(f)); non-saturating: −log σ(f); least squares: ½(f − 1)²; "
        "Wasserstein and hinge: −f; averaged"
    ),
    notes=(
        "Takes the raw scores (f) of a frozen place of the judge. Non-saturating goes with the "
        "judge's minimax and has the stronger gradient where the judge is sure; minimax is the "
        "original, which stalls there. For the judge's hinge take Wasserstein."
    ),
    pitfalls=(
        "If it rises without end the judge is too strong: fewer steps or a smaller learning rate "
        "for it. All samples alike (mode collapse) shows in the pictures, not in this figure."
    ),
    inputs=(Port(name="made", axes="N ...", doc="Raw scores of what the generator made."),),
    forward=("{out} = {self}({made})",),
    activation="linear",
    applies="sigmoid",
    face=_kind,
    params=(
        WEIGHT,
        Param(
            name="kind",
            default="non-saturating",
            choices=("minimax", "non-saturating", "least squares", "wasserstein"),
            doc="What the generator plays for; the judge's must match.",
        ),
    ),
    examples=(((4, 1),), ((4,),)),
)

GRADIENT_PENALTY = LossSpec(
    id="gradient_penalty",
    title="Gradient penalty",
    group="Loss",
    task="",
    covers=("LOS-05",),
    target="engine.modules.losses.GradientPenalty",
    summary="Keeps the slope of a judge's score near 1, as the Wasserstein distance asks.",
    keywords=("gan", "wgan-gp", "wasserstein", "lipschitz", "r1", "critic", "adversarial"),
    formula="L = λ·mean (‖∂score/∂at‖₂ − k)²",
    notes=(
        "Mix real and made samples with Interpolate, let a place of the judge with shared weights "
        "score the mixture, and wire that score and the mixture here; it stands beside the judge's "
        "Wasserstein loss. λ = 10 and k = 1 are the paper's. With k = 0, and an "
        "Interpolate of real samples with themselves, it is R1's penalty."
    ),
    pitfalls=(
        "Batch normalisation in the judge mixes the samples whose slopes are meant: take layer "
        "normalisation. A step costs about twice as much. At exactly 0 nothing is penalised: no "
        "gradient of the score comes to the mixture."
    ),
    slope=("score", "at"),
    inputs=(
        Port(name="score", axes="N ...", doc="What the judge says of the mixture."),
        Port(name="at", axes="N ...", doc="The mixture, from Interpolate."),
    ),
    forward=("{out} = {self}({score}, {at})",),
    activation="linear",
    face=lambda values: (f"λ = {values['strength']:g}",),
    params=(
        WEIGHT,
        Param(
            name="strength",
            title="Strength (λ)",
            default=10.0,
            gt=0,
            le=1e6,
            doc="How much a wrong slope counts.",
        ),
        Param(
            name="norm",
            title="Slope (k)",
            default=1.0,
            ge=0,
            le=1e6,
            doc="The length the gradient should have: 1 for Wasserstein, 0 for R1.",
        ),
    ),
    examples=(((4, 1), (4, 3)), ((4,), (4, 1, 6, 6))),
)

INTERPOLATE = LayerSpec(
    id="interpolate",
    title="Interpolate",
    group="Merge",
    covers=("LOS-05",),
    target="engine.modules.losses.Interpolate",
    summary="Mixes each real sample with a made one, somewhere on the line between them.",
    keywords=("gan", "wgan-gp", "gradient penalty", "mixture", "random", "adversarial"),
    formula="y = ε·real + (1 − ε)·made, ε ~ U(0, 1) for each sample",
    notes="Where the gradient penalty looks at the judge's slope. No gradient goes back through.",
    pitfalls=(
        "Mixing needs samples of one shape and one range of values: pictures from 0 to 1 with a "
        "generator that ends with Tanh are mixed wrongly, and nobody complains."
    ),
    random=True,
    inputs=(
        Port(name="real", axes="N ...", still=True, doc="Real samples."),
        Port(name="made", axes="N ...", still=True, doc="What the generator made."),
    ),
    forward=("{out} = {self}({real}, {made})",),
    check=_pair,
    activation="linear",
    examples=(((4, 3), (4, 3)), ((2, 1, 4, 4), (2, 1, 4, 4))),
)
