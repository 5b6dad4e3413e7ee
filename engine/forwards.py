"""The text of a network's forwards: generated Python that runs its modules in order."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from engine.steps import every, flow_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine.steps import Plan, Step

    Handles = Mapping[tuple[str, ...], str]
    """Home of a module -> a Python name."""


def body_lines(
    step: Step,
    handles: Handles,
    write: Callable[[Step], list[str]] | None = None,
) -> list[str]:
    """Return the statements of a step; `write` makes those of the steps inside of it."""
    if step.flow is not None:
        write = write or partial(body_lines, handles=handles)
        return flow_lines(step, step.flow, write, f"_p_{step.flow.name}")
    handle = handles.get(step.home, "")
    if step.spec.target == "torch.nn.Linear":
        (given,) = step.inputs["in"]
        return [f"{step.outputs['out']} = linear({given}, _w_{handle}, _b_{handle})"]
    return step.body(f"_m_{handle}")


def _needs(plan_: Plan, handles: Handles) -> list[str]:
    """Return the names under which generated source gets modules and weights."""
    needs: dict[str, None] = {}
    for step in plan_.every:
        if step.flow is not None:
            needs[f"_p_{step.flow.name}"] = None
        if step.has_module:
            handle = handles[step.home]
            linear = step.spec.target == "torch.nn.Linear"
            names = (f"_w_{handle}", f"_b_{handle}") if linear else (f"_m_{handle}",)
            needs |= dict.fromkeys(names)
    return list(needs)


def _results(plan_: Plan) -> str:
    """Return what a training forward returns: the total, each loss, the predictions."""
    losses = "".join(f"{s.outputs['out']}, " for s in plan_.loss_steps)
    predictions = "".join(f"{p}, " for p in plan_.predictions)
    return f"{plan_.total() or 'None'}, ({losses}), ({predictions})"


def watched_text(plan_: Plan, handles: Handles, trained: Iterable[Step]) -> str:
    """Return the text of `make(modules...)`, which returns the forward with eyes at every step."""
    trained = list(trained)
    numbers = {id(step): number for number, step in enumerate(every(trained))}

    def watched(step: Step) -> list[str]:
        number, lines, places = numbers[id(step)], list[str](), 0
        given: dict[str, list[str]] = {}
        for port, names in step.inputs.items():
            given[port] = [f"_given_{places + k}" for k in range(len(names))]
            for alias, name in zip(given[port], names, strict=True):
                lines.append(f"{alias} = enter({number}, {places}, {name})")
                places += 1
        lines += body_lines(replace(step, inputs=given), handles, watched)
        return [*lines, f"see({number}, ({''.join(f'{v}, ' for v in step.outputs.values())}))"]

    needs = _needs(plan_, handles)
    fields = ", ".join(plan_.variables[f] for f in plan_.fields)
    text = [f"needs = {tuple(needs)!r}", f"def make({', '.join(needs)}):"]
    text.append(f"    def watched_forward({fields}):")
    text += [f"        {line}" for step in trained for line in watched(step)]
    text += [f"        return {_results(plan_)}", "    return watched_forward"]
    return "\n".join(text)


def forwards_text(plan_: Plan, handles: Handles, trained: Iterable[Step]) -> str:
    """Return the text of `make(modules...)`, which returns the five forwards."""
    needs = _needs(plan_, handles)
    inputs = ", ".join(plan_.variables[f] for f in plan_.input_fields)
    fields = ", ".join(plan_.variables[f] for f in plan_.fields)
    taps = "".join(f"{next(iter(s.outputs.values()))}, " for s in trained if s.layer)
    predictions = "".join(f"{p}, " for p in plan_.predictions)
    shown = tuple(d.variable for d in plan_.displays)
    results = plan_.results[0] if len(plan_.results) == 1 else f"({', '.join(plan_.results)})"
    end = f"return {_results(plan_)}"
    blocks = (
        ("forward", inputs, plan_.needed(plan_.results), f"return {results}"),
        ("train_forward", fields, trained, end),
        ("tapped_forward", fields, trained, f"{end}, ({taps})"),
        ("predict_forward", fields, plan_.needed(plan_.predictions), f"return ({predictions})"),
        (
            "shown_forward",
            fields,
            plan_.needed(shown),
            f"return ({''.join(f'{name}, ' for name in shown)})",
        ),
    )
    text = [f"needs = {tuple(needs)!r}", f"def make({', '.join(needs)}):"]
    for name, arguments, steps, last in blocks:
        text.append(f"    def {name}({arguments}):")
        text += [f"        {line}" for step in steps for line in body_lines(step, handles)]
        text.append(f"        {last}")
    text.append(f"    return {', '.join(block[0] for block in blocks)}")
    return "\n".join(text)


def alone_text(plan_: Plan, handles: Handles, step: Step) -> str:
    """Return the text of `make(modules...)`, which returns one step as a function of its inputs."""
    ports = [(port, k) for port, names in step.inputs.items() for k in range(len(names))]
    names = {place: f"_given_{n}" for n, place in enumerate(ports)}
    given = {port: [names[port, k] for k in range(len(held))] for port, held in step.inputs.items()}
    needs = _needs(plan_, handles)
    text = [f"needs = {tuple(needs)!r}", f"def make({', '.join(needs)}):"]
    text.append(f"    def alone({', '.join(names.values())}):")
    text += [f"        {line}" for line in body_lines(replace(step, inputs=given), handles)]
    text += [f"        return ({''.join(f'{v}, ' for v in step.outputs.values())})"]
    return "\n".join([*text, "    return alone"])
