"""The right-hand panel: what the selected layer is, its settings, its shapes and its help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer import icons, theme
from designer.custom.panel import OwnPanel
from designer.edits import Turns
from designer.forms import Panel, Section, SpecForm, text_label
from designer.help.fold import HelpFold
from designer.nodefacts import facts
from designer.nodeproblems import NodeProblems
from designer.nodeweights import NodeWeights
from designer.placing import network_choices
from designer.variables.arguments import ArgumentsForm
from designer.variables.settings import NetworkSettings
from designer.words import count, escape
from engine import networks
from engine.analysis import placed
from engine.catalog import registry
from engine.graph import NETWORK, PLACES
from engine.help.page import key_of
from engine.variables import environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designer.document import Document
    from designer.editor import Names
    from engine.catalog.spec import Field, LayerSpec
    from engine.graph import Node


class NodePanel(Panel):
    """Everything about the selected node; about the network where none is."""

    fixWanted = Signal(object)
    refused = Signal(str)
    """Why something that was asked for is not possible."""
    useWanted = Signal(object)
    """A setting that uses a named number is to be shown."""
    codeWanted = Signal(str)
    """The text of a layer of the user's own is to be shown; the node's id."""

    def __init__(self, document: Document) -> None:
        super().__init__("inspector.node", "Settings of the selected layer")
        self._document = document
        self._selected: tuple[str, ...] = ()
        self._shown: tuple[str, str] | None = None
        self._turns = Turns(self)
        self._body = QWidget()
        self.column.addWidget(self._body)
        self.column.addStretch(1)
        self.form: SpecForm | None = None
        self.arguments: ArgumentsForm | None = None
        self.settings: NetworkSettings | None = None
        self.weights: NodeWeights | None = None
        self.own: OwnPanel | None = None
        self.name: QLineEdit | None = None
        self.help: HelpFold | None = None
        self._help_open = False
        document.projectChanged.connect(self._project_changed)
        document.analysed.connect(self._analysed)
        document.dataChanged.connect(self._data_changed)
        self.refresh()

    def show_selection(self, ids: Sequence[str]) -> None:
        """Show these nodes."""
        self._selected = tuple(ids)
        self._turns.end()
        self.refresh()

    def _project_changed(self, *_: object) -> None:
        self.refresh()

    def _analysed(self, *_: object) -> None:
        self._show_names()
        self._show_facts()

    def _data_changed(self, *_: object) -> None:
        if self.form is not None:
            self.form.set_fields(self._fields())

    def _fields(self) -> dict[str, Field]:
        info = self._document.info
        return dict(info.fields) if info else {}

    def node(self) -> Node | None:
        """Return the one node that is selected."""
        nodes = self._document.graph.nodes
        known = [i for i in self._selected if i in nodes]
        return nodes[known[0]] if len(known) == 1 else None

    def help_key(self) -> str:
        """Return the help page of the selected layer, or nothing."""
        node = self.node()
        spec = registry.node(node.spec) if node else None
        return key_of(spec) if spec else ""

    def focus_first(self) -> None:
        """Give the keyboard to the first setting, or to the name."""
        rows = list(self.form.rows.values()) if self.form is not None else []
        target = rows[0].editor.findChild(QWidget) if rows else self.name
        if isinstance(target, QWidget):
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def restyle(self) -> None:
        """Draw everything anew, in the colours of the theme."""
        self._shown = None
        self.refresh()

    def refresh(self) -> None:
        """Bring the panel up to date; widgets stay where the same node is still shown."""
        node = self.node()
        key = (node.id, node.spec) if node else ("", self._document.network)
        if key != self._shown:
            self._rebuild(node)
            self._shown = key
        elif node is not None:
            self._update(node)
        else:
            self._update_network()
        self._show_facts()

    def _rebuild(self, node: Node | None) -> None:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.form = self.name = self.arguments = self.settings = self.weights = self.help = None
        self.own = None
        self.facts = text_label()
        self.facts.setObjectName("inspector.facts")
        self._problems: NodeProblems | None = None
        spec = registry.node(node.spec) if node else None
        if node is None:
            self._build_network(layout)
        elif spec is None:
            layout.addWidget(text_label(f"<b>{escape(node.name)}</b>"))
            layout.addWidget(
                text_label(
                    f"This version knows no layer called “{escape(node.spec)}”. "
                    "Its content is kept and saved with the project; remove it to train."
                )
            )
            layout.addWidget(self.facts)
        else:
            self._build_node(layout, node, spec)
        self.column.replaceWidget(self._body, body)
        self._body.hide()
        self._body.deleteLater()
        self._body = body
        if self.help is not None:
            self.help.start()

    def _fold_help(self, on: bool) -> None:
        self._help_open = on

    def _build_network(self, layout: QVBoxLayout) -> None:
        self.hint = text_label("", "muted")
        self.settings = NetworkSettings(self._document)
        self.settings.table.useWanted.connect(self.useWanted)
        for widget in (Section("Network", self.facts), self.hint, self.settings):
            layout.addWidget(widget)
        self._update_network()

    def _update_network(self) -> None:
        if self.settings is not None:
            self.hint.setText(self._hint())
            self.settings.refresh()

    def _hint(self) -> str:
        if not self._document.graph.nodes:
            return "Drag layers from the palette onto the canvas and wire them."
        return "Select a layer to see its settings."

    def _build_node(self, layout: QVBoxLayout, node: Node, spec: LayerSpec) -> None:
        layout.addWidget(self._header(node, spec))
        self._problems = NodeProblems()
        self._problems.fixWanted.connect(self.fixWanted)
        layout.addWidget(self._problems)
        layout.addWidget(self.facts)
        if spec.params:
            self.form = SpecForm(spec.params, {**node.params}, self._fields())  # type: ignore[arg-type]
            self._list_networks(node)
            self.form.set_names(self._names())
            self.form.valueChanged.connect(self._set_param)
            self.form.committed.connect(self._turns.end)
            layout.addWidget(Section("Settings", self.form))
        if spec.own is not None and self.form is not None:
            self.own = OwnPanel(node, self.form)
            self.own.codeWanted.connect(self.codeWanted)
            layout.addWidget(self.own)
        if spec.id in PLACES:
            layout.addWidget(self._build_arguments())
            self._update_arguments(node)
        if spec.initialize or spec.target.startswith("torch.nn") or spec.id in PLACES:
            layout.addWidget(self._build_weights(node, spec))
        self.help = HelpFold(spec, unfolded=self._help_open)
        self.help.opened.connect(self._fold_help)
        layout.addWidget(Section("About", self.help))

    def _header(self, node: Node, spec: LayerSpec) -> QWidget:
        header = QWidget()
        row = QHBoxLayout(header)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        picture = QLabel()
        colour = theme.family_colour(spec.group).name()
        picture.setPixmap(icons.tile(spec.id, spec.title, colour, 36))
        self.name = QLineEdit(node.name)
        self.name.setObjectName("inspector.name")
        self.name.setAccessibleName("Name of the layer")
        self.name.setToolTip("The layer's name: its weights are saved under it.")
        self.name.setMaxLength(64)
        self.name.editingFinished.connect(self._rename)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.name)
        words.addWidget(text_label(f"{spec.title} · {spec.group}", "muted"))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        return header

    def _build_weights(self, node: Node, spec: LayerSpec) -> QWidget:
        self.weights = NodeWeights(spec)
        self.weights.changed.connect(self._set_weights)
        self.weights.committed.connect(self._turns.end)
        self.weights.show_node(node)
        return self.weights

    def _update(self, node: Node) -> None:
        if self.name is not None and not self.name.hasFocus():
            self.name.setText(node.name)
        if self.form is not None:
            self._list_networks(node)
            self.form.set_names(self._names())
            self.form.set_values(node.params)
        self._update_arguments(node)
        if self.weights is not None:
            self.weights.show_node(node)

    def _list_networks(self, node: Node) -> None:
        """Offer the networks that can stand here."""
        if self.form is not None and node.spec in PLACES:
            document = self._document
            self.form.set_networks(network_choices(document.project, document.network))

    def _names(self) -> Names:
        """Return the named numbers that settings can use here."""
        document = self._document
        if document.trail and document.analysis is not None and document.analysis.names:
            return document.analysis.names
        return environment(document.project.variables, document.graph.settings, {})

    def _show_names(self) -> None:
        node = self.node()
        if node is not None and self.form is not None:
            self.form.set_names(self._names())
            self._update_arguments(node)

    def _build_arguments(self) -> QWidget:
        self.arguments = ArgumentsForm()
        self.arguments.valueChanged.connect(self._set_argument)
        self.arguments.committed.connect(self._turns.end)
        self.arguments.cleared.connect(self._clear_arguments)
        self._arguments_section = Section("Settings of the network", self.arguments)
        return self._arguments_section

    def _update_arguments(self, node: Node) -> None:
        if self.arguments is not None:
            graph = self._document.project.networks.get(placed(node))
            self.arguments.show_place(node, graph, self._names())
            self._arguments_section.setVisible(bool(graph and graph.settings))

    def _set_argument(self, name: str, value: int | float | str) -> None:
        node = self.node()
        if node is not None:
            given = {**node.arguments, name: value}
            graph = self._document.graph.change(node.id, arguments=given)
            self._push(f"Change {name} of {node.name}", graph, self._turns.key(node.id, "=", name))

    def _clear_arguments(self) -> None:
        node = self.node()
        if node is not None:
            graph = self._document.graph.change(node.id, arguments={})
            self._push(f"Reset the settings of {node.name}", graph)

    def _show_facts(self) -> None:
        node, analysis = self.node(), self._document.analysis
        if node is None:
            self.facts.setText(self._network_facts())
            return
        info = analysis.nodes.get(node.id) if analysis else None
        ports = networks.outputs_of(node, self._document.project.networks)
        self.facts.setText(facts(info, {p.name: p.title or p.name for p in ports}))
        if self.weights is not None:
            self.weights.show_info(node, info)
        if self.own is not None:
            self.own.show_node(node)
        problems = [p for p in analysis.problems if p.here == node.id] if analysis else []
        if self._problems is not None:
            self._problems.show_problems(problems)

    def _network_facts(self) -> str:
        graph, analysis = self._document.graph, self._document.analysis
        known = [i for i in self._selected if i in graph.nodes]
        if len(known) > 1 and analysis:
            total = sum(n.parameters for i in known if (n := analysis.nodes.get(i)))
            return f"{len(known)} layers selected<br>{total:,} parameters"
        lines = [count(len(graph.nodes), "layer"), count(len(graph.edges), "wire")]
        if analysis:
            lines.append(f"{analysis.parameters:,} parameters")
        return "<br>".join(lines)

    def _set_param(self, name: str, value: object) -> None:
        node = self.node()
        if node is None:
            return
        if node.spec == NETWORK and name == "network" and placed(node):
            self._exchange(node, str(value))
            return
        graph = self._document.graph.set_params(node.id, {name: value})
        label = name.replace("_", " ")
        self._push(f"Change {label} of {node.name}", graph, self._turns.key(node.id, name))

    def _exchange(self, node: Node, key: str) -> None:
        """Let a place show another network; its wires stay as far as there are ports for them."""
        document = self._document
        try:
            edited = networks.exchange(document.project, document.network, node.id, key)
        except networks.NetworkError as error:
            self.refused.emit(str(error))
            self.refresh()
            return
        document.push_edited(f"Change network of {node.name}", edited)

    def _rename(self) -> None:
        node = self.node()
        if node is None or self.name is None:
            return
        text = self.name.text().strip()
        if not text:
            self.name.setText(node.name)
        elif text != node.name:
            self._push(f"Rename {node.name}", self._document.graph.change(node.id, name=text))
            renamed = self.node()
            self.name.setText(renamed.name if renamed else text)

    def _set_weights(self, words: str, changes: dict[str, Any], what: str) -> None:
        node = self.node()
        if node is not None:
            merge = self._turns.key(node.id, ".", what) if what else ""
            self._push(
                f"{words} {node.name}", self._document.graph.change(node.id, **changes), merge
            )

    def _push(self, text: str, graph: object, merge: str = "") -> None:
        document = self._document
        document.push(text, document.project.with_graph(graph, document.network), merge)  # type: ignore[arg-type]


class Inspector(QTabWidget):
    """The tabs of the right-hand panel."""

    def __init__(
        self, node: NodePanel, training: QWidget, data: QWidget, variables: QWidget
    ) -> None:
        super().__init__()
        self.setObjectName("inspector")
        self.setAccessibleName("Inspector")
        self.setDocumentMode(True)
        self.node = node
        self.addTab(node, "Node")
        self.addTab(training, "Training")
        self.addTab(data, "Data")
        self.addTab(variables, "Variables")
