"""Random networks placed in one another, for comparing one way of running them with another."""

from __future__ import annotations

import random

from engine.catalog import registry
from engine.catalog.spec import Field
from engine.graph import Graph

FIELDS = {
    "x": Field(name="x", shape=(4, 8)),
    "z": Field(name="z", shape=(4, 8)),
    "t": Field(name="t", shape=(4, 8), role="target"),
}
TITLES = ("Block", "My net", "Tower", "x", "Stage 1", "class")
NAMES = ("a", "lin", "x", "in", "forward", "m", "layer", "block")


class Sketch:
    """A graph in the making: whatever is on a wire has the shape of the fields."""

    def __init__(self, rng: random.Random, networks: dict[str, Graph], *, root: bool) -> None:
        self.rng = rng
        self.networks = networks
        self.root = root
        self.graph = Graph(title=rng.choice(TITLES), settings={"width": rng.choice((4, 8))})
        self.values: list[tuple[str, str]] = []

    def add(self, spec: str, **params: object) -> str:
        self.graph, node = self.graph.add(spec, self.rng.choice(NAMES))
        self.graph = self.graph.set_params(node, params)
        return node

    def wire(self, node: str, port: str = "", last: int = 99) -> None:
        entry = registry.node(self.graph.nodes[node].spec)
        assert entry is not None
        source, out = self.rng.choice(self.values[-last:])
        self.graph = self.graph.connect(source, node, out, port or entry.inputs[0].name)

    def layer(self, spec: str, wires: int = 1, **params: object) -> None:
        node = self.add(spec, **params)
        for _ in range(wires):
            self.wire(node)
        if spec != "show_text":
            self.values.append((node, "out"))

    def inputs(self) -> None:
        for _ in range(self.rng.randint(1, 2)):
            field = self.rng.choice(("x", "z")) if self.rng.random() < 0.4 else ""
            self.values.append((self.add("input", field=field), "out"))
        if not self.root:
            self.values.append((self.add("input"), "out"))

    def step(self) -> None:
        rng = self.rng
        if self.networks and rng.random() < 0.4:
            self.place()
            return
        kinds: dict[str, tuple[int, dict[str, object]]] = {
            "dense": (1, {"out_features": 8}),
            rng.choice(("dropout", "relu", "detach")): (1, {}),
            rng.choice(("add", "multiply")): (rng.randint(2, 3), {}),
            "add_noise": (1, {"when": rng.choice(("always", "training"))}),
            "noise": (0, {"shape": (4, 8)}),
            "show_text": (1, {}),
        }
        spec = rng.choice(["dense", "narrow", *kinds])
        if spec == "narrow":
            self.layer("dense", 1, out_features="=width")
            narrow, _ = self.values.pop()
            node = self.add("dense", out_features=8)
            self.graph = self.graph.connect(narrow, node)
            self.values.append((node, "out"))
        else:
            wires, params = kinds[spec]
            self.layer(spec, wires, **params)

    def place(self) -> None:
        rng = self.rng
        key = rng.choice(list(self.networks))
        nodes = self.networks[key].nodes.values()
        ports = [n.id for n in nodes if n.spec == "input" and not n.params.get("field")]
        outputs = [n.id for n in nodes if n.spec == "output"]
        node = self.add("network", network=key, weights=rng.choice(("own", "own", "shared")))
        if len(outputs) <= len(ports) and rng.random() < 0.5:
            again = {"times": rng.randint(1, 3), "tied": rng.random() < 0.4}
            self.graph = self.graph.set_params(node, again)
        if rng.random() < 0.4:
            width = rng.choice((4, 6, "=width"))
            self.graph = self.graph.change(node, arguments={"width": width})
        for port in ports:
            self.wire(node, port)
        self.values += [(node, port) for port in outputs]

    def ends(self) -> None:
        rng = self.rng
        if not self.root or rng.random() < 0.3:
            for _ in range(rng.randint(1, 2)):
                self.wire(self.add("output"), last=4)
        for _ in range(rng.randint(1, 3) if self.root else rng.random() < 0.12):
            loss = self.add(rng.choice(("mse", "mae")), weight=rng.choice((1.0, 0.25)))
            self.wire(loss, last=4)
            if rng.random() < 0.3:
                self.wire(loss, "target")

    def drawn(self) -> Graph:
        self.inputs()
        for _ in range(self.rng.randint(2, 6)):
            self.step()
        self.ends()
        return self.graph


def random_networks(seed: int) -> tuple[dict[str, Graph], dict[str, Graph]]:
    """Return networks to train, and all networks."""
    rng = random.Random(seed)
    networks: dict[str, Graph] = {}
    for number in range(rng.randint(0, 4)):
        networks[f"inner{number}"] = Sketch(rng, networks, root=False).drawn()
    keys = ("main", "second", "third")[: rng.choice((1, 1, 2, 3))]
    roots = {key: Sketch(rng, networks, root=True).drawn() for key in keys}
    return roots, {**networks, **roots}
