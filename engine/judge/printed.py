"""Reports of a kept run for the command line: as plain values, and as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from engine.catalog import registry
from engine.catalog.spec import ReportSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from engine.judge.answers import Answers

WIDE = 20
"""Numbers of a row that are printed."""


def run_reports(folder: Path, wanted: Sequence[str], part: str) -> dict[str, Any]:
    """Return reports on a kept run's answers by id; of several losses by `id.loss`.

    Raises
    ------
    ValueError
        There is no such report, or it does not suit; a sentence.
    """
    from engine.judge.answers import judge
    from engine.runs import kept

    known: Mapping[str, ReportSpec] = registry.of_kind(ReportSpec)
    for report in wanted:
        if report not in known or not known[report].target.startswith("engine.modules."):
            ids = ", ".join(k for k, s in known.items() if s.target.startswith("engine.modules."))
            raise ValueError(f"There is no report called {report!r}. Known: {ids}.")
    judged = judge(*kept(folder), part)
    found: dict[str, Any] = {}
    for report in wanted:
        fits = [a for a in judged.answers if a.task in known[report].tasks]
        if not fits:
            raise ValueError(f"The report {report!r} does not suit this network's losses.")
        for answers in fits:
            key = report if len(fits) == 1 else f"{report}.{answers.name}"
            found[key] = _plain({**answers.report(report), "classes": _classes(answers)})
    return found


def _classes(answers: Answers) -> list[str]:
    if answers.task == "regression":
        return []
    count = 2 if answers.prediction.ndim == 1 else answers.prediction.shape[1]
    return [answers.class_name(n) for n in range(count)]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return cast("Any", value).tolist()
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in cast("Sequence[Any]", value)]
    return value


def report_lines(name: str, report: Mapping[str, Any]) -> Iterator[str]:
    """Yield a report as lines: its table if it has one, else its single figures."""
    yield f"{name}:"
    classes: list[str] = report.get("classes") or []
    if "counts" in report:
        yield "  rows actual, columns predicted"
        for label, row in zip(classes, report["counts"], strict=True):
            yield f"  {label:>12}  " + " ".join(f"{n:>6}" for n in row[:WIDE])
    elif "support" in report:
        yield f"  {'':>12}  " + " ".join(f"{c:>11}" for c in (*report["columns"], "samples"))
        rows = zip(classes, report["rows"], report["support"], strict=True)
        for label, row, count in rows:
            yield f"  {label:>12}  " + " ".join(f"{v:>11.4f}" for v in row) + f" {count:>11}"
    else:
        for key, value in report.items():
            if isinstance(value, int | float):
                yield f"  {key} {value:.4g}"
