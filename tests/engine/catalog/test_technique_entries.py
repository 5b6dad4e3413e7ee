"""Techniques describe fields of the project, which decide alone what a value may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.catalog import registry
from engine.catalog.spec import TechniqueSpec
from engine.catalog.techniques import treatments
from engine.graph import Node
from engine.project import Checkpoints, EarlyStopping, Phase, Training

if TYPE_CHECKING:
    from pydantic import BaseModel

TECHNIQUES = registry.of_kind(TechniqueSpec)
HOLDERS: dict[str, type[BaseModel]] = {
    "phase": Phase,
    "training": Training,
    "early_stopping": EarlyStopping,
    "checkpoints": Checkpoints,
    "node": Node,
}
SETTINGS = [
    pytest.param(HOLDERS[spec.holder], param, id=f"{spec.id}-{param.name}")
    for spec in TECHNIQUES.values()
    for param in spec.params
]


@pytest.mark.parametrize(("model", "param"), SETTINGS)
def test_a_setting_is_a_field_with_the_same_default(model: type[BaseModel], param: Any) -> None:
    assert model.model_fields[param.name].default == param.default


@pytest.mark.parametrize(("model", "param"), SETTINGS)
def test_a_setting_allows_what_the_field_allows(model: type[BaseModel], param: Any) -> None:
    named = {name: "x" for name in ("id", "spec", "name") if name in model.model_fields}

    def fits(value: object) -> bool:
        try:
            model.model_validate({**named, param.name: value})
        except ValueError:
            return False
        return True

    def suits(value: object) -> bool:
        try:
            param.check(value)
        except ValueError:
            return False
        return True

    for value in (None, -1.0, -1, 0, 0.0, 1e-9, 0.5, 1, 1.0, 2, 1e12, "x", "", *param.choices):
        assert fits(value) == suits(value) or _converts(value, param), value


def _converts(value: object, param: Any) -> bool:
    """Return whether a model reads a value as another kind, as files cannot hold it."""
    return param.type == "bool" or (param.type == "int" and isinstance(value, float))


def test_every_row_of_training_is_covered() -> None:
    covered = {row for entry in registry.entries().values() for row in entry.covers}
    wanted = {
        *(f"OPT-{n:02}" for n in range(1, 9)),
        *(f"SCH-{n:02}" for n in range(1, 8)),
        *(f"REG-{n:02}" for n in range(1, 5)),
        *(f"INI-{n:02}" for n in range(1, 7)),
    }
    assert wanted <= covered


def test_techniques_explain_themselves() -> None:
    for spec in TECHNIQUES.values():
        assert spec.notes
        assert spec.pitfalls
        assert spec.keywords
        assert spec.covers


def test_what_a_run_takes_over_are_settings_of_a_phase() -> None:
    assert set(treatments()) <= set(Phase.model_fields)
