"""Dates as people write them, and as the standard does: pairs of short texts, made by a formula.

As in `loaders`, each function stands alone but for those it calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.data.folders import held

if TYPE_CHECKING:
    import numpy as np


def date_alphabet() -> list[str]:
    """Return what tokens stand for: padding, start and end, then characters."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["<padding>", "<start>", "<end>", *" ,-./", *"0123456789", *letters.upper(), *letters]


def written_dates(day: int) -> list[str]:
    """Return a day, counted from 1970-01-01, in a dozen ways; each can be told without guessing.

    Dots put the day first, slashes the month. Two digits of a year mean 1970 to 2069.
    """
    import numpy as np

    january = ("January", "February", "March", "April", "May", "June")
    july = ("July", "August", "September", "October", "November", "December")
    # 1970 began on a Thursday.
    thursday = ("Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday")
    y, m, d = (int(part) for part in str(np.datetime64(day, "D")).split("-"))
    month, weekday, short = (*january, *july)[m - 1], thursday[day % 7], y % 100
    return [
        f"{month} {d}, {y}",
        f"{d} {month} {y}",
        f"{month[:3]} {d} {y}",
        f"{d}-{month[:3]}-{y}",
        f"{d}-{month[:3].upper()}-{short:02}",
        f"{weekday}, {d} {month} {y}",
        f"{weekday[:3]}, {month[:3]} {d}, {y}",
        f"{d:02}.{m:02}.{y}",
        f"{d:02}.{m:02}.{short:02}",
        f"{d}.{m}.{y}",
        f"{m:02}/{d:02}/{y}",
        f"{m}/{d}/{short:02}",
        f"{y}/{m:02}/{d:02}",
    ]


def date_tokens(texts: list[str], length: int, end: bool = False) -> np.ndarray:
    """Return texts as token numbers (N, length), filled up with 0; with `end` that token behind."""
    import numpy as np

    numbers = {mark: number for number, mark in enumerate(date_alphabet())}
    made = np.zeros((len(texts), length), np.int64)
    for row, text in enumerate(texts):
        codes = [numbers[mark] for mark in text] + ([2] if end else [])
        made[row, : len(codes)] = codes
    return made


def date_formats(samples: int = 8000, seed: int = 0) -> dict[str, Any]:
    """Return dates: `source` (30,) as people write them, `target` (11,) as year-month-day and end.

    Both are numbers of characters. No day is in two parts; validation and test have an eighth as
    many samples as training.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    days = random.permutation(36_525)
    fewer, most = max(1, samples // 8), len(days) * 8 // 10
    pools = {"fields": days[:most], "validation": days[most::2], "test": days[most + 1 :: 2]}
    data: dict[str, Any] = {"targets": ["target"], "classes": {"target": date_alphabet()}}
    data["words"] = {"source": date_alphabet(), "target": date_alphabet()}
    for part, pool in pools.items():
        count = samples if part == "fields" else fewer
        sources: list[str] = []
        targets: list[str] = []
        for day in random.choice(pool, count, replace=count > len(pool)).tolist():
            written = written_dates(day)
            sources.append(written[random.integers(len(written))])
            targets.append(str(np.datetime64(day, "D")))
        data[part] = {
            "source": date_tokens(sources, 30),
            "target": date_tokens(targets, 11, end=True),
        }
    return data


def date_formats_peek(samples: int = 8000, seed: int = 0) -> dict[str, Any]:
    """Return what `date_formats` would, unmade."""
    fewer = max(1, samples // 8)
    parts = {
        part: {"source": held(count, (30,), "int64"), "target": held(count, (11,), "int64")}
        for part, count in (("fields", samples), ("validation", fewer), ("test", fewer))
    }
    return {**parts, "targets": ["target"], "classes": {"target": date_alphabet()}}
