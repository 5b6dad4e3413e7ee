"""The dock Debug: the next step's tensors node by node, and the commands that go step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer import navigation
from designer.debug.banner import FaultBanner
from designer.debug.bar import StepBar
from designer.debug.detail import NodeDetail
from designer.debug.models import NodesModel, number_words
from designer.debug.pictures import row_words, sample_picture
from designer.debug.steps import Steps
from designer.theme import signals
from engine.train.events import Edited, Failed, Finding, Inspection, Started, StateChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QShowEvent

    from designer.workspace import Workspace
    from engine.train.events import Event
    from engine.train.inspection import NodeView

_EMPTY = (
    "Pause the run, or take one step with F10: here stand the tensors of the step that comes "
    "next, node by node. They are computed with its batch, its random numbers and the weights of "
    "now, and change nothing."
)
_SIDE = 44
_STATES = {
    "idle": "No run.",
    "preparing": "The run is being prepared.",
    "running": "The run is under way; pause it to look inside.",
    "finished": "The run is over.",
    "stopped": "The run was stopped.",
    "failed": "The run failed.",
}


class DebugPanel(QWidget):
    """Looks into one step of a paused run."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("debugPanel")
        self.setAccessibleName("Debug")
        self._workspace = workspace
        self._document, self._bridge = workspace.document, workspace.bridge
        self.steps = Steps(workspace.bridge, workspace.running, self)
        self.inspection: Inspection | None = None
        self._stale = self._following = False
        self._reason = ""
        self._phases: tuple[str, ...] = ()
        self._make()
        self._connect()
        self._tell("idle", "")

    # -- building

    def _make(self) -> None:
        self.bar = StepBar(self._workspace, self.steps)
        self.banner = FaultBanner()
        self.state = QLabel()
        self.state.setObjectName("debug.state")
        self.state.setAccessibleName("Where the run stands")
        self.state.setProperty("role", "strong")
        self.state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.each = QCheckBox("At every pause")
        self.each.setObjectName("debug.each")
        self.each.setAccessibleName("Inspect at every pause")
        self.each.setToolTip("Look into the next step whenever the run pauses")
        self.each.setChecked(True)
        self.phase = _combo("debug.phase", "The phase whose next step is shown")
        self.row = _combo("debug.row", "Row of the batch")
        self.sample = QLabel()
        self.sample.setObjectName("debug.sample")
        self.sample.setAccessibleName("The sample in this row")
        self.model = NodesModel()
        self.nodes = QTableView()
        self.nodes.setObjectName("debug.nodes")
        self.nodes.setAccessibleName("Nodes in the order of computation")
        self.nodes.setModel(self.model)
        self.nodes.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.nodes.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.nodes.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.nodes.setShowGrid(False)
        self.nodes.setWordWrap(False)
        self.nodes.setTabKeyNavigation(False)
        self.nodes.verticalHeader().hide()
        self.nodes.verticalHeader().setDefaultSectionSize(22)
        header = self.nodes.horizontalHeader()
        header.setDefaultSectionSize(80)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, 130)
        header.resizeSection(1, 100)
        self.detail = NodeDetail()
        self.empty = QLabel(_EMPTY)
        self.empty.setObjectName("debug.empty")
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setContentsMargins(40, 8, 40, 8)
        self._arrange()

    def _arrange(self) -> None:
        second = QHBoxLayout()
        second.setContentsMargins(8, 0, 8, 0)
        second.addWidget(self.state, 1)
        for widget in (self.phase, self.sample, self.row, self.each):
            second.addWidget(widget)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.nodes)
        split.addWidget(self.detail)
        split.setChildrenCollapsible(False)
        split.setSizes([420, 560])
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(split)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.bar)
        column.addWidget(self.banner)
        column.addLayout(second)
        column.addWidget(holder, 1)

    def _connect(self) -> None:
        workspace = self._workspace
        self._views: dict[type, Callable[[Event], None]] = {
            Started: self._started,
            Edited: self._edited,
            Inspection: self._inspected,
            StateChanged: self._state_changed,
            Failed: self._failed,
            Finding: self._finding,
        }
        workspace.bridge.received.connect(self._received)
        workspace.canvas.selectionChanged.connect(self._canvas_selected)
        workspace.files.opened.connect(self.forget)
        self.nodes.selectionModel().currentRowChanged.connect(self._chosen)
        self.row.currentIndexChanged.connect(self._row_chosen)
        self.phase.activated.connect(self._phase_chosen)
        self.banner.replayWanted.connect(self.steps.replay)
        self.banner.nodeWanted.connect(self._reveal)
        self.steps.refused.connect(workspace.refused)
        signals.themeChanged.connect(self._restyle)

    # -- what the run tells

    def _received(self, events: list[Event]) -> None:
        for event in events:
            view = self._views.get(type(event))
            if view is not None:
                view(event)

    def _started(self, event: Event) -> None:
        assert isinstance(event, Started)
        self._name_phases(tuple(phase.name for phase in event.phases))

    def _edited(self, event: Event) -> None:
        assert isinstance(event, Edited)
        names = tuple(phase.name for phase in event.phases)
        self._name_phases(names if len(names) > 1 else ())

    def _name_phases(self, names: tuple[str, ...]) -> None:
        self._phases = names
        with QSignalBlocker(self.phase):
            self.phase.clear()
            self.phase.addItems(list(names))
        self.phase.setVisible(len(names) > 1)

    def _state_changed(self, event: Event) -> None:
        assert isinstance(event, StateChanged)
        if event.state == "preparing":
            self.forget()
        self._reason = event.message
        self._tell(event.state, event.message)
        self._stale = event.state == "paused"
        if self._stale and self.isVisible() and self.each.isChecked():
            self._stale = False
            self.steps.inspect()
        self.bar.refresh()

    def _failed(self, event: Event) -> None:
        assert isinstance(event, Failed)
        self.banner.show_failure(event)

    def _finding(self, event: Event) -> None:
        assert isinstance(event, Finding)
        if event.kind == "inspect":
            self._workspace.refused.emit(event.message)

    def _inspected(self, event: Event) -> None:
        assert isinstance(event, Inspection)
        before = self._node()
        self.inspection = event
        with QSignalBlocker(self.phase):
            self.phase.setCurrentIndex(event.phase)
        with QSignalBlocker(self.row):
            kept = max(self.row.currentIndex(), 0)
            self.row.clear()
            self.row.addItems([row_words(event, n) for n in range(len(event.rows))])
            self.row.setCurrentIndex(self._first_row(kept))
            self.row.setVisible(bool(event.rows))
        self.model.show(event)
        self._stack.setCurrentIndex(1)
        self._tell(self._bridge.state, self._reason)
        self._following = True
        self._choose(self._place(event, before))
        self._following = False
        if event.kind == "replay":
            self.banner.show_replay(event)

    def _first_row(self, kept: int) -> int:
        """Return the row to show: the first at fault, or the one that was chosen."""
        assert self.inspection is not None
        fault = self.inspection.fault
        if fault is not None and fault.rows and fault.rows[0] in self.inspection.rows:
            return self.inspection.rows.index(fault.rows[0])
        return min(kept, len(self.inspection.rows) - 1)

    def _place(self, event: Inspection, before: NodeView | None) -> int:
        """Return the node to show: the one at fault, the one that was shown, or the first."""
        wanted = event.fault.node if event.fault is not None else before.node if before else ""
        paths = [node.node for node in event.nodes]
        here = self._matching(self._workspace.canvas.selected())
        return paths.index(wanted) if wanted and wanted in paths else max(here, 0)

    def _tell(self, state: str, reason: str) -> None:
        """Say where the run stands; of a paused one, what the next step is and why it rests."""
        found, words = self.inspection, _STATES.get(state, "")
        if state == "paused" and found is None:
            words = "Paused."
        if found is not None and (state == "paused" or found.kind == "replay"):
            verb = "failed" if found.kind == "replay" else "is next"
            several = len(self._phases) > 1 and found.phase < len(self._phases)
            of = f" of {self._phases[found.phase]}" if several else ""
            words = (
                f"Step {found.step + 1:,}{of} {verb}: epoch {found.epoch + 1}, batch "
                f"{found.batch + 1:,} of {found.size} samples, loss {number_words(found.loss)}."
            )
        reason = "" if state == "failed" else reason
        self.state.setText(f"{reason} {words}".strip())
        self.state.setToolTip(self.state.text())

    # -- what is chosen

    def _node(self) -> NodeView | None:
        nodes, place = self.model.nodes, self.nodes.currentIndex().row()
        return nodes[place] if 0 <= place < len(nodes) else None

    def _names(self) -> tuple[str, ...]:
        found = self.inspection
        count = len(found.rows) if found is not None else 0
        return tuple(row_words(found, n, brief=True) for n in range(count) if found is not None)

    def _choose(self, place: int) -> None:
        if not 0 <= place < len(self.model.nodes):
            return
        self.nodes.selectRow(place)
        self.nodes.scrollTo(self.model.index(place, 0))
        self._show_detail()
        self._show_sample()

    def _show_detail(self) -> None:
        self.detail.show_node(self._node(), self._names(), max(self.row.currentIndex(), 0))

    def _chosen(self, *_: object) -> None:
        node = self._node()
        self._show_detail()
        if node is None or self._following or not node.node or self.inspection is None:
            return
        self._following = True
        self._workspace.reveal(self._address(node.node))
        self._following = False

    def _address(self, path: str) -> str:
        assert self.inspection is not None
        return navigation.address(self._document.project, self.inspection.network, path)

    def _canvas_selected(self, ids: Sequence[str]) -> None:
        if not self.visibleRegion().isEmpty():
            self._follow(ids)

    def come_forward(self) -> None:
        """Follow the canvas again, after having been behind another panel or hidden."""
        self._follow(self._workspace.canvas.selected())

    def _follow(self, ids: Sequence[str]) -> None:
        if self._following or self.inspection is None:
            return
        place = self._matching(ids)
        if place >= 0 and place != self.nodes.currentIndex().row():
            self._following = True
            self._choose(place)
            self._following = False

    def _matching(self, ids: Sequence[str]) -> int:
        """Return the row of the node selected on the canvas, or of the last layer inside of it."""
        if len(ids) != 1 or self.inspection is None:
            return -1
        wanted = self._document.address(ids[0])
        found = -1
        for row, node in enumerate(self.model.nodes):
            here = self._address(node.node) if node.node else ""
            if here == wanted:
                return row
            if here.startswith((f"{wanted}/", f"{wanted}#")):
                found = row
        return found

    def _row_chosen(self, place: int) -> None:
        self.detail.show_row(max(place, 0))
        self._show_sample()

    def _show_sample(self) -> None:
        """Show the picture of the chosen row, where the data is one."""
        self.sample.clear()
        row = max(self.row.currentIndex(), 0)
        for node in self.model.nodes[:4]:
            for view in node.of("output"):
                made = sample_picture(view, row)
                if made is not None:
                    height, width, _ = made.shape
                    kind, data = QImage.Format.Format_RGB888, made.tobytes()
                    image = QImage(data, width, height, 3 * width, kind)
                    keep = Qt.AspectRatioMode.KeepAspectRatio
                    self.sample.setPixmap(QPixmap.fromImage(image).scaled(_SIDE, _SIDE, keep))
                    return

    def _phase_chosen(self, place: int) -> None:
        self.steps.inspect(place)

    def _reveal(self, node: str, network: str) -> None:
        project = self._document.project
        self._workspace.reveal(navigation.address(project, network, node))

    # -- the rest

    def forget(self) -> None:
        """Drop what was shown: it is of another run."""
        self.inspection = None
        self._stale = False
        self._name_phases(())
        self.banner.hide()
        self.model.show(None)
        self.detail.show_node(None, (), 0)
        self.row.clear()
        self.row.hide()
        self.sample.clear()
        self._stack.setCurrentIndex(0)
        self._tell(self._bridge.state, "")

    def _restyle(self, *_: object) -> None:
        self.detail.restyle()
        self.model.show(self.inspection)

    def showEvent(self, event: QShowEvent) -> None:
        """Look into the step that the run rests before, if nobody has."""
        super().showEvent(event)
        if self._stale and self.each.isChecked():
            self._stale = False
            self.steps.inspect()


def _combo(name: str, words: str) -> QComboBox:
    box = QComboBox()
    box.setObjectName(name)
    box.setAccessibleName(words)
    box.setToolTip(words)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.hide()
    return box


def make(workspace: Workspace) -> DebugPanel:
    """Return the panel of a workspace."""
    return DebugPanel(workspace)
