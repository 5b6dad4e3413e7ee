"""Pictures: folders of the user's own and well-known sets."""

from __future__ import annotations

from engine.catalog.sources.parts import (
    CLOTHES,
    DELIMITER,
    DIGITS,
    FILE,
    FOLDER,
    FOLDERS,
    HEADER,
    LIMIT,
    SEED,
    TABLES,
    TASK,
    THINGS,
    target,
)
from engine.catalog.spec import Field, Param, SourceSpec

_SIZE = Param(
    name="size",
    default=(32, 32),
    length=2,
    ge=1,
    le=4096,
    unit="px",
    doc="Height and width that every picture is brought to.",
)
_GRAYSCALE = Param(
    name="grayscale", default=False, doc="One channel of grey instead of red, green and blue."
)
_FIT = Param(
    name="fit",
    default="crop",
    choices=("crop", "stretch"),
    doc="What happens to pictures of other proportions: the middle of them is taken, or all of "
    "them stretched.",
    advanced=True,
)
_OWN_TEST = "Brings its own test part of 10,000; one tenth of the rest is for validation."

FASHION_MNIST = SourceSpec(
    id="fashion_mnist",
    title="Fashion-MNIST",
    group="Images",
    summary="70,000 pictures of clothing in ten kinds, 28 × 28 grey pixels.",
    covers=("DAT-02", "DAT-11"),
    keywords=("clothes", "image", "classification", "zalando", "idx"),
    notes=_OWN_TEST,
    pitfalls=(
        "Shirts, pullovers and coats are hard to tell apart even for people: about 95 % is the end."
    ),
    target="engine.data.loaders.fashion_mnist",
    peek="engine.data.loaders.fashion_mnist_peek",
    task="classes",
    params=(LIMIT,),
    fields=(Field(name="image", shape=(1, 28, 28)), target(*CLOTHES)),
    samples=70_000,
    own=("test",),
)

MNIST = SourceSpec(
    id="mnist",
    title="MNIST",
    group="Images",
    summary="70,000 handwritten digits, 28 × 28 grey pixels.",
    covers=("DAT-02", "DAT-11"),
    keywords=("digits", "handwriting", "image", "classification", "idx"),
    notes=_OWN_TEST,
    pitfalls="Almost anything reaches 97 %: it does not tell a good network from a fair one.",
    target="engine.data.loaders.mnist",
    peek="engine.data.loaders.mnist_peek",
    task="classes",
    params=(LIMIT,),
    fields=(Field(name="image", shape=(1, 28, 28)), target(*DIGITS)),
    samples=70_000,
    own=("test",),
)

CIFAR10 = SourceSpec(
    id="cifar10",
    title="CIFAR-10",
    group="Images",
    summary="60,000 photographs of ten kinds of things, 32 × 32 pixels in colour.",
    covers=("DAT-02", "DAT-11"),
    keywords=("photographs", "colour", "image", "classification", "objects"),
    notes=(
        "Brings its own test part of 10,000; one tenth of the rest is for validation. Looked for "
        "as a folder `cifar10` or an archive `cifar10.tar.gz` of pictures by class, or in the "
        "published binary version; never as pickled Python."
    ),
    pitfalls=(
        "Networks for large photographs shrink its 32 × 32 pixels away in their first layers: take "
        "a small stride there."
    ),
    target="engine.data.pictures.cifar10",
    peek="engine.data.pictures.cifar10_peek",
    task="classes",
    params=(LIMIT,),
    fields=(Field(name="image", shape=(3, 32, 32)), target(*THINGS)),
    samples=60_000,
    own=("test",),
)

IMAGE_FOLDER = SourceSpec(
    id="image_folder",
    title="Folder of images",
    group="Images",
    summary="Pictures of your own, a folder for each class; predicts the class.",
    covers=("DAT-02",),
    keywords=("file", "own data", "photographs", "png", "jpeg", "zip", "tar", "classification"),
    notes=(
        "Above the classes there may be folders train, validation and test; then those are the "
        "parts. An archive is read as it is, not unpacked. A folder without classes within counts "
        "as one class, which is enough for networks that only need pictures."
    ),
    pitfalls=(
        "Folders that hold the same picture twice leak from training to test. Classes of very "
        "different size mislead accuracy."
    ),
    target="engine.data.pictures.image_folder",
    endings=FOLDERS,
    usual=True,
    peek="engine.data.pictures.image_folder_peek",
    task="classes",
    fields=(
        Field(name="image", shape=(3, 32, 32)),
        Field(name="target", shape=(), dtype="int64", role="target"),
    ),
    params=(
        FOLDER,
        _SIZE,
        _GRAYSCALE,
        _FIT,
        LIMIT,
        Param(
            name="damaged",
            title="Damaged pictures",
            default="stop",
            choices=("stop", "skip"),
            doc="Stop and name them, or leave them out.",
            advanced=True,
        ),
    ),
)

IMAGE_TABLE = SourceSpec(
    id="image_table",
    title="Images with a table",
    group="Images",
    summary="A text table that names a picture in each row, beside numbers and words.",
    covers=("DAT-01", "DAT-02"),
    keywords=("file", "csv", "own data", "several inputs", "multimodal"),
    notes=(
        "Pictures are looked for from the table's folder on. A column of words becomes a column of "
        "0 and 1 for each word."
    ),
    pitfalls="A column that was written after the answer was known gives the answer away.",
    target="engine.data.pictures.image_table",
    endings=TABLES,
    peek="engine.data.pictures.image_table_peek",
    params=(
        FILE,
        Param(
            name="images",
            default="",
            doc="Column that names the pictures; empty is the first that does.",
        ),
        Param(name="target", default="", doc="Column to predict; empty is the last one."),
        Param(
            name="features",
            default=(),
            kind="names",
            doc="Columns to learn from beside the picture; none means all others.",
        ),
        TASK,
        _SIZE,
        _GRAYSCALE,
        _FIT,
        DELIMITER,
        HEADER,
    ),
)

MNIST_DOMAINS = SourceSpec(
    id="mnist_domains",
    title="Digits of two domains",
    group="Images",
    summary="MNIST's digits with labels, and the same kind of digits on photographs without.",
    covers=("DAT-11",),
    keywords=("domain adaptation", "adversarial", "mnist-m", "transfer", "image"),
    notes=(
        "In training, digits on photographs have the label -100, which cross-entropy leaves out: "
        "only their domain is known. The test part holds digits on other pieces of the "
        "photographs, with their labels."
    ),
    pitfalls=(
        "Training accuracy speaks of the plain digits only; whether adapting worked is told by the "
        "test part."
    ),
    target="engine.data.tasks.mnist_domains",
    peek="engine.data.tasks.mnist_domains_peek",
    task="classes",
    params=(
        Param(
            name="limit",
            default=5000,
            ge=10,
            le=30_000,
            doc="Pictures of each domain to learn from, and for the test, at most.",
        ),
        SEED,
    ),
    fields=(
        Field(name="image", shape=(3, 28, 28)),
        target(*DIGITS),
        target("plain", "on photographs", name="domain"),
    ),
    own=("test",),
)
