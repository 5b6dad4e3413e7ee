"""Splitting and scaling. `prepare` is what both the engine and an exported script run.

Every function stands alone but for its neighbours (imports inside), so that an exported script can
carry its source. Scaling is fitted on the training part and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def split_counts(n: int, shares: tuple[float, float, float]) -> tuple[int, int, int]:
    """Return how many of `n` samples each part gets; no part with a share above zero is empty.

    Shares that add up to less than 1 leave samples unused.

    Raises
    ------
    ValueError
        The shares add up to more than 1, or there are fewer samples than parts.
    """
    if sum(shares) > 1 + 1e-6:
        raise ValueError(
            f"The parts add up to {100 * sum(shares):g} % of the data; lower them to 100 %."
        )
    parts = sum(share > 0 for share in shares)
    if n < parts:
        raise ValueError(f"The data has {n} samples, too few for {parts} parts.")
    _, validation, test = (max(1, round(n * share)) if share > 0 else 0 for share in shares)
    used = n if sum(shares) > 1 - 1e-6 else round(n * sum(shares))
    while validation + test >= max(used, parts):
        validation, test = (validation - 1, test) if validation >= test else (validation, test - 1)
    return max(1, used - validation - test), validation, test


def split_indices(
    n: int,
    targets: np.ndarray | None,
    train: float,
    validation: float,
    test: float,
    method: str,
    seed: int,
    gap: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the samples of the training, validation and test part, each in rising order.

    Parameters
    ----------
    n
        Number of samples.
    targets
        Class numbers, for the stratified method; without them it is random.
    train, validation, test
        Shares of the samples.
    method
        `random`, `stratified` (each class in the same shares, give or take one), or `time` (the
        parts follow each other).
    seed
        The same seed gives the same parts.
    gap
        Samples left out between two parts in time, so that overlapping windows share no value.

    Raises
    ------
    ValueError
        There are too few samples.
    """
    import numpy as np

    shares = (train, validation, test)
    if method == "time":
        lost = gap * (sum(share > 0 for share in shares) - 1)
        if n <= lost:
            raise ValueError(
                f"The series gives {n:,} samples, too few for parts that share no value; "
                "choose a smaller window or horizon."
            )
        first, second, third = split_counts(n - lost, shares)
        middle = first + gap if second else first
        end = middle + second + (gap if third else 0)
        return np.arange(first), np.arange(middle, middle + second), np.arange(end, end + third)
    first, second, third = split_counts(n, shares)
    order = np.random.default_rng(seed).permutation(n)
    if method == "stratified" and targets is not None:
        # Each class spread evenly over 0 to 1, all merged: any stretch has the shares of the whole.
        order = order[np.argsort(targets[order], kind="stable")]
        counts = np.unique(targets, return_counts=True)[1]
        rank = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
        order = order[np.argsort((rank + 0.5) / np.repeat(counts, counts), kind="stable")]
    end = first + second
    return np.sort(order[:first]), np.sort(order[first:end]), np.sort(order[end : end + third])


def fit_scaler(x: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return `shift` and `scale` such that `(x - shift) / scale` is standardised or 0 to 1.

    One pair for each feature of (N, F), each channel of (N, L, C), of (N, C, H, W) and of
    (N, L, C, H, W). uint8
    counts as a share of 255. A constant feature has scale 1. Pieces of the data are converted to
    float64 one after the other, so memory stays small and the result is the same everywhere.
    """
    import numpy as np

    unit = 255 if x.dtype == np.uint8 else 1
    channel = {2: 1, 4: 1, 5: 2}.get(x.ndim, x.ndim - 1)
    axes = tuple(axis for axis in range(x.ndim) if axis != channel)
    pieces = [slice(start, start + 1024) for start in range(0, len(x), 1024)]
    if kind == "minmax":
        shift = np.min(x, axes, keepdims=True).astype(np.float64)
        scale = np.max(x, axes, keepdims=True) - shift
    else:
        count = x.size / x.shape[channel]
        mean = [x[piece].sum(axes, np.float64, keepdims=True) for piece in pieces]
        shift = np.sum(mean, 0) / count
        spread = [np.square(x[piece] - shift).sum(axes, keepdims=True) for piece in pieces]
        scale = np.sqrt(np.sum(spread, 0) / count)
    scale = np.where(scale <= 1e-10 * np.abs(shift), unit, scale)
    return shift / unit, scale / unit


def take(
    x: np.ndarray,
    index: np.ndarray,
    shift: np.ndarray | float = 0.0,
    scale: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Return chosen samples, ready for torch: floats scaled as float32, whole numbers as int64."""
    import numpy as np

    if x.dtype.kind in "iu" and x.dtype != np.uint8:
        return x[index].astype(np.int64)
    unit = 255 if x.dtype == np.uint8 else 1
    work = np.float32 if x.dtype == np.uint8 else np.float64
    low, span = np.asarray(shift * unit, work), np.asarray(scale * unit, work)
    out = np.empty((len(index), *x.shape[1:]), np.float32)
    for start in range(0, len(index), 256):
        piece = index[start : start + 256]
        out[start : start + 256] = (x[piece] - low) / span
    return out


def own_shares(
    train: float, validation: float, test: float, own: list[str]
) -> tuple[float, float, float]:
    """Return the shares of the samples that a source does not bring as parts of its own.

    Where it brings a test part, one tenth of the rest is for validation; where it brings both,
    all else is for training.
    """
    if "validation" in own:
        train, validation = (1.0, 0.0) if "test" in own else (train + validation, 0.0)
    elif "test" in own and test > 0:
        validation = 0.1 if validation > 0 else 0.0
        train = 1 - validation
    return train, validation, 0.0 if "test" in own else test


def part_rows(
    data: dict[str, Any],
    train: float,
    validation: float,
    test: float,
    method: str,
    seed: int,
    gap: int = 0,
) -> dict[str, np.ndarray]:
    """Return which samples each part gets, and let the data fit what depends on that.

    `data` takes in what was fitted on the training part, such as a vocabulary.
    """
    own = [part for part in ("validation", "test") if data.get(part) is not None]
    shares = own_shares(train, validation, test, own)
    targets = data.get("targets", ["target"])
    labels = data["fields"][targets[0]] if targets[0] in data["classes"] else None
    if labels is not None and labels.ndim > 1:
        labels = None
    samples = len(next(iter(data["fields"].values())))
    index = split_indices(samples, labels, *shares, method, seed, gap)
    if "fit" in data:
        data.update(data.pop("fit")(data, index[0]))
    return dict(zip(("train", "validation", "test"), index, strict=True))


def prepare(
    data: dict[str, Any],
    train: float,
    validation: float,
    test: float,
    method: str,
    seed: int,
    gap: int = 0,
    scaling: str = "none",
    scale_target: bool = False,
) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Part what a loader returned and scale it by the training part.

    Returns
    -------
    parts
        train, validation and test: field -> array, float32 or int64.
    scales
        Field -> (shift, scale), for those that were scaled.
    """
    import numpy as np

    rows = part_rows(data, train, validation, test, method, seed, gap)
    targets, alike = data.get("targets", ["target"]), data.get("alike", {})
    parts: dict[str, dict[str, np.ndarray]] = {part: {} for part in rows}
    scales: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, values in data["fields"].items():
        kind = ("standardize" if scale_target else "none") if name in targets else scaling
        if kind != "none" and (values.dtype.kind == "f" or values.dtype == np.uint8):
            like = scales.get(alike.get(name))
            scales[name] = like or fit_scaler(values[rows["train"]], kind)
        shift, scale = scales.get(name, (0.0, 1.0))
        for part, index in rows.items():
            own = data.get(part)
            if own is not None:
                parts[part][name] = take(own[name], np.arange(len(own[name])), shift, scale)
            else:
                parts[part][name] = take(values, index, shift, scale)
    return parts, scales
