"""The networks as a tree: for a quick look over many layers, and for screen readers."""
