"""Project <-> `name.loom`: strict reading, one order of things, saves that never lose the old file.

The format is UTF-8 JSON. Unknown keys and unknown layer ids are kept and written back. Nothing here
knows a window, and nothing here imports torch.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from engine import strictjson
from engine.catalog import registry
from engine.graph import NETWORK, Edge, Graph, Node, slug
from engine.networks import inputs_of, outputs_of
from engine.networks.anchors import anchored, shortened
from engine.project import FORMAT, Checkpoints, Phase, Project
from engine.strictjson import MAX_BYTES, JSONError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SUFFIX = ".loom"
TEMPLATES = Path(__file__).resolve().parent.parent / "resources" / "templates"


class FileError(ValueError):
    """A project that cannot be read or saved. The message is one sentence for the user."""


def load(path: Path | str) -> Project:
    """Return the project in a `.loom` file.

    Raises
    ------
    FileError
        It is missing, truncated, too new, or holds something of the wrong type; the sentence names
        the file and the line or the place inside it.
    """
    path = Path(path)
    try:
        data = _read(path)
    except FileNotFoundError:
        raise FileError(f"There is no file {str(path)!r}.") from None
    except OSError as error:
        raise FileError(f"{path.name} cannot be read: {_reason(error)}.") from None
    return anchored(loads(data, path.name), path.resolve().parent)


def loads(data: bytes | str, name: str = "The text") -> Project:
    """Return the project that `data` describes; FileError, naming `name`, as in `load`."""
    try:
        raw = strictjson.parse(data, name)
    except JSONError as error:
        raise FileError(str(error)) from None
    if not isinstance(raw, dict) or "format" not in raw:
        raise FileError(f"{name} is not a Layerloom project: it states no format number.")
    document = cast("dict[str, Any]", raw)
    _check_format(document["format"], name)
    _restore_ids(document, name)
    try:
        project = Project.model_validate(document, strict=True)
    except ValidationError as error:
        raise FileError(f"{name}: {_first_error(error)}") from None
    for place, sentence in _flaws(project):
        raise FileError(f"{name}: {place}: {sentence}")
    return project


def dumps(project: Project) -> str:
    """Return the text of a `.loom` file: the same project always gives the same text.

    Raises
    ------
    FileError
        A value is not one that JSON knows, such as NaN; the sentence names its place.
    """
    document = project.model_dump(warnings=False)
    for key, network in document["networks"].items():
        network["nodes"] = {name: _lean(node) for name, node in network["nodes"].items()}
        document["networks"][key] = _without(network, _EMPTY_GRAPH)
    training = document["training"] = _without(document["training"], _EMPTY_TRAINING)
    training["phases"] = [_without(phase, _EMPTY_PHASE) for phase in training["phases"]]
    layout = document["layout"] = _without(document.pop("layout"), _EMPTY_LAYOUT)
    for network, where in layout["positions"].items():
        layout["positions"][network] = {k: [_short(n) for n in xy] for k, xy in where.items()}
    for network, wires in layout.get("bends", {}).items():
        short = {k: [[_short(n) for n in xy] for xy in dots] for k, dots in wires.items()}
        layout["bends"][network] = short
    try:
        return strictjson.dump(document)
    except JSONError as error:
        raise FileError(str(error)) from None


def save(project: Project, path: Path | str) -> None:
    """Write the project so that `path` holds either the old file or the whole new one.

    Raises
    ------
    FileError
        Nothing was saved and the old file, if any, is untouched; the sentence says why.
    """
    path = Path(path).resolve()
    try:
        text = dumps(shortened(project, path.parent))
        data = text.encode("utf-8", "replace")
        loads(data, path.name)
    except FileError as error:
        raise FileError(f"{path.name} was not saved, for it could not be opened: {error}") from None
    try:
        write_atomic(path, data)
    except FileNotFoundError:
        folder = str(path.parent)
        raise FileError(f"{path.name} was not saved: there is no folder {folder!r}.") from None
    except OSError as error:
        kept = "; the file on disk is as it was" if path.exists() else ""
        raise FileError(f"{path.name} was not saved: {_reason(error)}{kept}.") from None


def write_atomic(path: Path, data: bytes) -> None:
    """Replace the file at `path` in one step; on any failure it and its folder stay as they were.

    Raises
    ------
    OSError
        The disk is full, the folder is missing or not writable, and so on.
    """
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync(path.parent)


def template(template_id: str) -> Project:
    """Return the ready project with this id; ValueError names an unknown one."""
    return load(TEMPLATES / f"{registry.template(template_id).id}{SUFFIX}")


def _read(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{path.name} is a folder or a device, not a project file.")
    if status.st_size > MAX_BYTES:
        size, most = status.st_size / 2**20, MAX_BYTES // 2**20
        raise FileError(f"{path.name} has {size:.0f} MiB; a project file has at most {most} MiB.")
    return path.read_bytes()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).rstrip(".")


def sync(path: Path) -> None:
    """Make a file, or what was renamed in a folder, durable.

    Windows cannot open folders, and some systems cannot sync them: then nothing is done.
    """
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _lean(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node as it is written: no id (that is its key), nothing that says nothing."""
    lean = {k: v for k, v in _without(node, _EMPTY_NODE).items() if k != "id"}
    if "params" in lean:
        lean["params"] = dict(sorted(lean["params"].items()))
    return lean


_EMPTY_NODE: Mapping[str, object] = {
    "params": {},
    "initializer": "",
    "initializer_params": {},
    "bypassed": False,
    "initial_bias": None,
    "lr_factor": 1.0,
    "l1": None,
    "l2": None,
    "max_norm": None,
    "frozen": False,
    "arguments": {},
}
_EMPTY_GRAPH: Mapping[str, object] = {"title": "", "settings": {}}
_EMPTY_LAYOUT: Mapping[str, object] = {"notes": {}, "bends": {}, "bookmarks": ()}
_EMPTY_TRAINING: Mapping[str, object] = {
    "initializer_params": {},
    "tolerance": None,
    "checkpoints": Checkpoints().model_dump(),
}
_EMPTY_PHASE: Mapping[str, object] = {
    name: Phase.model_fields[name].default
    for name in (
        "clip_each",
        "clip_adaptive",
        "penalize_biases",
        "max_norm",
        "decay_biases",
        "warmup_steps",
        "warmup_start",
        "warmup_shape",
        "average",
        "average_decay",
        "average_from",
    )
}


def _without(table: Mapping[str, Any], empty: Mapping[str, object]) -> dict[str, Any]:
    """Return a table without what says nothing."""
    return {k: v for k, v in table.items() if k not in empty or v != empty[k]}


def _short(number: float) -> float:
    """Return a whole number of pixels as one: 220, not 220.0."""
    return int(number) if abs(number) < 2**53 and number == int(number) else number


def _check_format(number: object, name: str) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise FileError(f"{name}: format must be a whole number from 1; received {number!r}.")
    if number > FORMAT:
        raise FileError(
            f"{name} has format {number}, which is newer than this Layerloom reads ({FORMAT}); "
            "update Layerloom to open it."
        )


def _restore_ids(document: dict[str, Any], name: str) -> None:
    """Give each node its key as `id`: the file states it once."""
    for place, nodes in _node_tables(document):
        for key, node in nodes.items():
            if isinstance(node, dict) and cast("Any", node).setdefault("id", key) != key:
                raise FileError(f"{name}: {place}.{key}.id: it must be {key!r}, like its key.")


def _node_tables(document: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    networks: Any = document.get("networks")
    if not isinstance(networks, dict):
        return
    for key, network in cast("dict[str, Any]", networks).items():
        nodes: Any = cast("Any", network).get("nodes") if isinstance(network, dict) else None
        if isinstance(nodes, dict):
            yield f"networks.{key}.nodes", cast("dict[str, Any]", nodes)


_WORDS = {
    "dict_type": "must be an object {{…}}",
    "model_type": "must be an object {{…}}",
    "tuple_type": "must be a list […]",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "missing": "is missing",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
}


def _first_error(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    words = _WORDS.get(first["type"], first["msg"].replace("{", "{{").replace("}", "}}"))
    text = f"{place} {words.format(**first.get('ctx', {}))}"
    if first["type"] == "missing":
        return f"{text}."
    received = repr(first["input"])
    return f"{text}; received {received if len(received) <= 60 else received[:57] + '…'}."


def _flaws(project: Project) -> Iterable[tuple[str, str]]:
    """Yield the place of each thing that no window could have made, and a sentence about it."""
    if project.main not in project.networks:
        yield "main", f"there is no network called {project.main!r}."
    if not project.training.phases:
        yield "training.phases", "there must be at least one phase."
    for number, phase in enumerate(project.training.phases):
        if phase.network not in project.networks:
            yield f"training.phases.{number}.network", f"there is no network {phase.network!r}."
    for key, graph in project.networks.items():
        yield from _name_flaws(f"networks.{key}.nodes", graph)
        yield from _edge_flaws(f"networks.{key}.edges", graph, project.networks)


def _name_flaws(place: str, graph: Graph) -> Iterable[tuple[str, str]]:
    bearers: dict[str, str] = {}
    for node_id, node in graph.nodes.items():
        other = bearers.setdefault(slug(node.name), node_id)
        if other != node_id:
            yield f"{place}.{node_id}.name", f"node {other} is already called {node.name!r}."


def _edge_flaws(
    place: str, graph: Graph, networks: Mapping[str, Graph]
) -> Iterable[tuple[str, str]]:
    taken: set[tuple[str, str]] = set()
    for number, edge in enumerate(graph.edges):
        sentence = _wire_flaw(graph, edge, taken, networks)
        if sentence:
            yield f"{place}.{number}", sentence


def _wire_flaw(
    graph: Graph, edge: Edge, taken: set[tuple[str, str]], networks: Mapping[str, Graph]
) -> str:
    for node_id in (edge.source, edge.target):
        if node_id not in graph.nodes:
            return f"there is no node {node_id!r}."
    many = True
    for node_id, port, output in (
        (edge.source, edge.source_port, True),
        (edge.target, edge.target_port, False),
    ):
        found = _takes_many(graph.nodes[node_id], port, networks, output=output)
        if found is None:
            return f"{graph.nodes[node_id].name!r} has no port {port!r}."
        many = found
    end = (edge.target, edge.target_port)
    if end in taken and not many:
        return f"{graph.nodes[edge.target].name!r} takes only one wire at {edge.target_port!r}."
    taken.add(end)
    return ""


def _takes_many(
    node: Node, port: str, networks: Mapping[str, Graph], *, output: bool
) -> bool | None:
    """Return whether a port takes many wires; None if there is none.

    A placeholder and a place whose network is missing have any port.
    """
    missing = node.spec == NETWORK and str(node.params.get("network")) not in networks
    if missing or registry.node(node.spec) is None:
        return node.spec != NETWORK
    ports = outputs_of(node, networks) if output else inputs_of(node, networks)
    return next((p.many for p in ports if p.name == port), None)
