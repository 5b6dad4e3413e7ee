"""What the page of the gradient check says: only what was compared agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.profile.costs import GradientsPage
from engine.preflight.slopes import Slope
from engine.project import Project

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_what_was_not_tried_is_not_said_to_agree(qtbot: QtBot) -> None:
    page = GradientsPage()
    qtbot.addWidget(page)
    right = Slope("n1", "dense", "main", "weight", "right", 2e-9, 1.0, 1.0)
    none = Slope("n2", "input", "main", "", "none", 0.0)
    page.show_slopes(Project(), [right, none])
    assert page.said.text() == (
        "1 tensor agreed with finite differences; the largest relative error is 2.0e-09. "
        "1 other: see the notes."
    )
    page.show_slopes(Project(), [Slope("n1", "dense", "main", "weight", "wrong", 0.5, 1.0, 2.0)])
    assert page.said.text().startswith("A wrong gradient comes from 1 layer;")
