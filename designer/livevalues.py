"""Figures of many nodes at once, as arrays: where each told value goes, and what is read off.

Nothing is put into words before somebody looks at it. No Qt here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Rows: TypeAlias = Sequence[tuple[tuple[str, ...], NDArray[np.floating]]]
    Plan: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp]]

Live: TypeAlias = "tuple[str, float | None]"
MOST_PLANS = 32


class Slots:
    """Which of the names on show take part of their figure from an address.

    Parameters
    ----------
    count
        How many names there are.
    key
        What makes two addresses the same thing; of several rows the last one counts.
    targets
        Returns the places of the names that a thing belongs to.
    """

    def __init__(
        self, count: int, key: Callable[[str], str], targets: Callable[[str], Sequence[int]]
    ) -> None:
        self.count = count
        self._key, self._targets = key, targets
        self._plans: dict[tuple[tuple[str, ...], ...], Plan] = {}

    def spread(self, rows: Rows) -> tuple[Floats, NDArray[np.intp]]:
        """Return the values that are on show, and the place of the name each belongs to."""
        if not rows:
            return np.empty(0), np.empty(0, np.intp)
        lists = tuple(nodes for nodes, _ in rows)
        if lists not in self._plans:
            if len(self._plans) == MOST_PLANS:
                self._plans.clear()
            self._plans[lists] = self._plan(lists)
        take, places = self._plans[lists]
        values = rows[0][1] if len(rows) == 1 else np.concatenate([row for _, row in rows])
        return np.asarray(values, np.float64)[take], places

    def _plan(self, lists: tuple[tuple[str, ...], ...]) -> Plan:
        last: dict[str, int] = {}
        for row, address in enumerate(node for nodes in lists for node in nodes):
            last[self._key(address)] = row
        pairs = [(row, place) for key, row in last.items() for place in self._targets(key)]
        table = np.array(pairs, np.intp).reshape(-1, 2)
        return table[:, 0].copy(), table[:, 1].copy()

    def norm(self, rows: Rows) -> Floats:
        """Return the root of the sum of squares by name; NaN for a name that has nothing."""
        values, places = self.spread(rows)
        return self._known(np.sqrt(np.bincount(places, values * values, self.count)), places)

    def ratio(self, rows: Rows, weights: Rows) -> Floats:
        """Return the norm of all changes over that of all weights, both told for the same nodes."""
        share, places = self.spread(rows)
        weight, theirs = self.spread(weights)
        if len(weight) != len(share):
            return np.full(self.count, np.nan)
        changes = np.bincount(places, (share * weight) ** 2, self.count)
        whole = np.bincount(theirs, weight * weight, self.count)
        found = np.sqrt(np.divide(changes, whole, out=np.zeros(self.count), where=whole > 0))
        return self._known(found, places)

    def total(self, rows: Rows) -> Floats:
        """Return the sum by name."""
        values, places = self.spread(rows)
        return self._known(np.bincount(places, values, self.count).astype(np.float64), places)

    def last(self, rows: Rows) -> Floats:
        """Return the value by name."""
        values, places = self.spread(rows)
        found = np.full(self.count, np.nan)
        found[places] = values
        return found

    def _known(self, values: Floats, places: NDArray[np.intp]) -> Floats:
        values[np.bincount(places, minlength=self.count) == 0] = np.nan
        return values


class Shown(Mapping[str, Live]):
    """What nodes and copies show: words and a heat each, written down when they are asked for.

    Parameters
    ----------
    places
        Name -> its place in the arrays.
    words
        Returns the words at a place; nothing where there are none.
    heats
        From 0 to 1, NaN for none.
    """

    def __init__(
        self, places: Mapping[str, int], words: Callable[[int], str], heats: Floats
    ) -> None:
        self._places, self._words = places, words
        self._heats: list[float] = heats.tolist()
        self._met: dict[str, Live | None] = {}

    def __getitem__(self, name: str) -> Live:
        """Return words and heat of a node, or of `id#copy`."""
        if name not in self._met:
            place = self._places[name]
            text, heat = self._words(place), self._heats[place]
            self._met[name] = (text, None if heat != heat else heat) if text else None
        found = self._met[name]
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        """Yield the names that show something."""
        return (name for name, place in self._places.items() if self._words(place))

    def __len__(self) -> int:
        """Return how many show something."""
        return sum(1 for _ in self)

    def heats(self) -> dict[str, float]:
        """Return the heat by name, of those that have one."""
        held = self._heats
        return {name: held[p] for name, p in self._places.items() if held[p] == held[p]}
