"""More optimizers: relatives of Adam and AdaGrad, second order, look-ahead, for matrices."""

from __future__ import annotations

from engine.catalog.optimizers import BETAS, L2, decay, eps, rate
from engine.catalog.spec import OptimizerSpec, Param

ADADELTA = OptimizerSpec(
    id="adadelta",
    title="AdaDelta",
    group="Optimizer",
    covers=("OPT-03",),
    target="torch.optim.Adadelta",
    summary="RMSProp whose steps also follow the size of earlier steps, so that it needs no rate.",
    keywords=("adaptive", "no learning rate", "zeiler"),
    formula="s = ρs + (1 − ρ)g², d = g·√(u + ε) / √(s + ε), θ = θ − ηd, u = ρu + (1 − ρ)d²",
    notes=(
        "Mends AdaGrad's early stop as RMSProp does. Leave the rate at 1: the size of steps comes "
        "from u. Here ε stands inside both roots, as in the paper."
    ),
    pitfalls=(
        "It starts very slowly, as u is 0 and ε alone makes the first steps: for hundreds of steps "
        "the loss hardly moves. A larger ε hastens it."
    ),
    params=(
        rate(1.0, "Multiplies the steps; 1 is what the method means."),
        Param(
            name="rho",
            title="Decay (ρ)",
            default=0.9,
            ge=0,
            lt=1,
            doc="How slowly both mean squares forget.",
        ),
        eps(1e-6),
        L2,
    ),
)

ADAMAX = OptimizerSpec(
    id="adamax",
    title="AdaMax",
    group="Optimizer",
    covers=("OPT-05",),
    target="torch.optim.Adamax",
    summary="Adam that divides by the largest recent gradient instead of the mean square.",
    keywords=("adaptive", "infinity norm", "adam"),
    formula="m = β₁m + (1 − β₁)g, s = max(β₂s, |g| + ε), θ = θ − η·m / (1 − β₁ᵗ) / s",
    notes=(
        "Steadier than Adam where gradients are mostly zero, as in embeddings; elsewhere Adam is "
        "as good as a rule. ≠ Some texts write max(β₂s, g) without the absolute value; a norm "
        "needs it."
    ),
    pitfalls=(
        "One huge gradient keeps the steps of its weight small for about 1 / (1 − β₂) steps: the "
        "loss lies flat after a spike."
    ),
    params=(rate(0.002), BETAS, eps(1e-8), L2),
)

RADAM = OptimizerSpec(
    id="radam",
    title="RAdam",
    group="Optimizer",
    covers=("OPT-05",),
    target="torch.optim.RAdam",
    summary="Adam with a warm-up of its own: it waits until its mean square can be trusted.",
    keywords=("adaptive", "rectified", "warm-up", "adam"),
    formula="while ρₜ ≤ 5: θ = θ − ηm̂; then θ = θ − η·rₜ·m̂ / (√ŝ + ε)",
    notes=(
        "rₜ = √((ρₜ − 4)(ρₜ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρₜ)), ρ∞ = 2/(1 − β₂) − 1. Spares a "
        "warm-up. Its first five steps are plain momentum, as the variance is not known yet."
    ),
    pitfalls=(
        "Those first steps are not divided by anything: with large gradients and a rate made for "
        "Adam the loss can jump at once. Clip the norm or standardise the data."
    ),
    params=(
        rate(0.001),
        BETAS,
        eps(1e-8),
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

LBFGS = OptimizerSpec(
    id="lbfgs",
    title="L-BFGS",
    group="Optimizer",
    covers=("OPT-06",),
    target="torch.optim.LBFGS",
    closure=True,
    summary="Second order: guesses the curvature from its last steps and walks to the bottom.",
    keywords=("quasi-newton", "hessian", "second order", "line search", "full batch"),
    formula="θ = θ − ηHg; H from the last differences of θ and of g",
    notes=(
        "For small problems on the whole data: set batches to “all”. One step takes several "
        "evaluations of the loss. The true Hessian would have n² numbers; this one is never "
        "written down. One rate holds for all layers."
    ),
    pitfalls=(
        "Between different mini-batches the differences of gradients are noise: steps explode or "
        "the search gives up, and the loss stands still. Dropout does the same to it. Clipping "
        "bends the gradients its curvature is made of."
    ),
    params=(
        rate(1.0, "Multiplies a step; with a line search leave it at 1."),
        Param(
            name="max_iter",
            title="Iterations",
            default=20,
            ge=1,
            le=1000,
            doc="The most inner iterations in one step.",
        ),
        Param(
            name="history_size",
            title="History",
            default=10,
            ge=1,
            le=1000,
            doc="From how many differences the curvature is guessed; each takes twice the weights.",
        ),
        Param(
            name="line_search_fn",
            title="Line search",
            default="strong_wolfe",
            choices=("strong_wolfe",),
            optional=True,
            doc="Looks for a good length along each direction; without one the rate decides.",
        ),
        Param(
            name="tolerance_grad",
            title="Gradient tolerance",
            default=1e-7,
            ge=0,
            advanced=True,
            doc="A step ends when no gradient is larger than this.",
        ),
        Param(
            name="tolerance_change",
            title="Change tolerance",
            default=1e-9,
            ge=0,
            advanced=True,
            doc="A step ends when loss and weights change by less than this.",
        ),
    ),
)

MUON = OptimizerSpec(
    id="muon",
    title="Muon with AdamW",
    group="Optimizer",
    covers=("OPT-06",),
    target="engine.modules.optimizers.MuonAdamW",
    cycles=False,
    summary="Turns the momentum of each matrix into a rotation; AdamW takes all other weights.",
    keywords=("orthogonal", "newton-schulz", "matrix", "transformer"),
    formula="m = μm + (1 − μ)g, W = W − 0.2·√max(rows, columns) · η · UVᵀ, where m = USVᵀ",
    notes=(
        "For the Dense layers of transformers and MLPs. UVᵀ comes from five Newton-Schulz rounds "
        "in bfloat16, so that it is a rotation only roughly. Biases, norms and kernels, which "
        "are no matrices, take AdamW with the same rate, betas and decay; embeddings and the last "
        "layer are matrices too and take Muon, though some leave them to AdamW."
    ),
    pitfalls=(
        "Every direction moves by as much, also those that are pure noise: small batches make the "
        "loss tremble. Dear on large matrices: five products of them in each step."
    ),
    params=(
        rate(0.001),
        Param(
            name="momentum",
            title="Momentum (μ)",
            default=0.95,
            ge=0,
            lt=1,
            doc="How much of the average gradient of a matrix is kept.",
        ),
        Param(
            name="nesterov",
            default=True,
            advanced=True,
            doc="Mixes the newest gradient in once more.",
        ),
        decay(0.1, "Shrinks each weight by this times the learning rate at every step."),
        Param(
            name="ns_steps",
            title="Rounds",
            default=5,
            ge=1,
            le=20,
            advanced=True,
            doc="Newton-Schulz rounds; more come nearer to a rotation.",
        ),
        BETAS,
        eps(1e-8),
    ),
)

LOOKAHEAD = OptimizerSpec(
    id="lookahead",
    title="SGD with look-ahead",
    group="Optimizer",
    covers=("OPT-06",),
    target="engine.modules.optimizers.LookaheadSGD",
    summary="SGD explores a few steps ahead; slow weights then follow it part of the way.",
    keywords=("slow weights", "lookahead", "momentum"),
    formula="every k steps: φ = φ + α(θ − φ), θ = φ",
    notes=(
        "Bears a larger rate than SGD alone and trembles less. The slow weights φ begin as the "
        "first weights; momentum is kept when the weights are pulled back."
    ),
    pitfalls=(
        "With a small α and a large k it learns at a fraction of SGD's speed. Figures taken "
        "between two pulls are those of the fast weights, so that they saw up and down."
    ),
    params=(
        rate(0.1),
        Param(
            name="momentum",
            title="Momentum (μ)",
            default=0.9,
            ge=0,
            lt=1,
            doc="How much of the last step is kept.",
        ),
        Param(
            name="k", title="Steps ahead (k)", default=5, ge=1, doc="Fast steps before each pull."
        ),
        Param(
            name="alpha",
            title="Share (α)",
            default=0.5,
            gt=0,
            le=1,
            doc="How far the slow weights follow; 1 is plain SGD.",
        ),
        Param(
            name="nesterov",
            default=False,
            advanced=True,
            doc="Looks at the gradient a little ahead; needs momentum.",
        ),
        L2,
    ),
)
