"""Training: one loop for the window, the child process and the command line."""
