"""Rules on how well a run fits, and on contests of two networks."""

from __future__ import annotations

from engine.catalog.spec import FindingSpec, Param

_COVERS = ("MON-05",)

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
        Param(name="gain", default=0.005, gt=0, lt=1, doc="A fall by less than this is none."),
        Param(name="spent", default=0.001, gt=0, lt=1, doc="A rate below this share is spent."),
        Param(name="bouncing", default=0.1, gt=0, doc="A change over weights above this bounces."),
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
    formula="training loss > 0.6 · chance, standing still; validation loss < 1.3 · training loss",
    notes=(
        "Add a hidden layer or widen those there are, weaken penalties and dropout, train longer. "
        "If a simple model does as badly, the inputs do not hold the answer."
    ),
    pitfalls="A task with much noise cannot be learned better; compare with a simple model.",
    params=(
        Param(name="share", default=0.6, gt=0, lt=1, doc="Loss over chance that is poor."),
        Param(name="gain", default=0.01, gt=0, lt=1, doc="A fall by less than this is none."),
        Param(name="gap", default=1.3, gt=1, doc="Validation over training loss that is close."),
        Param(name="epochs", default=12, ge=6, unit="epochs", doc="Epochs before it is judged."),
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
    formula="validation loss > 1.25 · its lowest, 5 epochs ago; training loss still falling",
    notes=(
        "Stop early and keep the best weights; add dropout or weight decay; get more data or "
        "augment it; take a smaller network."
    ),
    pitfalls=(
        "A run that stops early and keeps its best weights deals with it by itself and is not "
        "judged. A cross-entropy may rise while the accuracy still improves: the network grows too "
        "sure. With a small validation part the figure is noisy; several epochs must show it."
    ),
    params=(
        Param(name="rise", default=1.25, gt=1, doc="Validation loss over its lowest."),
        Param(name="epochs", default=5, ge=2, unit="epochs", doc="Epochs since the lowest."),
    ),
    yields_to=("lr_too_high", "input_scale", "not_finite"),
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
