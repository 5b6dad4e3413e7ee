"""More learning-rate schedules: in steps of one's own, by formula, with restarts, in cycles."""

from __future__ import annotations

from engine.catalog.spec import Param, ScheduleSpec

MULTI_STEP = ScheduleSpec(
    id="multi_step",
    title="Multi-step decay",
    group="Schedule",
    covers=("SCH-01",),
    target="torch.optim.lr_scheduler.MultiStepLR",
    summary="Multiplies the learning rate by a factor at epochs of your choice.",
    keywords=("decay", "milestones", "drop", "piecewise"),
    formula="ηₜ = η₀ · γ^(number of milestones ≤ t)",
    notes="t counts epochs. Drop where the loss has lain flat for a while, twice or thrice a run.",
    pitfalls="A milestone beyond the run's last epoch does nothing; the curve shows it flat there.",
    params=(
        Param(
            name="milestones",
            title="At",
            default=(10, 20),
            ge=1,
            unit="epochs",
            doc="After which epochs the rate drops.",
        ),
        Param(
            name="gamma",
            title="Factor (γ)",
            default=0.1,
            gt=0,
            le=1,
            doc="What the rate is multiplied by at each.",
        ),
    ),
)

POLYNOMIAL = ScheduleSpec(
    id="polynomial",
    title="Polynomial decay",
    group="Schedule",
    covers=("SCH-01",),
    target="torch.optim.lr_scheduler.PolynomialLR",
    derived={"total_iters": "epochs"},
    summary="Lets the learning rate fall to zero over the run, along a power of what is left.",
    keywords=("decay", "linear", "power"),
    formula="ηₜ = η₀ · (1 − t/T)ᵖ",
    notes="T is the number of epochs of the run. Power 1 is a straight line, 0.9 usual for masks.",
    pitfalls=(
        "A high power spends most of the run at rates near zero: the loss lies flat from half way "
        "on. Early stopping cuts the end off."
    ),
    params=(
        Param(
            name="power",
            title="Power (p)",
            default=1.0,
            gt=0,
            le=20,
            doc="1 falls evenly; more falls early, less falls late.",
        ),
    ),
)

INVERSE_TIME = ScheduleSpec(
    id="inverse_time",
    title="Inverse time decay",
    group="Schedule",
    covers=("SCH-01",),
    target="engine.modules.schedules.InverseTimeLR",
    summary="Divides the learning rate by a number that grows with the epochs.",
    keywords=("decay", "1/t", "hyperbolic", "robbins-monro"),
    formula="ηₜ = η₀ / (1 + λt)",
    notes=(
        "t counts epochs. Falls fast at first, then ever more slowly, and never reaches zero: the "
        "classical condition for SGD to arrive."
    ),
    pitfalls="With a large λ the rate is a tenth after a few epochs and the network stops early.",
    params=(
        Param(
            name="decay",
            title="Decay (λ)",
            default=0.1,
            ge=0,
            doc="The rate is halved after 1/λ epochs.",
        ),
    ),
)

WARM_RESTARTS = ScheduleSpec(
    id="warm_restarts",
    title="Warm restarts",
    group="Schedule",
    covers=("SCH-02",),
    target="torch.optim.lr_scheduler.CosineAnnealingWarmRestarts",
    summary="Falls along half a cosine, jumps back to the top, and begins again.",
    keywords=("cosine", "sgdr", "annealing", "restart", "cyclical"),
    formula="ηₜ = η_min + ½(η₀ − η_min)(1 + cos(πt/T)); at t = T: t = 0, T = T · factor",
    notes=(
        "A jump shakes the network out of a narrow minimum; the weights just before one are often "
        "good. Count so that the run ends at the bottom: 10 + 20 + 40 epochs, say."
    ),
    pitfalls=(
        "The loss leaps at each restart: early stopping with little patience ends the run there. A "
        "run that ends shortly after a restart keeps bad weights; restore the best."
    ),
    params=(
        Param(
            name="T_0",
            title="First cycle (T)",
            default=10,
            ge=1,
            unit="epochs",
            doc="How long the first cycle is.",
        ),
        Param(
            name="T_mult",
            title="Longer by",
            default=2,
            ge=1,
            le=100,
            doc="Each cycle is so many times as long as the one before.",
        ),
        Param(
            name="eta_min",
            title="Lowest rate",
            default=0.0,
            ge=0,
            doc="The rate at the end of a cycle.",
        ),
    ),
)

CYCLICAL = ScheduleSpec(
    id="cyclical",
    title="Cyclical",
    group="Schedule",
    covers=("SCH-03",),
    target="engine.modules.schedules.Cyclic",
    per="step",
    derived={"max_lr": "lr"},
    summary="Lets the learning rate go up and down between two bounds, step by step.",
    keywords=("clr", "triangular", "triangular2", "exp range", "oscillate"),
    formula="ηₜ = η_low + (η₀ − η_low) · max(0, 1 − |t/T − 2k + 1|) · scale",
    notes=(
        "The optimizer's rate is the top, the bottom is that divided by a number; T is half a "
        "cycle, k its number. scale: triangular 1, triangular2 halves with each cycle, exp range "
        "γᵗ. Momentum (or β₁) runs the other way and replaces the optimizer's own. Half a cycle is "
        "best 2 to 8 epochs long; find the top with the learning-rate finder."
    ),
    pitfalls=(
        "Figures swing with the rate: compare them at the bottoms. A half cycle longer than the "
        "run never comes down."
    ),
    params=(
        Param(
            name="mode",
            title="Shape",
            default="triangular",
            choices=("triangular", "triangular2", "exp_range"),
            doc="Cycles alike, each half as high as the last, or lower by a factor every step.",
        ),
        Param(
            name="div_factor",
            title="Bottom divisor",
            default=10.0,
            ge=1,
            doc="The lowest rate is the top divided by this.",
        ),
        Param(
            name="step_size_up",
            title="Half a cycle (T)",
            default=200,
            ge=1,
            unit="steps",
            doc="Steps from the bottom to the top.",
        ),
        Param(
            name="step_size_down",
            title="Way down",
            default=None,
            kind="int",
            ge=1,
            unit="steps",
            optional=True,
            advanced=True,
            doc="Steps from the top to the bottom; empty is as many as up.",
        ),
        Param(
            name="gamma",
            title="Factor (γ)",
            default=0.999,
            gt=0,
            le=1,
            advanced=True,
            doc="For exp range: multiplies the height at every step.",
        ),
        Param(
            name="cycle_momentum",
            default=True,
            advanced=True,
            doc="Lowers momentum while the rate is high. Off for optimizers that have none.",
        ),
        Param(
            name="base_momentum",
            title="Lowest momentum",
            default=0.8,
            ge=0,
            lt=1,
            advanced=True,
            doc="Momentum at the top of the rate.",
        ),
        Param(
            name="max_momentum",
            title="Highest momentum",
            default=0.9,
            ge=0,
            lt=1,
            advanced=True,
            doc="Momentum at the bottom.",
        ),
    ),
)
