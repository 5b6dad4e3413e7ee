"""What writes a sequence token by token. Each class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class SequenceDecoder(nn.Module):
    """Writes a sequence from an encoder's result, looking at it by attention.

    Takes the memory (N, S, M), the tokens of the right answer (N, T), a first state (N, H), a mask
    (N, S) that is true where the memory is real, and an LSTM's first cell (N, H). Returns the
    scores (N, T, V) and how much each step looked at each of the memory (N, T, S).

    In training each step reads the right token before it with the chance `forcing`, else its own
    likeliest (Williams and Zipser 1989; Bengio et al. 2015). In evaluation it reads its own alone:
    of the answer only the length is used, and `beam` ways of going on are kept at each step. The
    scores are then those along the likeliest of them, and at each step the token of that way has
    the highest. Attention is additive (Bahdanau et al. 2015), general or scaled dot (Luong et al.
    2015), from the state before the step.
    """

    def __init__(
        self,
        memory_size: int,
        vocabulary: int,
        hidden_size: int = 64,
        embedding_dim: int = 32,
        cell: str = "gru",
        attention: str = "additive",
        forcing: float = 1.0,
        beam: int = 1,
        length: int = 16,
        start: int = 1,
        end: int = 2,
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.hidden_size, self.attention, self.forcing = hidden_size, attention, forcing
        self.beam, self.length = beam, length
        self.start, self.end, self.padding = start, end, padding
        seen = 0 if attention == "none" else memory_size
        self.embedding = nn.Embedding(vocabulary, embedding_dim)
        made = nn.LSTMCell if cell == "lstm" else nn.GRUCell
        self.cell = made(embedding_dim + seen, hidden_size)
        self.out = nn.Linear(hidden_size + seen, vocabulary)
        if attention in ("general", "additive"):
            self.key = nn.Linear(memory_size, hidden_size, bias=attention == "additive")
        if attention == "additive":
            self.query = nn.Linear(hidden_size, hidden_size, bias=False)
            self.sum = nn.Linear(hidden_size, 1, bias=False)

    def look(
        self, state: torch.Tensor, keys: torch.Tensor, mask: torch.Tensor | None
    ) -> torch.Tensor:
        """Return how much a state takes of each step of the memory, (N, S)."""
        if self.attention == "additive":
            scores = self.sum((self.query(state)[:, None] + keys).tanh()).squeeze(-1)
        else:
            scores = (keys @ state[:, :, None]).squeeze(-1) * self.hidden_size**-0.5
        if mask is None:
            return scores.softmax(dim=1)
        weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
        return weights.masked_fill(~mask, 0.0)

    def step(
        self,
        token: torch.Tensor,
        states: tuple[torch.Tensor, ...],
        memory: torch.Tensor,
        keys: torch.Tensor,
        mask: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, ...]]:
        """Return the scores of the next token, where it looked, and the states after it."""
        taken: list[torch.Tensor] = []
        if self.attention == "none":
            weights = memory.new_zeros(memory.shape[:2])
        else:
            weights = self.look(states[0], keys, mask)
            taken = [(weights[:, None] @ memory).squeeze(1)]
        read = torch.cat([self.embedding(token), *taken], dim=1)
        states = self.cell(read, states) if len(states) == 2 else (self.cell(read, states[0]),)
        return self.out(torch.cat([states[0], *taken], dim=1)), weights, states

    def forced(
        self,
        target: torch.Tensor | None,
        states: tuple[torch.Tensor, ...],
        memory: torch.Tensor,
        keys: torch.Tensor,
        mask: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return scores and weights of training: what is read is the right answer or its own."""
        token = torch.full((len(memory),), self.start, device=memory.device)
        made: list[torch.Tensor] = []
        looked: list[torch.Tensor] = []
        for place in range(self.length if target is None else target.shape[1]):
            scores, weights, states = self.step(token, states, memory, keys, mask)
            made.append(scores)
            looked.append(weights)
            token = scores.argmax(dim=1)
            if target is not None and self.forcing == 1:
                token = target[:, place]
            elif target is not None:
                right = torch.rand(len(token), device=token.device) < self.forcing
                token = torch.where(right, target[:, place], token)
        return torch.stack(made, dim=1), torch.stack(looked, dim=1)

    def search(
        self,
        steps: int,
        states: tuple[torch.Tensor, ...],
        memory: torch.Tensor,
        keys: torch.Tensor,
        mask: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return scores and weights along the likeliest way found."""
        width, samples = self.beam, len(memory)
        first = torch.arange(samples, device=memory.device)[:, None] * width
        memory, keys = memory.repeat_interleave(width, 0), keys.repeat_interleave(width, 0)
        mask = None if mask is None else mask.repeat_interleave(width, 0)
        states = tuple(s.repeat_interleave(width, 0) for s in states)
        token = torch.full((samples * width,), self.start, device=memory.device)
        total = memory.new_full((samples, width), -torch.inf)
        total[:, 0] = 0.0
        done = torch.zeros_like(token, dtype=torch.bool)
        made = memory.new_zeros(samples * width, 0, self.out.out_features)
        looked = memory.new_zeros(samples * width, 0, memory.shape[1])
        for _ in range(steps):
            scores, weights, states = self.step(token, states, memory, keys, mask)
            chances = scores.log_softmax(dim=1)
            idle = torch.full_like(chances, -torch.inf)
            idle[:, self.padding] = 0.0
            chances = torch.where(done[:, None], idle, chances).reshape(samples, width, -1)
            total, best = (total[:, :, None] + chances).flatten(1).topk(width, dim=1)
            rows = (first + best // scores.shape[1]).flatten()
            token = (best % scores.shape[1]).flatten()
            scores = scores[rows]
            own = scores.gather(1, token[:, None])
            high, place = scores.max(dim=1, keepdim=True)
            scores = scores.scatter(1, place, own).scatter(1, token[:, None], high)
            made = torch.cat([made[rows], scores[:, None]], dim=1)
            looked = torch.cat([looked[rows], weights[rows, None]], dim=1)
            states = tuple(s[rows] for s in states)
            done = done[rows] | (token == self.end)
        return made[first[:, 0]], looked[first[:, 0]]

    def forward(
        self,
        memory: torch.Tensor,
        target: torch.Tensor | None = None,
        state: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        cell: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return scores (N, T, V) and weights (N, T, S)."""
        keys = self.key(memory) if self.attention in ("general", "additive") else memory
        zeros = memory.new_zeros(len(memory), self.hidden_size)
        states = (zeros if state is None else state,)
        if isinstance(self.cell, nn.LSTMCell):
            states = (*states, zeros if cell is None else cell)
        if self.training:
            return self.forced(target, states, memory, keys, mask)
        steps = self.length if target is None else target.shape[1]
        return self.search(steps, states, memory, keys, mask)


class MultiTokenHead(nn.Module):
    """Predicts several tokens to come from one trunk: (N, L, C) -> (N, L, tokens, vocabulary).

    Each place has a small branch of its own, x + GELU(W x + b), and all share the read-out
    (after Gloeckle et al. 2024, whose branches are transformer layers).
    """

    def __init__(self, features: int, vocabulary: int, tokens: int = 3) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Linear(features, features) for _ in range(tokens))
        self.out = nn.Linear(features, vocabulary)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a score for each token, at each place to come, of each step."""
        each = [x + nn.functional.gelu(branch(x)) for branch in self.branches]
        return self.out(torch.stack(each, dim=2))
