"""What a run is told to have: of thirty planted faults how many, of twenty sound runs how many.

A planted case is found if the right kind is told at the right node within the stated steps; its run
ends there. A finding of a sound run is a false alarm, whatever its kind.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import FindingSpec
from engine.diagnose.doctor import Doctor
from engine.train.control import Control
from engine.train.events import Finding
from engine.train.trainer import Trainer
from tests.bench.common import Row
from tests.bench.pathologies import Planted, plain, spoilt
from tests.bench.planted import HEALTHY, PLANTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.project import Project
    from engine.train.events import Event

CASES = ("planted", "healthy")
KINDS = frozenset(registry.of_kind(FindingSpec))


@dataclass(slots=True)
class Told:
    """What a run was told to have."""

    findings: list[Finding] = field(default_factory=list[Finding])
    finished: bool = False

    def kinds(self) -> list[str]:
        """Return the kinds with their nodes."""
        return [
            f"{f.kind} at {f.node or 'training'} after step {f.step + 1}" for f in self.findings
        ]


def diagnosed(project: Project, enough: Callable[[Finding], bool] | None = None) -> Told:
    """Run a project and return the findings of rules; it ends at the first that is enough."""
    control, doctor, told = Control(), Doctor(project), Told()

    def emit(event: Event) -> None:
        for finding in doctor.take((event,)):
            if finding.news == "new" and finding.kind in KINDS:
                told.findings.append(finding)
                if enough is not None and enough(finding):
                    control.send("quit")

    trainer = Trainer(project, emit, control)
    trainer.run()
    told.finished = trainer.result is not None
    return told


def fits(case: Planted, finding: Finding) -> bool:
    """Return whether a finding is the one that was planted, told in time."""
    right = finding.kind == case.kind and finding.node in case.nodes
    return right and finding.network in ("", case.network) and finding.step < case.within


def found(case: Planted, watch_share: float | None = None) -> tuple[bool, Told]:
    """Return whether a planted case is found, and all that was told.

    `watch_share` is the share that watching may cost, if it is not the usual one.
    """
    project = spoilt(case)
    if watch_share is not None:
        project = project.with_training(watch_share=watch_share)
    told = diagnosed(project, lambda finding: fits(case, finding))
    return any(fits(case, finding) for finding in told.findings), told


def sound(template: str, epochs: int | None) -> Told:
    """Return what is told of a template as it comes."""
    project = plain(template)
    if epochs is not None:
        project = project.with_training(epochs=epochs)
    return diagnosed(project)


def rows(cases: tuple[str, ...], *, quick: bool = False) -> list[Row]:
    """Return how many planted faults were found and how many false alarms there were."""
    made: list[Row] = []
    if "planted" in cases:
        made += _planted(PLANTED[-8:-4] if quick else PLANTED)
    if "healthy" in cases:
        chosen = ["iris", "moons-mlp"] if quick else list(HEALTHY)
        made += _healthy(chosen)
    return made


def _planted(chosen: tuple[Planted, ...]) -> list[Row]:
    rows: list[Row] = []
    for case in chosen:
        right, told = found(case)
        rows.append(_row(f"{case.kind}: {case.name} ({case.template})", "found", float(right)))
        if not right:
            _say(f"missed {case.name}: {'; '.join(told.kinds()) or 'nothing told'}")
    return [_row("planted", "found", sum(r.value for r in rows)), *rows]


def _healthy(chosen: list[str]) -> list[Row]:
    rows: list[Row] = []
    for template in chosen:
        told = sound(template, HEALTHY[template])
        if not told.finished:
            raise RuntimeError(f"{template} did not train to its end; is LAYERLOOM_DATA set?")
        rows.append(_row(f"sound: {template}", "alarms", float(len(told.findings))))
        if told.findings:
            _say(f"false alarm in {template}: {'; '.join(told.kinds())}")
    return [_row("healthy", "alarms", sum(r.value for r in rows)), *rows]


def _row(case: str, metric: str, value: float) -> Row:
    return Row(case, metric, value, value, value)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
