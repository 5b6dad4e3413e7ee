"""Ready projects to start from: their words, a file for each family."""
