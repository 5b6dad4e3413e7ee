"""What a user can pick, as data. Importing this package imports neither torch nor Qt."""
