"""Classes for instances: what is the same in all of them is written out, the rest is a parameter.

Instances of a network that differ in more than numbers become classes of their own.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from engine import emit
from engine.catalog.spec import load_target
from engine.graph import NETWORK, PLACES, Node
from engine.listing.instances import said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.listing.instances import Instance, Tree

Slot = tuple[str, str, str, int]
"""("make" | "call" | "times" | "place", node, argument, number of the copy)."""


class Code(str):
    """Source text that stands for itself where a value is written."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text, without quotes."""
        return str(self)


@dataclass(slots=True, eq=False)
class Form:
    """One class: the instances it makes and what its constructor is given for each."""

    name: str
    instances: list[Instance]
    rows: frozenset[str]
    """Repeats whose copies are all made alike."""
    parameters: dict[str, list[object]] = field(default_factory=dict[str, "list[object]"])
    """Parameter of the constructor -> its value for each instance."""
    slots: dict[Slot, object] = field(default_factory=dict[Slot, object])
    """What is written in each slot: a value or the name of a parameter."""

    @property
    def first(self) -> Instance:
        """Return the first instance, which stands for all where they are alike."""
        return self.instances[0]

    def given(self, instance: Instance) -> dict[str, object]:
        """Return the arguments that make an instance."""
        place = self.instances.index(instance)
        return {name: values[place] for name, values in self.parameters.items()}


class Forms:
    """The classes of a tree, inner ones first."""

    def __init__(self, tree: Tree, taken: set[str]) -> None:
        self.tree = tree
        self.forms: list[Form] = []
        self._of: dict[int, Form] = {}
        self._taken = taken
        instances: defaultdict[str, list[Instance]] = defaultdict(list)
        for instance in tree.instances:
            instances[instance.key].append(instance)
        for key in _inner_first(tree):
            self._network(key, instances[key])

    def of(self, instance: Instance) -> Form:
        """Return the class of an instance."""
        return self._of[id(instance)]

    def _network(self, key: str, instances: list[Instance]) -> None:
        rows = self._rows(instances)
        groups: defaultdict[object, list[Instance]] = defaultdict(list)
        for instance in instances:
            groups[self._kind(instance, rows)].append(instance)
        for group in groups.values():
            form = Form(self._name(key), group, frozenset(rows))
            _parametrize(form, [self._values(i, rows) for i in group])
            self.forms.append(form)
            self._of |= {id(instance): form for instance in group}

    def _name(self, key: str) -> str:
        if self.tree.alone and key == self.tree.roots[0]:
            return "Network"
        base = _camel(self.tree.scope.title_of(key))
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}{number}", number + 1
        self._taken.add(name)
        return name

    def _rows(self, instances: list[Instance]) -> set[str]:
        """Return the repeats whose copies are made alike in every instance."""
        found: set[str] = set()
        for node_id in {n for i in instances for n, inner in i.inner.items() if len(inner) > 1}:
            rows = [i.inner[node_id] for i in instances if node_id in i.inner]
            if all(len({self._made(copy) for copy in row}) == 1 for row in rows):
                found.add(node_id)
        return found

    def _made(self, instance: Instance) -> tuple[int, str]:
        form = self.of(instance)
        return id(form), repr(form.given(instance))

    def _kind(self, instance: Instance, rows: set[str]) -> object:
        """Return what two instances must have in common to be of one class."""
        places = [
            (node_id, len(inner) > 1, id(self.of(inner[0])))
            if node_id in rows
            else (node_id, *(id(self.of(copy)) for copy in inner))
            for node_id, inner in instance.inner.items()
        ]
        return instance.order, tuple(places)

    def _values(self, instance: Instance, rows: set[str]) -> dict[Slot, object]:
        """Return the value of every slot."""
        found: dict[Slot, object] = {}
        for node_id in instance.order:
            node, info = instance.graph.nodes[node_id], instance.analysis.nodes[node_id]
            if node.spec in PLACES:
                found |= self._place(instance, node_id, rows)
            if node.spec == NETWORK:
                continue
            step = instance.steps.get(node_id)
            if step is not None:
                given = step.stated()
                if given is None:
                    given = _plain(step.spec.target, step.arguments())
                found |= {("make", node_id, name, 0): value for name, value in given.items()}
            if node.spec not in ("input", "output"):
                found |= {("call", node_id, name, 0): info.values[name] for name in said(node)}
        return found

    def _place(self, instance: Instance, node_id: str, rows: set[str]) -> dict[Slot, object]:
        info = instance.analysis.nodes[node_id]
        found: dict[Slot, object] = {("times", node_id, "times", 0): len(info.copies)}
        inner = instance.inner.get(node_id, ())
        for number, copy in enumerate(inner[:1] if node_id in rows else inner):
            given = self.of(copy).given(copy)
            found |= {("place", node_id, name, number): value for name, value in given.items()}
        return found


def _camel(title: str) -> str:
    """Return a class name for a title: `Residual block` -> `ResidualBlock`."""
    words = re.findall("[0-9a-zA-Z]+", re.sub("['’]", "", title))
    name = "".join(word[0].upper() + word[1:] for word in words)
    plain = name and not name[0].isdigit() and not keyword.iskeyword(name)
    return name if plain and name not in vars(builtins) else f"Net{name}"


def _inner_first(tree: Tree) -> list[str]:
    """Return the keys of all networks so that each follows those placed in it."""
    below: dict[str, dict[str, None]] = {}
    for instance in tree.instances:
        keys = below.setdefault(instance.key, {})
        for node_id in instance.order:
            if instance.graph.nodes[node_id].spec in PLACES:
                keys[str(instance.analysis.nodes[node_id].values["network"])] = None
    found: dict[str, None] = {}

    def visit(key: str) -> None:
        if key not in found:
            for inner in below[key]:
                visit(inner)
            found[key] = None

    for key in below:
        visit(key)
    return list(found)


def _plain(target: str, arguments: Mapping[str, object]) -> dict[str, object]:
    """Return arguments with one number for equal ones where the target's default is one."""
    known = inspect.signature(load_target(target)).parameters
    found: dict[str, object] = {}
    for name, value in arguments.items():
        default = known[name].default if name in known else None
        if type(default) is int and isinstance(value, tuple):
            several = cast("tuple[object, ...]", value)
            value = several[0] if len(set(several)) == 1 else several
        found[name] = value
    return found


# -- parameters


@dataclass(slots=True)
class _Group:
    """Slots that one parameter fills."""

    label: str
    values: list[object]
    text: str
    """The expression they were all set to; nothing for sizes that follow from the input."""
    slots: list[Slot]


def _parametrize(form: Form, values: list[dict[Slot, object]]) -> None:
    """Decide what is written in each slot of a class."""
    groups: list[_Group] = []
    graph = form.first.graph
    settings = {
        name: [i.analysis.names.get(name) for i in form.instances] for name in graph.settings
    }
    for slot in values[0]:
        column = [held[slot] for held in values]
        if len({repr(value) for value in column}) == 1:
            form.slots[slot] = column[0]
        else:
            _join(groups, _group(slot, column, graph.nodes[slot[1]], settings))
    taken: set[str] = set()
    names = emit.node_names(graph)
    for group in groups:
        label = group.label
        if emit.slug(label) in taken:
            label = f"{names[group.slots[0][1]]}_{label}"
        name = emit.identifier(label, taken)
        form.parameters[name] = group.values
        form.slots |= dict.fromkeys(group.slots, Code(name))
    form.slots = {slot: form.slots[slot] for slot in values[0]}


def _group(
    slot: Slot, values: list[object], node: Node, settings: Mapping[str, list[Any]]
) -> _Group:
    text = "" if slot[0] == "place" else node.params.get(slot[2], "")
    label = next((s for s, held in settings.items() if repr(held) == repr(values)), "")
    return _Group(label or slot[2], values, f"={label}" if label else repr(text or ""), [slot])


def _join(groups: list[_Group], new: _Group) -> None:
    """Add slots to the group that always has the same value for the same reason, or as another."""
    free = repr("")
    for group in groups:
        if repr(group.values) != repr(new.values):
            continue
        if free in (group.text, new.text) or group.text == new.text or group.label == new.label:
            if group.text == free:
                group.label, group.text = new.label, new.text
            group.slots += new.slots
            return
    groups.append(new)
