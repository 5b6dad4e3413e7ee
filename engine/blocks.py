"""Ready sub-networks from `resources/blocks`, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine import files
from engine.catalog import registry

if TYPE_CHECKING:
    from engine.project import Project

BLOCKS = Path(__file__).resolve().parent.parent / "resources" / "blocks"


@cache
def load(block_id: str) -> Project:
    """Return a project whose main network is the block; ValueError names an unknown id."""
    return files.load(BLOCKS / f"{registry.block(block_id).id}{files.SUFFIX}")
