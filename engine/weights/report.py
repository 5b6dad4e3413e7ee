"""What became of the weights of a network that was changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the weights of a changed network. Each is a weight path."""

    kept: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    """Of another shape than before: what both have was kept, the rest starts anew."""
    fresh: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the counts as a sentence: `10 weight tensors kept, 2 kept in part, 1 new.`."""
        words = ((self.kept, "kept"), (self.partly, "kept in part"), (self.fresh, "new"))
        counts = [f"{len(paths)} {word}" for paths, word in words if paths]
        if not counts:
            return "There are no weights."
        first, *rest = counts
        number, _, word = first.partition(" ")
        noun = "weight tensor" if number == "1" else "weight tensors"
        return f"{', '.join([f'{number} {noun} {word}', *rest])}."
