"""The editor of custom layers: the text, its ports and numbers, and whether it is trusted.

Nothing here runs a text; what it makes of its inputs is asked of a process of its own.
"""
