"""Loaders: one function for each data source, named by its catalogue entry.

Each returns `{"fields": {name: array}, "test": the same or None, "classes": {field: [names]}}` with
the sample axis first. Inputs are uint8 (a share of 255) or floats, class targets int64 of shape
(N,), numbers to predict float of shape (N, 1). A loader may add `validation`, a part of its own;
`targets`, the fields to predict (`target` unless stated); `columns`, field -> the names of its
numbers; `alike`, field -> the field whose scaling
it shares; and `fit`, a function of the data and the training samples that returns it finished.

Each stands alone but for the functions it calls, which must be functions of this package with
their imports inside, so that an exported script can carry its source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.data.folders import held
from engine.data.tables import (
    class_column,
    column_name,
    looks_like_classes,
    numeric_column,
    open_table,
)
from engine.data.wellknown import find_files, read_idx

if TYPE_CHECKING:
    from collections.abc import Callable


def scikit_set(name: str, **settings: Any) -> Any:
    """Return what a function of `sklearn.datasets` makes."""
    from sklearn import datasets

    return getattr(datasets, name)(**settings)


def digits() -> dict[str, Any]:
    """Return 1,797 digits: `pixels` (64,) and `image` (1, 8, 8), both 0 to 1, and `target`."""
    import numpy as np

    bunch = scikit_set("load_digits")
    pixels = (bunch.data / 16).astype(np.float32)
    return {
        "fields": {
            "pixels": pixels,
            "image": pixels.reshape(-1, 1, 8, 8),
            "target": bunch.target.astype(np.int64),
        },
        "test": None,
        "classes": {"target": [str(name) for name in bunch.target_names]},
    }


def bundled_table(name: str) -> dict[str, Any]:
    """Return one of scikit-learn's class tables as `features` and `target`."""
    import numpy as np

    bunch = scikit_set(name)
    return {
        "fields": {"features": bunch.data, "target": bunch.target.astype(np.int64)},
        "test": None,
        "classes": {"target": [str(name) for name in bunch.target_names]},
        "columns": {"features": [str(name) for name in bunch.feature_names]},
    }


def iris() -> dict[str, Any]:
    """Return 150 flowers: `features` (4,) and `target`, one of 3 classes."""
    return bundled_table("load_iris")


def wine() -> dict[str, Any]:
    """Return 178 wines: `features` (13,) and `target`, one of 3 classes."""
    return bundled_table("load_wine")


def breast_cancer() -> dict[str, Any]:
    """Return 569 tumours: `features` (30,) and `target`, one of 2 classes."""
    return bundled_table("load_breast_cancer")


def diabetes() -> dict[str, Any]:
    """Return 442 patients: `features` (10,) as measured, and `target` (1,), a number."""
    bunch = scikit_set("load_diabetes", scaled=False)
    return {
        "fields": {"features": bunch.data, "target": bunch.target[:, None]},
        "test": None,
        "classes": {},
        "columns": {"features": [str(name) for name in bunch.feature_names]},
    }


def idx_images(
    name: str,
    classes: list[str],
    report: Callable[[str, float | None], None] | None = None,
    limit: int = 0,
) -> dict[str, Any]:
    """Return a set of IDX files: `image` (1, H, W) uint8 and `target`, with its own test part."""
    import numpy as np

    parts: list[dict[str, Any]] = []
    files = find_files(name, report)
    for images_file, labels_file in (files[:2], files[2:]):
        images, labels = read_idx(images_file), read_idx(labels_file)
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise ValueError(
                f"{images_file} has shape {images.shape} and {labels_file.name} {labels.shape}: "
                "images and labels do not belong together; fetch both again."
            )
        parts.append({"image": images[:, None], "target": labels.astype(np.int64)})
    fields = {key: values[: limit or None] for key, values in parts[0].items()}
    return {"fields": fields, "test": parts[1], "classes": {"target": classes}}


def idx_images_peek(classes: list[str], limit: int) -> dict[str, Any]:
    """Return what `idx_images` would, as published."""
    parts = [
        {"image": held(count, (1, 28, 28), "uint8"), "target": held(count, (), "int64")}
        for count in (min(limit or 60_000, 60_000), 10_000)
    ]
    return {"fields": parts[0], "test": parts[1], "classes": {"target": classes}}


def clothes() -> list[str]:
    """Return the classes of Fashion-MNIST."""
    upper = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"]
    return [*upper, "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


def fashion_mnist(
    limit: int = 0, *, report: Callable[[str, float | None], None] | None = None
) -> dict[str, Any]:
    """Return Fashion-MNIST: `image` (1, 28, 28) uint8 and `target`, with its own test part."""
    return idx_images("fashion-mnist", clothes(), report, limit)


def fashion_mnist_peek(limit: int = 0) -> dict[str, Any]:
    """Return what `fashion_mnist` would, as published."""
    return idx_images_peek(clothes(), limit)


def mnist(
    limit: int = 0, *, report: Callable[[str, float | None], None] | None = None
) -> dict[str, Any]:
    """Return MNIST: `image` (1, 28, 28) uint8 and `target`, with its own test part."""
    return idx_images("mnist", [str(n) for n in range(10)], report, limit)


def mnist_peek(limit: int = 0) -> dict[str, Any]:
    """Return what `mnist` would, as published."""
    return idx_images_peek([str(n) for n in range(10)], limit)


def csv(
    path: str,
    target: str = "",
    features: tuple[str, ...] = (),
    task: str = "auto",
    delimiter: str = "auto",
    header: str = "auto",
) -> dict[str, Any]:
    """Return a table of numbers: `features` (columns,) and `target`, a class or a number."""
    import numpy as np

    frame, first = open_table(path, delimiter, header)
    aim = column_name(frame, target)
    names = [column_name(frame, name) for name in features]
    names = names or [name for name in frame.columns if name != aim]
    if aim in names:
        raise ValueError(f"Column {aim!r} is to be predicted; take it out of the features.")
    if not names:
        raise ValueError(f"{path} has a single column; it needs one to learn from as well.")
    classes: dict[str, list[str]] = {}
    if task == "classes" or (task == "auto" and looks_like_classes(frame[aim])):
        values, classes["target"] = class_column(frame, aim, first)
    else:
        values = numeric_column(frame, aim, first)[:, None]
    columns = [numeric_column(frame, name, first) for name in names]
    fields = {"features": np.stack(columns, 1), "target": values}
    return {"fields": fields, "test": None, "classes": classes, "columns": {"features": names}}


def cloud(point: Any, target: Any, classes: int) -> dict[str, Any]:
    """Return points of a plane and their classes as `point` (2,) and `target`."""
    import numpy as np

    return {
        "fields": {"point": point, "target": np.asarray(target, np.int64)},
        "test": None,
        "classes": {"target": [str(n) for n in range(classes)]},
    }


def moons(samples: int = 1000, noise: float = 0.2, seed: int = 0) -> dict[str, Any]:
    """Return points of two half circles: `point` (2,) and `target`."""
    made = scikit_set("make_moons", n_samples=samples, noise=noise, random_state=seed)
    return cloud(made[0], made[1], 2)


def circles(
    samples: int = 1000, noise: float = 0.1, factor: float = 0.5, seed: int = 0
) -> dict[str, Any]:
    """Return points of a circle within a circle: `point` (2,) and `target`."""
    made = scikit_set(
        "make_circles", n_samples=samples, noise=noise, factor=factor, random_state=seed
    )
    return cloud(made[0], made[1], 2)


def spirals(
    samples: int = 1000, classes: int = 2, turns: float = 1.5, noise: float = 0.05, seed: int = 0
) -> dict[str, Any]:
    """Return points of arms that wind around each other: `point` (2,) and `target`."""
    import numpy as np

    random = np.random.default_rng(seed)
    target = np.arange(samples) % classes
    radius = np.sqrt(random.uniform(0.01, 1.0, samples))
    angle = 2 * np.pi * (radius * turns + target / classes)
    point = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return cloud(point + random.normal(0, noise, (samples, 2)), target, classes)


def xor(samples: int = 1000, noise: float = 0.1, seed: int = 0) -> dict[str, Any]:
    """Return points of a square whose opposite quarters share a class: `point` (2,), `target`."""
    import numpy as np

    random = np.random.default_rng(seed)
    point = random.uniform(-1, 1, (samples, 2))
    target = point[:, 0] * point[:, 1] < 0
    return cloud(point + random.normal(0, noise, (samples, 2)), target, 2)


def gates(
    gate: str = "and", samples: int = 400, noise: float = 0.1, seed: int = 0
) -> dict[str, Any]:
    """Return points near the corners of a square, with what a gate says: `point`, `target`."""
    import numpy as np

    random = np.random.default_rng(seed)
    a, b = corner = random.integers(0, 2, (2, samples))
    said = a ^ b if gate in ("xor", "xnor") else a | b if gate in ("or", "nor") else a & b
    target = 1 - said if gate in ("nand", "nor", "xnor") else said
    return cloud(corner.T + random.normal(0, noise, (samples, 2)), target, 2)


def sine(
    samples: int = 400, periods: float = 1.0, noise: float = 0.1, seed: int = 0
) -> dict[str, Any]:
    """Return places `x` (1,) from −1 to 1 and a noisy sine there as `target` (1,)."""
    import numpy as np

    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, (samples, 1))
    wave = np.sin(np.pi * periods * x) + random.normal(0, noise, (samples, 1))
    return {"fields": {"x": x, "target": wave}, "test": None, "classes": {}}


def blobs(
    samples: int = 1000, classes: int = 3, spread: float = 1.0, seed: int = 0
) -> dict[str, Any]:
    """Return points of round clouds: `point` (2,) and `target`."""
    made = scikit_set(
        "make_blobs", n_samples=samples, centers=classes, cluster_std=spread, random_state=seed
    )
    return cloud(made[0], made[1], classes)


def windows(series: Any, window: int, horizon: int) -> dict[str, Any]:
    """Return every stretch of a series as `window` (L, 1) and the value after it as `target`.

    Raises
    ------
    ValueError
        The series is too short for one stretch.
    """
    import numpy as np

    count = len(series) - window - horizon + 1
    if count < 1:
        raise ValueError(
            f"The series has {len(series):,} values, too few for a window of {window} and a "
            f"horizon of {horizon}; choose smaller ones."
        )
    stretches = np.lib.stride_tricks.sliding_window_view(series, window)[:count]
    fields = {"window": stretches[:, :, None], "target": series[window + horizon - 1 :, None]}
    return {"fields": fields, "test": None, "classes": {}}


def series_csv(
    path: str,
    column: str = "",
    window: int = 30,
    horizon: int = 1,
    delimiter: str = "auto",
    header: str = "auto",
) -> dict[str, Any]:
    """Return one column of a table, in time order, as `window` (L, 1) and `target` (1,)."""
    frame, first = open_table(path, delimiter, header)
    series = numeric_column(frame, column_name(frame, column), first)
    return windows(series, window, horizon)


def daily_temperature(
    window: int = 30,
    horizon: int = 1,
    *,
    report: Callable[[str, float | None], None] | None = None,
) -> dict[str, Any]:
    """Return 3,650 daily temperatures of Melbourne as `window` (L, 1) and `target` (1,)."""
    (path,) = find_files("daily-temperature", report)
    return series_csv(str(path), "Temp", window, horizon)
