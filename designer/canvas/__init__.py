"""The canvas: a view of a document's network that can be drawn in."""

from designer.canvas.view import CanvasView

__all__ = ["CanvasView"]
