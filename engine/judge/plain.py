"""A network beside plain models, on the very same samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.judge.baselines import baselines, network_figures

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.judge.answers import Answers, Judged
    from engine.judge.baselines import Table


def beside(
    judged: Judged,
    answers: Answers,
    seconds: float,
    told: Callable[[str, float], None] = lambda _text, _share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Table, dict[str, float]]:
    """Return the plain models' table, and the network's figures on the samples they are judged by.

    Raises
    ------
    ValueError
        The data does not suit plain models; a sentence.
    """
    if len(set(answers.sample.tolist())) < len(answers.sample):
        raise ValueError("Plain models give one answer a sample; this network gives several.")
    table = baselines(
        judged.data, judged.inputs, answers.field, judged.part, seconds, told, cancelled
    )
    place = {int(sample): n for n, sample in enumerate(answers.sample)}
    kept = [place[int(sample)] for sample in table.samples if int(sample) in place]
    figures = network_figures(answers.prediction[kept], answers.target[kept], table.task)
    return table, figures
