"""Try it: ask the trained network about a drawing, numbers, a text, or the samples of a file."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from designer.background import Background
from designer.evaluate.asks import PICTURES, TextEditor, editor
from designer.evaluate.bars import Bars
from designer.evaluate.tables import FigureTable
from designer.evaluate.views import choice
from designer.monitor.gallery import GalleryView
from engine.files import FileError
from engine.train.events import Pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.evaluate.asks import AskEditor
    from designer.evaluate.desk import Desk
    from engine.judge.answers import Answers
    from engine.judge.asking import Answered
    from engine.judge.trying import Ask, Tryout

    Begin = Callable[[], Callable[[Callable[[], bool]], Tryout]]

PAUSE_MS = 40
_NOTHING = (
    "Train the network; then draw, type or open something here, and it says what it makes of it."
)
_BUSY = "Pause or stop the run to try what it has learned so far."
_FILES = {"picture": PICTURES, "text": "Text (*.txt);;All files (*)"}
_TABLES = "Tables (*.csv *.tsv *.txt *.data);;All files (*)"


class TryView(QWidget):
    """Inputs at the left, what the network says at the right, anew with every change.

    Parameters
    ----------
    desk
        Does what takes long: reading the data, answering a file.
    make
        Returns None while there are no weights; else what takes them, for a thread to get ready.
    """

    def __init__(self, desk: Desk, make: Callable[[], Begin | None]) -> None:
        super().__init__()
        self.setObjectName("evaluate.try")
        self._desk, self._make = desk, make
        self.tryout: Tryout | None = None
        self._stale, self._again, self._truth = True, False, ""
        self._chance = random.Random()
        self.editors: dict[str, AskEditor] = {}
        self._background = Background(self)
        self._answers: tuple[Answers, ...] = ()
        self._answered: Answered | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._ask)
        self._make_row()
        self._make_sides()
        desk.changed.connect(self.refresh)
        self.refresh()

    # -- building

    def _button(self, name: str, text: str, words: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"try.{name}")
        button.setAccessibleName(words)
        button.setToolTip(words)
        return button

    def _make_row(self) -> None:
        self.take = self._button("sample", "Take a sample", "Take a sample of the data at random")
        self.ask_file = self._button("file", "Answer a file…", "Answer all samples of a file")
        self.save = self._button("save", "Save answers…", "Save the answers as a table")
        self.write = self._button("write", "Write on", "Let the network go on with the text")
        self.length = QSpinBox()
        self.length.setObjectName("try.length")
        self.length.setAccessibleName("How many tokens it writes")
        self.length.setToolTip("How many tokens it writes")
        self.length.setRange(1, 2000)
        self.length.setValue(200)
        self.of = choice("try.loss", "Which loss's answer")
        self.words = QLabel(_NOTHING)
        self.words.setObjectName("try.words")
        self.words.setProperty("role", "muted")
        self.words.setWordWrap(True)
        self.row = QHBoxLayout()
        self.row.setContentsMargins(8, 4, 8, 0)
        for widget in (self.take, self.ask_file, self.save, self.write, self.length, self.of):
            self.row.addWidget(widget)
        self.row.addWidget(self.words, 1)
        self.take.clicked.connect(self.take_sample)
        self.ask_file.clicked.connect(self._choose_file)
        self.save.clicked.connect(self._save)
        self.write.clicked.connect(self._write)
        self.of.currentIndexChanged.connect(self._show)

    def _make_sides(self) -> None:
        self._left = QWidget()
        self._inputs = QVBoxLayout(self._left)
        self._inputs.setContentsMargins(8, 2, 4, 6)
        self.bars = Bars()
        self.number = QLabel()
        self.number.setObjectName("try.number")
        self.number.setAccessibleName("What the network says")
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.number.setWordWrap(True)
        self.number.setProperty("role", "title")
        self.gallery = GalleryView("try.picture", "What the network makes of it")
        self.table = FigureTable("try.answers", "Answers to the file")
        self.text = QPlainTextEdit()
        self.text.setObjectName("try.written")
        self.text.setAccessibleName("What the network writes")
        self.text.setReadOnly(True)
        self.stack = QStackedWidget()
        for widget in (self.bars, self.number, self.gallery, self.table, self.text):
            self.stack.addWidget(widget)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._left)
        split.addWidget(self.stack)
        split.setChildrenCollapsible(False)
        split.setSizes([360, 420])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self.row)
        column.addWidget(split, 1)

    # -- getting ready

    def refresh(self) -> None:
        """Show what is possible now."""
        ready = self.tryout is not None and not self._desk.kind
        for widget in (self.take, self.ask_file, self._left):
            widget.setEnabled(ready)
        self.ask_file.setVisible(self.tryout is None or len(self.editors) == 1)
        self.save.setVisible(self._answered is not None)
        writes = self.tryout is not None and self.tryout.writes
        for widget in (self.write, self.length):
            widget.setVisible(writes)
            widget.setEnabled(ready)
        self.of.setVisible(self.of.count() > 1)

    def spoil(self) -> None:
        """Get ready anew when it is looked at next: the weights are others now."""
        self._stale = True
        if self.isVisible():
            self.enter()

    def forget(self) -> None:
        """Drop everything: another project is on show."""
        self.tryout, self._answers, self._answered, self._stale = None, (), None, True
        self._clear_inputs()
        self.bars.clear()
        self.stack.setCurrentWidget(self.bars)
        self.words.setText(_NOTHING)
        self.refresh()

    @property
    def busy(self) -> bool:
        """Return whether the network is being asked at this moment."""
        return self._background.busy

    def enter(self) -> None:
        """Get the network ready, unless it is."""
        if not self._stale or self._desk.kind:
            return
        begin = self._make()
        if begin is None:
            self.words.setText(_BUSY if self.tryout is not None else _NOTHING)
            return
        self._stale, make = False, begin()
        self.words.setText("Getting the network ready…")
        self._desk.run("try", lambda _told, cancelled: make(cancelled), self._ready, self._failed)

    def _ready(self, result: object) -> None:
        tryout = cast("Tryout", result)
        before, self.tryout = self.tryout, tryout
        if before is None or before.asks != tryout.asks:
            self._clear_inputs()
            for ask in tryout.asks:
                self._add_editor(tryout, ask)
            self.words.setText("Take a sample, or give one of your own.")
        else:
            for each in self.editors.values():
                each.tryout = tryout
            self.words.setText("")
        self.refresh()
        if before is None and not any(isinstance(e, TextEditor) for e in self.editors.values()):
            self.take_sample()
        else:
            self._timer.start()

    def _add_editor(self, tryout: Tryout, ask: Ask) -> None:
        one = editor(tryout, ask)
        one.changed.connect(self._changed)
        one.refused.connect(self.words.setText)
        if len(tryout.asks) > 1:
            heading = QLabel(ask.name)
            heading.setProperty("role", "muted")
            self._inputs.addWidget(heading)
        self._inputs.addWidget(one, 1)
        self.editors[ask.name] = one

    def _clear_inputs(self) -> None:
        self.editors.clear()
        while (item := self._inputs.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.of.clear()

    def _failed(self, sentence: str) -> None:
        self.words.setText(sentence or "Cancelled.")

    # -- asking

    def take_sample(self) -> None:
        """Ask about a sample of the data, chosen at random."""
        if self.tryout is None:
            return
        row = self._chance.randrange(self.tryout.data.sizes[self.tryout.part])
        for name, value in self.tryout.sample(row).items():
            self.editors[name].show_value(value)
        self._truth = self.tryout.truth(row)
        self._timer.start()

    def _changed(self) -> None:
        self._truth = ""
        self._timer.start()

    def _ask(self) -> None:
        if self.tryout is None or self._desk.kind or self._make() is None:
            return
        if self._background.busy:
            self._again = True
            return
        try:
            values = {name: one.value()[None] for name, one in self.editors.items()}
        except ValueError as error:
            self.words.setText(str(error))
            return
        tryout = self.tryout
        self._background.run(lambda: (tryout, tryout.say(values)), self._said, self._refused)

    def _refused(self, error: Exception) -> None:
        self.words.setText(str(error))
        self._once_more()

    def _said(self, result: object) -> None:
        tryout, answers = cast("tuple[Tryout, tuple[Answers, ...]]", result)
        if tryout is not self.tryout:  # It is of weights, or a project, that are gone.
            self._once_more()
            return
        self._answers, self._answered = answers, None
        names = [answers.name for answers in self._answers]
        if [self.of.itemText(n) for n in range(self.of.count())] != names:
            with QSignalBlocker(self.of):
                self.of.clear()
                self.of.addItems(names)
        self._show()
        self.refresh()
        self._once_more()

    def _once_more(self) -> None:
        if self._again:
            self._again = False
            self._timer.start()

    def _show(self, *_: object) -> None:
        if not self._answers or self.tryout is None:
            return
        answers = self._answers[max(self.of.currentIndex(), 0)]
        place = len(answers.prediction) - 1
        if answers.step is not None:
            used = [e.used for e in self.editors.values() if isinstance(e, TextEditor)]
            place = min(max((used or [place + 1])[0] - 1, 0), place)
        said = answers.prediction[place]
        right = f" Right: {self._truth}." if self._truth else ""
        if answers.task == "regression":
            self._show_numbers(answers.field, np.ravel(said))
            self.words.setText(right.strip())
            return
        shares = said if np.ndim(said) else np.array([1 - float(said), float(said)])
        names = [answers.class_name(n) for n in range(len(shares))]
        self.bars.show_shares(shares, names)
        self.stack.setCurrentWidget(self.bars)
        best = int(shares.argmax())
        what = "Next comes" if answers.step is not None else "It says"
        self.words.setText(f"{what} {names[best]}, {shares[best]:.1%} sure.{right}")

    def _show_numbers(self, field: str, said: np.ndarray) -> None:
        assert self.tryout is not None
        shape = self.tryout.data.fields[field].shape
        if len(shape) == 3 and shape[0] in (1, 3) and min(shape[1:]) > 1:
            levels = (np.clip(said.reshape(shape), 0, 1) * 255).round().astype(np.uint8)
            picture = levels[0] if shape[0] == 1 else levels.transpose(1, 2, 0)
            self.gallery.show_page(Pictures(0, "", picture[None]))
            self.stack.setCurrentWidget(self.gallery)
            return
        words = ", ".join(f"{value:.5g}" for value in said[:12].tolist())
        self.number.setText(f"{field} = {words}" + (", …" if len(said) > 12 else ""))
        self.stack.setCurrentWidget(self.number)

    # -- writing, files

    def _write(self) -> None:
        prompt = next(e for e in self.editors.values() if isinstance(e, TextEditor))
        tryout, text, length = self.tryout, prompt.text.toPlainText(), self.length.value()
        if tryout is None:
            return
        self.words.setText("Writing…")
        write = tryout.write
        self._desk.run("try", lambda _a, _b: write(text, length, 0.8), self._written, self._failed)

    def _written(self, result: object) -> None:
        self.text.setPlainText(str(result))
        self.stack.setCurrentWidget(self.text)
        self.words.setText("")

    def _choose_file(self) -> None:
        assert self.tryout is not None
        kinds = _FILES.get(self.tryout.asks[0].kind, _TABLES)
        names, _ = QFileDialog.getOpenFileNames(self, "Answer a file", "", kinds)
        if names:
            self.answer_files([Path(name) for name in names])

    def answer_files(self, paths: list[Path]) -> None:
        """Answer the samples of files, and show them as a table."""
        tryout = self.tryout
        if tryout is None:
            return

        def work(told: Callable[[str, float], None], cancelled: Callable[[], bool]) -> object:
            from engine.judge.asking import answer_files

            return answer_files(tryout, paths, told, cancelled)

        self.words.setText("Answering…")
        self._desk.run("try", work, self._file_done, self._failed)

    def _file_done(self, result: object) -> None:
        self._answered = answered = cast("Answered", result)
        self.table.show_rows(answered.headings, answered.rows[:2000])
        self.stack.setCurrentWidget(self.table)
        shown = "; the first 2,000 are shown" if len(answered.rows) > 2000 else ""
        cut = " The file has more than can be answered at once." if answered.cut else ""
        self.words.setText(f"{len(answered.rows):,} samples answered{shown}.{cut}")
        self.refresh()

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save answers", "answers.csv", "*.csv")
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Write the answers to a file."""
        from engine.judge.asking import save

        if self._answered is None:
            return
        try:
            save(self._answered, path)
        except FileError as error:
            self.words.setText(str(error))
            return
        self.words.setText(f"Saved {path.name}.")

    def restyle(self) -> None:
        """Take the colours of the current theme."""
        self.gallery.restyle()
        self.bars.update()

    def close_down(self) -> None:
        """End everything that ticks."""
        self._timer.stop()
        self._background.close()
