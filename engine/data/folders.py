"""Files of a folder, or of an archive of one that stays packed, sorted by class.

Every function stands alone but for its neighbours (imports inside), so that an exported script can
carry its source. Nothing is ever unpacked to disk: names in an archive cannot reach outside it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def find_folder(path: str) -> Path:
    """Return a folder or file; a relative one is also looked for in LAYERLOOM_DATA's folders.

    Raises
    ------
    ValueError
        The path is empty.
    FileNotFoundError
        There is nothing at that path.
    """
    import os
    from pathlib import Path

    if not path:
        raise ValueError("No data folder is chosen; choose one, or an archive of one.")
    for root in ["", *os.environ.get("LAYERLOOM_DATA", "").split(os.pathsep)]:
        found = Path(root, path).expanduser()
        if found.exists():
            return found
    raise FileNotFoundError(f"There is no file or folder {path}; choose another one.")


def plain_name(name: str) -> str:
    """Return a member's name without needless parts; nothing if it is hidden or leads outside."""
    parts = [part for part in name.replace("\\", "/").split("/") if part != "."]
    outside = ".." in parts or name.startswith("/") or not parts or not parts[-1]
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return "" if outside or hidden else "/".join(parts)


def members(path: Path, wanted: frozenset[str] = frozenset()) -> Iterator[tuple[str, bytes]]:
    """Yield the name of each file, in the order they are kept, and the bytes of those wanted.

    Links in an archive, hidden files and names that lead outside are left out.

    Raises
    ------
    ValueError
        The archive is none, is damaged, or is locked.
    """
    import lzma
    import tarfile
    import zipfile
    import zlib

    if path.is_dir():
        yield from folder_members(path, wanted)
        return
    damage = (EOFError, RuntimeError, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)
    try:
        yield from (
            zip_members(path, wanted) if zipfile.is_zipfile(path) else tar_members(path, wanted)
        )
    except (*damage, zlib.error) as error:
        raise ValueError(
            f"{path.name} is no folder, and no .zip or .tar archive that can be read ({error}); "
            "choose another one."
        ) from error


def folder_members(path: Path, wanted: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """Do what `members` does for a folder, unless it looks like a whole disk.

    Raises
    ------
    ValueError
        It holds more than a million files.
    """
    from itertools import islice

    most = 1_000_000
    files = sorted(islice(path.rglob("*"), most + 1))
    if len(files) > most:
        raise ValueError(f"{path} holds more than {most:,} files; choose a folder further in.")
    for file in files:
        name = plain_name(file.relative_to(path).as_posix())
        if name and file.is_file():
            yield name, file.read_bytes() if name in wanted else b""


def zip_members(path: Path, wanted: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """Do what `members` does for a zip archive."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = "" if member.is_dir() else plain_name(member.filename)
            if name:
                check_size(path, name, member.file_size)
                yield name, archive.read(member) if name in wanted else b""


def tar_members(path: Path, wanted: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """Do what `members` does for a tar archive, packed in any usual way."""
    import tarfile

    with tarfile.open(path) as archive:
        for member in archive:
            name = plain_name(member.name) if member.isfile() else ""
            if name:
                check_size(path, name, member.size)
                held = archive.extractfile(member) if name in wanted else None
                yield name, held.read() if held else b""


def check_size(path: Path, name: str, size: int) -> None:
    """Refuse a member of more than 512 MiB: an archive may claim to hold more than any memory.

    Raises
    ------
    ValueError
        It is larger.
    """
    if size > 2**29:
        raise ValueError(
            f"{name} in {path.name} has {size:,} bytes, too many for one sample; take it out."
        )


def class_files(
    path: Path, endings: tuple[str, ...]
) -> tuple[dict[str, list[tuple[str, int]]], list[str]]:
    """Return the files of each part with their class numbers, and the names of the classes.

    A class is a folder; files deeper within belong to it. Above the classes there may be folders
    `train`, `validation` and `test`, and above those any that hold all. A folder without classes
    counts as one class.

    Raises
    ------
    ValueError
        No file has one of the endings, or a class has no training samples.
    """
    rows = inner_parts([name for name, _ in members(path) if name.lower().endswith(endings)])
    if not rows:
        raise ValueError(
            f"{path.name} holds no files that end in {', '.join(endings)}; choose a folder with a "
            "folder of such files for each class."
        )
    part_of = part_folders({parts[0].lower() for _, parts in rows if len(parts) > 2})
    whole = not part_of or any(len(parts) < 3 for _, parts in rows)
    files: dict[str, list[tuple[str, int]]] = {"train": []}
    labels = [path.name if len(p) == 1 else p[0] if whole else p[1] for _, p in rows]
    classes = sorted(set(labels))
    numbers = {name: number for number, name in enumerate(classes)}
    for (name, parts), label in zip(rows, labels, strict=True):
        part = "train" if whole else part_of[parts[0].lower()]
        files.setdefault(part, []).append((name, numbers[label]))
    learned = {number for _, number in files["train"]}
    if missing := [name for name in classes if numbers[name] not in learned]:
        raise ValueError(
            f"The class {missing[0]!r} of {path.name} has no training samples; add some."
        )
    return files, classes


def inner_parts(names: list[str]) -> list[tuple[str, list[str]]]:
    """Return each name and its parts, less the folders that hold everything.

    Files beside the folders of classes are left out.
    """
    rows = [(name, name.split("/")) for name in sorted(set(names))]
    while rows and all(len(parts) > 2 for _, parts in rows):
        if len({parts[0] for _, parts in rows}) > 1:
            break
        rows = [(name, parts[1:]) for name, parts in rows]
    sorted_in = [row for row in rows if len(row[1]) > 1]
    return sorted_in or rows


def part_folders(names: set[str]) -> dict[str, str]:
    """Return which part each of these folders is; nothing if they are not the parts of a set."""
    known = {"train": "train", "training": "train", "test": "test", "testing": "test"}
    known |= dict.fromkeys(("val", "valid", "validation"), "validation")
    parts = {name: known[name] for name in names if name in known}
    return parts if len(parts) == len(names) and "train" in parts.values() else {}


def thin(files: list[tuple[str, int]], limit: int) -> list[tuple[str, int]]:
    """Return at most `limit` files, as many of each class as can be; 0 is all of them."""
    if not limit or limit >= len(files):
        return files
    seen: dict[int, int] = {}
    ranked: list[tuple[int, int, str]] = []
    for name, number in files:
        seen[number] = seen.get(number, -1) + 1
        ranked.append((seen[number], number, name))
    return sorted((name, number) for _, number, name in sorted(ranked)[:limit])


def read_files(
    path: Path, names: list[str], report: Callable[[str, float | None], None] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield the wanted files, each once, and their bytes, saying how far it is."""
    wanted, done = frozenset(names), set[str]()
    for name, content in members(path, wanted):
        if name in wanted and name not in done:
            done.add(name)
            yield name, content
            if report and len(done) % 64 == 0:
                report(f"Reading {path.name}", len(done) / len(wanted))


def stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does, or the files of a folder and of those within it."""
    folders = [path, *path.glob("*/"), *path.glob("*/*/")] if path.is_dir() else [path]
    stats = [folder.stat() for folder in folders]
    return max(s.st_mtime_ns for s in stats), sum(s.st_size for s in stats), len(stats)


@lru_cache(maxsize=4)
def _seen_files(
    path: Path, endings: tuple[str, ...], _: tuple[int, ...]
) -> tuple[dict[str, list[tuple[str, int]]], list[str]]:
    return class_files(path, endings)


def peek_files(path: str, endings: tuple[str, ...], limit: int) -> tuple[dict[str, int], list[str]]:
    """Return how many files each part has, and the names of the classes; looks once at a state."""
    folder = find_folder(path)
    files, classes = _seen_files(folder, endings, stamp(folder))
    counts = {part: len(rows) for part, rows in files.items()}
    counts["train"] = min(limit or counts["train"], counts["train"])
    return counts, classes


def held(count: int, shape: tuple[int, ...], dtype: str) -> Any:
    """Return an array of this shape that takes no memory: what will be held, yet unread."""
    import numpy as np

    return np.broadcast_to(np.zeros((), dtype), (count, *shape))
