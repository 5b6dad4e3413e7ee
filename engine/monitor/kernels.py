"""Torch's multi-tensor operations, which it keeps private, named in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Tensors = Sequence[torch.Tensor]


def _private(name: str) -> Any:
    return getattr(torch, f"_foreach_{name}")


norm: Callable[..., list[torch.Tensor]] = _private("norm")
sign: Callable[[Tensors], list[torch.Tensor]] = _private("sign")
add_: Callable[..., None] = _private("add_")
sub_: Callable[[Tensors, Tensors], None] = _private("sub_")
mul_: Callable[[Tensors, torch.Tensor], None] = _private("mul_")
copy_: Callable[[Tensors, Tensors], None] = _private("copy_")
clamp_min_: Callable[[Tensors, float], None] = _private("clamp_min_")
clamp_max_: Callable[[Tensors, float], None] = _private("clamp_max_")
