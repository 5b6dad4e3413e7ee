"""Forms made from settings: for each a labelled editor, its help, a sentence for a bad value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.editors import EDITORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from PySide6.QtGui import QKeyEvent

    from designer.editor import Editor, Fields, Names, Networks
    from engine.catalog.spec import Param


def make_editor(
    param: Param, value: object, on_change: Callable[[object], object], fields: Fields
) -> Editor:
    """Return the editor of a setting, showing `value`; `on_change` gets every good new value."""
    editor = EDITORS[param.type](param, fields)
    editor.show_value(value)
    editor.changed.connect(on_change)
    return editor


class Row(QWidget):
    """An editor with room for one sentence under it."""

    def __init__(self, editor: Editor, form: SpecForm) -> None:
        super().__init__()
        self.editor = editor
        self._form = form
        self.sentence = QLabel()
        self.sentence.setObjectName(f"error.{editor.param.name}")
        self.sentence.setProperty("role", "error")
        self.sentence.setWordWrap(True)
        self.sentence.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(editor)
        layout.addWidget(self.sentence)
        # A form asks a row for its height by width, and is told too little.
        self.setMinimumHeight(editor.minimumSizeHint().height())
        editor.said.connect(self.say)
        editor.changed.connect(self._changed)

    def say(self, sentence: str) -> None:
        """Show what is wrong, or nothing."""
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))

    def _changed(self, value: object) -> None:
        self._form.valueChanged.emit(self.editor.param.name, value)


class SpecForm(QWidget):
    """A form over some settings.

    Signals
    -------
    valueChanged(name, value)
        A good new value. Several in a row belong to one edit until `committed`.
    committed
        The user left an editor or picked a choice: the next change is another edit.
    """

    valueChanged = Signal(str, object)
    committed = Signal()

    def __init__(
        self,
        params: Sequence[Param],
        values: Mapping[str, object],
        fields: Fields | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._made: dict[str, Row] = {}
        self._folded = [p for p in params if p.advanced]
        """What waits behind “More”: it is made when it is first wanted, which few ever are."""
        self._values, self._fields = values, fields or {}
        self._networks: Networks | None = None
        self._names: Names | None = None
        self._absent: set[str] = set()
        """Settings that are not shown."""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        holder = QWidget()
        self._fill(form_layout(holder), [p for p in params if not p.advanced])
        layout.addWidget(holder)
        if self._folded:
            self._more = self._make_more()
            self._more_table = QWidget()
            self._more_table.hide()
            layout.addWidget(self._more)
            layout.addWidget(self._more_table)

    @property
    def rows(self) -> Mapping[str, Row]:
        """Return the rows of all settings by name, those that are folded away too."""
        if self._folded:
            self._make_folded()
        return self._made

    def _fill(self, table: QFormLayout, params: Iterable[Param]) -> None:
        for param in params:
            value = self._values.get(param.name, param.default)
            editor = make_editor(param, value, _ignore, self._fields)
            editor.committed.connect(self.committed)
            row = Row(editor, self)
            self._made[param.name] = row
            label = QLabel(param.label)
            label.setToolTip(param.doc)
            label.setWordWrap(True)
            table.addRow(label, row)

    def _make_more(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("form.more")
        button.setAccessibleName("More settings")
        button.setText("More")
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setArrowType(Qt.ArrowType.RightArrow)
        button.toggled.connect(self._unfold)
        return button

    def _make_folded(self) -> None:
        params, self._folded = self._folded, []
        table = form_layout(self._more_table)
        self._fill(table, params)
        last: QWidget = self._more
        window = self.window()
        for param in params:
            row = self._made[param.name]
            if self._networks is not None:
                row.editor.set_networks(self._networks)
            if self._names is not None:
                row.editor.set_names(self._names)
            table.setRowVisible(row, param.name not in self._absent)
            # The keyboard goes on in the order in which they stand, not in which they were made.
            for widget in row.editor.findChildren(QWidget):
                if widget.window() is window and _by_tab(widget):
                    QWidget.setTabOrder(last, widget)
                    last = widget

    def _unfold(self, on: bool) -> None:
        if on and self._folded:
            self._make_folded()
        self._more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._more_table.setVisible(on)

    def editor(self, name: str) -> Editor:
        """Return the editor of a setting."""
        return self.rows[name].editor

    def set_values(self, values: Mapping[str, object]) -> None:
        """Show values that came from elsewhere; an editor that already says the same is left."""
        self._values = values
        for name, row in self._made.items():
            value = values.get(name, row.editor.param.default)
            if value != row.editor.value:
                row.editor.show_value(value)

    def set_fields(self, fields: Fields) -> None:
        """Take other data fields to choose from."""
        self._fields = fields
        for row in self._made.values():
            row.editor.set_fields(fields)

    def set_networks(self, networks: Networks) -> None:
        """Take other networks to choose from: their titles by key."""
        self._networks = networks
        for row in self._made.values():
            row.editor.set_networks(networks)

    def set_names(self, names: Names) -> None:
        """Take expressions where a number is asked for; they may use these named numbers."""
        self._names = names
        for row in self._made.values():
            row.editor.set_names(names)

    def set_shown(self, name: str, on: bool) -> None:
        """Show or hide one setting with its label."""
        (self._absent.discard if on else self._absent.add)(name)
        row = self._made.get(name)
        table = _table_of(row) if row is not None else None
        if row is not None and table is not None:
            table.setRowVisible(row, on)

    def label_width(self) -> int:
        """Return how wide the widest label is, so that what stands below can line up."""
        tables = [(_table_of(row), row) for row in self._made.values() if not row.isHidden()]
        labels = [table.labelForField(row) for table, row in tables if table is not None]
        return max((label.sizeHint().width() for label in labels), default=0)


def _table_of(row: Row) -> QFormLayout | None:
    holder = row.parentWidget()
    table = holder.layout() if holder is not None else None
    return table if isinstance(table, QFormLayout) else None


def _by_tab(widget: QWidget) -> bool:
    tabs = Qt.FocusPolicy.TabFocus
    return widget.focusPolicy() & tabs == tabs and widget.focusProxy() is None


def _ignore(_value: object) -> None:
    """Stand in where the row itself reports."""


def form_layout(holder: QWidget) -> QFormLayout:
    """Return the layout all forms share: labels in a column of one width, editors beside them."""
    table = QFormLayout(holder)
    table.setContentsMargins(0, 0, 0, 0)
    table.setHorizontalSpacing(10)
    table.setVerticalSpacing(6)
    table.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    table.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table


class Section(QWidget):
    """A heading with something below it."""

    def __init__(self, title: str, *widgets: QWidget) -> None:
        super().__init__()
        self.heading = QLabel(title)
        self.heading.setProperty("role", "heading")
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 6, 0, 6)
        self._box.setSpacing(6)
        self._box.addWidget(self.heading)
        for widget in widgets:
            self._box.addWidget(widget)

    def add(self, widget: QWidget) -> None:
        """Put one more widget below."""
        self._box.addWidget(widget)

    def swap(self, old: QWidget, new: QWidget) -> None:
        """Put a widget in the place of another, which ends."""
        self._box.replaceWidget(old, new)
        old.hide()
        old.deleteLater()


class Panel(QScrollArea):
    """A column of sections that scrolls. Escape leaves it, wherever in it the keyboard is."""

    left = Signal()

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        holder = QWidget()
        holder.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.column = QVBoxLayout(holder)
        self.column.setContentsMargins(12, 8, 12, 12)
        self.column.setSpacing(4)
        self.setWidget(holder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


def text_label(text: str = "", role: str = "") -> QLabel:
    """Return a label that wraps and can be selected."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
    if role:
        label.setProperty("role", role)
    return label
