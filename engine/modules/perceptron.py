"""Layers from before deep learning, and a choice between branches. Each class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class Perceptron(nn.Module):
    """Weighted sums and a step: y = 1 where w x + b ≥ 0, else 0, over the last axis.

    The gradient passes the step unchanged. With half the squared error as the loss a step of
    plain gradient descent is then w ← w + η (t − y) x, the perceptron rule (Rosenblatt 1958).
    """

    def __init__(self, in_features: int, units: int = 1, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(units, in_features))
        self.bias = nn.Parameter(torch.empty(units)) if bias else None
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(in_features**-0.5), in_features**-0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return zeros and ones."""
        z = nn.functional.linear(x, self.weight, self.bias)
        return (z >= 0).to(z.dtype).detach() + (z - z.detach())


class RadialBasis(nn.Module):
    """Bells around centres: exp(−‖x − c‖² / 2σ²), (..., F) -> (..., units).

    Centres start at normal random numbers, at the first samples of training (`samples`), or at the
    means that k-means finds from there in `fit_steps` steps of training, a batch at a time
    (Sculley 2010). While k-means runs, the gradient leaves them alone. σ is exp(log_width).
    """

    centres: torch.Tensor
    log_width: torch.Tensor
    placed: torch.Tensor
    drawn: torch.Tensor

    def __init__(
        self,
        in_features: int,
        units: int = 32,
        centres_from: str = "samples",
        fit_steps: int = 100,
        width: float = 1.0,
        learn_centres: bool = True,
        learn_widths: bool = True,
    ) -> None:
        super().__init__()
        self.steps = {"random": 0, "samples": 1, "k-means": 1 + fit_steps}[centres_from]
        self.settled = centres_from == "random"
        centres = torch.randn(units, in_features)
        log_width = torch.full((units,), width).log()
        for name, value, learned in (
            ("centres", centres, learn_centres),
            ("log_width", log_width, learn_widths),
        ):
            if learned:
                self.register_parameter(name, nn.Parameter(value))
            else:
                self.register_buffer(name, value)
        if not self.settled:
            self.register_buffer("placed", torch.zeros(2, dtype=torch.int64))
            self.register_buffer("drawn", torch.ones(units))

    def place(self, rows: torch.Tensor) -> bool:
        """Let samples (n, F) place the centres; return whether they are still being placed.

        `placed` counts centres that have a place, and steps since all of them have.
        """
        filled, steps = int(self.placed[0]), int(self.placed[1])
        units = len(self.centres)
        if filled == units and steps >= self.steps - 1:
            self.settled = True
            return False
        with torch.no_grad():
            if filled < units:
                rows = rows[: units - filled]
                self.centres[filled : filled + len(rows)] = rows.to(self.centres.dtype)
                self.placed[0] += len(rows)
                return self.steps > 1
            nearest = torch.cdist(rows.float(), self.centres.float()).argmin(dim=1)
            share = nn.functional.one_hot(nearest, units).to(self.centres.dtype)
            count = share.sum(dim=0)
            self.drawn += count
            pull = share.T @ rows.to(share.dtype) - count[:, None] * self.centres
            self.centres += pull / self.drawn[:, None]
            self.placed[1] += 1
        return True

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return how near each centre is, 0 to 1."""
        centres = self.centres
        placing = self.training and not self.settled and x.device.type != "meta"
        if placing and self.place(x.detach().flatten(0, -2)):
            centres = centres.detach() + 0 * centres
        away = torch.cdist(x, centres, compute_mode="donot_use_mm_for_euclid_dist")
        return torch.exp(-0.5 * away.square() * torch.exp(-2 * self.log_width))


class MixedOperation(nn.Module):
    """A weighted mean of what several branches make: Σ softmax(α)ᵢ xᵢ (Liu et al. 2019).

    With `decide`, evaluation takes the branch of the largest α alone; a gradient goes to all.
    """

    def __init__(self, branches: int, decide: bool = False) -> None:
        super().__init__()
        self.decide = decide
        self.alpha = nn.Parameter(torch.zeros(branches))

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Return the mean, or what the best branch makes."""
        shares = self.alpha.softmax(dim=0)
        if self.decide and not self.training:
            best = nn.functional.one_hot(shares.argmax(), len(shares))
            shares = best.to(shares.dtype) + (shares - shares.detach())
        total = shares[0] * inputs[0]
        for share, x in zip(shares[1:], inputs[1:], strict=True):
            total = total + share * x
        return total
