"""A run that was cut goes on to the same bits: whatever the optimizer, the schedule, the phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.train import cut_runs
from tests.engine.train.cut_runs import OPTIMIZERS, SCHEDULES, bits, gone_on, marked, rows, run

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 60


@pytest.mark.parametrize("number", range(COUNT))
def test_a_run_cut_at_any_step_goes_on_to_the_same_bits(number: int, tmp_path: Path) -> None:
    case = cut_runs.case(number)
    whole, _ = run(marked(case.project, case.cut), case.data, tmp_path)
    expected, figures = bits(whole), rows(tmp_path)
    resumed = gone_on(tmp_path, case.data, case.cut)
    assert bits(resumed) == expected, case.name
    assert rows(tmp_path) == figures


def test_the_cases_use_every_optimizer_and_every_schedule() -> None:
    cases = [cut_runs.case(number) for number in range(COUNT)]
    phases = [phase for case in cases for phase in case.project.training.phases]
    assert {phase.optimizer.id for phase in phases} == {*OPTIMIZERS}
    assert {phase.schedule.id for phase in phases} == {*SCHEDULES}
    assert len({case.name for case in cases}) == COUNT
