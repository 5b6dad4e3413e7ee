"""Pictures from files: sizes, colours, damage; CIFAR-10 in each form; tables of pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from engine.catalog.sources import parts
from engine.data import DataError, describe, load, loaders, pictures
from engine.data.pictures import decode
from engine.project import Choice, DataRecipe, Split
from tests.engine.data.samples import as_tar, class_folder, picture, picture_table, write


def recipe(source, **params):
    return DataRecipe(source=Choice(id=source, params=params), scaling="none")


def encoded(pixels, kind="PNG", **settings):
    held = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(held, kind, **settings)
    return held.getvalue()


def test_a_picture_of_the_right_size_keeps_its_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3))
    np.testing.assert_array_equal(
        decode(encoded(pixels), (4, 6), grayscale=False, fit="crop"), pixels.transpose(2, 0, 1)
    )
    grey = pixels[..., 0]
    made = decode(encoded(grey), (4, 6), grayscale=True, fit="crop")
    np.testing.assert_array_equal(made, grey[None])
    assert decode(encoded(grey), (4, 6), grayscale=False, fit="crop").shape == (3, 4, 6)


def test_cropping_keeps_proportions_and_stretching_keeps_all():
    wide = np.zeros((10, 30, 3))
    wide[:, :10] = 255
    made = {f: decode(encoded(wide), (10, 10), False, f).mean() for f in ("crop", "stretch")}
    assert made["crop"] == 0
    assert made["stretch"] == pytest.approx(85, abs=8)


def test_a_turned_photograph_stands_upright():
    pixels = np.zeros((4, 8))
    pixels[:, :4] = 255
    turned = Image.Exif()
    turned[0x0112] = 6
    made = decode(encoded(pixels, exif=turned), (8, 4), grayscale=True, fit="crop")
    assert made[0, :4].min() == 255
    assert made[0, 4:].max() == 0


@pytest.mark.parametrize("content", [b"", b"not a picture", picture()[:60], b"GIF89a"])
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(ValueError, match=r"\w"):
        decode(content, (4, 4), grayscale=False, fit="crop")


def test_a_picture_that_claims_to_be_huge_is_refused(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(ValueError, match="exceeds limit"):
        decode(encoded(np.zeros((9, 9))), (4, 4), grayscale=True, fit="crop")


def test_damaged_pictures_are_named_or_skipped(tmp_path):
    pets = class_folder(tmp_path / "pets", "image")
    whole = load(recipe("image_folder", path=str(pets)))
    write(pets, {"cats/00.png": b"", "dogs/07.png": picture()[:50]})
    with pytest.raises(
        DataError,
        match=r"^2 of 20 pictures of pets cannot be read: cats/00.png, dogs/07.png \(.*\); ",
    ):
        load(recipe("image_folder", path=str(pets)))
    data = load(recipe("image_folder", path=str(pets), damaged="skip"))
    assert sum(data.sizes.values()) == sum(whole.sizes.values()) - 2
    for part in data.parts.values():
        assert (part["image"].flatten(1).amax(1) > 0).all()
    for file in pets.rglob("*.png"):
        file.write_bytes(b"")
    with pytest.raises(DataError, match=r"All pictures of pets .*cats/04.png and 15 more \("):
        load(recipe("image_folder", path=str(pets), damaged="skip"))


def test_the_size_and_the_colours_reach_the_fields(tmp_path):
    pets = class_folder(tmp_path / "pets", "image")
    wanted = recipe("image_folder", path=str(pets), size=(5, 7), grayscale=True)
    assert describe(wanted).fields["image"].shape == (1, 5, 7)
    data = load(wanted)
    assert data.fields == describe(wanted).fields
    image = data.parts["train"]["image"]
    assert 0 <= image.min() < image.max() <= 1


def test_real_photographs_of_cifar(data_folder, monkeypatch):
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    data = load(recipe("cifar10", limit=500))
    assert data.sizes == {"train": 450, "validation": 50, "test": 2000}
    assert data.classes["target"] == parts.THINGS
    assert data.parts["train"]["target"].bincount().tolist() == [45] * 10
    whole = load(recipe("image_folder", path="cifar10-images.tar.gz", limit=500))
    np.testing.assert_array_equal(whole.parts["test"]["image"], data.parts["test"]["image"])
    assert describe(recipe("cifar10", limit=500)).samples == 10_500


@pytest.fixture
def records(tmp_path, monkeypatch):
    """The published binary form of CIFAR-10, with a few samples."""
    random = np.random.default_rng(0)
    files = {}
    for name in [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]:
        rows = random.integers(0, 256, (20, 3073), np.uint8)
        rows[:, 0] = np.arange(20) % 10
        files[f"cifar-10-batches-bin/{name}.bin"] = rows.tobytes()
    files["cifar-10-batches-bin/readme.html"] = b"read me"
    monkeypatch.setenv("LAYERLOOM_DATA", str(tmp_path))
    return files


@pytest.mark.parametrize("way", ["archive", "folder"])
def test_cifar_in_its_binary_form(tmp_path, records, way):
    if way == "archive":
        as_tar(tmp_path / "cifar-10-binary.tar.gz", records)
    else:
        write(tmp_path, records)
    wanted = recipe("cifar10").but(split=Split(train=1.0, validation=0.0, test=0.0))
    data = load(wanted)
    assert data.sizes == {"train": 100, "validation": 0, "test": 20}
    raw = np.frombuffer(records["cifar-10-batches-bin/data_batch_2.bin"], np.uint8)
    first = data.parts["train"]["image"][20]
    np.testing.assert_allclose(first.numpy().ravel() * 255, raw[1:3073], atol=1e-4)
    assert load(recipe("cifar10", limit=50)).sizes == {"train": 45, "validation": 5, "test": 20}


@pytest.mark.parametrize("damage", ["short", "none"])
def test_a_wrong_binary_form_has_its_sentence(tmp_path, records, damage):
    name = "cifar-10-batches-bin/test_batch.bin"
    content = records.pop(name)
    if damage == "short":
        records[name] = content[:-1]
    as_tar(tmp_path / "cifar-10-binary.tar.gz", records)
    with pytest.raises(DataError, match=r"cifar-10-binary.tar.gz is not CIFAR-10 as published"):
        load(recipe("cifar10"))


def test_another_folder_called_cifar10_has_its_sentence(tmp_path, monkeypatch):
    class_folder(tmp_path / "cifar10", "image")
    monkeypatch.setenv("LAYERLOOM_DATA", str(tmp_path))
    with pytest.raises(
        DataError, match="is not CIFAR-10: it should hold the folders train and tes"
    ):
        load(recipe("cifar10"))


def test_the_catalogue_and_the_loaders_name_the_same_classes():
    assert list(parts.CLOTHES) == loaders.clothes()
    assert list(parts.THINGS) == pictures.cifar10_classes()


def test_a_table_of_pictures(tmp_path):
    path = picture_table(tmp_path)
    wanted = recipe("image_table", path=str(path), size=(9, 12))
    info, data = describe(wanted), load(wanted)
    assert info.samples == 30
    assert data.fields == info.fields
    assert {name: f.shape for name, f in info.fields.items()} == {
        "image": (3, 9, 12),
        "table": (4,),
        "target": (),
    }
    assert info.fields["target"].classes == ("cat", "dog")
    raw = pictures.image_table(str(path), size=(9, 12))["fields"]
    np.testing.assert_array_equal(raw["image"][3], decode(picture(3), (9, 12), False, "crop"))
    np.testing.assert_allclose(raw["table"][3], [0.429, 0, 0, 1], atol=1e-3)
    assert raw["target"].tolist() == [0, 1] * 15


def test_columns_of_a_table_of_pictures_can_be_chosen(tmp_path):
    path = picture_table(tmp_path)
    wanted = recipe(
        "image_table", path=str(path), images="picture", target="weight", features=("colour",)
    )
    data = load(wanted)
    assert data.task == "regression"
    assert data.fields["table"].shape == (3,)
    assert data.parts["train"]["table"].sum(1).unique().tolist() == [1]


@pytest.mark.parametrize(
    ("text", "params", "words"),
    [
        (
            "a,b\n1,2\n3,4\n",
            {},
            r"No column of .* names pictures; it should hold names that end in",
        ),
        (
            "p\nx.png\ny.png\n",
            {"header": "yes"},
            "names pictures and nothing to predict; add a column",
        ),
        ("p,b\nx.png,2\nx.png,4\n", {}, "needs a column to learn from beside the pictures and 'b'"),
        ("p,a,b\nx.png,2,3\nz.png,4,5\n", {}, r"The picture 'z.png' of sample 2 cannot be read \("),
        ("p,a,b\nx.png,2,3\nt.csv,4,5\n", {}, r"The picture 't.csv' of sample 2 cannot be read \("),
        ("p,a,b\nx.png,2,3\nx.png,,5\n", {}, "Row 3, column 'a' is empty; fill it in"),
        ("p,a,b\nx.png,2,3\n", {"images": "q"}, "There is no column 'q'; the file has p, a, b"),
        (
            "p,a,b\n" + "".join(f"x.png,w{n},{n}\n" for n in range(101)),
            {},
            "Column 'a' holds 101 different words, too many to learn from; leave it out",
        ),
    ],
)
def test_a_wrong_table_of_pictures_has_its_sentence(tmp_path, text, params, words):
    write(tmp_path, {"x.png": picture(), "t.csv": text.encode()})
    with pytest.raises(DataError, match=words):
        load(recipe("image_table", path=str(tmp_path / "t.csv"), **params))
