"""Weights and optimizer state kept by where they live, so that they survive edits of a network.

A weight path is `main:n3/n5#2/n1/weight`. Nothing here knows networks; torch is imported when used.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from engine import files, strictjson
from engine.files import FileError
from engine.weights.overlap import Shape, blocks_of, overlap
from engine.weights.report import Report

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    import torch

    Named = Mapping[str, "torch.Tensor"]
    """Weight path -> parameter or buffer."""

FORMAT = 1
_TENSORS, _INDEX = "weights.safetensors", "weights.json"
_OLDER = 2**30
"""Bytes that weights of former shapes may take; the oldest go first."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """One thing kept for a weight: itself (no name), or one of an optimizer's numbers for it."""

    path: str
    owner: str = ""
    name: str = ""


class WeightStore:
    """Tensors by weight path and shape; what was taken last at a path is its latest.

    Former shapes stay, so that taking back an edit brings back exactly what was there.
    """

    def __init__(self) -> None:
        self._held: dict[_Slot, dict[Shape, torch.Tensor]] = {}
        """The shape is the weight's, also for an optimizer's numbers; the latest comes last."""
        self._below: dict[_Slot, list[dict[Shape, torch.Tensor]]] = {}
        """What lay where something else went to."""
        self._copied: Counter[_Slot] = Counter()
        """How often a copy came to a place and has not ended; one of nothing never came."""

    def __getstate__(self) -> list[tuple[str, str, str, Shape, Any]]:
        """Return everything as arrays: between processes a tensor would be a shared file."""
        return [
            (slot.path, slot.owner, slot.name, shape, tensor.numpy())
            for slot, shape, tensor in self._entries()
        ]

    def __setstate__(self, state: list[tuple[str, str, str, Shape, Any]]) -> None:
        """Take what `__getstate__` gave."""
        import torch

        self._held, self._below, self._copied = {}, {}, Counter()
        for path, owner, name, shape, array in state:
            self._put(_Slot(path, owner, name), shape, torch.from_numpy(array))

    def __len__(self) -> int:
        """Return how many weights have something kept."""
        return sum(not slot.name for slot in self._held)

    def __contains__(self, path: object) -> bool:
        """Return whether something is kept for a weight."""
        return isinstance(path, str) and _Slot(path) in self._held

    def paths(self) -> tuple[str, ...]:
        """Return the paths of the weights something is kept for."""
        return tuple(slot.path for slot in self._held if not slot.name)

    def latest(self, path: str) -> torch.Tensor | None:
        """Return what was taken last at a path."""
        held = self._held.get(_Slot(path))
        return held[next(reversed(held))] if held else None

    # -- weights

    def take(self, named: Named) -> None:
        """Keep copies of weights as they are now."""
        for path, tensor in named.items():
            self._put(_Slot(path), tuple(tensor.shape), tensor)
        self._trim()

    def give(self, named: Named) -> Report:
        """Copy what is kept into the weights of a network, in place.

        A weight of a shape that was met at its path gets exactly that; else whatever it has in
        common with the latest there, and the rest stays as it was initialised.
        """
        import torch

        found: dict[str, list[str]] = {"kept": [], "partly": [], "fresh": []}
        with torch.no_grad():
            for path, tensor in named.items():
                found[self._give(path, tensor, named)].append(path)
        return Report(*(tuple(paths) for paths in found.values()))

    def _give(self, path: str, tensor: torch.Tensor, named: Named) -> str:
        held = self._held.get(_Slot(path), {})
        exact = held.get(tuple(tensor.shape))
        if exact is not None:
            tensor.copy_(exact)
            return "kept"
        latest = held[next(reversed(held))] if held else None
        if latest is None or not overlap(tensor, latest, blocks_of(path, named)):
            return "fresh"
        return "partly"

    # -- optimizer state

    def take_state(self, optimizer: torch.optim.Optimizer, named: Named, owner: str = "") -> None:
        """Keep an optimizer's numbers for its parameters.

        Parameters
        ----------
        named
            Weight path -> parameter. Those the optimizer does not know are passed over.
        owner
            Who the optimizer belongs to: a phase's name, if there are several.
        """
        import torch

        owner = _owner(optimizer, owner)
        for path, parameter in named.items():
            state = cast("dict[str, object]", optimizer.state.get(parameter, {}))
            if all(isinstance(value, torch.Tensor | int | float) for value in state.values()):
                for name, value in state.items():
                    tensor = torch.as_tensor(cast("torch.Tensor | float", value))
                    self._put(_Slot(path, owner, name), tuple(parameter.shape), tensor)
        self._trim()

    def give_state(self, optimizer: torch.optim.Optimizer, named: Named, owner: str = "") -> None:
        """Give an optimizer of the same kind its numbers back, for weights it has kept.

        Where a weight grew, momentum starts at zero, and what is positive throughout (a mean of
        squares, a step size) at its mean. If some parameters have numbers and others none, the
        latter get zeros, as fused kernels want all or none.
        """
        owner = _owner(optimizer, owner)
        slots = {s for s in self._held if s.owner == owner}
        known = defaultdict[str, list[str]](list)
        for slot in self._held:
            if slot in slots:
                known[slot.path].append(slot.name)
        group = optimizer.param_groups[0]
        beside = bool(group.get("fused") or group.get("capturable"))
        mine = {id(p) for g in optimizer.param_groups for p in g["params"]}
        named = {path: p for path, p in named.items() if id(p) in mine}
        for path, parameter in named.items():
            for name in known.get(path, ()):
                value = self._state(_Slot(path, owner, name), parameter, named)
                if value is not None:
                    device = parameter.device if value.ndim or beside else "cpu"
                    optimizer.state[parameter][name] = value.to(device)
        if known:
            _complete(optimizer, named)

    def _state(self, slot: _Slot, parameter: torch.Tensor, named: Named) -> torch.Tensor | None:
        """Return an optimizer's number for a parameter as it is now; None if that has no sense."""
        held = self._held[slot]
        shape = tuple(parameter.shape)
        if shape in held:
            return held[shape].clone()
        before = next(reversed(held))
        latest = held[before]
        if latest.ndim == 0:
            return latest.clone()
        if tuple(latest.shape) != before:
            return None
        start = float(latest.float().mean()) if bool((latest > 0).all()) else 0.0
        made = latest.new_full(shape, start)
        return made if overlap(made, latest, blocks_of(slot.path, named)) else None

    # -- edits

    def follow(self, moves: Mapping[str, str], copies: Mapping[str, str] | None = None) -> None:
        """Let weights live elsewhere, as an edit says, or as taking it back says.

        What lies where something goes to is kept below it, and comes back when that leaves.

        Parameters
        ----------
        moves
            Path before -> path after, without the parameter's name: `main:n3` -> `main:n9/n3`. All
            happen at once; what they hold goes too. Turned round, they take the edit back.
        copies
            Path after -> path before, for weights that also stay where they were; read before the
            moves. To take the edit back, nothing stands for the path before: the copy ends.
        """
        copies = copies or {}
        ended = {new for new, old in copies.items() if not old}
        for slot in [s for s in self._held if self._copied[s] and _prefix(s.path, ended)]:
            self._copied[slot] -= 1
            self._leave(slot)
        added = [
            (_Slot(new + slot.path[len(old) :], slot.owner, slot.name), dict(held))
            for new, old in copies.items()
            for slot, held in self._held.items()
            if old and _prefix(slot.path, {old})
        ]
        self.move(moves)
        for slot, held in added:
            self._copied[slot] += 1
            self._arrive(slot, held)

    def move(self, moves: Mapping[str, str]) -> None:
        """Let weights live elsewhere: path prefix before -> after, all at once."""
        goes = [(s, prefix) for s in self._held if (prefix := _prefix(s.path, moves))]
        arrivals = [
            (_Slot(moves[p] + s.path[len(p) :], s.owner, s.name), self._held[s]) for s, p in goes
        ]
        for slot, _ in goes:
            self._leave(slot)
        for slot, held in arrivals:
            self._arrive(slot, held)

    def _leave(self, slot: _Slot) -> None:
        del self._held[slot]
        below = self._below.get(slot)
        if below:
            self._held[slot] = below.pop()

    def _arrive(self, slot: _Slot, held: dict[Shape, torch.Tensor]) -> None:
        if slot in self._held:
            self._below.setdefault(slot, []).append(self._held.pop(slot))
        self._held[slot] = held

    # -- files

    def save(self, folder: Path) -> None:
        """Write everything into `weights.safetensors` and `weights.json` of a folder.

        Raises
        ------
        OSError
            The folder cannot be written to; what was there stays.
        """
        from safetensors.torch import save

        tensors: dict[str, torch.Tensor] = {}
        rows: list[dict[str, Any]] = []
        for slot, shape, tensor in self._entries():
            name = f"{slot.path}@{len(rows)}"
            tensors[name] = tensor.contiguous()
            rows.append(
                {
                    "tensor": name,
                    "path": slot.path,
                    "shape": list(shape),
                    "owner": slot.owner,
                    "slot": slot.name,
                }
            )
        folder.mkdir(parents=True, exist_ok=True)
        files.write_atomic(folder / _TENSORS, save(tensors))
        index = json.dumps({"format": FORMAT, "weights": rows}, indent=1, ensure_ascii=False)
        files.write_atomic(folder / _INDEX, index.encode())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return what was saved in a folder.

        Raises
        ------
        FileError
            There is nothing, or it is damaged: one sentence.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load

        store = cls()
        try:
            index = strictjson.parse((folder / _INDEX).read_bytes(), _INDEX)
            tensors = load((folder / _TENSORS).read_bytes())
            rows = cast("list[dict[str, Any]]", index["weights"])
            for row in rows:
                slot = _Slot(str(row["path"]), str(row["owner"]), str(row["slot"]))
                shape = tuple(int(n) for n in row["shape"])
                store._put(slot, shape, tensors[row["tensor"]])
        except OSError as error:
            raise FileError(f"The weights in {folder} cannot be read: {error.strerror}.") from None
        except (SafetensorError, strictjson.JSONError, KeyError, TypeError, ValueError):
            raise FileError(f"The weights in {folder} are damaged.") from None
        return store

    # -- holding

    def _put(self, slot: _Slot, shape: Shape, tensor: torch.Tensor) -> None:
        held = self._held.setdefault(slot, {})
        held.pop(shape, None)
        held[shape] = tensor.detach().to("cpu", copy=True)

    def _entries(self) -> Iterator[tuple[_Slot, Shape, torch.Tensor]]:
        for slot, held in self._held.items():
            for shape, tensor in held.items():
                yield slot, shape, tensor

    def _trim(self) -> None:
        """Let go of what is out of use and takes too much memory, the oldest of each path first."""
        size = sum(t.nbytes for _, _, t in self._older())
        size += sum(
            t.nbytes for below in self._below.values() for held in below for t in held.values()
        )
        for below in self._below.values():
            while size > _OLDER and below:
                size -= sum(tensor.nbytes for tensor in below.pop(0).values())
        for slot, shape, tensor in self._older():
            if size <= _OLDER:
                return
            del self._held[slot][shape]
            size -= tensor.nbytes

    def _older(self) -> list[tuple[_Slot, Shape, torch.Tensor]]:
        return [
            (slot, shape, tensor)
            for slot, held in self._held.items()
            for shape, tensor in list(held.items())[:-1]
        ]


def _prefix(path: str, among: Collection[str]) -> str:
    """Return the longest of these paths that lead to a path or to a node above it; or nothing."""
    for end in range(len(path), 0, -1):
        ends = end == len(path) or path[end] in "/#" or path[end - 1] == ":"
        if ends and path[:end] in among:
            return path[:end]
    return ""


def _owner(optimizer: object, owner: str) -> str:
    return f"{owner}/{type(optimizer).__name__}"


def _complete(optimizer: torch.optim.Optimizer, named: Named) -> None:
    """Give parameters without numbers zeros of the kind the others have.

    An optimizer made of several has numbers of another kind for each.
    """
    for part in cast("list[torch.optim.Optimizer]", getattr(optimizer, "parts", [optimizer])):
        held = {id(p) for group in part.param_groups for p in group["params"]}
        _fill(optimizer, [p for p in named.values() if id(p) in held])


def _fill(optimizer: torch.optim.Optimizer, parameters: Collection[torch.Tensor]) -> None:
    import torch

    given = [p for p in parameters if optimizer.state.get(p)]
    if not given:
        return
    pattern = cast("dict[str, torch.Tensor]", optimizer.state[given[0]])
    if any(tuple(v.shape) not in ((), tuple(given[0].shape)) for v in pattern.values()):
        return
    for parameter in parameters:
        if not optimizer.state.get(parameter):
            for name, value in pattern.items():
                zeros = torch.zeros_like(parameter if value.ndim else value)
                optimizer.state[parameter][name] = zeros.detach()
