"""Binarised layers: sums of signs, and a gradient straight through, written out in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine.catalog.spec import BATCH
from engine.modules.binarized import BinaryConv1d, BinaryConv2d, BinaryDense
from tests.engine.catalog.running import complaint


def sign(x: Any) -> Any:
    return np.where(x >= 0, 1.0, -1.0)


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("binary_input", [True, False])
def test_dense_and_its_gradients(scaled: bool, binary_input: bool) -> None:
    layer = BinaryDense(5, 3, scaled=scaled, binary_input=binary_input)
    layer.weight.data = torch.randn(3, 5)
    layer.weight.data[0, 0] = 0.0
    x = torch.randn(4, 5, requires_grad=True)
    out = torch.randn(4, 3)
    y = layer(x)
    (y * out).sum().backward()
    w, given, g = layer.weight.detach().numpy(), x.detach().numpy(), out.numpy()
    seen = sign(given) if binary_input else given
    alpha = np.abs(w).mean(1, keepdims=True) if scaled else np.ones((3, 1))
    assert layer.bias is not None
    expected = seen @ (alpha * sign(w)).T + layer.bias.detach().numpy()
    np.testing.assert_allclose(y.detach().numpy(), expected, atol=1e-5)
    by_weight = g.T @ seen  # by each weight as it is used
    straight = alpha * by_weight * (np.abs(w) <= 1)
    if scaled:
        straight = straight + np.sign(w) / 5 * (by_weight * sign(w)).sum(1, keepdims=True)
    assert layer.weight.grad is not None
    np.testing.assert_allclose(layer.weight.grad.numpy(), straight, atol=1e-5)
    back = g @ (alpha * sign(w))
    if binary_input:
        back = back * (np.abs(given) <= 1)
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), back, atol=1e-5)


@pytest.mark.parametrize("padding", [(1,), "same", "valid"])
def test_conv1d_is_a_convolution_with_signs(padding: Any) -> None:
    layer = BinaryConv1d(3, 4, 3, padding=padding, scaled=True, binary_input=True)
    x = torch.randn(2, 3, 9)
    weight = layer.weight.detach()
    signs = torch.from_numpy(sign(weight.numpy())).float()
    scale = torch.tensor(np.abs(weight.numpy()).mean((1, 2))).reshape(4, 1, 1)
    direct = nn.functional.conv1d(
        torch.from_numpy(sign(x.numpy())).float(), signs * scale, layer.bias, padding=padding
    )
    torch.testing.assert_close(layer(x), direct)


def test_conv2d_is_a_convolution_with_signs() -> None:
    layer = BinaryConv2d(3, 4, (3, 2), stride=(2, 1), padding=(1, 0), scaled=False)
    x = torch.randn(2, 3, 9, 8)
    signs = torch.from_numpy(sign(layer.weight.detach().numpy())).float()
    direct = nn.functional.conv2d(x, signs, layer.bias, stride=(2, 1), padding=(1, 0))
    torch.testing.assert_close(layer(x), direct)


def test_signs_are_exact() -> None:
    values = torch.tensor([-3.0, -0.3, -0.0, 0.0, 1e-8, 0.7, 5.0], requires_grad=True)
    signs = BinaryDense(2, 2).sign(values)
    assert signs.tolist() == [-1, -1, 1, 1, 1, 1, 1]
    signs.sum().backward()
    assert values.grad is not None
    assert values.grad.tolist() == [0, 1, 1, 1, 1, 1, 0]


def test_mistakes_get_a_sentence() -> None:
    assert "larger than what comes in" in complaint("binary_conv2d", (BATCH, 1, 2, 2))
    assert "stride of 1" in complaint("binary_conv1d", (BATCH, 1, 9), stride=2, padding="same")
