"""The help page of an entry as data: words, settings, ports. All is said in the entry itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import FindingSpec, LayerSpec, SourceSpec

if TYPE_CHECKING:
    from engine.catalog.spec import Param, Port, Spec

KINDS = {
    "layer": "Layers",
    "loss": "Losses",
    "optimizer": "Optimizers",
    "schedule": "Learning-rate schedules",
    "initializer": "Initializers",
    "technique": "Techniques",
    "finding": "Findings",
    "metric": "Metrics",
    "report": "Reports",
    "plot": "Plots",
    "check": "Checks before a run",
    "source": "Data sources",
    "block": "Blocks",
    "recipe": "Recipes",
    "template": "Templates",
}
"""What the entries of each kind are called, in the order they are listed."""
_MOST = 12
"""Choices and names that are listed before the rest is counted."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table of settings."""

    name: str
    label: str
    default: str
    allowed: str
    doc: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """One row of the table of ports: where a wire ends, or a field of data."""

    way: str
    name: str
    axes: str
    doc: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that is said of an entry."""

    key: str
    """`kind/id`, as the registry has it."""
    spec: Spec
    kind: str
    settings: tuple[Setting, ...]
    terminals: tuple[Terminal, ...]

    @property
    def place(self) -> tuple[str, ...]:
        """Return where it stands: its kind, and its group where that says more."""
        group = self.spec.group
        return (self.kind,) if group.lower() in self.kind.lower() else (self.kind, group)

    @property
    def text(self) -> str:
        """Return everything that a search reads, in small letters."""
        spec = self.spec
        words = [spec.title, spec.id, spec.group, self.kind, spec.summary, spec.formula, spec.notes]
        words += [
            getattr(spec, "cause", ""),
            spec.pitfalls,
            *spec.keywords,
            *spec.covers,
            spec.target,
        ]
        words += [word for s in self.settings for word in (s.name, s.label, s.doc)]
        return " ".join(words).lower()


def texts(spec: Spec) -> list[tuple[str, str]]:
    """Return what is said at length of an entry, under headings; the first says when to use it."""
    told = [("When to use it", spec.notes), ("What goes wrong", spec.pitfalls)]
    if isinstance(spec, FindingSpec):
        told = [("What to do", spec.notes), ("Why it happens", spec.cause)]
        told.append(("When it deceives", spec.pitfalls))
    return [(title, words) for title, words in told if words]


def page(key: str) -> Page:
    """Return the page of an entry by `kind/id`; KeyError if there is none."""
    spec = registry.entries()[key]
    settings = tuple(
        Setting(p.name, p.label, shown(p.default), allowed(p), p.doc) for p in spec.params
    )
    return Page(key, spec, KINDS.get(spec.kind, spec.kind), settings, _terminals(spec))


def key_of(spec: Spec) -> str:
    """Return the key of an entry: `kind/id`."""
    return f"{spec.kind}/{spec.id}"


def keys() -> list[str]:
    """Return the keys of all entries, kind by kind and group by group."""
    kinds = {kind: i for i, kind in enumerate(KINDS)}
    groups = {group: i for i, group in enumerate(registry.GROUPS)}
    found = registry.entries()
    seen: dict[str, int] = {}
    for spec in found.values():
        seen.setdefault(spec.group, len(seen))

    def place(key: str) -> tuple[int, int, int]:
        spec = found[key]
        return (
            kinds.get(spec.kind, len(kinds)),
            groups.get(spec.group, len(groups)),
            seen[spec.group],
        )

    return sorted(found, key=place)


def shown(value: object) -> str:
    """Return a default as a person reads it."""
    if value is None or value in ("", ()):
        return "empty"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        between = " × " if all(isinstance(v, int) for v in value) else ", "  # pyright: ignore[reportUnknownVariableType]
        return between.join(shown(v) for v in value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    lines = text.count("\n")
    return f"{lines} lines" if lines > 1 else text


_KINDS = {
    "code": "Python text",
    "bool": "on, off",
    "text": "text",
    "field": "a field of the data",
    "path": "a file",
    "names": "names",
    "network": "a network of the project",
}
_NUMBERS = {
    "int": "whole number",
    "float": "number",
    "ints": "whole numbers",
    "floats": "numbers",
}


def allowed(param: Param) -> str:
    """Return which values a setting takes, in words: `whole number, 1 to 65,536`."""
    words = _KINDS.get(param.type, "text") if param.type != "choice" else ""
    if param.type in _NUMBERS:
        count = f"{param.length} " if param.length and param.length > 1 else ""
        words = f"{count}{_NUMBERS[param.type]}" + _range(param)
    if param.choices:
        listed = [f"“{c}”" for c in param.choices[:_MOST]]
        if len(param.choices) > _MOST:
            listed.append(f"{len(param.choices) - _MOST} more")
        words = f"{words} or {', '.join(listed)}" if words else ", ".join(listed)
    if param.optional and param.default is not None:
        words += ", or empty"
    return words


def _range(param: Param) -> str:
    low = param.ge if param.ge is not None else param.gt
    high = param.le if param.le is not None else param.lt
    above = "above " if param.ge is None else ""
    below = "below " if param.le is None else ""
    if low is not None and high is not None:
        return f", {above}{low:,g} to {below}{high:,g}"
    if low is not None:
        return f", {above}{low:,g}" + ("" if above else " or more")
    if high is not None:
        return f", {below}{high:,g}" + ("" if below else " or less")
    return ""


def _terminals(spec: Spec) -> tuple[Terminal, ...]:
    if isinstance(spec, SourceSpec):
        return tuple(
            Terminal(
                field.role,
                field.name,
                " × ".join(("N", *map(str, field.shape))) + f", {field.dtype}",
                f"{len(field.classes)} classes" if field.classes else "",
            )
            for field in spec.fields
        )
    if not isinstance(spec, LayerSpec):
        return ()
    rows = [("in", port) for port in spec.inputs] + [("out", port) for port in spec.outputs]
    return tuple(
        Terminal(way, port.title or port.name, _axes(port), port.doc) for way, port in rows
    )


def _axes(port: Port) -> str:
    kind = {"int": "whole numbers", "any": "any type", "float": ""}[port.dtype]
    marks = [
        port.axes.replace(" ", " × ").replace("...", "…"),
        kind,
        "any number of wires" if port.many else "",
        "optional" if port.optional else "",
        "no gradient passes" if port.still else "",
    ]
    return ", ".join(mark for mark in marks if mark)
