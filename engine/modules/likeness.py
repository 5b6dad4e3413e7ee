"""Metrics of texts and pictures. Each function stands alone."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional


def perplexity(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return e to the mean cross-entropy: among how many classes the network wavers.

    Raw scores (N, C, ...), class numbers (N, ...).
    """
    return functional.cross_entropy(prediction, target).exp()


def bleu(
    prediction: torch.Tensor, target: torch.Tensor, order: int = 4, ignored: int = -100
) -> torch.Tensor:
    """Return BLEU of the best-scored tokens of all sequences together (Papineni et al. 2002).

    Scores (N, C, L), token numbers (N, L); steps of the number `ignored` are cut out. The
    geometric mean of the shares of runs of 1 to `order` tokens that stand in the target too, as
    far as sequences are long enough to have such runs.
    """
    said = prediction.argmax(dim=1).reshape(len(target), -1)
    truth = target.reshape(len(target), -1)
    found, of = [0] * order, [0] * order
    for row, right in zip(said, truth, strict=True):
        counts = right != ignored
        ours: Any = row[counts].cpu().numpy().tolist()
        theirs: Any = right[counts].cpu().numpy().tolist()
        for n in range(1, order + 1):
            runs: dict[tuple[int, ...], int] = {}
            for start in range(len(theirs) - n + 1):
                run = tuple(theirs[start : start + n])
                runs[run] = runs.get(run, 0) + 1
            for start in range(len(ours) - n + 1):
                run = tuple(ours[start : start + n])
                of[n - 1] += 1
                if runs.get(run, 0) > 0:
                    runs[run] -= 1
                    found[n - 1] += 1
    shares = [a / b for a, b in zip(found, of, strict=True) if b]
    if not shares or min(shares) == 0:
        return torch.tensor(0.0)
    return torch.tensor(math.exp(sum(math.log(share) for share in shares) / len(shares)))


def psnr(prediction: torch.Tensor, target: torch.Tensor, peak: float = 1.0) -> torch.Tensor:
    """Return the peak signal-to-noise ratio in dB, averaged over samples, each at most 100."""
    wrong = (prediction.float() - target.reshape_as(prediction).float()).reshape(len(target), -1)
    return (10 * (peak**2 / wrong.square().mean(dim=1)).log10()).clamp(max=100.0).mean()


def ssim(prediction: torch.Tensor, target: torch.Tensor, peak: float = 1.0) -> torch.Tensor:
    """Return the structural similarity of pictures (N, C, H, W), averaged (Wang et al. 2004).

    A Gaussian window of 11 × 11 (σ = 1.5; smaller for smaller pictures), where it fits wholly.
    NaN for what is no picture.
    """
    if prediction.dim() not in (3, 4):
        return torch.tensor(float("nan"))
    height, width = prediction.shape[-2:]
    x = prediction.float().reshape(-1, 1, height, width)
    y = target.float().reshape(-1, 1, height, width)
    size = min(11, height - 1 + height % 2, width - 1 + width % 2)
    line = torch.arange(size, dtype=x.dtype, device=x.device) - size // 2
    line = (-(line**2) / (2 * 1.5**2)).exp()
    window = (line[:, None] * line / line.sum() ** 2)[None, None]
    mean_x, mean_y = functional.conv2d(x, window), functional.conv2d(y, window)
    var_x = functional.conv2d(x * x, window) - mean_x**2
    var_y = functional.conv2d(y * y, window) - mean_y**2
    both = functional.conv2d(x * y, window) - mean_x * mean_y
    a, b = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    top = (2 * mean_x * mean_y + a) * (2 * both + b)
    return (top / ((mean_x**2 + mean_y**2 + a) * (var_x + var_y + b))).mean()
