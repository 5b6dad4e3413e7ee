"""What samples of a data set look like: pictures, texts or numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import torch

    from engine.data.dataset import Dataset

WORDS = 40
"""Tokens of a text that are shown."""
NUMBERS = 8
"""Numbers of a sample that are shown."""
SEEN = 256
"""Samples from which the range of pixels is taken."""


@dataclass(frozen=True, slots=True)
class Look:
    """How some samples look: pictures (count, rows, columns[, 3]), or a line of text each."""

    images: np.ndarray | None
    texts: tuple[str, ...]


def look(data: Dataset, part: str, rows: Sequence[int], steps: Sequence[int] | None = None) -> Look:
    """Return pictures of samples if the data holds pictures, else their texts or numbers.

    Of a text the beginning is shown, or what comes before a step.
    """
    held = data.parts[part]
    for name in data.inputs:
        shape = data.fields[name].shape
        picture = len(shape) == 3 and shape[0] in (1, 3) and min(shape[1:]) > 1
        if picture and held[name].is_floating_point():
            return Look(_pixels(data, part, name, rows), ())
    ends = steps or [-1] * len(rows)
    return Look(None, tuple(_line(data, part, *at) for at in zip(rows, ends, strict=True)))


def _pixels(data: Dataset, part: str, name: str, rows: Sequence[int]) -> np.ndarray:
    from engine.train.showing import pixels

    values = data.parts[part][name]
    seen = data.original(name, values[:SEEN].float().cpu())
    chosen = data.original(name, values[list(rows)].float().cpu())
    return pixels(chosen, (), float(seen.min()), float(seen.max()))


def _line(data: Dataset, part: str, row: int, step: int) -> str:
    found: list[str] = []
    for name in data.inputs:
        values = data.parts[part][name][row].cpu()
        words = data.words.get(name)
        text = _text(values, words, step) if words else _numbers(data, name, values)
        found.append(text if len(data.inputs) == 1 else f"{name} {text}")
    return "  ".join(found)


def _text(values: torch.Tensor, words: Sequence[str], step: int) -> str:
    whole = [int(n) for n in values.flatten()]
    end = step + 1 if 0 <= step < len(whole) else min(WORDS, len(whole))
    numbers = whole[max(0, end - WORDS) : end]
    between = "" if all(len(word) <= 1 for word in words[:50]) else " "
    said = between.join(words[n] if 0 <= n < len(words) else "·" for n in numbers)
    head, tail = "…" * (end > WORDS), "…" * (end < len(whole))
    return f"{head}{said}{tail}".replace("\n", "↵")


def _numbers(data: Dataset, name: str, values: torch.Tensor) -> str:
    if values.is_floating_point():
        values = data.original(name, values[None])[0]
    flat = values.flatten()
    said = ", ".join(f"{float(v):.4g}" for v in flat[:NUMBERS])
    return f"{said}, …" if flat.numel() > NUMBERS else said
