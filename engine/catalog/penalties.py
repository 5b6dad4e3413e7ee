"""Losses without right answers: penalties, and the match of one network with another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.loss_parts import WEIGHT
from engine.catalog.spec import BATCH, LossSpec, Param, Port, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping


def _normal(
    values: Mapping[str, Any], mean: TensorSpec, log_variance: TensorSpec | None = None
) -> str | None:
    if log_variance is None or mean.shape == log_variance.shape:
        return None
    return f"Mean and log variance must have one shape; they are {mean} and {log_variance}."


def _scores(
    values: Mapping[str, Any], student: TensorSpec, teacher: TensorSpec | None = None
) -> str | None:
    if teacher is None or student.shape == teacher.shape:
        return None
    return (
        f"Student and teacher must score the same classes; they put out {student} and {teacher}. "
        "Change the size of the student's last layer."
    )


def _units(values: Mapping[str, Any], received: TensorSpec) -> str | None:
    if received.shape == (BATCH,):
        return f"It needs an axis of units; it receives one number per sample ({received})."
    return None


_IN = (Port(name="in", axes="N ...", doc="What is to be made small."),)

KL_NORMAL = LossSpec(
    id="kl_normal",
    title="KL to the standard normal",
    group="Loss",
    task="",
    covers=("LOS-06", "LAY-49"),
    summary="Keeps the codes of a variational autoencoder close to a standard normal.",
    keywords=("vae", "variational", "latent", "divergence", "elbo", "beta", "kullback leibler"),
    formula="L = −½ Σ (1 + log σ² − μ² − σ²), averaged over the batch",
    notes=(
        "Summed over the code, as the ELBO has it: sum the reconstruction too, or weigh this one "
        "down by the number of pixels when that is a mean. A weight above 1 makes a β-VAE, which "
        "parts the factors better and reconstructs worse."
    ),
    pitfalls=(
        "Too heavy, and the code is ignored (posterior collapse): the KL falls to 0 and "
        "reconstructions are all alike. Let its weight rise over the first epochs."
    ),
    inputs=(
        Port(name="mean", axes="N ...", doc="μ of each number of the code."),
        Port(name="log_variance", axes="N ...", doc="log σ² of each number of the code."),
    ),
    forward=(
        "{out} = 1 + {log_variance} - {mean}.square() - {log_variance}.exp()",
        "{out} = -0.5 * {out}.sum() / len({out})",
    ),
    check=_normal,
    activation="linear",
    params=(WEIGHT,),
    examples=(((4, 3), (4, 3)), ((4, 2, 3), (4, 2, 3))),
)

ACTIVITY_PENALTY = LossSpec(
    id="activity_penalty",
    title="Activity penalty (L1)",
    group="Loss",
    task="",
    covers=("LOS-06",),
    summary="The mean size of what comes in; makes most of it zero.",
    keywords=("sparse", "autoencoder", "regularisation", "activation"),
    formula="L = mean |x|",
    notes=(
        "Wire the code of a sparse autoencoder to it and give it a small weight. The network can "
        "cheat by small codes and large weights behind; weight decay prevents that."
    ),
    pitfalls=(
        "Too heavy, and all activities are 0: reconstructions no longer depend on the input. Too "
        "light, and nothing is sparse."
    ),
    inputs=_IN,
    forward=("{out} = {in}.abs().mean()",),
    params=(WEIGHT,),
    examples=(((4, 3),), ((2, 3, 4, 4),)),
)

SPARSITY_KL = LossSpec(
    id="sparsity_kl",
    title="Sparsity (KL)",
    group="Loss",
    task="",
    covers=("LOS-06",),
    summary="Keeps each unit's mean activity over the batch near a small target.",
    keywords=("sparse", "autoencoder", "regularisation", "activation", "divergence"),
    formula="L = Σ ρ·log(ρ/ρ̂) + (1 − ρ)·log((1 − ρ)/(1 − ρ̂)), ρ̂ = mean activity of a unit",
    notes=(
        "For units between 0 and 1: put a Sigmoid in front. Summed over the units. The mean is "
        "taken over the batch, so a batch should have at least 1/ρ samples."
    ),
    pitfalls=(
        "Inputs outside 0 to 1 are cut off there and get no gradient: a Sigmoid belongs in front. "
        "With small batches the mean is too rough to follow."
    ),
    inputs=(Port(name="in", axes="N ...", doc="Activities from 0 to 1."),),
    forward=(
        "{out} = {in}.flatten(1).mean(dim=0).clamp(1e-6, 1 - 1e-6)",
        (
            "{out} = {p.rho} * ({p.rho} / {out}).log() "
            "+ (1 - {p.rho}) * ((1 - {p.rho}) / (1 - {out})).log()"
        ),
        "{out} = {out}.sum()",
    ),
    check=_units,
    params=(
        WEIGHT,
        Param(
            name="rho",
            title="Target activity (ρ)",
            default=0.05,
            gt=0,
            lt=1,
            argument=False,
            doc="How active each unit should be on average.",
        ),
    ),
    example_range=(0, 1),
    examples=(((4, 3),), ((2, 3, 4, 4),)),
)

MEAN_VALUE = LossSpec(
    id="mean_value",
    title="Mean value",
    group="Loss",
    task="",
    covers=("LOS-08",),
    summary="The mean of what comes in; training makes it small.",
    keywords=("minimise", "objective", "wasserstein", "critic", "custom"),
    formula="L = mean x",
    notes="For a loss of your own, worked out by layers. To make something large, scale it by −1.",
    pitfalls=(
        "Has no lower end: made small without anything against it, it runs to minus infinity. Let "
        "it stand beside another loss, or clip the weights."
    ),
    inputs=_IN,
    forward=("{out} = {in}.mean()",),
    params=(WEIGHT,),
    examples=(((4, 3),), ((4,),)),
)

DISTILLATION = LossSpec(
    id="distillation",
    title="Distillation",
    group="Loss",
    task="",
    covers=("LOS-07",),
    summary="How far a student's scores are from a teacher's, both softened by a temperature.",
    keywords=("knowledge", "student", "teacher", "soft targets", "kl divergence", "compress"),
    formula="L = T² · KL(softmax(t/T) ‖ softmax(s/T)), averaged over the batch",
    notes=(
        "Both sides are raw scores, N × C. The teacher learns nothing from it; freeze its node as "
        "well. Stands beside an ordinary loss; the weights of the two are the mix. T² keeps the "
        "size of the gradient as T changes."
    ),
    pitfalls=(
        "A teacher that still trains, or is in training mode with dropout, is a moving target. At "
        "T = 1 it tells little more than the labels do. A weak teacher caps the student."
    ),
    inputs=(
        Port(name="student", axes="N C", doc="Scores of the network that learns."),
        Port(name="teacher", axes="N C", still=True, doc="Scores of the network that is imitated."),
    ),
    forward=(
        "{out} = ({student} / {p.temperature}).log_softmax(1)",
        (
            "{out} = nn.functional.kl_div({out}, "
            "({teacher}.detach() / {p.temperature}).log_softmax(1), "
            'reduction="batchmean", log_target=True)'
        ),
        "{out} = {p.temperature} ** 2 * {out}",
    ),
    check=_scores,
    activation="linear",
    params=(
        WEIGHT,
        Param(
            name="temperature",
            title="Temperature (T)",
            default=4.0,
            gt=0,
            le=1000,
            argument=False,
            doc="Higher tells more of how the teacher ranks the wrong classes.",
        ),
    ),
    examples=(((4, 3), (4, 3)),),
)
