"""The commands of the menu Help as data."""

from __future__ import annotations

from designer import keys
from designer.command import Action

HELP = (
    Action(
        id="help.commands",
        text="Command palette…",
        shortcut="Ctrl+Shift+P",
        icon="command",
        help="Find any command by a word of its name.",
        early=True,
        run=lambda w: w.choose_command(),
    ),
    Action(
        id="help.layer",
        text="Help",
        shortcut="F1",
        icon="help",
        help="Say all about the selected layer, optimizer, schedule or data source.",
        run=lambda w: w.help_here(),
    ),
    Action(
        id="help.catalogue",
        text="Catalogue…",
        shortcut="Shift+F1",
        icon="search",
        help="Look up any layer, loss, optimizer or other entry, with formulas and pictures.",
        run=lambda w: w.help_desk.show(),
    ),
    Action(
        id="help.keys",
        text="Keys and gestures…",
        shortcut="Ctrl+/",
        icon="command",
        help="Show what hand and keys can do on the canvas, and give commands other shortcuts.",
        run=keys.show,
    ),
    Action(
        id="help.about",
        text="About Layerloom",
        icon="about",
        help="Show the versions of Layerloom, PyTorch and Qt.",
        early=True,
        run=lambda w: w.about(),
        section=1,
    ),
)
