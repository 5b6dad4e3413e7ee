"""Fourier, power and Laplace against NumPy; convolution by spectra against the direct one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine.catalog.spec import BATCH
from engine.modules.fourier import FourierConv1d, FourierConv2d
from tests.engine.catalog.running import complaint, run


def pairs(values: Any) -> Any:
    """Return complex numbers as pairs."""
    return np.stack([values.real, values.imag], axis=-1)


def same(found: torch.Tensor, expected: Any, tolerance: float = 1e-5) -> None:
    np.testing.assert_allclose(found.detach().numpy(), expected, atol=tolerance)


@pytest.mark.parametrize("length", [1, 7, 8])
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
def test_fft_of_a_signal(length: int, norm: Any) -> None:
    x = torch.randn(3, 2, length)
    same(run("fft1d", x, norm=norm), pairs(np.fft.rfft(x.numpy(), norm=norm)))
    same(run("fft1d", x, norm=norm, full=True), pairs(np.fft.fft(x.numpy(), norm=norm)))
    z = torch.randn(3, length, 2)
    expected = np.fft.fft(z[..., 0].numpy() + 1j * z[..., 1].numpy(), norm=norm)
    same(run("fft1d", z, norm=norm, pairs=True), pairs(expected))


def test_fft_is_the_sum_that_is_written() -> None:
    x = torch.randn(2, 6)
    n = np.arange(6)
    waves = np.exp(-2j * np.pi * np.outer(n, n) / 6)
    same(run("fft1d", x, full=True), pairs(x.numpy() @ waves))


def test_fft_of_an_image() -> None:
    x = torch.randn(2, 3, 6, 5)
    same(run("fft2d", x), pairs(np.fft.rfft2(x.numpy())))
    same(run("fft2d", x, full=True), pairs(np.fft.fft2(x.numpy())))


@pytest.mark.parametrize("length", [1, 7, 8])
def test_the_inverse_gives_the_signal_back(length: int) -> None:
    x, z = torch.randn(3, length), torch.randn(3, length, 2)
    same(run("inverse_fft1d", run("fft1d", x), odd=length % 2 == 1), x)
    same(run("inverse_fft1d", run("fft1d", x, full=True), returns="real"), x)
    same(run("inverse_fft1d", run("fft1d", z, pairs=True), returns="pairs"), z)
    image = torch.randn(2, 4, length)
    same(run("inverse_fft2d", run("fft2d", image), odd=length % 2 == 1), image)
    same(run("inverse_fft2d", run("fft2d", image, full=True), returns="pairs")[..., 0], image)


@pytest.mark.parametrize("hann", [False, True])
def test_power_spectrum(hann: bool) -> None:
    x = torch.randn(2, 3, 8, 9)
    w = (lambda n: 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)) if hann else np.ones
    expected = np.abs(np.fft.rfft(x.numpy() * w(9))) ** 2 / 9
    same(run("power_spectrum", x, hann=hann), expected)
    decibels = run("power_spectrum", x, hann=hann, decibels=True)
    same(decibels, 10 * np.log10(expected + 1e-10), 1e-2)
    expected = np.abs(np.fft.rfft2(x.numpy() * w(9) * w(8)[:, None])) ** 2 / 72
    same(run("power_spectrum", x, hann=hann, axes=2), expected)


def test_power_stands_at_the_frequency_of_a_wave_whatever_its_phase() -> None:
    t = torch.arange(64) / 64
    waves = torch.stack([torch.sin(2 * torch.pi * 5 * t + phase) for phase in (0.0, 1.0)])
    power = run("power_spectrum", waves)
    assert power.argmax(dim=1).tolist() == [5, 5]
    same(power[0], power[1].numpy())


PADDINGS = (0, 1, 4, "valid", "same")


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("kernel", [1, 4, 9])
@pytest.mark.parametrize("bias", [True, False])
def test_convolution_by_spectra_is_the_direct_one(padding: Any, kernel: int, bias: bool) -> None:
    x = torch.randn(2, 3, 20)
    given = padding if isinstance(padding, str) else (padding,)
    ours = FourierConv1d(3, 5, kernel, given, bias)
    direct = nn.Conv1d(3, 5, kernel, padding=padding, bias=bias)
    direct.load_state_dict(ours.state_dict())
    same(ours(x), direct(x).detach().numpy())
    assert run("fft_conv1d", x, padding=given, kernel_size=kernel).shape[2] == direct(x).shape[2]


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("padding", [0, (2, 1), "valid", "same"])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 6), (5, 5)])
def test_convolution_of_images_by_spectra(padding: Any, kernel: tuple[int, int]) -> None:
    x = torch.randn(2, 3, 9, 12)
    given = (padding, padding) if isinstance(padding, int) else padding
    ours = FourierConv2d(3, 4, kernel, given)
    direct = nn.Conv2d(3, 4, kernel, padding=padding)
    direct.load_state_dict(ours.state_dict())
    same(ours(x), direct(x).detach().numpy())


def test_its_gradients_are_those_of_the_direct_one() -> None:
    x = torch.randn(2, 3, 20)
    ours, direct = FourierConv1d(3, 5, 7, "same"), nn.Conv1d(3, 5, 7, padding="same")
    direct.load_state_dict(ours.state_dict())
    out = torch.randn(2, 5, 20)
    for layer in (ours, direct):
        (layer(x) * out).sum().backward()
    for a, b in zip(ours.parameters(), direct.parameters(), strict=True):
        assert a.grad is not None
        assert b.grad is not None
        torch.testing.assert_close(a.grad, b.grad, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("rule", ["simpson", "trapezoid"])
@pytest.mark.parametrize("samples", [2001, 2000])
def test_laplace_of_a_decay(rule: str, samples: int) -> None:
    dt = 0.01
    rates = np.array([0.5, 1.0, 3.0])
    decays = np.exp(-rates[:, None] * np.arange(samples) * dt).astype(np.float32)
    grid = {"low": 0.0, "high": 2.0, "points": 5, "top": 5.0, "frequencies": 11}
    found = run("laplace", torch.from_numpy(decays), dt=dt, rule=rule, **grid)
    assert found.shape == (3, 5, 11, 2)
    s = np.linspace(0, 2, 5)[:, None] + 1j * np.linspace(0, 5, 11)
    expected = 1 / (s + rates[:, None, None])
    assert np.abs(found.numpy() - pairs(expected)).max() < 1e-3


@pytest.mark.parametrize("samples", [2, 3, 4, 5, 6, 7])
def test_simpson_is_exact_for_polynomials(samples: int) -> None:
    t = np.arange(samples) * 0.5
    order = 3 if samples > 2 else 1
    f = torch.from_numpy((t**order).astype(np.float32))[None]
    found = run("laplace", f, dt=0.5, points=1, high=0.0, top=0.0, frequencies=1)
    assert found.flatten()[0].item() == pytest.approx(t[-1] ** (order + 1) / (order + 1), rel=1e-5)


def test_laplace_is_the_fourier_transform_where_nothing_fades() -> None:
    """At a = 0 the integral over a whole period picks out its wave."""
    t = np.arange(201) / 200
    wave = torch.from_numpy(np.cos(2 * np.pi * 3 * t).astype(np.float32))[None]
    found = run("laplace", wave, dt=1 / 200, points=1, high=0.0, top=2 * np.pi * 5, frequencies=6)
    same(found[0, 0, :, 0], [0, 0, 0, 0.5, 0, 0], 1e-4)


def test_mistakes_get_a_sentence() -> None:
    assert "Switch Complex input off" in complaint("fft1d", (BATCH, 8), pairs=True)
    assert "3 axes beside the batch" in complaint("fft2d", (BATCH, 8, 2), pairs=True)
    assert "last axis of 2" in complaint("inverse_fft1d", (BATCH, 8, 3))
    assert "Odd length" in complaint("inverse_fft1d", (BATCH, 1, 2))
    assert "2 axes beside the batch" in complaint("power_spectrum", (BATCH, 8), axes=2)
    assert "larger than what comes in" in complaint("fft_conv1d", (BATCH, 3, 8))
    assert "two samples" in complaint("laplace", (BATCH, 1))
    assert "must not be above" in complaint("laplace", (BATCH, 9), low=3.0)
    assert "larger a" in complaint("laplace", (BATCH, 99), low=-100.0)
    assert "fewer points" in complaint("laplace", (BATCH, 9), points=4000, frequencies=4000)
