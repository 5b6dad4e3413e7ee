"""Data from source to tensors: `describe` says what a recipe holds, `load` brings it."""

from engine.data.dataset import (
    DataCancelled,
    DataError,
    DataInfo,
    Dataset,
    describe,
    load,
    prepare_arguments,
)

__all__ = [
    "DataCancelled",
    "DataError",
    "DataInfo",
    "Dataset",
    "describe",
    "load",
    "prepare_arguments",
]
