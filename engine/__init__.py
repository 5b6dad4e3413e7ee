"""The engine of Layerloom: catalogue, project, shapes, compilation, data, training. It knows no Qt."""
