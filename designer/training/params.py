"""The settings that the tab Training shows, as `Param`s."""

from __future__ import annotations

from designer.modelparams import params_of
from engine.catalog.spec import Param
from engine.project import EarlyStopping, Phase, Training

RUN = params_of(
    Training,
    {
        "epochs": ("Epochs", "How often the whole training part is passed through."),
        "batch": ("Batches", "Mini-batches, one sample at a time, or the whole training part."),
        "batch_size": ("Batch size", "Samples in one step."),
        "seed": ("Seed", "The same seed gives the same run on the same machine."),
        "device": ("Device", "What computes; auto takes an accelerator where there is one."),
        "precision": ("Precision", "Mixed is faster where the device supports it."),
        "threads": ("CPU threads", "None leaves the window one core."),
    },
    advanced=("threads",),
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
GRADIENT = params_of(
    Phase,
    {
        "clip_norm": ("Clip norm", "Shrinks all gradients together to this norm; empty is off."),
        "clip_value": ("Clip value", "Cuts each gradient off at this value; empty is off."),
        "l1": ("L1", "Adds this times the sum of absolute weights to the loss."),
        "l2": ("L2", "Adds this times the sum of squared weights to the loss."),
    },
)
STOPPING = params_of(
    EarlyStopping,
    {
        "enabled": ("Stop early", "Ends the run when validation no longer improves."),
        "metric": ("Watches", "The validation figure it goes by: loss, or the id of a metric."),
        "patience": ("Patience", "Epochs without improvement before it stops."),
        "min_delta": ("At least by", "A smaller change does not count as an improvement."),
        "restore_best": ("Keep the best", "Goes back to the weights of the best epoch."),
    },
)
WATCHING = params_of(
    Training,
    {
        "watch": ("Watch", "Records norms and activations while training."),
        "watch_share": ("At most", "Share of the training time that watching may cost."),
        "isolation": ("Run in", "A thread, a process of its own, or what suits the network."),
    },
)
