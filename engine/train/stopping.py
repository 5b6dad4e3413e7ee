"""The best epoch so far, and when to give up waiting for a better one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from engine.catalog import registry

if TYPE_CHECKING:
    import torch
    from torch import nn

    from engine.project import EarlyStopping


def better(metric: str) -> str:
    """Return "higher" or "lower": what is better for a figure (`loss`, `mae.b`, `critic.loss`).

    ValueError if it is no figure.
    """
    parts = metric.split(".")
    known = registry.entries()
    for part in parts:
        if part == "loss":
            return "lower"
        if f"metric/{part}" in known:
            return registry.metric(part).better
    return registry.metric(parts[0]).better


class Best:
    """Keeps the figure and the weights of the best epoch.

    Parameters
    ----------
    setting
        What is monitored, the least improvement that counts, and how long to wait.
    keep
        Whether to keep a copy of the weights.
    """

    def __init__(self, setting: EarlyStopping, keep: bool) -> None:
        self.setting = setting
        self._keep = keep
        self._sign = -1.0 if better(setting.metric) == "higher" else 1.0
        self._best = math.inf
        self._waited = 0
        self.epoch = 0
        self.state: dict[str, torch.Tensor] = {}

    @property
    def value(self) -> float:
        """Return the best figure seen."""
        return self._best * self._sign

    def forget(self) -> None:
        """Begin anew: the network is another one."""
        self._best, self._waited, self.epoch = math.inf, 0, 0
        self.state = {}

    def state_dict(self) -> dict[str, Any]:
        """Return what is watched, the best so far and its weights."""
        return {
            "setting": self.setting.model_dump(),
            "best": self._best,
            "waited": self._waited,
            "epoch": self.epoch,
            "state": self.state,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.setting = type(self.setting).model_validate(state["setting"])
        self._sign = -1.0 if better(self.setting.metric) == "higher" else 1.0
        self._best, self._waited = state["best"], state["waited"]
        self.epoch, self.state = state["epoch"], state["state"]

    def update(self, epoch: int, value: float, network: nn.Module) -> bool:
        """Take an epoch's figure in; return whether it is the best. Not-a-number never is."""
        signed = value * self._sign
        if not signed < self._best - (self.setting.min_delta if self.epoch else 0.0):
            self._waited += 1
            return False
        self._best, self._waited, self.epoch = signed, 0, epoch
        if self._keep:
            self.state = snapshot(network, self.state)
        return True

    @property
    def over(self) -> bool:
        """Return whether early stopping is on and its patience is used up."""
        return self.setting.enabled and self._waited >= self.setting.patience

    def restore(self, network: nn.Module) -> bool:
        """Put the best weights back, if that is wanted and there are any."""
        if not (self.setting.enabled and self.setting.restore_best and self.state):
            return False
        network.load_state_dict(self.state)
        return True


def snapshot(
    network: nn.Module, into: dict[str, torch.Tensor] | None = None
) -> dict[str, torch.Tensor]:
    """Return a copy of the weights and buffers, written over `into` where that fits."""
    current: dict[str, torch.Tensor] = network.state_dict()
    if not into:
        return {name: value.detach().clone() for name, value in current.items()}
    for name, value in current.items():
        into[name].copy_(value.detach())
    return into
