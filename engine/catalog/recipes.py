"""Recipes: choices that go well together. What each does to a project is in `engine.recipes`."""

from __future__ import annotations

from engine.catalog.spec import Param, RecipeSpec

_OPTIMIZER = Param(
    name="optimizer",
    default="nesterov",
    choices=("nesterov", "rmsprop", "nadam", "keep"),
    doc="What takes the steps; “keep” leaves the project's own and its rate.",
)

DEEP_NETWORK = RecipeSpec(
    id="deep_network",
    title="Default deep network",
    group="Recipe",
    covers=("NET-15",),
    target="engine.recipes.makers.deep_network",
    summary="He weights, ELU or ReLU, batch norm, a fast optimizer, one cycle, early stopping.",
    keywords=("default", "he", "elu", "relu", "batch norm", "nesterov", "one cycle", "mlp", "cnn"),
    formula="layer → batch norm → ELU; He normal; one cycle; early stopping",
    notes=(
        "Where to begin with a deep network of Dense layers or convolutions. Activations of hidden "
        "layers are exchanged, those at the end and gates are not. A norm comes between a layer "
        "and its activation where none stands already. Behind a Dense that works along a "
        "sequence it puts none."
    ),
    pitfalls=(
        "A batch of one or two samples is too small for batch norm. The rate is the top of the "
        "cycle: if the loss jumps in the first third, halve it. Weights learned so far fit another "
        "activation badly: train anew."
    ),
    params=(
        Param(
            name="activation",
            default="elu",
            choices=("elu", "relu"),
            doc="ELU often ends a little lower, ReLU is faster.",
        ),
        Param(
            name="normalize",
            title="Batch norm",
            default=True,
            doc="Put a batch norm between each layer and its activation.",
        ),
        _OPTIMIZER,
    ),
)

SELF_NORMALIZING = RecipeSpec(
    id="self_normalizing",
    title="Self-normalising network",
    group="Recipe",
    covers=("NET-15", "ACT-05"),
    target="engine.recipes.makers.self_normalizing",
    summary="LeCun weights, SELU, alpha dropout, standardised inputs; norms are taken out.",
    keywords=("selu", "lecun", "alpha dropout", "snn", "default"),
    formula="standardised input → Dense (LeCun normal) → SELU → alpha dropout",
    notes=(
        "For a plain chain of Dense layers: mean 0 and deviation 1 keep themselves through any "
        "depth, without norms. Ordinary dropout becomes alpha dropout at a rate of at most 0.1."
    ),
    pitfalls=(
        "Shortcuts, concatenations and convolutions break the proof; then take the default deep "
        "network. Inputs that the data recipe does not standardise (tokens, one-hot columns) do "
        "as well. One sees the deviation of activations drift with depth."
    ),
    params=(_OPTIMIZER,),
)

TRANSFORMER = RecipeSpec(
    id="transformer",
    title="Transformer defaults",
    group="Recipe",
    covers=("NET-15",),
    target="engine.recipes.makers.transformer",
    summary="AdamW, warm-up and cosine, label smoothing, gradients clipped to norm 1.",
    keywords=("adamw", "warm-up", "cosine", "label smoothing", "clip", "attention", "default"),
    formula="AdamW (β₂ 0.98); η rises over the warm-up, then ½η₀(1 + cos(πt/T)); ‖g‖ ≤ 1",
    notes=(
        "Changes how a network is trained, not the network. Weight decay leaves biases and norms "
        "alone. Every cross-entropy on the canvas gets the label smoothing."
    ),
    pitfalls=(
        "The warm-up counts steps: on a small data set 100 of them can be half of the run; set "
        "less. With label smoothing the loss does not fall to 0, and its figures cannot be "
        "compared with those before."
    ),
    params=(
        Param(
            name="lr",
            title="Learning rate (η)",
            default=1e-3,
            gt=0,
            le=10,
            doc="The top that the warm-up rises to; large models want less.",
        ),
        Param(
            name="warmup",
            title="Warm-up",
            default=100,
            ge=0,
            le=1_000_000,
            unit="steps",
            doc="Steps over which the rate rises.",
        ),
        Param(
            name="smoothing",
            title="Label smoothing",
            default=0.1,
            ge=0,
            lt=1,
            doc="What is shared among all classes; 0 is off.",
        ),
    ),
)

TRANSFER = RecipeSpec(
    id="transfer",
    title="Transfer defaults",
    group="Recipe",
    covers=("NET-15", "NET-13"),
    target="engine.recipes.makers.transfer",
    summary="Freezes all but the last layers and trains those with a small learning rate.",
    keywords=("fine-tuning", "frozen", "freeze", "pretrained", "feature extraction", "head"),
    formula="base: ∂L/∂θ left out; head: θ = θ − η·g, η small",
    notes=(
        "For a network that has learned on other data: first the head alone, then unfreeze and go "
        "on with a still smaller rate. The head is what learns last before each loss."
    ),
    pitfalls=(
        "Fresh random weights in the base stay random: the head then learns from noise, and "
        "validation stays poor. Batch norms of a frozen base still follow the new data."
    ),
    params=(
        Param(
            name="lr",
            title="Learning rate (η)",
            default=1e-4,
            gt=0,
            le=10,
            doc="A tenth or a hundredth of what the base was trained with.",
        ),
    ),
)
