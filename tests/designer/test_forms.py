"""Every catalogue entry in a form; every kind of setting edited by hand; the step of a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.editors import EDITORS, PathEditor
from designer.forms import SpecForm
from designer.modelparams import params_of
from designer.numberbox import NumberBox, step, to_number
from engine.catalog import registry
from engine.catalog.spec import Field, Param
from engine.project import Split, Training

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

FIELDS = {
    "pixels": Field(name="pixels", shape=(64,)),
    "target": Field(name="target", shape=(), dtype="int64", role="target", classes=("a", "b")),
}


def form_of(qtbot: QtBot, *params: Param, **values: object) -> tuple[SpecForm, list[object]]:
    form = SpecForm(params, values, FIELDS)
    qtbot.addWidget(form)
    seen: list[object] = []
    form.valueChanged.connect(lambda name, value: seen.append((name, value)))
    return form, seen


@pytest.mark.parametrize("key", registry.entries())
def test_every_entry_shows_and_keeps_its_settings(key: str, qtbot: QtBot) -> None:
    spec = registry.entries()[key]
    form = SpecForm(spec.params, {}, FIELDS)
    qtbot.addWidget(form)
    assert set(form.rows) == {p.name for p in spec.params}
    for param in spec.params:
        editor = form.editor(param.name)
        assert editor.value == param.default
        editor.show_value(param.default)
        assert editor.value == param.default
        assert form.rows[param.name].sentence.isHidden()


def test_every_kind_has_an_editor() -> None:
    from typing import get_args

    from engine.catalog.spec import Kind

    assert set(EDITORS) == set(get_args(Kind))


def test_a_whole_number(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Param(name="n", default=4, ge=1, le=9, doc="N.", unit="px"))
    line = form.editor("n").box.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "7")
    assert seen == [("n", 7)]
    line.selectAll()
    qtbot.keyClicks(line, "2.5")
    assert "whole number" in form.rows["n"].sentence.text()
    line.selectAll()
    qtbot.keyClicks(line, "x")
    assert "whole number" in form.rows["n"].sentence.text()
    assert seen == [("n", 7), ("n", 2)]


def test_an_optional_number_can_be_empty(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Param(name="clip", default=1.5, gt=0, optional=True, doc="C."))
    line = form.editor("clip").box.lineEdit()
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    assert seen == [("clip", None)]
    assert line.placeholderText() == "none"


def test_small_numbers_step_in_their_first_digit() -> None:
    assert step(0.001, 1, whole=False) == 0.002
    assert step(0.001, -1, whole=False) == 0.0009
    assert step(0.95, 1, whole=False) == pytest.approx(1.05)
    assert step(0, 1, whole=False) == 0.1
    assert step(3, -10, whole=True) == -7


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), (" 1e-3", 0.001), ("", None), ("a", "a"), ("\u22122", -2)]
)
def test_reading_numbers(text: str, value: object) -> None:
    assert to_number(text) == value


def test_numbers_side_by_side(qtbot: QtBot) -> None:
    form, seen = form_of(
        qtbot,
        Param(name="k", default=(3, 3), length=2, ge=1, choices=("same",), kind="ints", doc="."),
    )
    editor = form.editor("k")
    line = editor.boxes[1].lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "5")
    assert seen == [("k", (3, 5))]
    editor.words.setCurrentIndex(1)
    editor.words.activated.emit(1)
    assert seen[-1] == ("k", "same")
    assert not editor.boxes[0].isEnabled()


def test_a_list_of_numbers(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, Param(name="s", default=(1, 8, 8), doc="S."))
    line = form.editor("s").line
    assert line.text() == "1, 8, 8"
    line.selectAll()
    qtbot.keyClicks(line, "2x4")
    assert seen[-1] == ("s", (2, 4))


def test_a_choice_and_a_tick(qtbot: QtBot) -> None:
    form, seen = form_of(
        qtbot,
        Param(name="mode", default="a", choices=("a", "b"), doc="M."),
        Param(name="on", default=False, doc="O."),
    )
    combo = form.editor("mode").combo
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert seen == [("mode", "b")]
    form.show()
    box = form.editor("on").box
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert seen[-1] == ("on", True)


def test_a_field_picker_lists_the_data(qtbot: QtBot) -> None:
    form, _ = form_of(qtbot, Param(name="field", default="", kind="field", doc="F."), field="gone")
    combo = form.editor("field").combo
    texts = [combo.itemText(i) for i in range(combo.count())]
    assert texts == ["automatic", "pixels  (64)", "target  (one number)", "gone  (missing)"]
    assert combo.currentText() == "gone  (missing)"


def test_a_path_comes_from_the_dialog(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, seen = form_of(qtbot, Param(name="path", default="", kind="path", doc="P."))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "a.csv"), ""))
    editor = form.editor("path")
    assert isinstance(editor, PathEditor)
    editor.browse.click()
    assert seen == [("path", str(tmp_path / "a.csv"))]


FOLDED = (
    Param(name="first", default=1, doc="F."),
    Param(name="deep", default=2, doc="D.", advanced=True),
    Param(name="gone", default=3, doc="G.", advanced=True),
    Param(name="field", default="", kind="field", doc="P.", advanced=True),
)


def numbers(form: SpecForm) -> list[str]:
    return [b.objectName() for b in form.findChildren(NumberBox) if b.isVisibleTo(form)]


def test_what_is_folded_away_is_made_when_it_is_unfolded(qtbot: QtBot) -> None:
    form, seen = form_of(qtbot, *FOLDED)
    form.show()
    form.set_values({"first": 4, "deep": 7})
    form.set_names({"width": 5})
    form.set_shown("gone", on=False)
    form.set_fields({"other": Field(name="other", shape=(3,))})
    assert len(form.findChildren(NumberBox)) == 1
    (more,) = form.findChildren(QToolButton, "form.more")
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert numbers(form) == ["param.first", "param.deep"]
    box = form.editor("deep").box
    assert box.text() == "7"
    combo = form.editor("field").combo
    assert [combo.itemText(i) for i in range(combo.count())] == ["automatic", "other  (3)"]
    form.set_values({"first": 4, "deep": 8})
    assert box.text() == "8"
    box.lineEdit().selectAll()
    qtbot.keyClicks(box.lineEdit(), "=width")
    assert seen[-1] == ("deep", "=width")


def test_the_keyboard_goes_through_what_was_unfolded_in_order(qtbot: QtBot) -> None:
    outer = QWidget()
    qtbot.addWidget(outer)
    form, column, last = SpecForm(FOLDED, {}), QVBoxLayout(outer), QLineEdit()
    column.addWidget(form)
    column.addWidget(last)
    with qtbot.waitActive(outer):
        outer.show()
    (more,) = form.findChildren(QToolButton, "form.more")
    more.setFocus()
    qtbot.keyClick(more, Qt.Key.Key_Space)
    visited = []
    for _ in range(4):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        visited.append(QApplication.focusWidget())
    editors = [form.editor(name) for name in ("deep", "gone", "field")]
    assert visited[-1] is last
    assert all(e.isAncestorOf(w) for e, w in zip(editors, visited, strict=False))


def test_settings_of_a_model_carry_its_ranges() -> None:
    params = {p.name: p for p in params_of(Training, {n: (n, n) for n in ("epochs", "device")})}
    assert params["epochs"].ge == 1
    assert "cuda" in params["device"].choices
    (share,) = params_of(Split, {"train": ("Training", "Share.")})
    with pytest.raises(ValueError, match="Training must be more than 0"):
        share.check(0.0)
