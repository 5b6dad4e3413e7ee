"""Random numbers of one's own, so that drawing a picture moves nothing of a run beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_TAKES_GENERATOR = frozenset(
    {
        *("uniform_", "normal_", "exponential_", "bernoulli_", "random_", "log_normal_"),
        *("kaiming_uniform_", "kaiming_normal_"),
        *("rand", "randn", "randint", "randperm", "multinomial", "bernoulli", "normal"),
    }
)
_LIKE = {"rand_like": torch.rand, "randn_like": torch.randn}


def numbers(tensor: torch.Tensor) -> list[float]:
    """Return the numbers of a tensor in one row."""
    return cast("list[float]", tensor.detach().flatten().tolist())


class OwnRandomness(TorchFunctionMode):
    """Within it, in this thread, torch draws from a generator of its own."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if name in _LIKE:
            func, args = _LIKE[name], (args[0].shape,)
            given.pop("memory_format", None)
            name = func.__name__
        if name in _TAKES_GENERATOR and given.get("generator") is None:
            given["generator"] = self.generator
        return func(*args, **given)
