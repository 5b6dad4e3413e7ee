"""Watching a network learn within a stated share of the time."""
