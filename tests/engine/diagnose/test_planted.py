"""Real runs of templates that were spoilt, and of some that were not; the rest is a bench."""

from __future__ import annotations

import pytest

from engine.catalog import registry
from engine.catalog.spec import FindingSpec
from tests.bench.findings import diagnosed, fits, found, rows, sound
from tests.bench.pathologies import spoilt
from tests.bench.planted import HEALTHY, PLANTED

NAMED = {case.name: case for case in PLANTED}
QUICK = (
    "small weights",
    "deep and large weights",
    "logarithm of a negative number",
    "filters far down",
    "few noisy samples",
    "crushing penalty",
    "schedule of cliffs",
    "rate of 2",
    "wine unscaled",
    "one kind in thirteen",
    "sigmoid and dropout in front",
    "weights of zero",
    "activation left out",
    "batch norm and batches of one",
)
SOUND = ("iris", "moons-mlp", "xor-mlp", "rbf-sine", "table-and-image")


@pytest.mark.parametrize("name", QUICK)
def test_what_is_planted_is_found_in_time(name: str) -> None:
    right, told = found(NAMED[name], watch_share=0.5)
    assert right, told.kinds()


@pytest.mark.parametrize("template", SOUND)
def test_a_sound_run_hears_nothing(template: str) -> None:
    assert sound(template, HEALTHY[template]).kinds() == []


def test_a_fix_that_is_taken_helps() -> None:
    case = NAMED["crushing penalty"]
    (finding,) = [f for f in diagnosed(spoilt(case)).findings if fits(case, f)]
    assert finding.fix is not None
    from engine import remedies

    mended = diagnosed(remedies.apply(spoilt(case), finding.fix))
    assert case.kind not in {f.kind for f in mended.findings}


def test_the_bench_plants_what_it_states() -> None:
    kinds = [case.kind for case in PLANTED]
    required = set(kinds[:20]) | {"softmax_twice", "input_scale", "class_imbalance"}
    assert len(PLANTED) == 30
    assert len(HEALTHY) == 20
    assert len(required) == 13
    assert all(kinds.count(kind) >= 2 for kind in required)
    assert set(kinds) <= set(registry.of_kind(FindingSpec))
    assert len({case.template for case in PLANTED}) >= 7
    assert len({case.name for case in PLANTED}) == 30


def test_the_bench_counts() -> None:
    made = rows(("planted", "healthy"), quick=True)
    counted = {(r.case, r.metric): r.value for r in made}
    assert counted["planted", "found"] == 4
    assert counted["healthy", "alarms"] == 0
