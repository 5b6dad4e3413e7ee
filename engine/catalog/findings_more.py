"""Rules on the network as it stands, on its data, and on how well a run fits."""

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
    summary="A layer starts from weights that are all the same number.",
    cause=(
        "Units with the same weights get the same gradient and stay the same for ever; with weights "
        "of zero nothing comes through at all."
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
    summary="Numbers of very different size, or very large ones, go into the network.",
    cause=(
        "Weights start for inputs of about the size of 1. A feature that is a thousand times larger "
        "drowns the others and makes the loss steep in one direction only."
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
    pitfalls="A target that has a meaning at 0, such as a count, keeps it after scaling by name only.",
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

# -- how well it fits

NO_LEARNING = FindingSpec(
    id="no_learning",
    title="Nothing is learned",
    group="Fit",
    covers=_COVERS,
    topic="epochs",
    target="engine.diagnose.fit.none",
    summary="The loss is still that of an answer that does not look at the input.",
    cause=(
        "What reaches the loss does not depend on the input, or the labels do not: dead units, "
        "frozen layers, shuffled labels, inputs without information."
    ),
    keywords=("chance", "stuck", "random labels", "baseline"),
    formula="|loss − chance| < 1 % of chance, and no epoch is better than the first by 1 %",
    notes=(
        "Try whether one batch can be overfitted: if not, the network is at fault; if so, the data "
        "is. Chance is the loss of answering with the shares of the classes, or with the mean."
    ),
    pitfalls="Some tasks stay at chance for many epochs and then begin; parity is the classic.",
    params=(
        Param(name="near", default=0.01, gt=0, lt=1, doc="How near to chance, as a share of it."),
        Param(name="epochs", default=5, ge=2, unit="epochs", doc="Epochs it is judged by."),
    ),
    yields_to=(
        "same_start",
        "dead_relu",
        "vanishing_gradients",
        "exploding_gradients",
        "saturation",
        "lr_too_low",
        "lr_too_high",
        "input_scale",
        "batch_norm_of_one",
        "not_finite",
    ),
)

PLATEAU = FindingSpec(
    id="plateau",
    title="Plateau",
    group="Fit",
    covers=_COVERS,
    topic="epochs",
    target="engine.diagnose.fit.plateau",
    summary="The loss fell and has stood still for many epochs, with more to come.",
    cause=(
        "Either the schedule has brought the rate down so far that nothing moves, or the rate is "
        "too large to go further down and the weights bounce about the valley."
    ),
    keywords=("stagnation", "flat", "schedule", "stuck"),
    formula="the mean of the later half of the window is less than 0.5 % below the earlier half",
    notes=(
        "Lower the rate if steps are large, end the schedule later if it is spent. If neither "
        "holds, the network may have learned what it can; that is not told."
    ),
    pitfalls="A loss at the noise of the data stands still as well: compare with a simple model.",
    params=(
        Param(name="window", default=8, ge=4, unit="epochs", doc="Epochs that are looked at."),
        Param(name="gain", default=0.005, gt=0, lt=1, doc="A fall by less than this share is none."),
        Param(name="spent", default=0.001, gt=0, lt=1, doc="A rate below this share is spent."),
        Param(name="bouncing", default=0.02, gt=0, doc="A change over weights above this bounces."),
    ),
    yields_to=("no_learning", "lr_too_high", "lr_too_low", "not_finite", "dead_relu"),
)

UNDERFITTING = FindingSpec(
    id="underfitting",
    title="Underfitting",
    group="Fit",
    covers=_COVERS,
    topic="epochs",
    target="engine.diagnose.fit.under",
    summary="The network has stopped learning and is hardly better than a constant answer.",
    cause=(
        "It is too small or too simple for the task, is held back by penalties or dropout, or "
        "lacks the inputs that matter."
    ),
    keywords=("capacity", "bias", "too small", "simple"),
    formula="training loss > 0.5 · chance, standing still, and validation loss < 1.3 · training loss",
    notes=(
        "Add a hidden layer or widen those there are, weaken penalties and dropout, train longer. "
        "If a simple model does as badly, the inputs do not hold the answer."
    ),
    pitfalls="A task with much noise cannot be learned better; compare with a simple model.",
    params=(
        Param(name="share", default=0.5, gt=0, lt=1, doc="Loss over chance that is poor."),
        Param(name="gain", default=0.01, gt=0, lt=1, doc="A fall by less than this share is none."),
        Param(name="gap", default=1.3, gt=1, doc="Validation over training loss that is close."),
        Param(name="epochs", default=10, ge=6, unit="epochs", doc="Epochs before it is judged."),
    ),
    yields_to=(
        "no_learning",
        "lr_too_high",
        "lr_too_low",
        "same_start",
        "vanishing_gradients",
        "exploding_gradients",
        "dead_relu",
        "saturation",
        "softmax_twice",
        "loss_pair",
        "target_range",
        "input_scale",
        "batch_norm_of_one",
        "missing_nonlinearity",
        "not_finite",
    ),
)

OVERFITTING = FindingSpec(
    id="overfitting",
    title="Overfitting",
    group="Fit",
    covers=_COVERS,
    topic="epochs",
    target="engine.diagnose.fit.over",
    summary="The training loss goes on falling while the validation loss rises.",
    cause=(
        "The network has begun to learn the training samples by heart: it has more weights than "
        "the samples can hold down."
    ),
    keywords=("generalisation", "early stopping", "dropout", "variance"),
    formula="validation loss > 1.25 · its lowest, 5 epochs ago or more, training loss still falling",
    notes=(
        "Stop early and keep the best weights; add dropout or weight decay; get more data or "
        "augment it; take a smaller network."
    ),
    pitfalls=(
        "A cross-entropy may rise while the accuracy still improves: the network grows too sure. "
        "With a small validation part the figure is noisy; several epochs must show it."
    ),
    params=(
        Param(name="rise", default=1.25, gt=1, doc="Validation loss over its lowest."),
        Param(name="epochs", default=5, ge=2, unit="epochs", doc="Epochs since the lowest."),
    ),
    yields_to=("lr_too_high", "not_finite"),
)

VALIDATION_EASIER = FindingSpec(
    id="validation_easier",
    title="Validation is easier than training",
    group="Fit",
    covers=_COVERS,
    topic="epochs",
    target="engine.diagnose.fit.easier",
    summary="The loss on validation samples is far below that on training samples, to the end.",
    cause=(
        "The parts are not alike, or samples stand in both: then the validation figure says "
        "nothing about new data."
    ),
    keywords=("leak", "split", "duplicates", "shuffle"),
    formula="training loss > 1.5 · validation loss, before and after the epoch, 5 epochs in a row",
    notes="Part the data at random and look for samples that occur twice.",
    pitfalls=(
        "Dropout, noise, augmentation and penalties make the training loss larger by themselves: "
        "networks with them are not judged. The training loss is a mean over the epoch, so the "
        "validation loss from before the epoch is compared as well."
    ),
    params=(
        Param(name="times", default=1.5, gt=1, doc="Training over validation loss."),
        Param(name="epochs", default=5, ge=2, unit="epochs", doc="Epochs in a row."),
        Param(name="least", default=30, ge=1, unit="samples", doc="A smaller part is not judged."),
    ),
    yields_to=("lr_too_high", "not_finite"),
)

# -- contests of two networks

JUDGE_WINS = FindingSpec(
    id="judge_wins",
    title="The judge has won",
    group="Adversarial",
    covers=_COVERS,
    topic="loss",
    target="engine.diagnose.contest.judge_wins",
    summary="The discriminator tells real from made without fail, so the generator learns nothing.",
    cause=(
        "The discriminator learns faster than the generator; where it is sure, its slope is flat "
        "and gives the generator no direction."
    ),
    keywords=("gan", "discriminator", "generator", "balance", "dominant"),
    formula="discriminator loss < 0.05 and generator loss > 4, over the last tenth of the steps",
    notes=(
        "Lower the discriminator's rate or give the generator more steps a turn; smooth the "
        "labels; add noise to what the discriminator sees."
    ),
    pitfalls="Judged for losses of the kind “log” only; the figures of others have no fixed scale.",
    params=(
        Param(name="sure", default=0.05, gt=0, doc="Discriminator loss below which it is sure."),
        Param(name="lost", default=4.0, gt=0, doc="Generator loss above which it has lost."),
        Param(name="after", default=100, ge=0, unit="steps", doc="Steps that are not judged."),
    ),
    yields_to=("not_finite",),
)

MODE_COLLAPSE = FindingSpec(
    id="mode_collapse",
    title="Mode collapse",
    group="Adversarial",
    covers=_COVERS,
    topic="pictures",
    target="engine.diagnose.contest.collapse",
    summary="The generator draws the same picture whatever the noise.",
    cause=(
        "One picture that deceives the discriminator is enough for the generator's loss, so it "
        "puts everything there."
    ),
    keywords=("gan", "generator", "diversity", "same samples"),
    formula="deviation among pictures / deviation within a picture < 0.05",
    notes="Lower the generator's rate, let the discriminator see more, or begin again.",
    pitfalls=(
        "Seen only where a display shows what the generator makes from noise. At the very start "
        "all pictures are alike too; the first steps are not judged."
    ),
    params=(
        Param(name="variety", default=0.05, gt=0, doc="Variety below which pictures are alike."),
        Param(name="after", default=100, ge=0, unit="steps", doc="Steps that are not judged."),
        Param(name="pictures", default=4, ge=1, le=16, doc="Displays in a row that show it."),
    ),
    yields_to=("not_finite",),
)
