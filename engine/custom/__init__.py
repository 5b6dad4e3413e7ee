"""Layers whose source the user wrote: read as text, trusted, and run only where that is allowed.

Nothing here runs a text by importing it. `loading` does, in a process that was opened for it;
everybody else asks a child process through `asking`.
"""
