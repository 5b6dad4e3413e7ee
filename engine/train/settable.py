"""Which settings a run can take over while it goes on, and what they may be. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.techniques import treatments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.project import Phase

    Phases = Sequence[Phase]

MOST_EPOCHS = 1_000_000
_LAID_OUT = frozenset({"history_size"})
"""Numbers by which an optimizer lays out what it keeps, when it begins."""
_NUMBERS = frozenset({"bool", "int", "float"})

SETTABLE = ("lr", "watch", "watch_share", "epochs")


def check_setting(path: str, phases: Phases, value: float | None) -> None:
    """Check that a run can take over a setting, and that its value is in range.

    Raises
    ------
    ValueError
        A sentence that names the setting.
    """
    parts = path.split(".")
    if path not in SETTABLE and not _settable(parts, phases):
        raise ValueError(f"{path!r} cannot be changed while training.")
    _check(path, parts, phases, value)


def _settable(parts: list[str], phases: Phases) -> bool:
    """Return whether a path names something of a phase that a run can change."""
    if parts[0] != "phases" or len(parts) < 3 or not parts[1].isdecimal():
        return False
    if int(parts[1]) >= len(phases):
        return False
    if len(parts) == 3:
        return parts[2] in treatments()
    return len(parts) == 5 and parts[2:4] == ["optimizer", "params"]


def _check(path: str, parts: list[str], phases: Phases, value: float | None) -> None:
    """Check a new value against the setting's own range; ValueError names the setting."""
    if len(parts) == 3:
        treatments()[parts[2]].check(value)
        return
    if value is None:
        raise ValueError(f"{path} must be a number.")
    if path == "lr" or len(parts) == 5:
        phase = phases[0 if path == "lr" else int(parts[1])]
        spec = registry.optimizer(phase.optimizer.id)
        try:
            param = spec.param(parts[-1])
        except KeyError:
            raise ValueError(f"{phase.optimizer.id!r} has no setting {parts[-1]!r}.") from None
        off = phase.optimizer.params.get(param.name, param.default) is None
        if off or param.type not in _NUMBERS or param.name in _LAID_OUT:
            raise ValueError(f"{param.label} cannot be changed while training.")
        param.check(value)
    elif path == "watch_share" and not 0 < value <= 1:
        raise ValueError(f"The share for watching must be above 0 and at most 1; received {value}.")
    elif path == "epochs" and not 1 <= value <= MOST_EPOCHS:
        raise ValueError(f"Epochs must be from 1 to {MOST_EPOCHS:,}; received {value}.")
