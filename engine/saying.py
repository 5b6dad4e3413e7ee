"""What the command line says: results on standard output, progress and the rest on the other."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.project import Project
    from engine.train.events import Finding


def say(*words: str) -> None:
    """Write a line to standard error."""
    print(*words, file=sys.stderr, flush=True)


def print_json(value: object) -> None:
    """Print one JSON object."""
    print(json.dumps(plain(value), allow_nan=False), flush=True)


def plain(value: Any) -> Any:
    """Return a value as JSON has it; a number that is not finite becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("Sequence[Any]", value)]
    return value


class RunLines:
    """Writes a run's events to standard error, and keeps what was found."""

    def __init__(self) -> None:
        self.epochs = 0
        self._found: dict[tuple[str, str, str], Finding] = {}

    def __call__(self, event: object) -> None:
        """Write what an event tells."""
        from engine.train.events import EpochEnd, Finding, Progress, Started

        if isinstance(event, Started):
            self.epochs = event.epochs
            say(f"{event.parameters:,} parameters on {event.device}.")
        elif isinstance(event, EpochEnd):
            losses = {k: v for k, v in event.train.items() if f".{k}".endswith(".loss")}
            figures = [f"{k} {v:.4g}" for k, v in losses.items()]
            figures += [f"validation {k} {v:.4g}" for k, v in event.validation.items()]
            head = f"epoch {event.epoch}/{self.epochs}"
            say(f"{head}  {'  '.join(figures)}  {event.seconds:.1f} s")
        elif isinstance(event, Finding):
            self._found[event.kind, event.network, event.node] = event
            mend = f" Fix: {event.fix.text}." if event.fix else ""
            if event.news == "new":
                say(f"{event.message}{mend}")
        elif isinstance(event, Progress) and event.fraction is None:
            say(f"{event.text} ...")

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Return what was found, as it was told last; `holds` says whether it did at the end."""
        return [
            {
                "kind": one.kind,
                "network": one.network,
                "node": one.node,
                "message": one.message,
                "evidence": one.evidence,
                "cause": one.cause,
                "fix": one.fix.text if one.fix else None,
                "step": one.step,
                "holds": one.news != "gone",
            }
            for one in self._found.values()
        ]


def plain_figures(project: Project) -> dict[str, Any]:
    """Return the plain model's figures for tables and series: `{"name", metric id: value}`."""
    from engine.data import describe, load
    from engine.data.baseline import baseline
    from engine.variables import resolve

    recipe = resolve(project).data
    given = [f for f in describe(recipe).fields.values() if f.role == "input"]
    if any(len(f.shape) > 2 for f in given):
        return {}
    found = baseline(load(recipe))
    return {"name": found["name"], **found["test"]} if found else {}


def show_result(result: dict[str, Any], *, as_json: bool) -> None:
    """Print the figures of a run."""
    if as_json:
        print_json(result)
        return
    for part in ("train", "validation", "test", "baseline"):
        figures: dict[str, Any] = result.get(part) or {}
        words = [f"{k} {v:.4g}" if isinstance(v, float) else f"{v}" for k, v in figures.items()]
        if words:
            print(f"{part:12} {'  '.join(words)}")
    print(f"{result['epochs']} epochs in {result['seconds']:.1f} s; run {result['run']}")
