"""The commands that bring nodes into order, as data: align, distribute, tidy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.command import Action

if TYPE_CHECKING:
    from designer.canvas.aligning import Side, Way
    from designer.window import MainWindow


def _has_work(window: MainWindow) -> bool:
    return window.working


def _toggle_motion(window: MainWindow) -> None:
    window.settings.reduced_motion = not window.settings.reduced_motion
    if window.workspace is not None:
        window.canvas.motion = not window.settings.reduced_motion
    window.refresh_actions()


def _align(side: Side, words: str, key: str) -> Action:
    return Action(
        id=f"network.align_{side}",
        text=f"Align {side}",
        shortcut=f"Ctrl+Shift+{key}",
        icon=f"align_{side}",
        scope="canvas",
        help=f"Bring the {words} of the selected layers into line.",
        run=lambda w: w.canvas.align(side),
        enabled=lambda w: w.working and len(w.selected()) > 1,
        section=1,
    )


def _distribute(way: Way, words: str, key: str) -> Action:
    return Action(
        id=f"network.distribute_{way}",
        text=f"Distribute {way}",
        shortcut=key,
        icon=f"distribute_{way}",
        scope="canvas",
        help=f"Make the gaps {words} the selected layers equal; the outermost stay.",
        run=lambda w: w.canvas.distribute(way),
        enabled=lambda w: w.working and len(w.selected()) > 2,
        section=1,
    )


ARRANGE = (
    Action(
        id="network.tidy",
        text="Tidy layout",
        shortcut="L",
        icon="tidy",
        scope="canvas",
        help="Arrange the selected layers, or all of them, along the flow.",
        run=lambda w: w.canvas.tidy(),
        enabled=_has_work,
    ),
    _align("left", "left sides", "Left"),
    _align("right", "right sides", "Right"),
    _align("top", "tops", "Up"),
    _align("bottom", "bottoms", "Down"),
    _distribute("across", "from left to right between", "Ctrl+Alt+H"),
    _distribute("down", "from top to bottom between", "Ctrl+Alt+V"),
    Action(
        id="network.comment",
        text="Add a comment",
        shortcut="C",
        icon="comment",
        scope="canvas",
        help="Write on the canvas; nothing but eyes reads it.",
        run=lambda w: w.canvas.add_comment(),
        enabled=_has_work,
        section=2,
    ),
    Action(
        id="network.group",
        text="Group",
        shortcut="Ctrl+G",
        icon="group",
        scope="canvas",
        help="Put a coloured group with a title around the selected layers; they move with it.",
        run=lambda w: w.canvas.group_selection(),
        enabled=lambda w: w.working and bool(w.selected() or w.canvas.chosen_notes),
        section=2,
    ),
    Action(
        id="network.note_color",
        text="Next colour",
        icon="theme",
        scope="canvas",
        help="Give the selected comment or group another colour.",
        run=lambda w: w.canvas.next_color(),
        enabled=lambda w: w.working and bool(w.canvas.chosen_notes),
        section=2,
    ),
    Action(
        id="view.kernels",
        text="Kernels on nodes",
        shortcut="K",
        icon="kernels",
        scope="canvas",
        help="Show on each convolution what it has learned, once the run is paused or over.",
        run=lambda w: w.parts.kernels.set_on(not w.parts.kernels.on),
        enabled=_has_work,
        checked=lambda w: w.working and w.parts.kernels.on,
        section=5,
    ),
    Action(
        id="view.reduced_motion",
        text="Reduce motion",
        icon="motion",
        help="Let layers jump to their new places instead of gliding there.",
        early=True,
        run=_toggle_motion,
        checked=lambda w: w.settings.reduced_motion,
        section=5,
    ),
)
