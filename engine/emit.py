"""Names and lines of generated Python: what compiled and exported networks are made of.

Names are our own slugs and values are literals, so that no text of a file becomes code.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
import re
from typing import TYPE_CHECKING, cast

from engine.catalog.spec import load_target
from engine.graph import Graph, slug

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from engine.catalog.spec import LayerSpec, Value

_HOLE = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")
_RESERVED = (
    {"torch", "nn", "functional", "self", "network", "args", "total", "f", "np"}
    | set(keyword.kwlist)
    | set(dir(builtins))
)
_MODULE_WORDS = frozenset(
    [
        "add_module",
        "alone",
        "apply",
        "bfloat16",
        "bounds",
        "buffers",
        "call_super_init",
        "carrying",
        "children",
        "compile",
        "cpu",
        "cuda",
        "displays",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "fields",
        "float",
        "forward",
        "frozen",
        "half",
        "initialize",
        "input_fields",
        "ipu",
        "load_state_dict",
        "losses",
        "module_at",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "node_parameters",
        "parameters",
        "predict_forward",
        "random",
        "register_buffer",
        "register_module",
        "requires_grad_",
        "share_memory",
        "shown_forward",
        "sloped",
        "source",
        "state_dict",
        "step_at",
        "tapped_forward",
        "taps",
        "to",
        "to_empty",
        "train",
        "train_forward",
        "training",
        "type",
        "watched_forward",
        "watched_steps",
        "weight_paths",
        "xpu",
        "zero_grad",
    ]
)


def identifier(name: str, taken: set[str]) -> str:
    """Return a free Python name for `name` and add it to `taken`."""
    base = slug(name)
    if base in _RESERVED or base in _MODULE_WORDS or base.startswith(("get_", "set_", "register_")):
        base += "_"
    free, number = base, 2
    while free in taken:
        free = f"{base}_{number}"
        number += 1
    taken.add(free)
    return free


def node_names(graph: Graph) -> dict[str, str]:
    """Return the Python name of each node: its slug, made free of clashes."""
    taken: set[str] = set()
    return {node_id: identifier(node.name, taken) for node_id, node in graph.nodes.items()}


def variable(name: str, spec: LayerSpec, port: str) -> str:
    """Return the variable that holds what `port` of a node puts out."""
    return name if len(spec.outputs) == 1 else f"{name}_{slug(port)}"


def literal(value: Value) -> str:
    """Return a setting as Python source."""
    return repr(value)


def fill(line: str, holes: Mapping[str, str]) -> str:
    """Return a forward line of an entry with its holes filled in."""
    return _HOLE.sub(lambda match: holes[match[1]], line)


def lines(
    spec: LayerSpec,
    values: Mapping[str, Value],
    *,
    module: str,
    inputs: Mapping[str, Sequence[str]],
    outputs: Mapping[str, str],
    like: str = "",
) -> list[str]:
    """Return the statements that run one node.

    `inputs` holds, for each input port, the variables wired to it; an unwired port is None.
    `like` is a variable that holds some tensor of the batch. A line that makes an output which
    `outputs` does not name is left out.
    """
    every = [name for port in inputs.values() for name in port]
    holes = {"self": module, "inputs": ", ".join(every), "like": like}
    holes |= {"inputs.sum": " + ".join(every), "inputs.product": " * ".join(every)}
    holes |= {port: ", ".join(names) or "None" for port, names in inputs.items()}
    holes |= outputs
    holes |= {f"p.{name}": literal(value) for name, value in values.items()}
    written = spec.write(values) if spec.write else spec.forward
    idle = [f"{{{p.name}}}" for p in spec.outputs if p.name not in outputs]
    return [fill(line, holes) for line in written if not any(hole in line for hole in idle)]


def variables(name: str, spec: LayerSpec, read: Container[str]) -> dict[str, str]:
    """Return the variable of each output of a node; a lazy one that nothing reads has none."""
    ports = [p.name for p in spec.outputs if not p.lazy or p.name in read]
    return {port: variable(name, spec, port) for port in ports}


def asks_like(spec: LayerSpec) -> bool:
    """Return whether a layer must be told how many samples there are."""
    return any("{like}" in line for line in spec.forward)


def attribute(home: Sequence[str]) -> str:
    """Return the expression that reaches a submodule: `blocks[0].conv1`."""
    text = ""
    for part in home:
        text += f"[{part}]" if part.isdecimal() else f".{part}"
    return text.removeprefix(".")


def constructor(target: str, arguments: Mapping[str, object]) -> str:
    """Return the expression that builds a module; `torch.nn.X` is written `nn.X`.

    Arguments that are the target's own defaults are left out.
    """
    name = target.replace("torch.nn.", "nn.", 1) if target.startswith("torch.nn.") else target
    if target.startswith("engine."):
        name = target.rpartition(".")[2]
    return f"{name}({', '.join(f'{k}={v!r}' for k, v in stated(target, arguments).items())})"


def stated(target: str, arguments: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments that are not the target's own defaults."""
    known = inspect.signature(load_target(target)).parameters
    return {k: v for k, v in arguments.items() if k not in known or not _same(v, known[k].default)}


def _same(value: object, default: object) -> bool:
    """Return whether a value says what a default says: `(1, 1)` for every axis is `1`."""
    if isinstance(default, int) and isinstance(value, tuple):
        return value == (default,) * len(cast("tuple[object, ...]", value))
    return type(value) is type(default) and value == default
