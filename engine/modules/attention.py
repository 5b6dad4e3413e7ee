"""Layers of transformers that PyTorch does not have in this form. Each class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    """Looks things up by content, with several heads side by side (Vaswani et al. 2017).

    Takes query (N, L, E), key (N, S, kdim) and value (N, S, vdim), returns (N, L, E). A key left
    out is the query, a value left out is the key; sizes of 0 say so. `mask`, (N, S) or (N, L, S),
    is true where a key may be seen; a query that may see none finds zeros. With `rotary`,
    queries and keys are turned by their positions first (Su et al. 2021).
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        kdim: int = 0,
        vdim: int = 0,
        dropout: float = 0.0,
        bias: bool = True,
        causal: bool = False,
        rotary: bool = False,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.causal = causal
        self.rotary = rotary
        self.query = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.key = nn.Linear(kdim or embed_dim, embed_dim, bias=bias)
        self.value = nn.Linear(vdim or kdim or embed_dim, embed_dim, bias=bias)
        self.out = nn.Linear(embed_dim, embed_dim, bias=bias)
        for linear in (self.query, self.key, self.value, self.out):
            nn.init.xavier_uniform_(linear.weight)
            if bias:
                nn.init.zeros_(linear.bias)

    def heads(self, x: torch.Tensor, turn: bool) -> torch.Tensor:
        """Return (N, heads, L, size), turned by position where asked for."""
        x = x.reshape(*x.shape[:2], self.num_heads, -1).transpose(1, 2)
        if not turn:
            return x
        steps, size = x.shape[2:]
        slow = torch.arange(0, size, 2, device=x.device) / -size
        angle = torch.arange(steps, device=x.device)[:, None] * 10000.0**slow
        cos, sin, a, b = angle.cos(), angle.sin(), x[..., 0::2], x[..., 1::2]
        return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)

    def seen(self, mask: torch.Tensor | None, x: torch.Tensor, keys: int) -> torch.Tensor | None:
        """Return which key each query may see, for any head; None for all of them."""
        if mask is not None:
            mask = mask[:, None, None, :] if mask.dim() == 2 else mask[:, None]
        if self.causal:
            before = torch.ones(x.shape[1], keys, dtype=torch.bool, device=x.device).tril()
            return before if mask is None else mask & before
        return mask

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor | None = None,
        value: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return what each query finds."""
        key = query if key is None else key
        value = key if value is None else value
        q = self.heads(self.query(query), self.rotary)
        k = self.heads(self.key(key), self.rotary)
        v = self.heads(self.value(value), False)
        found = nn.functional.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=None if mask is None else self.seen(mask, query, key.shape[1]),
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=self.causal and mask is None,
        )
        return self.out(found.transpose(1, 2).flatten(2))

    def weights(
        self,
        query: torch.Tensor,
        key: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        each: bool = False,
    ) -> torch.Tensor:
        """Return how much each query takes of each key: (N, L, S), or (N, heads, L, S) of each."""
        key = query if key is None else key
        q = self.heads(self.query(query), self.rotary)
        k = self.heads(self.key(key), self.rotary)
        scores = q @ k.transpose(2, 3) * q.shape[-1] ** -0.5
        seen = self.seen(mask, query, key.shape[1])
        if seen is not None:
            scores = scores.masked_fill(~seen, -torch.inf)
        weights = scores.softmax(dim=-1)
        if seen is not None:
            weights = weights.masked_fill(~seen, 0.0)
        return weights if each else weights.mean(dim=1)


class Attention(nn.Module):
    """Looks things up by content: query (N, L, C), key (N, S, ·), value (N, S, V) -> (N, L, V).

    Also returns the weights (N, L, S), whose rows sum to 1, or to 0 where nothing may be seen.
    `score` says how a query is compared to a key: `dot`, `scaled_dot` (by the root of the size),
    `cosine`, `general` (qᵀW k, Luong et al. 2015), `additive` (vᵀtanh(W q + U k), Bahdanau et al.
    2015). A window of w sees the keys at most w steps from the query's own place.
    """

    def __init__(
        self,
        query_size: int,
        key_size: int,
        score: str = "scaled_dot",
        units: int = 32,
        temperature: float = 1.0,
        causal: bool = False,
        window: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.score = score
        self.temperature = temperature
        self.causal = causal
        self.window = window
        self.dropout = nn.Dropout(dropout)
        if score == "general":
            self.key = nn.Linear(key_size, query_size, bias=False)
        if score == "additive":
            self.query = nn.Linear(query_size, units, bias=False)
            self.key = nn.Linear(key_size, units)
            self.sum = nn.Linear(units, 1, bias=False)

    def compare(self, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        """Return the score of each query with each key, (N, L, S)."""
        if self.score == "additive":
            both = self.query(query)[:, :, None] + self.key(key)[:, None]
            return self.sum(both.tanh()).squeeze(-1)
        if self.score == "general":
            key = self.key(key)
        if self.score == "cosine":
            query = nn.functional.normalize(query, dim=-1)
            key = nn.functional.normalize(key, dim=-1)
        scores = query @ key.transpose(1, 2)
        return scores * query.shape[-1] ** -0.5 if self.score == "scaled_dot" else scores

    def seen(self, scores: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor | None:
        """Return which key each query may see, or None for all of them."""
        if mask is not None and mask.dim() == 2:
            mask = mask[:, None, :]
        if not self.causal and not self.window:
            return mask
        steps = torch.arange(scores.shape[1], device=scores.device)[:, None]
        ahead = torch.arange(scores.shape[2], device=scores.device) - steps
        near = ahead <= (0 if self.causal else self.window)
        if self.window:
            near = near & (ahead >= -self.window)
        return near if mask is None else near & mask

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor | None = None,
        value: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what each query finds, and how much it took of each key."""
        key = query if key is None else key
        value = key if value is None else value
        scores = self.compare(query, key) / self.temperature
        seen = self.seen(scores, mask)
        if seen is not None:
            scores = scores.masked_fill(~seen, -torch.inf)
        weights = scores.softmax(dim=-1)
        if seen is not None:
            weights = weights.masked_fill(~seen, 0.0)
        return self.dropout(weights) @ value, weights


class CrossMask(nn.Module):
    """Says which step of a source each step of a target may see: (N, T, ...), (N, S) -> (N, T, S).

    A window of w keeps the steps of the source within w of the place that is as far along.
    """

    def __init__(self, window: int = 0) -> None:
        super().__init__()
        self.window = window

    def forward(self, target: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return true where a target's step may see a source's step."""
        steps, places = target.shape[1], mask.shape[1]
        seen = mask[:, None, :].expand(-1, steps, -1)
        if self.window:
            along = torch.arange(steps, device=mask.device)[:, None] * places // steps
            away = (torch.arange(places, device=mask.device) - along).abs()
            seen = seen & (away <= self.window)
        return seen


class RotaryPosition(nn.Module):
    """Turns each pair of features of (N, L, C) by an angle that grows with the position.

    The pair 2i, 2i + 1 at position p turns by p · base^(-2i/C), so that the product of a query
    and a key depends on how far apart they are alone (Su et al. 2021).
    """

    table: torch.Tensor

    def __init__(self, length: int, features: int, base: float = 10000.0) -> None:
        super().__init__()
        slow = base ** (torch.arange(0, features, 2, dtype=torch.float32) / -features)
        angle = torch.arange(length, dtype=torch.float32)[:, None] * slow
        self.register_buffer("table", torch.stack([angle.cos(), angle.sin()]), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sequence with each pair turned."""
        (cos, sin), a, b = self.table[:, : x.shape[1]], x[..., 0::2], x[..., 1::2]
        return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


class PositionalEncoding(nn.Module):
    """Adds sines and cosines of the position to (N, L, C): even features sin, odd ones cos.

    A shorter sequence takes the first positions (Vaswani et al. 2017).
    """

    table: torch.Tensor

    def __init__(self, length: int, features: int, base: float = 10000.0) -> None:
        super().__init__()
        position = torch.arange(length, dtype=torch.float32)[:, None]
        even = torch.arange(0, features, 2, dtype=torch.float32)
        angle = position * base ** (-even / features)
        table = torch.empty(length, features)
        table[:, 0::2] = angle.sin()
        table[:, 1::2] = angle[:, : features // 2].cos()
        self.register_buffer("table", table, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sequence with its positions added."""
        return x + self.table[: x.shape[1]]


class LearnedPosition(nn.Module):
    """Adds a learned vector for each position to (N, L, C); a shorter sequence takes the first."""

    def __init__(self, length: int, features: int, std: float = 0.02) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(length, features) * std)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sequence with its positions added."""
        return x + self.weight[: x.shape[1]]


class ClassToken(nn.Module):
    """Puts a learned vector in front of (N, L, C): the result is (N, L + 1, C)."""

    def __init__(self, features: int, std: float = 0.02) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, features) * std)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sequence with the token at place 0."""
        return torch.cat([self.weight.expand(len(x), 1, -1), x], dim=1)
