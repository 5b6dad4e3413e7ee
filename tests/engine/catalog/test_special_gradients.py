"""The gradients of losses that come with a layer of their own, by finite differences."""

from __future__ import annotations

import pytest
import torch

from tests.engine.catalog.test_loss_values import function


@pytest.mark.parametrize(
    ("spec_id", "kinds"),
    [
        ("capsule_margin", ("lengths", "classes")),
        ("som_neighbourhood", ("distances", "still")),
        ("perceptron_rule", ("answers", "wanted")),
    ],
)
def test_gradient(spec_id: str, kinds: tuple[str, str]) -> None:
    torch.manual_seed(0)
    made = {
        "lengths": torch.tensor([[0.3, 0.95, 0.05], [0.6, 0.2, 0.8]], dtype=torch.float64),
        "classes": torch.tensor([0, 2]),
        "distances": torch.rand(4, 3, 2, dtype=torch.float64),
        "still": torch.rand(4, 3, 2, dtype=torch.float64),
        "answers": torch.randn(4, 3, dtype=torch.float64),
        "wanted": torch.randint(2, (4, 3)).double(),
    }
    given = [made[kind] for kind in kinds]
    given[0].requires_grad_()
    assert torch.autograd.gradcheck(function(spec_id, given, {}), given)
