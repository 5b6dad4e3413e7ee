"""The window in which a custom layer is written, looked at, tried out and trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.background import Background
from designer.custom import draft as drafts
from designer.custom.code import CodeBox
from designer.custom.draft import Draft
from designer.custom.tables import NumbersTable, PortsTable
from designer.editor import Combo
from designer.forms import text_label
from engine.custom import asking, declared, source, trust

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from designer.document import Document
    from engine.custom.probing import Found
    from engine.graph import Graph, Node

LAST = "last module of the text"
_PAUSE_MS = 250
TRUSTED = "Trusted on this machine: exactly this text may run, in a process of its own."
UNTRUSTED = (
    "Not trusted: the text does not run. Read it; it can do whatever you can do on this computer."
)


class CustomEditor(QDialog):
    """Edits one node. What is changed goes into the project when it is used or the window closes.

    Signals
    -------
    ended
        The window has been closed.
    """

    ended = Signal()

    def __init__(
        self, document: Document, network: str, node_id: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("custom.editor")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self._document = document
        self.network = network
        self.node_id = node_id
        self._background = Background(self)
        self._first = self._given = Draft.of(self._node())
        self._shown: Draft | None = None
        self.setWindowTitle(f"{self._node().name}: custom layer")
        self.resize(980, 640)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self._look)
        self._build()
        self._show(self._given)
        document.projectChanged.connect(self._project_changed)
        theme.signals.themeChanged.connect(self._restyle)

    # -- what it is made of

    def _build(self) -> None:
        self.code = CodeBox()
        self.code.textChanged.connect(self._edited)
        self.class_name = Combo()
        self.class_name.setObjectName("custom.class_name")
        self.class_name.setAccessibleName("Class")
        self.class_name.setToolTip("Which class of the text is the layer.")
        self.class_name.activated.connect(self._edited)
        self.inputs = PortsTable("inputs", "Inputs", "In the order in which forward takes them.")
        self.outputs = PortsTable(
            "outputs", "Outputs", "In the order in which forward returns them."
        )
        self.numbers = NumbersTable(
            "settings", "Numbers", "What the constructor gets: numbers, or sizes of axes."
        )
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(_heading("Class"))
        column.addWidget(self.class_name)
        for table in (self.inputs, self.outputs, self.numbers):
            table.changed.connect(self._edited)
            column.addWidget(table)
        hint = (
            "Axes are names, sizes, or ... for any number of them; N is the batch. "
            "The same name is the same size."
        )
        column.addWidget(text_label(hint, "muted"))
        column.addStretch(1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.code)
        split.addWidget(side)
        split.setStretchFactor(0, 1)
        split.setSizes([640, 320])
        self.state = text_label()
        self.state.setObjectName("custom.trust")
        self.message = text_label()
        # A text may say anything in the errors it raises.
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setObjectName("custom.message")
        layout = QVBoxLayout(self)
        layout.addWidget(self.state)
        layout.addWidget(split, 1)
        layout.addWidget(self.message)
        layout.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.revert = self._button("revert", "Revert", "Go back to what the layer was.")
        self.withdraw = self._button("withdraw", "Withdraw trust", "Let this text run no more.")
        self.check = self._button("check", "Check", "Find out what it makes of its inputs.")
        self.use = self._button("use", "Use", "Put it into the project; that alone runs nothing.")
        self.trust = self._button(
            "trust", "Trust and use", "Let exactly this text run on this machine, and use it."
        )
        for button, act in (
            (self.revert, self._revert),
            (self.withdraw, self._withdraw),
            (self.check, self._check),
            (self.use, self._use),
            (self.trust, self._trust),
        ):
            button.clicked.connect(act)
        row.addWidget(self.revert)
        row.addWidget(self.withdraw)
        row.addStretch(1)
        for button in (self.check, self.use, self.trust):
            row.addWidget(button)
        return row

    def _button(self, name: str, words: str, help_: str) -> QPushButton:
        button = QPushButton(words)
        button.setObjectName(f"custom.{name}")
        button.setAccessibleName(words)
        button.setToolTip(help_)
        button.setAutoDefault(False)
        return button

    # -- what it shows

    def draft(self) -> Draft:
        """Return the layer as it is written in the window; what was not touched is as it was."""
        written, shown = self._written(), self._shown
        if shown is None:
            return written
        return Draft(
            **{
                name: value if value != getattr(shown, name) else getattr(self._given, name)
                for name, value in written.params().items()
            }
        )

    def _written(self) -> Draft:
        """Return what stands in the widgets, which read some blanks and line ends as others."""
        return Draft(
            self.code.toPlainText(),
            str(self.class_name.currentData() or ""),
            self.inputs.texts(),
            self.outputs.texts(),
            self.numbers.texts(),
        )

    def _show(self, given: Draft) -> None:
        self._given, self._shown = given, None
        self.code.blockSignals(True)
        self.code.setPlainText(given.code)
        self.code.blockSignals(False)
        self.inputs.show_texts(given.inputs)
        self.outputs.show_texts(given.outputs)
        self.numbers.show_texts(given.settings)
        self._list_classes(given.class_name)
        self._shown = self._written()
        self._look()

    def _list_classes(self, chosen: str) -> None:
        known = source.outline(self.draft().code).classes
        names = ["", *known] if chosen in ("", *known) else ["", *known, chosen]
        if [self.class_name.itemData(i) for i in range(self.class_name.count())] != names:
            self.class_name.clear()
            for name in names:
                self.class_name.addItem(name or LAST, name)
        self.class_name.setCurrentIndex(names.index(chosen))

    def _edited(self, *_: object) -> None:
        self._later.start()
        self._show_state()

    def _look(self) -> None:
        """Say what can be said of the text without running it."""
        given = self.draft()
        self._list_classes(given.class_name)
        problem, line = given.problem()
        self.code.show_error(line)
        if problem:
            self._say(problem, "error")
        else:
            self._say(source.unseen(given.code), "warning")
        self._show_state()

    def _show_state(self) -> None:
        trusted = trust.trusted(self.draft().code)
        _dress(self.state, TRUSTED if trusted else UNTRUSTED, "success" if trusted else "warning")
        changed = self.draft() != self._given
        self.revert.setEnabled(changed or self._given != self._first)
        self.withdraw.setEnabled(trusted)
        self.trust.setEnabled(not trusted)
        self.use.setEnabled(changed)

    def _say(self, sentence: str, role: str) -> None:
        _dress(self.message, sentence, role)

    # -- what it does

    def _node(self) -> Node:
        return self._graph().nodes[self.node_id]

    def _graph(self) -> Graph:
        return self._document.project.networks[self.network]

    def _use(self) -> None:
        given = self.draft()
        if given == self._given:
            return
        graph = drafts.applied(self._graph(), self.node_id, given)
        # What follows from the change must not be read back into the window.
        self._given, self._shown = given, self._written()
        document = self._document
        document.push(f"Edit {self._node().name}", document.project.with_graph(graph, self.network))
        self._look()

    def _trust(self) -> None:
        given = self.draft()
        try:
            trust.trust(given.code, self._node().name)
        except OSError as error:
            self._say(f"The trust could not be kept: {error.strerror or error}.", "error")
            return
        self._use()
        self._document.analyse_now()
        self._check()

    def _withdraw(self) -> None:
        try:
            trust.distrust(self.draft().code)
        except OSError as error:
            self._say(f"The trust could not be withdrawn: {error.strerror or error}.", "error")
            return
        self._look()
        self._document.analyse_now()

    def _revert(self) -> None:
        self._show(self._given if self.draft() != self._given else self._first)
        self._edited()

    def _check(self) -> None:
        """Find out what the layer makes of what is wired to it."""
        self._look()
        given = self.draft()
        if given.problem()[0]:
            return
        if not trust.trusted(given.code):
            self._say("The text reads well. It runs only once you trust it.", "muted")
            return
        document = self._document
        shown = document.analysis if document.network == self.network else None
        flows = drafts.incoming(self._graph(), shown, self._node(), given)
        if flows is None:
            self._say("The text reads well. Wire all its inputs to try it out.", "muted")
            return
        try:
            wanted = given.wanted(flows)
        except declared.DeclaredError as error:
            self._say(str(error), "error")
            return
        self.check.setEnabled(False)
        self._say("It is being tried out …", "muted")
        self._background.run(lambda: asking.try_out(wanted), self._checked, self._unchecked)

    def _checked(self, result: object) -> None:
        found: Found = result  # pyright: ignore[reportAssignmentType]
        self.check.setEnabled(True)
        self.code.show_error(found.line)
        if found.problem:
            self._say(found.problem, "error")
            if found.line:
                self.code.go_to(found.line)
        else:
            self._say(_outcome(found, self.draft()), "success")
        self._document.analyse_now()

    def _unchecked(self, error: Exception) -> None:
        self.check.setEnabled(True)
        self._say(str(error) or "It could not be tried out.", "error")

    # -- what happens around it

    def _project_changed(self, *_: object) -> None:
        graph = self._document.project.networks.get(self.network)
        node = graph.nodes.get(self.node_id) if graph is not None else None
        if node is None:
            self._given = self.draft()
            self.close()
            return
        now = Draft.of(node)
        if now != self._given:
            # Undo and redo are shown; a text that is being written is not taken away.
            if self.draft() == self._given:
                self._show(now)
            else:
                self._given, self._shown = now, None
        self.setWindowTitle(f"{node.name}: custom layer")

    def _restyle(self, *_: object) -> None:
        self.code.restyle()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Put what was written into the project, where it can be undone, and end."""
        graph = self._document.project.networks.get(self.network)
        if graph is not None and self.node_id in graph.nodes:
            self._use()
        self._end()
        super().closeEvent(event)

    def reject(self) -> None:
        """Close as any other way of closing does."""
        self.close()

    def _end(self) -> None:
        self._later.stop()
        self._document.projectChanged.disconnect(self._project_changed)
        theme.signals.themeChanged.disconnect(self._restyle)
        if self._background.busy:
            asking.close()
        self._background.close()
        self.ended.emit()


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("role", "heading")
    return label


def _dress(label: QLabel, words: str, role: str) -> None:
    label.setText(words)
    label.setProperty("role", role)
    label.style().unpolish(label)
    label.style().polish(label)
    label.setVisible(bool(words))


def _outcome(found: Found, given: Draft) -> str:
    """Return in a line what came out: `It works: out N × 8; 8 parameters`."""
    shapes = [
        f"{port.name} {' × '.join('N' if n == declared.BATCH else str(n) for n in shape)}"
        for port, (shape, _) in zip(declared.readable(given.outputs), found.outputs, strict=False)
    ]
    total = 0
    for _, shape in found.weights:
        count = 1
        for size in shape:
            count *= size
        total += count
    return f"It works: {', '.join(shapes)}; {total:,} parameter{'' if total == 1 else 's'}."
