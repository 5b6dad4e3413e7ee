"""The text of a class: its constructor, its first weights and what it computes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine import emit
from engine.initial import initial_weights
from engine.listing.body import Body, Signature
from engine.listing.instances import leading_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.listing.forms import Form, Forms
    from engine.listing.instances import Instance, Tree


_POWER = re.compile(r"(?<![\w.)\]])([\w.]+) \*\* ([\w.]+)(?![\w.(\[])")
"""A power of plain numbers or names, which a formatter writes without spaces."""


def class_text(name: str, *methods: Sequence[str]) -> str:
    """Return a class of methods; one without statements is left out."""
    kept = ["\n".join(f"    {line}" for line in text) for text in methods if text]
    return "\n".join([f"class {name}(nn.Module):", "\n\n".join(kept) or "    pass"])


def method(name: str, arguments: Iterable[str], lines: Iterable[str], doc: str = "") -> list[str]:
    """Return a method's text."""
    lines = [_POWER.sub(r"\1**\2", line) for line in lines]
    head = [f"def {name}({', '.join(['self', *arguments])}):"]
    return head + ([f'    """{doc}"""'] if doc else []) + [f"    {line}" for line in lines]


class Maker:
    """Writes constructors and the drawing of first weights.

    Parameters
    ----------
    tree, forms
        What is written.
    default, params
        The initializer of nodes that chose none, and its settings.
    """

    def __init__(
        self, tree: Tree, forms: Forms, default: str, params: Mapping[str, object] | None = None
    ) -> None:
        self.tree = tree
        self.forms = forms
        self.default = default
        self.params = params
        self.draws: dict[int, bool] = {}

    def constructor(self, form: Form, body: Body) -> list[str]:
        """Return `__init__`, or nothing where it has nothing to do."""
        text = [f"self.{attribute} = {name}" for name, attribute in body.stored.items()]
        text += [f"self.{name} = {made}" for name, made in self.made_first(form)]
        for node_id in form.first.order:
            name = f"self.{body.names[node_id]}"
            if node_id in form.first.inner:
                text.append(f"{name} = {self._place(form, node_id)}")
            elif node_id in form.first.steps:
                text.append(f"{name} = {self._module(form, node_id)}")
        return method("__init__", form.parameters, ["super().__init__()", *text]) if text else []

    def made_first(self, form: Form) -> list[tuple[str, str]]:
        """Return the shared networks that a root by itself holds: name and expression."""
        tree = self.tree
        if not tree.alone or form.first is not tree.whole[tree.roots[0]]:
            return []
        return [(tree.names[key], self.made(tree.whole[key])) for key in tree.shared]

    def made(self, instance: Instance) -> str:
        """Return the expression that makes an instance."""
        form = self.forms.of(instance)
        return _call(form.name, form.given(instance))

    def _module(self, form: Form, node_id: str) -> str:
        step = form.first.steps[node_id]
        given = {
            name: value
            for (kind, node, name, _), value in form.slots.items()
            if (kind, node) == ("make", node_id)
        }
        if step.spec.own is not None:
            return _call(step.spec.own(step.info.values).name, given)
        return emit.constructor(step.spec.target, given)

    def _place(self, form: Form, node_id: str) -> str:
        """Return the expression that makes a placed network, or the list of its copies."""
        inner = form.first.inner[node_id]
        made = [
            _call(
                self.forms.of(copy).name,
                {
                    name: value
                    for (kind, node, name, place), value in form.slots.items()
                    if (kind, node, place) == ("place", node_id, number)
                },
            )
            for number, copy in enumerate(inner)
        ]
        if len(inner) == 1:
            return made[0]
        if node_id in form.rows:
            times = form.slots["times", node_id, "times", 0]
            return f"nn.ModuleList({made[0]} for _ in range({times}))"
        return f"nn.ModuleList([{', '.join(_runs(made))}])"

    def initialize(self, form: Form, body: Body) -> list[str]:
        """Return the method that draws the first weights, or nothing where there are none."""
        text = [
            f"self.{name}.initialize()"
            for key, (name, _) in zip(self.tree.shared, self.made_first(form), strict=False)
            if self.draws[id(self.forms.of(self.tree.whole[key]))]
        ]
        for node_id in form.first.order:
            name = f"self.{body.names[node_id]}"
            if node_id in form.first.inner:
                text += self._inner(form.first.inner[node_id], name)
            elif node_id in form.first.steps:
                found = initial_weights([form.first.steps[node_id]], self.default, self.params)
                text += [
                    start.call(f"{name}.{emit.attribute(start.name.split('.'))}") for start in found
                ]
        self.draws[id(form)] = bool(text)
        return method("initialize", (), text, "Draw the first weights.") if text else []

    def _inner(self, copies: Sequence[Instance], name: str) -> list[str]:
        if not self.draws[id(self.forms.of(copies[0]))]:
            return []
        if len(copies) == 1:
            return [f"{name}.initialize()"]
        return [f"for block in {name}:", "    block.initialize()"]


def placed_class(
    form: Form, tree: Tree, maker: Maker, signatures: Mapping[str, Signature]
) -> tuple[str, Signature, Body]:
    """Return a class that others place, and what its `forward` takes and gives."""
    body = Body(tree, form, signatures, None)
    keep = leading_to(form.first, set(body.outputs))
    lines = body.statements(keep)
    results = [body.values[body.source(output)] for output in body.outputs]
    forward: list[str] = []
    if results:
        lines.append(f"return {', '.join(results)}")
        forward = method("forward", body.arguments(), lines)
    text = class_text(
        form.name, maker.constructor(form, body), maker.initialize(form, body), forward
    )
    return text, body.signature, body


def _call(name: str, given: Mapping[str, object]) -> str:
    return f"{name}({', '.join(f'{k}={v!r}' for k, v in given.items())})"


def _runs(made: Sequence[str]) -> list[str]:
    """Return expressions with three equal ones or more in a row said once."""
    found: list[str] = []
    place = 0
    while place < len(made):
        count = 1
        while place + count < len(made) and made[place + count] == made[place]:
            count += 1
        one = made[place]
        found += [f"*({one} for _ in range({count}))"] if count > 2 else [one] * count
        place += count
    return found
