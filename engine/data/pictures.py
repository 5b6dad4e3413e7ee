"""Loaders of pictures: a folder per class, a table that names files, CIFAR-10.

As in `loaders`, each stands alone but for the functions it calls. A `peek` function takes the same
settings and returns the same but for the content: arrays that take no memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.data.folders import (
    class_files,
    find_folder,
    held,
    members,
    peek_files,
    read_files,
    thin,
)
from engine.data.tables import (
    class_column,
    column_name,
    find_table,
    looks_like_classes,
    looks_like_words,
    numeric_column,
    open_table,
)
from engine.data.wellknown import find_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np


def picture_endings() -> tuple[str, ...]:
    """Return how the names of picture files end."""
    return (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")


def decode(content: bytes, size: tuple[int, int], grayscale: bool, fit: str) -> np.ndarray:
    """Return a picture file as (C, H, W) bytes.

    Raises
    ------
    ValueError
        It is no picture, or it is damaged.
    """
    import io
    import struct

    import numpy as np
    from PIL import Image, ImageOps

    height, width = size
    try:
        with Image.open(io.BytesIO(content)) as opened:
            image = ImageOps.exif_transpose(opened).convert("L" if grayscale else "RGB")
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from error
    if image.size != (width, height):
        way = Image.Resampling.BILINEAR
        if fit == "crop":
            image = ImageOps.fit(image, (width, height), way)
        else:
            image = image.resize((width, height), way)
    pixels = np.asarray(image)
    return pixels[None] if grayscale else pixels.transpose(2, 0, 1)


def read_pictures(
    folder: Path,
    names: list[str],
    size: tuple[int, int],
    grayscale: bool,
    fit: str,
    report: Callable[[str, float | None], None] | None = None,
) -> tuple[np.ndarray, dict[str, str]]:
    """Return pictures (N, C, H, W), and for each one that cannot be read the reason."""
    import numpy as np

    rows = {name: row for row, name in enumerate(names)}
    pictures = np.zeros((len(names), 1 if grayscale else 3, *size), np.uint8)
    damaged: dict[str, str] = {}
    for name, content in read_files(folder, names, report):
        try:
            pictures[rows[name]] = decode(content, size, grayscale, fit)
        except ValueError as error:
            damaged[name] = str(error)
    return pictures, damaged


def refuse_damaged(folder: Path, damaged: dict[str, str], total: int) -> None:
    """Name the pictures that cannot be read.

    Raises
    ------
    ValueError
        Always.
    """
    shown = ", ".join(sorted(damaged)[:5])
    more = f" and {len(damaged) - 5:,} more" if len(damaged) > 5 else ""
    every = "All" if len(damaged) == total else f"{len(damaged):,} of {total:,}"
    raise ValueError(
        f"{every} pictures of {folder.name} cannot be read: {shown}{more} "
        f"({next(iter(damaged.values()))}); repair or remove them, or choose to skip such pictures."
    )


def image_folder(
    path: str,
    size: tuple[int, int] = (32, 32),
    grayscale: bool = False,
    fit: str = "crop",
    limit: int = 0,
    damaged: str = "stop",
    *,
    report: Callable[[str, float | None], None] | None = None,
) -> dict[str, Any]:
    """Return pictures sorted into folders: `image` (C, H, W) uint8 and `target`."""
    import numpy as np

    folder = find_folder(path)
    files, classes = class_files(folder, picture_endings())
    files["train"] = thin(files["train"], limit)
    names = [name for rows in files.values() for name, _ in rows]
    pictures, bad = read_pictures(folder, names, size, grayscale, fit, report)
    if bad and (damaged == "stop" or len(bad) == len(names)):
        refuse_damaged(folder, bad, len(names))
    parts: dict[str, Any] = {}
    start = 0
    for part, rows in files.items():
        image = pictures[start : start + len(rows)]
        target = np.array([number for _, number in rows], np.int64)
        start += len(rows)
        if bad:
            good = np.array([name not in bad for name, _ in rows])
            image, target = image[good], target[good]
        parts[part] = {"image": image, "target": target}
    return {
        "fields": parts["train"],
        "validation": parts.get("validation"),
        "test": parts.get("test"),
        "classes": {"target": classes},
    }


def image_folder_peek(
    path: str,
    size: tuple[int, int] = (32, 32),
    grayscale: bool = False,
    fit: str = "crop",
    limit: int = 0,
    damaged: str = "stop",
) -> dict[str, Any]:
    """Return what `image_folder` would, from the names of the files alone."""
    counts, classes = peek_files(path, picture_endings(), limit)
    shape = (1 if grayscale else 3, *size)
    parts = {
        part: {"image": held(count, shape, "uint8"), "target": held(count, (), "int64")}
        for part, count in counts.items()
    }
    return {
        "fields": parts["train"],
        "validation": parts.get("validation"),
        "test": parts.get("test"),
        "classes": {"target": classes},
    }


def cifar10_classes() -> list[str]:
    """Return the ten classes, in their order."""
    animals = ["bird", "cat", "deer", "dog", "frog", "horse"]
    return ["airplane", "automobile", *animals, "ship", "truck"]


def cifar10(
    limit: int = 0, *, report: Callable[[str, float | None], None] | None = None
) -> dict[str, Any]:
    """Return CIFAR-10: `image` (3, 32, 32) uint8 and `target`, with its own test part.

    Reads a folder or an archive of pictures by class, or the set's published binary version.
    """
    (file,) = find_files("cifar10", report)
    if "bin" in file.name:
        return cifar10_records(file, limit, report)
    data = image_folder(str(file.resolve()), limit=limit, report=report)
    if data["classes"]["target"] != cifar10_classes() or data["test"] is None:
        raise ValueError(
            f"{file} is not CIFAR-10: it should hold the folders train and test, each with "
            f"{', '.join(cifar10_classes())}; remove it or put the set in its place."
        )
    return data


def cifar10_records(
    file: Path, limit: int, report: Callable[[str, float | None], None] | None = None
) -> dict[str, Any]:
    """Return CIFAR-10 from its binary version: records of a label and 3,072 pixels."""
    import numpy as np

    names = sorted(name for name, _ in members(file) if name.endswith(".bin"))
    read = dict(read_files(file, names, report))
    parts: dict[str, Any] = {}
    for part, word in (("train", "data_batch"), ("test", "test_batch")):
        content = b"".join(read[name] for name in names if word in name)
        if not content or len(content) % 3073:
            raise ValueError(f"{file.name} is not CIFAR-10 as published; fetch it again.")
        records = np.frombuffer(content, np.uint8).reshape(-1, 3073)
        records = records[: limit or None] if part == "train" else records
        images = np.ascontiguousarray(records[:, 1:]).reshape(-1, 3, 32, 32)
        parts[part] = {"image": images, "target": records[:, 0].astype(np.int64)}
    classes = {"target": cifar10_classes()}
    return {"fields": parts["train"], "test": parts["test"], "classes": classes}


def cifar10_peek(limit: int = 0) -> dict[str, Any]:
    """Return what `cifar10` would, as published."""
    parts = [
        {"image": held(count, (3, 32, 32), "uint8"), "target": held(count, (), "int64")}
        for count in (min(limit or 50_000, 50_000), 10_000)
    ]
    classes = {"target": cifar10_classes()}
    return {"fields": parts[0], "test": parts[1], "classes": classes}


def image_table(
    path: str,
    images: str = "",
    target: str = "",
    features: tuple[str, ...] = (),
    task: str = "auto",
    size: tuple[int, int] = (32, 32),
    grayscale: bool = False,
    fit: str = "crop",
    delimiter: str = "auto",
    header: str = "auto",
    *,
    report: Callable[[str, float | None], None] | None = None,
) -> dict[str, Any]:
    """Return a picture and a row of numbers: `image` (C, H, W) uint8, `table` (F,), `target`."""
    data = image_table_rows(path, images, target, features, task, delimiter, header)
    folder = find_table(path).parent
    names: list[str] = data.pop("names")
    pictures: list[np.ndarray] = []
    for row, name in enumerate(names):
        try:
            content = (folder / name).read_bytes()
            pictures.append(decode(content, size, grayscale, fit))
        except (OSError, ValueError) as error:
            raise ValueError(
                f"The picture {name!r} of sample {row + 1} cannot be read ({error}); put it beside "
                "the table, or take the row out."
            ) from error
        if report and row % 64 == 63:
            report("Reading pictures", row / len(names))
    return with_pictures(data, pictures)


def with_pictures(data: dict[str, Any], pictures: Any) -> dict[str, Any]:
    """Return a table's data with the pictures of its rows as the first field."""
    import numpy as np

    fields = {"image": np.asarray(pictures), **data["fields"]}
    return {**data, "fields": fields}


def image_table_peek(
    path: str,
    images: str = "",
    target: str = "",
    features: tuple[str, ...] = (),
    task: str = "auto",
    size: tuple[int, int] = (32, 32),
    grayscale: bool = False,
    fit: str = "crop",
    delimiter: str = "auto",
    header: str = "auto",
) -> dict[str, Any]:
    """Return what `image_table` would, from the table alone."""
    data = image_table_rows(path, images, target, features, task, delimiter, header)
    count = len(data.pop("names"))
    return with_pictures(data, held(count, (1 if grayscale else 3, *size), "uint8"))


def image_table_rows(
    path: str,
    images: str,
    target: str,
    features: tuple[str, ...],
    task: str,
    delimiter: str,
    header: str,
) -> dict[str, Any]:
    """Return `table` and `target` of a table that names pictures, and those names."""
    import numpy as np

    frame, first = open_table(path, delimiter, header)
    pictures = column_name(frame, images) if images else picture_column(frame, path)
    rest = frame.drop(columns=pictures)
    if not len(rest.columns):
        raise ValueError(f"{path} names pictures and nothing to predict; add a column.")
    aim = column_name(rest, target)
    chosen = [column_name(rest, name) for name in features]
    chosen = chosen or [name for name in rest.columns if name != aim]
    if aim in chosen or not chosen:
        raise ValueError(
            f"The table needs a column to learn from beside the pictures and {aim!r}, which is to "
            "be predicted."
        )
    classes: dict[str, list[str]] = {}
    if task == "classes" or (task == "auto" and looks_like_classes(frame[aim])):
        values, classes["target"] = class_column(frame, aim, first)
    else:
        values = numeric_column(frame, aim, first)[:, None]
    columns = [table_columns(frame, name, first) for name in chosen]
    names = [str(name).strip() for name in frame[pictures]]
    fields = {"table": np.concatenate(columns, 1), "target": values}
    return {"fields": fields, "test": None, "classes": classes, "names": names}


def table_columns(frame: Any, name: str, first: int) -> np.ndarray:
    """Return a column of numbers as (N, 1), one of words as (N, different words) of 0 and 1."""
    import numpy as np

    if not looks_like_words(frame[name]):
        return numeric_column(frame, name, first)[:, None]
    numbers, names = class_column(frame, name, first)
    if len(names) > 100:
        raise ValueError(
            f"Column {name!r} holds {len(names):,} different words, too many to learn from; "
            "leave it out of the features."
        )
    return np.eye(len(names))[numbers]


def picture_column(frame: Any, path: str) -> str:
    """Return the first column whose first value is the name of a picture.

    Raises
    ------
    ValueError
        There is none.
    """
    for name in frame.columns:
        if str(frame[name].iloc[0]).strip().lower().endswith(picture_endings()):
            return str(name)
    raise ValueError(
        f"No column of {path} names pictures; it should hold names that end in .png, .jpg or such."
    )
