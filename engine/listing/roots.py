"""The class of a network that is trained: what it returns, and its losses.

Where a class cannot say it by calling what is placed in it (a loss inside of that, say), the
methods reach the layers through their attributes instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.analysis import is_loss
from engine.catalog import registry
from engine.graph import NETWORK
from engine.listing.body import Body
from engine.listing.classes import class_text, method
from engine.listing.flat import Flat, total
from engine.listing.idle import without_idle
from engine.listing.instances import leading_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.analysis import Analysis
    from engine.graph import Graph
    from engine.listing.body import Signature
    from engine.listing.classes import Maker
    from engine.listing.forms import Form
    from engine.listing.instances import Tree
    from engine.steps import Plan


def root_class(
    key: str, form: Form, tree: Tree, maker: Maker, signatures: Mapping[str, Signature]
) -> tuple[str, Signature, tuple[str, ...]]:
    """Return the class of a root, its `forward`, and the keys of what `losses` is given."""
    root = _Root(key, form, tree, signatures)
    head = [maker.constructor(form, root.body), maker.initialize(form, root.body)]
    text = class_text(form.name, *head, *root.methods())
    return text, root.body.signature, root.shared


class _Root:
    """Writes the methods of a root."""

    def __init__(
        self, key: str, form: Form, tree: Tree, signatures: Mapping[str, Signature]
    ) -> None:
        self.form = form
        self.tree = tree
        self.key = key
        self.plan = tree.made.plans[key]
        self.placed = key in tree.placed or len(form.instances) > 1
        """Whether others place it too, so that its `forward` takes what stands at its ports."""
        self.body = Body(tree, form, signatures, None if self.placed else self.plan.fields)
        self.shared: tuple[str, ...] = ()
        self._signatures = signatures
        nodes = form.first.graph.nodes
        order = form.first.order
        self._losses = {n for n in order if is_loss(nodes[n])}
        ends = self._losses | set(self.body.outputs)
        self._keep = leading_to(form.first, ends)

    def methods(self) -> tuple[list[str], list[str]]:
        """Return `forward` and `losses`."""
        flat = Flat(self.key, self.tree, self.plan)
        plain = _is_plain(self.form, self.tree, self.plan, self._keep)
        if plain:
            forward = self._forward()
            return forward.text if forward else [], self._train(forward)
        losses = flat.losses()
        self.shared = tuple(flat.shared)
        if not self.placed:
            return flat.forward(), losses
        forward = self._forward()
        return forward.text if forward else [], losses

    def _forward(self) -> _Forward | None:
        """Return `forward`: what the outputs get, or where there are none what the losses read."""
        body, first = self.body, self.form.first
        if body.outputs:
            order = body.outputs if self.placed else first.order
            ends = [node_id for node_id in order if node_id in body.outputs]
            sources = [body.source(node_id) for node_id in ends]
        elif self.placed:
            return None
        else:
            ends: list[str] = []
            sources = [body.source(loss.node) for loss in self.plan.losses]
        keep = leading_to(first, {*ends, *(node_id for node_id, _ in sources)})
        lines = body.statements(keep)
        results = [body.values[at] for at in sources]
        if not self.placed:
            results = list(dict.fromkeys(results))
        arguments = body.arguments(None if self.placed else self.plan.input_fields)
        text = method("forward", arguments, [*lines, f"return {', '.join(results)}"])
        return _Forward(text, keep, results)

    def _train(self, forward: _Forward | None) -> list[str]:
        """Return `losses`."""
        body, plan, first = self.body, self.plan, self.form.first
        order = [node_id for node_id in first.order if node_id in self._keep]
        keep = without_idle(first.graph, plan.analysis.nodes, order, self._losses)
        if forward is not None and not self.placed and self._follows(forward, keep):
            call = ", ".join(body.arguments(plan.input_fields))
            lines = [f"{', '.join(forward.results)} = self({call})"]
            lines += body.statements(keep - forward.keep)
        else:
            body = Body(self.tree, self.form, self._signatures, plan.fields)
            lines = body.statements(keep)
        values = [body.values[loss.node, "out"] for loss in plan.losses]
        predictions = [body.values[body.source(loss.node)] for loss in plan.losses]
        lines.append(total(plan, values, predictions))
        self.shared = tuple(k for k, name in body.shared.items() if not name.startswith("self."))
        return method("losses", body.arguments(plan.fields), lines)

    def _follows(self, forward: _Forward, keep: set[str]) -> bool:
        """Return whether the rest can run behind `forward` without a change of any bit.

        It must read what `forward` returns and nothing else of it. What moves back must draw
        nothing, and no later layer may read the same, since gradients that meet are added in the
        order in which their sources ran.
        """
        if not set(forward.results).isdisjoint(self.body.fields.values()):
            return False
        graph, order = self.form.first.graph, self.form.first.order
        rank = {node_id: k for k, node_id in enumerate(order)}
        ran = [n for n in forward.keep if graph.nodes[n].spec not in ("input", "output")]
        for node_id in keep - forward.keep:
            later = {n for n in ran if rank[n] > rank[node_id]}
            if later and not self._moves(node_id):
                return False
            for edge in graph.edges:
                if edge.target != node_id or graph.nodes[edge.source].spec == "input":
                    continue
                at = (edge.source, edge.source_port)
                if edge.source in forward.keep and self.body.values[at] not in forward.results:
                    return False
                if any((e.source, e.source_port) == at and e.target in later for e in graph.edges):
                    return False
        return True

    def _moves(self, node_id: str) -> bool:
        """Return whether a node may run later than in the plan."""
        node = self.form.first.graph.nodes[node_id]
        spec = registry.node(node.spec, node.params)
        assert spec is not None
        return not spec.random and spec.id != NETWORK and (is_loss(node) or not spec.target)


@dataclass(slots=True)
class _Forward:
    text: list[str]
    keep: set[str]
    results: list[str]


# -- what the classes cannot say


def _is_plain(form: Form, tree: Tree, plan: Plan, keep: set[str]) -> bool:
    """Return whether calling what is placed runs the very steps of the plan, in its order."""
    if not tree.faithful or any("/" in loss.node for loss in plan.losses):
        return False
    ran = _paths(form.first.graph, plan.analysis, form.first.order, keep, "", tree)
    return ran == [s.path for s in plan.trained() if s.layer]


def _paths(
    graph: Graph,
    analysis: Analysis,
    order: tuple[str, ...],
    keep: set[str],
    above: str,
    tree: Tree,
) -> list[str]:
    """Return the paths of the layers that a class and those placed in it run, in order."""
    found: list[str] = []
    for node_id in order:
        node = graph.nodes[node_id]
        if node_id not in keep or node.spec in ("input", "output") or is_loss(node):
            continue
        if node.spec != NETWORK:
            found.append(above + node_id)
            continue
        info = analysis.nodes[node_id]
        key = str(info.values["network"])
        inner = next(i for i in tree.instances if i.key == key)
        outputs = {n for n in inner.order if inner.graph.nodes[n].spec == "output"}
        for number, copy in enumerate(info.copies):
            mark = f"#{number}/" if len(info.copies) > 1 else "/"
            needed = leading_to(inner, outputs)
            path = above + node_id + mark
            found += _paths(inner.graph, copy, inner.order, needed, path, tree)
    return found
