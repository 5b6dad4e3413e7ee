"""Small folders, archives and tables of pictures and texts, made up for the tests."""

from __future__ import annotations

import io
import tarfile
import zipfile

import numpy as np
from PIL import Image

WORDS = {"cats": "soft warm purr", "dogs": "loud bark bone"}


def picture(seed=0, size=(9, 12), mode="RGB"):
    """Return a PNG file of noise."""
    shape = size if mode == "L" else (*size, 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    held = io.BytesIO()
    Image.fromarray(pixels, mode=None).save(held, "PNG")
    return held.getvalue()


def class_files(kind, each=10, parts=("",)):
    """Return name -> bytes: a folder per class, and above them one per part."""
    files = {}
    for part in parts:
        for label, words in WORDS.items():
            for n in range(each):
                if kind == "image":
                    files[f"{part}{label}/{n:02}.png"] = picture(len(files))
                else:
                    files[f"{part}{label}/{n:02}.txt"] = f"{words} {words} the {n}.".encode()
    return files


def write(folder, files):
    """Write files into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def class_folder(folder, kind, **settings):
    """Write a folder per class."""
    return write(folder, class_files(kind, **settings))


def as_tar(path, files, mode="w:gz"):
    """Write an archive with the files."""
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def as_zip(path, files):
    """Write a zip archive with the files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def picture_table(folder, rows=30):
    """Write pictures and a table that names them."""
    write(folder / "pictures", {f"{n}.png": picture(n) for n in range(rows)})
    lines = ["weight,colour,picture,kind"]
    colours, kinds = ("red", "green", "blue"), ("cat", "dog")
    lines += [f"{n / 7:.3f},{colours[n % 3]},pictures/{n}.png,{kinds[n % 2]}" for n in range(rows)]
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
