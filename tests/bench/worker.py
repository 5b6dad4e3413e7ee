"""A process that takes training steps on request: `python -m tests.bench.worker KIND CASE`.

It reads a number of steps a line and answers with the CPU and wall seconds they took, as JSON.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch

from engine.train.threads import prepared
from tests.bench.workloads import plain, script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.monitor.sampler import Sampler

STEPS_PER_EPOCH = 256


def ours(case: str) -> Callable[[int], None]:
    """Return our training loop with everything watched."""
    return watched(case)[0]


def watched(case: str) -> tuple[Callable[[int], None], Sampler]:
    """Return our training loop and what decides when it looks, training metrics included.

    Its events go where a session's go, and are fetched after each request.
    """
    from engine.monitor.sampler import Sampler
    from engine.train.control import Control
    from engine.train.device import Precision
    from engine.train.evaluate import measures
    from engine.train.loop import Loop
    from engine.train.mailbox import Mailbox
    from engine.train.phase import PhaseRun
    from engine.train.running import Running
    from engine.train.turns import Turns
    from tests.bench.networks import dataset, network, project
    from tests.bench.workloads import WORKLOADS

    wanted, device, batch = project(case), torch.device("cpu"), WORKLOADS[case].batch
    data, made = dataset(case, STEPS_PER_EPOCH * batch), network(case)
    phase = PhaseRun(wanted.phase, wanted, made, data, Precision("float32", device))
    mailbox = Mailbox()
    sampler = Sampler(wanted.training.watch_share)
    turns = Turns((1,), STEPS_PER_EPOCH)
    loop = Loop([phase], device, mailbox.put, Control(), sampler, turns, total_steps=1 << 30)
    (figures,) = measures(wanted, made, data=data)
    running = Running(figures, phase.outputs, phase.batches.samples)
    loop.keep = running.keep

    def epochs() -> Iterator[Iterator[tuple[torch.Tensor, ...]]]:
        for epoch in itertools.count():
            yield phase.batches.epoch(epoch)

    following = epochs()
    batches, left = next(following), STEPS_PER_EPOCH

    def run(steps: int) -> None:
        nonlocal batches, left
        while steps:
            taken = min(steps, left)
            loop.run(phase, itertools.islice(batches, taken))
            steps, left = steps - taken, left - taken
            if not left:
                loop.end_epoch()
                running.take()
                batches, left = next(following), STEPS_PER_EPOCH
        mailbox.drain()

    return run, sampler


KINDS: dict[str, Callable[[str], Callable[[int], None]]] = {
    "plain": plain,
    "script": script,
    "ours": ours,
}


def main(kind: str, case: str) -> None:
    """Serve until standard input ends."""
    torch.set_num_threads(1)
    with prepared(1) if kind == "ours" else nullcontext():
        run = KINDS[kind](case)
        run(3)
        print("[]", flush=True)
        for line in sys.stdin:
            cpu, wall = time.process_time(), time.perf_counter()
            run(int(line))
            print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
