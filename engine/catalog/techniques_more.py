"""More treatments of a run: averages, when it ends, what a single layer can have otherwise."""

from __future__ import annotations

from engine.catalog.spec import Param, TechniqueSpec

AVERAGING = TechniqueSpec(
    id="weight_averaging",
    title="Weight averaging",
    group="Weights",
    covers=("REG-04",),
    target="engine.modules.treatment.Average",
    summary="Evaluates and keeps the average of the weights over the run, not the last ones.",
    keywords=("ema", "swa", "polyak", "moving average", "stochastic weight averaging"),
    formula="ema: θ̄ = dθ̄ + (1 − d)θ after each step; swa: θ̄ = mean of θ after each epoch",
    notes=(
        "Averages tremble less and lie in flatter places. Validation, the best epoch, the test "
        "and what is exported are of the average; the losses while training are of the running "
        "weights. For swa take a rate that stays up and begin after three quarters of the run. "
        "≠ Running statistics of batch norms are averaged like the weights; others measure them "
        "anew with the averaged weights. Changing the network under way begins the average anew."
    ),
    pitfalls=(
        "A decay of 0.999 looks back 1,000 steps: on a short run the average lags far behind, and "
        "validation is worse than training for no other reason. Averages of a rate that has "
        "already fallen to zero are the last weights."
    ),
    params=(
        Param(
            name="average",
            title="Average",
            default="none",
            choices=("none", "ema", "swa"),
            argument=False,
            doc="A moving average of every step, or the mean of every epoch's end.",
        ),
        Param(
            name="average_decay",
            title="Average decay",
            default=0.99,
            ge=0,
            lt=1,
            argument=False,
            doc="How slowly a moving average forgets; 0.99 looks back 100 steps.",
        ),
        Param(
            name="average_from",
            title="Average from",
            default=1,
            ge=1,
            unit="epoch",
            argument=False,
            doc="The first epoch that counts; before it the last weights do.",
        ),
    ),
)

EARLY_STOPPING = TechniqueSpec(
    id="early_stopping",
    title="Early stopping",
    group="Stopping",
    holder="early_stopping",
    covers=("REG-02",),
    summary="Ends the run when the validation part no longer gets better, and keeps the best.",
    keywords=("patience", "overfitting", "validation", "restore best"),
    formula="stop after `patience` epochs without a figure better by more than `at least`",
    notes="Needs a validation part. Its patience should be longer than that of a plateau schedule.",
    pitfalls=(
        "A small validation part is noisy: a lucky epoch becomes the best and later, better ones "
        "are missed. Figures that rise are known by their metric; the loss must fall."
    ),
    params=(
        Param(
            name="enabled",
            title="Stop early",
            default=False,
            argument=False,
            doc="Ends the run when validation no longer improves.",
        ),
        Param(
            name="metric",
            title="Watches",
            default="loss",
            argument=False,
            doc="The validation figure it goes by: loss, or the id of a metric.",
        ),
        Param(
            name="patience",
            default=10,
            ge=1,
            unit="epochs",
            argument=False,
            doc="Epochs without improvement before it stops.",
        ),
        Param(
            name="min_delta",
            title="At least by",
            default=0.0,
            ge=0,
            argument=False,
            doc="A smaller change does not count as an improvement.",
        ),
        Param(
            name="restore_best",
            title="Keep the best",
            default=True,
            argument=False,
            doc="Goes back to the weights of the best epoch.",
        ),
    ),
)

TOLERANCE = TechniqueSpec(
    id="gradient_tolerance",
    title="Gradient tolerance",
    group="Stopping",
    holder="training",
    covers=("REG-03",),
    summary="Ends the run when the gradient has become tiny: the bottom is reached.",
    keywords=("tolerance", "epsilon", "converged", "gradient norm"),
    formula="stop after an epoch with ‖g‖ < ε at every step",
    notes=(
        "Meant for small problems on the whole data, where the gradient does go to zero: an error "
        "of ε takes about 1/ε steps. The norm is that of the loss, before penalties and clipping; "
        "every phase must be below it."
    ),
    pitfalls=(
        "On mini-batches the gradient of a batch never becomes small, and the run goes on to its "
        "last epoch. At a saddle, or with dead units, it is small though nothing is learned."
    ),
    params=(
        Param(
            name="tolerance",
            title="Gradient below (ε)",
            default=None,
            kind="float",
            gt=0,
            optional=True,
            argument=False,
            doc="Stops after an epoch whose gradients were all smaller than this; empty is off.",
        ),
    ),
)

CHECKPOINTS = TechniqueSpec(
    id="checkpoints",
    title="Checkpoints",
    group="Stopping",
    holder="checkpoints",
    covers=("MON-09",),
    summary="Writes down all that the next step depends on, so that a run can go on from there.",
    keywords=("resume", "crash", "save", "snapshot", "continue", "restart"),
    notes=(
        "Weights, the optimizer's numbers, schedules, averages, random numbers, the place in the "
        "epoch: a run that was stopped or cut off goes on to the same bits, on the same kind of "
        "machine with the same PyTorch. The latest is written after some seconds of training, then "
        "every half minute, when the run rests and when it ends; each file replaces the one before "
        "in one step. Needs a project that is saved."
    ),
    pitfalls=(
        "With Adam a checkpoint is four times as large as the weights. One at every step makes the "
        "disk set the pace: the run's record states the share of time that writing took."
    ),
    params=(
        Param(
            name="last",
            title="Keep the latest",
            default=True,
            argument=False,
            doc="A run that was stopped or cut off can go on from it.",
        ),
        Param(
            name="best",
            title="Keep the best",
            default=False,
            argument=False,
            doc="One at the end of the best epoch, to go on from there.",
        ),
        Param(
            name="every",
            title="One every",
            default=0,
            ge=0,
            argument=False,
            doc="Keeps one each so many epochs or steps; 0 is none.",
        ),
        Param(
            name="counts",
            title="Counted in",
            default="epochs",
            choices=("epochs", "steps"),
            argument=False,
            doc="Whether it counts epochs, or steps of all phases.",
        ),
        Param(
            name="keep",
            title="Of these keep",
            default=3,
            ge=1,
            argument=False,
            doc="How many of them stay; the oldest goes first.",
        ),
    ),
)

# -- a single layer

LAYER_RATE = TechniqueSpec(
    id="layer_rate",
    title="Learning rate of a layer",
    group="Layer",
    holder="node",
    covers=("OPT-07",),
    target="engine.modules.treatment.parameter_groups",
    summary="A layer learns faster or more slowly than the others.",
    keywords=("parameter groups", "discriminative", "fine-tuning", "factor"),
    formula="η of the layer = η · factor",
    notes=(
        "For fine-tuning: a tenth for trained layers, 1 for the new head. On a placed network it "
        "multiplies the factors of all in it. Schedules move all rates together."
    ),
    pitfalls=(
        "0 keeps the weights but still computes their gradients: freeze the layer instead. An "
        "optimizer that divides by the gradient's size makes other corrections useless, not this."
    ),
    params=(
        Param(
            name="lr_factor",
            title="Rate ×",
            default=1.0,
            ge=0,
            argument=False,
            doc="Multiplies the learning rate of this layer's weights.",
        ),
    ),
)

LAYER_PENALTY = TechniqueSpec(
    id="layer_penalty",
    title="Penalty of a layer",
    group="Layer",
    holder="node",
    covers=("REG-01",),
    summary="A layer has L1, L2 and max-norm of its own instead of the phase's.",
    keywords=("regularization", "lasso", "ridge", "max-norm", "kernel regularizer"),
    formula="L + λ₁·Σ|w| + λ₂·Σw² over the weights of the layer",
    notes=(
        "Empty means as the phase has it, 0 means none. On a placed network it holds for all in it "
        "that says nothing else."
    ),
    pitfalls="Numbers at a layer stay when those of the phase change: two places to look at.",
    params=(
        Param(
            name="l1",
            title="L1",
            default=None,
            kind="float",
            ge=0,
            optional=True,
            argument=False,
            doc="Adds this times the sum of the layer's absolute weights; empty is as the phase.",
        ),
        Param(
            name="l2",
            title="L2",
            default=None,
            kind="float",
            ge=0,
            optional=True,
            argument=False,
            doc="Adds this times the sum of the layer's squared weights; empty is as the phase.",
        ),
        Param(
            name="max_norm",
            title="Max-norm",
            default=None,
            kind="float",
            gt=0,
            optional=True,
            argument=False,
            doc="The largest norm of a unit's incoming weights; empty is as the phase.",
        ),
    ),
)

BIAS_START = TechniqueSpec(
    id="bias_start",
    title="Bias at the start",
    group="Layer",
    holder="node",
    covers=("INI-05",),
    summary="What the biases of a layer start at.",
    keywords=("initializer", "forget gate", "constant", "log odds"),
    formula="b = c",
    notes=(
        "Zero is right for most. 0.01 to 0.1 keeps ReLU units awake at first; the log odds of the "
        "rare class in front of a sigmoid spare the first epochs. The forget gate of an LSTM has a "
        "setting of its own at the layer: 1 to 2 lets it remember from the start."
    ),
    pitfalls="A large bias in front of sigmoid or tanh starts every unit saturated.",
    params=(
        Param(
            name="initial_bias",
            title="Biases start at",
            default=None,
            kind="float",
            optional=True,
            argument=False,
            doc="Empty is 0, or PyTorch's own with its initializer.",
        ),
    ),
)

FREEZE = TechniqueSpec(
    id="freeze",
    title="Freeze",
    group="Layer",
    holder="node",
    covers=("OPT-07",),
    summary="Training leaves the weights of a layer alone.",
    keywords=("transfer learning", "fixed", "trainable", "requires_grad"),
    notes=(
        "Gradients still pass through to the layers in front. For transfer: freeze what is "
        "trained, learn the new head, then thaw with a small rate."
    ),
    pitfalls=(
        "Batch norms that are frozen keep scale and shift, but their running statistics go on "
        "moving while the network trains."
    ),
    params=(
        Param(
            name="frozen",
            default=False,
            argument=False,
            doc="Keeps the weights as they are while training.",
        ),
    ),
)
