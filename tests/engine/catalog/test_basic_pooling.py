"""Pooling over windows, to a size, over everything and over channels, written out."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch

from engine.catalog.spec import BATCH
from tests.engine.catalog.running import complaint, run


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


REDUCE: dict[str, Any] = {
    "max": lambda block: block.flatten(2).amax(2),
    "avg": lambda block: block.flatten(2).mean(2),
}
SIZES = (7, 6, 5)


def windows(x: torch.Tensor, spans: list[list[tuple[int, int]]], reduce: Any) -> torch.Tensor:
    """Return one number for each combination of spans along the axes behind the channels."""
    result = torch.zeros(*x.shape[:2], *map(len, spans))
    for place in itertools.product(*(range(len(s)) for s in spans)):
        cut = tuple(slice(*spans[axis][i]) for axis, i in enumerate(place))
        result[(slice(None), slice(None), *place)] = reduce(x[(slice(None), slice(None), *cut)])
    return result


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("kind", REDUCE)
@pytest.mark.parametrize(("window", "stride"), [(2, None), (3, 1), (2, 3)])
def test_a_window_becomes_one_number(axes: int, kind: str, window: int, stride: int | None) -> None:
    x = torch.randn(2, 3, *SIZES[:axes])
    step = stride or window
    spans = [[(i, i + window) for i in range(0, n - window + 1, step)] for n in SIZES[:axes]]
    found = run(f"{kind}_pool{axes}d", x, kernel_size=window, stride=stride)
    torch.testing.assert_close(found, windows(x, spans, REDUCE[kind]))


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("kind", REDUCE)
@pytest.mark.parametrize("result", [1, 3, 4])
def test_an_adaptive_pooling_gives_the_size_asked_for(axes: int, kind: str, result: int) -> None:
    x = torch.randn(2, 3, *SIZES[:axes])
    spans = [
        [(i * n // result, math.ceil((i + 1) * n / result)) for i in range(result)]
        for n in SIZES[:axes]
    ]
    found = run(f"adaptive_{kind}_pool{axes}d", x, output_size=result)
    torch.testing.assert_close(found, windows(x, spans, REDUCE[kind]))


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("kind", REDUCE)
def test_a_global_pooling_leaves_a_number_for_each_channel(axes: int, kind: str) -> None:
    x = torch.randn(2, 3, *SIZES[:axes])
    found = run(f"global_{kind}_pool{axes}d", x)
    torch.testing.assert_close(found, REDUCE[kind](x))
    kept = run(f"global_{kind}_pool{axes}d", x, keepdim=True)
    assert torch.equal(kept, found.reshape(2, 3, *[1] * axes))


@pytest.mark.parametrize("kind", REDUCE)
@pytest.mark.parametrize(("window", "stride"), [(2, None), (3, 1), (2, 4)])
@pytest.mark.parametrize("shape", [(2, 7, 3, 4), (3, 6)])
def test_a_depthwise_pooling_goes_along_the_channels(
    kind: str, window: int, stride: int | None, shape: tuple[int, ...]
) -> None:
    x = torch.randn(shape)
    starts = range(0, shape[1] - window + 1, stride or window)
    parts = [x[:, i : i + window] for i in starts]
    expected = [p.amax(1) if kind == "max" else p.mean(1) for p in parts]
    found = run(f"depth_{kind}_pool", x, window=window, stride=stride)
    torch.testing.assert_close(found, torch.stack(expected, 1))


def test_channels_become_pixels_and_pixels_channels() -> None:
    x = torch.randn(2, 8, 3, 4)
    large = run("pixel_shuffle", x)
    assert large.shape == (2, 2, 6, 8)
    for c, i, j in itertools.product(range(2), range(2), range(2)):
        assert torch.equal(large[:, c, i::2, j::2], x[:, c * 4 + i * 2 + j])
    assert torch.equal(run("pixel_unshuffle", large), x)


@pytest.mark.parametrize(
    ("spec_id", "shape", "params", "words"),
    [
        ("max_pool1d", (BATCH, 3, 4), {"kernel_size": 5}, "5 is larger"),
        ("avg_pool3d", (BATCH, 3, 4, 4, 4), {"padding": 2}, "at most half"),
        ("depth_max_pool", (BATCH, 3, 4), {"window": 4}, "4 channels is larger than the 3"),
        ("pixel_shuffle", (BATCH, 6, 2, 2), {}, "4, must divide the 6 channels"),
        ("pixel_unshuffle", (BATCH, 1, 3, 4), {}, "must divide height and width, 3 × 4"),
        ("global_max_pool1d", (BATCH, 3), {}, "N C L"),
    ],
)
def test_mistakes_get_a_sentence(
    spec_id: str, shape: tuple[int, ...], params: dict[str, Any], words: str
) -> None:
    said = complaint(spec_id, shape, **params)
    assert words in said
    assert "cannot take" not in said
