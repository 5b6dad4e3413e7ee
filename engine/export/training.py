"""The function `train` of an exported script. Text only."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from engine import emit
from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.export import treatment
from engine.train.schedules import cycles
from engine.train.stopping import better

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.export.turns import Turn
    from engine.project import Project
    from engine.steps import Step

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


def train_function(
    project: Project,
    turns: Sequence[Turn],
    modules: Sequence[Step],
    *,
    validation: bool,
    units: str,
) -> str:
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
    text = [head, f'    """{doc}"""', *_indent(treatment.scaling(project, turns, modules))]
    text += _indent(_preparations(project, turns))
    if stopping.enabled:
        text.append("    best, waited = math.inf, 0")
        text += ["    kept = None"] if stopping.restore_best else []
    text += ["    steps = 0", "    for epoch in range(epochs):"]
    if project.training.tolerance is not None:
        text += _indent([f"{turn.called('norms')}.clear()" for turn in turns], 2)
    text += _indent(_in_turn(project, turns) if several else _alone(project, turns[0]), 2)
    text += _indent(treatment.epoch_means(turns), 2)
    if validation:
        part = 'parts["validation"]' if several else "validation"
        text.append(f"        figures = evaluate({model}, {part}{units})")
    text += _indent(_epoch_end(validation), 2)
    for turn in turns:
        text += _indent(_after_epoch(turn), 2)
    text += _indent(_stopping(project, model), 2)
    text += _indent(treatment.at_rest(project, turns), 2)
    back = treatment.back(turns)
    text += _indent(back, 2)
    text += _indent([line.replace(".back()", ".put()") for line in reversed(back)])
    if stopping.enabled and stopping.restore_best:
        text += ["    if kept is not None:", f"        {model}.load_state_dict(kept)"]
    return "\n".join([*text, "    return epoch + 1, steps"])


def _indent(lines: Sequence[str], depth: int = 1) -> list[str]:
    return [f"{'    ' * depth}{line}" if line else "" for line in lines]


# -- before the first step


def _preparations(project: Project, turns: Sequence[Turn]) -> list[str]:
    several = len(turns) > 1
    text: list[str] = []
    for turn in turns:
        text += turn.parameters
        text += [*_optimizer(turn), *treatment.tables(turn), *treatment.average(turn)]
        if project.training.tolerance is not None:
            text.append(f"{turn.called('norms')} = []")
    if several:
        first = turns[0].phase
        for turn in turns:
            part, size = f"parts[{turn.phase.split!r}]", _size(project, turn)
            text.append(f"{turn.called('batches')} = batches({part}, {size}, seed)")
        size = _size(project, turns[0])
        text.append(f"turns = {_turns(turns[0].samples, size, first.steps)}")
    for turn in turns:
        text += _schedule(project, turn, turns)
    return text


def _size(project: Project, turn: Turn) -> str:
    return turn.samples if project.training.batch == "all" else "BATCH_SIZE"


def _turns(samples: str, size: str, steps: int) -> str:
    batches = f"math.ceil({samples} / {size})"
    return batches if steps == 1 else f"math.ceil({batches} / {steps})"


def _schedule(project: Project, turn: Turn, turns: Sequence[Turn]) -> list[str]:
    scheduler, per_step = _scheduler(turn)
    warms = bool(turn.phase.warmup_steps)
    total, wait = turn.called("total"), turn.called("wait")
    text: list[str] = []
    if warms or per_step:
        if len(turns) == 1:
            steps = f"math.ceil(len(part[0]) / {_size(project, turn)})"
        else:
            steps = "turns" if turn.phase.steps == 1 else f"turns * {turn.phase.steps}"
        text.append(f"{total} = epochs * {steps}")
    if warms:
        text.append(f"{wait} = min({turn.phase.warmup_steps}, {total})")
    if scheduler:
        text.append(f"{turn.called('scheduler')} = {scheduler}")
    if warms:
        shape = f", {turn.phase.warmup_shape!r}" if turn.phase.warmup_shape != "linear" else ""
        given = f"{turn.called('optimizer')}, {wait}, {turn.phase.warmup_start!r}{shape}"
        text.append(f"{turn.called('warmup')} = WarmUp({given})")
    return text


def _arguments(values: Mapping[str, object]) -> str:
    return "".join(f", {name}={value!r}" for name, value in values.items())


def _optimizer(turn: Turn) -> list[str]:
    """Return the statements that make the optimizer."""
    choice = turn.phase.optimizer
    spec = registry.optimizer(choice.id)
    fused = ", fused=True" if spec.fused else ""
    values = spec.arguments(choice.params)
    given = {"lr": values["lr"], **emit.stated(spec.target, values)}
    groups = treatment.groups(turn, values["lr"])
    held = turn.called("groups" if groups else "parameters")
    call = f"{treatment.name_of(spec.target)}({held}{_arguments(given)}{fused})"
    return [*groups, f"{turn.called('optimizer')} = {call}"]


def _scheduler(turn: Turn) -> tuple[str, bool]:
    """Return the expression that makes the scheduler, and whether it moves after every step."""
    phase = turn.phase
    spec = registry.schedule(phase.schedule.id)
    if not spec.target:
        return "", False
    optimizer = registry.optimizer(phase.optimizer.id)
    chosen = emit.stated(spec.target, spec.arguments(phase.schedule.params))
    given = {name: repr(value) for name, value in chosen.items()}
    given |= {name: _supplied(turn, what) for name, what in spec.derived.items()}
    known = inspect.signature(load_target(spec.target)).parameters
    if "cycle_momentum" in known and not cycles(optimizer):
        given["cycle_momentum"] = "False"
    arguments = "".join(f", {name}={value}" for name, value in given.items())
    target = treatment.name_of(spec.target)
    return f"{target}({turn.called('optimizer')}{arguments})", spec.per == "step"


def _supplied(turn: Turn, what: str) -> str:
    """Return the expression of what a run supplies to its schedule."""
    total, wait = turn.called("total"), turn.called("wait")
    warms = bool(turn.phase.warmup_steps)
    if what == "lr":
        if treatment.grouped(turn):
            return f'[group["lr"] for group in {turn.called("optimizer")}.param_groups]'
        spec = registry.optimizer(turn.phase.optimizer.id)
        return repr(spec.arguments(turn.phase.optimizer.params)["lr"])
    if what == "epochs":
        return f"max(epochs - {wait} * epochs // {total}, 1)" if warms else "epochs"
    return f"max({total} - {wait}, 1)" if warms else total


# -- steps


def _alone(project: Project, turn: Turn) -> list[str]:
    """Return the lines of an epoch of the only phase."""
    _, per_step = _scheduler(turn)
    given = _size(project, turn) if turn.plan.carrying else f"{_size(project, turn)}, seed, epoch"
    text = ["forget(network)"] if turn.plan.carrying else []
    text.append(f"for batch in batches(part, {given}):")
    text += _indent([*_step(project, turn), "steps += 1"])
    move = ["if steps < total:", "    scheduler.step()"] if per_step else []
    return text + _indent(_moved(turn, move))


def _moved(turn: Turn, move: list[str]) -> list[str]:
    """Return the statements that move the rate on after a step."""
    if not turn.phase.warmup_steps:
        return move
    warmup = turn.called("warmup")
    if not move:
        return [f"{warmup}.step()"]
    return [f"if not {warmup}.done:", f"    {warmup}.step()", f"el{move[0]}", *move[1:]]


def _in_turn(project: Project, turns: Sequence[Turn]) -> list[str]:
    """Return the lines of an epoch in which phases take turns."""
    text = ["for _ in range(turns):"]
    for turn in turns:
        source, count = turn.called("batches"), turn.phase.steps
        inner = _step(project, turn)
        if turn is turns[0]:
            inner.append("steps += 1")
        _, per_step = _scheduler(turn)
        total, move = turn.called("total"), list[str]()
        if per_step:
            least = f"1 + {turn.called('wait')}" if turn.phase.warmup_steps else "1"
            move = [
                f"if {total} > {least}:",
                f"    {total} -= 1",
                f"    {turn.called('scheduler')}.step()",
            ]
        inner += _moved(turn, move)
        if count == 1:
            text += _indent([f"batch = next({source})", *inner])
        else:
            text += _indent([f"for batch in itertools.islice({source}, {count}):"])
            text += _indent(inner, 2)
    return text


def _step(project: Project, turn: Turn) -> list[str]:
    """Return the lines of one step."""
    optimizer = turn.called("optimizer")
    lines = [f"loss = {turn.loss}", f"{optimizer}.zero_grad()", "loss.backward()"]
    lines += treatment.gradients(turn, measured=project.training.tolerance is not None)
    if registry.optimizer(turn.phase.optimizer.id).closure:
        return [
            "",
            "def closure(batch=batch):",
            *_indent([*lines, "return loss"]),
            "",
            f"{optimizer}.step(closure)",
            *treatment.after(turn),
        ]
    return [*lines, f"{optimizer}.step()", *treatment.after(turn)]


# -- after an epoch


def _after_epoch(turn: Turn) -> list[str]:
    scheduler, per_step = _scheduler(turn)
    if not scheduler or per_step:
        return []
    monitored = registry.schedule(turn.phase.schedule.id).monitored
    value = f"figures[{f'{turn.label}loss'!r}]" if monitored else ""
    step = f"{turn.called('scheduler')}.step({value})"
    if turn.phase.warmup_steps:
        return [f"if {turn.called('warmup')}.over:", f"    {step}"]
    return [step]


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
