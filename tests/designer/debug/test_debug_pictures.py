"""A tensor without one finite value is drawn, and no warning is raised."""

from __future__ import annotations

import torch

from designer.debug.pictures import BAD, pictures
from engine.train.figures import view


def test_a_tensor_of_nothing_but_nan_is_drawn_in_the_colour_for_it() -> None:
    held = view("output", "output", torch.full((2, 1, 4, 4), float("nan")), 2, 1 << 10)
    made = pictures(held, 0)
    assert made.shape == (2, 4, 4, 3)
    assert (made == BAD).all()
