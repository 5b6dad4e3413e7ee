"""Losses that PyTorch does not have in this form. Each class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class FocalLoss(nn.Module):
    """Cross-entropy in which easy samples count less (Lin et al. 2017).

    Raw scores (N, C, ...) and class numbers (N, ...). The loss of a sample whose class is said to
    have probability p is −w·(1 − p)^γ·log p; the mean is over the samples that count.
    """

    def __init__(
        self, gamma: float = 2.0, class_weights: tuple[float, ...] = (), ignore_index: int = -100
    ) -> None:
        super().__init__()
        self.gamma = gamma
        self.class_weights = class_weights
        self.ignore_index = ignore_index

    def forward(self, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss."""
        counts = target != self.ignore_index
        entropy = nn.functional.cross_entropy(
            prediction, target, ignore_index=self.ignore_index, reduction="none"
        )
        loss = (1 - (-entropy).exp()).clamp(min=1e-9) ** self.gamma * entropy
        if self.class_weights:
            weights = prediction.new_tensor(self.class_weights)
            loss = loss * weights[torch.where(counts, target, 0)]
        return torch.where(counts, loss, 0).sum() / counts.sum().clamp(min=1)


class BinaryFocalLoss(nn.Module):
    """Binary cross-entropy in which easy answers count less (Lin et al. 2017).

    Raw scores and targets of 0 and 1. A yes counts α, a no 1 − α.
    """

    def __init__(self, gamma: float = 2.0, alpha: float = 0.25) -> None:
        super().__init__()
        self.gamma = gamma
        self.alpha = alpha

    def forward(self, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss."""
        entropy = nn.functional.binary_cross_entropy_with_logits(
            prediction, target, reduction="none"
        )
        yes = prediction.sigmoid()
        wrong = (target * (1 - yes) + (1 - target) * yes).clamp(min=1e-9)
        weight = target * self.alpha + (1 - target) * (1 - self.alpha)
        return (weight * wrong**self.gamma * entropy).mean()


class KLDivergence(nn.Module):
    """How far a distribution over the last axis is from the target one: Σ t·log(t/p).

    `given` says what the prediction is: scores, log-probabilities or probabilities. Summed over
    all but the batch, averaged over the batch.
    """

    def __init__(self, given: str = "scores") -> None:
        super().__init__()
        self.given = given

    def forward(self, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss."""
        if self.given == "scores":
            prediction = prediction.log_softmax(-1)
        elif self.given == "probabilities":
            prediction = prediction.clamp(min=1e-30).log()
        return nn.functional.kl_div(prediction, target.detach(), reduction="batchmean")


class CTC(nn.Module):
    """How unlikely a sequence is that may stand anywhere in a longer one (Graves et al. 2006).

    Scores (N, L, C), class numbers (N, S) padded with `padding` at the end. Lengths (N,) may be
    given; without them scores count over their whole length, targets up to the padding.
    """

    def __init__(self, blank: int = 0, padding: int = -100, zero_infinity: bool = True) -> None:
        super().__init__()
        self.blank = blank
        self.padding = padding
        self.zero_infinity = zero_infinity

    def forward(
        self,
        prediction: torch.Tensor,
        target: torch.Tensor,
        lengths: torch.Tensor | None = None,
        target_lengths: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the loss, for each sample divided by its target's length."""
        if prediction.is_meta:
            return prediction.mean()
        samples, steps, classes = prediction.shape
        if target_lengths is None:
            target_lengths = (target != self.padding).sum(dim=1)
        within = torch.arange(target.shape[1], device=target.device) < target_lengths[:, None]
        target = torch.where(within, target, 0)
        torch.zeros(classes, device=target.device).index_select(0, target.flatten())
        if lengths is None:
            lengths = torch.full((samples,), steps, device=target.device)
        return nn.functional.ctc_loss(
            prediction.log_softmax(-1).transpose(0, 1),
            target,
            lengths,
            target_lengths,
            blank=self.blank,
            zero_infinity=self.zero_infinity,
        )


class InfoNCE(nn.Module):
    """Picks a sample's partner out of all partners of the batch (van den Oord et al. 2018).

    Vectors (N, C) twice: row n of one belongs to row n of the other; all other rows are wrong.
    """

    def __init__(self, temperature: float = 0.1, both_ways: bool = True) -> None:
        super().__init__()
        self.temperature = temperature
        self.both_ways = both_ways

    def forward(self, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        """Return the loss."""
        query = nn.functional.normalize(query, dim=1)
        key = nn.functional.normalize(key, dim=1)
        scores = query @ key.T / self.temperature
        own = torch.arange(len(query), device=query.device)
        loss = nn.functional.cross_entropy(scores, own)
        if self.both_ways:
            loss = (loss + nn.functional.cross_entropy(scores.T, own)) / 2
        return loss


class CriticLoss(nn.Module):
    """What a judge of real and made samples makes small. Raw scores of both.

    minimax: −log σ(real) − log(1 − σ(made)); least squares: ½(real − 1)² + ½made²;
    hinge: max(0, 1 − real) + max(0, 1 + made); wasserstein: made − real; all averaged.
    """

    def __init__(self, kind: str = "minimax", real: float = 1.0) -> None:
        super().__init__()
        self.kind = kind
        self.real = real

    def forward(self, real: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
        """Return the loss."""
        if self.kind == "minimax":
            entropy = nn.functional.binary_cross_entropy_with_logits
            goal = torch.full_like(real, self.real)
            return entropy(real, goal) + entropy(made, torch.zeros_like(made))
        if self.kind == "least squares":
            return ((real - self.real).square().mean() + made.square().mean()) / 2
        if self.kind == "hinge":
            return (1 - real).relu().mean() + (1 + made).relu().mean()
        return made.mean() - real.mean()


class GeneratorLoss(nn.Module):
    """What a generator makes small: raw scores that a judge gives to what it made.

    minimax: log(1 − σ(made)); non-saturating: −log σ(made); least squares: ½(made − 1)²;
    wasserstein: −made; all averaged.
    """

    def __init__(self, kind: str = "non-saturating") -> None:
        super().__init__()
        self.kind = kind

    def forward(self, made: torch.Tensor) -> torch.Tensor:
        """Return the loss."""
        if self.kind == "minimax":
            return -nn.functional.softplus(made).mean()
        if self.kind == "non-saturating":
            return nn.functional.softplus(-made).mean()
        if self.kind == "least squares":
            return (made - 1).square().mean() / 2
        return -made.mean()


class Interpolate(nn.Module):
    """Mixes each real sample with a made one, at a place drawn anew: ε·real + (1 − ε)·made.

    A gradient can be taken by the result; none goes back through it.
    """

    def forward(self, real: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
        """Return the mixture."""
        size = (len(real), *(1,) * (real.dim() - 1))
        share = torch.rand(size, dtype=real.dtype, device=real.device)
        return (share * real + (1 - share) * made).detach().requires_grad_()


class GradientPenalty(nn.Module):
    """How far the norm of a score's gradient is from the wished one (Gulrajani et al. 2017).

    L = strength · mean (‖∂score/∂at‖ − norm)². `at` is what the score was worked out from.
    """

    def __init__(self, strength: float = 10.0, norm: float = 1.0) -> None:
        super().__init__()
        self.strength = strength
        self.norm = norm

    def forward(self, score: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        """Return the penalty; 0 where `score` does not depend on `at` or gradients are off."""
        grad = None
        if score.requires_grad and at.requires_grad:
            grad = torch.autograd.grad(score.sum(), at, create_graph=True, allow_unused=True)[0]
        if grad is None:
            return 0 * (score.sum() + at.sum())
        norms = (grad.flatten(1).square().sum(dim=1) + 1e-12).sqrt()
        return self.strength * (norms - self.norm).square().mean()
