"""Trying a trained network in a real window: drawing, numbers, text, files; a cell's samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage

from designer.evaluate.asks import NumbersEditor, PictureEditor, TextEditor
from designer.evaluate.pad import centred
from engine import files
from tests.designer.conftest import settle
from tests.designer.evaluate.test_evaluate_panel import idle, panel, show, train

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from designer.evaluate.tryview import TryView
    from designer.window import MainWindow


def trying(window: MainWindow, qtbot: QtBot, template: str, epochs: int = 2) -> TryView:
    where = show(window, qtbot, template, epochs)
    train(window, qtbot)
    where.choose("try_it")
    view = where.trying
    qtbot.waitUntil(lambda: view.tryout is not None, timeout=30_000)
    return view


def still(view: TryView, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: not view._timer.isActive() and not view.busy and not view._desk.kind, timeout=30_000
    )


def test_a_digit_is_drawn_with_the_mouse(window: MainWindow, qtbot: QtBot) -> None:
    view = trying(window, qtbot, "digits-mlp", 25)
    still(view, qtbot)
    assert "Right:" in view.words.text()  # it begins with a sample of the data
    one = view.editors["pixels"]
    assert isinstance(one, PictureEditor)
    pad = one.pad
    qtbot.mouseClick(one.clear, Qt.MouseButton.LeftButton)
    assert not pad.picture.any()
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(pad, left, pos=pad.pixel_place(0, 2))
    for row in range(1, 8):
        qtbot.mouseMove(pad, pad.pixel_place(row, 2))
    qtbot.mouseRelease(pad, left, pos=pad.pixel_place(7, 2))
    column = int(pad.picture.sum(0).argmax())
    assert column in (3, 4)  # drawn at 2, moved to the middle
    still(view, qtbot)
    assert view.bars.rows[0][0] == "1"
    assert view.words.text().startswith("It says 1,")
    one.centre.setChecked(False)
    assert int(pad.picture.sum(0).argmax()) == 2
    qtbot.mousePress(pad, Qt.MouseButton.RightButton, pos=pad.pixel_place(4, 2))
    qtbot.mouseRelease(pad, Qt.MouseButton.RightButton, pos=pad.pixel_place(4, 2))
    assert pad.picture[4, 2] < 0.2
    qtbot.keyClick(pad, Qt.Key.Key_Delete)
    assert not pad.picture.any()


def test_a_picture_is_dropped(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    view = trying(window, qtbot, "digits-mlp", 2)
    one = view.editors["pixels"]
    assert isinstance(one, PictureEditor)
    image = QImage(8, 8, QImage.Format.Format_Grayscale8)
    image.fill(255)
    image.setPixel(3, 5, 0)
    path = tmp_path / "ink.png"
    assert image.save(str(path))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    one.dropEvent(event)
    assert one.value().min() == 0
    one.invert.setChecked(True)
    value = one.value().reshape(8, 8)
    assert value[5, 3] == 1
    assert value.sum() == 1
    (tmp_path / "broken.png").write_bytes(b"x")
    one.read_file(str(tmp_path / "broken.png"))
    assert "cannot be read as a picture" in view.words.text()


def test_numbers_are_typed(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    view = trying(window, qtbot, "iris", 30)
    form = view.editors["features"]
    assert isinstance(form, NumbersEditor)
    assert [box.accessibleName() for box in form.boxes][2] == "petal length (cm)"
    for box, number in zip(form.boxes, ("5", "3.4", "1.5", "0.2"), strict=True):
        box.setFocus()
        box.selectAll()
        qtbot.keyClicks(box.lineEdit(), number)
    still(view, qtbot)
    assert view.bars.rows[0][0] == "setosa"
    assert "Right:" not in view.words.text()
    form.boxes[0].selectAll()
    qtbot.keyClicks(form.boxes[0].lineEdit(), "x")
    still(view, qtbot)
    assert view.words.text() == "sepal length (cm) is 'x', which is not a number."
    table = tmp_path / "t.csv"
    table.write_text(",".join(form.ask.columns) + "\n5,3.4,1.5,0.2\n6.7,3,5.2,2.3\n")
    view.answer_files([table])
    still(view, qtbot)
    assert view.table.rowCount() == 2
    assert view.table.item(0, 1).text() == "setosa"
    view.save_to(tmp_path / "answers.csv")
    assert (tmp_path / "answers.csv").read_text().startswith("Sample,target,")


def test_a_text_is_typed_and_written_on(window: MainWindow, qtbot: QtBot) -> None:
    project = files.template("tiny-language-model")
    data = project.data
    small = data.but(source=data.source.but(params={"limit": 64}))
    window.document.new(
        project.but(data=small).with_training(epochs=1, isolation="thread", threads=1)
    )
    settle(window, qtbot)
    assert window.docks is not None
    window.docks.bring("evaluate")
    train(window, qtbot)
    where = panel(window)
    where.choose("try_it")
    view = where.trying
    qtbot.waitUntil(lambda: view.tryout is not None, timeout=30_000)
    editor = next(e for e in view.editors.values() if isinstance(e, TextEditor))
    editor.text.setFocus()
    qtbot.keyClicks(editor.text, "my lord")
    still(view, qtbot)
    assert view.words.text().startswith("Next comes ")
    view.length.setValue(10)
    qtbot.mouseClick(view.write, Qt.MouseButton.LeftButton)
    still(view, qtbot)
    assert view.text.toPlainText().startswith("my lord")
    assert len(view.text.toPlainText()) == 17


def test_training_and_trying_keep_apart(window: MainWindow, qtbot: QtBot) -> None:
    view = trying(window, qtbot, "iris", 2)
    still(view, qtbot)
    first = view.bars.rows
    values = [box.text() for box in view.editors["features"].boxes]  # type: ignore[attr-defined]
    train(window, qtbot)
    qtbot.waitUntil(lambda: not view._stale and not view._desk.kind, timeout=30_000)
    still(view, qtbot)
    kept = [box.text() for box in view.editors["features"].boxes]  # type: ignore[attr-defined]
    assert kept == values  # what was typed stays
    assert view.bars.rows == first  # the same seed, the same weights
    window.document.new(files.template("moons-mlp"))
    assert view.tryout is None
    assert not view.editors


def test_the_cell_shirt_for_t_shirt_shows_its_pictures(window: MainWindow, qtbot: QtBot) -> None:
    project = files.template("fashion-cnn")
    data = project.data
    part = data.but(source=data.source.but(params={"limit": 3000}))
    window.document.new(
        project.but(data=part).with_training(epochs=1, isolation="thread", threads=1)
    )
    settle(window, qtbot)
    assert window.docks is not None
    window.docks.bring("evaluate")
    train(window, qtbot)
    where = panel(window)
    where.part.setCurrentIndex(where.part.findData("validation"))
    window.commands.actions["run.evaluate"].trigger()
    idle(where, qtbot)
    view = where.views["confusion_matrix"]
    heat, answers = view.heat, where.answers  # type: ignore[attr-defined]
    assert answers is not None
    shirt, tee = answers.classes.index("Shirt"), answers.classes.index("T-shirt/top")
    said = answers.prediction.argmax(1)
    wrong = np.flatnonzero((answers.target == shirt) & (said == tee))
    assert len(wrong)
    place = next(
        QPoint(x, y)
        for x in range(0, heat.width(), 2)
        for y in range(0, heat.height(), 2)
        if heat.cell_at(QPointF(x, y)) == (shirt, tee)
    )
    qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=place)
    samples = view.samples  # type: ignore[attr-defined]
    assert samples.list.count() == len(wrong)
    for number, answer in enumerate(wrong.tolist()):
        item = samples.list.item(number)
        assert item.text().startswith("T-shirt/top ")
        assert item.text().endswith("is Shirt")
        seen = item.icon().pixmap(72, 72).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        row = int(answers.sample[answer])
        assert where.judged is not None
        held = where.judged.data.parts["validation"]["image"][row]
        picture = where.judged.data.original("image", held)[0].numpy()
        ratio = seen.width() / 28
        bright = QPoint(*(int((n + 0.5) * ratio) for n in np.argwhere(picture > 0.9)[0][::-1]))
        assert seen.pixelColor(bright).red() > 200


def test_drawings_are_moved_to_the_middle() -> None:
    picture = np.zeros((9, 9))
    picture[0:3, 0] = 1
    moved = centred(picture)
    assert moved.sum() == 3
    assert moved[3:6, 4].all()
    full = np.pad(np.ones((2, 9)), ((0, 7), (0, 0)))
    assert centred(full)[3:5].all() or centred(full)[4:6].all()
    assert not centred(np.zeros((4, 4))).any()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_before_a_run_it_says_what_to_do(window: MainWindow, qtbot: QtBot, name: str) -> None:
    from designer import theme

    where = show(window, qtbot, "iris")
    theme.use(name)
    where.choose("try_it")
    assert where.stack.currentWidget() is where.trying
    assert where.trying.words.text().startswith("Train the network")
    assert not where.trying.take.isEnabled()
    theme.use("light")
