"""Random edits with real weights: taking all of them back gives the same `state_dict`.

The same walk as with tokens, but a `WeightStore` holds what the compiled networks hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import networks
from engine.compile import CompileError
from engine.networks import Edited, NetworkError
from engine.weights import WeightStore
from tests.engine.networks.samples import compiled, project
from tests.engine.networks.test_sequences import EDITS, Editor, Step, small

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.project import Project

PLACES = st.fixed_dictionaries(
    {"times": st.sampled_from([1, 2]), "weights": st.sampled_from(["own", "shared"])}
)


class Trained(Editor):
    """A project under random edits, and the weights of what it compiles to."""

    def __init__(self, made: Project, draw: Any) -> None:
        self.store = WeightStore()
        super().__init__(made, draw)

    def go(self, edited: Edited, step: Step) -> None:
        super().go(edited, step)
        self.store.follow(edited.moves, edited.copies)

    def undo(self) -> None:
        self.store.follow({}, dict.fromkeys(self.done[-1].edited.copies, ""))
        super().undo()

    def weights(self) -> tuple[Any, Mapping[str, torch.Tensor]] | None:
        """Return the compiled networks with the weights kept for them; None if they do not run."""
        try:
            bundle, named = compiled(self.project)
        except CompileError:
            return None
        self.store.give(named)
        self.store.take(named)
        return bundle, named


@given(st.data())
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_undoing_all_gives_the_starting_project_and_state_dict(data: st.DataObject) -> None:
    start = project(*data.draw(st.lists(PLACES, min_size=1, max_size=2))).but(variables={"n": 1})
    torch.manual_seed(0)
    editor = Trained(start, data.draw)
    start, found = editor.project, editor.weights()
    assert found is not None
    before = {key: value.clone() for key, value in found[0].root.state_dict().items()}
    for name in data.draw(st.lists(st.sampled_from(EDITS), max_size=8)):
        turn(editor, name)
    shared_are_one(editor)
    while editor.done:
        editor.undo()
    assert editor.project == start
    found = editor.weights()
    assert found is not None
    after = found[0].root.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[key], value) for key, value in before.items())


def turn(editor: Trained, name: str) -> None:
    """Make one edit if it can be made."""
    if name in ("undo", "redo"):
        if editor.done if name == "undo" else editor.undone:
            getattr(editor, name)()
        return
    if not small(editor):
        return
    try:
        edited: Edited = getattr(editor, name)()
    except NetworkError:
        return
    sound = networks.mended(edited.project)
    editor.push(Edited(sound, edited.moves, edited.node, edited.copies))


def shared_are_one(editor: Trained) -> None:
    """Fail unless every place that shares weights holds the same tensors."""
    found = editor.weights()
    if found is None:
        return
    homes: dict[str, int] = {}
    for network in found[0].networks.values():
        for tap in network.taps:
            for name, parameter in network.node_parameters.get(tap.node, ()):
                path = f"{tap.weights}/{name}"
                assert homes.setdefault(path, id(parameter)) == id(parameter)
    assert len(set(homes.values())) == len(homes)
