"""Several edits told as one do to weights what they do one after another."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.networks.journal import composed
from engine.weights import WeightStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.networks.journal import Told

PATHS = tuple(f"main:n{k}" for k in range(1, 6))


@dataclass
class Model:
    """Layers with a weight each, edited at random; two stores hear of it in different ways."""

    alive: set[str] = field(default_factory=lambda: set(PATHS[:3]))
    undone: list[tuple[Told, set[str]]] = field(default_factory=list)
    done: list[tuple[Told, set[str]]] = field(default_factory=list)
    waiting: list[Told] = field(default_factory=list)
    one_by_one: WeightStore = field(default_factory=WeightStore)
    at_once: WeightStore = field(default_factory=WeightStore)
    marks: count[int] = field(default_factory=count)
    values: count[int] = field(default_factory=count)

    def train(self) -> None:
        """Hand the edits over, and let every layer learn something nobody has learned before."""
        self.at_once.follow(*composed(self.waiting))
        self.waiting = []
        self.compare()
        named = {f"{p}/weight": torch.tensor([float(next(self.values))]) for p in self.alive}
        self.one_by_one.take(named)
        self.at_once.take(named)

    def compare(self) -> None:
        for path in self.alive:
            expected = self.one_by_one.latest(f"{path}/weight")
            found = self.at_once.latest(f"{path}/weight")
            assert (expected is None) == (found is None), path
            assert expected is None or torch.equal(expected, found)  # type: ignore[arg-type]

    def edit(self, moves: Mapping[str, str], copies: Mapping[str, str], alive: set[str]) -> None:
        self._tell((moves, copies), alive, self.done)
        self.undone.clear()

    def undo(self) -> None:
        if self.done:
            (moves, copies), _ = told = self.done.pop()
            back = {new: old for old, new in moves.items()}, dict.fromkeys(copies, "")
            self.undone.append((told[0], set(self.alive)))
            self._say(back)
            self.alive = told[1]

    def redo(self) -> None:
        if self.undone:
            told, alive = self.undone.pop()
            self._tell(told, alive, self.done)

    def _tell(self, told: Told, alive: set[str], where: list[tuple[Told, set[str]]]) -> None:
        where.append((told, set(self.alive)))
        self._say(told)
        self.alive = alive

    def _say(self, told: Told) -> None:
        self.waiting.append(told)
        self.one_by_one.follow(*told)

    # -- edits

    def add(self, path: str) -> None:
        if path not in self.alive:
            self.edit({f"{path}~{next(self.marks)}": path}, {}, {*self.alive, path})

    def remove(self, path: str) -> None:
        if path in self.alive:
            self.edit({path: f"{path}~{next(self.marks)}"}, {}, self.alive - {path})

    def move(self, path: str, to: str) -> None:
        if path in self.alive and to not in self.alive:
            self.edit({path: to}, {}, self.alive - {path} | {to})

    def copy(self, path: str, to: str) -> None:
        if path in self.alive and to not in self.alive:
            self.edit({}, {to: path}, {*self.alive, to})

    def swap(self, path: str, to: str) -> None:
        if {path, to} <= self.alive and path != to:
            self.edit({path: to, to: path}, {}, set(self.alive))


def step(model: Model, name: str, path: str, other: str) -> None:
    match name:
        case "add" | "remove":
            getattr(model, name)(path)
        case "undo" | "redo" | "train":
            getattr(model, name)()
        case _:
            getattr(model, name)(path, other)


STEPS = ("add", "remove", "move", "copy", "swap", "undo", "redo", "train")


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.sampled_from(PATHS), st.sampled_from(PATHS)),
        max_size=25,
    )
)
def test_told_at_once_or_one_by_one_is_the_same(steps: list[tuple[str, str, str]]) -> None:
    model = Model()
    model.train()
    for name, path, other in steps:
        step(model, name, path, other)
    model.train()


def test_edits_taken_back_say_nothing() -> None:
    edits: list[Told] = [({"a": "b"}, {}), ({}, {"c": "b"}), ({}, {"c": ""}), ({"b": "a"}, {})]
    assert composed(edits) == ({}, {})
    assert composed([]) == ({}, {})


def test_a_copy_made_before_ends_under_the_path_it_had_then() -> None:
    assert composed([({"a": "b"}, {}), ({"b": "a"}, {}), ({}, {"a": ""})]) == ({}, {"a": ""})


def test_a_layer_that_takes_anothers_id_does_not_take_its_weights() -> None:
    edits: list[Told] = [({"n5": "n5~1"}, {}), ({"n5~2": "n5"}, {}), ({}, {"n6": "n5"})]
    moves, copies = composed(edits)
    assert moves == {"n5": "n5~1", "n5~2": "n5"}
    assert copies == {"n6": "n5~2"}
