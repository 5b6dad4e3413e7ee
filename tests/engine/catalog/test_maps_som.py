"""Self-organising maps against Kohonen's formulas in NumPy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from engine import files
from engine.modules.maps import HitMap, SelfOrganizingMap, UMatrix
from engine.train.control import Control
from engine.train.events import Pictures
from engine.train.trainer import Trainer
from tests.engine.catalog.running import complaint, run

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS, COLUMNS, FEATURES = 3, 4, 5
UNITS = ROWS * COLUMNS
BATCH = 7


def pull(best: int, radius: float, kind: str) -> NDArray[Any]:
    """Return h(c, i) of every unit i."""
    row, column = np.divmod(np.arange(UNITS), COLUMNS)
    away = (row - best // COLUMNS) ** 2 + (column - best % COLUMNS) ** 2
    return np.exp(-away / (2 * radius**2)) if kind == "gaussian" else (away <= radius**2) * 1.0


def kohonen(
    units: NDArray[Any], x: NDArray[Any], radius: float, rate: float, kind: str
) -> NDArray[Any]:
    """Return the units after w ← w + η·mean over the batch of h·(x − w)."""
    change = np.zeros_like(units)
    for sample in x:
        best = int(((sample - units) ** 2).sum(1).argmin())
        change += pull(best, radius, kind)[:, None] * (sample - units)
    return units + rate * change / len(x)


@pytest.mark.parametrize("kind", ["gaussian", "bubble"])
def test_sgd_makes_kohonens_update(kind: str) -> None:
    torch.manual_seed(3)
    rate, first, last, steps = 0.5, 2.5, 0.4, 6
    layer = SelfOrganizingMap(FEATURES, ROWS, COLUMNS, kind, first, last, steps, std=1.0).double()
    optimizer = torch.optim.SGD(layer.parameters(), rate)
    units = layer.weight.detach().numpy().reshape(UNITS, FEATURES).copy()
    for step in range(steps + 3):
        x = torch.randn(BATCH, FEATURES, dtype=torch.float64)
        radius = first * (last / first) ** min(step / steps, 1)
        units = kohonen(units, x.numpy(), radius, rate, kind)
        distances, near, _, _ = layer(x)
        optimizer.zero_grad()
        run("som_neighbourhood", distances, near).backward()
        optimizer.step()
        np.testing.assert_allclose(
            layer.weight.detach().numpy().reshape(UNITS, FEATURES), units, rtol=0, atol=1e-6
        )


def test_what_the_map_puts_out() -> None:
    torch.manual_seed(5)
    layer = SelfOrganizingMap(FEATURES, ROWS, COLUMNS, std=1.0)
    x = torch.randn(BATCH, FEATURES)
    distances, near, place, codebook = layer(x)
    units = layer.weight.detach().numpy().reshape(UNITS, FEATURES)
    apart = ((x.numpy()[:, None] - units) ** 2).sum(2)
    np.testing.assert_allclose(distances.detach().flatten(1).numpy(), apart, rtol=1e-5, atol=1e-5)
    best = apart.argmin(1)
    assert place.tolist() == [[c // COLUMNS, c % COLUMNS] for c in best]
    wanted = [pull(int(c), layer.start_radius, "gaussian") for c in best]
    np.testing.assert_allclose(near.flatten(1).numpy(), wanted, rtol=1e-5)
    assert torch.equal(codebook[0], layer.weight)
    assert not near.requires_grad


def test_only_training_shrinks_the_radius() -> None:
    layer = SelfOrganizingMap(2, 2, 2, steps=4, start_radius=2.0, end_radius=0.5)
    radii = [float(layer.radius())]
    for _ in range(5):
        layer.eval()(torch.zeros(1, 2))
        layer.train()(torch.zeros(1, 2))
        radii.append(float(layer.radius()))
    assert radii == pytest.approx([2, 2 / math.sqrt(2), 1, 1 / math.sqrt(2), 0.5, 0.5])
    assert list(layer.state_dict()) == ["weight", "step"]


def grid(*places: tuple[int, int, float]) -> torch.Tensor:
    """Return squared distances of one sample that is 9 away but for these units."""
    distances = torch.full((1, ROWS, COLUMNS), 9.0)
    for row, column, value in places:
        distances[0, row, column] = value
    return distances


def test_quantization_error_is_the_mean_distance_to_the_best_unit() -> None:
    distances = torch.cat([grid((0, 0, 4.0), (1, 1, 5.0)), grid((2, 3, 0.25))])
    assert float(run("quantization_error", distances)) == pytest.approx((2 + 0.5) / 2)


@pytest.mark.parametrize(
    ("second", "torn"), [((0, 1), 0), ((1, 1), 0), ((0, 2), 1), ((2, 0), 1), ((1, 3), 1)]
)
def test_topographic_error_asks_whether_the_two_best_touch(
    second: tuple[int, int], torn: float
) -> None:
    distances = grid((0, 0, 1.0), (*second, 2.0))
    assert float(run("topographic_error", distances)) == torn


def test_u_matrix_by_hand() -> None:
    units = torch.tensor([[[0.0], [3.0]], [[1.0], [1.0]]])
    corner = (1 + 2) / 2 / math.sqrt(2)
    expected = torch.tensor([[2.0, 3.0, 2.5], [1.0, corner, 2.0], [0.5, 0.0, 1.0]]) / 3
    torch.testing.assert_close(UMatrix()(units[None])[0], expected)


def test_hit_map_counts_best_units() -> None:
    distances = torch.cat([grid((0, 1, 1.0)), grid((0, 1, 2.0)), grid((2, 2, 0.0))])
    expected = torch.zeros(ROWS, COLUMNS)
    expected[0, 1], expected[2, 2] = 1.0, 0.5
    torch.testing.assert_close(HitMap()(distances)[0], expected)


def test_mistakes_get_a_sentence() -> None:
    assert "two units or more" in complaint("som", (-1, 3), rows=1, columns=1)
    assert "must not grow" in complaint("som", (-1, 3), start_radius=1.0, end_radius=2.0)
    assert "one map" in complaint("som_neighbourhood", (-1, 2, 2), (-1, 2, 3))
    assert "there is one" in complaint("topographic_error", (-1, 1, 1))
    assert "there is one" in complaint("show_u_matrix", (1, 1, 1, 3))


def test_the_template_shows_its_map_while_it_trains() -> None:
    project = files.template("som-digits").with_training(epochs=1, device="cpu")
    events: list[Any] = []
    Trainer(project, events.append, Control()).run()
    last = {e.node: e.images for e in events if isinstance(e, Pictures)}
    names = {project.graph.nodes[node].name: images.shape for node, images in last.items()}
    assert names == {"u_matrix": (1, 19, 19), "hits": (1, 10, 10)}
