"""The settings of the network on show, where there is a use for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.forms import Section, text_label
from designer.variables.table import NumberTable
from engine import networks

if TYPE_CHECKING:
    from designer.document import Document

_ABOUT = (
    "Named numbers of this network. A layer in it uses one as “=channels * 2”; each place of the "
    "network can set it otherwise."
)


class NetworkSettings(Section):
    """The named numbers of a network that is placed somewhere, or has some already."""

    def __init__(self, document: Document) -> None:
        self.table = NumberTable(document, "setting", "setting")
        super().__init__("Settings of this network", text_label(_ABOUT, "muted"), self.table)
        self._document = document

    def refresh(self) -> None:
        """Show those of the network on show."""
        document = self._document
        self.table.show_network(document.network)
        placed = networks.uses(document.project, document.network)
        self.setVisible(bool(placed or document.graph.settings))
