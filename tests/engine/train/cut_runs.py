"""Runs that are cut and go on: sixty ways to train, and whether they end the same."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import torch

from engine.catalog import registry
from engine.catalog.spec import Field, OptimizerSpec, ScheduleSpec
from engine.data.dataset import Dataset, load
from engine.project import Checkpoints, Choice, EarlyStopping, Project
from engine.train.control import Control
from engine.train.events import Event, Failed
from engine.train.resuming import resumption
from engine.train.trainer import Trainer
from tests.engine.feature_projects import FEATURES
from tests.engine.sketches import net
from tests.engine.train.projects import NOISY, classes, dense, project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.train.resuming import Resumption

OPTIMIZERS = tuple(registry.of_kind(OptimizerSpec))
SCHEDULES = tuple(registry.of_kind(ScheduleSpec))
TREATMENTS: tuple[dict[str, Any], ...] = (
    {"clip_norm": 0.5, "l1": 0.001},
    {"average": "ema", "average_from": 2},
    {"warmup_steps": 7, "max_norm": 1.0},
    {"average": "swa"},
    {"clip_adaptive": 0.1, "clip_each": 0.5, "l2": 0.01},
    {},
)
PICTURES = (
    ("random_flip", {}),
    ("random_shift", {}),
    ("random_erasing", {}),
    ("conv2d", {"out_channels": 3}),
    ("batch_norm2d", {}),
    ("flatten", {}),
    dense(10),
)
CENTRES = (("radial_basis", {"units": 6, "centres_from": "k-means", "fit_steps": 9}), dense(10))


@cache
def pictures() -> Dataset:
    """Return random pictures with random labels."""
    flat = classes(70, 64)
    parts = {
        name: {**part, "features": part["features"].reshape(-1, 1, 8, 8)}
        for name, part in flat.parts.items()
    }
    fields = {**flat.fields, "features": Field(name="features", shape=(1, 8, 8))}
    return Dataset(parts=parts, fields=fields, task="classes")


def stretches() -> Dataset:
    """Return sequences that go on from sample to sample, and the number that follows each."""
    walk = torch.randn(160, generator=torch.Generator().manual_seed(3)).cumsum(0) / 5
    cut = walk.unfold(0, 5, 1)
    whole = {"features": cut[:, :4, None].contiguous(), "target": cut[:, 4:].contiguous()}
    places = {"train": (0, 90), "validation": (90, 120), "test": (120, 150)}
    return Dataset(
        parts={n: {k: v[a:b] for k, v in whole.items()} for n, (a, b) in places.items()},
        fields={
            "features": Field(name="features", shape=(4, 1)),
            "target": Field(name="target", shape=(1,), role="target"),
        },
        task="regression",
    )


def _plain() -> tuple[Project, Dataset]:
    return project(NOISY, tolerance=1e-9), classes(70)


def _augmented() -> tuple[Project, Dataset]:
    return project(PICTURES), pictures()


def _centred() -> tuple[Project, Dataset]:
    early = EarlyStopping(enabled=True, patience=40)
    return project(CENTRES, early_stopping=early), classes(70)


def _carried() -> tuple[Project, Dataset]:
    graph = net(
        "",
        ("features", "input", (), {}),
        ("memory", "lstm", "features", {"hidden_size": 5, "stateful": True}),
        ("next", "dense", "memory.last", {"out_features": 1}),
        ("loss", "mse", "next", {}),
    )
    return project().with_graph(graph), stretches()


@cache
def _data(name: str) -> Dataset:
    whole = load(FEATURES[name]().data)
    parts = {part: {k: v[:70] for k, v in held.items()} for part, held in whole.parts.items()}
    return Dataset(parts=parts, fields=whole.fields, task=whole.task, scales=whole.scales)


def _featured(name: str) -> Callable[[], tuple[Project, Dataset]]:
    return lambda: (FEATURES[name]().with_training(threads=1), _data(name))


NETWORKS: dict[str, Callable[[], tuple[Project, Dataset]]] = {
    "dropout": _plain,
    "augmented": _augmented,
    "adversaries": _featured("a_generator_and_its_adversary"),
    "k-means": _centred,
    "carried": _carried,
    "two splits": _featured("a_network_in_two_splits"),
}


@dataclass(frozen=True)
class Case:
    """One way to train, and after how many steps it is cut."""

    name: str
    project: Project
    data: Dataset
    cut: int


def case(number: int) -> Case:
    """Return a way to train; every optimizer and every schedule occurs among the first dozen."""
    draw = random.Random(number)
    kind = list(NETWORKS)[number % len(NETWORKS)]
    made, data = NETWORKS[kind]()
    phases: list[Any] = []
    for place, phase in enumerate(made.training.phases):
        name = OPTIMIZERS[(number + 5 * place) % len(OPTIMIZERS)]
        optimizer = Choice(id=name, params={"lr": 0.02} if name == "lbfgs" else {})
        schedule = Choice(id=SCHEDULES[(number + 3 * place) % len(SCHEDULES)])
        treated = draw.choice(TREATMENTS)
        phases.append(phase.but(optimizer=optimizer, schedule=schedule, **treated))
    made = made.with_training(phases=tuple(phases), epochs=3, batch_size=16, watch_share=0.2)
    per_epoch = sum(p.steps for p in phases) * -(-5 // phases[0].steps) if phases[1:] else 5
    cut = draw.randint(1, 3 * per_epoch - 1)
    name = f"{kind}-{phases[0].optimizer.id}-{phases[0].schedule.id}-{cut}"
    return Case(name, made.with_training(seed=number), data, cut)


def run(
    made: Project, data: Dataset, folder: Path | None = None, resume: Resumption | None = None
) -> tuple[Trainer, list[Event]]:
    """Train to the end; return who did and what was told."""
    events: list[Event] = []
    trainer = Trainer(made, events.append, Control(), folder, resume=resume)
    trainer.run(data)
    assert [e.message for e in events if isinstance(e, Failed)] == []
    return trainer, events


def bits(trainer: Trainer) -> tuple[str, dict[str, Any], int]:
    """Return what must be the same whether a run was cut or not."""
    assert trainer.result is not None
    figures = {part: trainer.result[part] for part in ("train", "validation", "test")}
    return trainer.result["parameters_sha256"], figures, trainer.result["steps"]


def rows(folder: Path) -> list[dict[str, Any]]:
    """Return the figures of the epochs, without the times."""
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def marked(made: Project, every: int) -> Project:
    """Return the project with a checkpoint each so many steps."""
    return made.with_training(
        checkpoints=Checkpoints(every=every, counts="steps", keep=1000, last=False)
    )


def gone_on(folder: Path, data: Dataset, step: int) -> Trainer:
    """Go on with a run from the checkpoint after so many steps, as if nothing had come after."""
    resume = resumption(folder, checkpoint=f"step-{step:09}")
    assert resume.step == step
    torch.manual_seed(random.Random(step).getrandbits(32))
    return run(resume.project, data, resume=resume, folder=resume.folder)[0]
