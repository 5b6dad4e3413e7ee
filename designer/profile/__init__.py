"""What is looked at before a run, and where the time of a step goes."""
