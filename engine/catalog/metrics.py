"""Metrics: figures a person judges a network by. Training does not follow them."""

from __future__ import annotations

from engine.catalog.spec import MetricSpec, Param

_LABELS = ("classes", "binary")

ACCURACY = MetricSpec(
    id="accuracy",
    title="Accuracy",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.accuracy",
    tasks=("classes",),
    mean=True,
    summary="The share of samples whose best-scored class is right.",
    keywords=("classification", "correct"),
    formula="right / all",
    notes="Misleads where one class is frequent: look at macro F1 as well.",
    pitfalls=(
        "Where 95 % of the samples are of one class, always saying that class gives 0.95. Compare "
        "it with the baseline."
    ),
)

TOP_K = MetricSpec(
    id="top_k",
    title="Top-k accuracy",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.top_k",
    tasks=("classes",),
    mean=True,
    summary="The share of samples whose right class is among the k best-scored.",
    keywords=("classification", "top 5"),
    formula="right class among the k best / all",
    notes="For many classes that resemble each other. With k classes or fewer it is always 1.",
    pitfalls="Not to be compared with accuracy: with 10 classes and k = 5 guessing gives 0.5.",
    params=(Param(name="k", default=5, ge=1, doc="How many of the best-scored classes count."),),
)

PRECISION_MACRO = MetricSpec(
    id="precision_macro",
    title="Precision (macro)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.precision_macro",
    tasks=_LABELS,
    summary="How often a class is right where it is predicted; the mean over classes.",
    keywords=("classification", "false positives"),
    formula="TP / (TP + FP)",
    notes="High: few false alarms. A class that is never predicted counts 0.",
    pitfalls=(
        "Always saying no to a rare class except when sure gives a high figure and misses most: "
        "look at recall beside it."
    ),
)

RECALL_MACRO = MetricSpec(
    id="recall_macro",
    title="Recall (macro)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.recall_macro",
    tasks=_LABELS,
    summary="How much of each class is found; the mean over classes.",
    keywords=("classification", "sensitivity", "false negatives", "balanced accuracy"),
    formula="TP / (TP + FN)",
    notes="High: little is missed. Matters where a miss is costly, as in diagnosis.",
    pitfalls=(
        "Saying yes to everything gives a recall of 1 for that class: look at precision beside it."
    ),
)

F1_MACRO = MetricSpec(
    id="f1_macro",
    title="F1 (macro)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.f1_macro",
    tasks=_LABELS,
    summary="Precision and recall in one figure; the mean over classes.",
    keywords=("classification", "imbalance", "harmonic mean"),
    formula="2·precision·recall / (precision + recall)",
    notes="High only where both are. Rare classes count as much as frequent ones.",
    pitfalls=(
        "One class with few samples moves it strongly from epoch to epoch. It is the mean of each "
        "class's F1, not the F1 of the mean precision and recall."
    ),
)

BINARY_ACCURACY = MetricSpec(
    id="binary_accuracy",
    title="Accuracy (yes/no)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.binary_accuracy",
    tasks=("binary",),
    mean=True,
    summary="The share of yes-or-no answers that are right.",
    keywords=("classification", "correct", "sigmoid"),
    formula="right / all",
    notes="Reads raw scores, as binary cross-entropy does.",
    pitfalls=(
        "With few positives, always saying no scores high. The best threshold is seldom 0.5 then."
    ),
    params=(
        Param(
            name="threshold",
            default=0.5,
            gt=0,
            lt=1,
            doc="The probability from which on the answer is yes.",
        ),
    ),
)

MAE = MetricSpec(
    id="mae",
    title="MAE",
    group="Metric",
    covers=("MET-04",),
    target="engine.modules.metrics.mae",
    tasks=("regression",),
    mean=True,
    better="lower",
    summary="The mean difference from the target, without its sign.",
    keywords=("regression", "absolute error"),
    formula="(1/n) Σ |y − ŷ|",
    notes="In the units of the target.",
    pitfalls=(
        "Says nothing of rare large errors; RMSE does. In the target's own units, so it cannot be "
        "compared between data sets."
    ),
)

RMSE = MetricSpec(
    id="rmse",
    title="RMSE",
    group="Metric",
    covers=("MET-04",),
    target="engine.modules.metrics.rmse",
    tasks=("regression",),
    better="lower",
    summary="The root of the mean squared difference from the target.",
    keywords=("regression", "squared error"),
    formula="√((1/n) Σ (y − ŷ)²)",
    notes="In the units of the target. Several outputs: the mean of each output's root.",
    pitfalls=(
        "A few outliers rule it. Where the data recipe scales the target, it is in deviations of "
        "the target, not in its units."
    ),
)

R2 = MetricSpec(
    id="r2",
    title="R²",
    group="Metric",
    covers=("MET-04",),
    target="engine.modules.metrics.r2",
    tasks=("regression",),
    summary="The share of the target's variance that is explained.",
    keywords=("regression", "determination", "explained variance"),
    formula="1 − Σ(y − ŷ)² / Σ(y − ȳ)²",
    notes="1 is perfect, 0 is as good as always saying the mean, below 0 is worse than that.",
    pitfalls=(
        "On a part where the target hardly varies it is far below 0 even for small errors. It has "
        "no meaning for one sample."
    ),
)

SEQUENCE_ACCURACY = MetricSpec(
    id="sequence_accuracy",
    title="Sequence accuracy",
    group="Metric",
    covers=("MET-05",),
    target="engine.modules.metrics.sequence_accuracy",
    tasks=("classes",),
    mean=True,
    whole=True,
    summary="The share of sequences that are right at every step.",
    keywords=("exact match", "translation", "tokens", "text", "seq2seq"),
    formula="sequences without a wrong step / sequences",
    notes=(
        "For answers that are of use only whole: dates, formulas, commands. Steps of the class "
        "number that the loss ignores (padding) may be anything. With one class a sample it is "
        "the accuracy."
    ),
    pitfalls=(
        "Stays at 0 long after single steps are mostly right: 90 % of steps give 35 % of "
        "sequences of ten. Padding that the loss does not ignore counts as steps."
    ),
)
