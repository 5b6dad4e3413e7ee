"""The runs of the project: listed, compared, looked at again, used again."""
