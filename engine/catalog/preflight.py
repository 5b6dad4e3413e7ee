"""What is looked at before a run: the data, the first step, whether anything is learned at all."""

from __future__ import annotations

from engine.catalog.spec import CheckSpec, Param

_COVERS = ("MON-07",)

# -- data

LABEL_RANGE = CheckSpec(
    id="label_range",
    title="Labels in range",
    group="Data",
    covers=_COVERS,
    target="engine.preflight.data.label_range",
    summary="Every label is one of the classes that the last layer can name.",
    cause=(
        "A class loss picks the score that a label names. A label beyond the last score names "
        "none: a run stops at once, on a GPU without a word that helps."
    ),
    keywords=("target", "classes", "out of range", "device-side assert"),
    formula="0 ≤ label < C; a binary target lies in [0, 1]",
    notes="Looks at all parts of the data. Labels that the loss leaves out do not count.",
    pitfalls="Classes counted from 1 in a file leave class 0 empty and need one output more.",
)

CLASS_BALANCE = CheckSpec(
    id="class_balance",
    title="Balance of the classes",
    group="Data",
    covers=_COVERS,
    target="engine.preflight.data.class_balance",
    summary="Every class occurs in the training part, and none drowns in another.",
    cause=(
        "A network that always names the most frequent class is right as often as that class "
        "occurs, and learns the rare ones last."
    ),
    keywords=("imbalance", "rare class", "stratified", "class weight"),
    formula="samples of the largest class / samples of the smallest",
    notes=(
        "With a strong imbalance look at F1 or at the confusion matrix, not at accuracy; weigh "
        "the classes in the loss. A stratified split keeps the shares in every part."
    ),
    pitfalls="Targets with a label for every position (text) are not judged: words differ so.",
    params=(
        Param(
            name="ratio",
            default=10.0,
            gt=1,
            doc="The largest class may be so many times the smallest.",
        ),
    ),
)

DUPLICATES = CheckSpec(
    id="duplicates",
    title="Samples in two parts",
    group="Data",
    covers=_COVERS,
    target="engine.preflight.data.duplicates",
    summary="No sample of validation or test stands in the training part, bit for bit.",
    cause=(
        "A sample that was trained on is known by heart. Figures on such samples tell nothing of "
        "new ones: they are too good."
    ),
    keywords=("leak", "leakage", "overlap", "contamination", "hash"),
    formula="|test ∩ train| / |test|",
    notes="Compares all inputs of a sample, as they are after preparation.",
    pitfalls=(
        "Samples that are nearly the same (two frames of one film) are not found. A table of few "
        "values repeats rows by nature."
    ),
    params=(
        Param(
            name="share",
            default=0.01,
            ge=0,
            lt=1,
            doc="The share of a part that may stand in the training part too.",
        ),
    ),
)

INPUT_SCALE = CheckSpec(
    id="input_scaling",
    title="Size of the inputs",
    group="Data",
    covers=_COVERS,
    target="engine.preflight.data.input_scaling",
    summary="Inputs are finite numbers, of a size that first weights are made for.",
    cause=(
        "First weights are drawn for inputs of mean 0 and deviation 1. Much larger ones blow up "
        "the first layer, much smaller ones leave it blind."
    ),
    keywords=("standardise", "normalise", "nan", "constant", "scale"),
    formula="deviation between 1/large and large; mean within large deviations",
    notes="Deviations are of a feature for a table, else of the whole field.",
    pitfalls="A feature that never changes in the training part has no deviation to scale by.",
    params=(Param(name="large", default=20.0, gt=1, doc="How far from 1 a deviation may lie."),),
)

# -- the first step

INITIAL_LOSS = CheckSpec(
    id="initial_loss",
    title="Loss at the start",
    group="First step",
    covers=_COVERS,
    target="engine.preflight.first.initial_loss",
    summary="Before training, a loss is about that of an answer that says nothing.",
    cause=(
        "Fresh weights know nothing, so that all classes should be about as likely. A much larger "
        "loss means that the answers are wrong and sure; a much smaller one that the answer is "
        "among the inputs."
    ),
    keywords=("ln C", "initial loss", "sanity check", "variance", "logits"),
    formula="cross-entropy: ln C; binary: ln 2; squared error: the target's variance",
    notes=(
        "The comparison is worked out by the loss itself, on equal scores for all classes, or on "
        "the mean of the target."
    ),
    pitfalls=(
        "Deep networks without norms start somewhat higher and train well all the same. A "
        "regression whose target has a large mean starts high: scale the target."
    ),
    params=(
        Param(
            name="high", default=4.0, gt=1, doc="So many times the expectation is worth a warning."
        ),
        Param(name="low", default=0.5, gt=0, lt=1, doc="Below this share of it, too."),
    ),
)

GRADIENTS_REACH = CheckSpec(
    id="gradients_reach",
    title="A gradient for every weight",
    group="First step",
    covers=_COVERS,
    target="engine.preflight.first.gradients_reach",
    summary="Every parameter that is to be trained gets a gradient other than zero.",
    cause=(
        "A layer whose output leads to no loss, or whose way there is cut by a dead activation or "
        "a detach, stays as it was drawn."
    ),
    keywords=("dead path", "unused layer", "zero gradient", "detach", "frozen"),
    formula="max |∂L/∂θ| > 0 within the first steps",
    notes="Looks at several steps: a weight that starts from zero may hide others for one step.",
    pitfalls="Rows of an embedding that no sample names get none, and need none.",
    params=(Param(name="steps", default=3, ge=1, le=50, doc="Steps that are looked at."),),
)

BATCH_SIZES = CheckSpec(
    id="batch_sizes",
    title="Odd batch sizes",
    group="First step",
    covers=_COVERS,
    target="engine.preflight.first.batch_sizes",
    summary="The last, smaller batch can be trained on, and a single sample predicted.",
    cause=(
        "The last batch of an epoch holds what is left. A norm over a batch of one sample has "
        "nothing to average, and a layer with a fixed size stops there."
    ),
    keywords=("last batch", "partial batch", "batch of one", "batch norm"),
    formula="N mod batch size",
    notes="A forward and a backward with the last batch's size; a prediction with one sample.",
    pitfalls="Batch norm refuses to train on one sample: choose another batch size.",
)

REPEATABLE = CheckSpec(
    id="repeatable",
    title="The same twice",
    group="First step",
    covers=_COVERS,
    target="engine.preflight.first.repeatable",
    summary="Two first steps from the same seed give the same weights, bit for bit.",
    cause=(
        "A run that can be repeated can be compared with another. What draws from a source of its "
        "own, or adds in an order that varies, cannot."
    ),
    keywords=("determinism", "deterministic", "seed", "reproducible"),
    formula="θ₁(seed) = θ₁(seed)",
    notes="On a CPU all entries of the catalogue are repeatable with one number of threads.",
    pitfalls="Some GPU kernels add in any order; their results differ in the last digits.",
)

# -- learning

OVERFIT_BATCH = CheckSpec(
    id="overfit_batch",
    title="One batch by heart",
    group="Learning",
    covers=_COVERS,
    target="engine.preflight.fitting.overfit_batch",
    summary="A copy of the network learns a single small batch by heart.",
    cause=(
        "What cannot even learn a few samples by heart has a fault: a wrong loss, a label that "
        "does not belong to its input, a dead path, an activation at the end."
    ),
    keywords=("overfit", "one batch", "sanity check", "memorise", "karpathy"),
    formula="L → 0 on one batch",
    notes=(
        "The first samples of the training part, without dropout, penalties and schedule, until "
        "the answers are right: with the project's optimizer first, then with Adam at two rates. "
        "Networks that train against each other are left out."
    ),
    pitfalls=(
        "Where the same input has two labels, or noise is drawn anew at every step, the loss "
        "keeps a floor: then the fall counts."
    ),
    params=(
        Param(name="samples", default=16, ge=1, le=4096, doc="Samples of the batch."),
        Param(name="steps", default=300, ge=1, le=100_000, doc="Steps of an attempt at most."),
        Param(name="seconds", default=10.0, gt=0, doc="Seconds of an attempt at most."),
    ),
)

GRADIENT_CHECK = CheckSpec(
    id="gradient_check",
    title="Gradients of your own layers",
    group="Learning",
    covers=_COVERS,
    target="engine.preflight.slopes.own_layers_right",
    summary="What a layer of your own passes back is the gradient of what it computes.",
    cause=(
        "A backward written by hand can be wrong and still train, only badly. Finite differences "
        "tell."
    ),
    keywords=("gradcheck", "finite differences", "custom layer", "autograd function", "backward"),
    formula="(f(x + ε) − f(x − ε)) / 2ε",
    notes=(
        "In double precision, on three samples, at up to 24 places of every tensor. All other "
        "nodes can be checked too: press Gradient check."
    ),
    pitfalls="At a kink (ReLU at exactly 0) there is no gradient; such places are left out.",
    params=(
        Param(name="tolerance", default=1e-4, gt=0, doc="The largest relative error that passes."),
    ),
)
