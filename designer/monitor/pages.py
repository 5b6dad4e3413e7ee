"""The pages of the live plots, built from the catalogue: one card for each entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from designer.monitor.axes import Scale
from designer.monitor.boundary import BoundaryPlot
from designer.monitor.card import Card
from designer.monitor.curves import LayerPlot
from designer.monitor.displays import DisplayPage
from designer.monitor.histograms import QUANTITIES as SPREADS
from designer.monitor.histograms import HistogramPlot
from designer.monitor.keys import title
from designer.monitor.landscape import LandscapePage
from designer.monitor.linking import Links
from designer.monitor.losses import SMOOTHED, LossPlot, RatePlot
from designer.monitor.metrics import MetricsPlot
from designer.monitor.multiples import KINDS, Multiples
from designer.monitor.nodeview import NodeView
from designer.monitor.table import ActivationTable
from engine.catalog import registry
from engine.catalog.spec import PlotSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from designer.bridge import Bridge
    from designer.monitor.history import History
    from designer.monitor.pacing import Pace
    from designer.monitor.plot import Plot

FAST, SLOW = 0.0, 0.1
QUANTITIES = {
    "std": "Deviation",
    "mean": "Mean",
    "dead": "Share of zeros",
    "saturated": "Saturation",
}
DISPLAYS = {
    "pictures": ("Pictures", "The first pictures of the run appear here"),
    "points": ("Points", "The first points of the run appear here"),
    "texts": ("Text", "The first sample of the run appears here"),
}
"""Kind of display -> title of its page, and what stands there before the first one."""
_WAIT = "Press Train to see {} here"


def by_page() -> dict[str, list[PlotSpec]]:
    """Return the plots of each page, both in the order of the catalogue."""
    pages: dict[str, list[PlotSpec]] = {}
    known: Mapping[str, PlotSpec] = registry.of_kind(PlotSpec)
    for spec in known.values():
        if spec.page:
            pages.setdefault(spec.page, []).append(spec)
    return pages


class Views:
    """All plots of a run, and the cards they stand in.

    Parameters
    ----------
    pace
        Draws them when there is news.
    """

    def __init__(self, history: History, pace: Pace, bridge: Bridge) -> None:
        self._history, self._pace = history, pace
        self.plots: list[Plot] = []
        self.links = Links()
        self.loss = LossPlot(history)
        self.metrics = MetricsPlot(history)
        self.norms = self._layers("normPlot", "Gradient norms", "norms", "grad", "Gradient norm")
        self.updates = self._layers(
            "updatePlot", "Update ratio", "norms", "update", "Change per step / weight"
        )
        self.weights = self._layers("weightPlot", "Weight norms", "norms", "weight", "Weight norm")
        self.rate = RatePlot(history)
        self.histograms = HistogramPlot(history)
        self.spread = self._layers(
            "spreadPlot", "Activations", "activations", "std", QUANTITIES["std"], log=False
        )
        self.boundary = BoundaryPlot(history)
        self.displays = {kind: DisplayPage(kind, *words) for kind, words in DISPLAYS.items()}
        self.table = ActivationTable(history)
        self.multiples = Multiples(history)
        self.node = NodeView(history)
        self.landscape = LandscapePage(bridge)
        self._pacing()
        self.cards = self._cards()

    def _layers(
        self, name: str, title: str, source: str, quantity: str, label: str, *, log: bool = True
    ) -> LayerPlot:
        axis, empty = Scale(label, log=log), _WAIT.format(title.lower())
        plot = LayerPlot(self._history, name, title, source, quantity, axis, empty)
        self._add(plot, (source,), SLOW)
        return plot

    def _add(self, plot: Plot, topics: Iterable[str], every: float) -> None:
        self.plots.append(plot)
        self._pace.add(plot, topics, every)

    def _pacing(self) -> None:
        """Say what each plot is drawn for, and how often."""
        self._add(self.loss, ("loss", "edits"), FAST)
        self._add(self.metrics, ("epochs",), SLOW)
        self._add(self.rate, ("loss",), SLOW)
        self._add(self.histograms, ("activations", "spreads"), 2 * SLOW)
        self._add(self.boundary, ("boundary",), SLOW)
        for kind, page in self.displays.items():
            self._pace.add(page, (kind,), SLOW)
        self._pace.add(self.table, ("activations",), 2.5 * SLOW)
        self._pace.add(self.multiples, ("norms", "activations", "spreads"), 3 * SLOW)
        self._pace.add(self.node, ("watched",), SLOW)
        for plot in self.plots:
            self.links.add(plot)
        self.plots.append(self.landscape.plot)

    def _cards(self) -> dict[str, QWidget]:
        """Return what stands on the pages, by the name that the catalogue has for it."""
        metrics = Card(self.metrics).add_smoothing(self.metrics.set_smoothing, 0.0)
        heat, spread = Card(self.histograms), Card(self.spread)
        self.metric_choice = metrics.add_choice("metricChoice", "Which figure is shown")
        self.metric_choice.addItem("Loss", "loss")
        self.layer_choice = heat.add_choice("layerChoice", "Which layer is shown")
        self.spread_choice = heat.add_choice("spreadChoice", "What of the layer is shown")
        for key, label in SPREADS.items():
            self.spread_choice.addItem(f"{label}s", key)
        self.spread_choice.currentIndexChanged.connect(self._choose_spread)
        self.quantity_choice = spread.add_choice("quantityChoice", "Which figure is shown")
        for key, label in QUANTITIES.items():
            self.quantity_choice.addItem(label, key)
        self.quantity_choice.currentIndexChanged.connect(self._choose_quantity)
        self.boundary_card = Card(self.boundary)
        self.boundary_card.setVisible(False)
        smoothing = self.loss.set_smoothing
        return {
            "loss": Card(self.loss).add_log().add_smoothing(smoothing, SMOOTHED),
            "metrics": metrics,
            "norms": Card(self.norms).add_log(on=True),
            "boundary": self.boundary_card,
            "updates": Card(self.updates).add_log(on=True),
            "weights": Card(self.weights).add_log(on=True),
            "rate": Card(self.rate).add_log(),
            "histograms": heat,
            "spread": spread,
            "table": self.table,
            "multiples": self._multiples_card(),
            "node": self.node,
            "landscape": self.landscape,
            **self.displays,
        }

    def _multiples_card(self) -> QWidget:
        """Return the small plots with a choice of what they show above them."""
        card = QWidget()
        self.kind_choice = QComboBox()
        self.kind_choice.setObjectName("multiples.choice")
        self.kind_choice.setAccessibleName("What each layer's plot shows")
        self.kind_choice.addItems(list(KINDS))
        self.kind_choice.currentTextChanged.connect(self._choose_kind)
        self.caption = QLabel()
        self.caption.setObjectName("multiples.caption")
        self.caption.setProperty("role", "muted")
        self.multiples.captioned.connect(self.caption.setText)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 2)
        row.setSpacing(8)
        row.addWidget(self.kind_choice)
        row.addWidget(self.caption, 1)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.multiples, 1)
        return card

    def page(self, title: str, specs: list[PlotSpec]) -> QWidget:
        """Return a page: one widget alone, or several side by side."""
        cards = [self.cards[spec.view] for spec in specs]
        if len(cards) == 1:
            return cards[0]
        row = QSplitter(Qt.Orientation.Horizontal)
        row.setObjectName(f"monitorPage{title}")
        row.setChildrenCollapsible(False)
        for card in cards:
            row.addWidget(card)
        row.setSizes([300] * len(cards))
        return row

    def show_nodes(self, nodes: tuple[str, ...]) -> None:
        """Mark these layers everywhere, and look at the first."""
        first = nodes[0] if nodes else ""
        self.histograms.show_node(first)
        self.table.show_node(first)
        self.node.show_node(first)
        for plot in (self.norms, self.updates, self.weights, self.spread):
            plot.show_nodes(nodes)
        self.multiples.show_nodes(nodes)
        self.follow_layer()

    def list_layers(self) -> None:
        """Offer the layers that have what the histogram shows."""
        nodes = self._history.by_depth(self._history.sampled(self.histograms.quantity))
        wanted = [(node, self._history.name(node)) for node in nodes]
        choice = self.layer_choice
        if wanted != [(choice.itemData(i), choice.itemText(i)) for i in range(choice.count())]:
            choice.clear()
            for node, name in wanted:
                choice.addItem(name, node)
            if nodes and self.histograms.node not in nodes:
                self.histograms.show_node(nodes[0])
            self.follow_layer()

    def list_metrics(self) -> None:
        """Offer the kinds of figures that the run tells; the loss always."""
        kinds = {"loss": "Loss", **{kind: title(kind) for kind in self.metrics.groups()}}
        choice = self.metric_choice
        if list(kinds) == [choice.itemData(i) for i in range(choice.count())]:
            return
        chosen = self.metrics.figure_id
        with QSignalBlocker(choice):
            choice.clear()
            for kind, words in kinds.items():
                choice.addItem(words, kind)
            choice.setCurrentIndex(max(choice.findData(chosen), 0))
        if chosen not in kinds:
            self.metrics.show_metric("loss", "Loss")

    def forget(self) -> None:
        """Drop what belongs to another project."""
        self.list_metrics()
        self.list_layers()
        self.boundary.forget()
        self.node.forget()
        self.landscape.forget()

    def follow_layer(self) -> None:
        """Let the choice say which layer the histogram shows."""
        place = self.layer_choice.findData(self.histograms.node)
        if place >= 0:
            self.layer_choice.setCurrentIndex(place)

    def _choose_spread(self, index: int) -> None:
        self.histograms.show_quantity(str(self.spread_choice.itemData(index)))
        self.list_layers()
        self.follow_layer()

    def _choose_quantity(self, index: int) -> None:
        key = str(self.quantity_choice.itemData(index))
        self.spread.show_quantity(key, QUANTITIES[key])

    def _choose_kind(self, title: str) -> None:
        self.multiples.show_kind(title)
