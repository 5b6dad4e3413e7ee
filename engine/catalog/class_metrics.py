"""Metrics of classes beyond the usual ones: other averages, the yes alone, rankings."""

from __future__ import annotations

from engine.catalog.spec import MetricSpec

_LABELS = ("classes", "binary")
_YES = ("binary",)

PRECISION_MICRO = MetricSpec(
    id="precision_micro",
    title="Precision (micro)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_LABELS,
    fixed={"figure": "precision", "average": "micro"},
    summary="How often a class is right where it is predicted; all classes counted together.",
    keywords=("classification", "false positives", "micro average"),
    formula="TP / (TP + FP)",
    notes=("With one class a sample it equals accuracy; so do the other two."),
    pitfalls="Hides rare classes altogether: look at the macro average beside it.",
)

PRECISION_WEIGHTED = MetricSpec(
    id="precision_weighted",
    title="Precision (weighted)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_LABELS,
    fixed={"figure": "precision", "average": "weighted"},
    summary="How often a class is right where it is predicted; by how often classes occur.",
    keywords=("classification", "false positives", "weighted average"),
    formula="TP / (TP + FP)",
    notes=(
        "False alarms lower it; what is missed does not. Frequent classes count more, as "
        "samples do."
    ),
    pitfalls="Hides rare classes: it can be high while one of them is never found.",
)

PRECISION_YES = MetricSpec(
    id="precision_yes",
    title="Precision (yes)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_YES,
    fixed={"figure": "precision", "average": "yes"},
    summary="How many of the yes answers are right.",
    keywords=("classification", "binary", "false positives"),
    formula="TP / (TP + FP)",
    notes=(
        "False alarms lower it; what is missed does not. Reads raw scores; 0 is the "
        "threshold. 0 where it is not defined."
    ),
    pitfalls="Saying yes once, and rightly, gives 1: look at the recall as well.",
)

RECALL_MICRO = MetricSpec(
    id="recall_micro",
    title="Recall (micro)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_LABELS,
    fixed={"figure": "recall", "average": "micro"},
    summary="How much of each class is found; all classes counted together.",
    keywords=("classification", "sensitivity", "micro average"),
    formula="TP / (TP + FN)",
    notes=("With one class a sample it equals accuracy; so do the other two."),
    pitfalls="Hides rare classes altogether: look at the macro average beside it.",
)

RECALL_WEIGHTED = MetricSpec(
    id="recall_weighted",
    title="Recall (weighted)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_LABELS,
    fixed={"figure": "recall", "average": "weighted"},
    summary="How much of each class is found; by how often classes occur.",
    keywords=("classification", "sensitivity", "weighted average"),
    formula="TP / (TP + FN)",
    notes=(
        "What is missed lowers it; false alarms do not. Frequent classes count more, as samples do."
    ),
    pitfalls="Hides rare classes: it can be high while one of them is never found.",
)

RECALL_YES = MetricSpec(
    id="recall_yes",
    title="Recall (yes)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_YES,
    fixed={"figure": "recall", "average": "yes"},
    summary="How many of the true yes are found.",
    keywords=("classification", "binary", "sensitivity"),
    formula="TP / (TP + FN)",
    notes=(
        "What is missed lowers it; false alarms do not. Reads raw scores; 0 is the threshold."
        " 0 where it is not defined."
    ),
    pitfalls="Saying yes to all gives 1: look at the precision as well.",
)

SPECIFICITY_MICRO = MetricSpec(
    id="specificity_micro",
    title="Specificity (micro)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_LABELS,
    fixed={"figure": "specificity", "average": "micro"},
    summary="How much of what is not of a class is kept out of it; all classes counted together.",
    keywords=("classification", "true negative rate", "micro average"),
    formula="TN / (TN + FP)",
    notes=("For several classes it is high throughout, since most samples are not of a class."),
    pitfalls=(
        "Misleads with many classes: 0.99 for a hundred classes may go with a recall near 0."
    ),
)

SPECIFICITY_WEIGHTED = MetricSpec(
    id="specificity_weighted",
    title="Specificity (weighted)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_LABELS,
    fixed={"figure": "specificity", "average": "weighted"},
    summary="How much of what is not of a class is kept out of it; by how often classes occur.",
    keywords=("classification", "true negative rate", "weighted average"),
    formula="TN / (TN + FP)",
    notes=("For several classes it is high throughout, since most samples are not of a class."),
    pitfalls=(
        "Misleads with many classes: 0.99 for a hundred classes may go with a recall near 0."
    ),
)

SPECIFICITY_MACRO = MetricSpec(
    id="specificity_macro",
    title="Specificity (macro)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_LABELS,
    fixed={"figure": "specificity", "average": "macro"},
    summary="How much of what is not of a class is kept out of it; the mean over classes.",
    keywords=("classification", "true negative rate", "macro average"),
    formula="TN / (TN + FP)",
    notes=("For several classes it is high throughout, since most samples are not of a class."),
    pitfalls=(
        "Misleads with many classes: 0.99 for a hundred classes may go with a recall near 0."
    ),
)

SPECIFICITY_YES = MetricSpec(
    id="specificity_yes",
    title="Specificity (yes)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_YES,
    fixed={"figure": "specificity", "average": "yes"},
    summary="How many of the true no are left alone.",
    keywords=("classification", "binary", "true negative rate"),
    formula="TN / (TN + FP)",
    notes=(
        "High by itself where a class is rare. Reads raw scores; 0 is the threshold. 0 where "
        "it is not defined."
    ),
    pitfalls="Saying no to all gives 1: look at the recall as well.",
)

F1_MICRO = MetricSpec(
    id="f1_micro",
    title="F1 (micro)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_LABELS,
    fixed={"figure": "f1", "average": "micro"},
    summary="Precision and recall in one figure; all classes counted together.",
    keywords=("classification", "harmonic mean", "micro average"),
    formula="2·precision·recall / (precision + recall)",
    notes=("With one class a sample it equals accuracy; so do the other two."),
    pitfalls="Hides rare classes altogether: look at the macro average beside it.",
)

F1_WEIGHTED = MetricSpec(
    id="f1_weighted",
    title="F1 (weighted)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_LABELS,
    fixed={"figure": "f1", "average": "weighted"},
    summary="Precision and recall in one figure; by how often classes occur.",
    keywords=("classification", "harmonic mean", "weighted average"),
    formula="2·precision·recall / (precision + recall)",
    notes="High only where both are. Frequent classes count more, as samples do.",
    pitfalls="Hides rare classes: it can be high while one of them is never found.",
)

F1_YES = MetricSpec(
    id="f1_yes",
    title="F1 (yes)",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.per_class",
    tasks=_YES,
    fixed={"figure": "f1", "average": "yes"},
    summary="Precision and recall of yes in one figure.",
    keywords=("classification", "binary", "harmonic mean"),
    formula="2·precision·recall / (precision + recall)",
    notes=(
        "High only where both are. Reads raw scores; 0 is the threshold. 0 where it is not defined."
    ),
    pitfalls="Takes no account of the true no; a change of threshold changes it much.",
)

BALANCED_ACCURACY = MetricSpec(
    id="balanced_accuracy",
    title="Balanced accuracy",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.balanced_accuracy",
    tasks=_LABELS,
    summary="Recall averaged over the classes that occur.",
    keywords=("classification", "imbalance", "recall"),
    formula="(1/C) Σ TP / (TP + FN)",
    notes=(
        "Guessing gives 1/C however rare a class is. Differs from macro recall by leaving out"
        " classes that are predicted but never occur."
    ),
    pitfalls="With a handful of samples of a class it jumps by large steps.",
)

MATTHEWS = MetricSpec(
    id="matthews",
    title="Matthews correlation",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.matthews",
    tasks=_LABELS,
    summary="How closely predicted and right classes go together, from −1 to 1.",
    keywords=("classification", "mcc", "phi", "imbalance", "correlation"),
    formula="(TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN)); for more classes its extension",
    notes=(
        "0 is guessing, 1 perfect. High only where all four counts are good, also with rare "
        "classes."
    ),
    pitfalls=("0 also where all predictions or all answers are one class: then it is not defined."),
)

HAMMING = MetricSpec(
    id="hamming",
    title="Hamming distance",
    group="Metric",
    covers=("MET-01",),
    target="engine.modules.metrics.hamming",
    tasks=_LABELS,
    mean=True,
    better="lower",
    summary="The share of labels that are wrong.",
    keywords=("classification", "multi-label", "error", "bits"),
    formula="wrong labels / all labels",
    notes=(
        "For several labels a sample each counts alone. With one class a sample it is 1 − accuracy."
    ),
    pitfalls="With many labels that are mostly no it is small even where nothing is found.",
)

ROC_AUC = MetricSpec(
    id="roc_auc",
    title="ROC AUC",
    group="Metric",
    covers=("MET-03",),
    target="engine.modules.ranking.roc_auc",
    tasks=_LABELS,
    summary="The chance that a sample of the class is scored above one that is not of it.",
    keywords=("classification", "area under the curve", "ranking", "sensitivity"),
    formula="∫ TPR d(FPR); ties count half",
    notes=(
        "0.5 is guessing, 1 perfect ranking; needs no threshold. Several classes: one against"
        " the rest, the mean of those that occur. Several yes-or-no labels are pooled."
    ),
    pitfalls=(
        "Looks good where positives are rare, since the many no are easy: prefer the "
        "precision-recall curve there."
    ),
)

AVERAGE_PRECISION = MetricSpec(
    id="average_precision",
    title="Average precision",
    group="Metric",
    covers=("MET-03",),
    target="engine.modules.ranking.average_precision",
    tasks=_LABELS,
    summary="The area under the precision-recall curve, in steps.",
    keywords=("classification", "pr auc", "ranking", "rare", "map"),
    formula="Σ (Rₙ − Rₙ₋₁)·Pₙ",
    notes=(
        "For rare positives, and where false alarms matter more than misses. Guessing gives "
        "the share of positives. Several classes: one against the rest, the mean of those "
        "that occur."
    ),
    pitfalls="Not comparable between parts with other shares of positives.",
)
