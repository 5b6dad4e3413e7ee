"""All checks before a run, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import CheckSpec, load_target
from engine.preflight.ground import Ground, Outcome
from engine.train import threads
from engine.train.chance import disturbed, trying
from engine.train.device import resolve_device
from engine.train.failure import Ended, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.data.dataset import Dataset
    from engine.preflight.slopes import Slope
    from engine.project import Project

    Told = Callable[[str, float], None]
    Seen = Callable[[int, float], None]

SLOW = ("overfit_batch",)
"""Checks that take steps; the others take moments."""


def checks() -> Mapping[str, CheckSpec]:
    """Return the entries of all checks by id, in the order they are made."""
    order = ("Data", "First step", "Learning")
    known = registry.of_kind(CheckSpec)
    return dict(sorted(known.items(), key=lambda row: order.index(row[1].group)))


def check(
    project: Project,
    data: Dataset,
    only: Sequence[str] = (),
    *,
    cancelled: Callable[[], bool] = lambda: False,
    told: Told = lambda _text, _share: None,
    seen: Seen = lambda _step, _loss: None,
) -> tuple[Outcome, ...]:
    """Return what the checks say, on copies; nothing of the project changes.

    Parameters
    ----------
    only
        Ids of the checks to make; none means all.
    told
        Called with a sentence and the share done.
    seen
        Called with the number of a step and its loss, while a batch is learned by heart.

    Raises
    ------
    Ended
        The user gave up waiting, or a run begins.
    ValueError
        A run is under way.
    """
    ground = _ground(project, data, cancelled, seen)
    chosen = [spec for key, spec in checks().items() if not only or key in only]
    found: list[Outcome] = []
    count = ground.project.training.threads or threads.default_threads()
    device = resolve_device(ground.project.training.device)
    for number, spec in enumerate(chosen):
        with trying(device), threads.prepared(count):
            ground.go_on()
            told(spec.title, number / len(chosen))
            found += _made(ground, spec, found)
    return tuple(found)


def _ground(project: Project, data: Dataset, cancelled: Callable[[], bool], seen: Seen) -> Ground:
    return Ground(project, data, lambda: cancelled() or disturbed(), seen)


def _made(ground: Ground, spec: CheckSpec, before: Sequence[Outcome]) -> list[Outcome]:
    """Return what one check says; what stands in the way of it is a failure, told once."""
    try:
        return list(load_target(spec.target)(ground, **spec.arguments({})))
    except Ended:
        raise
    except Exception as error:  # noqa: BLE001 - whatever stands in the way is what was found
        sentence, node, network = explain(error)
        words = f"It could not be made: {sentence}"
        told = any(outcome.evidence == words for outcome in before)
        return [Outcome(spec.id, "skip" if told else "fail", words, node, network)]


def gradients(
    project: Project,
    data: Dataset,
    nodes: Sequence[str] = (),
    *,
    cancelled: Callable[[], bool] = lambda: False,
    told: Told = lambda _text, _share: None,
) -> tuple[Slope, ...]:
    """Return the gradients of nodes (none named: of all) against finite differences, worst first.

    Raises as `check`; TrainingError for what cannot be trained.
    """
    from engine.preflight.slopes import slopes

    ground = _ground(project, data, cancelled, lambda _step, _loss: None)
    device = resolve_device(ground.project.training.device)
    with trying(device), threads.prepared(1):
        return slopes(ground, set(nodes) or None, told=told)
