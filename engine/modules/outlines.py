"""Stand-ins that tell shapes and matrix products of slow layers without going step by step.

Each has the constructor and the parameters of its layer; what it puts out holds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

from engine.modules import recurrent

if TYPE_CHECKING:
    import torch


def _layers(
    module: recurrent.RNN | recurrent.GRU | recurrent.LSTM, x: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return sequence, last and state in their shapes, having multiplied what the layers do."""
    ways, units = (2 if module.bidirectional else 1), module.hidden_size
    weights = [p for p in module.parameters() if p.dim() == 2]
    for layer in range(module.num_layers):
        given = x
        for way in range(ways):
            into, across = weights[2 * (layer * ways + way) :][:2]
            functional.linear(given, into)
            functional.linear(x.new_empty(*x.shape[:2], units), across)
        x = x.new_empty(*x.shape[:2], ways * units)
    last = x.new_empty(len(x), ways * units)
    return x, last, x.new_empty(len(x), module.num_layers * ways * units)


class RNN(recurrent.RNN):
    """Outline of the simple recurrent layer."""

    def forward(
        self, x: torch.Tensor, state: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sequence, last and state."""
        return _layers(self, x)


class GRU(recurrent.GRU):
    """Outline of the gated recurrent unit."""

    def forward(
        self, x: torch.Tensor, state: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sequence, last and state."""
        return _layers(self, x)


class LSTM(recurrent.LSTM):
    """Outline of the long short-term memory."""

    def forward(
        self,
        x: torch.Tensor,
        state: torch.Tensor | None = None,
        cell: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sequence, last, state and cell."""
        sequence, last, end = _layers(self, x)
        return sequence, last, end, end


class PeepholeLSTM(recurrent.PeepholeLSTM):
    """Outline of the peephole LSTM."""

    def forward(
        self,
        x: torch.Tensor,
        state: torch.Tensor | None = None,
        cell: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sequence, last, state and cell."""
        functional.linear(x, self.weight_ih)
        sequence = x.new_empty(*x.shape[:2], self.hidden_size)
        functional.linear(sequence, self.weight_hh)
        if self.weight_ch.dim() == 2:
            functional.linear(sequence, self.weight_ch)
        end = x.new_empty(len(x), self.hidden_size)
        return sequence, end, end, end
