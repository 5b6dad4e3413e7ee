"""The parts of an exported script that train: batches, the loop, the command line. Text only."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from engine import emit
from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.train.stopping import better

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.project import Phase, Project

BATCHES = '''
def batches(part, size, seed, epoch):
    """Yield an epoch's batches; their order depends on the seed and the epoch alone."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
    order = torch.randperm(len(part[0]), generator=generator).to(part[0].device)
    for index in order.split(size):
        yield [values.index_select(0, index) for values in part]
'''

FINGERPRINT = '''
def fingerprint(network):
    """Return the SHA-256 of all weights and buffers, in the order of their names."""
    digest = hashlib.sha256()
    for _, value in sorted(network.state_dict().items()):
        digest.update(value.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
'''


def train_function(
    project: Project, left_out: Sequence[str], *, validation: bool, units: str
) -> str:
    """Return `train`; `left_out` are the modules whose parameters stay as they are."""
    phase, stopping = project.phase, project.training.early_stopping
    parts = "part, validation" if validation else "part"
    size = "len(part[0])" if project.training.batch == "all" else "BATCH_SIZE"
    text = [f"def train(network, {parts}{units}, epochs, seed):"]
    text.append(
        '    """Train the network in place; return the numbers of epochs and of steps taken."""'
    )
    text += _indent(_parameters(left_out))
    text.append(f"    optimizer = {_optimizer(phase)}")
    scheduler, per_step = _scheduler(phase)
    if scheduler:
        if "total" in scheduler:
            text.append(f"    total = epochs * math.ceil(len(part[0]) / {size})")
        text.append(f"    scheduler = {scheduler}")
    if stopping.enabled:
        text.append("    best, waited = math.inf, 0")
        text += ["    kept = None"] if stopping.restore_best else []
    text += ["    steps = 0", "    for epoch in range(epochs):"]
    text.append(f"        for batch in batches(part, {size}, seed, epoch):")
    text += _indent(_step(phase), 3)
    if scheduler and per_step:
        text += _indent(["if steps < total:", "    scheduler.step()"], 3)
    if validation:
        text.append(f"        figures = evaluate(network, validation{units})")
    text += _indent(_epoch_end(validation), 2)
    if scheduler and not per_step:
        monitored = registry.schedule(phase.schedule.id).monitored
        text.append(f"        scheduler.step({_MONITORED if monitored else ''})")
    text += _indent(_stopping(project), 2)
    if stopping.enabled and stopping.restore_best:
        text += ["    if kept is not None:", "        network.load_state_dict(kept)"]
    return "\n".join([*text, "    return epoch + 1, steps"])


_MONITORED = 'figures["loss"]'


def _indent(lines: Sequence[str], depth: int = 1) -> list[str]:
    return [f"{'    ' * depth}{line}" for line in lines]


def _parameters(left_out: Sequence[str]) -> list[str]:
    if not left_out:
        return ["parameters = list(network.parameters())"]
    return [
        f"left_out = {{{', '.join(repr(name) for name in left_out)}}}",
        "parameters = [",
        "    parameter",
        "    for name, parameter in network.named_parameters()",
        '    if name.partition(".")[0] not in left_out',
        "]",
    ]


def _arguments(values: Mapping[str, object]) -> str:
    return "".join(f", {name}={value!r}" for name, value in values.items())


def _optimizer(phase: Phase) -> str:
    spec = registry.optimizer(phase.optimizer.id)
    fused = ", fused=True" if spec.fused else ""
    values = spec.arguments(phase.optimizer.params)
    given = {"lr": values["lr"], **emit.stated(spec.target, values)}
    return f"{spec.target}(parameters{_arguments(given)}{fused})"


def _scheduler(phase: Phase) -> tuple[str, bool]:
    """Return the expression that makes the scheduler, and whether it moves after every step."""
    spec = registry.schedule(phase.schedule.id)
    if not spec.target:
        return "", False
    optimizer = registry.optimizer(phase.optimizer.id)
    values = optimizer.arguments(phase.optimizer.params)
    supplied = {"epochs": "epochs", "steps": "total", "lr": repr(values["lr"])}
    chosen = emit.stated(spec.target, spec.arguments(phase.schedule.params))
    given = {name: repr(value) for name, value in chosen.items()}
    given |= {name: supplied[what] for name, what in spec.derived.items()}
    known = inspect.signature(load_target(spec.target)).parameters
    if "cycle_momentum" in known and not {"momentum", "betas"} & set(values):
        given["cycle_momentum"] = "False"
    arguments = ", ".join(f"{name}={value}" for name, value in given.items())
    return f"{spec.target}(optimizer, {arguments})", spec.per == "step"


def _step(phase: Phase) -> list[str]:
    """Return the lines of one step."""
    weight = f" * {phase.weight!r}" if phase.weight != 1 else ""
    lines = [
        f"loss = network.losses(*batch)[0]{weight}",
        "optimizer.zero_grad()",
        "loss.backward()",
    ]
    changes = [f"weight.grad.add_(weight.sign(), alpha={phase.l1!r})"] if phase.l1 else []
    changes += [f"weight.grad.add_(weight, alpha={2 * phase.l2!r})"] if phase.l2 else []
    if changes:
        lines += ["with torch.no_grad():", "    for weight in parameters:"]
        lines += ["        if weight.dim() >= 2:", *(f"            {c}" for c in changes)]
    if phase.clip_value is not None:
        lines.append(f"nn.utils.clip_grad_value_(parameters, {phase.clip_value!r})")
    if phase.clip_norm is not None:
        lines.append(f"nn.utils.clip_grad_norm_(parameters, {phase.clip_norm!r})")
    return [*lines, "optimizer.step()", "steps += 1"]


def _epoch_end(validation: bool) -> list[str]:
    if not validation:
        return ['print(f"epoch {epoch + 1}/{epochs}", file=sys.stderr)']
    return [
        'words = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())',
        'print(f"epoch {epoch + 1}/{epochs}  {words}", file=sys.stderr)',
    ]


def _stopping(project: Project) -> list[str]:
    stopping = project.training.early_stopping
    if not stopping.enabled:
        return []
    sign = "-" if better(stopping.metric) == "higher" else ""
    least = f" - {stopping.min_delta!r}" if stopping.min_delta else ""
    return [
        f"value = {sign}figures[{stopping.metric!r}]",
        f"if value < best{least}:",
        "    best, waited = value, 0",
        *(["    kept = copy.deepcopy(network.state_dict())"] if stopping.restore_best else []),
        "else:",
        "    waited += 1",
        f"    if waited == {stopping.patience}:",
        "        break",
    ]


def main_function(project: Project, *, draws: bool, validation: bool, units: str, path: str) -> str:
    """Return `main` and the line that calls it; `path` is the data file chosen, if it is one."""
    device = project.training.device
    parts = 'parts["train"], parts["validation"]' if validation else 'parts["train"]'
    text = [
        "def main():",
        "    parser = argparse.ArgumentParser(description=__doc__)",
        '    parser.add_argument("--json", action="store_true", help="print one JSON object")',
        '    parser.add_argument("--epochs", type=int, default=EPOCHS)',
        '    parser.add_argument("--seed", type=int, default=SEED)',
        f'    parser.add_argument("--device", default="{device}", help="auto, cpu, cuda, ...")',
        f'    parser.add_argument("--data", default={path!r}, help="the data file")'
        if path
        else '    parser.add_argument("--data", help="folder that holds the data sets")',
        "    options = parser.parse_args()",
        "    torch.set_num_threads(THREADS)",
        "    torch.set_flush_denormal(True)",
        "    device = options.device",
        '    if device == "auto":',
        '        device = "cuda" if torch.cuda.is_available() else "cpu"',
    ]
    if not path:
        text += ["    if options.data:", '        os.environ["LAYERLOOM_DATA"] = options.data']
    loaded = "parts, units" if units else "parts"
    given = "device, options.data" if path else "device"
    text += [
        f"    {loaded} = load_data({given})",
        "    torch.manual_seed(options.seed)",
        "    network = Network()",
        *(["    initialize(network)"] if draws else []),
        "    network.to(device)",
        "    begin = time.perf_counter()",
        f"    epochs, steps = train(network, {parts}{units}, options.epochs, options.seed)",
        "    seconds = time.perf_counter() - begin",
        f"    result = {{name: evaluate(network, part{units}) for name, part in parts.items()}}",
        "    result |= {",
        '        "epochs": epochs,',
        '        "steps": steps,',
        '        "seconds": round(seconds, 3),',
        '        "device": device,',
        '        "seed": options.seed,',
        '        "run": "",',
        '        "parameters_sha256": fingerprint(network),',
        "    }",
        "    if options.json:",
        "        print(json.dumps(result))",
        "        return",
        "    for name in parts:",
        '        words = "  ".join(f"{key} {value:.4g}" for key, value in result[name].items())',
        '        print(f"{name:12} {words}")',
        "",
        "",
        'if __name__ == "__main__":',
        "    main()",
    ]
    return "\n".join(text)
