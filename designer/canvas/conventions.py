"""What a hand can do on the canvas, and how: the help on keys and gestures is made of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Convention:
    """One thing to do. `keys` is how, without the shortcuts of the commands it stands for."""

    id: str
    does: str
    keys: str = ""
    actions: tuple[str, ...] = ()
    """Commands that do it; their shortcuts are shown as they are set."""


CONVENTIONS = (
    Convention("pan", "Move the view", "Middle drag, or Space and drag"),
    Convention("zoom", "Zoom at the pointer", "Wheel", ("view.zoom_in", "view.zoom_out")),
    Convention("frame_all", "See the whole network", "", ("view.frame_all",)),
    Convention("frame_selection", "See the selection", "", ("view.frame_selection",)),
    Convention("select", "Select", "Click, or drag on empty ground"),
    Convention("select_more", "Select more", "Shift"),
    Convention("toggle", "Select or let go", "Ctrl"),
    Convention("add_by_drag", "Add a layer where it is dropped", "Drag a card from the palette"),
    Convention("search", "Search for a layer to add", "Tab or double-click", ("network.search",)),
    Convention("filter", "Narrow the search", "Type"),
    Convention("wire", "Wire", "Drag from a port to another", ("network.connect",)),
    Convention("wire_to_space", "Add what fits a wire", "Drag from a port, let go on empty ground"),
    Convention("wire_verdict", "Learn whether a wire fits, before it is let go", "Hold it there"),
    Convention("wire_fix", "Insert what makes a wire fit", "Let go; with Shift it stays as it is"),
    Convention("insert", "Insert into a wire", "Drop a layer on it"),
    Convention("pull", "Pull out of its wires, which heal", "Alt-drag"),
    Convention("heal", "Delete; the wire heals", "", ("edit.delete",)),
    Convention("auto_connect", "Wire behind the selected layer", "Add another one"),
    Convention("duplicate", "Duplicate", "Alt-drag", ("edit.duplicate",)),
    Convention("copy", "Copy as text", "", ("edit.copy", "edit.cut")),
    Convention("paste", "Paste, also from another window", "", ("edit.paste",)),
    Convention("cut_wires", "Cut wires", "Ctrl and drag with the right button"),
    Convention("delete_wire", "Delete a wire", "Click it", ("edit.delete", "network.disconnect")),
    Convention("bypass", "Pass over a layer", "", ("edit.bypass",)),
    Convention("freeze", "Freeze weights", "", ("edit.freeze",)),
    Convention("group", "Put a group around layers", "", ("network.group",)),
    Convention("subnetwork", "Make a sub-network", "", ("network.make_subnetwork",)),
    Convention("open", "Open a sub-network", "Enter or double-click", ("network.open",)),
    Convention("leave", "Go out of it", "", ("network.leave",)),
    Convention(
        "align",
        "Align",
        "",
        tuple(f"network.align_{side}" for side in ("left", "right", "top", "bottom")),
    ),
    Convention(
        "distribute", "Distribute", "", ("network.distribute_across", "network.distribute_down")
    ),
    Convention("snap", "Snap to the lines of other layers", "Drag a layer"),
    Convention("tidy", "Tidy the layout", "", ("network.tidy",)),
    Convention("tidy_selection", "Tidy the selected layers", "Select them", ("network.tidy",)),
    Convention("comment", "Write a comment", "", ("network.comment",)),
    Convention("dot", "Lead a wire through a dot", "Double-click on it"),
    Convention("walk", "Walk along wires", "Arrows; with Shift they select on the way"),
    Convention("panes", "Go from pane to pane", "Shift+Tab leaves the canvas, Tab goes on"),
    Convention("edit", "Edit a layer", "Enter or double-click", ("network.open",)),
    Convention("undo", "Take back a gesture, or do it again", "", ("edit.undo", "edit.redo")),
    Convention("cancel", "Cancel any gesture", "Esc"),
    Convention("fix", "Mend what is wrong", "", ("network.fix_all",)),
)
"""All of them, in the order in which they are shown."""
