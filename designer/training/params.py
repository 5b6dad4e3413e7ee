"""The settings that the tab Training shows, as `Param`s: those of techniques, and the model's."""

from __future__ import annotations

from designer.modelparams import params_of
from engine.catalog import techniques
from engine.catalog import techniques_more as more
from engine.catalog.spec import Param
from engine.project import Training

RUN = (
    *params_of(
        Training, {"epochs": ("Epochs", "How often the whole training part is passed through.")}
    ),
    *techniques.BATCHES.params,
    *params_of(
        Training,
        {
            "seed": ("Seed", "The same seed gives the same run on the same machine."),
            "device": ("Device", "What computes; auto takes an accelerator where there is one."),
            "precision": ("Precision", "Mixed is faster where the device supports it."),
            "threads": ("CPU threads", "None leaves the window one core."),
        },
        advanced=("threads",),
    ),
)
ABOUT = (
    Param(name="name", default="train", doc="What the phase is called; its figures bear the name."),
    Param(
        name="network",
        default="main",
        kind="network",
        doc="Which network it trains; one that holds a loss.",
    ),
    Param(
        name="split",
        title="Reads",
        default="train",
        choices=("train", "validation", "test"),
        doc="Which part of the data its batches come from.",
    ),
    Param(
        name="steps",
        title="Steps per turn",
        default=1,
        ge=1,
        doc="How many steps it takes before the next phase has its turn.",
    ),
    Param(
        name="weight",
        default=1.0,
        doc="Its loss is multiplied by this; below zero it is made large instead of small.",
    ),
)
WARMUP = techniques.WARM_UP.params
GRADIENT = (
    *techniques.CLIP_NORM.params,
    *techniques.CLIP_VALUE.params,
    *techniques.PENALTY.params,
    *techniques.MAX_NORM.params,
    *more.AVERAGING.params,
    *techniques.CLIP_EACH.params,
    *techniques.CLIP_ADAPTIVE.params,
    *techniques.DECAY.params,
)
STOPPING = more.EARLY_STOPPING.params
TOLERANCE = more.TOLERANCE.params
CHECKPOINTS = more.CHECKPOINTS.params
LAYER = (*more.LAYER_RATE.params, *more.LAYER_PENALTY.params)
BIAS = more.BIAS_START.params
WATCHING = params_of(
    Training,
    {
        "watch": ("Watch", "Records norms and activations while training."),
        "watch_share": ("At most", "Share of the training time that watching may cost."),
        "isolation": ("Run in", "A thread, a process of its own, or what suits the network."),
    },
)
