"""What a template's own file says it reaches, it reaches."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from engine import files
from engine.assign import assign
from engine.catalog import registry
from engine.catalog.spec import TemplateSpec
from engine.data import describe
from engine.project import Claim, Project
from engine.review import review
from engine.session import run_headless
from tests.engine.special_figures import FIGURES

KNOWN = ("parameters",)
"""Figures that need no run."""


def claims() -> Iterator[Any]:
    for name in sorted(registry.of_kind(TemplateSpec)):
        for claim in files.template(name).claims:
            yield pytest.param(name, claim, id=f"{name}-{claim.figure}")


@lru_cache(maxsize=1)
def trained(text: str) -> Any:
    """Return the result of a run; claims of one run stand one after the other."""
    return run_headless(files.loads(text), device="cpu")


def found(project: Project, claim: Claim) -> float:
    """Return the figure of a claim, from a run if it takes one."""
    if claim.figure in KNOWN:
        return float(review(project)[claim.figure])
    for path, value in claim.sets.items():
        project = assign(project, path, json.dumps(value))
    if claim.figure in FIGURES:
        return FIGURES[claim.figure](project)
    result = trained(files.dumps(project))
    part, _, figure = claim.figure.partition(".")
    return float(result[part][figure])


@pytest.mark.parametrize(("name", "claim"), list(claims()))
def test_claim(name: str, claim: Claim, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    value = found(files.template(name), claim)
    assert claim.at_least is not None or claim.at_most is not None
    if claim.at_least is not None:
        assert value >= claim.at_least
    if claim.at_most is not None:
        assert value <= claim.at_most


def test_every_template_beyond_the_first_states_a_figure() -> None:
    silent = [n for n in registry.of_kind(TemplateSpec) if not files.template(n).claims]
    assert not silent


def test_claims_survive_a_file() -> None:
    claim = Claim(figure="test.loss", at_most=0.5, sets={"training.epochs": 2}, note="quick")
    project = Project(claims=(claim,))
    assert files.loads(files.dumps(project), "x").claims == (claim,)
    assert describe(project.data).fields
