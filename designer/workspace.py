"""Everything around one open project: document, run, canvas and the panels, wired together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QApplication, QTabWidget, QVBoxLayout, QWidget

from designer import theme
from designer.breadcrumb import Breadcrumb
from designer.bridge import Bridge
from designer.canvas.passing import PassOn
from designer.canvas.view import CanvasView
from designer.custom.editors import CustomEditors
from designer.data.panel import DataPanel
from designer.document import Document
from designer.evaluate.panel import EvaluatePanel
from designer.filing import Filing
from designer.findings import FindingsPanel
from designer.inspector import Inspector, NodePanel
from designer.kernels import Kernels
from designer.live import LiveMap, Sight
from designer.marking import Marking
from designer.mending import MendingWindow
from designer.monitor.heatbar import HeatBar
from designer.monitor.measures import FIRST
from designer.monitor.panel import MonitorPanel
from designer.networkcommands import NetworkCommands
from designer.palette import Palette
from designer.panels import PANELS
from designer.picker import Picker
from designer.recipes import RecipeWindow
from designer.resuming import Resuming
from designer.running import Running
from designer.strip import Strip
from designer.tabs import NetworkTabs
from designer.training.panel import TrainingPanel
from designer.variables.panel import VariablesPanel
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from designer.runbar import RunBar
    from designer.settings import Settings
    from engine.variables import Use


MOST_MARKED = 16
"""Selected nodes whose curves are marked."""


class Workspace(QObject):
    """The parts of the window that need a project. `build` makes them one by one.

    Signals
    -------
    changed
        Some command may have become possible or impossible.
    titleChanged
        The project's name or its saved state changed.
    opened
        Another project is shown.
    told(sentence), refused(sentence), watching(share)
        For the status line and the notice.
    offered(sentence, command)
        Something that a command would do is offered.
    panelWanted(id)
        A panel has something to show.
    """

    changed = Signal()
    titleChanged = Signal()
    opened = Signal()
    told = Signal(str)
    refused = Signal(str)
    watching = Signal(float)
    panelWanted = Signal(str)
    offered = Signal(str, str)

    document: Document
    bridge: Bridge
    files: Filing
    running: Running
    resuming: Resuming
    custom: CustomEditors
    canvas: CanvasView
    pass_on: PassOn
    kernels: Kernels
    centre: QWidget
    strip: Strip
    networks: NetworkCommands
    tabs: NetworkTabs
    breadcrumb: Breadcrumb
    palette: Palette
    node: NodePanel
    training: TrainingPanel
    data: DataPanel
    variables: VariablesPanel
    inspector: QTabWidget
    findings: FindingsPanel
    monitor: MonitorPanel
    heat: HeatBar
    evaluate: EvaluatePanel

    def __init__(self, window: QWidget, settings: Settings, bar: RunBar) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._bar = bar
        self._device_known = False
        self._live = LiveMap()
        self.recipe: RecipeWindow | None = None
        self.mending: MendingWindow | None = None
        self.panels: dict[str, QWidget] = {}
        """The further panels, by id."""

    def build(self) -> Iterator[None]:
        """Make the parts, a few milliseconds each, so that the window stays awake in between."""
        self.document = Document(self, self._settings.shelves)
        self.bridge = Bridge(self)
        self.document.runs.under_way = self.bridge.folder
        self.files = Filing(self._window, self.document, self.bridge, self._settings)
        self.running = Running(self.document, self.bridge, self._bar)
        self.resuming = Resuming(self.document, self.running, self)
        self.custom = CustomEditors(self.document, self._window)
        yield
        self._build_centre()
        yield
        self.palette = Palette(self.document)
        yield
        self.node = NodePanel(self.document)
        yield
        self.training = TrainingPanel(self.document)
        yield
        self.data = DataPanel(self.document)
        self.variables = VariablesPanel(self.document)
        self.inspector = Inspector(self.node, self.training, self.data, self.variables)
        yield
        self.findings = FindingsPanel(self.document, self.bridge)
        self._marking = Marking(self.document, self.canvas, self.findings)
        yield
        self.monitor = MonitorPanel(self.bridge, self.document)
        self.heat = HeatBar(self.monitor.measures)
        self._column.addWidget(self.heat)
        yield
        self.evaluate = EvaluatePanel(self.document, self.bridge)
        self.running.hindrance = self._hindrance
        yield
        for panel in PANELS:
            self.panels[panel.id] = panel.make(self)
            yield
        self._connect()

    def _build_centre(self) -> None:
        self.centre = QWidget()
        layout = self._column = QVBoxLayout(self.centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.networks = NetworkCommands(self.document, self)
        self.tabs = NetworkTabs(self.document, self.networks)
        self.breadcrumb = Breadcrumb(self.document)
        self.strip = Strip(self.document)
        self.strip.forecast.idle = lambda: not self.bridge.alive
        self.canvas = CanvasView(self.document)
        self.canvas.motion = not self._settings.reduced_motion
        self.pass_on = PassOn(self.canvas, lambda: self.running.keeping.holds)
        self.kernels = Kernels(self.canvas, self.bridge, self.running.keeping, self._sight)
        for widget in (self.tabs, self.breadcrumb, self.strip):
            layout.addWidget(widget)
        layout.addWidget(self.canvas, 1)

    def _connect(self) -> None:
        document, files = self.document, self.files
        self.palette.picked.connect(self._add)
        self.canvas.selectionChanged.connect(self._selected)
        self.node.fixWanted.connect(document.apply_fix)
        self.training.settingChanged.connect(self.running.set)
        self.training.use_canvas(self.canvas)
        self.canvas.pickEnded.connect(self.training.end_pick)
        self.monitor.measures.changed.connect(self._show_live)
        self.monitor.nodePicked.connect(self.reveal)
        self.monitor.nodeWanted.connect(self.bridge.watch_node)
        self.heat.moved.connect(self._changed)
        self.findings.nodeActivated.connect(self.reveal)
        self.findings.fixAllWanted.connect(self.show_mending)
        self.findings.settingChanged.connect(self.running.set)
        self.findings.countChanged.connect(self._changed)
        self.findings.refused.connect(self.refused)
        self.findings.countChanged.connect(self.strip.set_found)
        document.analysed.connect(self._show_live)
        self.breadcrumb.outWanted.connect(self.canvas.leave)
        self.palette.cards.menuWanted.connect(self._network_menu)
        for part in (self.canvas, self.networks, self.node):
            part.refused.connect(self.refused)
        for panel in (self.node, self.training, self.data, self.variables):
            panel.left.connect(self.canvas.setFocus)
        for part in (self.node, self.variables):
            part.useWanted.connect(self._show_use)
        self.node.codeWanted.connect(self.custom.open)
        self.canvas.nodeActivated.connect(self._edit)
        self.canvas.message.connect(self.told)
        for signal in (
            document.undo_stack.indexChanged,
            document.undo_stack.cleanChanged,
            document.analysed,
            self.running.changed,
        ):
            signal.connect(self._changed)
        for signal in (document.pathChanged, document.dirtyChanged, document.projectChanged):
            signal.connect(self._title_changed)
        document.analysed.connect(self._find_device)
        files.opened.connect(self._opened)
        files.leaving.connect(self._keep_looks)
        files.told.connect(self.told)
        files.failed.connect(self.refused)
        files.offered.connect(self.offered)
        files.offered.connect(self._changed)
        self.running.told.connect(self.told)
        self.running.refused.connect(self.refused)
        self.resuming.refused.connect(self.refused)
        self.resuming.offered.connect(self.offered)
        self.running.watching.connect(self.watching)
        self.running.changed.connect(self.pass_on.refresh)
        theme.signals.themeChanged.connect(self._restyle)

    def _hindrance(self) -> str:
        """Return why no step may be taken just now, or nothing."""
        return self.evaluate.hindrance() or self.monitor.hindrance()

    def _find_device(self, *_: object) -> None:
        """Once PyTorch is there, which it is after the first shapes, say what `auto` means."""
        if not self._device_known and self.document.graph.nodes:
            from engine.train.device import resolve_device

            self._device_known = True
            self.strip.set_device(resolve_device("auto").type)

    def _restyle(self, *_: object) -> None:
        self.palette.refresh()
        self.node.restyle()

    def _add(self, spec_id: str) -> None:
        self.canvas.add_node(spec_id, None)

    def _selected(self, ids: Sequence[str]) -> None:
        self.node.show_selection(ids)
        self.monitor.show_nodes(tuple(self._watched(i) for i in ids[:MOST_MARKED]))
        if ids:
            self.inspector.setCurrentWidget(self.node)
        self.changed.emit()

    def _watched(self, node_id: str) -> str:
        """Return the address whose figures stand for a node: of a place, the layer it ends in."""
        sight = self._sight()
        source = self._live.source(node_id, sight) if sight is not None else ""
        return self.document.address(source or node_id)

    def _sight(self) -> Sight | None:
        document = self.document
        if document.analysis is None:
            return None
        return Sight(document.project, document.spot, document.copies, document.analysis)

    def _edit(self, node_id: str) -> None:
        """Go to the first setting of the node, or to the text of a layer of the user's own."""
        spec = registry.node(self.document.graph.nodes[node_id].spec)
        if spec is not None and spec.own is not None:
            self.custom.open(node_id)
            return
        self.inspector.setCurrentWidget(self.node)
        self.node.focus_first()

    def reveal(self, address: str) -> None:
        """Go to the network a node lies in, and show it."""
        node_id = self.document.walk(address)
        if node_id:
            self.canvas.reveal(node_id)

    def _show_use(self, use: Use) -> None:
        """Show a setting that uses a named number."""
        self.document.show_network(use.network)
        self.canvas.reveal(use.node)

    def help_key(self) -> str:
        """Return the help page of what has the keyboard, or of the selected layer, or nothing."""
        found = QApplication.focusWidget()
        while found is not None and not isinstance(found, Picker | Palette):
            found = found.parentWidget()
        return found.help_key() if found is not None else self.node.help_key()

    def show_recipe(self, recipe: str) -> None:
        """Show what a recipe would change; it is applied from there."""
        if self.recipe is None:
            self.recipe = RecipeWindow(self.document, self._window)
        self.recipe.show_recipe(recipe)
        self.recipe.show()
        self.recipe.raise_()
        self.recipe.activateWindow()

    def show_mending(self) -> None:
        """Show what mending all that is listed would change; it is applied from there."""
        if self.mending is None:
            self.mending = MendingWindow(self.document, self._window, self.findings.offered)
            self.mending.applied.connect(self.findings.take_over)
            self.findings.countChanged.connect(self.mending.follow)
        self.mending.show()
        self.mending.raise_()
        self.mending.activateWindow()

    def show_variables(self) -> None:
        """Go to the project's named numbers."""
        self.inspector.setCurrentWidget(self.variables)
        self.variables.focus_new()

    def _show_live(self, *_: object) -> None:
        """Show the latest figures of the run at the nodes on show."""
        measures, sight = self.monitor.measures, self._sight()
        if sight is None or not self.heat.isVisibleTo(self.centre):
            self.canvas.set_live({}, {})
            return
        flows = self._live.flows(measures, sight)
        ramp = measures.reach(FIRST)
        heats = ramp.heats(np.array(list(flows.values()))).tolist()
        values = self._live.figures(measures, sight)
        dry = self._live.dry(sight)
        self.canvas.set_live(values, dict(zip(flows, heats, strict=True)), dry)

    def _network_menu(self, key: str, place: QPoint) -> None:
        """Open the menu of a network in the palette."""
        self.document.show_network(key)
        self.tabs.open_menu(key, place)

    def _changed(self, *_: object) -> None:
        self.changed.emit()

    def _title_changed(self, *_: object) -> None:
        self.titleChanged.emit()

    def _opened(self) -> None:
        self._bar.show_state("idle")
        self.monitor.forget()
        self.findings.forget_run()
        self.opened.emit()
        self.canvas.frame_all()
        path = self.document.path
        if path is not None:
            self.canvas.take_looks(self._settings.looks(path))
        self.resuming.offer()

    def _keep_looks(self) -> None:
        """Remember how the networks of the file are looked at."""
        path = self.document.path
        if path is not None:
            self._settings.set_looks(path, self.canvas.looks())

    def title(self) -> str:
        """Return the project's name: its file's, its own, or Untitled."""
        path = self.document.path
        return path.stem if path else self.document.project.title or "Untitled"

    def set_ready(self) -> None:
        """Say that PyTorch is loaded to the last part, so that the schedule can be drawn."""
        self.training.set_ready()

    def close(self) -> None:
        """End the run and everything that ticks."""
        if self.recipe is not None:
            self.recipe.close()
        if self.mending is not None:
            self.mending.end()
        self.findings.close_down()
        self.evaluate.close_down()
        self.monitor.close_down()
        self.canvas.close_down()
        for panel in self.panels.values():
            if (end := getattr(panel, "close_down", None)) is not None:
                end()
        self.strip.close_down()
        self.training.end()
        self.bridge.close()
        self.running.close_down()
        self.custom.close()
        self.document.close()
