"""Checks, forecast and profile as lines of text and as JSON, for the command line."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.custom import loading
from engine.preflight.checkup import checks
from engine.preflight.remote import do

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.preflight.forecast import Forecast
    from engine.preflight.ground import Outcome
    from engine.profile.measure import Profile
    from engine.project import Project

_MARKS = {"pass": "ok", "warn": "look", "fail": "WRONG", "skip": "–"}


def check_lines(outcomes: Iterable[Outcome]) -> Iterable[str]:
    """Yield a line for each outcome of the checks."""
    known = checks()
    for outcome in outcomes:
        mend = f" Fix: {outcome.fix.text}." if outcome.fix else ""
        yield f"{_MARKS[outcome.status]:6} {known[outcome.check].title}: {outcome.evidence}{mend}"


def forecast_lines(found: Forecast) -> Iterable[str]:
    """Yield what a run will take."""
    memory = found.memory
    yield (
        f"Memory at batch {found.samples:,}: {_size(memory.total)} (weights {_size(memory.weights)}"
        f", optimizer {_size(memory.state)}, kept for the backward {_size(memory.saved)}, "
        f"gradients and the like {_size(memory.rest)}, batch {_size(memory.batch)}"
        + (f", data set {_size(memory.data)})" if memory.data else ")")
    )
    yield f"Largest batch in {_size(found.limit)}: {found.largest:,}"
    yield (
        f"Time, roughly: {found.step * 1e3:.3g} ms a step, {found.epoch:.3g} s an epoch, "
        f"{found.run:.3g} s the run"
    )


def forecast_json(found: Forecast) -> dict[str, Any]:
    """Return a forecast as JSON has it."""
    rows = {"nodes": [asdict(share) for share in found.shares]}
    return {
        "samples": found.samples,
        "memory": {**asdict(found.memory), "total": found.memory.total},
        "step_seconds": found.step,
        "epoch_seconds": found.epoch,
        "run_seconds": found.run,
        "steps_per_epoch": found.steps_per_epoch,
        "largest_batch": found.largest,
        "limit": found.limit,
        "device": found.device,
        **rows,
    }


def profile_lines(found: Profile) -> Iterable[str]:
    """Yield a table of the nodes, dearest first, and what they add up to."""
    yield f"{'node':28} {'forward':>10} {'backward':>10} {'share':>6} {'kept':>10} {'FLOPs':>14}"
    for row in sorted(found.rows, key=lambda row: -row.seconds):
        share = row.seconds / found.added if found.added else 0.0
        yield (
            f"{_where(found, row.phase, row.name):28} {_ms(row.forward):>10} "
            f"{_ms(row.backward):>10} {share:>6.1%} {_size(row.saved):>10} {row.flops:>14,}"
        )
    for number, phase in enumerate(found.phases):
        name = _where(found, number, "update")
        yield f"{name:28} {_ms(phase.update):>10}"
    yield found.words()
    yield f"Memory held at most: {_size(found.memory)} on {found.device}."


def _where(found: Profile, phase: int, name: str) -> str:
    return f"{found.phases[phase].name}: {name}" if len(found.phases) > 1 else name


def profile_json(found: Profile) -> dict[str, Any]:
    """Return a profile as JSON has it."""
    return {
        "nodes": [asdict(row) for row in found.rows],
        "phases": [asdict(phase) for phase in found.phases],
        "added_seconds": found.added,
        "step_seconds": found.step,
        "memory": found.memory,
        "device": found.device,
        "threads": found.threads,
    }


def deep(project: Project, say: Callable[[str], None]) -> tuple[dict[str, Any], list[str]]:
    """Return what the checks and the forecast say of a project, as JSON and as lines.

    `ok` is there only where a check failed: false. ValueError where data or network do not do.
    """

    def told(text: str, _share: float) -> None:
        say(f"{text} ...")

    with loading.opened():
        outcomes = do("check", project, told=told)
        found = do("forecast", project, told=told)
    report: dict[str, Any] = {
        "checks": [o.json() for o in outcomes],
        "forecast": forecast_json(found),
    }
    if any(outcome.status == "fail" for outcome in outcomes):
        report["ok"] = False
    return report, [*check_lines(outcomes), *forecast_lines(found)]


def profiled(project: Project, say: Callable[[str], None]) -> tuple[dict[str, Any], list[str]]:
    """Return what each node of a project costs, as JSON and as lines. ValueError as `deep`."""
    with loading.opened():
        found = do("profile", project, told=lambda text, _share: say(f"{text} ..."))
    return profile_json(found), list(profile_lines(found))


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.3f} ms"


def _size(count: float) -> str:
    for limit, unit in ((2**30, "GB"), (2**20, "MB"), (2**10, "KB")):
        if count >= limit:
            return f"{count / limit:,.3g} {unit}"
    return f"{count:,.0f} B"
