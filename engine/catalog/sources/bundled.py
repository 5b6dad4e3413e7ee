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
