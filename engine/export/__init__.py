"""A project written as code: one module for each format."""
