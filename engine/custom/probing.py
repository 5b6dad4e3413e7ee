"""A custom layer tried out: built and run on small inputs, and held against what it declares."""

from __future__ import annotations

import inspect
import traceback
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from engine.custom import loading
from engine.custom.declared import BATCH, Flow, Number, bound, contradiction, places

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZES = (2, 3)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be tried: a text, its class and numbers, its ports, and what comes in."""

    code: str
    class_name: str
    arguments: tuple[tuple[str, Number], ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    incoming: tuple[Flow, ...]

    def json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def read(cls, row: dict[str, Any]) -> Wanted:
        """Return what `json` wrote."""
        return cls(
            row["code"],
            row["class_name"],
            tuple((name, value) for name, value in row["arguments"]),
            tuple(row["inputs"]),
            tuple(row["outputs"]),
            _flows(row["incoming"]),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What came out of it; with a problem, nothing else is known."""

    outputs: tuple[Flow, ...] = ()
    weights: tuple[tuple[str, tuple[int, ...]], ...] = ()
    flops: int = 0
    """For one sample, forward."""
    problem: str = ""
    line: int = 0
    """Line of the text that the problem lies in; 0 where it lies in none."""

    def json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def read(cls, row: dict[str, Any]) -> Found:
        """Return what `json` wrote; ValueError for anything else."""
        try:
            return cls(
                _flows(row["outputs"]),
                tuple((str(name), tuple(map(int, shape))) for name, shape in row["weights"]),
                int(row["flops"]),
                str(row["problem"]),
                int(row["line"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no answer: {error}") from None


def _flows(rows: Sequence[Any]) -> tuple[Flow, ...]:
    return tuple((tuple(map(int, shape)), str(dtype)) for shape, dtype in rows)


class _Refused(ValueError):
    """The layer does not do what it declares; one sentence."""


def probe(wanted: Wanted) -> Found:
    """Return what a custom layer makes of what comes in; whatever it does, this returns.

    It is run on the meta device, and on the CPU where it needs real numbers. The process must be
    opened for it (`loading.opened`).
    """
    import torch

    try:
        with torch.random.fork_rng(devices=[]):
            made = loading.class_of(wanted.code, wanted.class_name)
            _arguments_fit(made, wanted)
            try:
                return _run(made, wanted, "meta")
            except _Refused:
                raise
            except BaseException:  # noqa: BLE001 - a layer may need numbers to look at
                return _run(made, wanted, "cpu")
    except loading.CustomError as error:
        return Found(problem=str(error), line=error.line)
    except _Refused as error:
        return Found(problem=str(error))
    except BaseException as error:  # noqa: BLE001 - even an exit of the text is an answer
        return _told(error, wanted)


def _told(error: BaseException, wanted: Wanted) -> Found:
    """Return an exception as a sentence with the line of the text it came from."""
    file = loading.file_of(wanted.code)
    frames = traceback.extract_tb(error.__traceback__)
    line = next((f.lineno or 0 for f in reversed(frames) if f.filename == file), 0)
    reason = next(iter(str(error).strip().splitlines()), "").rstrip(".")
    what = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    return replace(Found(), problem=f"Line {line}: {what}." if line else f"{what}.", line=line)


def _arguments_fit(made: Any, wanted: Wanted) -> None:
    try:
        inspect.signature(made).bind(**dict(wanted.arguments))
    except TypeError as error:
        given = ", ".join(name for name, _ in wanted.arguments) or "none"
        raise _Refused(
            f"The constructor of “{made.__name__}” does not take its numbers ({given}): {error}."
        ) from None


def _run(made: Any, wanted: Wanted, device: str) -> Found:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    shapes: list[tuple[Flow, ...]] = []
    flops = 0
    with torch.device(device), torch.no_grad():
        module = made(**dict(wanted.arguments))
        _takes(module, wanted)
        for size in _SIZES:
            given = [_given(flow, size) for flow in wanted.incoming]
            with FlopCounterMode(display=False) as counter:
                results = _results(module(*given), wanted)
            if size == _SIZES[0]:
                flops = counter.get_total_flops() // size
            shapes.append(results)
    outputs = tuple(map(_merge, wanted.outputs, *shapes))
    _as_declared(outputs, wanted)
    return Found(outputs, _weights(module), flops)


def _given(flow: Flow, size: int) -> Any:
    import torch

    shape = tuple(size if n == BATCH else n for n in flow[0])
    return torch.zeros(shape, dtype=getattr(torch, flow[1]))


def _takes(module: Any, wanted: Wanted) -> None:
    """Check that forward takes what the ports bring."""
    count = len(wanted.incoming)
    try:
        inspect.signature(module.forward).bind(*range(count))
    except TypeError as error:
        names = ", ".join(text.partition(":")[0].strip() for text in wanted.inputs)
        raise _Refused(f"Its forward does not take its inputs ({names}): {error}.") from None


def _results(made: Any, wanted: Wanted) -> tuple[Flow, ...]:
    import torch

    several = isinstance(made, tuple | list)
    results = list(cast("Sequence[Any]", made)) if several else [made]
    if len(results) != len(wanted.outputs):
        raise _Refused(
            f"Its forward returns {len(results)} value{'s' if len(results) != 1 else ''}; "
            f"{len(wanted.outputs)} outputs are declared."
        )
    for name, result in zip(wanted.outputs, results, strict=True):
        if not isinstance(result, torch.Tensor):
            raise _Refused(
                f"Its output “{name.partition(':')[0]}” is a {type(result).__name__}, no tensor."
            )
    if several and len(results) == 1:
        raise _Refused("Its forward returns a tuple of one; return the tensor itself.")
    return tuple((tuple(r.shape), str(r.dtype).removeprefix("torch.")) for r in results)


def _merge(name: str, first: Flow, second: Flow) -> Flow:
    """Return an output with its batch marked, from runs at two sizes of a batch."""
    shape: list[int] = []
    if len(first[0]) != len(second[0]):
        raise _Refused(f"Its output “{name}” has other axes for another batch.")
    for a, b in zip(first[0], second[0], strict=True):
        if a != b and (a, b) != _SIZES:
            raise _Refused(f"Its output “{name}” mixes the samples of a batch with another axis.")
        shape.append(a if a == b else BATCH)
    return tuple(shape), first[1]


def _as_declared(outputs: Sequence[Flow], wanted: Wanted) -> None:
    sizes = bound(places(wanted.inputs, "input"), wanted.incoming)
    for port, flow in zip(places(wanted.outputs, "output"), outputs, strict=True):
        problem = contradiction(port, flow, sizes)
        if problem:
            raise _Refused(problem)


def _weights(module: Any) -> tuple[tuple[str, tuple[int, ...]], ...]:
    from torch.nn.parameter import UninitializedParameter

    found: list[tuple[str, tuple[int, ...]]] = []
    for name, weight in module.named_parameters():
        if isinstance(weight, UninitializedParameter):
            raise _Refused(
                f"Its weight {name!r} has no size of its own; give it one by a number such as "
                "`features = C`."
            )
        found.append((name, tuple(weight.shape)))
    return tuple(found)
