"""What the program remembers between runs: recent files, window layout, theme. No project data."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import QByteArray, QObject, QSettings, QStandardPaths, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ThemeName = Literal["light", "dark", "system"]
MAX_RECENT = 12
_KEYS = "keys"
_LOOKS = "looks"
_MOST_LOOKS = 60
"""Files of which it is remembered how they were looked at."""


class Settings(QObject):
    """The user's preferences, kept in an INI file.

    Parameters
    ----------
    path
        Where to keep them; none is the usual place of the system. Tests give one of their own.
    """

    recentChanged = Signal()

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._store = (
            QSettings(str(path), QSettings.Format.IniFormat)
            if path
            else QSettings(
                QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Layerloom", "Layerloom"
            )
        )

    @property
    def shelves(self) -> Path:
        """Return the folder in which projects that were never saved keep their runs."""
        place = QStandardPaths.StandardLocation.AppLocalDataLocation
        own = self._path.parent if self._path else Path(QStandardPaths.writableLocation(place))
        return own / "unsaved"

    def recent(self) -> list[Path]:
        """Return the files opened or saved last, newest first, that still exist."""
        raw = self._store.value("recent", [])
        names: Sequence[object] = (
            [raw] if isinstance(raw, str) else cast("list[object]", raw) if raw else []
        )
        return [path for name in names if (path := Path(str(name))).is_file()]

    def remember(self, path: Path) -> None:
        """Put a file in front of the recent ones."""
        path = path.absolute()
        names = [path, *(p for p in self.recent() if p != path)]
        self._store.setValue("recent", [str(p) for p in names[:MAX_RECENT]])
        self.recentChanged.emit()

    @property
    def theme(self) -> ThemeName:
        """Return the chosen theme; the system's unless one was picked."""
        value = self._store.value("theme", "system")
        return value if value in ("light", "dark") else "system"

    @theme.setter
    def theme(self, name: ThemeName) -> None:
        self._store.setValue("theme", name)

    @property
    def reduced_motion(self) -> bool:
        """Return whether nothing on the canvas shall glide."""
        return self._store.value("reduced_motion", False, bool) is True

    @reduced_motion.setter
    def reduced_motion(self, on: bool) -> None:
        self._store.setValue("reduced_motion", on)

    def shortcut(self, command: str, default: str) -> str:
        """Return the keys of a command: those the user gave it, or its own."""
        value = self._store.value(f"{_KEYS}/{command}")
        return value if isinstance(value, str) else default

    def set_shortcut(self, command: str, keys: str | None) -> None:
        """Keep other keys for a command; None gives it back its own."""
        if keys is None:
            self._store.remove(f"{_KEYS}/{command}")
        else:
            self._store.setValue(f"{_KEYS}/{command}", keys)

    def looks(self, path: Path) -> dict[str, tuple[float, float, float]]:
        """Return how each network of a file was looked at last: zoom, and the middle of the view.

        It is a matter of this desk, not of the project: a file is not changed by being read.
        """
        try:
            held = json.loads(str(self._store.value(_place_of(path), "{}")))
            found = held["looks"].items()
            return {str(k): (float(z), float(x), float(y)) for k, (z, x, y) in found}
        except (ValueError, TypeError, KeyError, AttributeError):
            return {}

    def set_looks(self, path: Path, looks: Mapping[str, tuple[float, float, float]]) -> None:
        """Keep how the networks of a file are looked at; those of the oldest files go."""
        content = {"at": time.time(), "looks": {k: list(v) for k, v in looks.items()}}
        self._store.setValue(_place_of(path), json.dumps(content))
        self._store.beginGroup(_LOOKS)
        held = {key: str(self._store.value(key)) for key in self._store.childKeys()}
        for key in sorted(held, key=lambda k: held[k])[:-_MOST_LOOKS]:
            self._store.remove(key)
        self._store.endGroup()

    def bytes(self, key: str) -> QByteArray | None:
        """Return a saved piece of window layout, or None."""
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def set_bytes(self, key: str, value: QByteArray) -> None:
        """Save a piece of window layout."""
        self._store.setValue(key, value)

    def folder(self) -> str:
        """Return the folder the file dialogs start in."""
        value = self._store.value("folder", "")
        return value if isinstance(value, str) and Path(value).is_dir() else str(Path.home())

    def set_folder(self, folder: Path) -> None:
        """Keep the folder the file dialogs start in."""
        self._store.setValue("folder", str(folder))

    def sync(self) -> None:
        """Write everything to disk now."""
        self._store.sync()


def _place_of(path: Path) -> str:
    """Return under which key it is kept how a file was looked at."""
    return f"{_LOOKS}/{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:24]}"
