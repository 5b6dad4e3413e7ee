"""What the data of a run is like: a few figures of each field, told once before the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from engine.train.events import DataSeen, FieldSeen

if TYPE_CHECKING:
    from engine.catalog.spec import Field
    from engine.data.dataset import Dataset

NUMBERS = 1 << 20
"""Numbers of a field that are looked at: samples at equal distances."""
CLASSES = 1000
"""Classes up to which they are counted."""


@torch.no_grad()
def seen(data: Dataset) -> DataSeen:
    """Return what the training part is like."""
    part = data.parts.get("train", {})
    fields = tuple(_field(data.fields[n], v) for n, v in part.items() if n in data.fields)
    return DataSeen(fields, data.sizes)


def _field(field: Field, values: torch.Tensor) -> FieldSeen:
    width = max(1, values[:1].numel())
    step = max(1, -(-values.numel() // NUMBERS))
    some = values[::step].reshape(-1, width).float()
    finite = bool(torch.isfinite(some).all())
    if not finite:
        some = some.nan_to_num(0.0, 0.0, 0.0)
    whole = not values.is_floating_point()
    deviation = some.std(0, correction=0).sort().values
    spread = tuple(float(deviation[i]) for i in (0, len(deviation) // 2, -1))
    return FieldSeen(
        field.name,
        field.role,
        tuple(values.shape[1:]),
        whole,
        float(some.min()),
        float(some.max()),
        float(some.mean()),
        float(some.std(correction=0)),
        (0.0, 0.0, 0.0) if whole else (spread[0], spread[1], spread[2]),
        _counts(field, values.flatten()) if width == 1 else (),
        field.classes,
        finite,
        float(deviation.square().mean()),
    )


def _counts(field: Field, values: torch.Tensor) -> tuple[int, ...]:
    """Return how often each class occurs; those without a class (below 0) are left out."""
    if field.role != "target":
        return ()
    if values.is_floating_point():
        yes = int((values == 1).sum())
        no = int((values == 0).sum())
        return (no, yes) if yes + no == len(values) else ()
    kept = values[values >= 0]
    size = max(len(field.classes), int(kept.max()) + 1 if len(kept) else 0)
    if not 0 < size <= CLASSES:
        return ()
    return tuple(int(n) for n in torch.bincount(kept, minlength=size))
