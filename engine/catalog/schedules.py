"""Learning-rate schedules: how the step size changes over a run."""

from __future__ import annotations

from engine.catalog.spec import Param, ScheduleSpec

CONSTANT = ScheduleSpec(
    id="constant",
    title="Constant",
    group="Schedule",
    covers=("SCH-01",),
    summary="Keeps the learning rate as it is.",
    keywords=("none", "fixed"),
    formula="ηₜ = η₀",
    notes="The honest start. A rate that falls near the end almost always finds a better place.",
    pitfalls=(
        "The loss stops falling and trembles instead: the rate is too large for what is left to "
        "learn. Lower it by ten to see whether it falls on."
    ),
)

STEP = ScheduleSpec(
    id="step",
    title="Step decay",
    group="Schedule",
    covers=("SCH-01",),
    target="torch.optim.lr_scheduler.StepLR",
    summary="Multiplies the learning rate by a factor every few epochs.",
    keywords=("decay", "drop", "staircase"),
    formula="ηₜ = η₀ · γ^⌊t/T⌋",
    notes="t counts epochs.",
    pitfalls=(
        "A drop too early freezes the network where it stands; one sees the loss fall at the drop "
        "and lie flat from then on."
    ),
    params=(
        Param(
            name="step_size",
            title="Every (T)",
            default=10,
            ge=1,
            unit="epochs",
            doc="How many epochs lie between two drops.",
        ),
        Param(
            name="gamma",
            title="Factor (γ)",
            default=0.1,
            gt=0,
            le=1,
            doc="What the rate is multiplied by at each drop.",
        ),
    ),
)

EXPONENTIAL = ScheduleSpec(
    id="exponential",
    title="Exponential decay",
    group="Schedule",
    covers=("SCH-01",),
    target="torch.optim.lr_scheduler.ExponentialLR",
    summary="Multiplies the learning rate by the same factor after every epoch.",
    keywords=("decay", "smooth"),
    formula="ηₜ = η₀ · γᵗ",
    notes="≠ Some texts write η₀e^(−λt): that is γ = e^(−λ), so 0.95 is λ = 0.051.",
    pitfalls=(
        "A factor that suits 100 epochs ends 1,000 at nothing: 0.95 leaves 0.6 % after 100 epochs. "
        "Look at the curve's last value."
    ),
    params=(
        Param(
            name="gamma",
            title="Factor (γ)",
            default=0.95,
            gt=0,
            le=1,
            doc="What the rate is multiplied by after each epoch.",
        ),
    ),
)

COSINE = ScheduleSpec(
    id="cosine",
    title="Cosine annealing",
    group="Schedule",
    covers=("SCH-02",),
    target="torch.optim.lr_scheduler.CosineAnnealingLR",
    summary="Lets the learning rate fall along half a cosine to the end of the run.",
    keywords=("annealing", "decay", "smooth"),
    formula="ηₜ = η_min + ½(η₀ − η_min)(1 + cos(πt/T))",
    notes="T is the number of epochs of the run. Slow at both ends, fast in between.",
    pitfalls=(
        "It ends with the run: stopped early, the rate never becomes small, and a run continued "
        "afterwards starts at the bottom."
    ),
    derived={"T_max": "epochs"},
    params=(
        Param(
            name="eta_min",
            title="Lowest rate",
            default=0.0,
            ge=0,
            doc="The rate that the run ends at.",
        ),
    ),
)

ONE_CYCLE = ScheduleSpec(
    id="one_cycle",
    title="One cycle",
    group="Schedule",
    covers=("SCH-03",),
    target="torch.optim.lr_scheduler.OneCycleLR",
    per="step",
    derived={"max_lr": "lr", "total_steps": "steps"},
    summary="Raises the learning rate to its top, then lets it fall far below the start.",
    keywords=("1cycle", "super-convergence", "warm-up", "cyclical"),
    formula="η₀/25 ↗ η₀ ↘ η₀/250 000, momentum 0.95 ↘ 0.85 ↗ 0.95",
    notes=(
        "Often reaches the same figure in fewer epochs. The optimizer's learning rate is the top "
        "of the cycle. Momentum (or β₁) runs the other way and replaces the optimizer's own."
    ),
    pitfalls=(
        "The top of the cycle is higher than a constant rate would be, yet a top beyond what the "
        "network bears ruins the weights in the first third. Early stopping cuts off the falling "
        "part, which is where most of the gain comes from."
    ),
    params=(
        Param(
            name="pct_start",
            title="Rising share",
            default=0.3,
            gt=0,
            lt=1,
            doc="The share of the run in which the rate rises.",
        ),
        Param(
            name="anneal_strategy",
            title="Shape",
            default="cos",
            choices=("cos", "linear"),
            doc="Along a cosine or a straight line.",
        ),
        Param(
            name="cycle_momentum",
            default=True,
            doc="Lowers momentum while the rate is high. Off for optimizers that have none.",
        ),
        Param(
            name="base_momentum",
            title="Lowest momentum",
            default=0.85,
            ge=0,
            lt=1,
            advanced=True,
            doc="Momentum at the top of the rate.",
        ),
        Param(
            name="max_momentum",
            title="Highest momentum",
            default=0.95,
            ge=0,
            lt=1,
            advanced=True,
            doc="Momentum at both ends.",
        ),
        Param(
            name="div_factor",
            title="Start divisor",
            default=25.0,
            ge=1,
            advanced=True,
            doc="The run starts at the top rate divided by this.",
        ),
        Param(
            name="final_div_factor",
            title="End divisor",
            default=1e4,
            ge=1,
            advanced=True,
            doc="It ends at the starting rate divided by this.",
        ),
        Param(
            name="three_phase",
            title="Three phases",
            default=False,
            advanced=True,
            doc="Falls as long as it rose, then runs out.",
        ),
    ),
)

PLATEAU = ScheduleSpec(
    id="plateau",
    title="Reduce on plateau",
    group="Schedule",
    covers=("SCH-04",),
    target="torch.optim.lr_scheduler.ReduceLROnPlateau",
    monitored=True,
    summary="Lowers the learning rate when the validation loss no longer falls.",
    keywords=("performance", "patience", "adaptive"),
    formula="η = η · factor after `patience` epochs without a better loss",
    notes="Needs a validation part. Keep its patience below that of early stopping.",
    pitfalls=(
        "A noisy validation loss triggers it too soon, a patience longer than early stopping's "
        "never. Without a validation part it follows the training loss."
    ),
    params=(
        Param(
            name="factor",
            default=0.1,
            gt=0,
            lt=1,
            doc="What the rate is multiplied by.",
        ),
        Param(
            name="patience",
            default=10,
            ge=0,
            unit="epochs",
            doc="How many epochs without a better loss are let pass.",
        ),
        Param(
            name="threshold",
            default=1e-4,
            ge=0,
            lt=1,
            advanced=True,
            doc="By which share the loss must fall to count as better.",
        ),
        Param(
            name="cooldown",
            default=0,
            ge=0,
            unit="epochs",
            advanced=True,
            doc="How many epochs to wait after a drop before counting again.",
        ),
        Param(
            name="min_lr",
            title="Lowest rate",
            default=0.0,
            ge=0,
            doc="The rate never goes below this.",
        ),
    ),
)
