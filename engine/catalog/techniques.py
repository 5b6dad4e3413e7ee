"""Treatments of a run, as entries: their settings are fields of a phase, of training, of a node.

Forms are made from them, so that each of those settings is described here and nowhere else.
"""

from __future__ import annotations

from engine.catalog.spec import Param, TechniqueSpec

# -- batches

BATCHES = TechniqueSpec(
    id="batches",
    title="Batches",
    group="Batches",
    holder="training",
    covers=("OPT-01",),
    summary="How many samples a step looks at: all of them, one, or a few.",
    keywords=("mini-batch", "stochastic", "batch gradient descent", "sgd", "full batch"),
    formula="θ = θ − η · mean of ∇L over the batch",
    notes=(
        "All: the true gradient, one step an epoch. One: many cheap noisy steps. A mini-batch of "
        "16 to 256 is faster than either and its noise does good. The last batch of an epoch may "
        "be smaller; each sample is used once an epoch, in an order that follows from the seed."
    ),
    pitfalls=(
        "A larger batch at the same rate learns less per epoch: raise the rate as well. Batches of "
        "one break batch norms, whose statistics then come from a single sample. With all samples "
        "in one batch memory may run out."
    ),
    params=(
        Param(
            name="batch",
            title="Batches",
            default="mini",
            choices=("mini", "one", "all"),
            argument=False,
            doc="Mini-batches, one sample at a time, or the whole training part.",
        ),
        Param(
            name="batch_size",
            default=32,
            ge=1,
            le=10_000_000,
            argument=False,
            doc="Samples in one step.",
        ),
    ),
)

LINEAR_SCALING = TechniqueSpec(
    id="linear_scaling",
    title="Linear scaling rule",
    group="Batches",
    holder="training",
    covers=("SCH-07",),
    summary="When the batch grows by a factor, the learning rate is offered that factor too.",
    keywords=("batch size", "learning rate", "goyal"),
    formula="batch × k  →  η × k",
    notes=(
        "k batches of n samples move the weights about as far as one of k·n at k times the rate. "
        "The training panel offers it as soon as the batch size changes; nothing happens by "
        "itself. For Adam and its kin the root of k is often closer."
    ),
    pitfalls=(
        "It ends where the rate becomes too large for the network: the loss jumps at the start. A "
        "warm-up carries it further."
    ),
)

# -- learning rate

WARM_UP = TechniqueSpec(
    id="warm_up",
    title="Warm-up",
    group="Learning rate",
    covers=("SCH-05",),
    summary="Raises the learning rate over the first steps; then the schedule begins.",
    keywords=("warmup", "linear", "exponential", "transformer", "start"),
    formula="linear: η₀(s + (1 − s)t/n); exponential: η₀ · s^(1 − t/n)",
    notes=(
        "Spares the first weights, and Adam's first averages, steps that are too bold; "
        "transformers hardly learn without. Stands in front of any schedule: epochs that end "
        "within it do not count for the schedule, and its own length is what is left. Some "
        "hundreds of steps, or a twentieth of the run, is usual."
    ),
    pitfalls=(
        "A warm-up as long as the run never arrives at the rate. It hides a rate that is too "
        "large only until it ends: a loss that leaps just then says so."
    ),
    params=(
        Param(
            name="warmup_steps",
            title="Warm-up",
            default=0,
            ge=0,
            unit="steps",
            argument=False,
            doc="Steps over which the rate rises; 0 is none.",
        ),
        Param(
            name="warmup_shape",
            title="Warm-up shape",
            default="linear",
            choices=("linear", "exponential"),
            argument=False,
            advanced=True,
            doc="By the same amount at every step, or by the same factor.",
        ),
        Param(
            name="warmup_start",
            title="Warm-up from",
            default=0.01,
            gt=0,
            le=1,
            argument=False,
            advanced=True,
            doc="The share of the rate that the first step takes.",
        ),
    ),
)

FINDER = TechniqueSpec(
    id="learning_rate_finder",
    title="Learning-rate finder",
    group="Learning rate",
    holder="training",
    covers=("SCH-06",),
    summary="Tries rates from tiny to huge on a copy, and shows where the loss turns upwards.",
    keywords=("lr finder", "range test", "smith", "suggest"),
    formula="η = 10⁻⁵ · exp(t · log(10⁶) / 500), t = 0 … 500",
    notes=(
        "Up to 500 steps on batches of the training part, ended as soon as the loss diverges. The "
        "suggestion is a tenth of the rate at the lowest point of the smoothed loss. It works on a "
        "copy: weights and random numbers of the project stay as they are."
    ),
    pitfalls=(
        "On little data the curve is noise: look at it, do not only take the number. A loss that "
        "never falls says that something else is wrong. Penalties and warm-ups are left out."
    ),
)

# -- gradients

CLIP_VALUE = TechniqueSpec(
    id="clip_value",
    title="Clip by value",
    group="Gradients",
    covers=("OPT-08",),
    summary="Cuts each number of the gradient off at a bound.",
    keywords=("gradient clipping", "exploding", "clipvalue"),
    formula="g = max(−c, min(c, g))",
    notes="Simple and hard; usual bounds are 0.5 to 1.",
    pitfalls=(
        "It turns the gradient: (0.9, 100) becomes (0.9, 1), which points elsewhere. Clip by norm "
        "to keep the direction: (0.009, 1)."
    ),
    params=(
        Param(
            name="clip_value",
            default=None,
            kind="float",
            gt=0,
            optional=True,
            argument=False,
            doc="Cuts each gradient off at this value; empty is off.",
        ),
    ),
)

CLIP_NORM = TechniqueSpec(
    id="clip_norm",
    title="Clip by global norm",
    group="Gradients",
    covers=("OPT-08",),
    summary="Shrinks all gradients together when their common norm exceeds a bound.",
    keywords=("gradient clipping", "exploding", "clipnorm", "recurrent"),
    formula="g = g · min(1, c / ‖all g‖)",
    notes=(
        "Keeps the direction of the step. The usual remedy for recurrent networks and "
        "transformers: 1, or a little above the norm of calm steps."
    ),
    pitfalls=(
        "A bound below the norm of calm steps clips all of them: every step is then equally long "
        "and the rate means something else. Compare the norms before and after."
    ),
    params=(
        Param(
            name="clip_norm",
            default=None,
            kind="float",
            gt=0,
            optional=True,
            argument=False,
            doc="Shrinks all gradients together to this norm; empty is off.",
        ),
    ),
)

CLIP_EACH = TechniqueSpec(
    id="clip_each",
    title="Clip each by norm",
    group="Gradients",
    covers=("OPT-08",),
    summary="Shrinks the gradient of each weight tensor by itself to a bound.",
    keywords=("gradient clipping", "exploding", "clipnorm", "layer"),
    formula="g = g · min(1, c / ‖g‖), for each tensor",
    notes="One layer with a wild gradient does not shorten the steps of the others.",
    pitfalls=(
        "Layers then learn at ratios that the loss did not ask for; the direction of the whole "
        "step turns. Take the global norm unless one layer alone is wild."
    ),
    params=(
        Param(
            name="clip_each",
            title="Clip each",
            default=None,
            kind="float",
            gt=0,
            optional=True,
            argument=False,
            advanced=True,
            doc="Shrinks the gradient of each tensor to this norm; empty is off.",
        ),
    ),
)

CLIP_ADAPTIVE = TechniqueSpec(
    id="clip_adaptive",
    title="Adaptive clipping",
    group="Gradients",
    covers=("OPT-08",),
    target="engine.modules.treatment.clip_adaptively_",
    summary="Shrinks each unit's gradient to a share of the norm of that unit's weights.",
    keywords=("gradient clipping", "agc", "normalizer-free", "brock"),
    formula="g = g · min(1, c · max(‖W‖, 0.001) / ‖g‖), for each row of W",
    notes=(
        "For deep networks without norms; 0.01 to 0.1. The bound follows the weights, so that one "
        "number suits all layers. ≠ The paper leaves the last layer out; here it counts."
    ),
    pitfalls=(
        "Weights that start at zero, such as biases, may move by a thousandth of the share only: "
        "they learn late."
    ),
    params=(
        Param(
            name="clip_adaptive",
            title="Clip to share",
            default=None,
            kind="float",
            gt=0,
            optional=True,
            argument=False,
            advanced=True,
            doc="Shrinks each unit's gradient to this share of its weights' norm; empty is off.",
        ),
    ),
)

# -- weights

PENALTY = TechniqueSpec(
    id="weight_penalty",
    title="L1, L2, elastic net",
    group="Weights",
    covers=("REG-01",),
    summary="Adds the size of the weights to the loss, so that only useful ones grow.",
    keywords=("regularization", "lasso", "ridge", "elastic net", "sparse", "overfitting"),
    formula="L + λ₁·Σ|w| + λ₂·Σw²",
    notes=(
        "L1 makes many weights nearly zero, L2 keeps all of them small, both together are the "
        "elastic net. 0.01 to 0.0001. Their gradients λ₁·sign(w) and 2λ₂·w are added before "
        "clipping, and the loss that is shown leaves them out. ≠ An optimizer's weight decay of d "
        "in SGD is λ₂ = d/2. A layer can have numbers of its own."
    ),
    pitfalls=(
        "Too much of it and training and validation loss are both high, close to each other. With "
        "Adam the L2 part is divided by the gradient's size: AdamW's decay is what one means. "
        "Weights under L1 end near zero, not at it."
    ),
    params=(
        Param(
            name="l1",
            title="L1",
            default=0.0,
            ge=0,
            argument=False,
            doc="Adds this times the sum of absolute weights to the loss.",
        ),
        Param(
            name="l2",
            title="L2",
            default=0.0,
            ge=0,
            argument=False,
            doc="Adds this times the sum of squared weights to the loss.",
        ),
        Param(
            name="penalize_biases",
            title="Biases too",
            default=False,
            argument=False,
            advanced=True,
            doc="L1 and L2 also act on biases and norms, which as a rule does harm.",
        ),
    ),
)

MAX_NORM = TechniqueSpec(
    id="max_norm",
    title="Max-norm",
    group="Weights",
    covers=("REG-01",),
    target="engine.modules.treatment.limit_norms_",
    summary="After each step, scales a unit's incoming weights back to a largest norm.",
    keywords=("regularization", "constraint", "dropout", "clip weights"),
    formula="w = w · min(1, r / ‖w‖₂), for each row of W",
    notes=(
        "Goes well with dropout and large rates; r from 1 to 4. Nothing is added to the loss. "
        "Biases and norms are left alone; a kernel's row is a filter."
    ),
    pitfalls=(
        "Set below what the first weights have, it shrinks them at once: with 512 inputs a He "
        "normal row has a norm of 1.4. Embedding rows are limited too."
    ),
    params=(
        Param(
            name="max_norm",
            title="Max-norm",
            default=None,
            kind="float",
            gt=0,
            optional=True,
            argument=False,
            doc="The largest norm of a unit's incoming weights; empty is off.",
        ),
    ),
)

DECAY = TechniqueSpec(
    id="decay_exclusion",
    title="Weight decay without biases",
    group="Weights",
    covers=("OPT-07",),
    target="engine.modules.treatment.parameter_groups",
    summary="Keeps the optimizer's weight decay off biases and norms.",
    keywords=("parameter groups", "weight decay", "bias", "norm", "exclusion"),
    formula="decay 0 for what has fewer than two axes",
    notes=(
        "Biases and the scales of norms are few and do not overfit; pulling them to zero only "
        "hurts. The optimizer gets two groups of parameters. Nothing changes without a decay."
    ),
    pitfalls="A scalar setting of a layer of your own with fewer than two axes is spared as well.",
    params=(
        Param(
            name="decay_biases",
            title="Decay biases",
            default=True,
            argument=False,
            advanced=True,
            doc="The optimizer's weight decay also acts on biases and norms.",
        ),
    ),
)


def treatments() -> dict[str, Param]:
    """Return the settings of a phase that a run can take over while it goes on, by name."""
    entries = (CLIP_VALUE, CLIP_NORM, CLIP_EACH, CLIP_ADAPTIVE, PENALTY, MAX_NORM)
    return {param.name: param for entry in entries for param in entry.params}
