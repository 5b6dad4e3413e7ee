"""Well-known sets: found locally, fetched once from a local server, never left half done."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from engine.data import DataCancelled, DataError, load, wellknown
from engine.data.wellknown import cache_folder, download, find_files, known_files, read_idx
from engine.project import Choice, DataRecipe

SETS = ("fashion-mnist", "mnist", "daily-temperature")
SETS += ("cifar10", "tinyshakespeare", "review-polarity")
MNIST = DataRecipe(source=Choice(id="mnist"), scaling="none")


class Quiet(SimpleHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path.endswith("broken.bin"):
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
        elif self.path.endswith("nonsense.bin"):
            self.wfile.write(b"nonsense\r\n")
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    serving = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    serving.asked, serving.folder = [], folder
    serving.url = f"http://127.0.0.1:{serving.server_port}"
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield serving
    serving.shutdown()
    serving.server_close()
    thread.join()


def idx(values):
    values = np.asarray(values, np.uint8)
    head = bytes([0, 0, 8, values.ndim])
    return head + b"".join(n.to_bytes(4, "big") for n in values.shape) + values.tobytes()


def small_mnist(folder, labels=10, train=40, test=20):
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for part, count in (("train", train), ("t10k", test)):
        images = random.integers(0, 256, (count, 28, 28))
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        numbers = np.arange(count) % labels
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(numbers)))
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A machine that has no data: an empty cache, no folders named, no proxy in between."""
    monkeypatch.setenv("LAYERLOOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("LAYERLOOM_DATA", raising=False)
    monkeypatch.delenv("LAYERLOOM_MIRROR", raising=False)
    return tmp_path


@pytest.fixture
def mirror(server, place, monkeypatch):
    """A server that has a small MNIST whose checksums count as the published ones."""
    folder = small_mnist(server.folder / "mnist")
    known = known_files("mnist")
    sums = {name: hashlib.md5((folder / name).read_bytes()).hexdigest() for name in known["files"]}
    monkeypatch.setattr(wellknown, "known_files", lambda _: {**known, "files": sums})
    monkeypatch.setenv("LAYERLOOM_MIRROR", server.url)
    return server


def left(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_set_is_fetched_once_with_progress(mirror):
    seen = []
    data = load(MNIST, lambda text, share: seen.append((text, share)))
    assert data.sizes == {"train": 36, "validation": 4, "test": 20}
    assert len(mirror.asked) == 4
    assert ("Fetching train-images-idx3-ubyte.gz", 1.0) in seen
    assert seen[-1] == ("Preparing", None)
    assert left(cache_folder()) == sorted(known_files("mnist")["files"])
    load(MNIST)
    assert len(mirror.asked) == 4


def test_only_what_is_missing_is_fetched(mirror):
    find_files("mnist")
    (cache_folder() / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    find_files("mnist")
    assert len(mirror.asked) == 5


def test_a_wrong_checksum_is_refused_and_nothing_stays(server, place, monkeypatch):
    small_mnist(server.folder / "mnist")
    monkeypatch.setenv("LAYERLOOM_MIRROR", server.url)
    with pytest.raises(DataError, match=r"is not the published file: its MD5 is \w{32}, it should"):
        load(MNIST)
    assert left(cache_folder()) == []


def test_cancelling_leaves_nothing_behind(mirror):
    with pytest.raises(DataCancelled, match="cancelled"):
        load(MNIST, cancelled=lambda: True)
    assert left(cache_folder()) == []


def test_cancelling_between_the_steps(place, monkeypatch):
    times = itertools.count()
    load(DataRecipe(), cancelled=lambda: bool(next(times) < 0))
    asked = next(times)
    assert asked > 2
    for last in range(asked):
        left = iter(range(last))
        with pytest.raises(DataCancelled):
            load(DataRecipe(), cancelled=lambda left=left: next(left, None) is None)


def test_without_a_network_the_sentence_says_what_to_do(place, server, monkeypatch):
    monkeypatch.setenv("LAYERLOOM_MIRROR", server.url)
    with pytest.raises(DataError) as caught:
        load(MNIST)
    text = str(caught.value)
    assert "MNIST is not on this machine and could not be fetched (" in text
    assert "404" in text
    assert text.endswith(f"put train-images-idx3-ubyte.gz into {cache_folder() / 'mnist'}.")
    assert left(cache_folder()) == []


def test_a_full_disk_leaves_nothing_behind(mirror, monkeypatch):
    import os

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device"):
        load(MNIST)
    assert left(cache_folder()) == []


def test_the_next_address_is_tried(server, place):
    (server.folder / "good.bin").write_bytes(b"right")
    (server.folder / "bad.bin").write_bytes(b"wrong")
    path = place / "new" / "file.bin"
    urls = [f"{server.url}/{name}" for name in ("missing.bin", "bad.bin", "good.bin")]
    download(urls, path, hashlib.md5(b"right").hexdigest())
    assert path.read_bytes() == b"right"
    assert len(server.asked) == 3


@pytest.mark.parametrize("name", ["broken.bin", "nonsense.bin"])
def test_a_broken_connection_leaves_nothing_behind(server, place, name):
    path = place / "new" / "file.bin"
    with pytest.raises(OSError, match="the connection broke"):
        download([f"{server.url}/{name}"], path, hashlib.md5(b"only this").hexdigest())
    assert left(place / "new") == []


def test_folders_named_come_first(mirror, place, monkeypatch):
    import os

    small_mnist(place / "two" / "mnist", train=50)
    monkeypatch.setenv("LAYERLOOM_DATA", os.pathsep.join([str(place / "one"), str(place / "two")]))
    assert load(MNIST).sizes["train"] == 45
    assert mirror.asked == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(idx(np.zeros((40, 28, 28))), mtime=0)[:-20], "is cut short or damaged"),
        (
            gzip.compress(idx(np.zeros((40, 28, 28)))[:-1], mtime=0),
            "31,360 bytes should follow its head",
        ),
        (b"\x1f\x8bnonsense", "is cut short or damaged"),
        (b"", "is not an IDX file of bytes"),
        (b"<html>not found</html>", "is not an IDX file of bytes"),
        (bytes([0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0]), "is not an IDX file of bytes"),
        (bytes([0, 0, 8, 3, 0, 0]), "is not an IDX file of bytes"),
        (
            gzip.compress(idx(np.zeros((39, 28, 28))), mtime=0),
            "images and labels do not belong together",
        ),
    ],
)
def test_damaged_files_have_their_sentence(place, monkeypatch, content, words):
    folder = small_mnist(place / "mnist")
    monkeypatch.setenv("LAYERLOOM_DATA", str(place))
    (folder / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        load(MNIST)
    assert "train-images-idx3-ubyte.gz" in str(caught.value)


def test_idx_is_read_packed_or_plain(tmp_path):
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    for name, content in (("a", idx(values)), ("b.gz", gzip.compress(idx(values)))):
        (tmp_path / name).write_bytes(content)
        np.testing.assert_array_equal(read_idx(tmp_path / name), values)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("train", "The sample 11 holds the label 10 in 'target', but there are 10 classes, 0 to 9"),
        ("t10k", "The test sample 11 holds the label 10 in 'target'"),
    ],
)
def test_a_label_out_of_range_is_named(place, monkeypatch, part, words):
    folder = small_mnist(place / "mnist")
    count = 40 if part == "train" else 20
    labels = gzip.compress(idx(np.arange(count) % 11))
    (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(labels)
    monkeypatch.setenv("LAYERLOOM_DATA", str(place))
    with pytest.raises(DataError, match=words):
        load(MNIST)


def test_published_sets_are_complete():
    for name in SETS:
        known = known_files(name)
        assert all(url.startswith("https://") for url in known["mirrors"])
        assert all(len(checksum) == 32 for checksum in known["files"].values())


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("cifar10", "cifar10/train/cat/1.png"),
        ("cifar10", "cifar10-images.tar.gz"),
        ("cifar10", "cifar10.zip"),
        ("cifar10", "cifar-10-binary.tar.gz"),
        ("cifar10", "cifar10/cifar-10-binary.tar.gz"),
        ("cifar10", "cifar-10-batches-bin/test_batch.bin"),
        ("tinyshakespeare", "tinyshakespeare/input.txt"),
        ("tinyshakespeare", "text/tinyshakespeare.txt"),
        ("review-polarity", "review_polarity.tar.gz"),
        ("review-polarity", "review-polarity/pos/1.txt"),
    ],
)
def test_a_set_is_found_in_each_of_its_forms(place, monkeypatch, name, path):
    file = place / "data" / path
    file.parent.mkdir(parents=True)
    file.write_bytes(b"here")
    monkeypatch.setenv("LAYERLOOM_DATA", str(place / "data"))
    (found,) = find_files(name)
    assert found == file or found in file.parents
    assert found != place / "data"


def test_a_file_of_another_name_at_its_address(server, place, monkeypatch):
    text = b"First Citizen: Before we proceed any further, hear me speak. " * 9
    (server.folder / "input.txt").write_bytes(text)
    known = {**known_files("tinyshakespeare"), "mirrors": [server.url]}
    known["files"] = {"tinyshakespeare.txt": hashlib.md5(text).hexdigest()}
    monkeypatch.setattr(wellknown, "known_files", lambda _: known)
    recipe = DataRecipe(source=Choice(id="tinyshakespeare", params={"window": 8, "stride": 8}))
    assert sum(load(recipe).sizes.values()) > 60
    assert server.asked == ["/input.txt"]
    assert left(cache_folder()) == ["tinyshakespeare.txt"]
