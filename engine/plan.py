"""What is computed, in which order and under which names, for compiler and exporter alike.

Placed networks are laid out flat here: what they hold becomes steps like any other, so that a
sub-network costs nothing. Its modules keep the tree: `block1.conv1`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine import emit
from engine.analysis import NodeInfo, field_of
from engine.bypass import awake
from engine.catalog import registry
from engine.catalog.spec import LayerSpec, LossSpec
from engine.frames import FOLD, UNFOLD, Frame, Known, numbered
from engine.graph import NETWORK, ODE
from engine.networks import inputs_of, outputs_of
from engine.networks.ports import is_inlet
from engine.scope import Scope
from engine.shapes import analyse
from engine.steps import Blueprint, CompileError, Display, Flow, LossInfo, Plan, Step

__all__ = ["Blueprint", "CompileError", "Display", "LossInfo", "Plan", "Step", "blueprint", "plan"]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.analysis import Analysis
    from engine.catalog.spec import Field
    from engine.graph import Graph, Node


_UNSEEN = ("trust", "waiting")
"""Kinds of problems of a layer that was not run, but tells what it puts out."""


def blueprint(
    roots: Mapping[str, Graph],
    scope: Scope | Mapping[str, Field],
    *,
    training: bool = True,
    unseen: bool = False,
) -> Blueprint:
    """Return the plans of networks that are trained together.

    `unseen` lets layers of the user's own pass whose text is not trusted, where their outputs are
    declared: enough to write the networks down, not to run them.

    Raises
    ------
    CompileError
        The first problem, as a sentence; or, for training, that there is no loss.
    """
    scope, roots = Scope.of(scope), {key: awake(graph) for key, graph in roots.items()}
    homes = _Homes(roots, scope)
    plans: dict[str, Plan] = {}
    for key, graph in roots.items():
        analysis = analyse(graph, scope)
        for problem in analysis.problems:
            if problem.severity == "error" and not (unseen and problem.kind in _UNSEEN):
                raise CompileError(problem.message, "/".join((*problem.path, problem.node)))
        made = _Builder(key, graph, scope, analysis, homes).plan()
        if training and not made.losses:
            raise CompileError(
                "The network has no loss, so there is nothing to train. "
                "Drag one from the palette and wire the last layer to it."
            )
        if not made.steps:
            raise CompileError("The network is empty. Drag layers from the palette and wire them.")
        plans[key] = made
    return Blueprint(plans, homes.modules(), homes.pretrained)


def plan(graph: Graph, scope: Scope | Mapping[str, Field], *, training: bool = True) -> Plan:
    """Return the plan of one network. CompileError as for `blueprint`."""
    return blueprint({"main": graph}, scope, training=training).plans["main"]


class _Homes:
    """Where modules live. Shared networks live beside the roots; each module has one home."""

    def __init__(self, roots: Mapping[str, Graph], scope: Scope) -> None:
        self.scope = scope
        self._roots = list(roots)
        self._alone = len(roots) == 1
        graph = roots[self._roots[0]]
        self._taken = set(emit.node_names(graph).values()) if self._alone else set[str]()
        self._names: dict[str, tuple[str, ...]] = {}
        self._steps: dict[str, dict[tuple[str, ...], Step]] = {}
        for key in self._roots:
            self.of(key)
        self._order: list[str] = []
        self.pretrained: dict[tuple[str, ...], str] = {}

    def of(self, key: str) -> tuple[str, ...]:
        """Return the home of a root or of a shared network."""
        if key not in self._names:
            if self._alone and key == self._roots[0]:
                self._names[key] = ()
            else:
                self._names[key] = (emit.identifier(self.scope.title_of(key), self._taken),)
        return self._names[key]

    def meet(self, step: Step) -> None:
        """Note a module; the first step that needs it builds it."""
        key = step.weights.partition(":")[0]
        if key not in self._steps and key not in self._roots:
            self._order.append(key)
        self._steps.setdefault(key, {}).setdefault(step.home, step)

    def modules(self) -> tuple[Step, ...]:
        """Return a step for each module, shared networks first."""
        keys = [*self._order, *(key for key in self._roots if key in self._steps)]
        return tuple(step for key in keys for step in self._steps[key].values())


class _Builder:
    """Collects the steps of a plan."""

    def __init__(
        self, key: str, graph: Graph, scope: Scope, analysis: Analysis, homes: _Homes
    ) -> None:
        self.scope = scope
        self.homes = homes
        self.root = Frame(graph, analysis, key, homes.of(key))
        self.known: dict[int, Known] = {}
        names = self._known(graph).names
        ends = {n.id for n in graph.nodes.values() if n.spec in ("input", "output", NETWORK)}
        self.taken = {name for node, name in names.items() if node not in ends}
        self.variables: dict[str, str] = {}
        self.steps: list[Step] = []
        self.inputs: list[str] = []
        self.targets: list[str] = []
        self.losses: list[LossInfo] = []
        self.predictions: list[str] = []
        self.displays: list[Display] = []

    def plan(self) -> Plan:
        """Return the plan."""
        results = self.lay(self.root)
        inputs = tuple(dict.fromkeys(self.inputs))
        return Plan(
            tuple(self.steps),
            self.variables,
            inputs,
            tuple(dict.fromkeys((*inputs, *self.targets))),
            tuple(self.losses),
            tuple(self.predictions),
            tuple(dict.fromkeys(tuple(results.values()) or self.predictions)),
            tuple(self.displays),
            self.root.analysis,
        )

    def variable(self, field: str) -> str:
        """Return the variable of a data field."""
        if field not in self.variables:
            self.variables[field] = emit.identifier(field, self.taken)
        return self.variables[field]

    def _known(self, graph: Graph) -> Known:
        if id(graph) not in self.known:
            self.known[id(graph)] = Known(graph, self.scope.networks)
        return self.known[id(graph)]

    def lay(self, frame: Frame) -> dict[str, str]:
        """Lay a graph out; return the variable that arrives at each Output node."""
        values: dict[tuple[str, str], str] = {}
        results: dict[str, str] = {}
        known = self._known(frame.graph)
        for node_id in known.order:
            if node_id not in frame.analysis.nodes:
                continue
            node = frame.graph.nodes[node_id]
            wires = [
                (e.target_port, values[e.source, e.source_port])
                for e in known.wires.get(node_id, ())
            ]
            if node.spec == "input":
                values[node_id, "out"] = self._input(frame, node)
            elif node.spec == "output":
                results[node_id] = wires[0][1]
            elif node.spec == NETWORK:
                for port, value in self._place(frame, node, dict(wires)).items():
                    values[node_id, port] = value
            else:
                for port, value in self._layer(frame, node, wires).items():
                    values[node_id, port] = value
        return results

    def _input(self, frame: Frame, node: Node) -> str:
        if frame.inputs is not None and node.id in frame.inputs:
            return frame.inputs[node.id]
        spec = registry.node(node.spec)
        assert spec is not None
        data = field_of(node, spec, self.scope.fields)
        assert data is not None
        self.inputs.append(data.name)
        return self.variable(data.name)

    def _like(self, frame: Frame) -> str:
        """Return a variable that tells how many samples there are."""
        if frame.like:
            return frame.like
        for name in self.inputs:
            return self.variable(name)
        field = next((f for f in self.scope.fields.values() if f.role == "input"), None)
        if field is None:
            raise CompileError("The network draws noise, but the data has no input field.")
        self.inputs.append(field.name)
        return self.variable(field.name)

    def _layer(self, frame: Frame, node: Node, wires: list[tuple[str, str]]) -> dict[str, str]:
        """Add a layer, a loss or a display; return its variables by port."""
        spec = registry.node(node.spec, node.params)
        assert spec is not None
        info = frame.analysis.nodes[node.id]
        attribute = self._known(frame.graph).names[node.id]
        name = self._name(frame, attribute)
        inputs = {p.name: [v for port, v in wires if port == p.name] for p in spec.inputs}
        path = "/".join((*frame.path, node.id))
        title = ".".join((*frame.titles, node.name))
        if spec.shows:
            shown = inputs[spec.inputs[0].name][0]
            self.displays.append(Display(path, title, spec.shows, info.values, shown, spec.target))
            return {}
        if isinstance(spec, LossSpec):
            outputs = {"out": emit.identifier(f"{name}_value", self.taken)}
            self._loss(node, spec, info, inputs, path, title)
        else:
            read = self._known(frame.graph).read.get(node.id, ())
            outputs = emit.variables(name, spec, read)
        step = Step(
            node,
            frame.graph,
            spec,
            info,
            name,
            inputs,
            outputs,
            path,
            title,
            (*frame.home, attribute),
            f"{frame.key}:{'/'.join((*frame.ids, node.id))}",
            self._like(frame) if emit.asks_like(spec) else "",
            frame.frozen or node.frozen,
            not isinstance(spec, LossSpec),
            self._flow(frame, node, name) if spec.id == ODE else None,
        )
        self.steps.append(step)
        if step.has_module:
            self.homes.meet(step)
        return outputs

    def _flow(self, frame: Frame, node: Node, name: str) -> Flow:
        """Lay out the right side of a differential equation, beside the other steps."""
        inner, outside = self._inside(frame, node), self.steps
        inlets = [n.id for n in inner.graph.nodes.values() if is_inlet(n)]
        rate, state, time = (
            emit.identifier(f"{name}_{word}", self.taken) for word in ("rate", "h", "t")
        )
        given = dict(zip(inlets, (state, time), strict=False))
        analysis = frame.analysis.nodes[node.id].copies[0]
        self.steps = []
        results = self.lay(replace(inner, analysis=analysis, inputs=given, like=state))
        flow = Flow(rate, state, time, tuple(self.steps), next(iter(results.values())))
        self.steps = outside
        return flow

    def _name(self, frame: Frame, attribute: str) -> str:
        if frame is self.root:
            return attribute
        return emit.identifier("_".join((*frame.titles, attribute)), self.taken)

    def _loss(
        self,
        node: Node,
        spec: LossSpec,
        info: NodeInfo,
        inputs: dict[str, list[str]],
        path: str,
        title: str,
    ) -> None:
        field = ""
        if "target" in inputs and not inputs["target"]:
            data = field_of(node, spec, self.scope.fields)
            assert data is not None
            field = data.name
            self.targets.append(field)
            inputs["target"] = [self.variable(field)]
        weight = info.values.get("weight", 1.0)
        assert isinstance(weight, int | float)
        self.losses.append(
            LossInfo(path, title, spec.id, spec.task, field, float(weight), info.values)
        )
        self.predictions.append(inputs[spec.inputs[0].name][0])

    def _place(self, frame: Frame, node: Node, wires: Mapping[str, str]) -> dict[str, str]:
        """Lay out every copy of a placed network; return the variables it puts out."""
        info = frame.analysis.nodes[node.id]
        values = info.values
        ports = [p.name for p in inputs_of(node, self.scope.networks)]
        given = {port: wires[port] for port in ports}
        inner = self._inside(frame, node)
        if values["each"]:
            given = {p: self._turn(frame, node, FOLD, v) for p, v in given.items()}
            inner = replace(inner, like=next(iter(given.values()), ""))
        outputs = [p.name for p in outputs_of(node, self.scope.networks)]
        made: dict[str, str] = {}
        for number, copy in enumerate(info.copies):
            one = replace(inner, analysis=copy, inputs=given)
            if len(info.copies) > 1:
                one = numbered(one, number, tied=inner.ids == () or bool(values["tied"]))
            if values["file"]:
                self.homes.pretrained[one.home] = str(values["file"])
            results = self.lay(one)
            made = {port: results[port] for port in outputs}
            given = {**given, **dict(zip(ports, made.values(), strict=False))}
        if values["each"]:
            items = info.inputs[0].shape[1]
            made = {p: self._turn(frame, node, UNFOLD, v, items) for p, v in made.items()}
        return made

    def _inside(self, frame: Frame, node: Node) -> Frame:
        """Return the frame of a placed network, its copies aside."""
        values = frame.analysis.nodes[node.id].values
        key = str(values["network"])
        inner = Frame(
            self.scope.networks[key],
            frame.analysis,
            key,
            self.homes.of(key) if values.get("weights") == "shared" else (),
            (),
            (*frame.path, node.id),
            (*frame.titles, node.name),
            {},
            frame.like,
            frame.frozen or node.frozen,
        )
        if values.get("weights") == "shared":
            return inner
        attribute = self._known(frame.graph).names[node.id]
        return replace(
            inner,
            key=frame.key,
            home=(*frame.home, attribute),
            ids=(*frame.ids, node.id),
        )

    def _turn(self, frame: Frame, node: Node, spec: LayerSpec, value: str, items: int = 0) -> str:
        """Add a step that turns items into samples, or samples into items."""
        stem = "_".join((*frame.titles, node.name, spec.id))
        name = emit.identifier(stem, self.taken)
        self.steps.append(
            Step(
                node,
                frame.graph,
                spec,
                NodeInfo((), {}, values={"items": items}),
                name,
                {"in": [value]},
                {"out": name},
                "/".join((*frame.path, node.id)),
                ".".join((*frame.titles, node.name)),
                (),
                "",
                layer=False,
            )
        )
        return name
