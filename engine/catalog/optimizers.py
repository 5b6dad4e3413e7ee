"""Optimizers: how a gradient becomes a step. `lr` is always the first setting."""

from __future__ import annotations

from engine.catalog.spec import OptimizerSpec, Param

_ORDER = "Usual order: RMSProp ~ NAdam > Adam > Nesterov > momentum > plain SGD; try your own data."


def rate(default: float, doc: str = "Size of a step; the setting that matters most.") -> Param:
    """Return the setting for the learning rate."""
    return Param(name="lr", title="Learning rate (η)", default=default, gt=0, doc=doc)


def eps(default: float) -> Param:
    """Return the setting for what is added to a divisor."""
    return Param(
        name="eps",
        title="Epsilon (ε)",
        default=default,
        gt=0,
        le=1,
        advanced=True,
        doc="Added to the divisor so that nothing is divided by zero.",
    )


def decay(default: float, doc: str) -> Param:
    """Return the setting for weight decay."""
    return Param(name="weight_decay", title="Weight decay", default=default, ge=0, doc=doc)


L2 = decay(0.0, "Adds this times the weight to its gradient (L2).")
BETAS = Param(
    name="betas",
    title="Betas (β₁, β₂)",
    default=(0.9, 0.999),
    length=2,
    ge=0,
    lt=1,
    advanced=True,
    doc="How slowly the averages of the gradient and of its square forget.",
)
_AMSGRAD = Param(
    name="amsgrad",
    title="AMSGrad",
    default=False,
    advanced=True,
    doc="Divides by the largest average so far, so that steps never grow again.",
)
_ROOT = "≠ Some texts add ε inside the root, PyTorch outside."

SGD = OptimizerSpec(
    id="sgd",
    title="SGD",
    group="Optimizer",
    covers=("OPT-02",),
    target="torch.optim.SGD",
    fused=True,
    summary="Steps straight down the gradient, with momentum if wanted.",
    keywords=("gradient descent", "momentum", "nesterov", "stochastic"),
    formula="v = μv + g, θ = θ − ηv",
    notes=(
        "With momentum 0.9, a rate of 0.01 to 0.1 and a schedule it often ends best on images. "
        "≠ The averaging form v = μv + (1 − μ)g is momentum with a dampening of μ; some put η "
        "inside v, which differs only while η changes. " + _ORDER
    ),
    pitfalls=(
        "Without momentum it crawls along narrow valleys; too large a rate makes the loss jump or "
        "turn to NaN within a few steps. Needs its rate tuned anew for each network."
    ),
    params=(
        rate(0.01),
        Param(
            name="momentum",
            title="Momentum (μ)",
            default=0.9,
            ge=0,
            lt=1,
            doc="How much of the last step is kept: 0 is plain SGD, 0.9 the usual.",
        ),
        Param(
            name="nesterov",
            default=False,
            doc="Looks at the gradient a little ahead; needs momentum and no dampening.",
        ),
        Param(
            name="dampening",
            default=0.0,
            ge=0,
            le=1,
            advanced=True,
            doc="Takes this share off each new gradient.",
        ),
        L2,
    ),
)

RMSPROP = OptimizerSpec(
    id="rmsprop",
    title="RMSProp",
    group="Optimizer",
    covers=("OPT-04",),
    target="torch.optim.RMSprop",
    summary="Divides each gradient by the root of its recent mean square.",
    keywords=("adaptive", "recurrent"),
    formula="s = αs + (1 − α)g², θ = θ − ηg / (√s + ε)",
    notes=(
        "Mends AdaGrad's early stop by forgetting. Good for recurrent networks and noisy goals. "
        "≠ PyTorch's own defaults are a decay of 0.99 and a rate of 0.01; 0.9 and "
        "0.001 do better as a rule. " + _ROOT + " " + _ORDER
    ),
    pitfalls=(
        "Its divisor starts at 0, so the first steps are large: a spike in the loss at the start "
        "means the rate is too high. With a constant rate it goes on trembling around the best "
        "place."
    ),
    params=(
        rate(0.001),
        Param(
            name="alpha",
            title="Decay (α)",
            default=0.9,
            ge=0,
            lt=1,
            doc="How slowly the mean square forgets; often called β.",
        ),
        Param(name="momentum", default=0.0, ge=0, lt=1, doc="How much of the last step is kept."),
        Param(
            name="centered",
            default=False,
            advanced=True,
            doc="Divides by the deviation instead of the root mean square.",
        ),
        eps(1e-8),
        L2,
    ),
)

ADAGRAD = OptimizerSpec(
    id="adagrad",
    title="AdaGrad",
    group="Optimizer",
    covers=("OPT-03",),
    target="torch.optim.Adagrad",
    fused=True,
    summary="Divides each gradient by the root of all its squares so far.",
    keywords=("adaptive", "sparse"),
    formula="s = s + g², θ = θ − ηg / (√s + ε)",
    notes=(
        "Steps shrink fast in steep directions. Fine for sparse inputs; on deep networks it often "
        "stops too early, so take RMSProp or Adam there. " + _ROOT
    ),
    pitfalls=(
        "The sum of squares only grows, so steps shrink until nothing moves: the loss flattens "
        "long before it is low."
    ),
    params=(
        rate(0.01),
        Param(
            name="lr_decay",
            title="Rate decay",
            default=0.0,
            ge=0,
            advanced=True,
            doc="Divides the rate by 1 + this × steps.",
        ),
        Param(
            name="initial_accumulator_value",
            title="First sum",
            default=0.0,
            ge=0,
            advanced=True,
            doc="What the sum of squares starts from.",
        ),
        eps(1e-10),
        L2,
    ),
)

ADAM = OptimizerSpec(
    id="adam",
    title="Adam",
    group="Optimizer",
    covers=("OPT-05",),
    target="torch.optim.Adam",
    fused=True,
    summary="Momentum and RMSProp together, corrected for their slow start.",
    keywords=("adaptive", "default"),
    formula="m = β₁m + (1 − β₁)g, s = β₂s + (1 − β₂)g², θ = θ − η·m̂ / (√ŝ + ε)",
    notes=(
        "Works on most things with little tuning; a good first choice. With weight decay take "
        "AdamW. " + _ROOT + " " + _ORDER
    ),
    pitfalls=(
        "Weight decay goes through the adaptive division and hardly acts on weights with large "
        "gradients: take AdamW. It can end at weights that generalise worse than SGD's; if "
        "validation lags, try momentum."
    ),
    params=(rate(0.001), BETAS, eps(1e-8), L2, _AMSGRAD),
)

ADAMW = OptimizerSpec(
    id="adamw",
    title="AdamW",
    group="Optimizer",
    covers=("OPT-05",),
    target="torch.optim.AdamW",
    fused=True,
    summary="Adam with weight decay that the adaptive division leaves alone.",
    keywords=("adaptive", "decoupled", "transformer"),
    formula="θ = θ − ηλθ − η·m̂ / (√ŝ + ε)",
    notes=(
        "The usual choice for transformers. The decay shrinks weights directly, not through the "
        "gradient. " + _ROOT
    ),
    pitfalls=(
        "The decay acts on biases and norms too unless they are left out, which hurts small "
        "networks. Its strength is rate × decay: a schedule that lowers the one lowers the other."
    ),
    params=(
        rate(0.001),
        BETAS,
        eps(1e-8),
        decay(0.01, "Shrinks each weight by this times the learning rate at every step."),
        _AMSGRAD,
    ),
)

NADAM = OptimizerSpec(
    id="nadam",
    title="NAdam",
    group="Optimizer",
    covers=("OPT-05",),
    target="torch.optim.NAdam",
    summary="Adam that looks ahead like Nesterov momentum.",
    keywords=("adaptive", "nesterov"),
    formula="Adam with m̂ = μₜ₊₁m / (1 − Πμ) + (1 − μₜ)g / (1 − Πμ)",
    notes="Often a little faster than Adam. " + _ROOT + " " + _ORDER,
    pitfalls=(
        "Momentum grows over the first steps, so a rate that suits Adam may be too large at once. "
        "Its fused kernel does not exist: slower a step than Adam on small networks."
    ),
    params=(
        rate(0.002),
        BETAS,
        eps(1e-8),
        Param(
            name="momentum_decay",
            default=4e-3,
            ge=0,
            advanced=True,
            doc="How fast the look-ahead approaches β₁.",
        ),
        L2,
        Param(
            name="decoupled_weight_decay",
            title="Decoupled decay",
            default=False,
            advanced=True,
            doc="Shrinks weights directly, as AdamW does.",
        ),
    ),
)
