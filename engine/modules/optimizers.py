"""Optimizers that PyTorch does not have. Each class stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable


class LookaheadSGD(torch.optim.SGD):
    """SGD whose weights are pulled back every few steps, towards slow ones that follow them.

    Zhang et al. 2019: after `k` steps slow += alpha (fast - slow), then fast = slow. The slow
    weights begin as the first ones.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.1,
        momentum: float = 0.9,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        k: int = 5,
        alpha: float = 0.5,
    ) -> None:
        super().__init__(
            params, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay
        )
        for group in self.param_groups:
            group["k"], group["alpha"] = k, alpha
        self.slow: dict[torch.Tensor, torch.Tensor] = {}
        self.taken = 0

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Take a step; every k-th one ends half way between the slow weights and the fast."""
        moved = [
            (group, p) for group in self.param_groups for p in group["params"] if p.grad is not None
        ]
        for _, parameter in moved:
            if parameter not in self.slow:
                self.slow[parameter] = parameter.detach().clone()
        super().step(closure)
        self.taken += 1
        for group, parameter in moved:
            if self.taken % group["k"] == 0:
                self.slow[parameter].lerp_(parameter, group["alpha"])
                parameter.copy_(self.slow[parameter])


class MuonAdamW(torch.optim.Optimizer):
    """Muon for matrices and AdamW for everything else, both with one learning rate.

    Muon steps along the orthogonalised momentum, which is defined for matrices only. Its steps are
    scaled to be as large as AdamW's, so that one rate suits both.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.95,
        nesterov: bool = True,
        weight_decay: float = 0.1,
        ns_steps: int = 5,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        given = list(params)
        rows = given if given and isinstance(given[0], dict) else [{"params": given}]
        matrices: list[dict[str, Any]] = []
        others: list[dict[str, Any]] = []
        for row in rows:
            members = list(row["params"])
            for kept, found in (
                (matrices, [p for p in members if p.dim() == 2]),
                (others, [p for p in members if p.dim() != 2]),
            ):
                if found:
                    kept.append({**row, "params": found})
        self.parts: list[torch.optim.Optimizer] = []
        if matrices:
            muon = torch.optim.Muon(
                matrices,
                lr=lr,
                weight_decay=weight_decay,
                momentum=momentum,
                nesterov=nesterov,
                ns_steps=ns_steps,
                adjust_lr_fn="match_rms_adamw",
            )
            self.parts.append(muon)
        if others:
            adamw = torch.optim.AdamW(
                others, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay
            )
            self.parts.append(adamw)
        super().__init__([group for part in self.parts for group in part.param_groups], {})
        for part in self.parts:
            part.state = self.state

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Take a step of both."""
        if closure is not None:
            with torch.enable_grad():
                closure()
        for part in self.parts:
            part.step()
