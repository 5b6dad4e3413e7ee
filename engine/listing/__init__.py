"""Networks as the classes a person would have written, for exported code.

A network that is placed somewhere is a class; what differs between its places is a parameter of
the constructor. Keys of the `state_dict` are those of the compiled networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.bypass import awake
from engine.custom.source import outline
from engine.initial import initial_weights
from engine.listing.classes import Maker, class_text, method, placed_class
from engine.listing.forms import Forms
from engine.listing.instances import Tree
from engine.listing.roots import root_class
from engine.plan import blueprint
from engine.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.catalog.spec import Field, Own
    from engine.graph import Graph
    from engine.listing.body import Signature
    from engine.plan import Blueprint

__all__ = ["Listing", "carried", "class_source", "init_lines", "listing"]


@dataclass(frozen=True, slots=True)
class Listing:
    """Networks as source text."""

    blueprint: Blueprint
    classes: tuple[str, ...]
    """Class definitions, each after those it uses."""
    name: str
    """The class of the module that holds all weights: `Network`, or `Models` of several."""
    draws: bool
    """Whether it has an `initialize` method."""
    names: Mapping[str, str]
    """Key of a root -> its attribute in that module; nothing if it is that module."""
    shared: Mapping[str, tuple[str, ...]]
    """Key of a root -> attributes of the networks its `losses` is given behind the fields."""
    carried: tuple[str, ...]
    """Dotted names of our own modules and initializers that the text uses."""
    own: tuple[Own, ...]
    """Texts of the user's own that define layers, each once."""


def listing(
    roots: Mapping[str, Graph],
    scope: Scope | Mapping[str, Field],
    default: str = "auto",
    taken: Iterable[str] = (),
    params: Mapping[str, object] | None = None,
) -> Listing:
    """Return networks that are trained together as source text.

    `losses` of each root takes its plan's fields and returns `(total loss, losses, predictions)`,
    as `Network.train_forward` does; `forward` returns what `Network.forward` returns. No class
    gets a name that is `taken`. `default` and its settings `params` are the initializer of nodes
    that chose none.

    Raises
    ------
    CompileError
        A network has a problem.
    """
    scope, roots = Scope.of(scope), {key: awake(graph) for key, graph in roots.items()}
    plans = blueprint(roots, scope, unseen=True)
    ours = _carried(plans, default, params)
    tree = Tree(plans, roots, scope)
    own = _own(plans)
    theirs = {name for one in own for name in outline(one.code).names}
    ours_named = {t.rpartition(".")[2] for t in ours}
    forms = Forms(tree, {"Network", "Models", *taken, *theirs, *ours_named})
    maker = Maker(tree, forms, default, params)
    signatures: dict[str, Signature] = {}
    texts: list[str] = []
    given: dict[str, tuple[str, ...]] = {}
    for form in forms.forms:
        key = form.first.key
        if key in roots and tree.whole[key] in form.instances:
            text, signatures[key], needs = root_class(key, form, tree, maker, signatures)
            given[key] = tuple(tree.names[k] for k in needs)
        else:
            text, signatures[key], _ = placed_class(form, tree, maker, signatures)
        texts.append(text)
    several = len(roots) > 1
    if several:
        texts.append(_models(tree, forms, maker))
    names = {key: tree.names.get(key, "") for key in roots}
    draws = any(maker.draws.values())
    name = "Models" if several else "Network"
    return Listing(plans, tuple(texts), name, draws, names, given, ours, own)


def _own(made: Blueprint) -> tuple[Own, ...]:
    """Return the texts of the user's own that networks need, each once."""
    steps = [step for plan in made.plans.values() for step in plan.every]
    found = [step.spec.own(step.info.values) for step in steps if step.spec.own is not None]
    return tuple({one.code: one for one in found}.values())


def _models(tree: Tree, forms: Forms, maker: Maker) -> str:
    """Return the class that holds several networks, shared ones first."""
    made = [(tree.names[key], tree.whole[key]) for key in (*tree.shared, *tree.roots)]
    init = [f"self.{name} = {maker.made(instance)}" for name, instance in made]
    draws = [
        f"self.{name}.initialize()"
        for name, instance in made
        if maker.draws[id(forms.of(instance))]
    ]
    methods = [method("__init__", (), ["super().__init__()", *init])]
    if draws:
        methods.append(method("initialize", (), draws, "Draw the first weights."))
    return class_text("Models", *methods)


def _carried(made: Blueprint, default: str, params: Mapping[str, object] | None) -> tuple[str, ...]:
    steps = [s for plan in made.plans.values() for s in plan.every if s.spec.own is None]
    targets = [name for s in steps for name in (s.spec.target, *s.spec.calls)]
    targets += [start.target for start in initial_weights(made.modules, default, params)]
    targets += ["engine.modules.pretrained.load_weights"] if made.pretrained else []
    return tuple(dict.fromkeys(t for t in targets if t.startswith("engine.")))


def class_source(graph: Graph, scope: Scope | Mapping[str, Field], default: str = "auto") -> str:
    """Return the classes of one network; its own is `Network`."""
    return "\n\n\n".join(listing({"main": graph}, scope, default).classes)


def init_lines(
    graph: Graph, scope: Scope | Mapping[str, Field], default: str, network: str = "network"
) -> list[str]:
    """Return the statements that draw the first weights of one network."""
    draws = listing({"main": graph}, scope, default).draws
    return [f"{network}.initialize()"] if draws else []


def carried(graph: Graph, scope: Scope | Mapping[str, Field], default: str = "auto") -> list[str]:
    """Return the dotted names of our own modules and initializers that exported code must carry."""
    return list(listing({"main": graph}, scope, default).carried)
