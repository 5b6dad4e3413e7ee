"""Any sequence of edits keeps a sound project, and every surviving node keeps its weights.

A node bears a mark for life; what lives at its weight path is a token. Moves and copies of the
edits are all that is told to whoever holds the tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import networks
from engine.files import dumps, loads
from engine.graph import CycleError, Graph
from engine.networks import Edited, NetworkError, inputs_of, outputs_of
from engine.project import Phase, Project
from tests.engine.networks.samples import carried, check, paths, project

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[st.SearchStrategy[object]], object]
    Tokens = dict[str, int]

LAYERS = ("dense", "relu", "add", "input", "output", "dense", "cross_entropy", "tomorrow")
KEEPING = {"extract", "dissolve", "unroll", "detach", "own", "rename", "duplicate", "untie", "wire"}
"""Edits after which exactly the same weights are there."""


@dataclass
class Step:
    """One step of undo, and the tokens that are out of use because of it."""

    before: Project
    edited: Edited
    aside: dict[str, int] = field(default_factory=dict[str, int])


class Editor:
    """A project under random edits, and whoever holds its weights."""

    def __init__(self, made: Project, draw: Draw) -> None:
        self.project = made
        self.draw = draw
        self.marks = count()
        self.tokens = count(1000)
        self.held: Tokens = {}
        self.done: list[Step] = []
        self.undone: list[Step] = []
        self.project = self.marked(made)
        self.fill()

    def pick(self, things: object) -> object:
        return self.draw(st.sampled_from(list(things)))

    def marked(self, made: Project) -> Project:
        """Return the project with a mark on every node that has none."""
        for key, graph in made.networks.items():
            new = {
                i: n if hasattr(n, "mark") else n.but(mark=next(self.marks))
                for i, n in graph.nodes.items()
            }
            if any(new[i] is not n for i, n in graph.nodes.items()):
                made = made.with_graph(graph.but(nodes=new), key)
        return made

    def fill(self) -> None:
        for path in paths(self.project):
            if path not in self.held:
                self.held[path] = next(self.tokens)

    def pairs(self) -> set[tuple[int, int]]:
        """Return (mark, token) of everything with weights."""
        return {(n.mark, self.held[path]) for path, n in paths(self.project).items()}

    # -- steps

    def push(self, edited: Edited) -> None:
        step = Step(
            self.project, Edited(self.marked(edited.project), edited.moves, "", edited.copies)
        )
        self.done.append(step)
        self.undone.clear()
        self.go(step.edited, step)

    def go(self, edited: Edited, step: Step) -> None:
        """Take the project and what is told of its weights; set aside what is of no more use."""
        held = carried(self.held, edited)
        self.project = edited.project
        live = paths(self.project)
        back = {path: token for path, token in step.aside.items() if path in live}
        step.aside = {path: token for path, token in held.items() if path not in live}
        self.held = {path: token for path, token in held.items() if path in live}
        self.held = {**back, **self.held}
        self.fill()

    def undo(self) -> None:
        step = self.done.pop()
        self.undone.append(step)
        moves = {new: old for old, new in step.edited.moves.items()}
        self.go(Edited(step.before, moves), step)

    def redo(self) -> None:
        step = self.undone.pop()
        self.done.append(step)
        self.go(step.edited, step)

    # -- edits; each returns what to push

    def insert(self) -> Edited:
        key = self.network()
        graph, node = self.graph(key).add(str(self.pick(LAYERS)))
        made = self.project.with_graph(graph, key)
        return Edited(made.place({node: (100.0, 50.0)}, key))

    def wire(self) -> Edited:
        key = self.network()
        graph, made = self.graph(key), self.project
        ends = [(n.id, p.name) for n in graph.nodes.values() for p in outputs_of(n, made.networks)]
        targets = [
            (n.id, p.name) for n in graph.nodes.values() for p in inputs_of(n, made.networks)
        ]
        if not ends or not targets:
            raise NetworkError("Nothing to wire.")
        source, target = self.pick(ends), self.pick(targets)
        try:
            graph = graph.connect(source[0], target[0], source[1], target[1])
        except CycleError as error:
            raise NetworkError(str(error)) from None
        return Edited(made.with_graph(graph, key))

    def delete(self) -> Edited:
        key = self.network()
        chosen = self.draw(st.lists(st.sampled_from(self.nodes(key)), max_size=2))
        graph = self.graph(key).remove(chosen, heal=bool(self.draw(st.booleans())))
        made = self.project.with_graph(graph, key)
        return networks.resettled(self.project, made)

    def rename(self) -> Edited:
        key = self.network()
        if self.draw(st.booleans()):
            return Edited(networks.rename(self.project, key, f"N {self.draw(st.integers(0, 9))}"))
        return Edited(
            self.project.with_graph(
                self.graph(key).change(self.pick(self.nodes(key)), name="name"), key
            )
        )

    def extract(self) -> Edited:
        key = self.network()
        chosen = self.draw(st.lists(st.sampled_from(self.nodes(key)), min_size=1, max_size=5))
        return networks.extract(self.project, key, chosen, "Part")

    def dissolve(self) -> Edited:
        return networks.dissolve(self.project, *self.place())

    def unroll(self) -> Edited:
        return networks.unroll(self.project, *self.place())

    def detach(self) -> Edited:
        return networks.detach(self.project, *self.place())

    def share(self) -> Edited:
        return networks.set_weights(self.project, *self.place(), "shared")

    def own(self) -> Edited:
        return networks.set_weights(self.project, *self.place(), "own")

    def repeat(self) -> Edited:
        return self.with_params(times=self.pick((1, 2, "=n + 1")))

    def tie(self) -> Edited:
        return self.with_params(tied=True)

    def untie(self) -> Edited:
        return self.with_params(tied=False)

    def with_params(self, **params: object) -> Edited:
        key, node = self.place()
        made = self.project.with_graph(self.graph(key).set_params(node, params), key)
        return networks.resettled(self.project, made, node)

    def duplicate(self) -> Edited:
        return Edited(networks.duplicate(self.project, self.network()))

    def remove(self) -> Edited:
        return Edited(networks.delete(self.project, self.network()))

    def put(self) -> Edited:
        key, inner, weights = self.network(), self.network(), self.pick(("own", "shared"))
        return networks.place(self.project, key, inner, 5.0, 5.0, weights)

    def train(self) -> Edited:
        key = self.network()
        trains = tuple(self.draw(st.lists(st.sampled_from(self.nodes(key)), max_size=3)))
        phases = (
            *self.project.training.phases[:1],
            Phase(name="other", network=key, trains=trains),
        )
        return Edited(self.project.with_training(phases=phases))

    # -- what there is

    def network(self) -> str:
        return str(self.pick(self.project.networks))

    def graph(self, key: str) -> Graph:
        return self.project.networks[key]

    def nodes(self, key: str) -> list[str]:
        if not self.graph(key).nodes:
            raise NetworkError("Nothing is there.")
        return list(self.graph(key).nodes)

    def place(self) -> tuple[str, str]:
        found = [
            (key, n.id)
            for key, graph in self.project.networks.items()
            for n in graph.nodes.values()
            if n.spec == "network"
        ]
        if not found:
            raise NetworkError("No place is there.")
        return self.pick(found)


EDITS = (
    *("insert", "wire", "wire", "delete", "rename", "extract", "extract", "dissolve", "dissolve"),
    *("unroll", "detach", "share", "own", "repeat", "tie", "untie", "duplicate", "remove", "put"),
    *("train", "undo", "undo", "redo"),
)


def small(editor: Editor) -> bool:
    """Return whether the project is still of a size to go on with."""
    return (
        sum(len(g.nodes) for g in editor.project.networks.values()) < 120
        and len(paths(editor.project)) < 300
    )


@given(st.data())
@settings(max_examples=500, deadline=None)
def test_random_edits_keep_the_project_sound_and_the_weights_with_their_nodes(
    data: st.DataObject,
) -> None:
    places = st.fixed_dictionaries(
        {"times": st.sampled_from([1, 2]), "weights": st.sampled_from(["own", "shared"])}
    )
    start = project(*data.draw(st.lists(places, max_size=3))).but(variables={"n": 1})
    editor = Editor(start, data.draw)
    start, held = editor.project, dict(editor.held)
    check(start)
    history = [(start, editor.pairs())]
    for name in data.draw(st.lists(st.sampled_from(EDITS), max_size=14)):
        if name in ("undo", "redo"):
            walk(editor, name, history)
        elif small(editor):
            apply(editor, name, history)
    assert loads(dumps(editor.project)) == editor.project
    while editor.done:
        walk(editor, "undo", history)
    assert editor.project == start
    assert editor.held == held


def apply(editor: Editor, name: str, history: list[tuple[Project, set[tuple[int, int]]]]) -> None:
    before = editor.pairs()
    try:
        edited: Edited = getattr(editor, name)()
    except NetworkError:
        return
    sound = networks.mended(edited.project)
    editor.push(Edited(sound, edited.moves, edited.node, edited.copies))
    check(editor.project)
    after = editor.pairs()
    if name in KEEPING:
        assert after == before, name
    known = {token: mark for mark, token in before}
    assert all(known.get(token, mark) == mark for mark, token in after), name
    if name not in ("share", "tie", "delete", "repeat", "train", "remove"):
        assert before <= after, name
    del history[len(editor.done) :]
    history.append((editor.project, after))


def walk(editor: Editor, name: str, history: list[tuple[Project, set[tuple[int, int]]]]) -> None:
    steps = editor.done if name == "undo" else editor.undone
    if not steps:
        return
    getattr(editor, name)()
    expected, pairs = history[len(editor.done)]
    assert editor.project == expected
    assert editor.pairs() == pairs
