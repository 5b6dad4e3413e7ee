"""Sets that scikit-learn brings inside its package: nothing to fetch."""

from __future__ import annotations

from engine.catalog.sources.parts import DIGITS, target
from engine.catalog.spec import Field, SourceSpec


def _features(count: int) -> Field:
    return Field(name="features", shape=(count,))


DIGITS_SET = SourceSpec(
    id="digits",
    title="Digits",
    group="Bundled",
    summary="1,797 handwritten digits of 8 × 8 pixels, as a row of numbers and as an image.",
    covers=("DAT-10",),
    keywords=("handwriting", "image", "classification"),
    pitfalls=(
        "Small and easy: 97 % is ordinary, and a few samples more or less move the figure by a "
        "point."
    ),
    target="engine.data.loaders.digits",
    task="classes",
    fields=(
        Field(name="pixels", shape=(64,)),
        Field(name="image", shape=(1, 8, 8)),
        target(*DIGITS),
    ),
    samples=1797,
)

IRIS = SourceSpec(
    id="iris",
    title="Iris",
    group="Bundled",
    summary="150 flowers of three kinds, four measurements each.",
    covers=("DAT-10",),
    keywords=("table", "classification", "flower"),
    pitfalls="With 150 samples a test part of 15 % has 23: one error is 4 points.",
    target="engine.data.loaders.iris",
    task="classes",
    fields=(_features(4), target("setosa", "versicolor", "virginica")),
    samples=150,
)

WINE = SourceSpec(
    id="wine",
    title="Wine",
    group="Bundled",
    summary="178 wines of three growers, thirteen chemical measurements each.",
    covers=("DAT-10",),
    keywords=("table", "classification"),
    pitfalls=(
        "Measurements differ in size by a thousand: without scaling the largest rules. Few "
        "samples, so figures jump with the seed."
    ),
    target="engine.data.loaders.wine",
    task="classes",
    fields=(_features(13), target("class_0", "class_1", "class_2")),
    samples=178,
)

BREAST_CANCER = SourceSpec(
    id="breast_cancer",
    title="Breast cancer",
    group="Bundled",
    summary="569 tumours, thirty measurements each; malignant or benign.",
    covers=("DAT-10",),
    keywords=("table", "classification", "binary", "medicine"),
    pitfalls=(
        "Two thirds are benign: 0.63 is what always saying so gives. A miss is worse than a false "
        "alarm: look at recall."
    ),
    target="engine.data.loaders.breast_cancer",
    task="classes",
    fields=(_features(30), target("malignant", "benign")),
    samples=569,
)

DIABETES = SourceSpec(
    id="diabetes",
    title="Diabetes",
    group="Bundled",
    summary="442 patients, ten measurements each; predicts the progress of the disease.",
    covers=("DAT-10",),
    keywords=("table", "regression", "medicine"),
    notes="Measurements come unscaled, so that scaling can be fitted on the training part alone.",
    pitfalls=(
        "An R² of 0.5 is about all there is in it; much more on the training part is overfitting."
    ),
    target="engine.data.loaders.diabetes",
    task="regression",
    fields=(_features(10), target()),
    samples=442,
)

DIGITS_HALVES = SourceSpec(
    id="digits_halves",
    title="Digits, half and half",
    group="Bundled",
    summary="1,797 digits: the left half as a picture, of the right half only sums in a table.",
    covers=("DAT-10",),
    keywords=("image", "table", "several inputs", "multimodal", "classification"),
    notes=(
        "For networks with two inputs. The table holds the sums of the right half's 8 rows and 4 "
        "columns; the picture shows nothing of that half, so neither input is enough alone."
    ),
    pitfalls=(
        "A network that reads only one of the inputs still does fairly well: look at both "
        "branches' gradients."
    ),
    target="engine.data.tasks.digits_halves",
    task="classes",
    fields=(
        Field(name="image", shape=(1, 8, 4)),
        Field(name="table", shape=(12,)),
        target(*DIGITS),
    ),
    samples=1797,
)

DIGITS_TASKS = SourceSpec(
    id="digits_tasks",
    title="Digits, three answers",
    group="Bundled",
    summary="1,797 digits; predicts the digit, whether it is odd, and how much ink it took.",
    covers=("DAT-10",),
    keywords=("image", "several outputs", "multi-task", "classification", "regression"),
    notes=(
        "For networks with several outputs: two classes and a number. Ink is the mean of the "
        "pixels, 0 to 1."
    ),
    pitfalls=(
        "The ink's loss is in other units than the classes': weigh the losses, else one rules."
    ),
    target="engine.data.tasks.digits_tasks",
    task="classes",
    fields=(
        Field(name="pixels", shape=(64,)),
        Field(name="image", shape=(1, 8, 8)),
        target(*DIGITS),
        target("even", "odd", name="parity"),
        target(name="ink"),
    ),
    samples=1797,
)
