"""Recurrent layers whose state can be given, taken and kept. Each class stands alone.

A state is numbers per sample: the states of every layer and direction side by side. A stateful
layer goes on where the batch before ended; its first samples go on with the first of that batch.
"""

from __future__ import annotations

import torch
from torch import nn


class RNN(nn.RNNBase):
    """Simple recurrent layer over (N, L, C): h = tanh(U x + W h₋₁ + b), or with ReLU.

    Returns the sequence (N, L, D·H), the top layer's last state (N, D·H) and the last state of
    every layer (N, layers·D·H), D being 2 when it reads from both ends.
    """

    carried: torch.Tensor | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        stateful: bool = False,
    ) -> None:
        mode = "RNN_RELU" if nonlinearity == "relu" else "RNN_TANH"
        super().__init__(
            mode, input_size, hidden_size, num_layers, bias, True, dropout, bidirectional
        )
        self.nonlinearity = nonlinearity
        self.stateful = stateful
        self.carried = None

    def reset_state(self) -> None:
        """Forget what was kept of the batch before."""
        self.carried = None

    def forward(
        self, x: torch.Tensor, state: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sequence, last and state, starting from `state` or from zeros."""
        rows = self.num_layers * (2 if self.bidirectional else 1)
        h = x.new_zeros(rows, len(x), self.hidden_size)
        if state is not None:
            h = state.reshape(len(x), rows, self.hidden_size).transpose(0, 1).contiguous()
        elif self.carried is not None and self.carried.shape[1] >= len(x):
            h = self.carried[:, : len(x)].contiguous()
        run = torch.rnn_relu if self.nonlinearity == "relu" else torch.rnn_tanh
        weights = tuple(self.parameters())
        sequence, h = run(
            x,
            h,
            weights,
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
            True,
        )
        self.carried = h.detach() if self.stateful else None
        h = h.transpose(0, 1)
        return sequence, h[:, -(rows // self.num_layers) :].flatten(1), h.flatten(1)


class GRU(nn.RNNBase):
    """Gated recurrent unit over (N, L, C) (Cho et al. 2014).

    Returns the sequence (N, L, D·H), the top layer's last state (N, D·H) and the last state of
    every layer (N, layers·D·H), D being 2 when it reads from both ends.
    """

    carried: torch.Tensor | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        stateful: bool = False,
    ) -> None:
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, True, dropout, bidirectional
        )
        self.stateful = stateful
        self.carried = None

    def reset_state(self) -> None:
        """Forget what was kept of the batch before."""
        self.carried = None

    def forward(
        self, x: torch.Tensor, state: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sequence, last and state, starting from `state` or from zeros."""
        rows = self.num_layers * (2 if self.bidirectional else 1)
        h = x.new_zeros(rows, len(x), self.hidden_size)
        if state is not None:
            h = state.reshape(len(x), rows, self.hidden_size).transpose(0, 1).contiguous()
        elif self.carried is not None and self.carried.shape[1] >= len(x):
            h = self.carried[:, : len(x)].contiguous()
        weights = tuple(self.parameters())
        sequence, h = torch.gru(
            x,
            h,
            weights,
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
            True,
        )
        self.carried = h.detach() if self.stateful else None
        h = h.transpose(0, 1)
        return sequence, h[:, -(rows // self.num_layers) :].flatten(1), h.flatten(1)


class LSTM(nn.RNNBase):
    """Long short-term memory over (N, L, C) (Hochreiter and Schmidhuber 1997).

    Returns the sequence (N, L, D·H), the top layer's last state (N, D·H), and the last state and
    the last cell of every layer (N, layers·D·H each), D being 2 when it reads from both ends.
    With a forget bias that gate starts at it; without, it is drawn like all weights.
    """

    carried: tuple[torch.Tensor, torch.Tensor] | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        forget_bias: float | None = None,
        stateful: bool = False,
    ) -> None:
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, True, dropout, bidirectional
        )
        self.stateful = stateful
        self.carried = None
        if forget_bias is not None:
            gate = slice(hidden_size, 2 * hidden_size)
            with torch.no_grad():
                for name, value in self.named_parameters():
                    if name.startswith("bias"):
                        value[gate] = forget_bias if name.startswith("bias_ih") else 0.0

    def reset_state(self) -> None:
        """Forget what was kept of the batch before."""
        self.carried = None

    def forward(
        self,
        x: torch.Tensor,
        state: torch.Tensor | None = None,
        cell: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sequence, last, state and cell; what is not given starts at zeros."""
        rows = self.num_layers * (2 if self.bidirectional else 1)
        h = c = x.new_zeros(rows, len(x), self.hidden_size)
        if self.carried is not None and self.carried[0].shape[1] >= len(x):
            h, c = (kept[:, : len(x)].contiguous() for kept in self.carried)
        if state is not None:
            h = state.reshape(len(x), rows, self.hidden_size).transpose(0, 1).contiguous()
        if cell is not None:
            c = cell.reshape(len(x), rows, self.hidden_size).transpose(0, 1).contiguous()
        weights = tuple(self.parameters())
        sequence, h, c = torch.lstm(
            x,
            (h, c),
            weights,
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
            True,
        )
        self.carried = (h.detach(), c.detach()) if self.stateful else None
        h, c = h.transpose(0, 1), c.transpose(0, 1)
        return sequence, h[:, -(rows // self.num_layers) :].flatten(1), h.flatten(1), c.flatten(1)


class PeepholeLSTM(nn.Module):
    """LSTM whose gates look at the cell: (N, L, C) -> sequence, last, state and cell.

    i, f, o = σ(U x + W h₋₁ + V c₋₁ + b), g = tanh(U x + W h₋₁ + b), c = f·c₋₁ + i·g,
    h = o·tanh(c). Rows of the weights: i, f, o, g. V is a matrix for each gate, or a number for
    each unit of it (Gers and Schmidhuber 2000, but that their output gate sees c, not c₋₁).
    """

    carried: tuple[torch.Tensor, torch.Tensor] | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        peepholes: str = "matrix",
        forget_bias: float | None = None,
        stateful: bool = False,
    ) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.stateful = stateful
        self.carried = None
        across = (3 * hidden_size, hidden_size) if peepholes == "matrix" else (3 * hidden_size,)
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.weight_ch = nn.Parameter(torch.empty(across))
        self.bias = nn.Parameter(torch.empty(4 * hidden_size)) if bias else None
        for weight in self.parameters():
            nn.init.uniform_(weight, -(hidden_size**-0.5), hidden_size**-0.5)
        if self.bias is not None and forget_bias is not None:
            nn.init.constant_(self.bias[hidden_size : 2 * hidden_size], forget_bias)

    def reset_state(self) -> None:
        """Forget what was kept of the batch before."""
        self.carried = None

    def forward(
        self,
        x: torch.Tensor,
        state: torch.Tensor | None = None,
        cell: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sequence, last, state and cell; what is not given starts at zeros."""
        h = c = x.new_zeros(len(x), self.hidden_size)
        if self.carried is not None and len(self.carried[0]) >= len(x):
            h, c = (kept[: len(x)] for kept in self.carried)
        h, c = h if state is None else state, c if cell is None else cell
        given, gates = nn.functional.linear(x, self.weight_ih, self.bias), 3 * self.hidden_size
        steps: list[torch.Tensor] = []
        for step in given.unbind(1):
            step = step + nn.functional.linear(h, self.weight_hh)
            if self.weight_ch.dim() == 2:
                seen = nn.functional.linear(c, self.weight_ch)
            else:
                seen = c.repeat(1, 3) * self.weight_ch
            i, f, o = (step[:, :gates] + seen).sigmoid().chunk(3, dim=1)
            c = f * c + i * step[:, gates:].tanh()
            h = o * c.tanh()
            steps.append(h)
        self.carried = (h.detach(), c.detach()) if self.stateful else None
        return torch.stack(steps, dim=1), h, h, c
