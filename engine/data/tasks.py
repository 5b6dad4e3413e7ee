"""Loaders for more than one input or answer: episodes, pairs, two domains, several targets.

As in `loaders`, each stands alone but for the functions it calls. `alike` names fields that are
scaled like another, `targets` those that are to be predicted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.data.folders import held
from engine.data.loaders import digits, idx_images, scikit_set

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np


def picture_sets(pictures: str) -> list[str]:
    """Return the well-known sets that a choice stands for."""
    return {"mnist": ["mnist"], "fashion_mnist": ["fashion-mnist"]}.get(
        pictures, ["mnist", "fashion-mnist"]
    )


def episode_classes(
    pictures: str, report: Callable[[str, float | None], None] | None = None
) -> dict[str, list[np.ndarray]]:
    """Return the pictures (N, 1, 28, 28) of each class of each part; no class is in two parts.

    With a single set there are too few classes for that: its validation part has the classes of
    training, and the last fifth of their pictures.
    """
    sets = picture_sets(pictures)
    parts: dict[str, list[np.ndarray]] = {"train": [], "validation": [], "test": []}
    held_back = {"mnist": (5, 6), "fashion-mnist": (5, 6, 7)} if len(sets) > 1 else {}
    for name in sets:
        data = idx_images(name, [], report)
        learned, later = data["fields"], data["test"]
        for number in range(10):
            images = learned["image"][learned["target"] == number]
            if number in held_back.get(name, ()):
                parts["validation"].append(images)
            elif number >= 5:
                parts["test"].append(later["image"][later["target"] == number])
            elif held_back:
                parts["train"].append(images)
            else:
                most = len(images) - len(images) // 5
                parts["train"].append(images[:most])
                parts["validation"].append(images[most:])
    return parts


def draw_episodes(
    pool: list[np.ndarray], ways: int, shots: int, queries: int, count: int, random: Any
) -> dict[str, np.ndarray]:
    """Return episodes: some shots of each way, and queries to be sorted among them.

    Raises
    ------
    ValueError
        A class has too few pictures.
    """
    import numpy as np

    fewest = min(len(images) for images in pool)
    if fewest < shots + queries:
        raise ValueError(
            f"A class has {fewest:,} pictures, too few for {shots} shots and {queries} queries; "
            "choose fewer."
        )
    support = np.empty((count, ways, shots, 1, 28, 28), np.uint8)
    query = np.empty((count, ways * queries, 1, 28, 28), np.uint8)
    target = np.empty((count, ways * queries), np.int64)
    for episode in range(count):
        order = random.permutation(ways * queries)
        places: list[int] = random.permutation(len(pool))[:ways].tolist()
        for way, place in enumerate(places):
            images = pool[place]
            chosen = images[random.choice(len(images), shots + queries, replace=False)]
            rows = order[way * queries : (way + 1) * queries]
            support[episode, way], query[episode, rows] = chosen[:shots], chosen[shots:]
            target[episode, rows] = way
    joined = support.reshape(count, ways * shots, 1, 28, 28)
    return {"support": joined, "query": query, "target": target}


def mnist_episodes(
    pictures: str = "both",
    ways: int = 5,
    shots: int = 5,
    queries: int = 5,
    episodes: int = 500,
    seed: int = 0,
    *,
    report: Callable[[str, float | None], None] | None = None,
) -> dict[str, Any]:
    """Return few-shot episodes: `support` (ways × shots, 1, 28, 28), `query`, `target`.

    The support comes way by way; `target` (ways × queries,) says which way each query is of.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    counts = {"train": episodes, "validation": max(1, episodes // 5), "test": max(1, episodes // 5)}
    made = {
        part: draw_episodes(pool, ways, shots, queries, counts[part], random)
        for part, pool in episode_classes(pictures, report).items()
    }
    return {
        "fields": made["train"],
        "validation": made["validation"],
        "test": made["test"],
        "classes": {"target": [str(way) for way in range(ways)]},
        "alike": {"query": "support"},
    }


def mnist_episodes_peek(
    pictures: str = "both",
    ways: int = 5,
    shots: int = 5,
    queries: int = 5,
    episodes: int = 500,
    seed: int = 0,
) -> dict[str, Any]:
    """Return what `mnist_episodes` would, unread."""
    parts = [
        {
            "support": held(count, (ways * shots, 1, 28, 28), "uint8"),
            "query": held(count, (ways * queries, 1, 28, 28), "uint8"),
            "target": held(count, (ways * queries,), "int64"),
        }
        for count in (episodes, max(1, episodes // 5), max(1, episodes // 5))
    ]
    return {
        "fields": parts[0],
        "validation": parts[1],
        "test": parts[2],
        "classes": {"target": [str(way) for way in range(ways)]},
    }


def draw_pairs(
    images: np.ndarray, labels: np.ndarray, count: int, random: Any
) -> dict[str, np.ndarray]:
    """Return pairs of pictures, every second one of the same class: `first`, `second`, `same`."""
    import numpy as np

    classes = [np.flatnonzero(labels == number) for number in range(10)]
    same = np.arange(count, dtype=np.int64) % 2
    one: list[int] = random.integers(0, 10, count).tolist()
    away: list[int] = random.integers(1, 10, count).tolist()
    two = [(a + b * (1 - c)) % 10 for a, b, c in zip(one, away, same.tolist(), strict=True)]
    first, second = (
        images[np.array([random.choice(classes[number]) for number in side], np.int64)]
        for side in (one, two)
    )
    return {"first": first, "second": second, "same": same}


def mnist_pairs(
    pictures: str = "mnist",
    pairs: int = 5000,
    seed: int = 0,
    *,
    report: Callable[[str, float | None], None] | None = None,
) -> dict[str, Any]:
    """Return pairs of pictures: `first` and `second` (1, 28, 28), `same` 0 or 1.

    No picture is in two parts.
    """
    import numpy as np

    (name,) = picture_sets(pictures)
    data = idx_images(name, [], report)
    images, labels = data["fields"]["image"], data["fields"]["target"]
    random, most = np.random.default_rng(seed), len(images) - len(images) // 10
    fewer = max(2, pairs // 5)
    test = data["test"]
    return {
        "fields": draw_pairs(images[:most], labels[:most], pairs, random),
        "validation": draw_pairs(images[most:], labels[most:], fewer, random),
        "test": draw_pairs(test["image"], test["target"], fewer, random),
        "targets": ["same"],
        "classes": {"same": ["different", "same"]},
        "alike": {"second": "first"},
    }


def mnist_pairs_peek(pictures: str = "mnist", pairs: int = 5000, seed: int = 0) -> dict[str, Any]:
    """Return what `mnist_pairs` would, unread."""
    parts = [
        {
            "first": held(count, (1, 28, 28), "uint8"),
            "second": held(count, (1, 28, 28), "uint8"),
            "same": held(count, (), "int64"),
        }
        for count in (pairs, max(2, pairs // 5), max(2, pairs // 5))
    ]
    return {
        "fields": parts[0],
        "validation": parts[1],
        "test": parts[2],
        "targets": ["same"],
        "classes": {"same": ["different", "same"]},
    }


def on_photographs(images: np.ndarray, photographs: list[Any], random: Any) -> np.ndarray:
    """Return grey pictures (N, 1, 28, 28) as (N, 3, 28, 28): their difference from photographs.

    After the MNIST-M of Ganin and Lempitsky (2015), which takes other photographs.
    """
    import numpy as np

    made = np.empty((len(images), 3, 28, 28), np.uint8)
    for row, image in enumerate(images):
        photograph = photographs[random.integers(len(photographs))]
        top = random.integers(photograph.shape[0] - 28)
        left = random.integers(photograph.shape[1] - 28)
        patch = photograph[top : top + 28, left : left + 28].astype(np.int16).transpose(2, 0, 1)
        made[row] = np.abs(patch - image)
    return made


def mnist_domains(
    limit: int = 5000,
    seed: int = 0,
    *,
    report: Callable[[str, float | None], None] | None = None,
) -> dict[str, Any]:
    """Return digits of two domains: `image` (3, 28, 28), `target`, `domain`.

    Plain digits with labels, and digits on photographs whose label is -100: not to be used. The
    test part holds digits on other pieces of the photographs, with labels.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    data = idx_images("mnist", [], report)
    fields, test = data["fields"], data["test"]
    order = random.permutation(len(fields["image"]))
    most = min(limit, len(order) // 2)
    plain, other = order[:most], order[most : 2 * most]
    names = ("china.jpg", "flower.jpg")
    photographs = [scikit_set("load_sample_image", image_name=name) for name in names]
    images = (
        np.repeat(fields["image"][plain], 3, 1),
        on_photographs(fields["image"][other], [p[:, :400] for p in photographs], random),
    )
    later, shown = test["image"][:most], [p[:, 400:] for p in photographs]
    # One of each in turn, so that no batch in this order is without labels.
    turns = np.arange(2 * most).reshape(2, most).T.ravel()
    return {
        "fields": {
            "image": np.concatenate(images)[turns],
            "target": np.concatenate([fields["target"][plain], np.full(most, -100)])[turns],
            "domain": np.repeat(np.arange(2), most)[turns],
        },
        "test": {
            "image": on_photographs(later, shown, random),
            "target": test["target"][:most],
            "domain": np.ones(len(later), np.int64),
        },
        "targets": ["target", "domain"],
        "classes": {
            "target": [str(number) for number in range(10)],
            "domain": ["plain", "on photographs"],
        },
    }


def mnist_domains_peek(limit: int = 5000, seed: int = 0) -> dict[str, Any]:
    """Return what `mnist_domains` would, unread."""
    most = min(limit, 30_000)
    parts = [
        {
            "image": held(count, (3, 28, 28), "uint8"),
            "target": held(count, (), "int64"),
            "domain": held(count, (), "int64"),
        }
        for count in (2 * most, min(most, 10_000))
    ]
    return {
        "fields": parts[0],
        "test": parts[1],
        "targets": ["target", "domain"],
        "classes": {
            "target": [str(number) for number in range(10)],
            "domain": ["plain", "on photographs"],
        },
    }


def digits_tasks() -> dict[str, Any]:
    """Return 1,797 digits with three answers: `target`, `parity` and `ink`, the mean of its pixels.

    `pixels` (64,) and `image` (1, 8, 8) are the same numbers, 0 to 1.
    """
    import numpy as np

    data = digits()
    fields = data["fields"]
    fields["parity"] = fields["target"] % 2
    fields["ink"] = fields["pixels"].mean(1, dtype=np.float64)[:, None]
    classes = {**data["classes"], "parity": ["even", "odd"]}
    return {**data, "targets": ["target", "parity", "ink"], "classes": classes}


def digits_halves() -> dict[str, Any]:
    """Return 1,797 digits, half seen and half measured: `image` (1, 8, 4), `table` (12,), `target`.

    The picture is the left half; the table holds the right half's sums, of its 8 rows and its 4
    columns.
    """
    import numpy as np

    data = digits()
    image = data["fields"]["image"]
    right = image[:, 0, :, 4:].astype(np.float64)
    table = np.concatenate([right.sum(2), right.sum(1)], 1)
    fields = {
        "image": np.ascontiguousarray(image[..., :4]),
        "table": table,
        "target": data["fields"]["target"],
    }
    return {**data, "fields": fields}
