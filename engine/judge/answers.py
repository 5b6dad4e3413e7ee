"""A trained network's answers on a part of the data, laid out as the reports read them."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.catalog import registry
from engine.catalog.spec import ReportSpec, load_target

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    import torch

    from engine.compile import Bundle, LossInfo, Network
    from engine.data.dataset import Dataset
    from engine.project import Project

HOLD = 1 << 24
"""Numbers of predictions that are held; of more, the first samples count."""
_SEEN = {" ": "␣", "\n": "↵", "\t": "⇥"}
"""Signs for characters that cannot be seen."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What one loss's predictions say, answer by answer: several for a sample of a sequence."""

    name: str
    """The loss's name, the phase's in front where there are several."""
    part: str
    field: str
    """The data field of the right answers."""
    task: str
    classes: tuple[str, ...]
    prediction: np.ndarray
    """Probabilities of classes (answers, classes), of yes (answers,), or numbers (answers, k)."""
    target: np.ndarray
    sample: np.ndarray
    """Which sample of the part each answer belongs to."""
    samples: int
    """Samples that were looked at."""
    whole: int
    """Samples of the part; more than were looked at where there are too many to hold."""
    step: np.ndarray | None = None
    """At which step of its sample each answer stands, where samples are sequences."""
    made: dict[str, dict[str, Any]] = dataclasses.field(
        default_factory=dict[str, dict[str, Any]], compare=False, repr=False
    )
    """Reports with their usual settings, kept once they were made."""

    def report(self, report: str, **settings: Any) -> dict[str, Any]:
        """Return what a report makes of it."""
        if not settings and report in self.made:
            return self.made[report]
        spec = registry.of_kind(ReportSpec)[report]
        found: dict[str, Any] = load_target(spec.target)(
            self.prediction, self.target, **spec.arguments(settings)
        )
        if not settings:
            self.made[report] = found
        return found

    @property
    def reports(self) -> tuple[ReportSpec, ...]:
        """Return the reports that suit the task."""
        known: Mapping[str, ReportSpec] = registry.of_kind(ReportSpec)
        own = (s for s in known.values() if s.target.startswith("engine.modules."))
        return tuple(s for s in own if self.task in s.tasks)

    def class_name(self, number: int) -> str:
        """Return what a class is called."""
        if number < len(self.classes):
            return _SEEN.get(self.classes[number], self.classes[number])
        return ("no", "yes")[number] if self.task == "binary" and number < 2 else str(number)


@dataclass(frozen=True, slots=True)
class Judged:
    """A part of the data as a network answered it."""

    answers: tuple[Answers, ...]
    data: Dataset
    part: str
    inputs: tuple[str, ...] = ()
    """Input fields that the networks read."""
    metrics: Mapping[str, float] = dataclasses.field(default_factory=dict[str, float])


def judge(
    project: Project,
    weights: Mapping[str, torch.Tensor],
    part: str,
    data: Dataset | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Judged:
    """Return the answers of a project's networks with these weights.

    Parameters
    ----------
    weights
        As `Session.state_dict` gives them.
    data
        Spares loading it again.

    Raises
    ------
    ValueError
        The weights are of another network, or the part is empty; a sentence.
    engine.train.failure.Ended
        It was cancelled.
    """
    from engine.train.carrying import rows
    from engine.train.evaluate import evaluate, labels, measures

    made = built(project, weights, data, cancelled)
    project, data = made.project, made.data
    if not data.sizes.get(part):
        raise ValueError(f"The {part} part of the data is empty; give it a share.")
    with made.resting():
        phases = project.training.phases
        networks = [made.bundle.networks[phase.network] for phase in phases]
        found: list[Answers] = []
        figures: dict[str, float] = {}
        inputs: dict[str, None] = {}
        wanted = measures(project, *networks, data=data)
        seen: set[str] = set()
        for phase, label, network, mine in zip(
            phases, labels(phases), networks, wanted, strict=True
        ):
            if phase.network in seen:
                continue
            seen.add(phase.network)
            held = data.parts[part]
            beside = rows(project.training)
            done = evaluate(network, network.train_forward, held, mine, cancelled, rows=beside)
            figures |= {f"{label}{key}": value for key, value in done.items()}
            found += answers_of(network, label, data, part, cancelled, beside)
            inputs |= dict.fromkeys(network.input_fields)
    return Judged(tuple(found), data, part, tuple(inputs), figures)


@dataclass(frozen=True, slots=True)
class Built:
    """Networks with given weights, and the data they are for."""

    project: Project
    """With its named numbers worked out."""
    data: Dataset
    bundle: Bundle

    @contextmanager
    def resting(self) -> Generator[None]:
        """Use them with the project's threads; random numbers are as before afterwards."""
        import torch

        from engine.train import threads

        cores = self.project.training.threads or threads.default_threads()
        with threads.prepared(cores), torch.random.fork_rng():
            yield


def built(
    project: Project,
    weights: Mapping[str, torch.Tensor],
    data: Dataset | None,
    cancelled: Callable[[], bool],
) -> Built:
    """Return a project's networks with these weights; `data` spares loading it again.

    Raises
    ------
    ValueError
        The weights are of another network; a sentence.
    """
    import torch

    from engine.train.setup import build, load_data
    from engine.variables import resolve

    project = resolve(project)
    data = data or load_data(project, None, cancelled)
    with torch.random.fork_rng():
        bundle = build(project, data)
    _load(bundle.root, weights)
    return Built(project, data, bundle)


def _load(root: torch.nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    wanted = {name: value.shape for name, value in root.state_dict().items()}
    if {name: value.shape for name, value in weights.items()} != wanted:
        raise ValueError("The weights are those of another network; train this one first.")
    root.load_state_dict(dict(weights))


def answers_of(
    network: Network,
    label: str,
    data: Dataset,
    part: str,
    cancelled: Callable[[], bool],
    beside: int,
) -> list[Answers]:
    """Return the answers of every loss that has right ones in a field.

    `beside` is how many stretches go on beside one another, where layers carry their state on.
    """
    import torch

    from engine.data.batches import Batches
    from engine.train.evaluate import eval_batch, evaluating
    from engine.train.failure import Ended

    places = [n for n, loss in enumerate(network.losses) if loss.task and loss.field]
    if not places:
        return []
    held = data.parts[part]
    size = eval_batch(values.shape[1:] for values in held.values())
    batches = Batches(held, network.fields, size, 0, shuffle=False)
    if network.carrying:
        batches = Batches(held, network.fields, beside or batches.samples, 0, carried=True)
    kept: dict[int, list[torch.Tensor]] = {place: [] for place in places}
    samples = numbers = 0
    with evaluating(network):
        for batch in batches.epoch(0):
            if cancelled():
                raise Ended
            shown = network.predict_forward(*batch)
            for place in places:
                kept[place].append(shown[place].detach().float().cpu())
                numbers += shown[place].numel()
            samples += len(batch[0])
            if numbers > HOLD:
                break
    order = batches.order(0)[:samples]
    return [
        _laid_out(network.losses[place], label, data, part, torch.cat(kept[place]), order)
        for place in places
    ]


def _laid_out(
    loss: LossInfo, label: str, data: Dataset, part: str, scores: torch.Tensor, order: torch.Tensor
) -> Answers:
    """Return the answers to one loss, sample by sample in this order."""
    from engine.train.evaluate import class_axis, ignored

    target, samples = data.parts[part][loss.field].cpu()[order], len(order)
    whole = data.sizes[part]
    known = data.fields[loss.field].classes if loss.field in data.fields else ()
    step: np.ndarray | None = None
    if loss.task == "classes":
        scores = scores.movedim(class_axis(loss), -1)
        counts = target != ignored(loss)
        sample = counts.nonzero()[:, 0].numpy()
        step = counts.nonzero()[:, 1].numpy() if counts.dim() == 2 else None
        shares = scores[counts].double().softmax(-1).numpy()
        right = target[counts].numpy()
    elif loss.task == "binary":
        target = target.reshape(len(target), -1)
        sample = np.repeat(np.arange(len(target)), target.shape[1])
        shares = scores.double().sigmoid().flatten().numpy()
        right = (target.flatten() > 0.5).long().numpy()
    else:
        sample = np.arange(len(target))
        shift, scale = data.target_scale.get(loss.field, (0.0, 1.0))
        shares = (scores.double().reshape(samples, -1) * scale + shift).numpy()
        right = (target.double().reshape(samples, -1) * scale + shift).numpy()
    name = f"{label}{loss.name}"
    sample = order.numpy()[sample]
    return Answers(
        name,
        part,
        loss.field,
        loss.task,
        known,
        shares,
        right,
        sample,
        samples,
        whole,
        step,
    )
