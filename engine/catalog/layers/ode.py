"""Neural differential equations: a network of the project says how fast a state changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.catalog.spec import LayerSpec, Param, Port

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIXED = ("euler", "midpoint", "rk4")
"""Solvers that make as many steps as they are told."""
ADAPTIVE = ("dopri5", "bosh3", "fehlberg2", "adaptive_heun", "dopri8")
"""Solvers that make as many as the tolerance asks for."""


def _face(values: Mapping[str, Any]) -> Iterable[str]:
    yield values["method"]
    if values["method"] in FIXED:
        yield f"{values['steps']} steps"
    else:
        yield f"tolerance {values['rtol']:g}"
    yield "adjoint" if values["adjoint"] else ""


NEURAL_ODE = LayerSpec(
    id="neural_ode",
    title="Neural ODE",
    gradient_note="A solver works out both ways, each to its tolerance.",
    group="Special",
    covers=("LAY-48",),
    summary="Lets a state flow along a differential equation whose right side is a network.",
    keywords=("differential equation", "continuous depth", "solver", "flow", "dynamics", "adjoint"),
    formula="dh/dt = f(h, t),  h(t₀) = input,  output = h(t₁)",
    notes=(
        "Choose a network of the project as f: its first Input is the state h, its Output how fast "
        "that changes, of the same shape; a second Input, if it has one, is the time, N × 1. A "
        "residual block is one Euler step of such an equation; here the solver decides how many "
        "are needed. The adjoint solves a second equation backwards instead of keeping all steps: "
        "memory stays constant, time grows. The number of operations that is shown counts one "
        "evaluation of f for each stage of each step; for solvers that choose their steps, one in "
        "all. Needs the extra “ode”: pip install torchdiffeq==0.2.5."
    ),
    pitfalls=(
        "Training gets slower and slower: f became stiff, the solver needs ever more steps; put a "
        "tanh in f, add weight decay or loosen the tolerance. “Changes too fast”: the state or the "
        "weights overflowed. With the adjoint and a loose tolerance gradients are wrong by about "
        "that much. Paths of one equation cannot cross: in the plane a ring never leaves the disc "
        "it surrounds; widen the state with zeros first (Dupont et al. 2019)."
    ),
    inputs=(Port(name="in", axes="N ...", doc="The state at the first time."),),
    outputs=(
        Port(name="out", axes="N ...", doc="The state at the last time."),
        Port(name="path", axes="N T ...", doc="The state at evenly spaced times, both ends too."),
    ),
    calls=("engine.modules.ode.integrate",),
    forward=(
        (
            "{out}, {path} = integrate({self}, {in}, ({p.start}, {p.end}), {p.points}, {p.method}, "
            "{p.rtol}, {p.atol}, {p.steps}, {p.adjoint})"
        ),
    ),
    face=_face,
    params=(
        Param(
            name="network",
            title="Right side",
            default="",
            kind="network",
            argument=False,
            doc="Which network of the project says how fast the state changes.",
        ),
        Param(
            name="method",
            title="Solver",
            default="dopri5",
            choices=(*ADAPTIVE, *FIXED),
            argument=False,
            doc="Runge-Kutta with a step of its own choice, or one of a fixed number of steps.",
        ),
        Param(
            name="start",
            title="First time",
            default=0.0,
            ge=-1e6,
            le=1e6,
            argument=False,
            advanced=True,
            doc="The time at which the input is the state.",
        ),
        Param(
            name="end",
            title="Last time",
            default=1.0,
            ge=-1e6,
            le=1e6,
            argument=False,
            doc="The time at which the state is the output; before the first time it flows back.",
        ),
        Param(
            name="points",
            title="Points of the path",
            default=2,
            ge=2,
            le=100_000,
            argument=False,
            doc="At how many times the path holds the state, the first and the last included.",
        ),
        Param(
            name="rtol",
            title="Relative tolerance",
            default=1e-3,
            gt=0,
            le=1,
            argument=False,
            doc="Error of a step that is allowed, as a share of the state.",
        ),
        Param(
            name="atol",
            title="Absolute tolerance",
            default=1e-4,
            gt=0,
            le=1,
            argument=False,
            doc="Error of a step that is allowed besides that.",
        ),
        Param(
            name="steps",
            title="Fixed steps",
            default=20,
            ge=1,
            le=100_000,
            argument=False,
            doc="How many steps euler, midpoint and rk4 make; others choose.",
        ),
        Param(
            name="adjoint",
            default=False,
            argument=False,
            doc="On: gradients by solving backwards, in constant memory. Off: through all steps.",
        ),
    ),
)
