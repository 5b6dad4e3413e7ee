"""The commands on nodes and networks as data: sub-networks, repeats, the list of networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from designer.command import Action
from designer.filing import LOOM
from designer.windowlists import network_entries, node_entries

if TYPE_CHECKING:
    from designer.window import MainWindow


def _has_work(window: MainWindow) -> bool:
    return window.working


def _has_selection(window: MainWindow) -> bool:
    return window.working and bool(window.selected())


def _has_place(window: MainWindow) -> bool:
    return window.working and window.canvas.chosen_place() is not None


def _shares(window: MainWindow) -> bool:
    if not window.working:
        return False
    place = window.canvas.chosen_place()
    return place is not None and place.params.get("weights") == "shared"


def _bypassed(window: MainWindow) -> bool:
    return window.working and window.canvas.all_bypassed()


def _frozen(window: MainWindow) -> bool:
    return window.working and window.canvas.all_frozen()


def _choose_network(window: MainWindow) -> None:
    """Let the user choose a network of the project and place it."""
    entries = network_entries(window.document.project, window.canvas.add_node)
    window.chooser.show_entries(entries, "Place a network")


def _place_trained(window: MainWindow) -> None:
    """Let the user choose a project file and place its network as it was trained."""
    folder = str(window.document.path.parent) if window.document.path else ""
    name, _ = QFileDialog.getOpenFileName(window, "Place a trained network", folder, LOOM)
    if name:
        window.canvas.add_trained(Path(name))


def _find_node(window: MainWindow) -> None:
    """Let the user choose a node of the project and go there."""

    def show(network: str, node: str) -> None:
        window.document.show_network(network)
        window.canvas.reveal(node)

    window.chooser.show_entries(node_entries(window.document.project, show), "Find a layer")


def _several(window: MainWindow) -> bool:
    return window.working and len(window.document.project.networks) > 1


def _has_tabs(window: MainWindow) -> bool:
    return window.working and window.parts.tabs.bar.count() > 1


NODES = (
    Action(
        id="edit.bypass",
        text="Bypass",
        shortcut="M",
        icon="bypass",
        scope="canvas",
        help="Pass over the selected layers: what comes in goes on. A loss does not count.",
        run=lambda w: w.canvas.set_bypassed(not w.canvas.all_bypassed()),
        enabled=lambda w: w.working and bool(w.canvas.bypassable()),
        checked=_bypassed,
        section=3,
    ),
    Action(
        id="edit.rename",
        text="Rename",
        shortcut="F2",
        icon="rename",
        scope="canvas",
        help="Write over the name of the selected layer, or of the network that is placed there.",
        run=lambda w: w.canvas.rename_chosen(),
        enabled=lambda w: w.working and len(w.selected()) == 1,
        section=3,
    ),
    Action(
        id="edit.freeze",
        text="Freeze",
        shortcut="Z",
        icon="freeze",
        scope="canvas",
        help="Keep the weights of the selected layers and sub-networks while training, or not.",
        run=lambda w: w.canvas.set_frozen(not w.canvas.all_frozen()),
        enabled=_has_selection,
        checked=_frozen,
        section=3,
    ),
)

NETWORK = (
    Action(
        id="network.find_layer",
        text="Find a layer…",
        shortcut="Ctrl+F",
        icon="search",
        help="Go to the search field of the palette.",
        run=lambda w: w.find_layer(),
        enabled=_has_work,
    ),
    Action(
        id="network.find_node",
        text="Find on the canvas…",
        shortcut="Ctrl+Shift+F",
        icon="search",
        help="Find a layer of the project by its name, kind or settings, and go there.",
        run=_find_node,
        enabled=_has_work,
    ),
    Action(
        id="network.make_subnetwork",
        text="Make sub-network",
        shortcut="Ctrl+Shift+G",
        icon="subnetwork",
        help="Put the selected layers into a network of their own, which is placed instead.",
        run=lambda w: w.canvas.make_subnetwork(),
        enabled=_has_selection,
        section=1,
    ),
    Action(
        id="network.dissolve",
        text="Ungroup sub-network",
        shortcut="Ctrl+Alt+G",
        icon="dissolve",
        help="Put the layers of the selected sub-network in its stead.",
        run=lambda w: w.canvas.dissolve(),
        enabled=_has_place,
        section=1,
    ),
    Action(
        id="network.open",
        text="Open sub-network",
        icon="enter",
        help="Go into the selected sub-network; for a layer, to its settings. Enter does the same.",
        run=lambda w: w.canvas.activate(),
        enabled=lambda w: w.working and len(w.selected()) == 1,
        section=1,
    ),
    Action(
        id="network.leave",
        text="Go out",
        shortcut="Backspace",
        icon="leave",
        scope="canvas",
        help="Go back to the network in which this one is placed.",
        run=lambda w: w.canvas.leave(),
        enabled=lambda w: w.working and bool(w.document.trail),
        section=1,
    ),
    Action(
        id="network.place",
        text="Place a network…",
        shortcut="Ctrl+Shift+N",
        icon="place",
        help="Choose a network of the project and place it here, with weights of its own.",
        run=_choose_network,
        enabled=_several,
        section=2,
    ),
    Action(
        id="network.place_trained",
        text="Place a trained network from a file…",
        icon="import",
        help="Place the network of another project file with the weights of its last run, frozen.",
        run=_place_trained,
        enabled=_has_work,
        section=2,
    ),
    Action(
        id="network.share",
        text="Share weights",
        icon="share",
        help="Let the selected sub-network share its weights with every other place that does.",
        run=lambda w: w.canvas.set_shared(not _shares(w)),
        enabled=_has_place,
        checked=_shares,
        section=2,
    ),
    Action(
        id="network.detach",
        text="Detach a copy",
        icon="detach",
        help="Give the selected sub-network a network of its own, a copy of the one it shows.",
        run=lambda w: w.canvas.detach(),
        enabled=_has_place,
        section=2,
    ),
    Action(
        id="network.unfold",
        text="Unfold repeat",
        shortcut="U",
        icon="unfold",
        scope="canvas",
        help="Show the copies of the selected repeat one by one, each with its figures.",
        run=lambda w: w.canvas.toggle_fold(),
        enabled=lambda w: w.working and w.canvas.chosen_repeat() is not None,
        checked=lambda w: w.working and w.canvas.is_unfolded(),
        section=2,
    ),
    Action(
        id="network.unroll",
        text="Unroll repeat",
        icon="unroll",
        help="Put so many sub-networks in a row for the selected repeat.",
        run=lambda w: w.canvas.unroll(),
        enabled=lambda w: w.working and w.canvas.chosen_repeat() is not None,
        section=2,
    ),
    Action(
        id="network.new",
        text="New network",
        shortcut="Ctrl+Alt+N",
        icon="plus",
        help="Add an empty network to the project and show it.",
        run=lambda w: w.parts.networks.new(),
        enabled=_has_work,
        section=3,
    ),
    Action(
        id="network.duplicate",
        text="Duplicate network",
        icon="duplicate",
        help="Add a copy of the network on show and show it.",
        run=lambda w: w.parts.networks.duplicate(w.document.network),
        enabled=_has_work,
        section=3,
    ),
    Action(
        id="network.rename",
        text="Rename network",
        icon="rename",
        help="Write over the name of the network on show.",
        run=lambda w: w.parts.tabs.rename_current(),
        enabled=_has_work,
        section=3,
    ),
    Action(
        id="network.delete",
        text="Delete network",
        icon="delete",
        help="Remove the network on show; not while it is placed or trained.",
        run=lambda w: w.parts.networks.delete(w.document.network),
        enabled=_several,
        section=3,
    ),
    Action(
        id="network.next",
        text="Next network",
        shortcut="Ctrl+PgDown",
        icon="next",
        help="Show the network of the next tab.",
        run=lambda w: w.parts.tabs.step(1),
        enabled=_has_tabs,
        section=4,
    ),
    Action(
        id="network.previous",
        text="Previous network",
        shortcut="Ctrl+PgUp",
        icon="previous",
        help="Show the network of the tab before.",
        run=lambda w: w.parts.tabs.step(-1),
        enabled=_has_tabs,
        section=4,
    ),
    Action(
        id="network.close_tab",
        text="Close tab",
        shortcut="Ctrl+W",
        icon="close",
        help="Take the tab of the network on show away; the network stays in the project.",
        run=lambda w: w.parts.tabs.close_current(),
        enabled=_has_tabs,
        section=4,
    ),
)

CONTEXT = (
    "network.open",
    "network.leave",
    "",
    "network.make_subnetwork",
    "network.dissolve",
    "network.share",
    "network.detach",
    "network.unfold",
    "network.unroll",
    "",
    "edit.rename",
    "edit.freeze",
    "edit.bypass",
    "edit.duplicate",
    "edit.copy",
    "edit.paste",
    "edit.delete",
    "",
    "network.place",
    "network.tidy",
    "view.frame_all",
)
"""What the canvas's own menu offers, in order; an empty name is a rule."""
