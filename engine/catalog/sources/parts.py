"""What entries of sources have in common: fields and settings."""

from __future__ import annotations

from engine.catalog.spec import Field, Param

DIGITS = tuple(str(n) for n in range(10))
CLOTHES = (
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
)
THINGS = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

FILE = Param(name="path", default="", kind="path", title="File", doc="The file to read.")
FOLDER = Param(
    name="path",
    default="",
    kind="path",
    title="Folder",
    folder=True,
    doc="A folder, or a .zip or .tar archive of one.",
)
TABLES = (".csv", ".tsv")
"""Endings of tables,"""
TEXTS = (".txt",)
"""of texts,"""
FOLDERS = ("/", ".zip", ".tar", ".tar.gz", ".tgz")
"""and of folders, archives among them."""
DELIMITER = Param(
    name="delimiter",
    default="auto",
    choices=("auto", "comma", "semicolon", "tab", "space"),
    doc="What parts the values of a row.",
    advanced=True,
)
HEADER = Param(
    name="header",
    default="auto",
    choices=("auto", "yes", "no"),
    doc="Whether the first row holds the names of the columns.",
    advanced=True,
)
TASK = Param(
    name="task",
    default="auto",
    choices=("auto", "classes", "regression"),
    doc="Predict one of several classes or a number; auto looks at the column.",
)
LIMIT = Param(
    name="limit",
    default=0,
    ge=0,
    le=10_000_000,
    doc="Samples at most, for a quick look; 0 takes all. A test part of its own stays whole.",
)
SEED = Param(
    name="seed", default=0, ge=0, le=2**32 - 1, doc="The same seed makes the same samples."
)


def target(*classes: str, name: str = "target") -> Field:
    """Return a class to predict; without classes, a number."""
    if classes:
        return Field(name=name, shape=(), dtype="int64", role="target", classes=classes)
    return Field(name=name, shape=(1,), role="target")


def tokens(length: int, name: str = "tokens") -> Field:
    """Return a row of word or character numbers."""
    return Field(name=name, shape=(length,), dtype="int64")
