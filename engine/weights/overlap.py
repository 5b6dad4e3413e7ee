"""What two tensors of different shapes have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

Shape = tuple[int, ...]


def blocks_of(path: str, named: Mapping[str, torch.Tensor]) -> tuple[int, ...]:
    """Return into how many equal parts each axis of a weight falls, such as the gates of an LSTM.

    Each part keeps its own beginning where the weight grows or shrinks.
    """
    name = path.rpartition("/")[2].rpartition(".")[2]
    if name.startswith("in_proj_"):
        return (3,)
    kind, _, layer = name.partition("_l")
    if kind not in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        return ()
    beside = path.removesuffix(name)
    recurrent = named.get(beside + name.replace(kind, "weight_hh"))
    if recurrent is None or recurrent.shape[0] % recurrent.shape[1]:
        return ()
    gates = recurrent.shape[0] // recurrent.shape[1]
    stacked = kind == "weight_ih" and not layer.startswith("0")
    both = stacked and f"{beside}weight_hh_l0_reverse" in named
    return (gates, 2) if both else (gates,)


def overlap(target: torch.Tensor, source: torch.Tensor, blocks: Shape) -> bool:
    """Copy what two tensors have in common from one to the other; False if that is nothing."""
    if target.ndim != source.ndim or not target.ndim:
        return False
    for axis, parts in enumerate(blocks):
        if target.shape[axis] % parts or source.shape[axis] % parts:
            return False
    target = _parted(target, blocks)
    source = _parted(source, blocks)
    common = tuple(slice(0, min(a, b)) for a, b in zip(target.shape, source.shape, strict=True))
    block = source[common]
    if not block.numel():
        return False
    target[common].copy_(block)
    return True


def _parted(tensor: torch.Tensor, blocks: Shape) -> torch.Tensor:
    """Return a view in which each axis that falls into parts is two."""
    for axis in reversed(range(len(blocks))):
        if axis < tensor.ndim:
            tensor = cast("torch.Tensor", tensor.unflatten(axis, (blocks[axis], -1)))
    return tensor
