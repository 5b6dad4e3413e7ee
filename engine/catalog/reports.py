"""Reports: views of how good a trained network is on a part of the data."""

from __future__ import annotations

from engine.catalog.spec import Param, ReportSpec

_LABELS = ("classes", "binary")
_ALL = ("classes", "binary", "regression")

CONFUSION_MATRIX = ReportSpec(
    id="confusion_matrix",
    title="Confusion matrix",
    group="Report",
    covers=("MET-02",),
    target="engine.modules.reports.confusion_matrix",
    tasks=_LABELS,
    view="heat",
    summary="How often which class was taken for which.",
    keywords=("classification", "heat map", "errors", "mix-up"),
    formula="cell (i, j) = samples of class i that were called class j",
    notes="Rows are the actual classes, columns the predicted ones. A click on a cell shows them.",
    pitfalls=(
        "Counts are ruled by frequent classes: normalise by the actual class to compare rows. A "
        "pair that is mixed up both ways is alike; one way, and the classes are unequal."
    ),
    params=(
        Param(
            name="normalise",
            default="nothing",
            choices=("nothing", "actual", "predicted", "all"),
            doc="Counts, or shares of each row, of each column, of all samples.",
        ),
    ),
)

CLASS_REPORT = ReportSpec(
    id="class_report",
    title="Figures per class",
    group="Report",
    covers=("MET-07", "MET-01"),
    target="engine.modules.reports.class_report",
    tasks=_LABELS,
    view="table",
    summary="Precision, recall, specificity and F1 of every class, and their means.",
    keywords=("classification report", "support", "per class"),
    formula="TP/(TP+FP), TP/(TP+FN), TN/(TN+FP), 2PR/(P+R)",
    notes="Support is how many samples the class has. What is not defined counts 0.",
    pitfalls="Figures of a class with a handful of samples jump by large steps.",
)

ROC_CURVE = ReportSpec(
    id="roc_curve",
    title="ROC curve",
    group="Report",
    covers=("MET-03",),
    target="engine.modules.reports.roc_curve",
    tasks=_LABELS,
    view="curves",
    summary="Hits over false alarms for every threshold, and the area below.",
    keywords=("classification", "auc", "sensitivity", "specificity", "one-vs-rest"),
    formula="x = FP/(FP+TN), y = TP/(TP+FN)",
    notes="The diagonal is guessing. Several classes: one against the rest.",
    pitfalls=(
        "Looks good where positives are rare, since the many negatives are easy: prefer the "
        "precision–recall curve there."
    ),
)

PRECISION_RECALL_CURVE = ReportSpec(
    id="precision_recall_curve",
    title="Precision–recall curve",
    group="Report",
    covers=("MET-03",),
    target="engine.modules.reports.precision_recall_curve",
    tasks=_LABELS,
    view="curves",
    summary="Precision over recall for every threshold, and the average precision.",
    keywords=("classification", "average precision", "rare", "one-vs-rest"),
    formula="x = TP/(TP+FN), y = TP/(TP+FP)",
    notes=(
        "Choose it over the ROC curve where positives are rare or false alarms matter more than "
        "misses. Guessing gives a level line at the share of positives."
    ),
    pitfalls="Not comparable between parts with other shares of positives.",
)

THRESHOLD_CURVE = ReportSpec(
    id="threshold_curve",
    title="Threshold",
    group="Report",
    covers=("MET-03",),
    target="engine.modules.reports.threshold_curve",
    tasks=_LABELS,
    view="threshold",
    summary="Precision, recall and F1 of a class for the threshold you choose.",
    keywords=("classification", "f1", "slider", "trade-off", "cut-off"),
    formula="yes where p ≥ threshold",
    notes="Raise it for fewer false alarms, lower it for fewer misses.",
    pitfalls="Choose it on the validation part: chosen on the test part, its figures flatter.",
    params=(
        Param(name="of", title="Class", default=1, ge=0, doc="The class that yes stands for."),
        Param(name="steps", default=100, ge=2, le=10_000, doc="Thresholds from 0 to 1."),
    ),
)

CALIBRATION = ReportSpec(
    id="calibration",
    title="Calibration",
    group="Report",
    covers=("MET-07",),
    target="engine.modules.reports.calibration",
    tasks=_LABELS,
    view="calibration",
    summary="Whether answers given with 80 % are right 8 times in 10.",
    keywords=("reliability", "confidence", "probability", "ece", "brier"),
    formula="error = Σ (samples in bin / all)·|mean confidence − share that is right|",
    notes="Below the diagonal the network is too sure. Of classes the best one's probability.",
    pitfalls="Bins with few samples stray widely. Scores of hinge losses are no probabilities.",
    params=(Param(name="bins", default=10, ge=2, le=100, doc="How many bins from 0 to 1."),),
)

RESIDUALS = ReportSpec(
    id="residuals",
    title="Residuals",
    group="Report",
    covers=("MET-04",),
    target="engine.modules.reports.residuals",
    tasks=("regression",),
    view="residuals",
    summary="How far off each answer is, over what was said.",
    keywords=("regression", "error", "scatter", "bias", "mse", "rmse", "mae", "r2"),
    formula="residual = ŷ − y",
    notes=(
        "A level cloud around 0 is good. A slope or a bow is something the network missed; a "
        "funnel says that large values are less sure."
    ),
    pitfalls="On the training part it looks better than it is.",
    params=(Param(name="output", default=0, ge=0, doc="Which of several outputs."),),
)

WORST_SAMPLES = ReportSpec(
    id="worst_samples",
    title="Worst samples",
    group="Report",
    covers=("MET-07",),
    target="engine.modules.reports.worst_samples",
    tasks=_ALL,
    view="samples",
    summary="The samples the network is most wrong about.",
    keywords=("errors", "hard examples", "loss", "outliers", "labels"),
    notes="Look at them first: wrong labels, odd samples and missing kinds show here.",
    pitfalls="A wrong label looks like a mistake of the network.",
    params=(Param(name="count", default=24, ge=1, le=1000, doc="How many samples."),),
)

CROSS_VALIDATION = ReportSpec(
    id="cross_validation",
    title="Cross-validation",
    group="Report",
    covers=("MET-06",),
    target="engine.judge.folds.cross_validate",
    tasks=_ALL,
    view="folds",
    summary="Trains anew on k parts of the data in turn, and says how much the figures vary.",
    keywords=("k-fold", "stratified", "mean", "deviation", "folds"),
    formula="mean ± √(Σ (x − mean)² / (k − 1))",
    notes=(
        "Training and validation part together are cut into k folds; each is left out once and "
        "measured. The test part stays unseen. Scaling is fitted anew for every fold. A series is "
        "cut in time: each fold learns from what lies before it."
    ),
    pitfalls=(
        "Takes k times as long as training. With early stopping each fold also chooses when to "
        "stop, so its figures flatter a little. Folds share samples: their spread is no error bar."
    ),
    params=(
        Param(name="folds", default=5, ge=2, le=100, doc="How many folds (k)."),
        Param(
            name="stratified",
            default=True,
            doc="Each fold has the same share of every class; without classes it changes nothing.",
        ),
    ),
)

TRY_IT = ReportSpec(
    id="try_it",
    title="Try it",
    group="Report",
    covers=("ADV-10",),
    target="engine.judge.trying.Tryout",
    tasks=_ALL,
    view="try",
    summary="Ask the network about a drawing, numbers, a text, or all samples of a file.",
    keywords=("predict", "inference", "draw", "demo", "type", "answer", "file"),
    notes=(
        "What is given is prepared like the data: scaled by the training part, words numbered by "
        "its vocabulary. A file is a table with the same columns, pictures, or lines of text."
    ),
    pitfalls=(
        "A drawing is not like the data: other pens, other places. That a network errs here says "
        "little about its test figures, and much about what it has seen."
    ),
)

BASELINES = ReportSpec(
    id="baselines",
    title="Baselines",
    group="Report",
    covers=("MET-08",),
    target="engine.judge.baselines.baselines",
    tasks=_ALL,
    view="baselines",
    summary="What plain models of scikit-learn reach on the same parts, beside the network.",
    keywords=(
        "logistic regression",
        "linear regression",
        "svm",
        "random forest",
        "gradient boosting",
        "naive bayes",
        "nearest neighbours",
        "scikit-learn",
    ),
    notes=(
        "Logistic or linear regression, support vector machine, random forest, gradient boosting, "
        "naive Bayes, k nearest neighbours; all with their usual settings, on the training part. "
        "Where the time does not suffice a model learns from fewer samples; the table says so."
    ),
    pitfalls=(
        "None of them was tuned: a network that is barely better is not better. Pictures reach "
        "them as flat rows of pixels."
    ),
    params=(
        Param(
            name="seconds",
            default=10.0,
            gt=0,
            le=3600,
            unit="s",
            doc="How long each model may take.",
        ),
    ),
)
