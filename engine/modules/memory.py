"""A recurrent cell with a memory beside it. The class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class MemoryCell(nn.Module):
    """Reads (N, L, F) step by step and keeps notes in slots: a neural Turing machine.

    Each step the controller, an LSTM cell, sees the input and what was read last. Of its state h a
    head makes, for writing and for reading, a key k, a strength β = softplus, a sharpening
    γ = 1 + softplus and, with `move`, a gate g = σ and a shift s = softmax over −1, 0, 1:

        w = softmax(β cos(k, M)),  w ← g w + (1 − g) w₋₁,  w(i) ← Σ_d s(d) w(i − d),
        w ← wᵞ / Σ wᵞ

    Writing comes first: M ← M (1 − w eᵀ) + w aᵀ with erase e = σ and add a = tanh; then r = Σ w M
    is read, and y = U [h, r] + b comes out (Graves, Wayne, Danihelka 2014). Returns the sequence
    (N, L, H), its last step (N, H), where it read (N, L, slots) and the memory (N, slots, width).
    """

    def __init__(
        self, input_size: int, hidden_size: int, slots: int, width: int, move: bool = False
    ) -> None:
        super().__init__()
        self.slots = slots
        self.width = width
        self.move = move
        self.controller = nn.LSTMCell(input_size + width, hidden_size)
        address = width + 2 + (4 if move else 0)
        self.writer = nn.Linear(hidden_size, address + 2 * width)
        self.reader = nn.Linear(hidden_size, address)
        self.out = nn.Linear(hidden_size + width, hidden_size)
        self.start = nn.Parameter(torch.randn(slots, width) * width**-0.5)

    def address(
        self, said: torch.Tensor, memory: torch.Tensor, before: torch.Tensor
    ) -> torch.Tensor:
        """Return how much of each slot is meant (N, slots)."""
        key, beta, gamma = said[:, : self.width], said[:, self.width], said[:, self.width + 1]
        near = nn.functional.cosine_similarity(key[:, None], memory, dim=2, eps=1e-6)
        weights = (nn.functional.softplus(beta)[:, None] * near).softmax(dim=1)
        if self.move:
            gate = said[:, self.width + 2, None].sigmoid()
            shift = said[:, self.width + 3 : self.width + 6].softmax(dim=1)
            weights = gate * weights + (1 - gate) * before
            weights = (
                shift[:, :1] * weights.roll(-1, dims=1)
                + shift[:, 1:2] * weights
                + shift[:, 2:] * weights.roll(1, dims=1)
            )
        power = 1 + nn.functional.softplus(gamma)[:, None]
        weights = (weights + 1e-12) ** power
        return weights / weights.sum(dim=1, keepdim=True)

    def forward(
        self, x: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sequence, last, where it read, and the memory at the end."""
        state = None
        memory = self.start.expand(len(x), -1, -1)
        read = x.new_zeros(len(x), self.width)
        first = torch.arange(self.slots, device=x.device) == 0
        wrote = looked = first.to(x.dtype).expand(len(x), -1)
        steps: list[torch.Tensor] = []
        places: list[torch.Tensor] = []
        for step in x.unbind(1):
            state = self.controller(torch.cat([step, read], dim=1), state)
            said = self.writer(state[0])
            wrote = self.address(said, memory, wrote)
            erase = said[:, -2 * self.width : -self.width].sigmoid()
            add = said[:, -self.width :].tanh()
            memory = memory * (1 - wrote[:, :, None] * erase[:, None])
            memory = memory + wrote[:, :, None] * add[:, None]
            looked = self.address(self.reader(state[0]), memory, looked)
            read = (looked[:, :, None] * memory).sum(dim=1)
            steps.append(self.out(torch.cat([state[0], read], dim=1)))
            places.append(looked)
        sequence = torch.stack(steps, dim=1)
        return sequence, sequence[:, -1], torch.stack(places, dim=1), memory
