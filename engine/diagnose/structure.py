"""What a network computes, place by place: which layer reads which, sub-networks opened up.

Only wires are followed; no shapes are worked out, so nothing here needs torch.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.bypass import awake
from engine.catalog import registry
from engine.catalog.spec import LossSpec
from engine.graph import NETWORK, CycleError
from engine.networks import placed
from engine.networks.ports import is_inlet
from engine.variables import VariableError, environment, evaluate, resolve_params

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.catalog.spec import LayerSpec
    from engine.graph import Node
    from engine.project import Project

MOST = 20_000
"""Parts that are looked at; a network of more is not diagnosed by its wires."""
_DEPTH = 20

PASSING = frozenset(
    {
        "flatten",
        "reshape",
        "permute",
        "identity",
        "scale",
        "squeeze",
        "unsqueeze",
        "repeat",
        "pad",
        "slice",
        "select",
        "dropout",
        "alpha_dropout",
        "spatial_dropout1d",
        "spatial_dropout2d",
        "spatial_dropout3d",
        "gradient_reversal",
    }
)
"""Layers that hand on what they get, in another form or in part."""


@dataclass(slots=True)
class Part:
    """One layer, loss or input at one place."""

    path: str
    network: str
    """Key of the network in which it lies."""
    node: Node
    spec: LayerSpec
    names: Mapping[str, Any] = field(repr=False)
    """The named numbers that its settings can use."""
    sources: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(port, path of the part that arrives there)."""
    readers: list[str] = field(default_factory=list[str])
    leaves: bool = False
    """Whether what it puts out is what a network, or a sub-network, returns."""
    frozen: bool = False
    _values: Mapping[str, Any] | None = None

    @property
    def values(self) -> Mapping[str, Any]:
        """Return its settings, worked out; as written where that cannot be done."""
        if self._values is None:
            self._values = {p.name: p.default for p in self.spec.params} | self.node.params
            with suppress(VariableError, ValueError):
                self._values = self.spec.values(
                    resolve_params(self.spec, self.node.params, self.names)
                )
        return self._values

    @property
    def loss(self) -> LossSpec | None:
        """Return its entry as a loss, or None."""
        return self.spec if isinstance(self.spec, LossSpec) else None

    @property
    def weighted(self) -> bool:
        """Return whether it is a layer with a matrix of weights."""
        return self.spec.initialize


class Body:
    """The parts of a root network in order of computation, by path id."""

    def __init__(self, project: Project, root: str) -> None:
        self.root = root
        self.parts: dict[str, Part] = {}
        self._networks = {key: awake(graph) for key, graph in project.networks.items()}
        self._variables = project.variables
        if root in self._networks:
            with suppress(CycleError):
                self._lay(root, "", {}, {}, False, 0)

    def get(self, path: str) -> Part | None:
        """Return the part at a path id, or None."""
        return self.parts.get(path)

    def source(self, part: Part, port: str = "") -> Part | None:
        """Return what arrives at a port of a part, at its first one unless named."""
        for name, path in part.sources:
            if not port or name == port:
                return self.parts.get(path)
        return None

    def ahead(self, part: Part) -> Part | None:
        """Return the nearest part in front that does more than hand on what it gets."""
        found = self.source(part)
        while found is not None and found.spec.id in PASSING and len(found.sources) == 1:
            found = self.source(found)
        return found

    def behind(self, part: Part) -> list[Part]:
        """Return all parts that depend on this one, each once."""
        seen: dict[str, Part] = {}
        waiting = list(part.readers)
        while waiting:
            path = waiting.pop()
            if path not in seen and path in self.parts:
                seen[path] = self.parts[path]
                waiting += self.parts[path].readers
        return list(seen.values())

    def before(self, part: Part) -> list[Part]:
        """Return all parts this one depends on, each once."""
        seen: dict[str, Part] = {}
        waiting = [path for _, path in part.sources]
        while waiting:
            path = waiting.pop()
            if path not in seen and path in self.parts:
                seen[path] = self.parts[path]
                waiting += [source for _, source in self.parts[path].sources]
        return list(seen.values())

    @property
    def losses(self) -> list[Part]:
        """Return the losses in order."""
        return [part for part in self.parts.values() if part.loss is not None]

    def _lay(
        self,
        key: str,
        stem: str,
        given: Mapping[str, str],
        names: Mapping[str, Any],
        frozen: bool,
        depth: int,
    ) -> dict[str, str]:
        """Lay out a network; return which part arrives at each of its Outputs."""
        graph = self._networks[key]
        names = environment(self._variables, graph.settings, names)
        here: dict[tuple[str, str], str] = {}
        results: dict[str, str] = {}
        wires = graph.wires_in()
        for node_id in graph.order():
            if len(self.parts) > MOST or depth > _DEPTH:
                return results
            node = graph.nodes[node_id]
            arriving = [
                (e.target_port, here.get((e.source, e.source_port), ""))
                for e in wires.get(node_id, ())
            ]
            if node.spec == NETWORK:
                made = self._place(node, stem, dict(arriving), names, frozen, depth)
                here.update({(node_id, port): path for port, path in made.items()})
            elif node.spec == "output":
                results[node_id] = self._leave(arriving)
            elif is_inlet(node) and node_id in given:
                here[node_id, "out"] = given[node_id]
            else:
                self._part(key, node, stem, arriving, names, frozen)
                spec = registry.node(node.spec, node.params)
                ports = spec.outputs if spec else ()
                here.update({(node_id, p.name): f"{stem}{node_id}" for p in ports})
        return results

    def _leave(self, arriving: list[tuple[str, str]]) -> str:
        path = arriving[0][1] if arriving else ""
        if path in self.parts:
            self.parts[path].leaves = True
        return path

    def _part(
        self,
        key: str,
        node: Node,
        stem: str,
        arriving: list[tuple[str, str]],
        names: Mapping[str, Any],
        frozen: bool,
    ) -> None:
        spec = registry.node(node.spec, node.params)
        if spec is None:
            return
        path = f"{stem}{node.id}"
        sources = [(port, source) for port, source in arriving if source]
        self.parts[path] = Part(path, key, node, spec, names, sources, frozen=frozen or node.frozen)
        for _, source in sources:
            if source in self.parts:
                self.parts[source].readers.append(path)

    def _place(
        self,
        node: Node,
        stem: str,
        given: dict[str, str],
        names: Mapping[str, Any],
        frozen: bool,
        depth: int,
    ) -> dict[str, str]:
        """Lay out every copy of a placed network; return what each of its outputs gives."""
        key = placed(node)
        if key not in self._networks:
            return {}
        times = _whole(node, names)
        inner = dict(_arguments(node, names))
        graph = self._networks[key]
        ports = [n.id for n in graph.nodes.values() if is_inlet(n)]
        made: dict[str, str] = {}
        for number in range(times):
            mark = f"#{number}" if times > 1 else ""
            frozen = frozen or node.frozen
            made = self._lay(key, f"{stem}{node.id}{mark}/", given, inner, frozen, depth + 1)
            given = {**given, **dict(zip(ports, made.values(), strict=False))}
        return made


def _arguments(node: Node, names: Mapping[str, Any]) -> Iterator[tuple[str, int | float]]:
    """Yield what the settings of a placed network come to; one that cannot be had is left out."""
    for name, value in node.arguments.items():
        with suppress(VariableError):
            yield name, evaluate(value, names) if isinstance(value, str) else value


def _whole(node: Node, names: Mapping[str, Any]) -> int:
    """Return how many copies of a network stand at a place."""
    spec = registry.node(NETWORK)
    assert spec is not None
    with suppress(VariableError, ValueError, TypeError):
        return min(int(str(resolve_params(spec, node.params, names).get("times", 1))), 1000)
    return 1
