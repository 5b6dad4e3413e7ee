"""Rules that read what a run tells and say in words what is wrong with it. No torch, no Qt.

The entries of the rules are in the catalogue; here is what they look at and how they judge.
"""
