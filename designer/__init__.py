"""The window of Layerloom. It imports the engine; the engine knows nothing of it."""
