"""Augmentation changes pictures as it says, each in its own way, and only while training."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.modules.augment import (
    RandomBrightness,
    RandomErasing,
    RandomFlip,
    RandomRotation,
    RandomShift,
)

ALL = [RandomFlip(), RandomShift(2), RandomRotation(20.0), RandomErasing(), RandomBrightness()]


@pytest.mark.parametrize("module", ALL, ids=lambda m: type(m).__name__)
def test_evaluation_passes_on(module: nn.Module) -> None:
    x = torch.randn(4, 3, 7, 9)
    assert module.eval()(x) is x
    module.train()
    torch.manual_seed(0)
    changed = [not torch.equal(module(x)[0], x[0]) for _ in range(20)]
    assert any(changed)


def test_a_flip_is_the_picture_or_its_mirror_image() -> None:
    torch.manual_seed(0)
    x = torch.randn(200, 1, 3, 4)
    y = RandomFlip(horizontal=True, vertical=False)(x)
    same = (y == x).flatten(1).all(1)
    mirrored = (y == x.flip(3)).flatten(1).all(1)
    assert (same ^ mirrored).all()
    assert 60 < mirrored.sum() < 140
    both = RandomFlip(horizontal=True, vertical=True)(x)
    kinds = [x, x.flip(3), x.flip(2), x.flip(2, 3)]
    found = torch.stack([(both == k).flatten(1).all(1) for k in kinds])
    assert found.any(0).all()
    assert found.any(1).all()


def test_a_shift_moves_every_row_alike_and_never_too_far() -> None:
    torch.manual_seed(0)
    x = torch.arange(1.0, 50.0).reshape(1, 1, 7, 7).repeat(300, 2, 1, 1)
    y = RandomShift(2)(x)
    seen: set[tuple[int, int]] = set()
    for picture in y:
        assert torch.equal(picture[0], picture[1])
        matches = [
            (a, b)
            for a in range(-2, 3)
            for b in range(-2, 3)
            if torch.equal(picture[0], moved(x[0, 0], a, b))
        ]
        assert len(matches) == 1
        seen.add(matches[0])
    assert len(seen) == 25


def moved(picture: torch.Tensor, down: int, across: int) -> torch.Tensor:
    """Return a picture moved, written with loops."""
    height, width = picture.shape
    made = torch.zeros_like(picture)
    for i in range(height):
        for j in range(width):
            if 0 <= i + down < height and 0 <= j + across < width:
                made[i, j] = picture[i + down, j + across]
    return made


@pytest.mark.parametrize("size", [(9, 9), (6, 12)])
def test_a_rotation_turns_about_the_middle_and_keeps_shapes(size: tuple[int, int]) -> None:
    height, width = size
    rows, columns = torch.meshgrid(
        torch.arange(height) - (height - 1) / 2,
        torch.arange(width) - (width - 1) / 2,
        indexing="ij",
    )
    # A hill that is round stays where it is, whatever the angle.
    hill = torch.exp(-(rows**2 + columns**2) / 4)[None, None].repeat(50, 1, 1, 1)
    torch.manual_seed(0)
    turned = RandomRotation(180.0)(hill)
    assert (turned - hill).abs().max() < 0.08
    quarter = RandomRotation(90.0)
    x = torch.randn(1, 1, 5, 5)
    quarter.degrees = -90.0
    torch.manual_seed(0)
    share = 2 * torch.rand(1) - 1
    torch.manual_seed(0)
    quarter.degrees = float(90.0 / share)
    torch.testing.assert_close(quarter(x), torch.rot90(x, 1, (2, 3)), atol=1e-4, rtol=0)


def test_erasing_blanks_one_square_of_the_stated_size() -> None:
    torch.manual_seed(0)
    y = RandomErasing(p=0.5, size=0.5)(torch.ones(400, 2, 8, 8))
    holes = (y == 0).all(1)
    hit = holes.flatten(1).any(1)
    assert 150 < hit.sum() < 250
    for hole in holes[hit]:
        rows, columns = hole.any(1), hole.any(0)
        assert hole.sum() == rows.sum() * columns.sum()
        assert max(rows.sum(), columns.sum()) <= 4
    assert max(int(h.sum()) for h in holes) == 16


def test_brightness_stays_within_its_bounds() -> None:
    torch.manual_seed(0)
    x = torch.randn(500, 3, 4, 4)
    y = RandomBrightness(brightness=0.3, contrast=0.25)(x)
    shift = (y.mean((1, 2, 3)) - x.mean((1, 2, 3))).abs()
    scale = y.std((1, 2, 3)) / x.std((1, 2, 3))
    assert shift.max() < 0.3 + 1e-5
    assert shift.max() > 0.27
    assert 0.75 - 1e-5 < scale.min() < 0.78
    assert 1.22 < scale.max() < 1.25 + 1e-5
