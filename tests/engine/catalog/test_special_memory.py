"""The memory cell against a NumPy reference written from the formulas of its paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.modules.memory import MemoryCell


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max())
    return e / e.sum()


def softplus(x: Any) -> Any:
    return np.log1p(np.exp(x))


class Reference:
    """One sample through the cell, step by step."""

    def __init__(self, cell: MemoryCell) -> None:
        self.p: Any = {k: v.detach().double().numpy() for k, v in cell.named_parameters()}
        self.slots, self.width, self.move = cell.slots, cell.width, cell.move

    def linear(self, name: str, x: Any) -> Any:
        return self.p[f"{name}.weight"] @ x + self.p[f"{name}.bias"]

    def controller(self, x: Any, h: Any, c: Any) -> tuple[Any, Any]:
        p = self.p
        z = p["controller.weight_ih"] @ x + p["controller.bias_ih"]
        z = z + p["controller.weight_hh"] @ h + p["controller.bias_hh"]
        i, f, g, o = np.split(z, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c

    def address(self, said: Any, memory: Any, before: Any) -> Any:
        width = self.width
        key, beta, gamma = said[:width], softplus(said[width]), 1 + softplus(said[width + 1])
        near = memory @ key / (np.linalg.norm(memory, axis=1) * np.linalg.norm(key))
        w = softmax(beta * near)
        if self.move:
            g, s = sigmoid(said[width + 2]), softmax(said[width + 3 : width + 6])
            w = g * w + (1 - g) * before
            n = self.slots
            shifted = np.zeros(n)
            for i in range(n):
                for d in (-1, 0, 1):
                    shifted[i] += s[d + 1] * w[(i - d) % n]
            w = shifted
        return w**gamma / (w**gamma).sum()

    def run(self, xs: Any) -> tuple[Any, Any, Any]:
        hidden = self.p["out.bias"].size
        h, c, read = np.zeros(hidden), np.zeros(hidden), np.zeros(self.width)
        memory = self.p["start"]
        wrote = looked = np.eye(self.slots)[0]
        out: list[Any] = []
        places: list[Any] = []
        for x in xs:
            h, c = self.controller(np.concatenate([x, read]), h, c)
            said = self.linear("writer", h)
            wrote = self.address(said, memory, wrote)
            e, a = sigmoid(said[-2 * self.width : -self.width]), np.tanh(said[-self.width :])
            memory = memory * (1 - np.outer(wrote, e)) + np.outer(wrote, a)
            looked = self.address(self.linear("reader", h), memory, looked)
            read = looked @ memory
            out.append(self.linear("out", np.concatenate([h, read])))
            places.append(looked)
        return np.array(out), np.array(places), memory


@pytest.mark.parametrize("move", [False, True])
@pytest.mark.parametrize("slots", [1, 2, 6])
def test_it_follows_the_formulas(move: bool, slots: int) -> None:
    torch.manual_seed(0)
    cell = MemoryCell(3, 5, slots, 4, move)
    for parameter in cell.parameters():
        parameter.data = torch.randn(parameter.shape)
    x = torch.randn(2, 7, 3)
    sequence, last, places, memory = cell(x)
    assert torch.equal(last, sequence[:, -1])
    for row in range(2):
        out, where, kept = Reference(cell).run(x[row].double().numpy())
        np.testing.assert_allclose(sequence[row].detach().numpy(), out, atol=1e-4)
        np.testing.assert_allclose(places[row].detach().numpy(), where, atol=1e-4)
        np.testing.assert_allclose(memory[row].detach().numpy(), kept, atol=1e-4)


def test_a_strong_key_reads_the_slot_that_is_like_it() -> None:
    cell = MemoryCell(2, 3, 4, 4)
    said = torch.tensor([[0.0, 0.0, 5.0, 0.0, 50.0, 0.0]])
    weights = cell.address(said, torch.eye(4)[None], torch.zeros(1, 4))
    assert weights[0, 2].item() == pytest.approx(1)
    assert weights.sum().item() == pytest.approx(1)


def test_sharpening_and_moving() -> None:
    cell = MemoryCell(2, 3, 4, 4, move=True)
    before = torch.tensor([[0.1, 0.6, 0.2, 0.1]])
    key = torch.zeros(4)
    stay = torch.tensor([-50.0, -50.0, 50.0, -50.0])  # gate, then shift by −1, 0, 1
    step = torch.tensor([-50.0, -50.0, -50.0, 50.0])
    for move, expected in ((stay, before), (step, before.roll(1, dims=1))):
        said = torch.cat([key, torch.tensor([0.0, 1.0]), move])[None]
        power = 1 + np.log1p(np.e)
        sharp = expected**power / (expected**power).sum()
        torch.testing.assert_close(cell.address(said, torch.eye(4)[None], before), sharp)
