"""The layer whose source the user writes: a text, its ports and its numbers, all of them data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from engine.catalog.spec import LayerSpec, Own, Param, Port
from engine.custom import declared, source, trust
from engine.custom.declared import DeclaredError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.catalog.spec import TensorSpec
    from engine.custom.declared import Flow, Number

    Values = Mapping[str, Any]


def _texts(values: Values, name: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    """Return a setting that is a list of texts, as it is written, good or bad."""
    found = values.get(name, usual)
    if not isinstance(found, list | tuple):
        return usual
    return tuple(item for item in cast("Sequence[object]", found) if isinstance(item, str))


def _side(texts: tuple[str, ...]) -> tuple[Port, ...]:
    return tuple(
        Port(
            name=p.name,
            axes=" ".join(p.axes) or "N ...",
            dtype=p.dtype,
            doc=f"The value “{p.name}”.",
        )
        for p in declared.readable(texts)
    )


def ports(values: Values) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Return the inputs and outputs that the settings declare, as far as they can be read."""
    return (
        _side(_texts(values, "inputs", source.INPUTS)),
        _side(_texts(values, "outputs", source.OUTPUTS)),
    )


def own(values: Values) -> Own:
    """Return the text of the layer, and which class of it the layer is."""
    code = values.get("code", source.TEMPLATE)
    code = code if isinstance(code, str) else ""
    name = str(values.get("class_name", "") or "")
    return Own(code, source.outline(code).chosen(name), values.get("random") is True)


def flows(incoming: Sequence[TensorSpec]) -> tuple[Flow, ...]:
    """Return what comes in as plain values."""
    return tuple((spec.shape, spec.dtype) for spec in incoming)


def arguments(values: Values, *incoming: TensorSpec) -> tuple[tuple[str, Number], ...]:
    """Return the constructor's numbers, with sizes read off what comes in."""
    given = declared.settings(tuple(values["settings"]))
    return declared.arguments(
        given, declared.places(tuple(values["inputs"]), "input"), flows(incoming)
    )


def _check(values: Values, *incoming: TensorSpec) -> str | None:
    try:
        found = declared.places(tuple(values["inputs"]), "input")
        declared.places(tuple(values["outputs"]), "output")
        declared.settings(tuple(values["settings"]))
        problem, _ = source.problem_of(values["code"], values["class_name"])
        if problem:
            return problem
        declared.bound(found, flows(incoming))
        arguments(values, *incoming)
    except DeclaredError as error:
        return str(error)
    return None


def _forward(values: Values) -> tuple[str, ...]:
    results = ", ".join(f"{{{port.name}}}" for port in ports(values)[1])
    return (f"{results} = {{self}}({{inputs}})",)


def _face(values: Values) -> tuple[str, ...]:
    found = own(values)
    return (found.name, "" if trust.trusted(found.code) else "not trusted yet")


CUSTOM = LayerSpec(
    id="custom",
    title="Custom layer",
    group="Core",
    covers=("LAY-09",),
    target="engine.custom.loading.make",
    summary="A layer of your own: an nn.Module that you write, with the ports that you name.",
    formula="y₁, y₂, … = forward(x₁, x₂, …)",
    keywords=("code", "python", "own", "module", "script", "source", "write", "class"),
    notes=(
        "For what no other layer does. Write a class that is an nn.Module; name its inputs and "
        "outputs with their axes (`image: N C H W`), in the order in which forward takes and "
        "returns them; give the constructor numbers, or the size of an axis (`features = C`), so "
        "that the layer fits whatever is wired to it. The text is Python and can do whatever you "
        "can do on this computer. It therefore runs only once you have looked at it and trusted "
        "exactly this text on this machine, and only in a process of its own; change one character "
        "and it is to be trusted again. A project from somebody else can be opened, looked at, "
        "changed and saved without that. ≠ Other layers take PyTorch's first weights or the chosen "
        "initializer; this one draws its own in its constructor."
    ),
    pitfalls=(
        "State that forward keeps between batches (a list, a counter) makes a run depend on the "
        "order of its batches: keep it in a buffer, or not at all. A size written into the text "
        "instead of a number such as `features = C` fails as soon as the layer in front changes; "
        "the sentence at the node names the line. Taking numbers out of tensors (`.item()`, NumPy) "
        "cuts the gradient: the layers in front no longer learn, their gradients stay at zero. "
        "Modules kept in a plain list are not found and never trained: use nn.ModuleList."
    ),
    ports=ports,
    own=own,
    write=_forward,
    check=_check,
    face=_face,
    derived={"arguments": arguments},
    params=(
        Param(
            name="code",
            default=source.TEMPLATE,
            kind="code",
            title="Text",
            doc="The Python text that defines the class. It runs only once you trust it.",
        ),
        Param(
            name="class_name",
            default="",
            title="Class",
            doc="Which class of the text is the layer; nothing means its last module.",
        ),
        Param(
            name="inputs",
            default=source.INPUTS,
            kind="names",
            argument=False,
            doc="Names and axes of the inputs, in the order in which forward takes them.",
        ),
        Param(
            name="outputs",
            default=source.OUTPUTS,
            kind="names",
            argument=False,
            doc="Names and axes of the outputs, in the order in which forward returns them.",
        ),
        Param(
            name="settings",
            default=source.SETTINGS,
            kind="names",
            title="Numbers",
            argument=False,
            doc="The constructor's arguments: a number each, or the name of an input's axis.",
        ),
        Param(
            name="random",
            default=False,
            title="Random",
            argument=False,
            advanced=True,
            doc="Whether it draws random numbers also when the network is evaluated.",
        ),
    ),
)
