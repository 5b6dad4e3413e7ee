"""The live panel: feeds the plots, says whether the network learns, and keeps choices in step."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QGraphicsView,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.icons import action_icon
from designer.monitor import saving
from designer.monitor.classes import classes_of, target_classes
from designer.monitor.history import History
from designer.monitor.measures import Measures
from designer.monitor.pacing import Pace
from designer.monitor.pages import DISPLAYS, SLOW, Views, by_page
from designer.monitor.verdict import verdict
from designer.theme import signals, theme
from engine.train.events import OVER

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from designer.bridge import Bridge
    from designer.document import Document
    from designer.monitor.plot import Plot
    from engine.train.events import Event

FIGURES_EVERY = 0.2


class MonitorPanel(QWidget):
    """Everything that is watched while a network trains.

    Parameters
    ----------
    bridge
        Where the events come from.
    document
        Says which network is shown, and names the classes of the data.
    """

    summaryChanged = Signal(str)
    nodePicked = Signal(str)
    """The user chose a layer here."""
    nodeWanted = Signal(str, int)
    """The run is to look into a node, given by its address, with a sample; nothing ends that."""

    def __init__(self, bridge: Bridge, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("monitorPanel")
        self.setAccessibleName("Live plots")
        self.history = History()
        self.measures = Measures(self.history, self)
        """What the nodes on the canvas show of it."""
        self._document = document
        self._pace = Pace()
        self._told = 0.0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(int(SLOW * 1000))
        self._later.timeout.connect(self._turn)
        self.views = views = Views(self.history, self._pace, bridge)
        self.loss, self.metrics, self.rate = views.loss, views.metrics, views.rate
        self.norms, self.updates, self.weights = views.norms, views.updates, views.weights
        self.histograms, self.spread, self.table = views.histograms, views.spread, views.table
        self.boundary, self.displays = views.boundary, views.displays
        self.plots: list[Plot] = views.plots
        self.metric_choice, self.layer_choice = views.metric_choice, views.layer_choice
        self.quantity_choice = views.quantity_choice
        self._make_layout()
        views.metric_choice.currentIndexChanged.connect(self._choose_metric)
        views.layer_choice.activated.connect(self._choose_layer)
        views.node.wanted.connect(self.nodeWanted)
        self.measures.changed.connect(self._mark_moment)
        bridge.received.connect(self.feed)
        document.dataChanged.connect(self._name_classes)
        self._name_classes()
        signals.themeChanged.connect(self._restyle)
        self._draw_icon()

    # -- building

    def _make_layout(self) -> None:
        self.tabs = QTabBar()
        self.tabs.setObjectName("monitorTabs")
        self.tabs.setAccessibleName("Pages of live plots")
        self.tabs.setDrawBase(False)
        self.verdict = _line("monitorVerdict", "Whether the network learns")
        self.summary = _line("monitorSummary", "Where the run stands")
        self.summary.setText(self.history.summary())
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.link = QToolButton()
        self.link.setObjectName("monitorLink")
        self.link.setAutoRaise(True)
        self.link.setAccessibleName("Zoom the steps of all plots together")
        self.link.setToolTip("Zoom the steps of all plots together")
        self.link.setCheckable(True)
        self.link.setChecked(True)
        self.link.toggled.connect(self.views.links.set_on)
        self._pages = QStackedWidget()
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        top = QHBoxLayout()
        top.setContentsMargins(4, 0, 10, 0)
        top.setSpacing(10)
        for part in (self.tabs, self.verdict):
            top.addWidget(part)
        top.addWidget(self.summary, 1)
        top.addWidget(self.link)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        for name, specs in by_page().items():
            self._pages.addWidget(self.views.page(name, specs))
            self.tabs.addTab(name)
        self._follow_displays()
        for source in (self.table, self.views.multiples):
            source.nodePicked.connect(self._pick)

    # -- events

    def feed(self, events: list[Event]) -> None:
        """Take a run's events and draw what is due."""
        touched = self.history.take(events)
        if not touched:
            return
        self._pace.mark(touched)
        if "all" in touched:
            self._begin()
            self.views.node.renew()
        if "epochs" in touched:
            self.views.list_metrics()
        if touched & {"activations", "spreads"}:
            self.views.list_layers()
        if "boundary" in touched and self.views.boundary_card.isHidden():
            self.views.boundary_card.setVisible(True)
        for kind in touched & DISPLAYS.keys():
            self._show_tab(self._pages.indexOf(self.displays[kind]), on=True)
        over = self.history.state in OVER or self.history.state == "paused"
        self._turn(everything="state" in touched and over)
        self._tell(now="state" in touched)

    def show_nodes(self, nodes: tuple[str, ...]) -> None:
        """Follow the canvas: mark these layers' curves, show the first; none marks none."""
        self.views.show_nodes(nodes)

    def show_node(self, node: str) -> None:
        """Follow the canvas to one layer; "" marks none."""
        self.show_nodes((node,) if node else ())

    def forget(self) -> None:
        """Show no run: another project is open now."""
        self.history.clear()
        self.measures.forget()
        self.views.forget()
        self.tabs.setCurrentIndex(0)
        self._pace.mark({"all"})
        self._begin()
        self._turn(everything=True)
        self._tell(now=True)

    def close_down(self) -> None:
        """End what is being computed."""
        self.views.landscape.close_down()

    def hindrance(self) -> str:
        """Return why no step may be taken just now, or nothing."""
        return self.views.landscape.hindrance()

    def compute_landscape(self) -> None:
        """Go to the loss landscape and compute it."""
        self.tabs.setCurrentIndex(self._pages.indexOf(self.views.landscape))
        self.views.landscape.compute()

    def save_plot(self) -> None:
        """Ask for a file, and save the plot that has the keyboard, or the first that is seen."""
        found = self._plot()
        if found is not None:
            saving.ask(found)

    def _plot(self) -> QGraphicsView | None:
        seen = [v for v in self.findChildren(QGraphicsView) if v.isVisible()]
        return next((view for view in seen if view.hasFocus()), seen[0] if seen else None)

    def _turn(self, *, everything: bool = False) -> None:
        if self._pace.turn(everything=everything) and not self._later.isActive():
            self._later.start()

    def _tell(self, *, now: bool) -> None:
        clock = time.perf_counter()
        if not now and clock - self._told < FIGURES_EVERY:
            return
        self._told = clock
        words = self.history.summary()
        if words != self.summary.toolTip():
            self.summary.setToolTip(words)
            self._fit_summary()
            self.summaryChanged.emit(words)
        self._judge()
        self.measures.refresh()

    def _judge(self) -> None:
        """Say in one line whether the network learns."""
        found = verdict(self.history)
        if found.mood != self.verdict.property("role"):
            self.verdict.setProperty("role", found.mood)
            self.verdict.style().polish(self.verdict)
        if found.text != self.verdict.toolTip():
            self.verdict.setToolTip(found.text)
            self._fit_summary()

    def _mark_moment(self) -> None:
        self.views.links.show_moment(self.measures.moment)

    def _fit_summary(self) -> None:
        """Write as much of the line as there is room for; its end is the least of it."""
        measure, way = self.verdict.fontMetrics(), Qt.TextElideMode.ElideRight
        told = self.verdict.toolTip()
        room = self.width() - self.tabs.sizeHint().width() - self.link.sizeHint().width() - 44
        wanted = min(measure.horizontalAdvance(told) + 2 if told else 0, max(room, 40))
        self.verdict.setFixedWidth(wanted)
        self.verdict.setText(measure.elidedText(told, way, wanted))
        words = self.summary.toolTip() or self.history.summary()
        self.summary.setText(measure.elidedText(words, way, max(room - wanted, 0)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write the summary anew."""
        super().resizeEvent(event)
        self._fit_summary()

    def _begin(self) -> None:
        """Another run begins: follow its data."""
        for plot in self.plots:
            plot.follow()
        if self.history.boundary is None:
            self.views.boundary_card.setVisible(False)
        self._follow_displays()
        self.measures.look_back(None)
        self.measures.refresh()

    def _follow_displays(self) -> None:
        """Take the albums of the run; a page goes unless it is the one that is looked at."""
        history = self.history
        albums = (history.pictures, history.points, history.texts)
        for page, held in zip(self.displays.values(), albums, strict=True):
            page.follow(held, history.name, self._classes)
            place = self._pages.indexOf(page)
            if place != self.tabs.currentIndex():
                self._show_tab(place, on=False)

    def _show_tab(self, place: int, *, on: bool) -> None:
        self.tabs.setTabVisible(place, on)
        # The bar forgets to tell its layout.
        self.tabs.updateGeometry()

    def _classes(self, display: str) -> tuple[str, ...]:
        return classes_of(self._document.project, self._document.info, display)

    # -- choices

    def _choose_metric(self, index: int) -> None:
        key, label = self.metric_choice.itemData(index), self.metric_choice.itemText(index)
        self.metrics.show_metric(str(key), label)

    def _choose_layer(self, index: int) -> None:
        self._pick(str(self.layer_choice.itemData(index)))

    def _pick(self, node: str) -> None:
        self.show_node(node)
        self.nodePicked.emit(node)

    # -- looks

    def _name_classes(self, *_: object) -> None:
        if self._document.info is not None:
            self.boundary.name_classes(target_classes(self._document.info))

    def _restyle(self, _theme: object) -> None:
        views = self.views
        for view in (*self.plots, *self.displays.values(), views.multiples, views.node):
            view.restyle()
        self._draw_icon()

    def _draw_icon(self) -> None:
        look = theme()
        self.link.setIcon(action_icon("chain", look.color("text"), look.color("text_muted")))


def _line(name: str, words: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setAccessibleName(words)
    label.setProperty("role", "muted")
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
