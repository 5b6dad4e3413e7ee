"""Where data can come from. Each entry says what its loader returns, where that is known unread."""

from __future__ import annotations

from engine.catalog.spec import Field, Param, SourceSpec


def _digits10() -> tuple[str, ...]:
    return tuple(str(n) for n in range(10))


def _target(*classes: str) -> Field:
    """Return a class target; without classes, one number to predict."""
    if classes:
        return Field(name="target", shape=(), dtype="int64", role="target", classes=classes)
    return Field(name="target", shape=(1,), role="target")


def _features(count: int) -> Field:
    return Field(name="features", shape=(count,))


DIGITS = SourceSpec(
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
        _target(*_digits10()),
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
    fields=(_features(4), _target("setosa", "versicolor", "virginica")),
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
    fields=(_features(13), _target("class_0", "class_1", "class_2")),
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
    fields=(_features(30), _target("malignant", "benign")),
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
    fields=(_features(10), _target()),
    samples=442,
)

FASHION_MNIST = SourceSpec(
    id="fashion_mnist",
    title="Fashion-MNIST",
    group="Images",
    summary="70,000 pictures of clothing in ten kinds, 28 × 28 grey pixels.",
    covers=("DAT-02", "DAT-11"),
    keywords=("clothes", "image", "classification", "zalando", "idx"),
    notes="Brings its own test part of 10,000; one tenth of the rest is for validation.",
    target="engine.data.loaders.fashion_mnist",
    task="classes",
    fields=(
        Field(name="image", shape=(1, 28, 28)),
        _target(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
    ),
    samples=70_000,
)

MNIST = SourceSpec(
    id="mnist",
    title="MNIST",
    group="Images",
    summary="70,000 handwritten digits, 28 × 28 grey pixels.",
    covers=("DAT-02", "DAT-11"),
    keywords=("digits", "handwriting", "image", "classification", "idx"),
    notes="Brings its own test part of 10,000; one tenth of the rest is for validation.",
    target="engine.data.loaders.mnist",
    task="classes",
    fields=(Field(name="image", shape=(1, 28, 28)), _target(*_digits10())),
    samples=70_000,
)

_DELIMITER = Param(
    name="delimiter",
    default="auto",
    choices=("auto", "comma", "semicolon", "tab", "space"),
    doc="What parts the values of a row.",
    advanced=True,
)
_HEADER = Param(
    name="header",
    default="auto",
    choices=("auto", "yes", "no"),
    doc="Whether the first row holds the names of the columns.",
    advanced=True,
)

CSV = SourceSpec(
    id="csv",
    title="CSV table",
    group="Table",
    summary="A text file of numbers, one sample a row; one column is what to predict.",
    covers=("DAT-01",),
    keywords=("file", "tsv", "spreadsheet", "own data"),
    notes="Columns must hold numbers; the one to predict may hold words when it names classes.",
    target="engine.data.loaders.csv",
    params=(
        Param(name="path", default="", kind="path", title="File", doc="The file to read."),
        Param(name="target", default="", doc="Column to predict; empty is the last one."),
        Param(
            name="features",
            default=(),
            kind="names",
            doc="Columns to learn from; none means all but the one to predict.",
        ),
        Param(
            name="task",
            default="auto",
            choices=("auto", "classes", "regression"),
            doc="Predict one of several classes or a number; auto looks at the column.",
        ),
        _DELIMITER,
        _HEADER,
    ),
)

_SAMPLES = Param(name="samples", default=1000, ge=10, le=1_000_000, doc="Number of points.")
_SEED = Param(
    name="seed", default=0, ge=0, le=2**32 - 1, doc="The same seed makes the same points."
)


def _noise(default: float) -> Param:
    return Param(name="noise", default=default, ge=0.0, le=10.0, doc="Spread of random error.")


def _classes(default: int) -> Param:
    return Param(name="classes", default=default, ge=2, le=10, doc="Number of classes.")


_POINT = Field(name="point", shape=(2,))

MOONS = SourceSpec(
    id="moons",
    title="Two moons",
    group="Synthetic",
    summary="Two half circles that reach into each other.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy"),
    target="engine.data.loaders.moons",
    task="classes",
    params=(_SAMPLES, _noise(0.2), _SEED),
    fields=(_POINT, _target("0", "1")),
)

CIRCLES = SourceSpec(
    id="circles",
    title="Circles",
    group="Synthetic",
    summary="A small circle within a large one.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy", "rings"),
    target="engine.data.loaders.circles",
    task="classes",
    params=(
        _SAMPLES,
        _noise(0.1),
        Param(
            name="factor", default=0.5, gt=0.0, lt=1.0, doc="Size of the inner circle to the outer."
        ),
        _SEED,
    ),
    fields=(_POINT, _target("0", "1")),
)

SPIRALS = SourceSpec(
    id="spirals",
    title="Spirals",
    group="Synthetic",
    summary="Arms that wind around each other, one for each class.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy"),
    target="engine.data.loaders.spirals",
    task="classes",
    params=(
        _SAMPLES,
        _classes(2),
        Param(name="turns", default=1.5, gt=0.0, le=5.0, doc="How often an arm winds around."),
        _noise(0.05),
        _SEED,
    ),
    fields=(_POINT, _target("0", "1")),
)

XOR = SourceSpec(
    id="xor",
    title="XOR",
    group="Synthetic",
    summary="A square in four quarters; opposite quarters are of one class.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy", "checkerboard"),
    target="engine.data.loaders.xor",
    task="classes",
    params=(_SAMPLES, _noise(0.1), _SEED),
    fields=(_POINT, _target("0", "1")),
)

BLOBS = SourceSpec(
    id="blobs",
    title="Gaussian blobs",
    group="Synthetic",
    summary="Round clouds of points, one for each class.",
    covers=("DAT-09",),
    keywords=("points", "2-d", "classification", "toy", "clusters"),
    target="engine.data.loaders.blobs",
    task="classes",
    params=(
        _SAMPLES,
        _classes(3),
        Param(name="spread", default=1.0, gt=0.0, le=10.0, doc="Standard deviation of a cloud."),
        _SEED,
    ),
    fields=(_POINT, _target("0", "1", "2")),
)

_WINDOW = Param(
    name="window",
    default=30,
    ge=1,
    le=100_000,
    unit="steps",
    doc="How many past values the network sees.",
)
_HORIZON = Param(
    name="horizon",
    default=1,
    ge=1,
    le=100_000,
    unit="steps",
    doc="How far ahead the predicted value lies.",
)
_SERIES_FIELDS = (Field(name="window", shape=(30, 1)), _target())

DAILY_TEMPERATURE = SourceSpec(
    id="daily_temperature",
    title="Daily temperature",
    group="Series",
    summary="Ten years of daily lowest temperatures in Melbourne; predicts a day to come.",
    covers=("DAT-03",),
    keywords=("time", "forecast", "weather", "regression"),
    notes="Parted by time: the test part is the latest, and no value stands in two parts.",
    target="engine.data.loaders.daily_temperature",
    task="regression",
    params=(_WINDOW, _HORIZON),
    fields=_SERIES_FIELDS,
    ordered=True,
)

SERIES_CSV = SourceSpec(
    id="series_csv",
    title="CSV series",
    group="Series",
    summary="One column of a text file as a series in time; predicts a value to come.",
    covers=("DAT-03",),
    keywords=("time", "forecast", "file", "own data", "regression"),
    notes="Parted by time: the test part is the latest, and no value stands in two parts.",
    target="engine.data.loaders.series_csv",
    task="regression",
    params=(
        Param(name="path", default="", kind="path", title="File", doc="The file to read."),
        Param(name="column", default="", doc="Column to forecast; empty is the last one."),
        _WINDOW,
        _HORIZON,
        _DELIMITER,
        _HEADER,
    ),
    fields=_SERIES_FIELDS,
    ordered=True,
)
