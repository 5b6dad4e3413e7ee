"""A trained network asked about samples it has not seen: a drawing, numbers, a text, a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.data.texts import split_words
from engine.judge.answers import answers_of, built

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

    from engine.compile import Network
    from engine.data.dataset import Dataset
    from engine.judge.answers import Answers
    from engine.project import Project

SEEN = 512
"""Samples from which the range of a field is taken."""
_PART = "asked"
_UNKNOWN, _PADDING = "<unknown>", "<padding>"


@dataclass(frozen=True, slots=True)
class Ask:
    """An input that the network wants."""

    name: str
    kind: str
    """`picture`, `text` (length,), or `numbers` of any shape."""
    shape: tuple[int, ...]
    low: float
    """The least and the greatest number of the training part, in the data's own units."""
    high: float
    columns: tuple[str, ...] = ()
    """Names of the numbers, as many as there are of them."""
    middle: tuple[float, ...] = ()
    """A usual value of each number: its median."""
    picture: tuple[int, ...] = ()
    """Channels, rows and columns of a picture; it may be read as one row of pixels."""


class Tryout:
    """A network with its weights, ready to be asked. Values are in the data's own units.

    Parameters
    ----------
    project, weights
        As `judge` takes them.
    data
        Spares loading it again.

    Raises
    ------
    ValueError
        Nothing can be asked of this project, or the weights are of another network; a sentence.
    """

    def __init__(
        self,
        project: Project,
        weights: Mapping[str, torch.Tensor],
        data: Dataset | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        from engine.train.carrying import rows
        from engine.train.evaluate import labels

        self._made = built(project, weights, data, cancelled)
        project = self._made.project
        self.data = self._made.data
        self._rows = rows(project.training)
        each = zip(project.training.phases, labels(project.training.phases), strict=True)
        found = {
            phase.network: (self._made.bundle.networks[phase.network], label)
            for phase, label in reversed([*each])
            if answering(self._made.bundle.networks[phase.network])
        }
        self._networks = list(reversed(found.values()))
        self._project = project
        self.asks = self._wanted()

    def _wanted(self) -> tuple[Ask, ...]:
        names = dict.fromkeys(n for net, _ in self._networks for n in net.input_fields)
        if not names:
            raise ValueError(
                "No network of this project gives an answer that could be compared with a right "
                "one, so there is nothing to try."
            )
        for name in names:
            if self.data.fields[name].role == "target":
                raise ValueError(
                    f"The network reads the right answer {name!r} as an input, so it cannot be "
                    "tried on samples without one."
                )
        return tuple(_ask(self.data, name) for name in names)

    @property
    def writes(self) -> bool:
        """Return whether the network says which token comes next, so that it can write."""
        from engine.train.writing import Writer

        network = self._networks[0][0]
        stepwise = any(
            loss.task == "classes" and loss.field and len(self.data.fields[loss.field].shape) == 1
            for loss in network.losses
        )
        return stepwise and Writer.suits(network, self.data)

    def sample(self, row: int, part: str = "") -> dict[str, np.ndarray]:
        """Return a sample of a part of the data (the test part, or the last there is)."""
        held = self.data.parts[part or self.part]
        return {
            ask.name: self.data.original(ask.name, held[ask.name][row : row + 1]).numpy()[0]
            for ask in self.asks
        }

    @property
    def part(self) -> str:
        """Return the part that samples are taken from."""
        return next(p for p in ("test", "validation", "train") if self.data.sizes.get(p))

    def truth(self, row: int) -> str:
        """Return the right answer to a sample of that part, in words; nothing if it has many."""
        for network, _ in self._networks:
            for loss in network.losses:
                if loss.task and loss.field and loss.field not in network.input_fields:
                    return _right(
                        self.data, loss.field, self.data.parts[self.part][loss.field][row]
                    )
        return ""

    def say(self, values: Mapping[str, np.ndarray]) -> tuple[Answers, ...]:
        """Return the answers to some samples at once.

        Parameters
        ----------
        values
            Field -> (count, *shape), in the data's own units; tokens as numbers.

        Raises
        ------
        ValueError
            A shape or a number is not as it must be; a sentence.
        """
        import torch

        from engine.train.carrying import forget

        held = {ask.name: _prepared(self.data, ask, values[ask.name]) for ask in self.asks}
        count, blank = len(next(iter(held.values()))), self._blank()
        for name, values_of in self.data.parts[self.part].items():
            if name not in held:
                shape = (count, *values_of.shape[1:])
                held[name] = torch.full(shape, blank, dtype=values_of.dtype)
        asked = replace(self.data, parts={_PART: held})
        found: list[Answers] = []
        with self._made.resting():
            for network, label in self._networks:
                forget(network.carrying)
                found += answers_of(network, label, asked, _PART, lambda: False, 0)
        return tuple(found)

    def _blank(self) -> int:
        """Return a label that no loss leaves out; it stands for answers that nobody knows."""
        from engine.train.evaluate import ignored

        losses = [loss for network, _ in self._networks for loss in network.losses]
        left_out = {ignored(loss) for loss in losses if loss.task == "classes"}
        return next(n for n in range(len(left_out) + 1) if n not in left_out)

    def read_text(self, name: str, text: str) -> tuple[np.ndarray, int]:
        """Return the tokens (length,) of a text, and how many of them it has.

        A text that is too long loses its end, or its beginning where the next token is asked for.

        Raises
        ------
        ValueError
            It is empty, or holds a sign that the training text does not have.
        """
        words = self.data.words.get(name) or self.data.fields[name].classes
        number = {word: place for place, word in enumerate(words)}
        signs = all(len(word) == 1 for word in words)
        lower = not any(word != word.lower() for word in words)
        pieces: Sequence[str] = text if signs else split_words(text, lower)
        known = [number.get(piece, number.get(_UNKNOWN, -1)) for piece in pieces]
        if not known:
            raise ValueError("Type a text first.")
        if -1 in known:
            strange = pieces[known.index(-1)]
            raise ValueError(f"The training text has no {strange!r}; leave it out.")
        length = self.data.fields[name].shape[0]
        from_end = self.writes or self._project.data.source.params.get("keep") == "end"
        kept = known[-length:] if from_end else known[:length]
        tokens = np.full(length, number.get(_PADDING, 0), np.int64)
        tokens[: len(kept)] = kept
        return tokens, len(kept)

    def write(self, prompt: str, length: int, temperature: float, seconds: float = 5.0) -> str:
        """Return a text and what the network makes of it; the same prompt gives the same."""
        from engine.train.evaluate import class_axis, evaluating
        from engine.train.writing import Writer

        network = self._networks[0][0]
        place = next(n for n, loss in enumerate(network.losses) if loss.task == "classes")
        axis = class_axis(network.losses[place])

        def scores(batch: Sequence[torch.Tensor]) -> torch.Tensor:
            return network.predict_forward(*batch)[place].movedim(axis, -1)

        settings = {"prompt": prompt, "length": length, "temperature": temperature}
        part = self.data.parts[self.part]
        with self._made.resting(), evaluating(network):
            return Writer(network, self.data, part, settings, scores).write(seconds)


def answering(network: Network) -> bool:
    """Return whether a network has a loss whose right answers are in a field."""
    return any(loss.task and loss.field for loss in network.losses)


def _ask(data: Dataset, name: str) -> Ask:
    field = data.fields[name]
    held = data.parts["train"][name][:SEEN]
    if not held.is_floating_point():
        kind = "text" if len(field.shape) == 1 and (data.words.get(name) or field.classes) else ""
        return Ask(name, kind or "numbers", field.shape, 0.0, float(held.max()))
    seen = data.original(name, held.cpu())
    shape = field.shape
    low, high = float(seen.min()), float(seen.max())
    if picture := _picture(data, name, seen):
        return Ask(name, "picture", shape, low, high, picture=picture)
    flat = seen.flatten(1)
    columns = data.columns.get(name) or tuple(str(n + 1) for n in range(flat.shape[1]))
    middle = tuple(float(v) for v in flat.median(0).values)
    return Ask(name, "numbers", shape, low, high, columns, middle)


def _picture(data: Dataset, name: str, seen: torch.Tensor) -> tuple[int, ...]:
    """Return the shape of the pictures a field holds; nothing if they are none.

    A row of numbers is a picture where another field holds the same numbers as one.
    """
    for other, field in data.fields.items():
        shape = field.shape
        drawn = len(shape) == 3 and shape[0] in (1, 3) and min(shape[1:]) > 1
        if not drawn or field.role != "input" or not field.dtype.startswith("float"):
            continue
        if other == name:
            return shape
        alike = data.original(other, data.parts["train"][other][:SEEN].cpu()).flatten(1)
        if alike.shape == seen.shape and bool(((alike - seen).abs() < 1e-5).all()):
            return shape
    return ()


def _prepared(data: Dataset, ask: Ask, values: np.ndarray) -> torch.Tensor:
    """Return values as the network reads them.

    Raises
    ------
    ValueError
        Their shape is another, or one is not a finite number.
    """
    import torch

    if tuple(values.shape[1:]) != ask.shape:
        had = " × ".join(str(n) for n in values.shape[1:])
        want = " × ".join(str(n) for n in ask.shape)
        raise ValueError(f"{ask.name!r} wants {want} numbers a sample; received {had}.")
    if not np.isfinite(values).all():
        raise ValueError(f"{ask.name!r} holds something that is not a number; correct it.")
    if data.parts["train"][ask.name].dtype == torch.int64:
        return torch.from_numpy(np.ascontiguousarray(values, np.int64))
    numbers = torch.from_numpy(np.ascontiguousarray(values, np.float64))
    if ask.name in data.scales:
        shift, scale = data.scales[ask.name]
        numbers = (numbers - shift) / scale
    return numbers.float()


def _right(data: Dataset, name: str, value: torch.Tensor) -> str:
    if value.numel() != 1:
        return ""
    field = data.fields[name]
    if field.classes:
        number = int(value)
        return field.classes[number] if 0 <= number < len(field.classes) else ""
    return f"{float(data.original(name, value.reshape(1)).flatten()[0]):.4g}"
