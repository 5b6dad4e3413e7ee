"""What one display showed over a run: pages that can be leafed through, thinned when many."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")

BYTES = 32_000_000
MOST = 200


class Album(Generic[T]):
    """Pages by step in bounded memory: when it is full every second one goes, never the latest."""

    def __init__(self) -> None:
        self._pages: list[tuple[int, T, int]] = []

    def __len__(self) -> int:
        """Return how many pages are held."""
        return len(self._pages)

    @property
    def nbytes(self) -> int:
        """Return the bytes held."""
        return sum(size for _, _, size in self._pages)

    def take(self, step: int, page: T, nbytes: int) -> None:
        """Add what was shown on a step; the same step once more replaces it."""
        if self._pages and self._pages[-1][0] == step:
            self._pages.pop()
        self._pages.append((step, page, nbytes))
        while len(self._pages) > 2 and (len(self._pages) > MOST or self.nbytes > BYTES):
            self._pages = [*self._pages[:-1:2], self._pages[-1]]

    def steps(self) -> list[int]:
        """Return the steps there are pages for, counted from 0."""
        return [step for step, _, _ in self._pages]

    def page(self, place: int = -1) -> tuple[int, T] | None:
        """Return a page and its step by its place; the latest unless told. None if empty."""
        if not self._pages:
            return None
        step, page, _ = self._pages[place]
        return step, page
