"""The canvas: a view of a document's network that can be drawn in."""
