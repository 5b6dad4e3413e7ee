"""Weights and optimizer state that survive edits of the networks they belong to."""

from engine.weights.report import Report
from engine.weights.store import WeightStore

__all__ = ["Report", "WeightStore"]
