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
)
