"""Rules on the network as it stands and on its data."""

from __future__ import annotations

from engine.catalog.spec import FindingSpec, Param

_COVERS = ("MON-05",)

# -- the network

SOFTMAX_TWICE = FindingSpec(
    id="softmax_twice",
    title="Softmax twice",
    group="Network",
    covers=_COVERS,
    topic="project",
    target="engine.diagnose.standing.twice",
    many=True,
    summary="A Softmax or Sigmoid stands in front of a loss that applies it itself.",
    cause=(
        "The second one gets numbers between 0 and 1 only, so that its answers can never be sure "
        "and its gradients are small."
    ),
    keywords=("double softmax", "logits", "cross-entropy", "sigmoid"),
    formula="loss(softmax(softmax(x)))",
    notes="Take the layer out: the loss wants raw scores. Predictions apply it where it is needed.",
    pitfalls="It trains, only slowly and not far: nothing but the figures tells.",
)

LOSS_PAIR = FindingSpec(
    id="loss_pair",
    title="Last layer does not suit the loss",
    group="Network",
    covers=_COVERS,
    topic="project",
    target="engine.diagnose.standing.pair",
    many=True,
    summary="What the last activation puts out is not what the loss expects.",
    cause=(
        "Each loss expects scores, probabilities or log-probabilities. An activation that cuts "
        "scores off, or none where probabilities are due, leaves answers it cannot learn from."
    ),
    keywords=("logits", "probabilities", "sigmoid", "relu", "binary", "classes", "nll"),
    formula="scores: (−∞, ∞); probabilities: [0, 1]; log-probabilities: (−∞, 0]",
    notes=(
        "Cross-entropy and Binary cross-entropy take raw scores; Cross-entropy of probabilities "
        "takes Sigmoid or Softmax; Negative log-likelihood takes Log-softmax."
    ),
    pitfalls="A ReLU in front of a cross-entropy trains at first, and loses every score below 0.",
)

MISSING_NONLINEARITY = FindingSpec(
    id="missing_nonlinearity",
    title="No activation between two layers",
    group="Network",
    covers=_COVERS,
    topic="project",
    target="engine.diagnose.standing.linear",
    many=True,
    summary="Two layers of weights follow one another without an activation between them.",
    cause="A linear map of a linear map is a linear map: the two can do no more than one of them.",
    keywords=("activation", "linear", "relu", "depth"),
    formula="W₂(W₁x + b₁) + b₂ = Wx + b",
    notes="Put a ReLU between them, or take one away.",
    pitfalls=(
        "A narrow layer between two wide ones saves weights on purpose and is not told: it is a "
        "bottleneck. A depthwise convolution before a pointwise one is not told either."
    ),
)

SAME_START = FindingSpec(
    id="same_start",
    title="All units start alike",
    group="Network",
    covers=_COVERS,
    topic="project",
    target="engine.diagnose.standing.same_start",
    many=True,
    summary="A layer starts from weights that are all the same number.",
    cause=(
        "Units with the same weights get the same gradient and stay the same for ever; with "
        "weights of zero nothing comes through at all."
    ),
    keywords=("zero initialisation", "symmetric", "constant", "symmetry"),
    formula="wᵢ = wⱼ  →  ∇wᵢ = ∇wⱼ",
    notes="Start from “auto”, which fits the activation behind the layer.",
    pitfalls=(
        "The last layer alone may start at zero without harm; it is told for layers with others "
        "behind them."
    ),
)

BATCH_NORM_OF_ONE = FindingSpec(
    id="batch_norm_of_one",
    title="Batch norm with batches of one",
    group="Network",
    covers=_COVERS,
    topic="project",
    target="engine.diagnose.standing.batch_of_one",
    summary="A batch norm normalises over samples, and every batch holds a single one.",
    cause=(
        "The mean of one sample is the sample: what goes on is zero, or tells of the place in the "
        "picture only, and the running figures for evaluation are noise."
    ),
    keywords=("batch size", "normalization", "statistics"),
    formula="y = (x − mean(x)) / σ(x) = 0 for a batch of one",
    notes="Take larger batches, or a layer norm or group norm, which need no other samples.",
    pitfalls="Batches of two to four work, but with noisy statistics.",
    params=(Param(name="size", default=1, ge=1, unit="samples", doc="A batch of at most this."),),
)

# -- the data

INPUT_SCALE = FindingSpec(
    id="input_scale",
    title="Inputs are not scaled",
    group="Data",
    covers=_COVERS,
    topic="data",
    target="engine.diagnose.data.input_scale",
    many=True,
    summary="Numbers of very different size, or very large ones, go into the network.",
    cause=(
        "Weights start for inputs of about the size of 1. A feature that is a thousand times "
        "larger drowns the others and makes the loss steep in one direction only."
    ),
    keywords=("standardize", "normalize", "scaling", "features", "min-max"),
    formula="σ(largest feature) > 30 · σ(middle feature), or |x| > 100",
    notes="Standardise: subtract the mean and divide by the deviation of the training part.",
    pitfalls=(
        "Pictures from 0 to 255 count as well. A network that begins with a norm scales for itself "
        "and is left out; whole numbers that are embedded are too."
    ),
    params=(
        Param(name="spread", default=30.0, gt=1, doc="Largest over middle deviation of a feature."),
        Param(name="size", default=100.0, gt=0, doc="The greatest number that is still no worry."),
    ),
)

TARGET_SCALE = FindingSpec(
    id="target_scale",
    title="Target is not scaled",
    group="Data",
    covers=_COVERS,
    topic="data",
    target="engine.diagnose.data.target_scale",
    summary="The numbers to be learned are so large that the first loss is enormous.",
    cause=(
        "The network begins with answers about 0; a squared distance of thousands makes gradients "
        "of thousands, and the first steps throw the weights away."
    ),
    keywords=("regression", "standardize", "target", "units"),
    formula="√mean(y²) > 100 with a squared or absolute distance",
    notes="Turn on “Scale target”: figures are still told in the data's own unit.",
    pitfalls="A target with a meaning at 0, such as a count, does not keep it when scaled.",
    params=(Param(name="size", default=100.0, gt=0, doc="Root mean square that is too large."),),
)

TARGET_RANGE = FindingSpec(
    id="target_range",
    title="Target out of reach",
    group="Data",
    covers=_COVERS,
    topic="data",
    target="engine.diagnose.data.target_range",
    summary="The network's last activation cannot put out what the targets ask for.",
    cause="A Sigmoid ends at 0 and 1, a Tanh at −1 and 1, a ReLU at 0; the targets go beyond.",
    keywords=("sigmoid", "tanh", "relu", "range", "regression"),
    formula="min y < least output, or max y > greatest output",
    notes="Take the activation out, or scale the target into its range.",
    pitfalls="Scaling the target to mean 0 moves half of it below 0, out of reach of a ReLU.",
    params=(
        Param(
            name="slack",
            default=0.05,
            ge=0,
            doc="How far beyond the ends counts, as a share of the target's deviation.",
        ),
    ),
)

CLASS_IMBALANCE = FindingSpec(
    id="class_imbalance",
    title="Rare classes",
    group="Data",
    covers=_COVERS,
    topic="data",
    target="engine.diagnose.data.imbalance",
    summary="Some classes are so rare that always naming another one is nearly always right.",
    cause=(
        "The loss is a mean over samples: what is rare hardly counts, so the network learns the "
        "frequent classes and ignores the others."
    ),
    keywords=("imbalance", "weights", "rare", "accuracy", "recall"),
    formula="most frequent / rarest class ≥ 10",
    notes=(
        "Give classes weights against their frequency, or take a focal loss. Look at the balanced "
        "accuracy, recall and precision of each class: accuracy hides it."
    ),
    pitfalls="Weights make probabilities too high for rare classes: choose the threshold anew.",
    params=(
        Param(name="times", default=10.0, gt=1, doc="How much more frequent the largest class is."),
        Param(name="most", default=50, ge=2, doc="With more classes than this it is not told."),
    ),
)
