"""Convolutions in one, two and three dimensions against sums written out, and their size rules."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from engine.catalog import registry
from engine.catalog.spec import BATCH, TensorSpec
from engine.trace import build, trace
from tests.engine.catalog.running import complaint, run


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def module(spec_id: str, *shape: int, **params: Any) -> Any:
    spec = registry.nodes()[spec_id]
    made = build(spec, spec.values(params), [TensorSpec((BATCH, *shape))])
    assert made is not None
    return made


def convolved(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, stride: int, dilation: int
) -> torch.Tensor:
    """Return a convolution without padding, written out for any number of axes."""
    axes = x.dim() - 2
    kernel = weight.shape[2:]
    sizes = [
        (n - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(x.shape[2:], kernel, strict=True)
    ]
    result = bias.reshape(1, -1, *[1] * axes).expand(len(x), -1, *sizes).clone()
    for place in itertools.product(*map(range, sizes)):
        for tap in itertools.product(*map(range, kernel)):
            at = [p * stride + t * dilation for p, t in zip(place, tap, strict=True)]
            read = x[(slice(None), slice(None), *at)]
            result[(slice(None), slice(None), *place)] += read @ weight[(..., *tap)].T
    return result


@pytest.mark.parametrize(
    ("axes", "stride", "dilation"), [(1, 2, 1), (2, 1, 2), (3, 1, 1), (3, 2, 1)]
)
def test_a_convolution_is_a_sum_over_the_window(axes: int, stride: int, dilation: int) -> None:
    x = torch.randn(2, 3, *(7, 6, 5)[:axes])
    params: dict[str, Any] = {
        "out_channels": 4,
        "kernel_size": 2,
        "stride": stride,
        "dilation": dilation,
    }
    layer = module(f"conv{axes}d", *x.shape[1:], **params)
    expected = convolved(x, layer.weight, layer.bias, stride, dilation)
    torch.testing.assert_close(run(f"conv{axes}d", x, module=layer, **params), expected)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(
    ("stride", "padding", "extra", "dilation"),
    [(1, 0, 0, 1), (2, 1, 0, 1), (3, 2, 2, 1), (2, 0, 1, 2)],
)
def test_a_transposed_convolution_paints_its_filters(
    axes: int, stride: int, padding: int, extra: int, dilation: int
) -> None:
    kernel = 3
    x = torch.randn(2, 2, *(4, 3, 2)[:axes])
    params: dict[str, Any] = {
        "out_channels": 3,
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "output_padding": extra,
        "dilation": dilation,
    }
    layer = module(f"conv_transpose{axes}d", *x.shape[1:], **params)
    full = [(n - 1) * stride + dilation * (kernel - 1) + 1 + extra for n in x.shape[2:]]
    painted = torch.zeros(2, 3, *full)
    for place in itertools.product(*map(range, x.shape[2:])):
        for tap in itertools.product(range(kernel), repeat=axes):
            at = [p * stride + t * dilation for p, t in zip(place, tap, strict=True)]
            read = x[(slice(None), slice(None), *place)]
            painted[(slice(None), slice(None), *at)] += read @ layer.weight[(..., *tap)]
    cut = tuple(slice(padding, n - padding) for n in full)
    expected = painted[(slice(None), slice(None), *cut)] + layer.bias.reshape(1, -1, *[1] * axes)
    found = run(f"conv_transpose{axes}d", x, module=layer, **params)
    torch.testing.assert_close(found, expected)
    for n, size in zip(x.shape[2:], found.shape[2:], strict=True):
        rule = (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1
        assert size == rule


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("many", [1, 3])
def test_a_depthwise_convolution_keeps_channels_apart(axes: int, many: int) -> None:
    x = torch.randn(2, 4, *(6, 5)[:axes])
    params = {"depth_multiplier": many}
    layer = module(f"depthwise_conv{axes}d", *x.shape[1:], **params)
    assert layer.weight.shape == (4 * many, 1, *[3] * axes)
    found = run(f"depthwise_conv{axes}d", x, module=layer, **params)
    for channel, j in itertools.product(range(4), range(many)):
        row = channel * many + j
        alone = convolved(
            x[:, channel : channel + 1],
            layer.weight[row : row + 1],
            layer.bias[row : row + 1],
            1,
            1,
        )
        torch.testing.assert_close(found[:, row : row + 1], alone)


@pytest.mark.parametrize(
    ("spec_id", "shape", "parameters"),
    [
        ("conv3d", (3, 6, 6, 6), 32 * 3 * 27 + 32),
        ("conv_transpose1d", (3, 6), 3 * 32 * 3 + 32),
        ("conv_transpose3d", (3, 4, 4, 4), 3 * 32 * 27 + 32),
        ("depthwise_conv1d", (5, 9), 5 * 3 + 5),
    ],
)
def test_parameters_are_counted(spec_id: str, shape: tuple[int, ...], parameters: int) -> None:
    spec = registry.nodes()[spec_id]
    found = trace(spec, spec.values({}), [TensorSpec((BATCH, *shape))], (1,))
    assert found.parameters == parameters


@pytest.mark.parametrize(
    ("spec_id", "shape", "params", "words"),
    [
        ("conv3d", (BATCH, 3, 2, 2, 2), {}, "3 × 3 × 3 is larger than what comes in"),
        ("conv3d", (BATCH, 3, 4, 4), {}, "N C D H W"),
        ("conv3d", (BATCH, 3, 4, 4, 4), {"padding": "same", "stride": 2}, "stride of 1"),
        ("conv_transpose1d", (BATCH, 3, 4), {"output_padding": 1}, "smaller than its stride"),
        ("conv_transpose1d", (BATCH, 3, 1), {"padding": 2}, "cuts off all"),
        ("conv_transpose3d", (BATCH, 3, 2, 2, 2), {"groups": 2}, "must divide both"),
        ("depthwise_conv1d", (BATCH, 3, 2), {}, "larger than what comes in"),
    ],
)
def test_mistakes_get_a_sentence(
    spec_id: str, shape: tuple[int, ...], params: dict[str, Any], words: str
) -> None:
    said = complaint(spec_id, shape, **params)
    assert words in said
    assert "cannot take" not in said
