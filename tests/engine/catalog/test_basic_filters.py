"""Fixed filters against the matrices and a convolution written out."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from engine.catalog import registry
from engine.catalog.spec import BATCH, TensorSpec
from engine.trace import build
from tests.engine.catalog.running import complaint, run


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


MATRICES: dict[str, list[list[float]]] = {
    "sobel vertical": [[0.25, 0, -0.25], [0.5, 0, -0.5], [0.25, 0, -0.25]],
    "sobel horizontal": [[0.25, 0.5, 0.25], [0, 0, 0], [-0.25, -0.5, -0.25]],
    "prewitt vertical": [[1 / 3, 0, -1 / 3]] * 3,
    "prewitt horizontal": [[1 / 3] * 3, [0] * 3, [-1 / 3] * 3],
    "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "average": [[1 / 9] * 3] * 3,
}


def module(**params: Any) -> Any:
    spec = registry.nodes()["fixed_filter"]
    made = build(spec, spec.values(params), [TensorSpec((BATCH, 3, 8, 8))])
    assert made is not None
    return made


def slid(image: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """Return each channel filtered, written out; what lies beyond the image is 0."""
    rows, columns = matrix.shape
    top, left = (rows - 1) // 2, (columns - 1) // 2
    result = torch.zeros_like(image)
    height, width = image.shape[2:]
    for i in range(height):
        for j in range(width):
            for k in range(rows):
                for m in range(columns):
                    y, x = i + k - top, j + m - left
                    if 0 <= y < height and 0 <= x < width:
                        result[:, :, i, j] += image[:, :, y, x] * matrix[k, m]
    return result


@pytest.mark.parametrize("kind", MATRICES)
def test_a_given_matrix_is_slid_over_every_channel(kind: str) -> None:
    matrix = torch.tensor(MATRICES[kind], dtype=torch.float32)
    torch.testing.assert_close(module(kind=kind).kernel[0, 0], matrix)
    image = torch.randn(2, 3, 5, 6)
    torch.testing.assert_close(run("fixed_filter", image, kind=kind), slid(image, matrix))


@pytest.mark.parametrize(("size", "sigma"), [(1, 1.0), (3, 1.0), (5, 0.8), (6, 2.5)])
def test_a_gaussian_has_the_weights_of_the_bell(size: int, sigma: float) -> None:
    middle = (size - 1) / 2
    bell = [
        [math.exp(-((i - middle) ** 2 + (j - middle) ** 2) / (2 * sigma**2)) for j in range(size)]
        for i in range(size)
    ]
    expected = torch.tensor(bell) / sum(map(sum, bell))
    made = module(kind="gaussian", size=size, sigma=sigma).kernel[0, 0]
    torch.testing.assert_close(made, expected)
    assert made.sum().item() == pytest.approx(1)


def test_edges_answer_with_the_height_of_the_step() -> None:
    image = torch.zeros(1, 1, 6, 6)
    image[..., :3] = 1.0
    for kind, across in (("sobel", "vertical"), ("prewitt", "vertical")):
        found = run("fixed_filter", image, kind=f"{kind} {across}", border="replicate")
        torch.testing.assert_close(found[0, 0, 2], torch.tensor([0, 0, 1.0, 1, 0, 0]))
        other = run("fixed_filter", image, kind=f"{kind} horizontal", border="replicate")
        torch.testing.assert_close(other, torch.zeros_like(image))


def test_sharpening_is_the_image_without_its_laplacian() -> None:
    image = torch.randn(1, 2, 5, 5)
    laplacian = run("fixed_filter", image, kind="laplacian")
    torch.testing.assert_close(run("fixed_filter", image, kind="sharpen"), image - laplacian)


def test_an_own_matrix_is_read_row_by_row() -> None:
    numbers = tuple(float(n) for n in range(16))
    image = torch.randn(1, 2, 6, 5)
    found = run("fixed_filter", image, kind="own", kernel=numbers)
    torch.testing.assert_close(found, slid(image, torch.tensor(numbers).reshape(4, 4)))


def test_borders() -> None:
    flat = torch.ones(1, 1, 5, 5)
    assert run("fixed_filter", flat, kind="average", border="none").shape == (1, 1, 3, 3)
    same = run("fixed_filter", flat, kind="gaussian", size=5, border="replicate")
    torch.testing.assert_close(same, flat)
    assert run("fixed_filter", flat, kind="average")[0, 0, 0, 0].item() == pytest.approx(4 / 9)


def test_nothing_of_it_is_learned_or_saved() -> None:
    made = module()
    assert not list(made.parameters())
    assert not made.state_dict()
    assert [name for name, _ in made.named_buffers()] == ["kernel"]


def test_mistakes_get_a_sentence() -> None:
    image = (BATCH, 3, 4, 4)
    said = complaint("fixed_filter", image, kind="own", kernel=(1.0, 2.0))
    assert "2 numbers, which make no square" in said
    said = complaint("fixed_filter", image, kind="average", size=5, border="none")
    assert "5 rows and columns, more than comes in, 4 × 4" in said
    assert "1 to 31 rows" in complaint("fixed_filter", image, kind="own", kernel=())
