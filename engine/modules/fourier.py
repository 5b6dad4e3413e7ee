"""Signals as sums of waves. Each class stands alone.

A complex number is a pair on a last axis of its own, real part first, so that every tensor holds
real numbers.
"""

# torch.fft says nothing of its types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

import torch
from torch import nn


class FourierTransform(nn.Module):
    """The discrete Fourier transform over the last `axes` axes, a pair for each frequency.

    X[k] = Σ x[n] e^(−2πikn/L). Of real numbers only the frequencies from 0 to L/2 are kept, as the
    others mirror them; with `full` all are. With `pairs` it takes complex numbers and keeps all.
    """

    def __init__(
        self, axes: int = 1, pairs: bool = False, full: bool = False, norm: str = "backward"
    ) -> None:
        super().__init__()
        self.axes = tuple(range(-axes, 0))
        self.pairs = pairs
        self.full = full
        self.norm = norm

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the frequencies."""
        x = x.float()
        if self.pairs:
            found = torch.fft.fftn(
                torch.view_as_complex(x.contiguous()), None, self.axes, self.norm
            )
        elif self.full:
            found = torch.fft.fftn(x, None, self.axes, self.norm)
        else:
            found = torch.fft.rfftn(x, None, self.axes, self.norm)
        return torch.view_as_real(found)


class InverseFourierTransform(nn.Module):
    """The inverse over the `axes` axes in front of the pairs: x[n] = 1/L Σ X[k] e^(2πikn/L).

    `half` takes the frequencies from 0 to L/2 of a real signal and returns that, of an odd length
    with `odd`. `real` takes all and drops what is imaginary; `pairs` keeps it.
    """

    def __init__(
        self, axes: int = 1, returns: str = "half", odd: bool = False, norm: str = "backward"
    ) -> None:
        super().__init__()
        self.axes = tuple(range(-axes, 0))
        self.returns = returns
        self.odd = odd
        self.norm = norm

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the signal."""
        found = torch.view_as_complex(x.float().contiguous())
        if self.returns == "half":
            sizes = list(found.shape[-len(self.axes) :])
            sizes[-1] = 2 * (sizes[-1] - 1) + self.odd
            return torch.fft.irfftn(found, sizes, self.axes, self.norm)
        found = torch.view_as_real(torch.fft.ifftn(found, None, self.axes, self.norm))
        return found if self.returns == "pairs" else found[..., 0]


class PowerSpectrum(nn.Module):
    """|X[k]|² / L over the last `axes` axes of real numbers, frequencies 0 to L/2 on the last.

    With `hann` the signal fades in and out; with `decibels` it is 10 log₁₀ of that.
    """

    def __init__(self, axes: int = 1, hann: bool = False, decibels: bool = False) -> None:
        super().__init__()
        self.axes = tuple(range(-axes, 0))
        self.hann = hann
        self.decibels = decibels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the power at each frequency."""
        x = x.float()
        if self.hann:
            for axis in self.axes:
                window = torch.hann_window(x.shape[axis], device=x.device)
                x = x * window.reshape(-1, *(1,) * (-1 - axis))
        found = torch.view_as_real(torch.fft.rfftn(x, dim=self.axes, norm="ortho"))
        power = found.square().sum(dim=-1)
        return 10 * (power + 1e-10).log10() if self.decibels else power


class FourierConv1d(nn.Module):
    """A convolution over (N, C, L), done as multiplication of spectra; the result is the same.

    Stride and dilation are 1, padding is with zeros.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        padding: str | tuple[int, ...] = (0,),
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        bound = self.weight[0].numel() ** -0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)
        self.padding = padding

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a map for each filter."""
        kernel = self.weight.shape[2]
        before = after = 0 if isinstance(self.padding, str) else self.padding[0]
        if self.padding == "same":
            before, after = (kernel - 1) // 2, kernel // 2
        x = nn.functional.pad(x, (before, after)).float()
        length = x.shape[-1]
        waves = torch.fft.rfft(x, length)
        filters = torch.fft.rfft(self.weight.float(), length).conj()
        y = torch.fft.irfft(torch.einsum("ncf,ocf->nof", waves, filters), length)
        y = y[..., : length - kernel + 1]
        return y if self.bias is None else y + self.bias[:, None]


class FourierConv2d(nn.Module):
    """A convolution over (N, C, H, W), done as multiplication of spectra; the result is the same.

    Stride and dilation are 1, padding is with zeros.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, int],
        padding: str | tuple[int, int] = (0, 0),
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, *kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        bound = self.weight[0].numel() ** -0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)
        self.padding = padding

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a map for each filter."""
        sides: list[int] = []
        kernel = self.weight.shape[2:]
        for axis in (1, 0):
            before = after = 0 if isinstance(self.padding, str) else self.padding[axis]
            if self.padding == "same":
                before, after = (kernel[axis] - 1) // 2, kernel[axis] // 2
            sides += [before, after]
        x = nn.functional.pad(x, sides).float()
        size = x.shape[-2:]
        waves = torch.fft.rfft2(x, size)
        filters = torch.fft.rfft2(self.weight.float(), size).conj()
        y = torch.fft.irfft2(torch.einsum("nchw,ochw->nohw", waves, filters), size)
        rows, columns = (n - k + 1 for n, k in zip(size, kernel, strict=True))
        y = y[..., :rows, :columns]
        return y if self.bias is None else y + self.bias[:, None, None]


class LaplaceTransform(nn.Module):
    """F(s) = ∫ f(t) e^(−st) dt of samples (..., L) on a grid of s = a + iω.

    The samples stand `dt` apart, the first at t = 0. Returns (..., A, W, 2), a pair for each s.
    Simpson's rule, or the trapezoidal one; with an even number of samples Simpson's takes the 3/8
    rule for the last three intervals.
    """

    kernel: torch.Tensor

    def __init__(
        self,
        length: int,
        dt: float = 0.01,
        low: float = 0.0,
        high: float = 2.0,
        points: int = 5,
        top: float = 10.0,
        frequencies: int = 11,
        rule: str = "simpson",
    ) -> None:
        super().__init__()
        weights = torch.ones(length, dtype=torch.float64)
        if rule == "simpson" and length >= 3:
            last = length - 1 if length % 2 else length - 4
            weights[:] = 0
            if last >= 2:
                weights[0 : last + 1 : 2] = 2 / 3
                weights[1:last:2] = 4 / 3
                weights[0] = weights[last] = 1 / 3
            if length % 2 == 0:
                ends = torch.tensor([3.0, 9.0, 9.0, 3.0], dtype=torch.float64) / 8
                weights[last:] += ends
        else:
            weights[0] = weights[-1] = 0.5
        t = torch.arange(length, dtype=torch.float64) * dt
        a = torch.linspace(low, high, points, dtype=torch.float64)
        w = torch.linspace(0, top, frequencies, dtype=torch.float64)
        fade = (dt * weights * torch.exp(-a[:, None] * t))[:, None]
        angle = w[:, None] * t
        kernel = torch.stack((fade * angle.cos(), -fade * angle.sin()), dim=2)
        self.register_buffer("kernel", kernel.float(), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the transform at every s."""
        return torch.einsum("...l,awpl->...awp", x.float(), self.kernel)
