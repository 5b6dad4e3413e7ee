"""Nested plain values with tensors in them, as one JSON document and a table of tensors.

Values come back as they went: tuples as tuples, infinity as infinity, a tensor with its strides.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Packed = tuple[Any, dict[str, torch.Tensor]]

TAG = "!"


class Unpackable(TypeError):
    """A value that is none of the plain ones."""


def pack(value: Any, copy: bool = True) -> Packed:
    """Return a document that JSON can hold, and the tensors it names, on the CPU.

    Parameters
    ----------
    copy
        Whether the tensors stay as they are now whatever becomes of the value.

    Raises
    ------
    Unpackable
        There is something in it that is not plain.
    """
    packer = _Packer(copy)
    return packer.pack(value, "x"), packer.tensors


def tensors_in(value: Any) -> list[torch.Tensor]:
    """Return the tensors in a plain value. Unpackable where it is none."""
    packer = _Packer(copy=False)
    packer.pack(value, "x")
    return packer.alive


def unpack(
    document: Any, tensors: Mapping[str, torch.Tensor], device: torch.device | None = None
) -> Any:
    """Return the value again; its tensors are copies. ValueError where it is no such document.

    What lay on a device that is not the CPU goes to `device`.
    """
    try:
        return _Unpacker(tensors, device).back(document)
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"The packed value is damaged ({error}).") from None


class _Unpacker:
    def __init__(self, tensors: Mapping[str, torch.Tensor], device: torch.device | None) -> None:
        self._tensors = tensors
        self._device = device
        self._made: dict[str, torch.Tensor] = {}

    def back(self, item: Any) -> Any:
        if isinstance(item, list | tuple):
            return [self.back(each) for each in cast("list[Any]", item)]
        if not isinstance(item, dict):
            return item
        table = cast("dict[str, Any]", item)
        if TAG not in table:
            return {key: self.back(each) for key, each in table.items()}
        if table[TAG] == "tensor":
            return self._tensor(table)
        if table[TAG] == "array":
            return self._tensor(table).numpy()
        return _KINDS[table[TAG]](self.back(table["v"]))

    def _tensor(self, table: dict[str, Any]) -> torch.Tensor:
        name = table["v"]
        if name not in self._made:
            made = _again(self._tensors[name], table.get("strides"))
            away = self._device is not None and "away" in table
            self._made[name] = made.to(self._device) if away else made
        return self._made[name]


def _again(held: torch.Tensor, strides: Any) -> torch.Tensor:
    if strides is None:
        return held.clone()
    return torch.empty_strided(tuple(held.shape), tuple(strides), dtype=held.dtype).copy_(held)


def _pairs(held: Any) -> dict[Any, Any]:
    return dict(held)


_KINDS: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "tuple": tuple,
    "dict": _pairs,
    "counter": lambda held: Counter(_pairs(held)),
    "deque": lambda held: deque(held[0], held[1]),
}


class _Packer:
    def __init__(self, copy: bool) -> None:
        self.tensors: dict[str, torch.Tensor] = {}
        self._copy = copy
        self._names: dict[int, str] = {}
        self.alive: list[torch.Tensor] = []

    def pack(self, value: Any, place: str) -> Any:
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {TAG: "float", "v": repr(float(value))}
        for kind, way in _WAYS.items():
            if isinstance(value, kind):
                return way(self, value, place)
        raise Unpackable(f"{place} is {type(value).__name__}, which cannot be kept.")

    def many(self, value: Any, place: str) -> list[Any]:
        return [self.pack(item, f"{place}/{i}") for i, item in enumerate(value)]

    def table(self, value: dict[Any, Any], place: str) -> Any:
        if all(isinstance(key, str) for key in value) and TAG not in value:
            return {key: self.pack(item, f"{place}/{key}") for key, item in value.items()}
        return {TAG: "dict", "v": self.pairs(value, place)}

    def pairs(self, value: Mapping[Any, Any], place: str) -> list[Any]:
        return [
            [self.pack(key, f"{place}/key"), self.pack(item, f"{place}/{key}")]
            for key, item in value.items()
        ]

    def tensor(self, value: torch.Tensor, place: str) -> Any:
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"{place.removeprefix('x/')}#{len(self.tensors)}"
            self.alive.append(value)
            held = value.detach()
            if held.layout != torch.strided:
                raise Unpackable(f"{place} is a tensor of a kind that cannot be kept.")
            there = held.cpu()
            self.tensors[name] = there.clone() if self._copy and there is held else there
        found: dict[str, Any] = {TAG: "tensor", "v": name}
        if _ordered_otherwise(value):
            found["strides"] = list(value.stride())
        if value.device.type != "cpu":
            found["away"] = True
        return found

    def array(self, value: Any, place: str) -> Any:
        return {**self.tensor(torch.from_numpy(np.ascontiguousarray(value)), place), TAG: "array"}


_WAYS: dict[type, Callable[[_Packer, Any, str], Any]] = {
    list: _Packer.many,
    tuple: lambda p, value, place: {TAG: "tuple", "v": p.many(value, place)},
    deque: lambda p, v, place: {TAG: "deque", "v": [p.many(v, place), v.maxlen]},
    Counter: lambda p, value, place: {TAG: "counter", "v": p.pairs(value, place)},
    dict: _Packer.table,
    torch.Tensor: _Packer.tensor,
    np.ndarray: _Packer.array,
}


def _ordered_otherwise(value: torch.Tensor) -> bool:
    """Return whether a tensor fills its memory, but in another order than that of its axes."""
    if value.is_contiguous():
        return False
    order = sorted(range(value.dim()), key=value.stride, reverse=True)
    return value.permute(order).is_contiguous()
