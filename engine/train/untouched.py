"""A network run on the side: afterwards nothing tells that it ran."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.train import chance

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from torch import nn


@contextmanager
def untouched(modules: Iterable[nn.Module], device: torch.device) -> Generator[None]:
    """Put back what a training forward may change: buffers, weights, marks, random numbers.

    Weights too, because some layers place theirs at the first batch they see.
    """
    every = list({id(m): m for module in modules for m in module.modules()}.values())
    marks: list[tuple[dict[str, Any], dict[str, Any]]] = []
    tensors: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
    for module in every:
        buffers: dict[str, Any] = vars(module)["_buffers"]
        marks += [(held, dict(held)) for held in (vars(module), buffers)]
        for tensor in (*module.parameters(recurse=False), *module.buffers(recurse=False)):
            if id(tensor) not in tensors:
                tensors[id(tensor)] = tensor, tensor.detach().clone()
    numbers, letters = np.random.get_state(), random.getstate()
    try:
        with chance.aside(device, None):
            yield
    finally:
        np.random.set_state(numbers)
        random.setstate(letters)
        for held, before in marks:
            held.clear()
            held.update(before)
        with torch.no_grad():
            for tensor, before in tensors.values():
                tensor.copy_(before)
