"""The engine of Layerloom: catalogue, project, shapes, compilation, data, training. No Qt."""
