"""Layers of transformers that PyTorch does not have in this form. Each class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    """Looks things up by content, with several heads side by side (Vaswani et al. 2017).

    Takes query (N, L, E), key (N, S, kdim) and value (N, S, vdim), returns (N, L, E). A key left
    out is the query, a value left out is the key; sizes of 0 say so. `mask` (N, S) is true where a
    key may be seen.
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
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.causal = causal
        self.query = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.key = nn.Linear(kdim or embed_dim, embed_dim, bias=bias)
        self.value = nn.Linear(vdim or kdim or embed_dim, embed_dim, bias=bias)
        self.out = nn.Linear(embed_dim, embed_dim, bias=bias)
        for linear in (self.query, self.key, self.value, self.out):
            nn.init.xavier_uniform_(linear.weight)
            if bias:
                nn.init.zeros_(linear.bias)

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
        heads = (self.num_heads, -1)
        q = self.query(query).unflatten(-1, heads).transpose(1, 2)
        k = self.key(key).unflatten(-1, heads).transpose(1, 2)
        v = self.value(value).unflatten(-1, heads).transpose(1, 2)
        if mask is not None:
            mask = mask[:, None, None, :]
            if self.causal:
                seen = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool, device=mask.device)
                mask = mask & seen.tril()
        found = nn.functional.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=mask,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=self.causal and mask is None,
        )
        return self.out(found.transpose(1, 2).flatten(2))


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
