"""Project <-> `name.loom`: strict reading, a layout people can diff, saves that never lose the old file.

The format is UTF-8 JSON. Unknown keys and unknown layer ids are kept and written back. Nothing here
knows a window, and nothing here imports torch.
"""

from __future__ import annotations

import json
import math
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, cast

from pydantic import ValidationError

from engine.catalog import registry
from engine.graph import Edge, Graph, slug
from engine.project import FORMAT, Project

SUFFIX = ".loom"
MAX_BYTES = 32 * 2**20
MAX_DEPTH = 100
_WIDTH = 100
_TEMPLATES = Path(__file__).resolve().parent.parent / "resources" / "templates"
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


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
    return loads(data, path.name)


def loads(data: bytes | str, name: str = "The text") -> Project:
    """Return the project that `data` describes; `name` stands in messages. FileError as in `load`."""
    raw = _parse(data, name)
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
    for network in document["networks"].values():
        network["nodes"] = {key: _lean(node) for key, node in network["nodes"].items()}
    for edge in (e for network in document["networks"].values() for e in network["edges"]):
        edge.update({key: edge.pop(key) for key in Edge.model_fields})
    document["layout"] = document.pop("layout")
    return _layout(document, "", 0) + "\n"


def save(project: Project, path: Path | str) -> None:
    """Write the project so that `path` holds either the old file or the whole new one, never less.

    Raises
    ------
    FileError
        Nothing was saved and the old file, if any, is untouched; the sentence says why.
    """
    path = Path(os.path.realpath(path))
    try:
        text = dumps(project)
        loads(text, path.name)
    except FileError as error:
        raise FileError(f"{path.name} was not saved, because it could not be opened: {error}") from None
    try:
        write_atomic(path, text.encode("utf-8", "replace"))
    except FileNotFoundError:
        raise FileError(f"{path.name} was not saved: there is no folder {str(path.parent)!r}.") from None
    except OSError as error:
        kept = " The file on disk is as it was." if path.exists() else ""
        raise FileError(f"{path.name} was not saved: {_reason(error)}.{kept}") from None


def write_atomic(path: Path, data: bytes) -> None:
    """Replace the file at `path` in one step; on any failure it and its folder stay as they were.

    Raises
    ------
    OSError
        The disk is full, the folder is missing or not writable, and so on.
    """
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def template(template_id: str) -> Project:
    """Return the ready project with this id; ValueError names an unknown one."""
    entry = registry.template(template_id)
    return load(_TEMPLATES / f"{entry.id}{SUFFIX}")


def _read(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{path.name} is a folder or a device, not a project file.")
    if status.st_size > MAX_BYTES:
        raise FileError(
            f"{path.name} is {status.st_size / 2**20:.0f} MiB; a project file has at most "
            f"{MAX_BYTES // 2**20} MiB."
        )
    return path.read_bytes()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).rstrip(".")


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; folders cannot be opened on Windows, nor synced everywhere."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# Reading ------------------------------------------------------------------------------------------


class _BadJSON(ValueError):
    """JSON that Python would take and a project file may not hold."""


def _parse(data: bytes | str, name: str) -> object:
    """Return the parsed value, every list as a tuple."""
    text = _decode(data, name)
    _check_depth(text, name)
    try:
        return _tuples(
            json.loads(
                text,
                object_pairs_hook=_unique,
                parse_constant=_no_constant,
                parse_float=_finite,
                parse_int=_whole,
            )
        )
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()):
            raise FileError(
                f"{name} breaks off in line {error.lineno}: it is truncated or empty."
            ) from None
        raise FileError(f"{name} is damaged in line {error.lineno}: {error.msg}.") from None
    except _BadJSON as error:
        raise FileError(f"{name} cannot be read: {error}") from None


def _decode(data: bytes | str, name: str) -> str:
    if isinstance(data, str):
        return data
    if len(data) > MAX_BYTES:
        raise FileError(f"{name} is larger than {MAX_BYTES // 2**20} MiB.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileError(f"{name} is damaged in line {line}: it is not UTF-8 text.") from None


def _check_depth(text: str, name: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case string if _ESCAPED_SURROGATE in string.lower():
                _no_lone_surrogates(string, name)
            case _:
                continue
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, token.start()) + 1
            raise FileError(f"{name} is nested more than {MAX_DEPTH} deep in line {line}.")


_ESCAPED_SURROGATE = "\\ud"


def _no_lone_surrogates(string: str, name: str) -> None:
    with suppress(json.JSONDecodeError):
        if _SURROGATE.search(json.loads(string)):
            raise FileError(f"{name} holds half a character: {string[:40]}.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(k for k, _ in pairs if k in seen or seen.add(k))
        raise _BadJSON(f"the key {twice!r} stands twice in one object.")
    return found


def _no_constant(word: str) -> NoReturn:
    raise _BadJSON(f"{word} is not a number that a project can hold.")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _BadJSON(f"the number {digits[:40]} is too large.")
    return value


def _whole(digits: str) -> int:
    if len(digits) > 40:
        raise _BadJSON(f"the number {digits[:40]}… is too large.")
    return int(digits)


def _tuples(value: Any) -> Any:
    """Return `value` with lists as tuples, so that a loaded project equals the one that was saved."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in cast("dict[str, Any]", value).items()}
    return value


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
            if isinstance(node, dict) and node.setdefault("id", key) != key:
                raise FileError(f"{name}: {place}.{key}: its id must be {key!r} like its key.")


def _node_tables(document: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    networks: Any = document.get("networks")
    if not isinstance(networks, dict):
        return
    for key, network in cast("dict[str, Any]", networks).items():
        nodes: Any = cast("dict[str, Any]", network).get("nodes") if isinstance(network, dict) else None
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
    text = f"{place}: {words.format(**first.get('ctx', {}))}"
    if first["type"] == "missing":
        return f"{text}."
    received = repr(first["input"])
    return f"{text}; received {received if len(received) <= 60 else received[:57] + '…'}."


# Integrity ----------------------------------------------------------------------------------------


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
        yield from _edge_flaws(f"networks.{key}.edges", graph)


def _name_flaws(place: str, graph: Graph) -> Iterable[tuple[str, str]]:
    bearers: dict[str, str] = {}
    for node_id, node in graph.nodes.items():
        other = bearers.setdefault(slug(node.name), node_id)
        if other != node_id:
            yield f"{place}.{node_id}.name", f"{node.name!r} is also the name of node {other}."


def _edge_flaws(place: str, graph: Graph) -> Iterable[tuple[str, str]]:
    taken: set[tuple[str, str]] = set()
    for number, edge in enumerate(graph.edges):
        here = f"{place}.{number}"
        for node_id in (edge.source, edge.target):
            if node_id not in graph.nodes:
                yield here, f"the wire names a node {node_id!r} that is not there."
                return
        many = _port(graph, edge.target, edge.target_port, output=False)
        for found, node_id, port in (
            (_port(graph, edge.source, edge.source_port, output=True), edge.source, edge.source_port),
            (many, edge.target, edge.target_port),
        ):
            if found is None:
                yield here, f"{graph.nodes[node_id].name!r} has no port {port!r}."
        end = (edge.target, edge.target_port)
        if end in taken and not many:
            yield here, f"{graph.nodes[edge.target].name!r} takes one wire at {edge.target_port!r}."
        taken.add(end)


def _port(graph: Graph, node_id: str, port: str, *, output: bool) -> bool | None:
    """Return whether the port takes many wires; None if there is none. A placeholder has every port."""
    entry = registry.node(graph.nodes[node_id].spec)
    if entry is None:
        return True
    ports = entry.outputs if output else entry.inputs
    return next((p.many for p in ports if p.name == port), None)


# Writing ------------------------------------------------------------------------------------------


def _lean(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node as it is written: no id (that is its key), nothing that says nothing."""
    empty: Mapping[str, object] = {"params": {}, "initializer": "", "frozen": False}
    lean = {k: v for k, v in node.items() if k != "id" and not (k in empty and v == empty[k])}
    if "params" in lean:
        lean["params"] = dict(sorted(lean["params"].items()))
    return lean


def _layout(value: Any, place: str, indent: int) -> str:
    """Return JSON with one thing a line; what holds only plain values stays on one line."""
    write = _CONTAINERS.get(type(value))
    if write is None:
        return _scalar(value, place)
    flat = all(type(item) not in _CONTAINERS for item in _items(value))
    parts = write(value, place, indent + 2)
    ends = "{}" if isinstance(value, dict) else "[]"
    line = ends[0] + ", ".join(parts) + ends[1]
    if not parts or (flat and len(line) + indent <= _WIDTH):
        return line
    pad = " " * (indent + 2)
    body = ",\n".join(pad + part for part in parts)
    return f"{ends[0]}\n{body}\n{' ' * indent}{ends[1]}"


def _items(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _object(value: dict[Any, Any], place: str, indent: int) -> list[str]:
    parts: list[str] = []
    for key, item in value.items():
        here = f"{place}.{key}".lstrip(".")
        if not isinstance(key, str):
            raise FileError(f"{here}: a key must be text; received {key!r}.")
        parts.append(f"{json.dumps(key, ensure_ascii=False)}: {_layout(item, here, indent)}")
    return parts


def _array(value: list[Any] | tuple[Any, ...], place: str, indent: int) -> list[str]:
    return [_layout(item, f"{place}.{i}", indent) for i, item in enumerate(value)]


_CONTAINERS: dict[type, Callable[[Any, str, int], list[str]]] = {
    dict: _object,
    list: _array,
    tuple: _array,
}


def _scalar(value: Any, place: str) -> str:
    if value is None or isinstance(value, bool | int | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and math.isfinite(value):
        return json.dumps(value)
    raise FileError(f"{place}: {value!r} cannot be written to a file.")
