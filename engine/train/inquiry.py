"""What can be asked of a run at rest, and what made a step fail: the run's side of the debugger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.train.blame import finite, overflown
from engine.train.events import Finding
from engine.train.failure import TrainingError, explain, fault_words
from engine.train.insight import inspect
from engine.train.loop import clock, not_finite
from engine.train.reel import PART, Reel, shoot
from engine.train.replay import NonFinite, find, look

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.train.control import Control
    from engine.train.course import Course
    from engine.train.events import Event
    from engine.train.ledger import Chunk
    from engine.train.replay import Scene


class Inquiry:
    """Keeps moments of a run, looks into its next step, and finds the step that went wrong."""

    def __init__(self, course: Course, control: Control, emit: Callable[[Event], None]) -> None:
        self.reel = Reel(course.loop.sampler)
        self._course, self._control, self._emit = course, control, emit
        self._check_at = 0.0
        loop = course.loop
        loop.film, loop.on_bad, loop.on_odd = self.film, self.not_finite, self.reel.soon
        loop.steering.on["inspect"] = self.inspect
        course.attendants.append(self)
        self.forget, self.ended = self.reel.forget, self.reel.ended

    def began(self, epoch: int) -> None:
        """Note which epoch the next steps belong to."""
        self.reel.epoch = epoch

    def film(self, now: float) -> None:
        """Keep the moment of now, if one is due.

        Raises
        ------
        TrainingError
            A weight is not finite, though no loss has told of it.
        """
        if now >= self.reel.due:
            self.keep()

    def keep(self) -> None:
        """Keep the moment of now. TrainingError as for `film`."""
        if not self.reel.keep(self._course.prepared, self._taken(), clock):
            raise self._spoilt()

    def check(self, always: bool = False) -> None:
        """See whether the weights are finite, as often as watching may. TrainingError as above."""
        now, sampler = clock(), self._course.loop.sampler
        if not always and (now < self._check_at or not sampler.on):
            return
        if not finite(list(self._course.prepared.root.parameters())):
            raise self._spoilt()
        end = clock()
        sampler.charge(end - now, end)
        self._check_at = end + (end - now) / (PART * sampler.share)

    def _taken(self) -> tuple[int, ...]:
        return tuple(map(self._course.loop.ledger.taken, range(len(self._course.prepared.phases))))

    def _given_up(self) -> bool:
        return bool(self._control.ending)

    def inspect(self, phase: int | None, batch: int | None, rows: tuple[int, ...] | None) -> None:
        """Tell every tensor of the next step's batch, or of another; or say why not."""
        prepared, loop = self._course.prepared, self._course.loop
        place = loop.coming if phase is None else phase
        try:
            if not 0 <= place < len(prepared.phases):
                raise ValueError(f"There is no phase {place} to inspect; the first is 0.")
            taken, step = loop.ledger.taken(place), loop.ledger.number(place)
            self._emit(inspect(prepared, place, taken, step, batch=batch, rows=rows))
        except ValueError as error:
            self._emit(Finding("inspect", "", str(error)))
        except Exception as error:  # noqa: BLE001 - the run rests on, and the user hears why
            message, node, network = explain(error, prepared.bundle)
            self._emit(Finding("inspect", node, message, network))

    def not_finite(self, chunk: Chunk) -> TrainingError:
        """Return what made a loss not finite, found out by running the steps before it again."""
        reel, place, before = self.reel, chunk.phase.index, chunk.before_bad
        shots = reel.before(place, before)
        scene = find(self._course.prepared, shots, reel.moves, self._given_up)
        if scene is not None:
            return self._failure(scene)
        found = not_finite(chunk)
        return TrainingError(f"{found} {reel.absence(shots)}", found.node, found.network)

    def _spoilt(self) -> TrainingError:
        """Return what made weights not finite behind a loss that is."""
        prepared, reel = self._course.prepared, self.reel
        shots = list(reversed(reel.shots))
        now = shoot(prepared, self._taken(), reel.epoch)
        scene = find(prepared, shots, reel.moves, self._given_up)
        if scene is not None:
            return self._failure(scene)
        now.put(prepared)
        for run in prepared.phases:
            if (fault := overflown(run)) is not None:
                words = fault_words(fault, self._course.loop.ledger.number(run.index), 0, run.lr)
                words = f"{words} {reel.absence(shots)}"
                return TrainingError(words, fault.node, run.phase.network)
        return TrainingError(f"A weight is not a finite number. {reel.absence(shots)}")

    def _failure(self, scene: Scene) -> NonFinite:
        prepared = self._course.prepared
        run = prepared.phases[scene.phase]
        inspection = look(prepared, scene, scene.fault)
        words = fault_words(scene.fault, scene.step, inspection.size, run.lr)
        return NonFinite(words, run.phase.network, scene, inspection)
