"""The function `train` of an exported script. Text only."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from engine import emit
from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.train.stopping import better

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.export.turns import Turn
    from engine.project import Project

BATCHES = '''
def batches(part, size, seed, epoch):
    """Yield an epoch's batches; their order depends on the seed and the epoch alone."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
    order = torch.randperm(len(part[0]), generator=generator).to(part[0].device)
    for index in order.split(size):
        yield [values.index_select(0, index) for values in part]
'''

STREAM = '''
def batches(part, size, seed):
    """Yield batches without end; their order depends on the seed and the epoch alone."""
    samples = min(len(values) for values in part.values())
    for epoch in itertools.count():
        generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
        for index in torch.randperm(samples, generator=generator).split(size):
            yield {name: values[index.to(values.device)] for name, values in part.items()}
'''


def train_function(project: Project, turns: Sequence[Turn], *, validation: bool, units: str) -> str:
    """Return `train`; with several phases they take turns."""
    several = len(turns) > 1
    stopping = project.training.early_stopping
    model = turns[0].holder
    if several:
        head = f"def train({model}, parts{units}, epochs, seed):"
    else:
        parts = "part, validation" if validation else "part"
        head = f"def train(network, {parts}{units}, epochs, seed):"
    doc = f"Train the {model} in place; return the numbers of epochs and of steps taken."
    text = [head, f'    """{doc}"""', *_indent(_preparations(project, turns))]
    if stopping.enabled:
        text.append("    best, waited = math.inf, 0")
        text += ["    kept = None"] if stopping.restore_best else []
    text += ["    steps = 0", "    for epoch in range(epochs):"]
    text += _indent(_in_turn(turns) if several else _alone(project, turns[0]), 2)
    if validation:
        part = 'parts["validation"]' if several else "validation"
        text.append(f"        figures = evaluate({model}, {part}{units})")
    text += _indent(_epoch_end(validation), 2)
    for turn in turns:
        text += _indent(_after_epoch(turn), 2)
    text += _indent(_stopping(project, model), 2)
    if stopping.enabled and stopping.restore_best:
        text += ["    if kept is not None:", f"        {model}.load_state_dict(kept)"]
    return "\n".join([*text, "    return epoch + 1, steps"])


def _indent(lines: Sequence[str], depth: int = 1) -> list[str]:
    return [f"{'    ' * depth}{line}" for line in lines]


# -- before the first step


def _preparations(project: Project, turns: Sequence[Turn]) -> list[str]:
    several = len(turns) > 1
    text: list[str] = []
    for turn in turns:
        text += turn.parameters
        text.append(f"{turn.called('optimizer')} = {_optimizer(turn)}")
    if several:
        first = turns[0].phase
        for turn in turns:
            part, size = f"parts[{turn.phase.split!r}]", _size(project, turn)
            text.append(f"{turn.called('batches')} = batches({part}, {size}, seed)")
        samples = _samples(turns[0])
        text.append(f"turns = {_turns(samples, _size(project, turns[0]), first.steps)}")
    for turn in turns:
        text += _schedule(project, turn, turns)
    return text


def _samples(turn: Turn) -> str:
    return f'len(parts[{turn.phase.split!r}]["{turn.plan.fields[0]}"])'


def _size(project: Project, turn: Turn) -> str:
    if project.training.batch != "all":
        return "BATCH_SIZE"
    return _samples(turn) if turn.name else "len(part[0])"


def _turns(samples: str, size: str, steps: int) -> str:
    batches = f"math.ceil({samples} / {size})"
    return batches if steps == 1 else f"math.ceil({batches} / {steps})"


def _schedule(project: Project, turn: Turn, turns: Sequence[Turn]) -> list[str]:
    scheduler, _ = _scheduler(turn)
    if not scheduler:
        return []
    text: list[str] = []
    total = turn.called("total")
    if total in scheduler:
        if len(turns) == 1:
            steps = f"math.ceil(len(part[0]) / {_size(project, turn)})"
        else:
            steps = "turns" if turn.phase.steps == 1 else f"turns * {turn.phase.steps}"
        text.append(f"{total} = epochs * {steps}")
    return [*text, f"{turn.called('scheduler')} = {scheduler}"]


def _arguments(values: Mapping[str, object]) -> str:
    return "".join(f", {name}={value!r}" for name, value in values.items())


def _optimizer(turn: Turn) -> str:
    choice = turn.phase.optimizer
    spec = registry.optimizer(choice.id)
    fused = ", fused=True" if spec.fused else ""
    values = spec.arguments(choice.params)
    given = {"lr": values["lr"], **emit.stated(spec.target, values)}
    return f"{spec.target}({turn.called('parameters')}{_arguments(given)}{fused})"


def _scheduler(turn: Turn) -> tuple[str, bool]:
    """Return the expression that makes the scheduler, and whether it moves after every step."""
    phase = turn.phase
    spec = registry.schedule(phase.schedule.id)
    if not spec.target:
        return "", False
    optimizer = registry.optimizer(phase.optimizer.id)
    values = optimizer.arguments(phase.optimizer.params)
    supplied = {"epochs": "epochs", "steps": turn.called("total"), "lr": repr(values["lr"])}
    chosen = emit.stated(spec.target, spec.arguments(phase.schedule.params))
    given = {name: repr(value) for name, value in chosen.items()}
    given |= {name: supplied[what] for name, what in spec.derived.items()}
    known = inspect.signature(load_target(spec.target)).parameters
    if "cycle_momentum" in known and not {"momentum", "betas"} & set(values):
        given["cycle_momentum"] = "False"
    arguments = ", ".join(f"{name}={value}" for name, value in given.items())
    return f"{spec.target}({turn.called('optimizer')}, {arguments})", spec.per == "step"


# -- steps


def _alone(project: Project, turn: Turn) -> list[str]:
    """Return the lines of an epoch of the only phase."""
    _, per_step = _scheduler(turn)
    text = [f"for batch in batches(part, {_size(project, turn)}, seed, epoch):"]
    text += _indent([*_step(turn), "steps += 1"])
    if per_step:
        text += _indent(["if steps < total:", "    scheduler.step()"])
    return text


def _in_turn(turns: Sequence[Turn]) -> list[str]:
    """Return the lines of an epoch in which phases take turns."""
    text = ["for _ in range(turns):"]
    for turn in turns:
        source, count = turn.called("batches"), turn.phase.steps
        inner = _step(turn)
        if turn is turns[0]:
            inner.append("steps += 1")
        _, per_step = _scheduler(turn)
        if per_step:
            inner += [
                f"if {turn.called('total')} > 1:",
                f"    {turn.called('total')} -= 1",
                f"    {turn.called('scheduler')}.step()",
            ]
        if count == 1:
            text += _indent([f"batch = next({source})", *inner])
        else:
            text += _indent([f"for batch in itertools.islice({source}, {count}):"])
            text += _indent(inner, 2)
    return text


def _step(turn: Turn) -> list[str]:
    """Return the lines of one step."""
    phase, parameters = turn.phase, turn.called("parameters")
    lines = [
        f"loss = {turn.loss}",
        f"{turn.called('optimizer')}.zero_grad()",
        "loss.backward()",
    ]
    changes = [f"weight.grad.add_(weight.sign(), alpha={phase.l1!r})"] if phase.l1 else []
    changes += [f"weight.grad.add_(weight, alpha={2 * phase.l2!r})"] if phase.l2 else []
    if changes:
        lines += ["with torch.no_grad():", f"    for weight in {parameters}:"]
        lines += ["        if weight.dim() >= 2:", *(f"            {c}" for c in changes)]
    if phase.clip_value is not None:
        lines.append(f"nn.utils.clip_grad_value_({parameters}, {phase.clip_value!r})")
    if phase.clip_norm is not None:
        lines.append(f"nn.utils.clip_grad_norm_({parameters}, {phase.clip_norm!r})")
    return [*lines, f"{turn.called('optimizer')}.step()"]


# -- after an epoch


def _after_epoch(turn: Turn) -> list[str]:
    scheduler, per_step = _scheduler(turn)
    if not scheduler or per_step:
        return []
    monitored = registry.schedule(turn.phase.schedule.id).monitored
    value = f"figures[{f'{turn.label}loss'!r}]" if monitored else ""
    return [f"{turn.called('scheduler')}.step({value})"]


def _epoch_end(validation: bool) -> list[str]:
    if not validation:
        return ['print(f"epoch {epoch + 1}/{epochs}", file=sys.stderr)']
    return [
        'words = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())',
        'print(f"epoch {epoch + 1}/{epochs}  {words}", file=sys.stderr)',
    ]


def _stopping(project: Project, model: str) -> list[str]:
    stopping = project.training.early_stopping
    if not stopping.enabled:
        return []
    sign = "-" if better(stopping.metric) == "higher" else ""
    least = f" - {stopping.min_delta!r}" if stopping.min_delta else ""
    return [
        f"value = {sign}figures[{stopping.metric!r}]",
        f"if value < best{least}:",
        "    best, waited = value, 0",
        *([f"    kept = copy.deepcopy({model}.state_dict())"] if stopping.restore_best else []),
        "else:",
        "    waited += 1",
        f"    if waited == {stopping.patience}:",
        "        break",
    ]
