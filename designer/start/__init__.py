"""The start page: templates with pictures, recent projects."""
