"""Graph -> `nn.Module` whose forward is generated source; the same network as readable Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from engine.catalog.spec import load_target
from engine.forwards import alone_text, body_lines, forwards_text, watched_text
from engine.initial import initial_weights
from engine.modules.pretrained import load_weights
from engine.plan import Blueprint, CompileError, LossInfo, Plan, Step, blueprint
from engine.quick import forward_of
from engine.steps import every

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine.catalog.spec import Field
    from engine.graph import Graph
    from engine.scope import Scope

__all__ = [
    "Bundle",
    "CompileError",
    "LossInfo",
    "Network",
    "Tap",
    "compile_graph",
    "compile_networks",
    "initialize",
]


@dataclass(frozen=True, slots=True)
class Tap:
    """A node whose output the tapped forward returns."""

    node: str
    """Path id: ids from the root down, joined with `/`."""
    name: str
    weights: str = ""
    """Weight path of the node; nodes that share weights have the same."""


class Group(nn.Module):
    """Holds the modules of a sub-network under their names."""


class Network(nn.Module):
    """A compiled graph. Submodules carry the nodes' names, so keys read `conv1.weight`.

    `forward(*inputs)` returns the outputs; `train_forward(*fields)` returns
    `(total loss, losses, predictions)`; `tapped_forward(*fields)` adds the tapped nodes' outputs;
    `predict_forward(*fields)` returns the predictions the losses read; `shown_forward(*fields)`
    what the displays show. All are generated source with the submodules bound as locals.

    Parameters
    ----------
    plan_
        What it computes.
    tree
        Holds the modules at their homes; those it uses become its own.
    """

    train_forward: Callable[..., tuple[torch.Tensor, tuple[torch.Tensor, ...], tuple[Any, ...]]]
    tapped_forward: Callable[..., tuple[Any, ...]]
    predict_forward: Callable[..., tuple[torch.Tensor, ...]]
    shown_forward: Callable[..., tuple[torch.Tensor, ...]]

    def __init__(self, plan_: Plan, tree: nn.Module) -> None:
        super().__init__()
        self._plan = plan_
        self.fields = plan_.fields
        self.input_fields = plan_.input_fields
        self.losses = plan_.losses
        self.displays = plan_.displays
        self.random = plan_.random
        self.sloped = plan_.sloped
        self._trained = plan_.trained()
        self.taps = tuple(Tap(s.path, s.title, s.weights) for s in self._trained if s.layer)
        self._modules_of = [s for s in plan_.every if s.has_module]
        self._flows = [s for s in plan_.every if s.flow is not None]
        for name in dict.fromkeys(s.home[0] for s in self._modules_of):
            self.add_module(name, tree.get_submodule(name))
        self.frozen = frozenset(s.path for s in self._modules_of if s.frozen)
        """Path ids of the nodes that no phase trains."""
        self.bounds = {s.path: b for s in plan_.every if (b := s.spec.bounds) is not None}
        """By path id, between which values the outputs of a node can lie."""
        self.node_parameters: dict[str, list[tuple[str, nn.Parameter]]] = {}
        self._handles = _handles(self._modules_of)
        self.source = forwards_text(plan_, self._handles, self._trained)
        self.carrying: tuple[Any, ...] = tuple(
            module for module in self.modules() if getattr(module, "stateful", False)
        )
        """Layers that carry their state from one batch to the next."""
        self._bind()

    def forward(self, *inputs: torch.Tensor) -> Any:
        """Return the outputs for the input fields: a tensor if there is one, else a tuple."""
        return self._forward(*inputs)

    def step_at(self, path: str) -> Step | None:
        """Return what a node, given by its path id, computes; None if it is not there."""
        return next((step for step in self._plan.every if step.path == path), None)

    def module_at(self, path: str) -> nn.Module | None:
        """Return the module of a node, given by its path id, if it has one."""
        step = self.step_at(path)
        if step is None or not step.has_module:
            return None
        return self.get_submodule(".".join(step.home))

    @property
    def weight_paths(self) -> dict[str, str]:
        """Return the weight path of everything in the `state_dict`: `main:n3/n5/weight`."""
        found: dict[str, str] = {}
        for step in self._modules_of:
            key = ".".join(step.home)
            for name in self.get_submodule(key).state_dict():
                found[f"{key}.{name}"] = f"{step.weights}/{name}"
        return found

    def _apply(self, fn: Any, recurse: bool = True) -> Network:
        super()._apply(fn, recurse)
        self._bind()
        return self

    def _bind(self) -> None:
        """Run the generated source with the modules of now."""
        made = self._run(self.source)
        self._forward, self.train_forward, self.tapped_forward = made[:3]
        self.predict_forward, self.shown_forward = made[3:]

    @property
    def watched_steps(self) -> list[Step]:
        """Return the steps of a training step as `watched_forward` numbers them."""
        return list(every(self._trained))

    def watched_forward(
        self, enter: Callable[[int, int, Any], Any], see: Callable[[int, tuple[Any, ...]], None]
    ) -> Callable[..., Any]:
        """Return the train forward with an eye at every step; it computes the same bits.

        Parameters
        ----------
        enter
            Called with the number of a step, the place of one of its inputs and what arrives
            there; returns what the step gets.
        see
            Called with the number of a step and what it puts out, one value per output.
        """
        text = watched_text(self._plan, self._handles, self._trained)
        return self._run(text, enter=enter, see=see)

    def alone(self, number: int) -> Callable[..., tuple[Any, ...]]:
        """Return one step of `watched_steps` as a function of what arrives at its inputs."""
        step = self.watched_steps[number]
        return self._run(alone_text(self._plan, self._handles, step))

    def _run(self, source: str, **more: Any) -> Any:
        """Return what generated source makes of the modules of now."""
        scope, bound = self._bound()
        scope |= more
        exec(compile(source, "<network>", "exec"), scope)
        return scope["make"](**{k: v for k, v in bound.items() if k in scope["needs"]})

    def _bound(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what generated source names: functions, and the modules and weights of now."""
        scope: dict[str, Any] = {"torch": torch, "nn": nn, "linear": functional.linear}
        bound: dict[str, Any] = {}
        for step in self._modules_of:
            module = self.get_submodule(".".join(step.home))
            self.node_parameters[step.path] = list(module.named_parameters())
            handle = self._handles[step.home]
            if type(module) is nn.Linear:
                bound[f"_w_{handle}"] = module.weight
                bound[f"_b_{handle}"] = module.bias
            whole = step.spec.own is not None or next(module.children(), None) is not None
            bound[f"_m_{handle}"] = module if whole else forward_of(module)
        for target in {name for step in self._plan.every for name in step.spec.calls}:
            scope[target.rpartition(".")[2]] = load_target(target)
        for step in self._flows:
            assert step.flow is not None
            bound[f"_p_{step.flow.name}"] = self._parameters_of(step)
        return scope, bound

    def _parameters_of(self, step: Step) -> tuple[nn.Parameter, ...]:
        """Return what the right side of a differential equation learns, its own weights first."""
        depth = len(step.home)
        inner = [s for s in every([step]) if s.has_module]
        inner.sort(key=lambda s: s.home[:depth] != step.home)
        found = (p for s in inner for p in self.get_submodule(".".join(s.home)).parameters())
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Pieces:
    """A network's `train_forward` step by step, for whoever looks at what happens in between."""

    plan: Plan
    steps: tuple[tuple[Step, str], ...]
    """In order, each with its statements."""
    names: Mapping[str, Any]
    """What the statements name, beside the data and what steps before put out."""


def pieces(network: Network) -> Pieces:
    """Return the steps of a network with their statements, as it is bound now."""
    plan_, handles = network._plan, network._handles  # pyright: ignore[reportPrivateUsage]
    steps = network._trained  # pyright: ignore[reportPrivateUsage]
    written = tuple((step, "\n".join(body_lines(step, handles))) for step in steps)
    scope, bound = network._bound()  # pyright: ignore[reportPrivateUsage]
    return Pieces(plan_, written, scope | bound)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Networks that are trained together, and the module that holds all their weights."""

    networks: Mapping[str, Network]
    root: nn.Module
    """The network itself if there is one; else what holds each network and shared one by name."""
    blueprint: Blueprint

    @property
    def weight_paths(self) -> dict[str, str]:
        """Return the weight path of everything in the root's `state_dict`."""
        return {k: v for network in self.networks.values() for k, v in network.weight_paths.items()}


def _handles(steps: Iterable[Step]) -> dict[tuple[str, ...], str]:
    """Return a Python name for each home of a module."""
    taken: set[str] = set()
    found: dict[tuple[str, ...], str] = {}
    for step in steps:
        if step.home not in found:
            name = "_".join(step.home)
            while name in taken:
                name += "_"
            taken.add(name)
            found[step.home] = name
    return found


def compile_networks(
    roots: Mapping[str, Graph], scope: Scope | Mapping[str, Field], *, training: bool = True
) -> Bundle:
    """Return the modules of networks that are trained together, as the constructors drew them.

    Raises
    ------
    CompileError
        A graph has a problem, or (for training) no loss. The message is a sentence.
    """
    made = blueprint(roots, scope, training=training)
    tree = Group()
    for step in made.modules:
        _attach(tree, step.home, load_target(step.spec.target)(**step.arguments()))
    networks = {key: Network(plan_, tree) for key, plan_ in made.plans.items()}
    root = next(iter(networks.values())) if len(networks) == 1 else tree
    return Bundle(networks, root, made)


def _attach(tree: nn.Module, home: tuple[str, ...], module: nn.Module) -> None:
    for part in home[:-1]:
        inner = getattr(tree, part, None)
        if inner is None:
            inner = Group()
            tree.add_module(part, inner)
        tree = inner
    tree.add_module(home[-1], module)


def compile_graph(
    graph: Graph,
    scope: Scope | Mapping[str, Field],
    *,
    training: bool = True,
    initializer: str | None = None,
) -> Network:
    """Return the module of one network, initialised if asked for.

    CompileError as for `compile_networks`.
    """
    made = compile_networks({"main": graph}, scope, training=training)
    if initializer is not None:
        initialize(made.root, made.blueprint, initializer)
    return made.networks["main"]


def initialize(
    root: nn.Module,
    made: Blueprint,
    default: str = "auto",
    params: Mapping[str, Any] | None = None,
) -> None:
    """Apply the initializers module by module; `default` is for nodes that chose none."""
    with torch.no_grad():
        for start in initial_weights(made.modules, default, params):
            start.apply(root.get_parameter(".".join((*start.step.home, start.name))))
        for home, path in made.pretrained.items():
            load_weights(root.get_submodule(".".join(home)), path)
