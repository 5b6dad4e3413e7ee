"""The live panel: arranges the plots, feeds them, and tells the canvas what nodes should show."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from designer.monitor.axes import Scale
from designer.monitor.boundary import BoundaryPlot
from designer.monitor.card import Card
from designer.monitor.classes import classes_of, target_classes
from designer.monitor.curves import LayerPlot
from designer.monitor.displays import DisplayPage
from designer.monitor.histograms import HistogramPlot
from designer.monitor.history import History
from designer.monitor.keys import title
from designer.monitor.losses import LossPlot, RatePlot
from designer.monitor.measures import Measures
from designer.monitor.metrics import MetricsPlot
from designer.monitor.pacing import Pace
from designer.monitor.plot import Plot
from designer.monitor.table import ActivationTable
from designer.theme import signals
from engine.train.events import OVER

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from designer.bridge import Bridge
    from designer.document import Document
    from engine.train.events import Event

P = TypeVar("P", bound=Plot)

FAST, SLOW = 0.0, 0.1
FIGURES_EVERY = 0.2
QUANTITIES = {"std": "Standard deviation", "mean": "Mean", "dead": "Share of zeros"}
DISPLAYS = {
    "pictures": ("Pictures", "The first pictures of the run appear here"),
    "points": ("Points", "The first points of the run appear here"),
    "texts": ("Text", "The first sample of the run appears here"),
}
"""Kind of display -> title of its page, and what stands there before the first one."""
_WAIT = "Press Train to see {} here"


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

    def __init__(self, bridge: Bridge, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("monitorPanel")
        self.setAccessibleName("Live plots")
        self.history = History()
        self.measures = Measures(self.history, self)
        """What the nodes on the canvas show of it."""
        self._document = document
        self.plots: list[Plot] = []
        self._pace = Pace()
        self._told = 0.0
        self._listed: tuple[str, ...] = ()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(int(SLOW * 1000))
        self._later.timeout.connect(self._turn)
        self._make_plots()
        self._make_layout()
        bridge.received.connect(self.feed)
        document.dataChanged.connect(self._name_classes)
        self._name_classes()
        signals.themeChanged.connect(self._restyle)

    # -- building

    def _make_plots(self) -> None:
        history = self.history
        self.loss = self._add(LossPlot(history), ("loss", "edits"), FAST)
        self.metrics = self._add(MetricsPlot(history), ("epochs",), SLOW)
        self.norms = self._layers("normPlot", "Gradient norms", "norms", "grad", "Gradient norm")
        self.updates = self._layers(
            "updatePlot", "Update ratio", "norms", "update", "Change per step / weight"
        )
        self.weights = self._layers("weightPlot", "Weight norms", "norms", "weight", "Weight norm")
        self.rate = self._add(RatePlot(history), ("loss",), SLOW)
        self.histograms = self._add(HistogramPlot(history), ("activations",), 2 * SLOW)
        self.spread = self._layers(
            "spreadPlot", "Activations", "activations", "std", QUANTITIES["std"], log=False
        )
        self.boundary = self._add(BoundaryPlot(history), ("boundary",), SLOW)
        self.displays = {kind: DisplayPage(kind, *words) for kind, words in DISPLAYS.items()}
        for kind, page in self.displays.items():
            self._pace.add(page, (kind,), SLOW)
        self.table = ActivationTable(history)
        self._pace.add(self.table, ("activations",), 2.5 * SLOW)

    def _add(self, plot: P, topics: tuple[str, ...], every: float) -> P:
        self.plots.append(plot)
        self._pace.add(plot, topics, every)
        return plot

    def _layers(
        self, name: str, title: str, source: str, quantity: str, label: str, *, log: bool = True
    ) -> LayerPlot:
        axis, empty = Scale(label, log=log), _WAIT.format(title.lower())
        plot = LayerPlot(self.history, name, title, source, quantity, axis, empty)
        return self._add(plot, (source,), SLOW)

    def _make_layout(self) -> None:
        self.tabs = QTabBar()
        self.tabs.setObjectName("monitorTabs")
        self.tabs.setAccessibleName("Pages of live plots")
        self.tabs.setDrawBase(False)
        self.summary = QLabel(self.history.summary())
        self.summary.setObjectName("monitorSummary")
        self.summary.setAccessibleName("Where the run stands")
        self.summary.setProperty("role", "muted")
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._pages = QStackedWidget()
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        top = QHBoxLayout()
        top.setContentsMargins(4, 0, 10, 0)
        top.addWidget(self.tabs)
        top.addWidget(self.summary, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        metrics, heat, spread = Card(self.metrics), Card(self.histograms), Card(self.spread)
        self.metric_choice = metrics.add_choice("metricChoice", "Which figure is shown")
        self.metric_choice.addItem("Loss", "loss")
        self.metric_choice.currentIndexChanged.connect(self._choose_metric)
        self.layer_choice = heat.add_choice("layerChoice", "Which layer is shown")
        self.layer_choice.activated.connect(self._choose_layer)
        self.quantity_choice = spread.add_choice("quantityChoice", "Which figure is shown")
        for key, label in QUANTITIES.items():
            self.quantity_choice.addItem(label, key)
        self.quantity_choice.currentIndexChanged.connect(self._choose_quantity)
        self._boundary_card = Card(self.boundary)
        self._boundary_card.setVisible(False)
        logs = [Card(p).add_log(on=True) for p in (self.norms, self.updates, self.weights)]
        loss = Card(self.loss).add_log()
        self._page("Training", [loss, metrics, logs[0], self._boundary_card])
        self._page("Weights", [logs[1], logs[2], Card(self.rate).add_log()])
        self._page("Activations", [heat, spread, self.table])
        for page, (words, _) in zip(self.displays.values(), DISPLAYS.values(), strict=True):
            self._pages.addWidget(page)
            self.tabs.addTab(words)
        self._follow_displays()
        self.table.nodePicked.connect(self._pick)

    def _page(self, title: str, widgets: list[QWidget]) -> None:
        page = QSplitter(Qt.Orientation.Horizontal)
        page.setObjectName(f"monitorPage{title}")
        page.setChildrenCollapsible(False)
        for widget in widgets:
            page.addWidget(widget)
        page.setSizes([300] * len(widgets))
        self._pages.addWidget(page)
        self.tabs.addTab(title)

    # -- events

    def feed(self, events: list[Event]) -> None:
        """Take a run's events and draw what is due."""
        touched = self.history.take(events)
        if not touched:
            return
        self._pace.mark(touched)
        if "all" in touched:
            self._begin()
        if "epochs" in touched:
            self._list_metrics()
        if "activations" in touched:
            self._list_layers()
        if "boundary" in touched and self._boundary_card.isHidden():
            self._boundary_card.setVisible(True)
        for kind in touched & DISPLAYS.keys():
            self._show_tab(self._pages.indexOf(self.displays[kind]), on=True)
        over = self.history.state in OVER or self.history.state == "paused"
        self._turn(everything="state" in touched and over)
        self._tell(now="state" in touched)

    def show_node(self, node: str) -> None:
        """Follow the canvas: show this layer's activations and mark its curves; "" marks none."""
        self.histograms.show_node(node)
        for plot in (self.norms, self.updates, self.weights, self.spread):
            plot.show_node(node)
        self.table.show_node(node)
        place = self.layer_choice.findData(node)
        if place >= 0:
            self.layer_choice.setCurrentIndex(place)

    def forget(self) -> None:
        """Show no run: another project is open now."""
        self.history.clear()
        self.measures.forget()
        self.tabs.setCurrentIndex(0)
        self._pace.mark({"all"})
        self._begin()
        self._turn(everything=True)
        self._tell(now=True)

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
        self.measures.refresh()

    def _fit_summary(self) -> None:
        """Write as much of the summary as there is room for; its end is the least of it."""
        label, way = self.summary, Qt.TextElideMode.ElideRight
        words = label.toolTip() or self.history.summary()
        label.setText(label.fontMetrics().elidedText(words, way, max(label.width(), 40)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write the summary anew."""
        super().resizeEvent(event)
        self._fit_summary()

    def _begin(self) -> None:
        """Another run begins: follow its data."""
        for plot in self.plots:
            plot.follow()
        if self.history.boundary is None:
            self._boundary_card.setVisible(False)
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

    def _list_metrics(self) -> None:
        known = {self.metric_choice.itemData(i) for i in range(self.metric_choice.count())}
        for kind in self.metrics.groups():
            if kind not in known:
                self.metric_choice.addItem(title(kind), kind)

    def _choose_metric(self, index: int) -> None:
        key, label = self.metric_choice.itemData(index), self.metric_choice.itemText(index)
        self.metrics.show_metric(str(key), label)

    def _list_layers(self) -> None:
        nodes = self.history.sampled()
        if nodes == self._listed:
            return
        self._listed = nodes
        self.layer_choice.clear()
        for node in nodes:
            self.layer_choice.addItem(self.history.name(node), node)
        place = self.layer_choice.findData(self.histograms.node)
        self.layer_choice.setCurrentIndex(max(0, place))

    def _choose_layer(self, index: int) -> None:
        self._pick(str(self.layer_choice.itemData(index)))

    def _pick(self, node: str) -> None:
        self.show_node(node)
        self.nodePicked.emit(node)

    def _choose_quantity(self, index: int) -> None:
        key = str(self.quantity_choice.itemData(index))
        self.spread.show_quantity(key, QUANTITIES[key])

    # -- looks

    def _name_classes(self, *_: object) -> None:
        if self._document.info is not None:
            self.boundary.name_classes(target_classes(self._document.info))

    def _restyle(self, _theme: object) -> None:
        for view in (*self.plots, *self.displays.values()):
            view.restyle()
