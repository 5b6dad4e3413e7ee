"""The statements of a method: a network's nodes in order, placed networks as calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import emit
from engine.analysis import field_of, is_display, is_loss
from engine.catalog import registry
from engine.catalog.spec import LossSpec
from engine.graph import NETWORK, ODE
from engine.listing.forms import Code
from engine.listing.instances import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.catalog.spec import LayerSpec
    from engine.graph import Edge, Node
    from engine.listing.forms import Form
    from engine.listing.instances import Tree


@dataclass(frozen=True, slots=True)
class Signature:
    """What a class's `forward` takes, in this order, and returns."""

    ports: tuple[str, ...]
    """Input nodes."""
    fields: tuple[str, ...]
    """Data fields that are read inside."""
    shared: tuple[str, ...]
    """Networks with weights of their own that are called inside."""
    outputs: tuple[str, ...]
    """Output nodes."""


class Body:
    """Writes the statements of one class and knows what each variable is called.

    Parameters
    ----------
    tree
        Where it belongs.
    form
        The class.
    signatures
        Those of the classes placed in it, by network.
    fields
        For a root: the data fields its methods take. None for what is placed in others.
    """

    def __init__(
        self,
        tree: Tree,
        form: Form,
        signatures: Mapping[str, Signature],
        fields: Sequence[str] | None,
    ) -> None:
        self.tree = tree
        self.form = form
        self.instance = form.first
        self.names = emit.node_names(self.instance.graph)
        self.fields: dict[str, str] = {}
        self.shared: dict[str, str] = {}
        self.values: dict[tuple[str, str], str] = {}
        self._signatures = signatures
        self._wires: Mapping[str, tuple[Edge, ...]] = self.instance.graph.wires_in()
        self._root = fields is not None
        nodes = self.instance.graph.nodes.values()
        ends = {n.id for n in nodes if n.spec in ("input", "output")}
        self._taken = {name for node_id, name in self.names.items() if node_id not in ends}
        self.ports = {} if self._root else {n.id: self._port(n) for n in nodes if _is_port(n)}
        self.outputs = tuple(n.id for n in nodes if n.spec == "output")
        self.values |= {(node_id, "out"): name for node_id, name in self.ports.items()}
        for name in fields or ():
            self.field(name)
        self.stored = self._stored()

    def _port(self, node: Node) -> str:
        name = emit.slug(node.name)
        plain = name.rstrip("_0123456789") in ("in", "input")
        return emit.identifier("x" if plain else name, self._taken)

    def _stored(self) -> dict[str, str]:
        """Return the attribute that keeps each parameter the forward method reads."""
        attributes = set(self.names.values())
        found: dict[str, str] = {}
        for (kind, node_id, _, _), value in self.form.slots.items():
            row = node_id in self.instance.inner and len(self.instance.inner[node_id]) > 1
            if isinstance(value, Code) and (kind == "call" or (kind == "times" and not row)):
                found[value] = found.get(value) or emit.identifier(value, attributes)
        return found

    @property
    def signature(self) -> Signature:
        """Return what the statements written so far need and give."""
        return Signature(
            tuple(self.ports),
            tuple(self.fields),
            tuple(self.shared),
            () if self._root else self.outputs,
        )

    def field(self, name: str) -> str:
        """Return the variable of a data field."""
        if name not in self.fields:
            self.fields[name] = emit.identifier(name, self._taken)
        return self.fields[name]

    def arguments(self, fields: Sequence[str] | None = None) -> list[str]:
        """Return the variables a method takes."""
        named = self.fields.values() if fields is None else [self.fields[f] for f in fields]
        shared = [name for name in self.shared.values() if not name.startswith("self.")]
        return [*self.ports.values(), *named, *shared]

    def network(self, key: str) -> str:
        """Return the expression for a network with shared weights."""
        if key not in self.shared:
            if self._root and self.tree.alone:
                self.shared[key] = f"self.{self.tree.names[key]}"
            else:
                self.shared[key] = emit.identifier(self.tree.scope.title_of(key), self._taken)
        return self.shared[key]

    def source(self, node_id: str) -> tuple[str, str]:
        """Return the node and port that an output or a loss reads first."""
        node = self.instance.graph.nodes[node_id]
        spec = registry.node(node.spec, node.params)
        assert spec is not None
        first = spec.inputs[0].name
        edge = next(e for e in self._wires[node_id] if e.target_port == first)
        return edge.source, edge.source_port

    def statements(self, keep: set[str]) -> list[str]:
        """Return the statements that run these nodes."""
        text: list[str] = []
        for node_id in self.instance.order:
            node = self.instance.graph.nodes[node_id]
            if node_id not in keep or node.spec == "output" or is_display(node):
                continue
            if node.spec == "input":
                self._input(node)
            elif node.spec == NETWORK:
                text += self._place(node, keep)
            else:
                text += self.layer(node, keep)
        return text

    def _input(self, node: Node) -> None:
        if node.id in self.ports:
            return
        spec = registry.node(node.spec)
        assert spec is not None
        data = field_of(node, spec, self.tree.scope.fields)
        assert data is not None
        self.values[node.id, "out"] = self.field(data.name)

    def _like(self) -> str:
        """Return a variable that tells how many samples there are."""
        for name in (*self.ports.values(), *self.fields.values()):
            return name
        fields = self.tree.scope.fields.values()
        return self.field(next(f.name for f in fields if f.role == "input"))

    def layer(self, node: Node, keep: set[str]) -> list[str]:
        """Return the statements that run a layer or a loss."""
        spec = registry.node(node.spec, node.params)
        assert spec is not None
        wires = self._wires.get(node.id, ())
        inputs = {
            port.name: [
                self.values[e.source, e.source_port] for e in wires if e.target_port == port.name
            ]
            for port in spec.inputs
        }
        name = self.names[node.id]
        if isinstance(spec, LossSpec):
            outputs = {"out": emit.identifier(f"{name}_value", self._taken)}
            if "target" in inputs and not inputs["target"]:
                data = field_of(node, spec, self.tree.scope.fields)
                assert data is not None
                inputs["target"] = [self.field(data.name)]
        else:
            read = self._read(node.id, keep)
            outputs = emit.variables(name if read else f"_{name}", spec, read)
            outputs |= dict.fromkeys(_idle(spec, read), "_")
        self.values |= {(node.id, port): value for port, value in outputs.items()}
        like = self._like() if emit.asks_like(spec) else ""
        values = dict(self.instance.analysis.nodes[node.id].values)
        for setting in said(node):
            written = self.form.slots["call", node.id, setting, 0]
            if isinstance(written, Code):
                values[setting] = Code(f"self.{self.stored[written]}")
        module = self._rate(node) if spec.id == ODE else f"self.{name}"
        return emit.lines(spec, values, module=module, inputs=inputs, outputs=outputs, like=like)

    def _rate(self, node: Node) -> str:
        """Return the right side of a differential equation and its parameters, as arguments."""
        signature = self._signatures[str(node.params["network"])]
        held = [f"self.{self.names[node.id]}", *(self.network(key) for key in signature.shared)]
        words = [self._free("h"), self._free("t")]
        given = [*words[: len(signature.ports)], *(self.field(f) for f in signature.fields)]
        call = f"{held[0]}({', '.join([*given, *held[1:]])})"
        several = f"({', '.join(f'*{each}.parameters()' for each in held)})"
        parameters = several if len(held) > 1 else f"{held[0]}.parameters()"
        return f"lambda {', '.join(words)}: {call}, {parameters}"

    # -- placed networks

    def _place(self, node: Node, keep: set[str]) -> list[str]:
        """Return the statements that call a placed network, for every copy and every item."""
        info = self.instance.analysis.nodes[node.id]
        signature = self._signatures[str(info.values["network"])]
        if not signature.outputs:
            return []
        wires = {
            e.target_port: self.values[e.source, e.source_port]
            for e in self._wires.get(node.id, ())
        }
        given = [wires[port] for port in signature.ports]
        text: list[str] = []
        items = f"{given[0]}.shape[1]" if given else ""
        if info.values["each"]:
            folded = [self._free(f"{name}_items") for name in given]
            text += [f"{f} = {g}.flatten(0, 1)" for f, g in zip(folded, given, strict=True)]
            given = folded
        results = self._results(node, signature, keep)
        extra = [self.field(f) for f in signature.fields]
        extra += [self.network(key) for key in signature.shared]
        text += self._calls(node, given, extra, results)
        if info.values["each"]:
            text += [f"{r} = {r}.unflatten(0, (-1, {items}))" for r in results if r[0] != "_"]
        return text

    def _free(self, name: str) -> str:
        return emit.identifier(name, self._taken)

    def _results(self, node: Node, signature: Signature, keep: set[str]) -> list[str]:
        """Return a variable for each output; one that nothing reads begins with `_`."""
        read = self._read(node.id, keep)
        single = len(signature.outputs) == 1
        inner = self.tree.scope.networks[str(node.params["network"])]
        found: list[str] = []
        for port in signature.outputs:
            name = self.names[node.id]
            if not single:
                name = self._free(f"{name}_{emit.slug(inner.nodes[port].name)}")
            if port not in read and not self._repeated(node):
                name = f"_{name}"
            self.values[node.id, port] = name
            found.append(name)
        return found

    def _read(self, node_id: str, keep: set[str]) -> set[str]:
        """Return the ports of a node that losses or others of these nodes read."""
        return {
            edge.source_port
            for edge in self.instance.graph.edges
            if edge.source == node_id
            and (edge.target in keep or is_loss(self.instance.graph.nodes[edge.target]))
        }

    def _repeated(self, node: Node) -> bool:
        return self.form.slots["times", node.id, "times", 0] != 1

    def _calls(
        self, node: Node, given: list[str], extra: list[str], results: list[str]
    ) -> list[str]:
        key = self.tree.place_key(self.instance, node.id)
        module = self.network(key) if key else f"self.{self.names[node.id]}"
        left = ", ".join(results)
        if not self._repeated(node):
            return [f"{left} = {module}({', '.join([*given, *extra])})"]
        again = ", ".join([*results, *given[len(results) :], *extra])
        text = [f"{result} = {first}" for result, first in zip(results, given, strict=False)]
        if key or len(self.instance.inner[node.id]) == 1:
            times = self.form.slots["times", node.id, "times", 0]
            if isinstance(times, Code):
                times = f"self.{self.stored[times]}"
            return [*text, f"for _ in range({times}):", f"    {left} = {module}({again})"]
        one = self._free(_one_of(self.names[node.id]))
        return [*text, f"for {one} in {module}:", f"    {left} = {one}({again})"]


def _idle(spec: LayerSpec, read: set[str]) -> list[str]:
    """Return the outputs of a node with several that are made, but read neither here nor later."""
    text = "".join(spec.forward)
    several = len(spec.outputs) > 1 and not spec.write
    ports = [p.name for p in spec.outputs if several and not p.lazy and p.name not in read]
    return [port for port in ports if text.count(f"{{{port}}}") == 1]


def _one_of(name: str) -> str:
    """Return what a member of a row is called: `blocks` -> `block`."""
    base = name.rstrip("_0123456789")
    return base.removesuffix("s") if base.endswith("s") or base != name else "one"


def _is_port(node: Node) -> bool:
    return node.spec == "input" and not node.params.get("field")
