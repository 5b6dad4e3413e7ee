"""Which texts the user of this machine trusts: their SHA-256, in a file outside of any project."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

PLACE = "LAYERLOOM_TRUST"
"""Environment variable with another path for the file."""


def trust_file() -> Path:
    """Return where the trusted texts are kept: in this user's settings on this machine."""
    named = os.environ.get(PLACE, "")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "layerloom" / "trusted-layers.json"


def digest(text: str) -> str:
    """Return the SHA-256 of a text, to the last character."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def trusted(text: str) -> bool:
    """Return whether the user has trusted this very text on this machine."""
    return digest(text) in _known(*stamp())


def stamp() -> tuple[str, int, int]:
    """Return something that changes whenever what is trusted does."""
    path = trust_file()
    try:
        about = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), about.st_mtime_ns, about.st_size


def trust(text: str, name: str = "") -> None:
    """Trust this very text from now on; `name` is for a person who reads the file."""
    rows = dict(_read(trust_file()))
    rows[digest(text)] = {"name": name, "on": time.strftime("%Y-%m-%d %H:%M")}
    _write(rows)


def distrust(text: str) -> None:
    """Trust this text no longer."""
    rows = dict(_read(trust_file()))
    if rows.pop(digest(text), None) is not None:
        _write(rows)


@lru_cache(maxsize=4)
def _known(path: str, _changed: int, size: int) -> frozenset[str]:
    return frozenset(_read(Path(path))) if size >= 0 else frozenset()


def _read(path: Path) -> dict[str, Any]:
    """Return what the file says; one that cannot be read trusts nothing."""
    try:
        held: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    rows: Any = cast("dict[str, Any]", held).get("texts") if isinstance(held, dict) else None
    return cast("dict[str, Any]", rows) if isinstance(rows, dict) else {}


def _write(rows: dict[str, Any]) -> None:
    path = trust_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".trusted-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"format": 1, "texts": rows}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
    _known.cache_clear()
