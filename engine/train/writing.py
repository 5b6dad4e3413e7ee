"""Text that a network writes token by token, each drawn from its scores for the next one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from engine.train.chance import SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.compile import Network
    from engine.data.dataset import Dataset

    Scores = Callable[[Sequence[torch.Tensor]], torch.Tensor]

SECONDS = 0.25
"""How long writing may take; a text that is not done by then stays short."""
LAST_SECONDS = 2.0
"""The same for the last text of a run."""


class Writer:
    """Writes from a prompt; what it reads slides on where it is longer than the data's windows.

    A network that reads whole windows only gets a sample in front of the prompt.

    Parameters
    ----------
    network
        Reads tokens from its first input field of whole numbers.
    data
        Its fields, and samples for the other inputs.
    part
        Which samples.
    values
        Settings of the display: `length`, `temperature`, `prompt`.
    scores
        Gives the scores (1, steps, vocabulary) for a batch of one sample.
    """

    def __init__(
        self,
        network: Network,
        data: Dataset,
        part: Mapping[str, torch.Tensor],
        values: Mapping[str, object],
        scores: Scores,
    ) -> None:
        field = next(f for f in network.input_fields if _tokens(data, f))
        self._place = network.fields.index(field)
        self._batch = [part[name][:1] for name in network.fields]
        self._window: list[int] = self._batch[self._place][0].tolist()
        self._values = values
        self._scores = scores
        self._vocabulary = _vocabulary(network, data, field)
        single = all(len(word) == 1 for word in self._vocabulary)
        self._between = "" if single else " "
        self._start = self._encode(str(values.get("prompt", "")))
        self._short: bool | None = None
        """Whether the network reads less than a whole window; None while nobody has tried."""

    @staticmethod
    def suits(network: Network, data: Dataset) -> bool:
        """Return whether the network reads tokens that it has names for."""
        fields = [f for f in network.input_fields if _tokens(data, f)]
        return bool(fields) and bool(_vocabulary(network, data, fields[0]))

    def write(self, seconds: float) -> str:
        """Return the prompt and what the network makes of it; the same weights write the same."""
        if self._short is None:
            self._short = self._reads(self._start[:1] or [0])
        tokens = self._start or ([0] if self._short else [])
        first, length = len(tokens), self._number("length", 200)
        tokens, size = list(tokens), len(self._window)
        generator, end = torch.Generator().manual_seed(SEED), time.perf_counter() + seconds
        while len(tokens) - first < length and time.perf_counter() < end:
            seen = tokens[-size:] if self._short else [*self._window, *tokens][-size:]
            tokens.append(self._choose(self._read(seen), generator))
        words = [self._vocabulary[t] for t in tokens if t < len(self._vocabulary)]
        return self._between.join(words)

    def _choose(self, scores: torch.Tensor, generator: torch.Generator) -> int:
        temperature = self._number("temperature", 1.0)
        if not temperature or not bool(torch.isfinite(scores).all()):
            return int(scores.nan_to_num().argmax())
        chances = torch.softmax(scores / temperature, 0)
        return int(torch.multinomial(chances, 1, generator=generator))

    def _reads(self, tokens: list[int]) -> bool:
        """Return whether the network takes so few tokens."""
        try:
            self._read(tokens)
        except (RuntimeError, ValueError, IndexError):
            return False
        return True

    def _read(self, tokens: list[int]) -> torch.Tensor:
        batch = list(self._batch)
        held = batch[self._place]
        batch[self._place] = torch.tensor([tokens], dtype=held.dtype, device=held.device)
        return self._scores(batch)[0, -1].float().cpu()

    def _encode(self, text: str) -> list[int]:
        number = {word: place for place, word in enumerate(self._vocabulary)}
        pieces = text.split() if self._between else text
        return [number[piece] for piece in pieces if piece in number]

    def _number(self, name: str, default: float) -> float:
        value = self._values.get(name, default)
        return value if isinstance(value, int | float) else default


def _tokens(data: Dataset, field: str) -> bool:
    found = data.fields[field]
    return found.dtype.startswith("int") and len(found.shape) == 1


def _vocabulary(network: Network, data: Dataset, tokens: str) -> tuple[str, ...]:
    """Return the names of the tokens that are written: the classes of a loss's target."""
    fields = [loss.field for loss in network.losses if loss.field]
    targets = [f for f in fields if len(data.fields[f].shape) == 1]
    return next((c for f in (*targets, tokens) if (c := data.fields[f].classes)), ())
