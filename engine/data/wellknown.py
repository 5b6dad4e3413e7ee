"""Well-known sets as files: found on this machine, or fetched once with a checksum.

Every function stands alone but for its neighbours (imports inside), so that an exported script can
carry its source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np


def known_files(name: str) -> dict[str, Any]:
    """Return what is published about a set: its title, folders, files with MD5, and addresses.

    `instead` names single files or folders that stand for the whole set, `published` files that
    have another name at the addresses.
    """
    mnist = [
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ]
    fashion_sums = [
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ]
    mnist_sums = [
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ]
    packed = ("tar.gz", "tgz", "tar", "zip")
    return {
        "fashion-mnist": {
            "title": "Fashion-MNIST",
            "folders": ["fashion-mnist"],
            "files": dict(zip(mnist, fashion_sums, strict=True)),
            "mirrors": [
                "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
                "https://fashion-mnist.s3.eu-central-1.amazonaws.com",
            ],
        },
        "mnist": {
            "title": "MNIST",
            "folders": ["mnist"],
            "files": dict(zip(mnist, mnist_sums, strict=True)),
            "mirrors": [
                "https://ossci-datasets.s3.amazonaws.com/mnist",
                "https://storage.googleapis.com/cvdf-datasets/mnist",
            ],
        },
        "daily-temperature": {
            "title": "Daily temperature",
            "folders": ["daily-temperature", "series"],
            "files": {"daily-min-temperatures.csv": "5d343d678173fadff7c8474073145e73"},
            "mirrors": ["https://raw.githubusercontent.com/jbrownlee/Datasets/master"],
        },
        "cifar10": {
            "title": "CIFAR-10",
            "folders": ["cifar10", ""],
            "instead": [
                "cifar10",
                "cifar-10-batches-bin",
                *(
                    f"{stem}.{ending}"
                    for stem in ("cifar10", "cifar10-images")
                    for ending in packed
                ),
            ],
            "files": {"cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530"},
            "mirrors": ["https://www.cs.toronto.edu/~kriz"],
        },
        "tinyshakespeare": {
            "title": "Tiny Shakespeare",
            "folders": ["tinyshakespeare", "text", ""],
            "instead": ["tinyshakespeare/input.txt"],
            "files": {"tinyshakespeare.txt": "6fb458f1232090904fb40fe944165e91"},
            "published": {"tinyshakespeare.txt": "input.txt"},
            "mirrors": [
                "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare"
            ],
        },
        "review-polarity": {
            "title": "Film reviews",
            "folders": ["review-polarity", "text", ""],
            "instead": [
                *("review-polarity", "review_polarity", "text/review_polarity"),
                *(f"review-polarity.{ending}" for ending in packed),
            ],
            "files": {"review_polarity.tar.gz": "c2b896ed657c84fde6957be09e10bdc3"},
            "mirrors": ["https://www.cs.cornell.edu/people/pabo/movie-review-data"],
        },
    }[name]


def cache_folder() -> Path:
    """Return where fetched sets are kept: LAYERLOOM_CACHE, or the system's place for caches."""
    import os
    import sys
    from pathlib import Path

    if chosen := os.environ.get("LAYERLOOM_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "Layerloom" / "data"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "layerloom" / "data"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "layerloom" / "data"


def files_here(known: dict[str, Any]) -> list[Path]:
    """Return the files of a set that lie in the folders of LAYERLOOM_DATA, or none."""
    import os
    from pathlib import Path

    roots = [Path(root) for root in os.environ.get("LAYERLOOM_DATA", "").split(os.pathsep) if root]
    for folder in [root / part for root in roots for part in known["folders"]]:
        paths = [folder / file for file in known["files"]]
        if all(path.is_file() for path in paths):
            return paths
    for path in [root / file for root in roots for file in known.get("instead", ())]:
        if path.is_file() or (path.is_dir() and any(path.iterdir())):
            return [path]
    return []


def find_files(name: str, report: Callable[[str, float | None], None] | None = None) -> list[Path]:
    """Return the files of a well-known set, in the published order.

    Looks in the folders of LAYERLOOM_DATA, then in the cache; what is nowhere is fetched into the
    cache from LAYERLOOM_MIRROR, if set, or from the set's published addresses.

    Raises
    ------
    OSError
        They are not on this machine and cannot be fetched.
    ValueError
        What was fetched is not what is published.
    """
    import os

    known, cache = known_files(name), cache_folder() / name
    if found := files_here(known):
        return found
    mirror = os.environ.get("LAYERLOOM_MIRROR")
    bases = [f"{mirror.rstrip('/')}/{name}"] if mirror else known["mirrors"]
    paths = [cache / file for file in known["files"]]
    for path, checksum in zip(paths, known["files"].values(), strict=True):
        if path.is_file():
            continue
        try:
            there = path.name if mirror else known.get("published", {}).get(path.name, path.name)
            download([f"{base}/{there}" for base in bases], path, checksum, report)
        except InterruptedError:
            raise
        except OSError as error:
            raise OSError(
                f"{known['title']} is not on this machine and could not be fetched ({error}); "
                f"connect to the network, or put {path.name} into {cache}."
            ) from error
    return paths


def download(
    urls: list[str],
    path: Path,
    checksum: str,
    report: Callable[[str, float | None], None] | None = None,
) -> None:
    """Fetch `path` from the first of `urls` that gives it; all of it appears, or nothing does.

    Raises
    ------
    OSError
        No address answers, or the disk is full.
    ValueError
        What came has another MD5 than `checksum`.
    InterruptedError
        `report` raised it: the user gave up waiting.
    """
    import os
    import tempfile
    from pathlib import Path

    path.parent.mkdir(parents=True, exist_ok=True)
    problem: Exception = OSError("no address is known")
    for url in urls:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                found = fetch(url, file, report)
                file.flush()
                os.fsync(file.fileno())
            if found != checksum:
                raise ValueError(
                    f"{path.name} from {url} is not the published file: its MD5 is {found}, "
                    f"it should be {checksum}; try again later."
                )
            Path(temporary).replace(path)
            return
        except InterruptedError:
            raise
        except (OSError, ValueError) as error:
            problem = error
        finally:
            Path(temporary).unlink(missing_ok=True)
    raise problem


def fetch(
    url: str,
    file: Any,
    report: Callable[[str, float | None], None] | None = None,
) -> str:
    """Write what stands at `url` into an open file, and return its MD5.

    Raises
    ------
    OSError
        The address does not answer, or the connection breaks.
    InterruptedError
        `report` raised it: the user gave up waiting.
    """
    import hashlib
    import http.client
    import urllib.error
    import urllib.request

    name = url.rpartition("/")[2]
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            size, done = int(answer.headers.get("Content-Length") or 0), 0
            while chunk := answer.read(1 << 18):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if report:
                    report(f"Fetching {name}", done / size if size else None)
        if done < size:
            raise OSError(f"the connection broke after {done:,} of {size:,} bytes")
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(str(error)) from None
    except http.client.HTTPException as error:
        raise OSError(f"the connection broke: {error!r}") from error
    return digest.hexdigest()


def read_idx(path: Path) -> np.ndarray:
    """Return the bytes of an IDX file, packed with gzip or not, in the shape its head states.

    Raises
    ------
    ValueError
        It is not an IDX file of bytes, or it is cut short.
    """
    import gzip
    import zlib

    import numpy as np

    data = path.read_bytes()
    try:
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path} is cut short or damaged ({error}); fetch it again.") from error
    axes = data[3] if len(data) > 3 else 0
    start = 4 + 4 * axes
    if data[:3] != b"\0\0\x08" or not axes or len(data) < start:
        raise ValueError(f"{path} is not an IDX file of bytes; name the file as published.")
    shape = [int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4)]
    count = 1
    for length in shape:
        count *= length
    if len(data) - start != count:
        raise ValueError(
            f"{path} is cut short or damaged: {count:,} bytes should follow its head, "
            f"there are {len(data) - start:,}; fetch it again."
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
