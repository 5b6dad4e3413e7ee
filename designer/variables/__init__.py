"""Named numbers in the window: the project's variables, networks' settings, places' arguments."""
