"""Networks as the right-hand side of a differential equation. The function stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def integrate(
    rate: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    parameters: Iterable[torch.Tensor],
    start: torch.Tensor,
    span: tuple[float, float],
    points: int,
    method: str,
    rtol: float,
    atol: float,
    steps: int,
    adjoint: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the state at the end of `span` and the path to it, (N, points, ...).

    Solves dh/dt = rate(h, t) from h = start, with torchdiffeq (Chen et al. 2018). `rate` is given
    the time as (N, 1). Solvers of a fixed step make `steps` of them. With `adjoint`, gradients of
    `parameters` come from a second equation that is solved backwards, in constant memory.
    """
    import torchdiffeq

    def slope(t: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        return rate(h, t.to(h.dtype).expand(len(h), 1))

    times = torch.linspace(span[0], span[1], points, device=start.device)
    fixed = method in ("euler", "midpoint", "rk4")
    settings: dict[str, Any] = {"rtol": rtol, "atol": atol, "method": method}
    if fixed:
        settings["options"] = {"step_size": abs(span[1] - span[0]) / steps}
    if adjoint:
        settings["adjoint_params"] = tuple(p for p in parameters if p.requires_grad)
    solve = getattr(torchdiffeq, "odeint_adjoint" if adjoint else "odeint")
    try:
        path: torch.Tensor = solve(slope, start, times, **settings)
    except AssertionError as error:
        raise ValueError(
            f"the state changes too fast for its solver ({error}); choose a smaller learning rate, "
            "weight decay or a looser tolerance"
        ) from error
    return path[-1], path.transpose(0, 1)
