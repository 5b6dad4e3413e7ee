"""Folders and archives of them: the same samples whichever way they are kept, nothing unpacked."""

from __future__ import annotations

import os
import tarfile
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from engine.data import DataCancelled, DataError, describe, folders, load
from engine.data.folders import class_files as sorted_files
from engine.data.folders import members, plain_name, read_files, thin
from engine.project import Choice, DataRecipe
from tests.engine.data.samples import as_tar, as_zip, class_files, class_folder, picture, write


def recipe(path, source="image_folder", **params):
    return DataRecipe(source=Choice(id=source, params={"path": str(path), **params}))


def test_a_folder_and_its_archives_hold_the_same(tmp_path):
    files = class_files("image")
    ways = [
        write(tmp_path / "pets", files),
        as_zip(tmp_path / "pets.zip", files),
        as_tar(tmp_path / "pets.tar", files, "w"),
        as_tar(tmp_path / "pets.tar.gz", {f"./{n}": c for n, c in files.items()}),
        as_tar(tmp_path / "pets.tar.xz", {f"deep/er/{n}": c for n, c in files.items()}, "w:xz"),
        as_tar(tmp_path / "backwards.tar.bz2", dict(reversed(files.items())), "w:bz2"),
    ]
    first = load(recipe(ways[0]))
    assert first.classes == {"target": ("cats", "dogs")}
    assert first.sizes == {"train": 14, "validation": 3, "test": 3}
    for way in ways:
        data, info = load(recipe(way)), describe(recipe(way))
        assert info.samples == 20
        assert info.own == ()
        assert data.fields == info.fields == first.fields
        for part, held in first.parts.items():
            for name, values in held.items():
                np.testing.assert_array_equal(values, data.parts[part][name])


@pytest.mark.parametrize("name", ["train,test", "Train,Val,Test", "training,valid"])
def test_folders_for_parts_are_the_parts(tmp_path, name):
    parts = name.split(",")
    class_folder(tmp_path / "pets", "image", parts=[f"{part}/" for part in parts])
    wanted = recipe(tmp_path / "pets")
    data, info = load(wanted), describe(wanted)
    own = tuple(p for p in ("validation", "test") if any(p[:3] == q.lower()[:3] for q in parts))
    assert info.own == own
    assert info.samples == 20 * len(parts)
    expected = {
        "train,test": {"train": 18, "validation": 2, "test": 20},
        "Train,Val,Test": {"train": 20, "validation": 20, "test": 20},
        "training,valid": {"train": 17, "validation": 20, "test": 3},
    }
    assert data.sizes == expected[name]


def test_classes_called_like_parts_are_classes(tmp_path):
    write(tmp_path, {"train/a.png": picture(), "test/b.png": picture(), "car/c.png": picture()})
    files, classes = sorted_files(tmp_path, (".png",))
    assert classes == ["car", "test", "train"]
    assert list(files) == ["train"]


def test_what_lies_beside_the_classes_or_is_hidden_is_left_out(tmp_path):
    pets = class_folder(tmp_path / "pets", "image", each=2)
    more = ["cover.png", ".cache/x.png", "cats/.thumb.png", "__MACOSX/cats/y.png", "cats/note.txt"]
    write(pets, dict.fromkeys(more, picture()))
    files, classes = sorted_files(pets, (".png",))
    assert classes == ["cats", "dogs"]
    assert len(files["train"]) == 4


def test_a_folder_without_classes_is_one_class(tmp_path):
    write(tmp_path / "clouds", {f"{n}.png": picture(n) for n in range(10)})
    data = load(recipe(tmp_path / "clouds"))
    assert data.classes == {"target": ("clouds",)}
    assert data.sizes["train"] == 7 or sum(data.sizes.values()) == 10


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a/b.png", "a/b.png"),
        ("./a/b.png", "a/b.png"),
        ("a\\b.png", "a/b.png"),
        ("../b.png", ""),
        ("a/../../b.png", ""),
        ("/etc/b.png", ""),
        ("a/", ""),
        ("", ""),
        (".", ""),
    ],
)
def test_names_that_lead_outside_are_left_out(name, plain):
    assert plain_name(name) == plain


def test_nothing_in_an_archive_reaches_the_disk(tmp_path):
    files = class_files("image", each=2)
    path = as_tar(
        tmp_path / "pets.tar", {**files, "../evil.png": picture(), "/x.png": picture()}, "w"
    )
    with tarfile.open(path, "a") as archive:
        for kind, name in ((tarfile.SYMTYPE, "cats/link.png"), (tarfile.LNKTYPE, "cats/hard.png")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "/etc/passwd"
            archive.addfile(link)
    before = sorted(tmp_path.rglob("*"))
    assert [name for name, _ in members(path)] == list(files)
    sorted_files(path, (".png",))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_member_that_is_too_large_is_refused(tmp_path, monkeypatch):
    path = as_zip(tmp_path / "pets.zip", class_files("image", each=2))
    real = zipfile.ZipFile.infolist

    def huge(archive):
        for member in real(archive):
            member.file_size = 2**40
        return real(archive)

    monkeypatch.setattr(zipfile.ZipFile, "infolist", huge)
    with pytest.raises(
        DataError, match=r"cats/00.png in pets.zip has 1,099,511,627,776 bytes, too"
    ):
        load(recipe(path))


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz"])
def test_a_damaged_archive_has_its_sentence(tmp_path, ending):
    path, files = tmp_path / f"pets.{ending}", class_files("image")
    if ending == "zip":
        as_zip(path, files)
        content = bytearray(path.read_bytes())
        content[40:60] = bytes(20)
        path.write_bytes(content)
    else:
        as_tar(path, files, "w" if ending == "tar" else "w:gz")
        path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DataError, match=rf"^pets.{ending} .*; choose another one\.$"):
        load(recipe(path))


def test_a_file_that_is_no_archive_has_its_sentence(tmp_path):
    path = tmp_path / "notes.md"
    path.write_text("no archive")
    for call in (describe, load):
        with pytest.raises(DataError, match=r"^notes.md is no folder, and no .zip or .tar archive"):
            call(recipe(path))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {},
            "pets holds no files that end in .png, .jpg, .*; choose a folder with a folder of such",
        ),
        (
            {"train/a/0.png": b"", "test/b/0.png": b""},
            "The class 'b' of pets has no training sampl",
        ),
    ],
)
def test_what_is_missing_has_its_sentence(tmp_path, files, words):
    (tmp_path / "pets").mkdir()
    write(tmp_path / "pets", files)
    for call in (describe, load):
        with pytest.raises(DataError, match=words):
            call(recipe(tmp_path / "pets"))


def test_no_path_and_a_wrong_path(tmp_path):
    info = describe(DataRecipe(source=Choice(id="image_folder")))
    assert not info.known
    with pytest.raises(DataError, match="No data folder is chosen"):
        load(DataRecipe(source=Choice(id="image_folder")))
    for call in (describe, load):
        with pytest.raises(DataError, match="There is no file or folder nowhere; choose another"):
            call(recipe("nowhere"))


def test_a_relative_path_is_looked_for_in_the_data_folders(tmp_path, monkeypatch):
    class_folder(tmp_path / "two" / "pets", "image")
    monkeypatch.setenv("LAYERLOOM_DATA", os.pathsep.join([str(tmp_path), str(tmp_path / "two")]))
    assert describe(recipe("pets")).samples == 20


def test_a_new_file_is_seen_and_an_old_state_is_not_read_again(tmp_path, monkeypatch):
    pets = class_folder(tmp_path / "pets", "image")
    assert describe(recipe(pets)).samples == 20
    monkeypatch.setattr(folders, "members", lambda *_: pytest.fail("read again"))
    assert describe(recipe(pets, limit=12)).samples == 12
    monkeypatch.undo()
    write(pets, {"birds/0.png": picture()})
    assert describe(recipe(pets)).fields["target"].classes == ("birds", "cats", "dogs")


def test_a_limit_takes_the_same_number_of_each_class():
    files = [(f"{c}/{n}", c) for c, count in enumerate((50, 3, 50)) for n in range(count)]
    kept = [number for _, number in thin(files, 20)]
    assert [kept.count(c) for c in range(3)] == [9, 3, 8]
    assert thin(files, 0) == thin(files, 1000) == files


def test_reading_says_how_far_it_is_and_can_be_given_up(tmp_path):
    pets = class_folder(tmp_path / "pets", "image", each=100)
    seen = []
    load(recipe(pets), lambda text, share: seen.append((text, share)))
    assert [s for s in seen if s[0] == "Reading pets"] == [
        ("Reading pets", n / 200) for n in (64, 128, 192)
    ]
    asked = SimpleNamespace(times=0)

    def cancelled():
        asked.times += 1
        return asked.times > 2

    with pytest.raises(DataCancelled):
        load(recipe(pets), cancelled=cancelled)
    assert asked.times == 3


def test_a_name_that_stands_twice_is_read_once(tmp_path):
    path = tmp_path / "twice.tar"
    as_tar(path, {"a/x.png": b"first"}, "w")
    with tarfile.open(path, "a") as archive:
        archive.addfile(tarfile.TarInfo("a/x.png"))
    assert list(read_files(path, ["a/x.png"])) == [("a/x.png", b"first")]


def test_a_whole_disk_is_refused(tmp_path, monkeypatch):
    from itertools import repeat
    from pathlib import Path

    monkeypatch.setattr(Path, "rglob", lambda *_: repeat(tmp_path))
    with pytest.raises(ValueError, match="holds more than 1,000,000 files; choose a folder furthe"):
        sorted_files(tmp_path, (".png",))
