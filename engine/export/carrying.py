"""What an exported script needs where layers carry their state from batch to batch. Text only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.project import Training

FUNCTIONS = '''
def batches(part, size):
    """Yield batches in order: each row of them goes on where the one before ended."""
    samples = len(part[0])
    steps = math.ceil(samples / size)
    for step in range(steps):
        index = torch.arange(step, samples, steps, device=part[0].device)
        yield [values.index_select(0, index) for values in part]


def forget(network):
    """Let layers that carry their state over batches begin anew."""
    for module in network.modules():
        if hasattr(module, "reset_state"):
            module.reset_state()
'''


def in_order(training: Training) -> list[str]:
    """Return the statements of `evaluate` that put a part into the order of its batches."""
    size = "len(part[0])" if training.batch == "all" else "BATCH_SIZE"
    return [
        "    forget(network)",
        f"    held = list(batches(part, {size}))",
        "    part = [torch.cat(values) for values in zip(*held, strict=True)]",
    ]
