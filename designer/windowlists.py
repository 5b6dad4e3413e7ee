"""The rows of the window's choosers, and what About says."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING

from PySide6.QtCore import qVersion
from PySide6.QtGui import QIcon, QKeySequence

from designer import offers, theme
from designer.chooser import Entry
from designer.command import MENUS
from designer.icons import tile
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from designer.menus import Commands
    from designer.settings import Settings
    from engine.graph import Node
    from engine.project import Project


def command_entries(commands: Commands) -> list[Entry]:
    """Return every command as a row: its menu and name, its help, its shortcut."""
    return [
        Entry(
            text=f"{MENUS[action.command.menu].replace('&', '')}: {action.command.text}",
            detail=action.command.help,
            hint=action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
            icon=action.icon(),
            pick=action.trigger,
            enabled=action.isEnabled(),
        )
        for action in commands.actions.values()
    ]


def recent_entries(settings: Settings, opens: Callable[[Path], object]) -> list[Entry]:
    """Return the recent projects as rows."""

    def pick(path: Path) -> Callable[[], object]:
        return lambda: opens(path)

    return [Entry(p.stem, str(p.parent), "", QIcon(), pick(p)) for p in settings.recent()]


def network_entries(project: Project, place: Callable[[str], object]) -> list[Entry]:
    """Return the project's networks as rows: with weights of their own, and shared."""

    def row(offer: offers.Offer, how: str, detail: str) -> Entry:
        key = offer.payload.partition(":")[2]
        icon = QIcon(tile(offer.icon, offer.title, theme.family_colour(offer.group).name()))
        return Entry(offer.title, detail, "", icon, lambda: place(f"{how}:{key}"))

    found = offers.network_offers("", project)
    return [row(offer, offers.OWN, "Place it with weights of its own.") for offer in found] + [
        row(offer, offers.SHARED, "Place it sharing its weights with every place that does.")
        for offer in found
    ]


def node_entries(project: Project, show: Callable[[str, str], object]) -> list[Entry]:
    """Return every node of the project as a row, those of the main network first."""

    def row(network: str, node: Node) -> Entry:
        spec = registry.node(node.spec)
        group, words = (spec.group, spec.title) if spec else ("", node.spec)
        icon = QIcon(tile(node.spec, words, theme.family_colour(group).name()))
        changed = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in node.params.items())
        detail = f"{words}: {changed}" if changed else words
        where = project.title_of(network)
        return Entry(node.name, detail, where, icon, lambda: show(network, node.id))

    keys = sorted(project.networks, key=lambda key: key != project.main)
    return [row(key, node) for key in keys for node in project.networks[key].nodes.values()]


def versions() -> str:
    """Return the versions of everything a bug report needs. Imports nothing."""
    parts = [
        f"Layerloom {_version('layerloom')}",
        f"PyTorch {_version('torch')}",
        f"Qt {qVersion()}",
        f"Python {platform.python_version()}",
        platform.platform(terse=True),
    ]
    return " · ".join(parts)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(not installed)"
